"""The policy asked by itself, with an engine whose losses are known beforehand."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import RepeatedKFold, ShuffleSplit

from dropdecay.axes import Axes, Point
from dropdecay.data.cuts import Cuts, recut_of
from dropdecay.data.folds import make_folds
from dropdecay.data.row_scores import RowScore
from dropdecay.engine.protocol import Problem, run_key
from dropdecay.policies.contenders import (
    Contenders,
    PlainWeight,
    gain_of,
    repeat_contenders,
    repeated_contest,
    row_losses,
)
from dropdecay.selection.contest import Contest, Obstacle, Pick
from dropdecay.statistics.hybrid import repeated_gain
from dropdecay.surface.known import Known
from dropdecay.surface.plan import Plan
from tests.surface.racers import DATA, known_engine, setting

N_ROWS, N_FOLDS = 60, 5
NONE, MILD, STRONG = (Point.of(dropout=rate) for rate in (0.0, 0.2, 0.5))
# The picks of the five folds: two points, and epochs that tell the folds apart.
CONTEST = Contest(
    none=tuple(Pick(NONE, epoch) for epoch in (1, 2, 3, 4, 5)),
    picks=tuple(
        Pick(point, epoch)
        for point, epoch in ((MILD, 11), (MILD, 12), (STRONG, 13), (MILD, 14), (STRONG, 15))
    ),
    repeat=np.zeros(N_FOLDS, int),
)


def cuts_of(cv=N_FOLDS):
    folds = make_folds(N_ROWS, None, cv, None, 0)
    return Cuts(folds, 0, recut_of(cv, N_ROWS, None, None, folds), N_ROWS)


def asked_for(cuts=None, contest=CONTEST, **how):
    how = {
        "n_repeats": 10, "loss_scale": 1.0, "sample_weight": None, "groups": None,
        "time_is_up": lambda known, n_repeats: False, **how,
    }  # fmt: skip
    return Contenders(cuts or cuts_of(), lambda known: contest, **how)


def known_surface(n_folds=N_FOLDS, n_seeds=1):
    axes = Axes.of({"dropout": (0.0, 0.2, 0.5)})
    return Known(Plan(axes, setting(), n_folds, n_seeds, 0))


def world(gain=0.0, rows=0.0, repeats=0.0, seed=0):
    """Return losses in which the regularized gain, with spread between rows and between repeats.

    A repeat is told by its cut, the number of the fold over the number of folds.
    """
    rng = np.random.default_rng(seed)
    of_row, of_repeat = rows * rng.normal(size=N_ROWS), repeats * rng.normal(size=50)

    def losses_of(run, epoch, held):
        if run.point == NONE:
            return np.full(held.size, 5.0)
        return 5.0 - gain - of_row[held] - of_repeat[run.fold // N_FOLDS]

    return losses_of


def followed(asked, losses_of, known=None):
    """Follow the policy to its end; return the runs of each proposal, its parts, what is known."""
    known = known or known_surface(asked.cuts.n_folds)
    policy, rounds, parts = repeat_contenders(asked), [], []
    engine = known_engine(None, losses_of=losses_of)
    while (proposal := policy(known)) is not None:
        known = known.after(proposal)
        rounds.append(proposal.runs)
        parts.append(proposal.part)
        for fit in engine(Problem(asked.cuts, lambda fold: DATA), proposal.runs):
            known.add(fit)
        assert len(rounds) <= 20
    return rounds, parts, known


def folds_of(rounds):
    return [sorted({run.fold for run in runs}) for runs in rounds]


NOISY = world(0.0, rows=0.01, repeats=0.5)
"""So much luck of the repeats that nothing is ever decided."""


def test_the_surfaces_own_folds_come_first_and_then_cut_by_cut():
    rounds, parts, _ = followed(asked_for(), NOISY)
    assert folds_of(rounds) == [list(range(5 * cut, 5 * cut + 5)) for cut in range(10)]
    assert parts[3] == "sharpening, cut 4 of at most 10"


def test_on_its_own_folds_each_judge_is_trained_to_its_epoch_with_the_keys_of_the_surface():
    (own, *_), _, _ = followed(asked_for(), NOISY)
    assert [(run.fold, run.point, run.epochs, run.record) for run in own] == [
        (fold, pick.point, pick.epoch, (pick.epoch,))
        for fold in range(5)
        for pick in (CONTEST.none[fold], CONTEST.picks[fold])
    ]
    for run in own:
        assert_array_equal(run.key, run_key(0, run.fold, 0))
        assert run.setting == run.point.applied_to(setting())


def test_on_new_cuts_every_contender_is_trained_once_and_recorded_at_every_epoch_picked():
    (_, second, *_), _, _ = followed(asked_for(), NOISY)
    for fold in range(5, 10):
        assert {run.point: run.record for run in second if run.fold == fold} == {
            NONE: (1, 2, 3, 4, 5), MILD: (11, 12, 14), STRONG: (13, 15),
        }  # fmt: skip
    assert len(second) == 15
    assert {run.epochs for run in second} == {5, 14, 15}
    assert {tuple(run.key) for run in second} == {tuple(run_key(0, f, 0)) for f in range(5, 10)}


def test_every_seed_of_the_surface_is_repeated_and_order_of_arrival_changes_nothing():
    def losses_of(run, epoch, held):
        return 5.0 + np.random.default_rng((run.seed, run.fold, epoch)).normal(size=held.size)

    asked = asked_for(n_repeats=3)
    rounds, _, known = followed(asked, losses_of, known_surface(n_seeds=3))
    assert len(rounds[0]) == 3 * 10
    backwards = replace(known, recorded=dict(reversed(known.recorded.items())))
    one, other = (row_losses(each, asked, CONTEST, 3) for each in (known, backwards))
    assert_array_equal(one.picks, other.picks)
    assert_array_equal(one.none, other.none)


def test_looks_are_taken_from_the_third_repeat_on():
    rounds, _, _ = followed(asked_for(), world(1.0, rows=0.01))
    assert len(rounds) == 3
    rounds, _, _ = followed(asked_for(n_repeats=2), world(1.0, rows=0.01))
    assert len(rounds) == 2


@pytest.mark.parametrize("gain", [0.5, -0.5, 0.0001])
def test_it_stops_when_it_helps_hurts_or_makes_no_difference(gain):
    rounds, _, known = followed(asked_for(), world(gain, rows=0.01, repeats=0.0001))
    assert len(rounds) == 3
    found = repeated_contest(known, asked_for())
    assert found.gain.mean == pytest.approx(gain, abs=0.01)


def test_after_ten_repeats_it_stops_if_more_networks_no_longer_matter():
    rounds, _, known = followed(asked_for(n_repeats=20), world(0.02, rows=0.5, repeats=0.0001))
    assert len(rounds) == 10
    assert repeated_contest(known, asked_for()).gain.is_exhausted


@pytest.mark.parametrize("n_repeats", [2, 4, 10])
def test_it_stops_at_the_number_asked_for(n_repeats):
    rounds, _, known = followed(asked_for(n_repeats=n_repeats), NOISY)
    assert len(rounds) == n_repeats
    found = repeated_contest(known, asked_for(n_repeats=n_repeats))
    assert found.gain.n_repeats == n_repeats
    assert len(found.intervals) == n_repeats - 1
    assert found.intervals[-1] == (found.gain.mean, found.gain.lower, found.gain.upper)


def test_it_stops_when_the_budget_is_spent_and_the_surface_itself_may_have_spent_it():
    for n_allowed in (1, 2, 5):
        asked = asked_for(time_is_up=lambda known, done, most=n_allowed: done >= most)
        rounds, _, known = followed(asked, NOISY)
        assert len(rounds) == n_allowed
        assert (repeated_contest(known, asked) is None) == (n_allowed == 1)


def test_it_stops_when_a_network_diverged_and_says_nothing_then():
    def losses_of(run, epoch, held):
        return None if run.fold == 7 and run.point == MILD else NOISY(run, epoch, held)

    rounds, _, known = followed(asked_for(), losses_of)
    assert len(rounds) == 2
    asked = asked_for()
    assert repeated_contest(known, asked) is None
    assert asked.obstacle is Obstacle.DIVERGED


@pytest.mark.parametrize(
    "asked",
    [
        asked_for(n_repeats=1),
        asked_for(contest=None),
        asked_for(contest=Contest(CONTEST.none, CONTEST.none, CONTEST.repeat)),
    ],
    ids=["one repeat", "no contest", "every fold picks none"],
)
def test_nothing_is_trained_where_nothing_is_to_be_judged(asked):
    rounds, _, known = followed(asked, NOISY)
    assert rounds == []
    assert repeated_contest(known, asked) is None


def test_what_is_known_already_is_not_trained_again():
    rounds, _, known = followed(asked_for(n_repeats=3), NOISY)
    some = replace(known, recorded=dict(list(known.recorded.items())[:-4]))
    again, _, _ = followed(asked_for(n_repeats=3), NOISY, some)
    assert again == [rounds[2][-4:]]
    more, _, _ = followed(asked_for(), NOISY, known)
    assert folds_of(more) == folds_of(followed(asked_for(), NOISY)[0])[3:]


def test_networks_that_recorded_more_than_is_needed_are_taken_and_others_are_not():
    asked = asked_for(n_repeats=3)
    rounds, _, plain = followed(asked, telling)
    known = known_surface()
    # None recorded on fold 0 at its epoch and others; the pick there only at others.
    changed = [replace(rounds[0][0], record=(1, 3), epochs=3),
               replace(rounds[0][1], record=(3, 12), epochs=12)]  # fmt: skip
    for fit in known_engine(None, losses_of=telling)(Problem(asked.cuts, None), changed):
        known.add(fit)
    again, _, known = followed(asked_for(n_repeats=3), telling, known)
    assert again == [rounds[0][1:], *rounds[1:]]
    one, other = (repeated_contest(each, asked_for(n_repeats=3)) for each in (plain, known))
    assert_array_equal(one.losses.picks, other.losses.picks)
    assert_array_equal(one.losses.none, other.losses.none)
    assert one.n_networks == other.n_networks


def telling(run, epoch, held):
    """Losses that tell point, epoch, fold and row."""
    return 1e4 * run.point["dropout"] + 100.0 * epoch + run.fold + 0.001 * held


def test_each_row_is_judged_by_the_pick_made_without_its_own_first_fold():
    asked = asked_for(n_repeats=3, loss_scale=2.0)
    _, _, known = followed(asked, telling)

    found = repeated_contest(known, asked)

    cuts = asked.cuts
    for repeat in range(3):
        for fold in range(5 * repeat, 5 * repeat + 5):
            for row in cuts[fold].validation:
                (first,) = (f for f in range(5) if row in cuts[f].validation)
                none, pick = CONTEST.none[first], CONTEST.picks[first]
                assert found.losses.none[repeat, row] == pytest.approx(
                    2 * (100 * none.epoch + fold + 0.001 * row)
                )
                assert found.losses.picks[repeat, row] == pytest.approx(
                    2 * (1e4 * pick.point["dropout"] + 100 * pick.epoch + fold + 0.001 * row)
                )
                assert row not in cuts[fold].training
    assert found.baseline == pytest.approx(found.losses.none.mean())
    assert found.n_networks == len(known.recorded) == 10 + 2 * 15
    assert found.n_rows_left_out == 0


def test_weights_and_groups_reach_the_gain():
    weights = np.arange(N_ROWS) % 3 + 0.0
    groups = np.arange(N_ROWS) // 6
    plain = asked_for(n_repeats=3)
    _, _, known = followed(plain, world(0.1, rows=0.5, repeats=0.1))
    losses = row_losses(known, plain, CONTEST, 3)

    weighted, baseline = gain_of(losses, asked_for(sample_weight=weights))
    grouped, _ = gain_of(losses, asked_for(groups=groups))
    alone, _ = gain_of(losses, plain)

    row = (losses.none - losses.picks).mean(axis=0)
    assert weighted.mean == pytest.approx(np.average(row, weights=weights))
    assert baseline == pytest.approx(5.0)
    assert grouped.mean == pytest.approx(alone.mean) == pytest.approx(row.mean())
    assert grouped.row_variance != pytest.approx(alone.row_variance, rel=0.01)


def test_blocks_of_time_are_told_apart_as_few_groups_whatever_the_rows_of_one_do():
    blocks = asked_for(n_repeats=3, by_fold=True, groups=np.arange(N_ROWS))
    _, _, known = followed(blocks, world(0.1, rows=0.5, repeats=0.1))
    losses = row_losses(known, blocks, CONTEST, 3)
    fold_of_row = cuts_of().first_fold_of_row

    gain, _ = gain_of(losses, blocks)

    same = repeated_gain(losses.none - losses.picks, groups=fold_of_row, few_groups=True)
    assert gain.row_variance == pytest.approx(same.row_variance)
    assert (gain.lower, gain.upper) == pytest.approx((same.lower, same.upper))


# Rows 50 to 59 are held out by no fold; the last of them are not even trained on.
PART = [(np.r_[25:55], np.arange(25)), (np.r_[0:25, 50:55], np.arange(25, 50))]
TWO = Contest(CONTEST.none[:2], CONTEST.picks[:2], np.zeros(2, int))


def test_rows_that_no_fold_holds_out_have_no_say_whatever_they_weigh():
    asked = asked_for(
        cuts_of(PART), TWO, n_repeats=3, sample_weight=np.r_[np.ones(50), np.full(10, 1e6)],
        groups=np.arange(N_ROWS) // 2,
    )  # fmt: skip
    _, _, known = followed(asked, world(0.1, rows=0.5))
    found = repeated_contest(known, asked)
    assert found.gain.n_rows == 50
    assert found.n_rows_left_out == 10


def test_given_folds_come_again_with_new_networks_and_their_own_judges():
    asked = asked_for(cuts_of(PART), TWO, n_repeats=3)
    rounds, _, known = followed(asked, telling)
    assert folds_of(rounds) == [[0, 1], [2, 3], [4, 5]]
    assert [[(run.point, run.record) for run in runs] for runs in rounds] == [
        [(NONE, (1,)), (MILD, (11,)), (NONE, (2,)), (MILD, (12,))]
    ] * 3
    found = repeated_contest(known, asked)
    assert not found.cuts_anew
    assert_allclose(found.losses.picks[2, [0, 30]], [2000 + 1104, 2000 + 1205.03])


def repeated_contest_of(n_given):
    return Contest(CONTEST.none * n_given, CONTEST.picks * n_given, np.repeat(range(n_given), 5))


def test_the_repeats_of_a_repeated_cross_validation_are_the_first_ones():
    cuts = cuts_of(RepeatedKFold(n_splits=5, n_repeats=4, random_state=0))
    asked = asked_for(cuts, repeated_contest_of(4), n_repeats=3)
    rounds, _, known = followed(asked, telling)
    assert folds_of(rounds) == [list(range(5 * cut, 5 * cut + 5)) for cut in range(3)]
    assert {len(runs) for runs in rounds} == {10}
    found = repeated_contest(known, asked)
    assert found.cuts_anew
    for fold in range(15):
        for row in cuts[fold].validation:
            pick = CONTEST.picks[fold % 5]
            assert found.losses.picks[fold // 5, row] == pytest.approx(
                1e4 * pick.point["dropout"] + 100 * pick.epoch + fold + 0.001 * row
            )


def test_where_its_repeats_are_too_few_they_come_again_with_new_networks():
    cuts = cuts_of(RepeatedKFold(n_splits=5, n_repeats=2, random_state=0))
    asked = asked_for(cuts, repeated_contest_of(2), n_repeats=4)
    rounds, _, known = followed(asked, NOISY, known_surface(10))
    assert folds_of(rounds) == [list(range(5 * cut, 5 * cut + 5)) for cut in range(4)]
    assert_array_equal(cuts[12].validation, cuts[2].validation)
    assert not repeated_contest(known, asked).cuts_anew


def test_splits_that_hold_rows_out_unevenly_are_one_repeat_together():
    cuts = cuts_of(ShuffleSplit(5, test_size=0.3, random_state=0))
    asked = asked_for(cuts, replace(CONTEST, repeat=np.arange(5)), n_repeats=3)
    rounds, _, known = followed(asked, NOISY)
    assert folds_of(rounds) == [list(range(5 * cut, 5 * cut + 5)) for cut in range(3)]
    found = repeated_contest(known, asked)
    held = np.unique(np.concatenate([rows.validation for rows in cuts.values()]))
    assert found.gain.n_rows == held.size


def scored(score=lambda rows, outputs: outputs[:, 0].mean(), constant=None, weights=None, **how):
    """Ask for a contest by score; by default a mean over rows of what the networks give out."""
    return asked_for(score=RowScore(score, weights, constant), **how)


def test_a_score_that_is_a_mean_over_rows_is_judged_row_by_row_like_a_loss():
    def losses_of(run, epoch, held):
        return 0.001 * telling(run, epoch, held) + world(0.1, 0.5, 0.1)(run, epoch, held)

    by_loss, by_score = asked_for(n_repeats=3), scored(n_repeats=3)
    _, _, known = followed(by_loss, losses_of)

    loss, score = (repeated_contest(known, asked) for asked in (by_loss, by_score))

    assert_allclose(score.losses.none, loss.losses.none, rtol=1e-5)
    assert_allclose(score.losses.picks, loss.losses.picks, rtol=1e-5)
    for name in ("mean", "lower", "upper", "row_variance", "repeat_variance"):
        assert getattr(score.gain, name) == pytest.approx(getattr(loss.gain, name), rel=1e-4)
    assert score.baseline == pytest.approx(loss.baseline, rel=1e-5)


def test_a_score_is_always_that_of_all_rows_that_one_network_was_held_out_from():
    seen, of_one_network = [], []

    def score(rows, outputs):
        seen.append(frozenset(rows.tolist()))
        # But for the row itself, what is given out tells point, epoch and fold.
        of_one_network.append(np.ptp(outputs[:, 0] + 0.001 * rows) < 0.1)
        return outputs[:, 0].mean()

    asked = scored(score, n_repeats=2)
    _, _, known = followed(asked, telling)
    repeated_contest(known, asked)
    folds = [frozenset(asked.cuts[fold].validation.tolist()) for fold in range(10)]
    assert all(of_one_network)
    assert all(any(rows <= fold for fold in folds) for rows in seen)
    assert set(seen) >= set(folds)
    assert {len(rows) for rows in seen} == {11, 12}  # all of a fold, and without one row


def test_the_blocks_of_rows_are_left_out_together_and_vary_together():
    blocks = np.arange(N_ROWS) // 6
    plain = asked_for(n_repeats=3, groups=blocks)
    _, _, known = followed(plain, world(0.1, rows=0.5, repeats=0.1))
    grouped, _ = gain_of(row_losses(known, plain, CONTEST, 3), plain)
    asked = scored(n_repeats=3, groups=blocks)
    found = row_losses(known, asked, CONTEST, 3)
    for fold in range(5):  # rows of a block that share their fold cannot be told apart
        rows = asked.cuts[fold].validation
        for block in np.unique(blocks[rows]):
            assert np.ptp(found.picks[0, rows[blocks[rows] == block]]) < 1e-12
    assert gain_of(found, asked)[0].lower == pytest.approx(grouped.lower, rel=1e-4)


def test_a_score_weighs_rows_as_it_does_itself():
    weights = np.arange(N_ROWS) % 3 + 1.0

    def score(rows, outputs):
        return np.average(outputs[:, 0], weights=weights[rows])

    weighted = asked_for(n_repeats=3, sample_weight=weights)
    _, _, known = followed(weighted, world(0.1, rows=0.5, repeats=0.1))
    asked = scored(score, weights=weights, n_repeats=3, sample_weight=weights)
    found, loss = (repeated_contest(known, each).gain for each in (asked, weighted))
    assert (found.mean, found.lower) == pytest.approx((loss.mean, loss.lower), rel=1e-4)


def test_it_stops_where_a_score_is_not_defined_and_the_repeats_before_it_count():
    asked = scored()
    poor = set(asked.cuts[17].validation.tolist())  # a fold of the fourth cut

    def score(rows, outputs):
        return np.nan if set(rows.tolist()) < poor else outputs[:, 0].mean()

    asked = scored(score)
    rounds, _, known = followed(asked, NOISY)
    assert len(rounds) == 4
    assert repeated_contest(known, asked).gain.n_repeats == 3
    assert asked.obstacle is Obstacle.UNDEFINED


@pytest.mark.parametrize(("constant", "n_rounds"), [(-5.5, 10), (-500.0, 3)])
def test_no_difference_is_counted_from_the_score_of_a_constant_prediction(constant, n_rounds):
    # None scores -5; 1 % of 0.5 is far less than what rows leave open, 1 % of 495 far more.
    rounds, _, _ = followed(scored(constant=constant), world(0.001, rows=0.1, repeats=0.01))
    assert len(rounds) == n_rounds


def test_the_plain_loss_is_counted_from_the_same_networks_with_the_rows_own_weights():
    weights = np.where(np.arange(N_ROWS) < 20, 9.0, 1.0)
    own = 1.0 + np.arange(N_ROWS) % 2
    asked = asked_for(n_repeats=3, sample_weight=own * weights, plain_weight=PlainWeight(own))
    _, _, known = followed(asked, world(0.1, rows=0.5, repeats=0.1))
    found = repeated_contest(known, asked)
    expected, baseline = gain_of(found.losses, asked_for(n_repeats=3, sample_weight=own))
    assert found.plain == (expected, baseline)
    assert found.plain[0].mean != pytest.approx(found.gain.mean)
    assert repeated_contest(known, asked_for(n_repeats=3)).plain is None
