"""What averaging brings, from losses by fold that are written down here."""

import numpy as np
import pytest
import xarray as xr

from dropdecay.selection.ensemble import ensemble_of, which_figures

LESS = np.array([0.02, 0.03, 0.01, 0.02, 0.02])


def results(**changes):
    averaged = np.array([0.4, 0.5, 0.45, 0.42, 0.48])
    found = {
        "ensemble_loss": ("fold", averaged, {"n_networks": 5}),
        "network_loss": ("fold", averaged + LESS),
        "n_training": ("fold", np.full(5, 80)),
        "n_validation": ("fold", np.full(5, 20)),
    }
    return xr.Dataset({**found, **changes}, attrs={"loss_name": "log loss"})


def test_mean_and_interval_are_those_of_the_corrected_resampled_t():
    found = ensemble_of(results())
    assert (found.n_networks, found.measure) == (5, "log loss")
    assert (found.loss, found.single_loss) == pytest.approx((0.45, 0.47))
    half = 2.7764451 * np.sqrt(LESS.var(ddof=1) * (1 / 5 + 1 / 4))
    assert (found.gain.mean, found.gain.lower, found.gain.upper) == pytest.approx(
        (0.02, 0.02 - half, 0.02 + half)
    )
    assert str(found) == (
        "5 networks averaged have a log loss of 0.45 on held-out rows, one alone 0.47: 4.3 % less "
        "(95 % interval 1.5 to 7.1 %)."
    )
    assert found.as_dict()["sentence"] == str(found)


def test_folds_that_were_not_recorded_do_not_count():
    partly = results()
    for name in ("ensemble_loss", "network_loss"):
        partly[name][0] = np.nan
    found = ensemble_of(partly)
    assert found.gain.n_folds == 4
    assert found.gain.mean == pytest.approx(LESS[1:].mean())
    assert ensemble_of(results().drop_vars("ensemble_loss")) is None
    partly["ensemble_loss"][:] = np.nan
    assert ensemble_of(partly) is None


def test_with_class_weights_it_is_the_loss_that_chooses_and_the_plain_one_stands_beside():
    both = results(
        ensemble_weighted_loss=("fold", np.full(5, 0.6)),
        network_weighted_loss=("fold", 0.6 + 2 * LESS),
    ).assign_attrs(loss_name="weighted log loss")
    found = ensemble_of(both)
    assert (found.measure, found.plain.measure) == ("weighted log loss", "log loss")
    assert (found.loss, found.single_loss) == pytest.approx((0.6, 0.64))
    assert found.gain.mean == pytest.approx(0.04)
    assert found.plain == ensemble_of(results())
    assert str(found).startswith("5 networks averaged have a weighted log loss of 0.6 on held-out")
    stored = found.as_dict()
    assert stored["plain"] == ensemble_of(results()).as_dict()
    assert "plain" not in stored["plain"]


def test_what_was_stored_without_the_weighted_loss_is_named_plain():
    earlier = results().assign_attrs(loss_name="weighted log loss")
    assert ensemble_of(earlier).measure == "log loss"


def test_it_says_which_figures_are_of_what():
    assert which_figures(5, repeated=True, criterion="loss") == (
        "The surface and what each part brings are of single networks; the verdict, the comparison "
        "with other models, what to expect, the figures of rows (rows.csv, calibration, threshold) "
        "and the network itself are of 5 averaged."
    )
    assert "what to expect" not in which_figures(5, repeated=True, criterion="score")
    once = which_figures(5, repeated=False, criterion="loss")
    assert once.startswith("The surface, the verdict and the comparison with other models are of")
