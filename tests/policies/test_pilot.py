"""Which points of a large table are trained on all rows."""

import numpy as np
import pytest

from dropdecay.axes import Axes, Point
from dropdecay.policies.pilot import (
    MOST,
    beside_the_trained,
    points_to_drop,
    repeats_outweigh,
    unless_decided,
)
from dropdecay.surface.known import Known, Proposal
from dropdecay.surface.plan import Plan
from tests.surface.racers import PROBLEM, ROWS, known_engine, setting

RATES, DECAYS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5), (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
AXES = Axes.of({"dropout": RATES, "weight_decay": DECAYS})
FOLDS = {fold: ROWS[fold] for fold in range(3)}


def at(rate, decay):
    return Point.of(dropout=rate, weight_decay=decay)


def kept(loss_of, *, noise=1e-3, axes=AXES, criterion="loss", score_of=None):
    """Return the points that stay in a known world."""
    plan = Plan(axes, setting(), len(ROWS), 1, 0)
    fits = {}
    engine = known_engine(loss_of, noise=noise, score_of=score_of)
    for fit in engine(PROBLEM, [run for run in plan.runs if run.fold in FOLDS]):
        fits.setdefault(fit.run.point, []).append(fit)
    return frozenset(axes.points) - points_to_drop(axes, fits, FOLDS, criterion)


def bowl(rate, decay, fold):
    """Lowest at dropout 0.2 with a weight decay of 1."""
    return 1.0 + (rate - 0.2) ** 2 + (DECAYS.index(decay) - 3) ** 2 / 10


def test_the_leader_stays_with_its_neighbours_and_so_do_the_leaders_of_the_kinds():
    found = kept(bowl, noise=0.0)
    # With more rows lower rates are best; the unit of the decay fits all numbers of rows.
    neighbours = {(0.1, 1.0), (0.0, 1.0), (0.2, 0.3), (0.2, 3.0)}
    assert found == {at(*each) for each in neighbours | {(0.2, 1.0), (0.2, 0.0), (0.0, 0.0)}}


@pytest.mark.parametrize("best", [(0.0, 0.0), (0.5, 10.0), (0.0, 10.0), (0.5, 0.0)])
def test_a_leader_in_a_corner_has_fewer_neighbours(best):
    def loss_of(rate, decay, fold):
        there = RATES.index(best[0]), DECAYS.index(best[1])
        return 1.0 + abs(RATES.index(rate) - there[0]) + abs(DECAYS.index(decay) - there[1])

    found = kept(loss_of, noise=0.0)
    assert at(*best) in found
    assert at(0.0, 0.0) in found
    assert {each.kind for each in found} == {"none", "dropout", "weight_decay", "together"}


def test_points_that_are_not_clearly_behind_fill_up_what_is_left():
    def flat(rate, decay, fold):
        return 1.0 + 0.01 * RATES.index(rate) + 0.001 * DECAYS.index(decay)

    close = kept(flat, noise=0.1)
    clear = kept(flat, noise=0.0)
    assert len(close) == MOST
    assert clear < set(AXES.points)
    assert len(clear) < MOST


@pytest.mark.parametrize(("label", "repeats"), [("helps", 0), ("hurts", 0), ("open", 1)])
def test_nothing_is_repeated_where_the_folds_of_the_surface_decide(label, repeats):
    asked = []
    policy = unless_decided(lambda known: asked.append(known), lambda known: label)
    policy(Known(Plan(AXES, setting(), len(ROWS), 1, 0)))
    assert len(asked) == repeats


def test_no_more_points_stay_however_close_they_are():
    assert len(kept(lambda *_: 1.0, noise=0.5)) == MOST


def test_a_diverged_point_is_dropped_unless_it_is_the_only_one_of_its_kind():
    def broken(rate, decay, fold):
        return np.nan if decay == 0.0 else bowl(rate, decay, fold)

    found = kept(broken)
    assert at(0.0, 0.0) in found
    assert sum(each["weight_decay"] == 0.0 and each["dropout"] > 0 for each in found) <= 3


def test_where_the_score_chooses_the_score_drops():
    def score_of(rate, decay, fold):
        return -bowl(rate, decay, fold)

    found = kept(lambda *_: 1.0, criterion="score", score_of=score_of)
    assert at(0.2, 1.0) in found
    assert at(0.5, 10.0) not in found


@pytest.mark.parametrize("criterion", ["loss", "score"])
def test_where_nothing_is_known_nothing_is_dropped(criterion):
    nothing = lambda *_: np.nan  # noqa: E731
    assert kept(nothing, criterion=criterion, score_of=nothing) == set(AXES.points)


def test_values_without_an_order_have_no_neighbours():
    axes = Axes.of({"dropout": RATES, "weight_decay": DECAYS, "activation": ("relu", "tanh")})

    def loss_of(rate, decay, activation, fold):
        return bowl(rate, decay, fold) + 5 * (activation == "tanh")

    assert all(each["activation"] == "relu" for each in kept(loss_of, axes=axes))


def longer(axes):
    return lambda known: None if known.plan.axes == axes else Proposal(axes=axes)


def after_pilot(trained, axes):
    """Return what is known once these points were trained, and no others."""
    known = Known(
        Plan(axes, setting(), len(ROWS), 1, 0), eliminated=frozenset(axes.points) - trained
    )
    for fit in known_engine(lambda *_: 1.0)(PROBLEM, known.missing()):
        known.add(fit)
    return known


def test_a_longer_axis_brings_only_points_beside_those_that_were_trained():
    axes = Axes.of({"dropout": (0.0, 0.2, 0.3), "weight_decay": (0.0, 0.3, 1.0)})
    known = after_pilot({at(0.0, 0.0), at(0.3, 1.0), at(0.0, 1.0)}, axes)
    further = axes.joined_by("weight_decay", [3.0])
    proposal = beside_the_trained(longer(further))(known)
    assert proposal.axes == further
    assert proposal.eliminated == {at(0.2, 3.0)}


def test_a_point_between_two_values_stays_if_one_of_them_was_trained():
    axes = Axes.of({"dropout": (0.0, 0.3), "weight_decay": (0.0, 0.3)})
    known = after_pilot({at(0.0, 0.0), at(0.0, 0.3), at(0.3, 0.3)}, axes)
    proposal = beside_the_trained(longer(axes.joined_by("weight_decay", [0.1])))(known)
    assert not proposal.eliminated


def test_a_kind_that_was_not_there_stays():
    axes = Axes.of({"dropout": (0.1, 0.3), "weight_decay": (0.1, 0.3)})
    known = after_pilot({at(0.3, 0.3)}, axes)
    proposal = beside_the_trained(longer(axes.joined_by("weight_decay", [0.0])))(known)
    assert proposal.eliminated == frozenset()


def test_a_point_that_the_race_eliminated_counts_as_trained():
    axes = Axes.of({"dropout": (0.0, 0.3), "weight_decay": (0.0, 0.3)})
    known = after_pilot(frozenset(axes.points), axes)
    known = known.after(Proposal(eliminated=frozenset({at(0.3, 0.3)})))
    proposal = beside_the_trained(longer(axes.joined_by("weight_decay", [1.0])))(known)
    assert not proposal.eliminated


def test_other_proposals_are_left_as_they_are():
    asked = Proposal(notices=("something else",))
    known = after_pilot(frozenset(AXES.points), AXES)
    assert beside_the_trained(lambda known: asked)(known) is asked
    assert beside_the_trained(lambda known: None)(known) is None


def test_repeats_end_before_they_are_longer_than_the_surface():
    axes = Axes.of({"dropout": RATES})
    known = after_pilot(frozenset(axes.points), axes)  # 6 points of 2 epochs on 5 folds: 60
    for run in known.plan.recording_runs(axes.points[0], 0, [45]):
        known.recorded[run] = None
    assert not repeats_outweigh(known, 2)
    assert not repeats_outweigh(known, 3)  # 45 so far, 60 with another one
    for run in known.plan.recording_runs(axes.points[1], 0, [1]):
        known.recorded[run] = None
    assert repeats_outweigh(known, 3)


def test_points_that_were_not_trained_are_not_asked_about():
    plan = Plan(AXES, setting(), len(ROWS), 1, 0)
    runs = [run for run in plan.runs if run.fold in FOLDS and run.point["dropout"] != 0.1]
    fits = {}
    for fit in known_engine(bowl)(PROBLEM, runs):
        fits.setdefault(fit.run.point, []).append(fit)
    dropped = points_to_drop(AXES, fits, FOLDS, "loss")
    assert at(0.2, 1.0) not in dropped
    assert dropped < set(fits)
