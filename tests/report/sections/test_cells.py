import pytest

from dropdecay.decay_memory import Pace
from dropdecay.report.sections.cells import cells_of
from dropdecay.report.sections.run import run_of
from dropdecay.report.stored import read_run
from tests.report.worlds import bowl, grid, results_at, summary_of


def cells_at(axes, loss, **more):
    attrs = more.pop("attrs", None)
    results = results_at(grid(**axes), loss, attrs=attrs, **more)
    return cells_of(run_of(results, summary_of(results)))


def test_a_cell_shows_mean_and_standard_error_with_the_decimals_of_the_smallest_error():
    cells = cells_at({"dropout": (0.0, 0.2), "weight_decay": (0.0, 1.0)}, bowl(dropout=0.2))
    shown = [cell for row in cells.rows for cell in row]
    assert all(cell.text.count(".") == 1 and cell.spread.startswith("±") for cell in shown)
    assert len({len(cell.text) for cell in shown}) == 1


def test_a_stopped_cell_shows_the_word_and_no_number_of_other_folds(every_way_out):
    run = read_run(every_way_out)
    cells = cells_of(run_of(run.results, run.summary))
    states = {cell.point: cell.state for row in cells.rows for cell in row if cell.state[0]}
    assert states == {
        2: ("stopped", "after 3\u00a0folds"), 5: ("stopped", "after 4\u00a0folds"),
        6: ("diverged", ""), 7: ("given up", "after 7\u00a0epochs"),
        8: ("left out", "on the pilot"),
    }  # fmt: skip
    assert all(not cell.text for row in cells.rows for cell in row if cell.state[0])
    assert dict(cells.counts) == {"stopped": 2, "diverged": 1, "given up": 1, "left out": 1}


def test_cells_are_named_in_full_for_screen_readers(run_folder):
    run = read_run(run_folder)
    found = run_of(run.results, run.summary)
    names = [cell.name for row in cells_of(found).rows for cell in row]
    assert all(name.startswith("dropout 0") and ": log loss 0." in name for name in names)
    assert sum("best" in name.split(", ") for name in names) == 1
    assert sum("refitted on all rows" in name for name in names) == 1


def test_the_sentence_counts_what_is_as_good():
    cells = cells_at({"dropout": (0.0, 0.2, 0.9)}, bowl(dropout=0.2))
    assert cells.sentence.startswith("Of 3 settings one is best: no other is as good as the best.")
    assert cells.title == "The path"
    assert cells.path is not None


def test_a_decay_says_how_long_weights_remember():
    cells = cells_at({"dropout": (0.0, 0.2), "weight_decay": (0.0, 1.0)}, bowl(),
                     attrs=Pace(0.001, 25).attributes())  # fmt: skip
    assert [(side.value, side.tau) for side in cells.sides] == [("0", ""), ("1", "τ 40")]
    assert cells.has_tau


@pytest.mark.parametrize(("n", "size"), [(5, ""), (9, "many"), (14, "compact"), (30, "tiny")])
def test_many_columns_take_the_width_and_then_less_room_each(n, size):
    axes = {"dropout": tuple(k / 100 for k in range(n)), "weight_decay": (0.0, 1.0)}
    assert cells_at(axes, bowl(dropout=0.02)).size == size


def test_one_setting_is_a_line_of_figures():
    cells = cells_at({"dropout": (0.2,), "weight_decay": (1.0,)}, bowl())
    assert cells.rows == ()
    assert cells.note.startswith("Dropout 0.2, weight decay 1: log loss 0.")


def test_where_a_score_chose_it_is_shown_first_in_percent():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    cells = cells_of(run_of(results, summary_of(results, criterion="score")))
    assert [view.key for view in cells.views] == ["score", "loss", "gap"]
    assert cells.rows[0][0].text.endswith("\u00a0%")
