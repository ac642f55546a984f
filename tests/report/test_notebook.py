import warnings

import numpy as np

from dropdecay.errors import DropdecayWarning
from dropdecay.report.notebook import surface_html
from dropdecay.report.stored import read_run
from dropdecay.selection.choice import choose
from tests.report.worlds import bowl, grid, results_at


def test_a_fitted_surface_shows_itself_in_a_notebook_and_an_unfitted_one_its_parameters():
    from dropdecay import MLPClassifierCV

    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    search = MLPClassifierCV(4, dropouts=(0, 0.3), weight_decays=(0, 1), cv=3, max_iter=4,
                             extend=False, random_state=0, n_jobs=1)  # fmt: skip
    assert "★" not in search._repr_html_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search.fit(X, X[:, 0] > 0)
    shown = search._repr_html_()
    assert shown.count("<td style=") == 4
    assert "★" in shown
    assert str(search.verdict_).split(":")[0] in shown
    assert search._repr_mimebundle_()["text/html"].count("<td style=") == 4


def test_a_verdict_with_markup_in_it_stays_text(run_folder):
    results = read_run(run_folder).results
    shown = surface_html(results, choose(results), "<script>1</script>")
    assert "<script>" not in shown


def test_cells_without_a_figure_say_why(raced_folder):
    results = read_run(raced_folder).results
    shown = surface_html(results, choose(results), "verdict")
    assert shown.count(">NaN</td>") == 3
    assert shown.count(">x</td>") == int(results["eliminated"].sum()) > 0
    assert "x: eliminated by the race, NaN: diverged." in shown


def shown(points, loss, **more):
    results = results_at(points, loss, **more)
    return surface_html(results, choose(results), "verdict")


def test_two_axes_are_shown_at_the_chosen_values_of_the_others(more_axes):
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0), max_norm=(None, 4.0, 2.0))
    said = shown(points, bowl(dropout=0.2, weight_decay=1.0, max_norm=4.0))
    assert said.count("<td style=") == 4
    assert "weight decay down, dropout across, at max-norm 4 (as chosen)." in said
    assert said.count("★") == 2  # in its cell and in the legend


def test_a_path_is_one_column_and_a_point_a_line(more_axes):
    said = shown(grid(max_norm=(None, 4.0, 2.0), dropout=(0.2,)), bowl(max_norm=4.0))
    assert [row.count("<td") for row in said.split("<tr>")[1:]] == [1, 1, 1]
    assert "<th>none</th>" in said
    assert "max-norm down, dropout 0.2 throughout." in said
    said = shown(grid(dropout=(0.2,), weight_decay=(1.0,)), bowl())
    assert "<table" not in said
    assert "dropout 0.2, weight decay 1: validation log loss 0.5" in said


def test_points_that_fill_no_grid_leave_cells_empty():
    points = grid(dropout=(0.0, 0.2), weight_decay=(0.0, 1.0))[:3]
    assert shown(points, bowl(dropout=0.2)).count("<td></td>") == 1
