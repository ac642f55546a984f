"""Points that could not catch up are given up; curves are known beforehand."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Axes
from dropdecay.engine.ending import DIVERGED, FLAT, PAUSED
from dropdecay.engine.protocol import CURVES, Fit
from dropdecay.errors import BadSetting
from dropdecay.policies.futility import FIRST_PAUSE, futility, gives_up, pausing
from dropdecay.policies.grid import whole_grid
from dropdecay.policies.race import points_behind
from dropdecay.statistics.smoothing import evaluated_epochs
from dropdecay.surface.known import Known
from dropdecay.surface.plan import Plan
from tests.surface.racers import setting

PLAN = Plan(
    Axes.of({"dropout": (0.0, 0.2, 0.4), "weight_decay": (0.0, 1.0)}),
    replace(setting(), schedule=replace(setting().schedule, epochs=1024)), 3, 1, 0, adaptive=True,
)  # fmt: skip
PLACES = [(dropout, decay) for dropout in (0.0, 0.2, 0.4) for decay in (0.0, 1.0)]


def fit_of(run, curve, end, ending):
    epochs = np.array([each for each in evaluated_epochs(1024) if each <= end])
    values = curve(epochs.astype(float)) + 0.01 * run.fold
    return Fit(
        run=run, epochs=epochs, **dict.fromkeys(CURVES, values),
        out_of_fold_loss=np.empty((epochs.size, 0)), diverged=False, wall_s=0.0,
        end=int(epochs[-1]), ending=ending,
    )  # fmt: skip


def known_of(curves, ends=None, endings=None):
    """All runs, each point on a curve of its own, paused at 32 epochs unless said otherwise."""
    known = Known(PLAN)
    for run in PLAN.runs:
        place = place_of(run.point)
        curve, end = curves.get(place, level(0.5)), (ends or {}).get(place, FIRST_PAUSE)
        known.add(fit_of(run, curve, end, (endings or {}).get(place, PAUSED)))
    return known


def place_of(point):
    return tuple(value for _, value in point.values)


def level(value):
    return lambda epochs: value + 0.0 * epochs


def given_up(known):
    proposal = futility(known)
    return {place_of(point) for point in proposal.futile}


def test_new_points_wait_at_the_first_pause():
    proposal = pausing(whole_grid)(Known(PLAN))
    assert proposal.pause == FIRST_PAUSE
    assert len(proposal.runs) == 18
    assert pausing(lambda known: None)(Known(PLAN)) is None


def test_points_that_are_given_further_folds_are_not_paused_again():
    known = known_of({}, endings=dict.fromkeys(PLACES, FLAT))
    for run in PLAN.runs:
        if run.fold == 2:
            del known.fits[run]
    proposal = pausing(whole_grid)(known)
    assert len(proposal.runs) == 6
    assert proposal.pause is None


def test_new_points_are_paused_before_others_are_given_further_folds():
    known = known_of({}, endings=dict.fromkeys(PLACES, FLAT))
    for run in PLAN.runs:
        if run.point == PLAN.axes.points[4] or run.fold == 2:
            del known.fits[run]
    proposal = pausing(whole_grid)(known)
    assert {run.point for run in proposal.runs} == {PLAN.axes.points[4]}
    assert proposal.pause == FIRST_PAUSE


def test_points_go_on_from_where_they_are_the_least_trained_first():
    known = known_of({(0.2, 1.0): level(0.5)}, ends={(0.4, 1.0): 70})
    proposal = futility(known)
    assert len({run.point for run in proposal.runs}) == 5
    assert (proposal.pause, given_up(known)) == (64, set())
    ended = {place: FLAT for place in PLACES if place != (0.4, 1.0)}
    proposal = futility(known_of({}, ends={(0.4, 1.0): 70}, endings=ended))
    assert {place_of(run.point) for run in proposal.runs} == {(0.4, 1.0)}
    assert proposal.pause > 70


def test_a_point_given_up_gets_no_further_folds_and_is_out_of_the_race():
    known = known_of({(0.2, 1.0): level(0.5), (0.4, 1.0): level(2.0)})
    known = known.after(futility(known))
    (futile,) = known.futile
    for run in PLAN.runs:
        if run.fold == 2:
            del known.fits[run]
    assert {run.point for run in known.missing()} == set(PLAN.axes.points) - {futile}
    for run in PLAN.runs:
        if run.point == futile and run.fold == 1:
            del known.fits[run]
    assert points_behind(known, 2, 0.5, "loss") == set()


def test_what_is_given_up_is_settled_once_all_others_have_ended():
    known = known_of({(0.2, 1.0): level(0.5), (0.4, 1.0): level(2.0)},
                     endings={place: FLAT for place in PLACES if place != (0.4, 1.0)})  # fmt: skip
    proposal = futility(known)
    assert (proposal.runs, len(proposal.futile)) == ((), 1)
    assert futility(known.after(proposal)) is None


def test_points_that_were_behind_a_leader_that_diverged_go_on():
    behind = {(0.0, 1.0): level(0.6), (0.4, 0.0): level(0.6), (0.4, 1.0): level(0.8)}
    ended = dict.fromkeys(PLACES, FLAT) | dict.fromkeys(behind, PAUSED)
    known = known_of({**behind, (0.2, 1.0): level(0.3)}, endings=ended)
    known = known.after(futility(known))
    assert {place_of(point) for point in known.futile} == {(0.4, 0.0), (0.4, 1.0)}
    nothing = {**behind, (0.2, 1.0): level(np.nan), (0.2, 0.0): level(0.9), (0.0, 0.0): level(0.7)}
    diverged = known_of(nothing, endings={**ended, (0.2, 1.0): DIVERGED})
    proposal = futility(replace(diverged, futile=known.futile))
    assert {place_of(run.point) for run in proposal.runs} == {(0.0, 1.0), (0.4, 0.0), (0.4, 1.0)}
    assert not proposal.futile


def test_a_point_far_behind_that_no_longer_falls_is_given_up_and_the_rest_goes_on_twice_as_far():
    known = known_of({(0.2, 1.0): level(0.5), (0.4, 1.0): level(2.0)})
    proposal = futility(known)
    assert {p["dropout"] for p in proposal.futile} == {0.4}
    assert given_up(known) == {(0.4, 1.0)}
    assert proposal.pause == 64
    assert {run.point for run in proposal.runs} == set(PLAN.axes.points) - proposal.futile


def test_a_point_that_falls_fast_enough_to_catch_up_goes_on():
    falling = lambda e: 2.0 - 0.4 * np.log2(e / 8)  # noqa: E731
    known = known_of({(0.2, 1.0): level(0.5), (0.4, 1.0): falling})
    assert given_up(known) == set()


def test_none_and_the_leaders_of_every_kind_are_never_given_up():
    far = {(0.0, 0.0): level(9.0), (0.0, 1.0): level(8.0), (0.2, 0.0): level(7.0),
           (0.4, 0.0): level(7.5), (0.2, 1.0): level(0.5), (0.4, 1.0): level(6.0)}  # fmt: skip
    assert given_up(known_of(far)) == {(0.4, 0.0), (0.4, 1.0)}


def test_points_that_have_ended_neither_go_on_nor_are_given_up():
    ended = dict.fromkeys([(0.4, 1.0), (0.0, 0.0)], FLAT)
    known = known_of({(0.2, 1.0): level(0.5), (0.4, 1.0): level(2.0)}, endings=ended)
    proposal = futility(known)
    assert not proposal.futile
    assert {place_of(run.point) for run in proposal.runs}.isdisjoint(ended)


def test_where_every_point_has_ended_nothing_is_proposed():
    assert futility(known_of({}, endings=dict.fromkeys(PLACES, FLAT))) is None


@pytest.mark.parametrize("gap", [0.0, 0.02])
def test_a_difference_within_the_error_of_the_folds_is_no_reason(gap):
    def noisy(run_point):
        return lambda e: 0.5 + gap + 0.0 * e

    known = known_of({(0.2, 1.0): level(0.5), (0.4, 1.0): noisy((0.4, 1.0))})
    for run, fit in list(known.fits.items()):
        if (run.point["dropout"], run.point["weight_decay"]) == (0.4, 1.0):
            shifted = fit.validation_loss + np.array([0.1, -0.1, 0.0])[run.fold]
            known.add(replace(fit, validation_loss=shifted))
    assert (0.4, 1.0) not in given_up(known)


def asked_for(**more):
    usual = {"fixed_epochs": False, "schedule": "constant", "criterion": "loss"}
    return gives_up(True, **{**usual, **more})


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"fixed_epochs": True}, r"fixed_epochs=True .* Leave one of them out"),
        ({"schedule": "cosine"}, r"learning_rate='cosine' .* Leave one"),
        ({"schedule": "one_cycle"}, r"learning_rate='one_cycle' is followed to its end"),
        ({"criterion": "score"}, r"criterion='score' chooses by the score"),
    ],
)
def test_what_leaves_no_room_for_it_is_refused_by_name(more, told):
    assert asked_for()
    with pytest.raises(BadSetting, match=rf"^futility=True gives points up .*{told}"):
        asked_for(**more)
    assert not gives_up(False, fixed_epochs=True, schedule="cosine", criterion="score")


def test_only_true_and_false_are_answers():
    with pytest.raises(BadSetting, match=r"must be True or False\. Got 'auto'"):
        gives_up("auto", fixed_epochs=False, schedule="constant", criterion="loss")
