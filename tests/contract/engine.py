"""The contract of engines: the test of an engine inherits this class and sets its engine."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.engine.ending import DIVERGED, FLAT, HORIZON, PAST, Ending
from dropdecay.engine.protocol import CURVES, Problem
from dropdecay.errors import BadSetting
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Regularization, Schedule
from dropdecay.statistics.smoothing import evaluated_epochs
from tests.contract.any_network import AnyNetworkContract
from tests.contract.runs import ROWS, SCHEDULE, adaptive_runs, blobs, make_run, same


class EngineContract(AnyNetworkContract):
    def test_a_network_takes_as_many_inputs_as_its_data_have_columns(self):
        known, met = self.fits([make_run(), make_run(network=Network(None, (16, 8), 3))])
        assert same(known, met)

    @pytest.mark.parametrize("learning_rate_schedule", ["constant", "cosine", "one_cycle"])
    @pytest.mark.parametrize("optimizer", OPTIMIZERS)
    @pytest.mark.parametrize("decay", ["decoupled", "l2"])
    def test_a_paused_run_ends_like_one_that_was_not_paused(
        self, decay, optimizer, learning_rate_schedule
    ):
        regularization = Regularization(0.4, 0.1, 0.05, decay, max_norm=1.0)
        schedule = Schedule(
            7, 16, optimizer, 0.01, max_grad_norm=1.0,
            learning_rate_schedule=learning_rate_schedule,
        )  # fmt: skip
        self.check_pauses(regularization, schedule)

    def test_an_adaptive_learning_rate_is_refused_without_early_stopping(self):
        adaptive = replace(SCHEDULE, learning_rate_schedule="adaptive")
        with pytest.raises(BadSetting, match="'adaptive' depends on early stopping"):
            self.fits([make_run(schedule=adaptive)])

    def test_a_point_is_trained_until_its_own_mean_curve_ends_it(self):
        strong = Regularization(dropout=0.5, weight_decay=30.0)
        for regularization in (Regularization(), strong):
            runs = adaptive_runs(regularization)
            fits = self.fits(runs, n_jobs=2)

            rule = Ending.of(runs[0].setting, 400, 120)
            ends = {(fit.end, fit.ending) for fit in fits}
            assert len(ends) == 1
            ((end, why),) = ends
            assert why in (FLAT, PAST)
            epochs = fits[0].epochs
            assert epochs[-1] == end
            assert epochs.tolist() == [each for each in evaluated_epochs(400) if each <= end]
            losses = np.array([fit.validation_loss for fit in fits])
            for n_epochs in range(10, epochs.size + 1):
                told = rule.why(losses[:, :n_epochs], epochs[:n_epochs])
                assert told == (why if n_epochs == epochs.size else "")

    def test_the_end_of_a_point_does_not_depend_on_other_points_order_or_threads(self):
        points = {
            strength: adaptive_runs(
                Regularization(weight_decay=strength), Point((("weight_decay", strength),))
            )
            for strength in (0.0, 3.0, 30.0)
        }
        alone = [fit for runs in points.values() for fit in self.fits(runs)]
        mixed = [run for runs in zip(*points.values(), strict=True) for run in runs]
        for runs, n_jobs in ((mixed, 1), (mixed[::-1], 2)):
            by_run = {fit.run: fit for fit in self.fits(runs, n_jobs=n_jobs)}
            assert all(self.same_in_company(by_run[fit.run], fit) for fit in alone)

    def test_a_point_that_is_given_more_folds_goes_on_as_if_it_had_had_them(self):
        runs = adaptive_runs(Regularization(weight_decay=3.0), folds=range(4))
        at_once = self.fits(runs)
        for keep_states in (True, False):
            first = {fit.run: fit for fit in self.fits(runs[:2], keep_states=keep_states)}
            later = self.fits(runs, earlier=first)
            assert [(fit.end, fit.ending) for fit in later] == [
                (fit.end, fit.ending) for fit in at_once
            ]
            for one, other in zip(later, at_once, strict=True):
                n_common = min(one.epochs.size, other.epochs.size)
                for name in CURVES:
                    np.testing.assert_array_equal(
                        getattr(one, name)[:n_common], getattr(other, name)[:n_common]
                    )

    def test_what_a_run_became_beyond_the_end_of_its_point_does_not_count(self):
        runs = adaptive_runs(Regularization(weight_decay=3.0), folds=range(4))
        at_once = self.fits(runs)
        longer = self.fits([runs[1], runs[3]])
        n_counting = at_once[0].epochs.size
        assert longer[0].epochs.size > n_counting + 1
        for curve in (*(getattr(longer[0], name) for name in CURVES), longer[0].out_of_fold_loss):
            curve[n_counting + 1 :] = np.nan
        longer[0] = replace(longer[0], diverged=True, ending=DIVERGED)

        fits = self.fits(runs, earlier={fit.run: fit for fit in longer})

        for one, other in zip(fits, at_once, strict=True):
            assert (one.end, one.ending, one.diverged) == (other.end, other.ending, False)
            np.testing.assert_array_equal(one.counting_epochs, other.epochs)
            for name in CURVES:
                np.testing.assert_array_equal(getattr(one, name)[:n_counting], getattr(other, name))
        # Given fewer folds again, its point goes on to where it diverged: then it does count.
        again = self.fits([runs[1], runs[3]], earlier={fit.run: fit for fit in fits})
        assert [fit.diverged for fit in again] == [True, False]

    def test_a_point_ends_where_one_of_its_networks_diverges(self):
        wild = Schedule(epochs=50, batch_size=16, optimizer="sgd", learning_rate=1e9)
        runs = [replace(make_run(fold=fold, schedule=wild), adaptive=True) for fold in (0, 1)]
        for fit in self.fits(runs):
            assert (fit.end, fit.ending) == (10, DIVERGED)
        assert any(fit.diverged for fit in self.fits(runs))

    def test_a_learning_rate_with_a_horizon_is_followed_to_its_end(self):
        cosine = Schedule(epochs=60, batch_size=16, learning_rate_schedule="cosine")
        runs = [replace(make_run(fold=fold, schedule=cosine), adaptive=True) for fold in (0, 1)]
        for fit in self.fits(runs):
            assert (fit.end, fit.ending) == (60, HORIZON)
            assert fit.epochs.tolist() == list(evaluated_epochs(60))

    def test_a_run_with_a_horizon_is_given_as_soon_as_it_is_done(self):
        cosine = Schedule(epochs=12, batch_size=16, learning_rate_schedule="cosine")
        runs = [
            replace(make_run(fold=fold, seed=seed, schedule=cosine), adaptive=True)
            for fold in range(4) for seed in range(5)
        ]  # fmt: skip
        begun = []
        fits = type(self).train(Problem(ROWS, lambda fold: begun.append(fold) or blobs()), runs)
        first = next(iter(fits))
        assert len(begun) < 5
        fits.close()
        assert same(first, self.fits([first.run])[0])

    def test_a_run_with_a_horizon_that_diverges_ends_no_other(self):
        wild = Schedule(
            epochs=30, batch_size=16, optimizer="sgd", learning_rate=1e9,
            learning_rate_schedule="cosine",
        )  # fmt: skip
        mild = replace(wild, learning_rate=1e-3)
        bad, good = self.fits([
            replace(make_run(fold=fold, schedule=schedule), adaptive=True)
            for fold, schedule in enumerate((wild, mild))
        ])  # fmt: skip
        assert (bad.diverged, bad.end, bad.ending) == (True, 30, DIVERGED)
        assert (good.diverged, good.end, good.ending) == (False, 30, HORIZON)

    def test_a_point_that_takes_long_is_told_of_in_between(self, monkeypatch):
        monkeypatch.setattr("dropdecay.engine.bundle.CHECKPOINT_SECONDS", 0.0)
        told = []
        runs = adaptive_runs(Regularization())
        fits = self.fits(runs, on_checkpoint=lambda fits: told.append(pickle.dumps([*fits])))
        assert len(told) > 2
        for n_told in (1, len(told) // 2, len(told)):
            kept = {fit.run: fit for fits in map(pickle.loads, told[:n_told]) for fit in fits}
            resumed = self.fits(runs, earlier=kept)
            assert all(map(self.same_in_company, resumed, fits))
