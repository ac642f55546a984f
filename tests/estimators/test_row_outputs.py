"""Outputs by row through the estimators: what every network said of rows it had not seen."""

import numpy as np
import pytest
import xarray as xr
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import (
    GridSearchCV,
    PredefinedSplit,
    RepeatedKFold,
    cross_val_predict,
    cross_val_score,
)

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.axes import Point, restored_value
from dropdecay.estimators import fit_surface
from dropdecay.report.stored import read_run, write_findings
from dropdecay.selection.contest import contest_of
from dropdecay.selection.points import by_point, points_in
from tests.estimators.test_repeats import SMALL, Interrupted, X, Y, fitted
from tests.report.worlds import summary_of

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

LETTERS = np.array(["c", "a", "b"])[np.arange(60) % 3]
VALUES = X[:, 0] + np.random.default_rng(1).normal(size=60)


def watched(y=Y, kind=MLPClassifierCV, **how):
    """Fit, and return the estimator with the fits of the surface and those that recorded."""
    heard = []
    search = kind(**{**SMALL, **how})
    search.fit_with_hooks(X, y, on_fit=lambda fit, done, total: heard.append(fit))
    surface = {(fit.run.point, fit.run.fold, fit.run.seed): fit for fit in heard
               if not fit.run.record}  # fmt: skip
    return search, surface, [fit for fit in heard if fit.run.record]


def recorded_points(results, prefix="recorded"):
    """Return points and epochs that the coordinates name, by index."""
    names = [name for name, _ in points_in(results)[0].values]
    columns = [results[f"{prefix}_{name}"].values.ravel().tolist() for name in names]
    points = [
        Point(tuple(zip(names, map(restored_value, row), strict=True)))
        for row in zip(*columns, strict=True)
    ]
    return list(zip(points, results[f"{prefix}_epoch"].values.ravel().tolist(), strict=True))


@pytest.mark.parametrize("n_seeds", [1, 2])
def test_what_is_recorded_is_the_surface_itself_to_the_last_bit(n_seeds):
    _, surface, recorded = watched(n_seeds=n_seeds)
    own = [fit for fit in recorded if fit.run.fold < 3]
    assert {fit.run.seed for fit in own} == set(range(n_seeds))
    for fit in own:
        first = surface[fit.run.point, fit.run.fold, fit.run.seed]
        for losses, epoch in zip(fit.recorded.losses, fit.run.record, strict=True):
            assert losses.mean() == first.validation_loss[first.epochs == epoch].item()
    assert len({(fit.run.point, fit.run.fold, fit.run.seed) for fit in recorded}) == len(recorded)


def test_the_outputs_of_each_point_have_its_loss_at_its_epoch_fold_by_fold():
    search = fitted(LETTERS, n_repeats=1)
    results = search.results_
    curves = by_point(results)["validation_loss"].isel(seed=0)
    for i, (point, epoch) in enumerate(recorded_points(results)):
        curve = curves[points_in(results).index(point)].sel(epoch=epoch)
        outputs = results["out_of_fold_output"][i].values.astype(float)
        outputs /= outputs.sum(axis=1, keepdims=True)
        for fold in range(3):
            here = results["held_out_by"].values == fold
            found = log_loss(LETTERS[here], outputs[here], labels=["a", "b", "c"])
            assert found == pytest.approx(curve.sel(fold=fold).item(), rel=1e-6)
    assert results["output"].values.tolist() == ["a", "b", "c"]


def test_chosen_none_and_points_as_good_are_named_as_the_choice_names_them():
    search = fitted()
    results, choice = search.results_, search.choice_
    found = recorded_points(results)
    assert found[0] == (choice.chosen.point, choice.chosen.epochs)
    assert results["recorded_chosen"].values.tolist() == [True] + [False] * (len(found) - 1)
    (none,) = np.flatnonzero(results["recorded_none"].values)
    assert found[none][0].active == ()
    as_good = {point for (point, _), mark in zip(found, results["recorded_as_good"].values,
                                                 strict=True) if mark}  # fmt: skip
    assert as_good <= set(choice.as_good)


