import numpy as np
import pytest
import xarray as xr

from dropdecay.axes import Axes
from dropdecay.data.cuts import Cuts
from dropdecay.decay_memory import Pace
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Problem
from dropdecay.errors import EveryRunDiverged
from dropdecay.request import Repeats, Request
from dropdecay.search import search
from dropdecay.selection.jsonable import as_plain
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.selection.points import on_grid
from dropdecay.settings import Regularization, Schedule, Setting
from dropdecay.surface.plan import Plan
from dropdecay.surface.row_outputs import Keeping
from tests.surface import small
from tests.surface.racers import FOLDS, PROBLEM, known_engine, setting


def found(
    loss_of, dropouts=(0.0, 0.2), decays=(0.0, 1.0, 3.0), *, noise=0.0, lr=1e-3, decay="decoupled",
    rounds=None, attributes=None, **how,
):  # fmt: skip
    trained, said, progress = [], [], []
    axes = Axes.of({"dropout": dropouts, "weight_decay": decays})
    request = Request(
        PROBLEM, Plan(axes, setting(decay, lr), len(FOLDS), 1, 0), rule="best", criterion="loss",
        loss_scale=1.0, attributes={"loss_name": "log loss", **(attributes or {})}, **how,
    )  # fmt: skip
    findings = search(
        request, known_engine(loss_of, trained, noise, rounds=rounds), on_notice=said.append,
        on_fit=lambda fit, done, total: progress.append((done, total)),
    )  # fmt: skip
    assert said == list(findings.notices)
    return findings, trained, progress


def values(findings, name):
    return on_grid(findings.results)[name].values.tolist()


def bowl(rate, strength):
    """A world that is best at one rate and one strength."""

    def loss_of(dropout, weight_decay, fold):
        return (
            1 + abs(dropout - rate) + abs(np.log10(weight_decay + 0.1) - np.log10(strength + 0.1))
        )

    return loss_of


def test_an_axis_grows_until_the_best_is_inside():
    findings, trained, _ = found(bowl(0.0, 10.0), extend=True)
    assert values(findings, "weight_decay") == [0.0, 1.0, 3.0, 10.0, 30.0]
    assert findings.choice.best.point["weight_decay"] == 10.0
    assert findings.choice.edges == ()
    assert len(trained) == len(set(trained)) == 2 * 5 * 5
    assert findings.notices == (
        "The best weight decay, 3, was at the edge: 10 added (2 more points).",
        "The best weight decay, 10, was at the edge: 30 added (2 more points).",
    )


def test_both_axes_grow_at_once_and_rates_end_at_their_limit():
    findings, _, _ = found(bowl(1.0, 3.0), (0.0, 0.6), (0.0, 1.0), extend=True)
    assert values(findings, "dropout") == [0.0, 0.6, 0.7, 0.8]
    assert values(findings, "weight_decay") == [0.0, 1.0, 3.0, 10.0]
    assert "dropout, 0.6, was at the edge: 0.7 added; the best weight decay" in findings.notices[0]


def test_decays_end_at_thirty():
    findings, _, _ = found(bowl(0.0, 1000.0), extend=True)
    assert float(findings.results["weight_decay"].max()) == 30.0
    assert len(findings.notices) == 2


DEFAULT_DECAYS = (0.0, 0.1, 0.31, 1.0, 3.1, 10.0)
"""None, and memories of 400, 130, 40, 13 and 4 epochs at this pace."""
PACE = Pace(0.001, 25)


@pytest.mark.parametrize(("strength", "added"), [(1000.0, 30.0), (0.001, 0.03)])
def test_decays_with_a_memory_grow_by_one_step_to_1300_epochs_or_one(strength, added):
    findings, _, _ = found(
        lambda dropout, decay, fold: 1 + abs(np.log10(decay / strength)) if decay else 9.0,
        (0.0,), DEFAULT_DECAYS, extend=True, attributes=PACE.attributes(),
    )  # fmt: skip
    assert set(values(findings, "weight_decay")) == {*DEFAULT_DECAYS, added}
    assert findings.choice.best.point["weight_decay"] == added
    assert findings.choice.edges == ()
    assert len(findings.notices) == 1


