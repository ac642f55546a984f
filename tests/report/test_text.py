import re
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from dropdecay.decay_memory import Pace
from dropdecay.report.layout import lay_out
from dropdecay.report.plot_data import surface_of
from dropdecay.report.stored import read_run
from dropdecay.report.text import (
    points_table,
    print_summary,
    surface_table,
)
from dropdecay.selection.choice import choose
from dropdecay.selection.optimism import estimate_optimism
from dropdecay.selection.verdict import Comparison, Verdict, reach_verdict
from dropdecay.statistics.corrected import paired_difference
from tests.report.worlds import bowl, grid, results_at
from tests.selection.worlds import around, results_of


def summary(world, capsys, width=100, rule="best", criterion="loss"):
    """Print the summary of a world."""
    choice = choose(world, rule=rule, criterion=criterion)
    print_summary(Console(width=width), world, choice, estimate_optimism(world, choice),
                  reach_verdict(world, choice), {"seed": 0})  # fmt: skip
    return capsys.readouterr().out


def verdict_of(kind, *, recommendation="Use dropout 0.2.", comparisons=(), notes=()):
    return Verdict(kind, recommendation, ("It lowers the loss.",), None, comparisons, (), notes)


def printed(verdict, width=80):
    """What stands above the surface, and which parts are bold."""
    world = results_of(around([[1.0, 0.8], [0.9, 0.7]], 0.02))
    choice, said = choose(world), StringIO()
    console = Console(width=width, file=said, force_terminal=True, color_system="standard")
    print_summary(console, world, choice, estimate_optimism(world, choice), verdict, {})
    coloured = said.getvalue().split("Validation")[0]
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[0m", coloured)
    return re.sub(r"\x1b\[[\d;]*m", "", coloured).strip().splitlines(), bold


def test_the_recommendation_is_bold_its_label_right_behind_and_the_grounds_below():
    lines, bold = printed(verdict_of("helps", notes=("Two rows are left out.",)))
    assert lines == [
        "Use dropout 0.2. [regularization helps]",
        "  It lowers the loss.",
        "  Two rows are left out.",
    ]
    assert [each.strip() for each in bold] == ["Use dropout 0.2."]


def test_the_comparisons_are_said_to_be_those_of_the_surfaces_own_folds():
    nothing = paired_difference(np.array([0.0, 0.1, 0.2]), 0.5)
    sentence = "Against no regularization: log loss lower by 0.1, no clear difference."
    lines, _ = printed(
        verdict_of("open", comparisons=(Comparison("none", nothing, nothing, sentence),))
    )
    assert lines[-3:] == [
        "",
        "From one cut alone, the folds of the surface; each interval by itself:",
        f"  {sentence}",
    ]


def test_a_label_that_does_not_fit_stands_unbroken_on_the_next_line():
    lines, bold = printed(verdict_of("makes no difference", recommendation="Use it. " * 6), 60)
    assert lines[:2] == [("Use it. " * 6).strip(), "[makes no difference]"]
    assert "makes" not in "".join(bold)


def test_an_eliminated_point_is_shown_with_its_mean_so_far_and_after_how_many_folds(capsys):
    loss = around([[1.0, 0.8], [0.9, 0.7]], 0.02)
    loss[1, 0] = [0.9, 1.0, 1.1, np.nan]
    world = results_of(loss)
    world["eliminated"] = (("dropout", "weight_decay"), np.array([[False, False], [True, False]]))
    said = summary(world, capsys)
    assert "1.000x" in said
    assert "3 folds" in said
    assert "x eliminated after that many folds: clearly behind the leader (1 point)" in said
    assert "diverged" not in said


def test_a_diverged_point_looks_different_from_an_eliminated_one(capsys):
    diverged = np.zeros((2, 2, 4, 1), bool)
    diverged[1, 0, 2] = True
    world = results_of(around([[1.0, 0.8], [0.9, 0.7]], 0.02), diverged=diverged)
    said = summary(world, capsys)
    assert "diverged" in said
    assert "eliminated" not in said


def test_a_point_given_up_is_shown_with_its_bound_and_after_how_many_epochs(cut_folder, capsys):
    said = summary(read_run(cut_folder).results, capsys)
    assert len(re.findall(r"\d\^", said)) == 2
    assert "7 epochs" in said
    assert "9 epochs" in said
    assert "^ upper bound: given up after that many epochs, unable to catch up (2 points)" in said
    assert "diverged" not in said
    assert "eliminated" not in said


def test_on_a_path_too_a_point_given_up_is_shown_with_its_bound(capsys):
    points = grid(dropout=(0.0, 0.2, 0.9), weight_decay=(1.0,))
    said = summary(results_at(points, bowl(dropout=0.2), given_up={2: 7}), capsys)
    assert re.search(r"0\.9 +\d\.\d+\^ 7 epochs", said)
    assert "unable to catch up (1 point)" in said


def test_large_losses_and_their_errors_fit_on_a_line():
    world = results_of(1e9 * around([[3.0, 2.0], [2.5, 2.2]], 0.02), curve=np.zeros(3))
    printed = Console(width=100, record=True, file=StringIO())
    surface = surface_of(world, choose(world))
    printed.print(surface_table(surface, lay_out(surface), width=100))
    assert "2.000 ± " in printed.export_text()


def test_the_table_of_points_fits_in_eighty_columns_with_small_errors():
    world = results_of(around([[0.0609, 0.0608], [0.0767, 0.0665]], 0.0061))
    choice, said = choose(world), StringIO()
    Console(width=80, file=said).print(
        points_table(choice, {**world.attrs, "score_name": "balanced accuracy"}, 1.0)
    )
    assert "…" not in said.getvalue()
    assert "one-SE" in said.getvalue()


@pytest.mark.parametrize(
    "name",
    ["weighted mean squared error", "mean squared error (in units of each output's variance)"],
)
def test_a_long_name_of_a_loss_fits_as_a_heading(name):
    world = results_of(around([[0.0609, 0.0608], [0.0767, 0.0665]], 0.0061))
    choice, said = choose(world), StringIO()
    Console(width=80, file=said).print(
        points_table(choice, {"loss_name": name, "score_name": "accuracy"}, 1.0)
    )
    assert "…" not in said.getvalue()
    assert "mean squared error" in said.getvalue()
    assert "variance" not in said.getvalue()


def test_the_plain_loss_stands_below_the_table_and_is_what_to_expect(capsys):
    weighted = {"loss_name": "weighted log loss", "plain_loss_name": "log loss", "plain_blocks": 1}
    loss = around([[0.4, 0.3], [0.9, 0.7]], 0.02)
    said = " ".join(summary(results_of(loss, attributes=weighted), capsys).split())
    assert "Log loss without class weights: 0.300 ± 0.020." in said
    assert "Expect a log loss of" in said
    assert "The best point's weighted log loss varies" in said
    plain = summary(results_of(loss), capsys)
    assert "without class weights" not in plain


@pytest.mark.parametrize("best_epoch", [1, 2, 3])
def test_a_point_that_still_improves_at_the_last_epoch_is_noted(capsys, best_epoch):
    curve = np.full(3, 0.5)
    curve[best_epoch - 1] = 0.0
    world = results_of(around([[1.0, 0.8], [0.9, 0.7]], 0.02), curve=curve)
    assert ("Try --epochs 6" in summary(world, capsys)) == (best_epoch == 3)


def test_with_more_axes_the_table_shows_two_at_the_chosen_values_of_the_others(more_axes, capsys):
    points = grid(
        max_norm=(None, 4.0, 2.0), dropout=(0.0, 0.2), learning_rate_init=(0.01,),
        weight_decay=(0.0, 1.0),
    )  # fmt: skip
    said = summary(
        results_at(points, bowl(max_norm=4.0, dropout=0.2, weight_decay=1.0)), capsys, width=120
    )
    assert "decay \\ dropout" in said
    assert "At max-norm 4 (as chosen); learning rate 0.01 throughout." in said
    assert "(1 of 12 points)" in said
    # With more axes the table has one row per axis and one column per point.
    assert [line.split() for line in said.splitlines() if line.startswith(" max-norm")] == [
        ["max-norm", "4", "4"]
    ]


def test_a_marked_point_that_lies_outside_the_table_is_named_below_it(more_axes, capsys):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), learning_rate_init=(0.001, 0.01))
    world = results_at(points, lambda point: 0.5)
    wobble = 1e-3 * np.array([1.0, -1.0, 1.0, -1.0])[:, None, None]
    for index in range(len(points)):  # as good as each other; the gap shrinks from point to point
        world["validation_loss"][index] = (
            world["validation_loss"][0].values + (1e-9 + wobble) * index
        )
        world["training_loss"][index] = world["validation_loss"][0].values - 0.1 + 0.01 * index
    said = " ".join(summary(world, capsys, rule="one_se").split())
    assert "At learning rate 0.01 (as chosen)." in said
    assert "Not shown: the best point (dropout 0, weight decay 0, learning rate 0.001)." in said


