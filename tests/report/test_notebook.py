import html
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

from dropdecay.errors import DropdecayWarning
from dropdecay.report.notebook import surface_html
from dropdecay.report.stored import read_run
from dropdecay.selection.choice import choose
from dropdecay.selection.verdict import reach_verdict
from tests.report.worlds import bowl, grid, results_at


def html_of(results):
    choice = choose(results)
    return surface_html(results, choice, reach_verdict(results, choice))


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
    assert f"<b>{search.verdict_.recommendation}</b> [" in shown
    assert search.verdict_.grounds[0] in html.unescape(shown)
    assert search._repr_mimebundle_()["text/html"].count("<td style=") == 4


def test_several_values_are_told_one_by_one_and_together(run_folder):
    results = read_run(run_folder).results
    choice = choose(results)
    scores = pd.DataFrame(
        {"r2": [0.91, 0.25], "r2_standard_error": [0.02, 0.1], "loss": [0.09, 0.75],
         "rmse": [15_234.0, 0.4318]},
        index=["energy <kWh>", "cost"],
    )  # fmt: skip

    shown = surface_html(results, choice, reach_verdict(results, choice), scores)

    text = html.unescape(shown.partition("Each value at")[2]).replace("\N{NO-BREAK SPACE}", " ")
    assert "<th>energy <kWh></th><td>0.91 ± 0.02</td><td>0.090</td><td>15,200</td>" in text
    assert "<th>cost</th><td>0.25 ± 0.10</td><td>0.750</td><td>0.432</td>" in text
    assert "<th>together</th><td>0.580</td><td>0.420</td><td></td>" in text
    assert "<kWh>" not in shown


def test_a_verdict_with_markup_in_it_stays_text(run_folder):
    results = read_run(run_folder).results
    choice, evil = choose(results), "<script>1</script>"
    verdict = replace(
        reach_verdict(results, choice), kind=evil, recommendation=evil, grounds=(evil,)
    )
    shown = surface_html(results, choice, verdict)
    assert "<script>" not in shown
    assert shown.count("&lt;script&gt;") == 3


def test_the_recommendation_is_bold_and_its_label_and_grounds_follow(run_folder):
    results = read_run(run_folder).results
    choice = choose(results)
    verdict = reach_verdict(results, choice)
    assert (
        f"<b>{verdict.recommendation}</b> [regularization helps]<br>{verdict.grounds[0]}"
        in surface_html(results, choice, verdict)
    )


def test_cells_without_a_figure_say_why(raced_folder):
    results = read_run(raced_folder).results
    shown = html_of(results)
    assert shown.count(">NaN</td>") == 3
    assert shown.count(">x</td>") == int(results["eliminated"].sum()) > 0
    assert "x: eliminated by the race, NaN: diverged." in shown


def test_cells_of_points_given_up_say_so(cut_folder):
    shown = html_of(read_run(cut_folder).results)
    assert shown.count(">^</td>") == 2
    assert "^: given up, unable to catch up." in shown
    assert "eliminated" not in shown


def shown(points, loss, **more):
    return html_of(results_at(points, loss, **more))


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


def test_what_the_race_futility_and_the_pilot_left_out_is_told_apart(every_way_out):
    shown = html_of(read_run(every_way_out).results)
    assert [shown.count(f">{mark}</td>") for mark in ("x", "^", "-", "NaN")] == [2, 1, 1, 1]
    assert (
        "x: eliminated by the race, ^: given up, unable to catch up, -: dropped on the pilot, "
        "NaN: diverged."
    ) in shown