def test_the_outputs_of_the_picks_are_those_of_the_folds_judges():
    search = fitted()
    results = search.results_
    contest = contest_of(results, search.choice_)
    picks = [(pick.point, pick.epoch) for pick in (*contest.none, *contest.picks)]
    assert recorded_points(results, "picked") == picks
    curves = by_point(results)["validation_loss"].isel(seed=0)
    for name, side in (("none", contest.none), ("picks", contest.picks)):
        outputs = results["picked_output"].sel(contender=name).values[:, 0].astype(float)
        for fold, pick in enumerate(side):
            here = results["held_out_by"].values == fold
            curve = curves[points_in(results).index(pick.point)]
            assert log_loss(Y[here], outputs[here]) == pytest.approx(
                curve.sel(fold=fold, epoch=pick.epoch).item(), rel=1e-6
            )


def test_the_gain_follows_from_what_is_kept_of_the_repeats():
    search = fitted()
    results, gain = search.results_, search.verdict_.gain
    losses = results["contender_loss"]
    assert losses.sizes["contender_repeat"] == gain.n_repeats >= 3
    gains = losses.sel(contender="none") - losses.sel(contender="picks")
    assert gains.mean("row").values == pytest.approx(gain.by_repeat, rel=1e-5)
    # The first repeat is that of the surface: its losses follow from the outputs.
    said = np.clip(results["picked_output"].values[..., 0].astype(float), 1e-7, 1 - 1e-7)
    of_outputs = -np.where(Y == 1, np.log(said), np.log(1 - said))
    np.testing.assert_allclose(losses[:, 0], of_outputs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("offset", [0.0, 1e7])
def test_values_are_in_the_users_units(offset):
    y = offset + 50.0 * VALUES
    search = fitted(y, kind=MLPRegressorCV)
    outputs = search.results_["out_of_fold_output"]
    assert outputs["output"].values.tolist() == ["0"]
    assert mean_squared_error(y, outputs[0, :, 0]) == pytest.approx(
        search.choice_.chosen.loss, rel=1e-6
    )


def test_several_values_and_several_labels_have_an_output_each():
    y = np.column_stack([VALUES, 3 * VALUES + X[:, 1]])
    several = fitted(y, kind=MLPRegressorCV, n_repeats=1)
    outputs = several.results_["out_of_fold_output"][0].values
    in_units = np.mean(((y - outputs) / several.target_scale_) ** 2)
    assert in_units == pytest.approx(several.choice_.chosen.loss, rel=1e-6)
    labels = np.column_stack([Y, X[:, 1] > 0]).astype(int)
    many = fitted(labels, n_repeats=1)
    outputs = many.results_["out_of_fold_output"][0].values.astype(float)
    total = sum(log_loss(labels[:, i], outputs[:, i]) for i in range(2))
    assert total == pytest.approx(many.choice_.chosen.loss, rel=1e-6)


def test_weights_are_those_of_the_losses():
    weights = np.random.default_rng(2).uniform(0.1, 3.0, 60)
    search = fitted(sample_weight=weights, n_repeats=1)
    results = search.results_
    outputs = results["out_of_fold_output"][0, :, 0].values.astype(float)
    folds = [results["held_out_by"].values == fold for fold in range(3)]
    by_fold = [log_loss(Y[here], outputs[here], sample_weight=weights[here]) for here in folds]
    assert np.mean(by_fold) == pytest.approx(search.choice_.chosen.loss, rel=1e-6)


def test_one_output_is_the_probability_of_the_second_class_and_seeds_are_averaged():
    words = np.where(Y == 1, "yes", "no")
    search, _, recorded = watched(words, n_seeds=2)
    results, chosen = search.results_, search.choice_.chosen
    assert results["output"].values.tolist() == ["yes"]
    assert np.corrcoef(results["out_of_fold_output"][0, :, 0], Y)[0, 1] > 0.2
    held = np.flatnonzero(results["held_out_by"].values == 1)
    of_seeds = [
        fit.recorded.outputs[fit.run.record.index(chosen.epochs)] for fit in recorded
        if (fit.run.point, fit.run.fold) == (chosen.point, 1)
    ]  # fmt: skip
    assert len(of_seeds) == 2
    assert sorted(results["out_of_fold_output"][0, held, 0].values) == pytest.approx(
        sorted(np.mean(of_seeds, axis=0)[:, 0])
    )


@pytest.fixture(scope="module")
def outputs():
    return fitted().results_.drop_vars("wall_s")


def test_threads_and_the_order_of_work_change_no_bit(outputs):
    xr.testing.assert_identical(fitted(n_jobs=2).results_.drop_vars("wall_s"), outputs)


@pytest.mark.parametrize("n_runs", [10, 14, 16])
def test_an_interrupted_run_ends_with_the_same_outputs(n_runs, outputs, tmp_path):
    heard = []

    def interrupt(fit, done, total):
        heard.append(fit)
        if len(heard) == n_runs:
            raise Interrupted

    store = tmp_path / "runs.sqlite"
    with pytest.raises(Interrupted):
        MLPClassifierCV(**SMALL, store=store).fit_with_hooks(X, Y, on_fit=interrupt)
    again = fitted(store=store).results_.drop_vars("wall_s")
    xr.testing.assert_identical(again, outputs)


def test_outputs_are_recorded_where_nothing_is_repeated_and_are_the_same(outputs):
    once = fitted(n_repeats=1).results_.drop_vars("wall_s")
    xr.testing.assert_identical(once, outputs.drop_vars("contender_loss"))


def test_rows_that_are_never_held_out_have_no_output():
    search = fitted(cv=PredefinedSplit(np.r_[np.full(10, -1), np.arange(50) % 3]))
    results = search.results_
    assert (results["held_out_by"].values[:10] == -1).all()
    never = results["out_of_fold_output"].isnull().all("output")
    assert (never.values == (np.arange(60) < 10)).all()
    assert (results["contender_loss"].isnull().values == (np.arange(60) < 10)).all()


def test_of_repeated_folds_the_first_ones_speak():
    search = fitted(cv=RepeatedKFold(n_splits=3, n_repeats=2, random_state=0))
    results = search.results_
    assert set(results["held_out_by"].values) == {0, 1, 2}
    outputs = results["out_of_fold_output"][0, :, 0].values.astype(float)
    chosen = search.choice_.chosen
    curve = by_point(results)["validation_loss"][points_in(results).index(chosen.point)]
    first = curve.isel(fold=slice(3), seed=0).sel(epoch=chosen.epochs)
    assert log_loss(Y, outputs) == pytest.approx(first.mean().item(), rel=1e-6)


@pytest.fixture
def asked(monkeypatch):
    """Whether every surface was asked to record outputs."""
    seen, real = [], fit_surface.search

    def watched(request, *arguments, **how):
        seen.append(request.outputs is not None)
        return real(request, *arguments, **how)

    monkeypatch.setattr(fit_surface, "search", watched)
    return seen


def test_inside_cross_validation_where_nobody_reads_them_none_are_recorded(asked):
    quick = MLPClassifierCV(**{**SMALL, "max_iter": 2, "n_repeats": 1})
    cross_val_score(quick, X, Y, cv=2)
    cross_val_predict(quick, X, Y, cv=2)
    GridSearchCV(quick, {"hidden_layer_sizes": [4]}, cv=2).fit(X, Y)
    assert asked == [False] * 4 + [False, False, True]
    asked.clear()
    fitted(nested=True, max_iter=2)
    assert asked == [True, False, False, False]


@pytest.mark.filterwarnings("ignore::dropdecay.errors.DivergenceWarning")
def test_outputs_come_back_from_a_file_whatever_the_axes(tmp_path):
    names = np.array(["ja\n", "né", "naïve 雪"])[np.arange(60) % 3]
    how = {
        "hidden_layer_sizes": (6, 6), "dropouts": (0, 0.2, (0.1, 0.4)), "weight_decays": (0.0, 1.0),
        "axes": {"max_norm": (None, 2.0), "activation": ("relu", "tanh")}, "max_iter": 6,
    }  # fmt: skip
    search = fitted(names, **how)
    write_findings(tmp_path, search.results_, {**summary_of(search.results_), "rows": 60})
    again = read_run(tmp_path).results
    for name in ("out_of_fold_output", "picked_output", "held_out_by", "row"):
        np.testing.assert_array_equal(again[name], search.results_[name])
    assert again["output"].values.tolist() == ["ja\\n", "naïve 雪", "né"]
    assert recorded_points(again) == recorded_points(search.results_)
    assert recorded_points(again, "picked") == recorded_points(search.results_, "picked")
    assert again["recorded_none"].values.dtype == bool
    assert again["out_of_fold_output"].attrs["networks"] > 0