def test_one_axis_is_printed_as_a_path_with_one_row_per_value(capsys):
    points = grid(dropout=(0.0, 0.2, 0.4, 0.6, 0.9), weight_decay=(1.0,))
    world = results_at(points, bowl(dropout=0.4), eliminated={3: 2}, diverged=(4,))
    said = summary(world, capsys)
    assert "Validation log loss along dropout" in said
    assert "Weight decay 1 throughout." in said
    rows = [line.split() for line in said.splitlines()]
    first = [row[0] for row in rows if len(row) > 1 and row[0] in ("0", "0.2", "0.4", "0.6", "0.9")]
    assert first == ["0", "0.2", "0.4", "0.6", "0.9"]
    (best,) = (row for row in rows if row and row[0] == "0.4")
    assert best[3].endswith("*")
    assert "2 folds" in said
    assert "0.9 diverged" in " ".join(said.split())


def test_a_single_point_is_one_line_of_figures(capsys):
    said = summary(results_at(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl()), capsys, width=200)
    assert "One point, dropout 0.2, weight decay 1: validation log loss 0.50" in said
    assert "* best" not in said


def test_points_that_fill_no_grid_leave_cells_empty(capsys):
    points = [each for each in grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))
              if each["dropout"] != 0.4 or each["weight_decay"] == 0.1]  # fmt: skip
    said = summary(results_at(points, bowl(dropout=0.2, weight_decay=0.1)), capsys)
    rows = {line.split()[0]: line for line in said.splitlines() if " ± 0.00" in line}
    assert [rows[value].count("±") for value in ("0", "0.1", "1")] == [2, 3, 2]


