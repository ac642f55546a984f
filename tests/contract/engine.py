"""What every engine must do; the test of an engine inherits this class and names its engine."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.protocol import Dataset, Engine, Run, run_key
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.settings import Network, Regularization, Schedule

NETWORK = Network(6, (16, 8), 3)
SCHEDULE = Schedule(epochs=4, batch_size=16)


def blobs(n_rows=150, seed=0):
    """Three classes that a small network learns, with noise."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, n_rows)
    X = rng.normal(size=(n_rows, 6)) + 1.5 * np.eye(3, 6)[classes]
    return Dataset(X.astype(np.float32), classes[:, None].astype(np.float32))


def make_run(regularization=None, fold=0, seed=0, n_rows=150):
    order = np.random.default_rng(fold).permutation(n_rows)
    rows = fold_rows(order[30:], order[:30], 0, fold)
    return Run(regularization or Regularization(), fold, seed, run_key(0, fold, seed), rows)


def surface():
    points = [
        Regularization(rate, input_rate, strength, decay)
        for rate, input_rate, strength, decay in product(
            (0.0, 0.5), (0.0, 0.1), (0.0, 0.5), ("decoupled", "l2")
        )
    ]
    return [make_run(point, fold) for point in points for fold in (0, 1)]


def same(one, other):
    """Whether two fits hold the same numbers, bit by bit."""
    curves = (
        "training_loss",
        "validation_loss",
        "validation_score",
        "validation_accuracy",
        "descent_loss",
        "weight_norm",
        "near_zero_share",
        "out_of_fold_loss",
    )
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in curves
    )