@pytest.mark.parametrize(("asking", "for_fold_0"), [((0,), 1.0), ((0, 1, 2, 3, 4), 0.03)])
def test_a_memory_of_1300_epochs_is_picked_for_a_fold_only_if_others_ask_for_it(asking, for_fold_0):
    # Where nobody asks, 1 is the best of the decays asked for; 0.03 is better still for all.
    level = {0.0: 1.2, 0.03: -9.0, 0.1: 1.1, 0.31: 1.0, 1.0: 0.9, 3.1: 1.0, 10.0: 1.1}

    def loss_of(dropout, decay, fold):
        return -5.0 if fold in asking and decay == 0.1 else level[decay]

    findings, _, _ = found(
        loss_of, (0.0,), DEFAULT_DECAYS, extend=True, race=False, attributes=PACE.attributes()
    )
    assert 0.03 in values(findings, "weight_decay")
    curves = curves_of(findings.results)
    picked, _ = left_out_picks(curves, curves.finished, "best", "loss")
    decays = [curves.points[each]["weight_decay"] for each in picked]
    assert decays == [for_fold_0, 0.03, 0.03, 0.03, 0.03]


def test_decays_end_before_a_step_would_remove_a_whole_weight():
    decoupled, _, _ = found(bowl(0.0, 1000.0), lr=0.1, extend=True)
    assert float(decoupled.results["weight_decay"].max()) == 3.0
    in_the_loss, _, _ = found(bowl(0.0, 1000.0), lr=0.1, extend=True, decay="l2")
    assert float(in_the_loss.results["weight_decay"].max()) == 30.0


def test_an_axis_grows_no_further_into_diverging_points():
    findings, _, _ = found(
        lambda dropout, decay, fold: np.nan if decay > 3 else 1 - 0.1 * decay, extend=True
    )
    assert values(findings, "weight_decay") == [0.0, 1.0, 3.0, 10.0]
    assert findings.choice.best.point["weight_decay"] == 3.0


def test_below_the_smallest_value_zero_is_tried_too():
    findings, _, _ = found(bowl(0.0, 0.0), (0.2, 0.4), (1.0, 3.0), extend=True)
    assert values(findings, "dropout") == [0.0, 0.1, 0.2, 0.4]
    assert values(findings, "weight_decay") == [0.0, 0.3, 1.0, 3.0]
    assert findings.choice.best.point.active == ()


def test_a_small_decay_beside_zero_and_an_axis_of_one_value_stay():
    findings, _, _ = found(bowl(0.0, 1.0), (0.3,), (0.0, 1.0, 3.0), extend=True)
    assert values(findings, "dropout") == [0.3]
    assert findings.notices == ()


def rounds_that_keep_states(horizon=False, n_repeats=1, **how):
    """Of every round of a real search: whether its runs record, on how many folds, with states."""
    rounds = []

    def listening(problem, runs, *, keep_states, **options):
        folds = {run.fold for run in runs}
        rounds.append((bool(runs[0].record), len(folds), keep_states))
        for fit in train(problem, runs, keep_states=keep_states, **options):
            assert fit.state is None or keep_states
            yield fit

    schedule = Schedule(40, 16, learning_rate_schedule="cosine" if horizon else "constant")
    order = small.ORDER.reshape(5, 30)
    cuts = Cuts([(np.delete(order, fold, 0).ravel(), order[fold]) for fold in range(5)], 0)
    axes = Axes.of({"dropout": (0.0, 0.2), "weight_decay": (0.0, 1.0)})
    plan = Plan(axes, Setting(small.NETWORK, Regularization(), schedule), 5, 1, 0, adaptive=True)
    request = Request(
        Problem(cuts, lambda fold: small.DATA), plan, rule="best", criterion="loss",
        loss_scale=1.0, attributes={"loss_name": "log loss"}, repeats=Repeats(n_repeats, cuts),
        outputs=Keeping(150, ("a", "b", "c"), np.zeros(1), np.ones(1)), **how,
    )  # fmt: skip
    search(request, listening)
    return rounds


def test_states_are_kept_while_a_point_may_be_given_another_fold():
    rounds = rounds_that_keep_states(race=True)
    surface = [(n_folds, keeps) for records, n_folds, keeps in rounds if not records]
    assert surface == [(3, True), (4, True), (5, False)]


