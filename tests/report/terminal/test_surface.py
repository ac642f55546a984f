import re

import numpy as np
import pytest

from dropdecay.report.stored import read_run
from tests.report.terminal.screens import screen
from tests.report.worlds import bowl, grid, results_at, summary_of


def shown(points, loss, width=80, rule="best", criterion="loss", console=None, **world):
    results = results_at(points, loss, **world)
    return screen(results, summary_of(results, rule=rule, criterion=criterion), width,
                  **(console or {}))  # fmt: skip


def rows_of(said):
    """Lines of the table, by the value in front."""
    lines = said.split("on held-out rows")[1].splitlines()
    ruled = next(i for i, line in enumerate(lines) if "───" in line)
    rows = [line for line in lines[ruled + 1 :]]
    rows = rows[: rows.index("")]
    return {line.split()[0]: line for line in rows}


TWO = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))


def test_all_cells_have_the_decimals_of_the_smallest_error():
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1))
    figures = re.findall(r"(\d+\.\d+) ± (\d+\.\d+)", said)
    assert len(figures) == 9
    assert len({(len(a), len(b)) for a, b in figures}) == 1


def test_cells_of_a_column_stand_below_each_other_whatever_their_marks():
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1))
    places = [[m.start() for m in re.finditer(r"\d\.\d+ ±", row)] for row in rows_of(said).values()]
    assert len(places) == 3
    assert places[0] == places[1] == places[2]
    assert "★ " in rows_of(said)["0.1"]


def test_a_stopped_setting_shows_no_number(every_way_out):
    run = read_run(every_way_out)
    said = screen(run.results, run.summary)
    table = "\n".join(rows_of(said).values())
    for word, count in (("stopped", 2), ("diverged", 1), ("given up", 1), ("left out", 1)):
        assert table.count(word) == count
    assert len(re.findall(r"\d\.\d+ ±", table)) == 4
    assert "stopped: clearly behind after 3 to 4 folds" in said
    assert "given up: unable to catch up" in said
    assert "left out: behind on a part of the rows" in said


def test_where_errors_have_no_room_their_range_is_told():
    many = grid(dropout=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6), weight_decay=(0.0, 1.0))
    said = shown(many, bowl(dropout=0.2, weight_decay=1.0))
    assert re.search(r"mean of 4 folds; standard errors 0\.\d+ to 0\.\d+", said)
    assert "±" not in "".join(rows_of(said).values())


def test_columns_that_do_not_fit_break_into_a_table_of_their_own():
    points = grid(dropout=tuple(k / 10 for k in range(9)), weight_decay=(0.0, 0.1, 1.0, 10.0))
    said = shown(points, bowl(dropout=0.2, weight_decay=1.0))
    assert all(len(line) <= 80 for line in said.splitlines())
    assert said.count("dropout\n") == 2
    assert "Every setting is in" not in said


def test_of_a_thousand_points_a_part_is_shown_with_all_marks_and_where_the_rest_is():
    points = grid(dropout=tuple(k / 50 for k in range(40)),
                  weight_decay=tuple(k / 10 for k in range(25)))  # fmt: skip
    said = shown(points, bowl(dropout=0.22, weight_decay=1.1), rule="one_se")
    rows = rows_of(said)
    assert all(len(line) <= 80 for line in said.splitlines())
    assert said.count("dropout\n") == 1
    assert len(rows) == 12
    assert next(iter(rows)) == "0"
    assert list(rows)[-1] == "2.4"
    assert "★" in rows["1.1"]
    assert (
        " ".join(said.split()).count(
            "12 of 25 of weight decay, among them the best. Every "
            "setting is in report.html and results.nc."
        )
        == 1
    )
    columns = re.search(r"(\d+) of 40 values of dropout", said)
    assert len(rows["1.1"].split("  ")) > int(columns[1])


def test_a_long_path_is_shown_in_part_too():
    said = shown(grid(dropout=tuple(k / 100 for k in range(60))), bowl(dropout=0.33))
    rows = rows_of(said)
    assert len(rows) == 12
    assert sum("★" in row for row in rows.values()) == 1
    assert "12 of 60 settings, among them the best. Every setting is in" in said


def test_where_folds_agree_but_for_rounding_no_error_is_shown():
    results = results_at(grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0)), bowl(dropout=0.2))
    agreed = results["validation_loss"].mean("fold") * (1 + 1e-15 * results["fold"])
    results["validation_loss"] = agreed.transpose(*results["validation_loss"].dims)
    said = screen(results, summary_of(results))
    assert "±" not in said.split("on held-out rows,")[1].split("★ best")[0]
    assert "nan" not in said


