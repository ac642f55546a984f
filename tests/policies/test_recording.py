"""The policy asked by itself, and within a search, with an engine whose losses are known."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from dropdecay.axes import NONE, Axes
from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.fold_rows import rows_of_folds
from dropdecay.data.folds import make_folds
from dropdecay.engine.protocol import Problem, run_key
from dropdecay.policies.recording import (
    Recording,
    record_outputs,
    share_at_most,
    what_to_record,
)
from dropdecay.request import Repeats, Request
from dropdecay.search import search
from dropdecay.selection.choice import choose
from dropdecay.selection.contest import Contest, Pick, contest_of
from dropdecay.surface.known import Known
from dropdecay.surface.plan import Plan
from dropdecay.surface.results import assemble
from dropdecay.surface.row_outputs import Keeping
from tests.surface.racers import DATA, FOLDS, PROBLEM, ROWS, known_engine, setting

DROPOUTS = (0.0, 0.1, 0.2, 0.3)
AXES = Axes.of({"dropout": DROPOUTS, "weight_decay": (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)})
KEEPING = Keeping(100, ("no", "yes"), np.zeros(1), np.ones(1))


def flat(dropout, decay, fold):
    """A world in which luck alone tells most points apart, and none is clearly behind."""
    if dropout == decay == 0.0:
        return 2.0 + 0.01 * fold
    place = DROPOUTS.index(dropout) * 6 + AXES["weight_decay"].values.index(decay)
    return 1.0 + 0.001 * place + 0.1 * np.random.default_rng((place, fold)).normal()


def finished(loss_of=flat, axes=AXES, n_seeds=1):
    """Return a surface that is done."""
    known = Known(Plan(axes, setting(), len(FOLDS), n_seeds, 7))
    for fit in known_engine(loss_of)(PROBLEM, known.missing()):
        known.add(fit)
    return known


def results_of(known):
    results = assemble(
        known.plan.axes.points, ROWS, known.plan.n_seeds, known.fits.values(), loss_scale=1.0,
        attributes={},
    )  # fmt: skip
    return results, choose(results)


def asked_for(contest_of=lambda known: None, folds=ROWS, n_repeats=1, **how):
    return Recording(replace(KEEPING, **how), folds, results_of, contest_of, n_repeats)


def of_surface(known):
    return contest_of(*results_of(known))


def test_chosen_none_and_points_as_good_are_trained_again_to_their_own_epochs():
    known = finished()
    wanted = what_to_record(known, asked_for())
    _, choice = results_of(known)
    chosen, none, *as_good = wanted.points
    assert chosen == Pick(choice.chosen.point, choice.chosen.epochs)
    assert none == wanted.none == Pick(AXES.points[0], 2)
    assert none.point.kind == NONE
    assert as_good
    assert {pick.point for pick in as_good} <= set(choice.as_good) - {chosen.point}
    assert [(run.fold, run.point) for run in wanted.runs] == [
        (fold, pick.point) for fold in range(5) for pick in wanted.points
    ]
    for run in wanted.runs:
        assert (run.epochs, run.record) == (2, (2,))
        assert run.setting == run.point.applied_to(setting())
        assert_array_equal(run.key, run_key(7, run.fold, 0))


def test_the_round_costs_at_most_the_cap_and_takes_the_lowest_losses_first():
    known = finished()
    results, choice = results_of(known)
    wanted = what_to_record(known, asked_for())
    # Of 24 points three are 12.5 % of the surface, and four more than 15 %.
    assert len(wanted.points) == 3
    assert wanted.share == pytest.approx(3 / 24)
    assert len(choice.as_good) > 2
    means = results["validation_loss"].sel(epoch=2).mean(["fold", "seed"]).values
    loss = dict(zip(AXES.points, means, strict=True))
    others = set(choice.as_good) - {choice.chosen.point}
    assert wanted.points[2].point == min(others, key=loss.__getitem__)
    left = len(others) - 1
    assert wanted.left_out == (
        f"{left} of {len(choice.as_good)} points as good as the best: beyond 15 % of the surface"
    )


def test_chosen_none_and_picks_are_recorded_whatever_they_cost():
    known = finished(lambda dropout, decay, fold: 1.0 + dropout + fold % 2 * decay,
                     Axes.of({"dropout": (0.0, 0.2), "weight_decay": (0.0, 1.0)}))  # fmt: skip
    wanted = what_to_record(known, asked_for(of_surface))
    assert wanted.points[0] == wanted.none
    assert wanted.left_out == ""
    assert wanted.share >= 0.25


def test_the_cost_of_small_surfaces_is_forecast_as_the_two_points_that_always_come():
    def plan(n_points):
        rates = np.linspace(0, 0.5, n_points).tolist()
        return Plan(Axes.of({"dropout": rates}), setting(), 2, 1, 0)

    assert [share_at_most(n) for n in (1, 4, 20)] == [1.0, 0.5, 0.15]


def test_a_point_needed_at_several_epochs_is_trained_once_for_all_of_them():
    known = finished()
    _, choice = results_of(known)
    chosen, none = choice.chosen.point, AXES.points[0]
    contest = Contest(
        none=(Pick(none, 1),) * 5,
        picks=(*(Pick(chosen, 1),) * 3, Pick(AXES.points[5], 2), Pick(chosen, 2)),
        repeat=np.zeros(5, int),
    )
    wanted = what_to_record(known, asked_for(lambda known: contest))
    found = {(run.fold, run.point): (run.epochs, run.record) for run in wanted.runs}
    assert len(found) == len(wanted.runs)
    assert {found[fold, none] for fold in range(5)} == {(2, (1, 2))}
    assert [found[fold, chosen][1] for fold in range(5)] == [(1, 2)] * 3 + [(2,)] * 2
    assert found[3, AXES.points[5]] == (2, (2,))


def test_every_seed_is_recorded_and_the_shares_are_the_same():
    one, two = (what_to_record(finished(n_seeds=n), asked_for()) for n in (1, 2))
    assert [(run.fold, run.seed) for run in two.runs][:4] == [(0, 0), (0, 1), (0, 0), (0, 1)]
    assert len(two.runs) == 2 * len(one.runs)
    assert two.share == one.share


def test_the_policy_proposes_one_round_and_what_is_known_is_not_trained_again():
    known, asked = finished(), asked_for()
    proposal = record_outputs(asked)(known)
    assert proposal.part == "recording outputs"
    assert proposal.runs == what_to_record(known, asked).runs
    for fit in known_engine(None, losses_of=lambda run, epoch, rows: rows + 0.0)(
        PROBLEM, proposal.runs[:-3]
    ):
        known.add(fit)
    assert record_outputs(asked_for())(known).runs == proposal.runs[-3:]


def test_folds_that_hold_out_no_row_first_are_not_trained_again():
    twice = rows_of_folds([*FOLDS, *FOLDS], 0)
    wanted = what_to_record(finished(), asked_for(folds=twice))
    assert {run.fold for run in wanted.runs} == set(range(5))


# A row of two outputs in float32 takes 8 bytes a point, and 16 say which row it is.
def size_of(n_points):
    return 100 * (16 + 8 * n_points)


@pytest.mark.parametrize(
    ("most_bytes", "n_points", "n_rows"),
    [(size_of(3), 3, 100), (size_of(3) - 1, 2, 100), (size_of(2), 2, 100),
     (size_of(2) // 2, 2, 50), (1, 2, 1)],
)  # fmt: skip
def test_beyond_the_limit_points_as_good_go_first_and_then_rows(most_bytes, n_points, n_rows):
    wanted = what_to_record(finished(), asked_for(most_bytes=most_bytes))
    assert len(wanted.points) == n_points
    assert {run.point for run in wanted.runs} == {pick.point for pick in wanted.points}
    assert wanted.rows.size == n_rows
    assert ("MB" in wanted.left_out) == (n_points < 3)


def test_room_is_left_for_the_contenders_and_their_repeats():
    # Two contenders of two outputs, and two losses a repeat.
    most_bytes = size_of(3) + 100 * (2 * 8 + 10 * 2 * 4)
    for less, n_points in ((0, 3), (1, 2)):
        asked = asked_for(of_surface, n_repeats=10, most_bytes=most_bytes - less)
        assert len(what_to_record(finished(), asked).points) == n_points


def test_a_sample_of_rows_is_said_and_is_always_the_same():
    def proposal(most_bytes):
        asked = asked_for(most_bytes=most_bytes)
        return record_outputs(asked)(finished()), what_to_record(finished(), asked).rows

    (sampled, rows), (_, again), (whole, _) = map(proposal, (1600, 1600, 10**6))
    assert sampled.notices == (
        "Outputs by row are kept for a random sample of 50 of the 100 rows: all would take more "
        "than 0.0016 MB. The sample is always the same.",
    )
    assert whole.notices == ()
    assert_array_equal(rows, again)
    assert_array_equal(rows, np.unique(rows))
    assert rows.max() - rows.min() > 60


def judged(run, epoch, rows):
    """Losses that tell point, fold, epoch and row, so noisy over folds that nothing is decided."""
    luck = np.random.default_rng((run.fold, round(10 * run.point["dropout"]), epoch)).normal()
    return 1.0 + luck + 0.001 * rows * (1 + run.point["dropout"])


def searched(outputs, rounds=None, criterion="loss"):
    folds = make_folds(100, None, 5, None, 0)
    cuts = Cuts(folds, 0, recut_of(5, 100, None, None, folds), 100)
    request = Request(
        Problem(cuts, lambda fold: DATA), Plan(AXES, setting(), 5, 1, 7), rule="best",
        criterion=criterion, loss_scale=1.0, attributes={"loss_name": "log loss"},
        repeats=Repeats(4, cuts), outputs=outputs,
    )  # fmt: skip
    return search(request, known_engine(flat, losses_of=judged, rounds=rounds))


def test_the_contenders_find_their_first_repeat_and_their_numbers_stay_the_same():
    with_rounds, without_rounds = [], []
    found, plain = searched(KEEPING, with_rounds), searched(None, without_rounds)
    assert [{run.fold // 5 for run in each} for each in with_rounds] == [{0}, {0}, {1}, {2}, {3}]
    assert [{run.fold // 5 for run in each} for each in without_rounds] == [{0}, {0}, {1}, {2}, {3}]
    recorded = [(run.point, run.fold, run.seed) for each in with_rounds[1:] for run in each]
    assert len(recorded) == len(set(recorded))
    assert found.verdict == plain.verdict
    assert found.repeated.gain == plain.repeated.gain
    assert found.repeated.n_networks == plain.repeated.n_networks
    assert found.repeated.n_networks < len(recorded)


def test_where_a_score_chooses_its_picks_are_recorded_too():
    found = searched(KEEPING, criterion="score")
    assert {"out_of_fold_output", "picked_output"} <= set(found.results)