def test_tuples_and_names_are_printed_as_they_are_given(more_axes, capsys):
    points = grid(dropout=(0.0, (0.1, 0.3)), activation=("tanh", "gelu", "relu"))
    said = summary(results_at(points, bowl(activation="gelu")), capsys)
    assert "0.1/0.3" in said
    places = [said.index(f" {name} ") for name in ("tanh", "gelu", "relu")]
    assert places == sorted(places)


PACE = Pace(0.001, 25).attributes()


def test_beside_a_decay_stands_over_how_many_epochs_it_forgets(capsys):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 0.31, 1.0))
    said = summary(results_at(points, bowl(dropout=0.2, weight_decay=1.0), attrs=PACE), capsys)
    lines = [line.split() for line in said.splitlines()]
    for decay, memory in (("0.31", "130"), ("1", "40")):
        (row,) = (i for i, line in enumerate(lines) if line[:1] == [decay] and "±" in line)
        assert lines[row + 1][:2] == ["tau", memory]
    (row,) = (i for i, line in enumerate(lines) if line[:1] == ["0"] and "±" in line)
    assert "tau" not in lines[row + 1]
    assert "tau: over how many epochs that weight decay forgets" in said
    assert "Chosen: dropout 0.2, weight decay 1 (forgets over 40 epochs)." in said