class EngineContract:
    train: Engine

    def fits(self, runs, dataset=None, **options):
        options = {"network": NETWORK, "schedule": SCHEDULE, "n_jobs": 1, **options}
        network, schedule = options.pop("network"), options.pop("schedule")
        fits = list(type(self).train(network, dataset or blobs(), runs, schedule, **options))
        place = {id(run): i for i, run in enumerate(runs)}
        return sorted(fits, key=lambda fit: place[id(fit.run)])

    def test_every_run_gives_one_fit_with_curves_of_all_epochs(self):
        fits = self.fits(surface())
        assert len(fits) == 32
        for fit in fits:
            assert fit.training_loss.shape == fit.validation_loss.shape == (4,)
            assert fit.out_of_fold_loss.shape == (4, 30)
            assert np.isfinite(fit.validation_loss).all()
            assert not fit.diverged

    def test_the_network_learns(self):
        (fit,) = self.fits([make_run()], schedule=Schedule(epochs=60, batch_size=16))
        assert fit.training_loss[-1] < 0.5 * fit.training_loss[0]
        assert fit.validation_score[-1] > 0.7

    def test_accuracy_is_kept_whatever_the_score_is(self):
        (plain,), (scored,) = (
            self.fits([make_run()], score=score) for score in (None, lambda rows, outputs: -7.0)
        )
        assert (scored.validation_score == -7.0).all()
        np.testing.assert_array_equal(scored.validation_accuracy, plain.validation_score)

    def test_threads_order_and_company_change_no_bit(self):
        runs = surface()
        alone = [self.fits([run])[0] for run in runs]
        together = self.fits(runs, n_jobs=2)
        backwards = self.fits(runs[::-1], n_jobs=1)[::-1]
        for one, other, third in zip(alone, together, backwards, strict=True):
            assert same(one, other)
            assert same(one, third)

    def test_validation_loss_is_the_mean_of_its_blocks(self):
        (fit,) = self.fits([make_run()])
        np.testing.assert_allclose(
            fit.out_of_fold_loss.mean(axis=1), fit.validation_loss, rtol=1e-5
        )

    def test_points_of_a_fold_and_seed_begin_alike_and_other_seeds_do_not(self):
        frozen = Schedule(epochs=1, batch_size=16, learning_rate=1e-12)
        runs = [make_run(), make_run(Regularization(dropout=0.5)), make_run(seed=1)]
        plain, dropped, other = self.fits(runs, schedule=frozen)
        assert plain.validation_loss == pytest.approx(dropped.validation_loss, rel=1e-6)
        assert plain.validation_loss != pytest.approx(other.validation_loss, rel=1e-3)

    def test_losses_are_measured_with_nothing_dropped(self):
        run = make_run(Regularization(dropout=0.9, input_dropout=0.5))
        frozen = Schedule(epochs=1, batch_size=16, learning_rate=1e-12)
        (dropped,) = self.fits([run], schedule=frozen)
        (plain,) = self.fits([make_run()], schedule=frozen)
        assert dropped.training_loss == pytest.approx(plain.training_loss, rel=1e-6)
        assert dropped.descent_loss != pytest.approx(plain.descent_loss, rel=1e-3)

    def test_each_run_has_its_own_rate_and_decay(self):
        fits = self.fits(surface()[::2])
        losses = [fit.training_loss[-1] for fit in fits]
        # Without decay its kind makes no difference: 16 points, 12 different results.
        assert len({round(float(loss), 7) for loss in losses}) == 12

    def test_a_run_that_diverges_is_marked_and_harms_no_other(self):
        wild = Schedule(epochs=4, batch_size=16, optimizer="sgd", learning_rate=1e-2)
        dataset = blobs()
        X = dataset.X.copy()
        spoiled = make_run()
        rows = spoiled.rows.training[:1]
        X[rows] = np.float32(3e38)
        healthy = make_run(fold=1)
        keep = ~np.isin(healthy.rows.training, rows)
        seen = replace(
            healthy.rows,
            training=healthy.rows.training[keep],
            measured=np.setdiff1d(healthy.rows.measured, rows),
        )
        validation = ~np.isin(seen.validation, rows)
        seen = replace(seen, validation=seen.validation[validation], blocks=seen.blocks[validation])
        bad, good = self.fits(
            [spoiled, replace(healthy, rows=seen)], Dataset(X, dataset.y), schedule=wild, n_jobs=2
        )
        assert bad.diverged
        assert np.isnan(bad.validation_loss).all()
        assert not good.diverged
        assert np.isfinite(good.validation_loss).all()

    def test_weights_of_zero_are_as_good_as_rows_left_out(self):
        dataset = blobs()
        run = make_run()
        weights = np.ones(150, np.float32)
        weights[run.rows.training[60:]] = 0.0
        full = Schedule(epochs=3, batch_size=1000, shuffle=False)
        part = replace(run.rows, training=run.rows.training[:60])
        weighted, left_out = (
            self.fits([given], data, schedule=full)[0]
            for given, data in (
                (run, Dataset(dataset.X, dataset.y, weights)),
                (replace(run, rows=part), dataset),
            )
        )
        np.testing.assert_allclose(weighted.descent_loss, left_out.descent_loss, rtol=1e-5)

    def test_norm_and_share_near_zero_are_those_of_the_weights_without_the_biases(self):
        harsh = Regularization(weight_decay=300.0)
        for fit in self.fits([make_run(), make_run(harsh)], keep_params=True):
            weights = fit.params[: 6 * 16 + 16 * 8 + 8 * 3].astype(np.float64)
            assert fit.weight_norm[-1] == pytest.approx(np.linalg.norm(weights), rel=1e-6)
            near = np.abs(weights) < np.float32(NEAR_ZERO)
            assert fit.near_zero_share[-1] == pytest.approx(near.mean(), rel=1e-12)
            assert np.isfinite(fit.weight_norm).all()

    def test_strong_decay_shrinks_the_weights_epoch_by_epoch(self):
        plain, harsh = self.fits([make_run(), make_run(Regularization(weight_decay=300.0))])
        assert (np.diff(harsh.weight_norm) < 0).all()
        assert harsh.weight_norm[-1] < 0.3 * plain.weight_norm[-1]
        assert harsh.near_zero_share[-1] > plain.near_zero_share[-1]

    def test_an_epoch_callback_can_end_its_run(self):
        seen = []
        (fit,) = self.fits([make_run()], on_epoch=lambda _, end: seen.append(end.epoch) or True)
        assert seen == [1]
        assert np.isnan(fit.validation_loss[1:]).all()
        assert np.isnan(fit.weight_norm[1:]).all()

    def test_closing_the_iterator_ends_the_work(self):
        fits = type(self).train(NETWORK, blobs(), surface() * 50, SCHEDULE, n_jobs=2)
        next(iter(fits))
        fits.close()

    def test_parameters_come_back_when_asked_for(self):
        with_params, without = (self.fits([make_run()], keep_params=keep)[0] for keep in (1, 0))
        assert with_params.params.shape == (6 * 16 + 16 * 8 + 8 * 3 + 16 + 8 + 3,)
        assert without.params is None