def test_states_are_kept_while_a_point_waits():
    rounds = rounds_that_keep_states(futility=True)
    assert {keeps for records, _, keeps in rounds if not records} == {True}


@pytest.mark.parametrize("how", [{"race": False}, {"race": True, "horizon": True}])
def test_no_states_are_kept_where_no_network_goes_on(how):
    assert not any(keeps for *_, keeps in rounds_that_keep_states(**how))


def test_networks_that_record_or_repeat_leave_no_states():
    rounds = rounds_that_keep_states(race=True, futility=True, n_repeats=2)
    assert {keeps for records, _, keeps in rounds if records} == {False}


def test_nothing_grows_unless_asked():
    findings, trained, _ = found(bowl(0.0, 10.0))
    assert len(trained) == 30
    assert findings.choice.edges[0].suggestion == (10.0, 30.0)


def test_a_longer_surface_is_the_one_asked_for_from_the_start():
    grown, _, _ = found(bowl(0.0, 10.0), extend=True, noise=0.01)
    whole, _, _ = found(bowl(0.0, 10.0), decays=(0, 1, 3, 10, 30), noise=0.01)
    xr.testing.assert_identical(grown.results.drop_vars("asked"), whole.results.drop_vars("asked"))
    assert grown.results["asked"].sum() == 6
    assert whole.results["asked"].all()


def test_a_race_trains_less_and_shows_what_it_dropped():
    full, all_runs, _ = found(bowl(0.1, 1.0), (0, 0.1, 0.2), (0, 0.3, 1, 3), noise=0.01)
    raced, fewer, progress = found(
        bowl(0.1, 1.0), (0, 0.1, 0.2), (0, 0.3, 1, 3), noise=0.01, race=True
    )
    assert len(fewer) < 0.8 * len(all_runs)
    assert as_plain(raced.choice.best) == as_plain(full.choice.best)
    lost = on_grid(raced.results)["eliminated"]
    assert lost.sum() > 4
    assert not lost.sel(dropout=0, weight_decay=0)
    n_trained = (
        on_grid(raced.results)["validation_loss"].isel(epoch=0).notnull().sum(["fold", "seed"])
    )
    assert ((n_trained < 5) == lost).all()
    assert (n_trained >= 3).all()
    assert not full.results["eliminated"].any()
    assert progress[-1] == (len(fewer), len(fewer))
    assert {each.against for each in raced.verdict.comparisons} == {
        "none",
        "dropout",
        "weight_decay",
    }


def test_a_race_goes_on_over_a_longer_axis():
    findings, trained, _ = found(bowl(0.1, 10.0), noise=0.01, extend=True, race=True)
    assert findings.choice.best.point["weight_decay"] == 10.0
    assert len(trained) == len(set(trained)) < findings.results["eliminated"].size * 5


def test_points_that_diverge_in_a_race_are_told_as_diverged():
    findings, trained, _ = found(
        lambda rate, decay, fold: np.nan if decay == 3 else 1.0 + decay, noise=0.01, race=True
    )
    assert not on_grid(findings.results)["eliminated"].sel(weight_decay=3).any()
    assert on_grid(findings.results)["diverged"].sel(weight_decay=3).any("fold").all()
    assert len([run for run in trained if run.point["weight_decay"] == 3]) == 6


def test_a_race_in_which_all_diverge_ends_early():
    with pytest.raises(EveryRunDiverged):
        found(lambda rate, decay, fold: np.nan, race=True)


def test_all_folds_of_a_round_go_out_together():
    rounds = []
    found(bowl(0.2, 1.0), rounds=rounds)
    assert [len(each) for each in rounds] == [30]
    rounds.clear()
    found(bowl(0.2, 1.0), rounds=rounds, noise=0.01, race=True)
    assert {run.fold for run in rounds[0]} == {0, 1, 2}


def test_rounds_replayed_from_what_is_known_end_with_the_same_numbers():
    first, trained, _ = found(bowl(0.1, 10.0), noise=0.01, extend=True, race=True)
    again, replayed, _ = found(bowl(0.1, 10.0), noise=0.01, extend=True, race=True)
    assert trained == replayed
    xr.testing.assert_identical(first.results, again.results)
    assert first.notices == again.notices