def test_a_path_of_decays_has_a_column_of_memories(capsys):
    points = grid(dropout=(0.2,), weight_decay=(0.0, 0.1, 1.0))
    said = summary(results_at(points, bowl(weight_decay=1.0), attrs=PACE), capsys)
    rows = [line.split() for line in said.splitlines() if "±" in line]
    assert "weight decay   tau " in said
    assert [row[:2] for row in rows[1:3]] == [["0.1", "400"], ["1", "40"]]


def test_nothing_is_said_of_memory_where_decays_have_none(capsys):
    world = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)), bowl(weight_decay=1.0))
    said = summary(world, capsys)
    assert not [word for word in ("tau", "forgets", "memory", "Chosen") if word in said]


def test_with_several_learning_rates_only_the_chosen_point_has_a_memory(capsys):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), learning_rate_init=(0.001, 0.01))
    best = points[-1]
    world = results_at(points, lambda point: 0.5 if point == best else 0.8, attrs=PACE)
    said = summary(world, capsys)
    assert "tau" not in said
    assert "weight decay 1 (forgets over 4 epochs), learning rate 0.01." in said


def test_large_losses_leave_room_for_every_column_at_80(capsys):
    names = {"loss_name": "mean squared error", "score_name": "r2"}
    loss = 1e12 * around([[3.0, 2.0], [2.5, 2.2]], 0.02)
    world = results_of(loss, score=loss / 1e13, curve=np.zeros(3), attributes=names)
    said = summary(world, capsys, width=80)
    assert "…" not in said
    assert re.search(r"mean squared error +\n.*epochs +/ 1e12 +gap +r2 ", said)


def world_of_scores(n_decays=2):
    """The score is best where the loss is not."""
    loss = around([[1.0, 0.8], [0.9, 0.7]], 0.02)[:, :n_decays]
    score = around([[0.61, 0.62], [0.64, 0.63]], 0.012)[:, :n_decays]
    return results_of(loss, score=score, curve=np.zeros(3))


def test_where_a_score_chose_it_is_shown_first_with_the_marks_and_the_loss_below(capsys):
    said = summary(world_of_scores(), capsys, width=80, criterion="score")
    assert "Validation accuracy, mean over folds; log loss below it" in said
    marked, below = re.search(r"\n +0 +(0.610.*)\n +(.*)\n", said).groups()
    assert re.sub(" +", " ", marked).strip() == "0.610 ± 0.012 0.640 ± 0.012*"
    assert re.sub(" +", " ", below).strip() == "1.000 0.900"
    assert re.search(r"epochs +accuracy +log loss +gap", said)
    assert re.search(r"best +0.1 +0 +\d +0.640 ± 0.012 +0.900 ± 0.020", said)


def test_a_path_that_a_score_chose_from_shows_it_first_too(capsys):
    said = summary(world_of_scores(1), capsys, criterion="score")
    assert "Validation accuracy along dropout" in said
    assert re.search(r"dropout +accuracy +log loss +gap +epochs", said)
    assert re.search(r"0.1 +0.640 ± 0.012\* +0.900 ± 0.020", said)
    by_loss = summary(world_of_scores(1), capsys)
    assert re.search(r"dropout +log loss +gap +accuracy +epochs", by_loss)


def test_a_point_eliminated_by_its_score_is_shown_with_its_score_so_far(capsys):
    world = world_of_scores()
    for name in ("validation_loss", "validation_score", "training_loss", "out_of_fold_loss"):
        world[name].values[1, 0, 3] = np.nan
    world["eliminated"] = (("dropout", "weight_decay"), np.array([[False, False], [True, False]]))
    said = summary(world, capsys, criterion="score")
    assert re.search(r"0\.6\d+x", said)


def test_what_the_race_futility_and_the_pilot_left_out_is_told_apart(every_way_out, capsys):
    said = summary(read_run(every_way_out).results, capsys)
    assert "x eliminated after that many folds: clearly behind the leader (2 points)" in said
    assert "^ upper bound: given up after that many epochs, unable to catch up (1 point)" in said
    assert "- dropped on the pilot, not trained on all rows (1 point)" in said
    assert len(re.findall(r"\dx", said)) == 2
    assert len(re.findall(r"\d\^", said)) == 1
    assert len(re.findall(r" -  *$", said, re.MULTILINE)) == 1