def test_a_wide_terminal_shows_the_gap_below_each_cell():
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1), 120)
    assert "± standard error; below it the gap" in said
    assert len(re.findall(r"gap 0\.\d+", said)) == 9


def test_of_three_axes_two_are_shown_at_the_chosen_value_of_the_third(more_axes):
    points = grid(max_norm=(None, 4.0, 2.0), dropout=(0.0, 0.2), learning_rate_init=(0.01,),
                  weight_decay=(0.0, 1.0))  # fmt: skip
    said = shown(points, bowl(max_norm=4.0, dropout=0.2, weight_decay=1.0))
    assert "At max-norm 4 (as chosen); learning rate 0.01 throughout." in said
    assert list(rows_of(said)) == ["0", "1"]


def test_a_marked_point_outside_the_table_is_named_below_it():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), learning_rate_init=(0.001, 0.01))
    results = results_at(points, lambda point: 0.5)
    wobble = 1e-3 * np.array([1.0, -1.0, 1.0, -1.0])[:, None, None]
    for index in range(len(points)):  # as good as each other; the gap shrinks from point to point
        same = results["validation_loss"][0].values
        results["validation_loss"][index] = same + (1e-9 + wobble) * index
        results["training_loss"][index] = same - 0.1 + 0.01 * index
    said = screen(results, summary_of(results, rule="one_se"))
    assert "Not shown: the best point (dropout 0, weight decay 0, learning rate" in said


def test_one_axis_is_a_row_for_each_value():
    points = grid(dropout=(0.0, 0.2, 0.4, 0.6), weight_decay=(1.0,))
    said = shown(points, bowl(dropout=0.4), eliminated={3: 2})
    assert "Weight decay 1 throughout." in said
    assert list(rows_of(said)) == ["0", "0.2", "0.4", "0.6"]
    assert rows_of(said)["0.6"].endswith("stopped")
    assert "★" in rows_of(said)["0.4"]


def test_a_single_point_is_a_sentence():
    said = " ".join(shown(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl()).split())
    assert "One setting was tried, dropout 0.2 and weight decay 1: log loss 0.5" in said
    assert "★" not in said


def test_a_score_that_chose_is_shown_with_its_marks_in_percent():
    said = shown(TWO, bowl(dropout=0.2, weight_decay=0.1), 120, criterion="score")
    assert "Accuracy on held-out rows, mean of 4 folds ± standard error; below it the log" in said
    assert "higher is better" in said
    assert re.search(r"★ 4\d\.\d ± \d\.\d", said)


def test_values_show_the_root_of_their_squared_error():
    attrs = {"loss_name": "mean squared error", "score_name": "r2", "task": "regression"}
    results = results_at(TWO, lambda point: 1e6 * bowl(dropout=0.2, weight_decay=0.1)(point),
                         attrs=attrs)  # fmt: skip
    said = screen(results, summary_of(results, task="regression"))
    assert "RMSE on held-out rows" in said
    assert "707" in said


def test_large_losses_without_a_root_are_in_powers_of_ten():
    results = results_at(TWO, lambda point: 1e9 * bowl(dropout=0.2, weight_decay=0.1)(point))
    assert "Log loss / 1e6 on held-out rows" in screen(results, summary_of(results))


def test_as_good_cells_are_shaded_with_256_colours_and_only_then():
    loss = bowl(dropout=0.2, weight_decay=0.1)
    colours = {"force_terminal": True, "color_system": "256"}
    assert "48;5;189" in shown(TWO, loss, console=colours)
    assert "48;5" not in shown(TWO, loss, console={**colours, "color_system": "standard"})
    assert "\x1b[3" not in shown(TWO, loss, console={**colours, "no_color": True})


@pytest.mark.parametrize("width", [80, 120])
def test_without_utf_8_other_signs_say_the_same(width):
    results = results_at(TWO, bowl(dropout=0.2, weight_decay=0.1))
    said = screen(results, summary_of(results), width, encoding="ascii")
    assert "* best, refitted on all rows" in said
    assert "+/-" in said
    assert "\\" not in said
    assert all(len(line) <= width for line in said.splitlines())


def test_tuples_and_names_are_printed_as_they_are_given(more_axes):
    points = grid(dropout=(0.0, (0.1, 0.3)), activation=("tanh", "gelu", "relu"))
    said = shown(points, bowl(activation="gelu"))
    assert "0.1/0.3" in said
    assert list(rows_of(said)) == ["tanh", "gelu", "relu"]


def test_points_that_fill_no_grid_leave_cells_empty():
    points = [each for each in TWO if each["dropout"] != 0.4 or each["weight_decay"] == 0.1]
    rows = rows_of(shown(points, bowl(dropout=0.2, weight_decay=0.1)))
    assert [row.count("±") for row in rows.values()] == [2, 3, 2]
