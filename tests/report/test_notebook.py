import warnings

import numpy as np

from dropdecay import MLPClassifierCV
from dropdecay.errors import DropdecayWarning
from dropdecay.report.stored import read_run


def test_a_fitted_surface_shows_itself_in_a_notebook_and_an_unfitted_one_its_parameters():
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
    from dropdecay.report.notebook import surface_html
    from dropdecay.selection.choice import choose

    results = read_run(run_folder).results
    shown = surface_html(results, choose(results), "<script>1</script>")
    assert "<script>" not in shown


def test_cells_without_a_figure_say_why(raced_folder):
    from dropdecay.report.notebook import surface_html
    from dropdecay.selection.choice import choose

    results = read_run(raced_folder).results
    shown = surface_html(results, choose(results), "verdict")
    assert shown.count(">NaN</td>") == 3
    assert shown.count(">x</td>") == int(results["eliminated"].sum()) > 0
    assert "x: eliminated by the race, NaN: diverged." in shown
