"""The contract of engines: the test of an engine inherits this class and sets its engine."""

import pickle
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.protocol import CURVES, Dataset, Engine, Problem, Run, run_key
from dropdecay.errors import BadSetting
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Regularization, Schedule, Setting

NETWORK = Network(6, (16, 8), 3)
SCHEDULE = Schedule(epochs=4, batch_size=16)


def blobs(n_rows=150, seed=0):
    """Three noisy classes that a small network can learn."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 3, n_rows)
    X = rng.normal(size=(n_rows, 6)) + 1.5 * np.eye(3, 6)[classes]
    return Dataset(X.astype(np.float32), classes[:, None].astype(np.float32))


def rows_of(fold, n_rows=150):
    order = np.random.default_rng(fold).permutation(n_rows)
    return fold_rows(order[30:], order[:30], 0, fold)


ROWS = {fold: rows_of(fold) for fold in (0, 1)}


def make_run(regularization=None, fold=0, seed=0, schedule=SCHEDULE, epochs=None, network=NETWORK):
    setting = Setting(network, regularization or Regularization(), schedule)
    return Run(setting, Point(()), fold, seed, epochs or schedule.epochs, run_key(0, fold, seed))


def surface():
    points = [
        Regularization(rate, input_rate, strength, decay)
        for rate, input_rate, strength, decay in product(
            (0.0, 0.5), (0.0, 0.1), (0.0, 0.5), ("decoupled", "l2")
        )
    ]
    return [make_run(point, fold) for point in points for fold in (0, 1)]


def same(one, other):
    """Whether two fits are equal, bit for bit."""
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in (*CURVES, "out_of_fold_loss")
    )


def same_state(one, other):
    """Whether two states are equal, bit for bit."""
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name))
        for field in fields(one)
    )


class EngineContract:
    train: Engine

    def fits(self, runs, dataset=None, rows=None, score=None, **options):
        problem = Problem(rows or ROWS, lambda fold: dataset or blobs(), score)
        fits = list(type(self).train(problem, runs, **options))
        place = {id(run): i for i, run in enumerate(runs)}
        return sorted(fits, key=lambda fit: place[id(fit.run)])

    def in_pieces(self, run, ends, dataset=None):
        """Train a run that pauses after each of these epochs but the last; return its fits."""
        fits, state = [], None
        for end in ends:
            piece = replace(run, epochs=end)
            states = None if state is None else {piece: pickle.loads(pickle.dumps(state))}
            (fit,) = self.fits([piece], dataset, states=states, keep_states=True)
            fits.append(fit)
            state = fit.state
        return fits

    def test_every_run_gives_one_fit_with_curves_of_all_epochs(self):
        fits = self.fits(surface())
        assert len(fits) == 32
        for fit in fits:
            assert fit.training_loss.shape == fit.validation_loss.shape == (4,)
            assert fit.out_of_fold_loss.shape == (4, 30)
            assert np.isfinite(fit.validation_loss).all()
            assert not fit.diverged

    def test_the_network_learns(self):
        (fit,) = self.fits([make_run(schedule=Schedule(epochs=60, batch_size=16))])
        assert fit.training_loss[-1] < 0.5 * fit.training_loss[0]
        assert fit.validation_score[-1] > 0.7

    def test_accuracy_is_recorded_whatever_the_score_is(self):
        (plain,), (scored,) = (
            self.fits([make_run()], score=score) for score in (None, lambda rows, outputs: -7.0)
        )
        assert (scored.validation_score == -7.0).all()
        np.testing.assert_array_equal(scored.validation_accuracy, plain.validation_score)

    def test_results_do_not_depend_on_threads_order_or_other_runs(self):
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

    def test_points_share_random_numbers_within_a_fold_and_seed(self):
        frozen = Schedule(epochs=1, batch_size=16, learning_rate=1e-12)
        runs = [
            make_run(schedule=frozen),
            make_run(Regularization(dropout=0.5), schedule=frozen),
            make_run(seed=1, schedule=frozen),
        ]
        plain, dropped, other = self.fits(runs)
        assert plain.validation_loss == pytest.approx(dropped.validation_loss, rel=1e-6)
        assert plain.validation_loss != pytest.approx(other.validation_loss, rel=1e-3)

    def test_losses_are_evaluated_without_dropout(self):
        frozen = Schedule(epochs=1, batch_size=16, learning_rate=1e-12)
        run = make_run(Regularization(dropout=0.9, input_dropout=0.5), schedule=frozen)
        (dropped,) = self.fits([run])
        (plain,) = self.fits([make_run(schedule=frozen)])
        assert dropped.training_loss == pytest.approx(plain.training_loss, rel=1e-6)
        assert dropped.descent_loss != pytest.approx(plain.descent_loss, rel=1e-3)

    def test_each_run_has_its_own_rate_and_decay(self):
        fits = self.fits(surface()[::2])
        losses = [fit.training_loss[-1] for fit in fits]
        # Without decay, its kind makes no difference: 16 points give 12 different results.
        assert len({round(float(loss), 7) for loss in losses}) == 12

    def test_a_diverged_run_is_marked_and_does_not_affect_others(self):
        wild = Schedule(epochs=4, batch_size=16, optimizer="sgd", learning_rate=1e-2)
        dataset = blobs()
        X = dataset.X.copy()
        rows = ROWS[0].training[:1]
        X[rows] = np.float32(3e38)
        healthy = ROWS[1]
        held = ~np.isin(healthy.validation, rows)
        seen = replace(
            healthy,
            training=np.setdiff1d(healthy.training, rows),
            measured=np.setdiff1d(healthy.measured, rows),
            validation=healthy.validation[held],
            blocks=healthy.blocks[held],
        )
        bad, good = self.fits(
            [make_run(schedule=wild), make_run(fold=1, schedule=wild)],
            Dataset(X, dataset.y), {0: ROWS[0], 1: seen}, n_jobs=2, keep_states=True,
        )  # fmt: skip
        assert bad.diverged
        assert bad.state is None
        assert np.isnan(bad.validation_loss).all()
        assert not good.diverged
        assert np.isfinite(good.validation_loss).all()

    def test_rows_of_weight_0_are_as_good_as_left_out(self):
        dataset = blobs()
        weights = np.ones(150, np.float32)
        weights[ROWS[0].training[60:]] = 0.0
        run = make_run(schedule=Schedule(epochs=3, batch_size=1000, shuffle=False))
        part = {0: replace(ROWS[0], training=ROWS[0].training[:60])}
        (weighted,) = self.fits([run], Dataset(dataset.X, dataset.y, weights))
        (left_out,) = self.fits([run], dataset, part)
        np.testing.assert_allclose(weighted.descent_loss, left_out.descent_loss, rtol=1e-5)

    def test_norm_and_share_near_zero_ignore_biases(self):
        harsh = Regularization(weight_decay=300.0)
        for fit in self.fits([make_run(), make_run(harsh)], keep_states=True):
            weights = fit.state.params[: 6 * 16 + 16 * 8 + 8 * 3].astype(np.float64)
            assert fit.weight_norm[-1] == pytest.approx(np.linalg.norm(weights), rel=1e-6)
            near = np.abs(weights) < np.float32(NEAR_ZERO)
            assert fit.near_zero_share[-1] == pytest.approx(near.mean(), rel=1e-12)
            assert np.isfinite(fit.weight_norm).all()

    def test_strong_decay_shrinks_the_weights_epoch_by_epoch(self):
        plain, harsh = self.fits([make_run(), make_run(Regularization(weight_decay=300.0))])
        assert (np.diff(harsh.weight_norm) < 0).all()
        assert harsh.weight_norm[-1] < 0.3 * plain.weight_norm[-1]
        assert harsh.near_zero_share[-1] > plain.near_zero_share[-1]

    def test_an_epoch_callback_can_stop_its_run(self):
        seen = []
        (fit,) = self.fits([make_run()], on_epoch=lambda _, end: seen.append(end.epoch) or True)
        assert seen == [1]
        assert np.isnan(fit.validation_loss[1:]).all()
        assert np.isnan(fit.weight_norm[1:]).all()

    def test_closing_the_iterator_stops_the_work(self):
        problem = Problem(ROWS, lambda fold: blobs())
        fits = type(self).train(problem, surface() * 50, n_jobs=2)
        next(iter(fits))
        fits.close()

    def test_a_network_takes_as_many_inputs_as_its_data_have_columns(self):
        known, met = self.fits([make_run(), make_run(network=Network(None, (16, 8), 3))])
        assert same(known, met)

    def test_states_are_returned_on_request(self):
        (fit,), (without,) = (self.fits([make_run()], keep_states=keep) for keep in (True, False))
        assert fit.state.params.shape == (6 * 16 + 16 * 8 + 8 * 3 + 16 + 8 + 3,)
        assert fit.state.epoch == 4
        assert without.state is None

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
        run, plain = make_run(regularization, schedule=schedule), blobs()
        weights = np.random.default_rng(1).uniform(size=150).astype(np.float32)
        dataset = Dataset(plain.X, plain.y, weights)
        (whole,) = self.fits([run], dataset, keep_states=True)
        for ends in ((3, 7), (1, 2, 7)):
            pieces = self.in_pieces(run, ends, dataset)
            assert [fit.training_loss.size for fit in pieces] == np.diff([0, *ends]).tolist()
            assert same_state(pieces[-1].state, whole.state)
            for start, fit in zip([0, *ends], pieces, strict=False):
                part = slice(start, start + fit.training_loss.size)
                for name in (*CURVES, "out_of_fold_loss"):
                    np.testing.assert_array_equal(getattr(fit, name), getattr(whole, name)[part])

    def test_continuing_does_not_change_the_saved_state(self):
        (paused,) = self.fits([make_run(epochs=2)], keep_states=True)
        before, run = pickle.loads(pickle.dumps(paused.state)), make_run()
        one, other = (
            self.fits([run], states={run: paused.state}, keep_states=True)[0] for _ in range(2)
        )
        assert same_state(paused.state, before)
        assert same(one, other)
        assert same_state(one.state, other.state)

    def test_runs_with_a_state_continue_and_others_start_from_scratch(self):
        (paused,) = self.fits([make_run(epochs=2)], keep_states=True)
        runs = [make_run(), make_run(seed=1)]
        (whole, other), (on, anew) = (
            self.fits(runs), self.fits(runs, states={runs[0]: paused.state}, n_jobs=2)
        )  # fmt: skip
        np.testing.assert_array_equal(on.validation_loss, whole.validation_loss[2:])
        assert same(anew, other)

    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_a_run_that_records_is_the_same_network_measured_at_its_epochs_alone(self, n_jobs):
        runs = surface()
        weights = np.random.default_rng(1).uniform(size=150).astype(np.float32)
        dataset = Dataset(blobs().X, blobs().y, weights)
        plain = self.fits(runs, dataset, keep_states=True)
        recording = self.fits(
            [replace(run, record=(2, 4)) for run in runs], dataset, keep_states=True, n_jobs=n_jobs
        )
        for one, other in zip(plain, recording, strict=True):
            assert one.recorded is None
            assert not other.diverged
            for name in CURVES:
                np.testing.assert_array_equal(
                    getattr(other, name)[[1, 3]], getattr(one, name)[[1, 3]]
                )
                assert np.isnan(getattr(other, name)[[0, 2]]).all()
            assert same_state(one.state, other.state)

    def test_what_is_recorded_is_the_loss_and_the_outputs_of_every_held_out_row(self):
        seen = []
        run, rows = make_run(Regularization(dropout=0.3), epochs=3), ROWS[0].validation
        self.fits([run], score=lambda held, outputs: seen.append(outputs.copy()) or 0.0)

        (fit,) = self.fits([replace(run, record=(1, 3))])

        outputs, losses = fit.recorded.outputs, fit.recorded.losses
        assert (outputs.dtype, losses.dtype) == (np.float32, np.float64)
        np.testing.assert_array_equal(outputs, [seen[0], seen[2]])
        classes = blobs().y[rows, 0].astype(int)
        right = outputs[:, np.arange(rows.size), classes].astype(np.float64)
        np.testing.assert_allclose(losses, -np.log(right), rtol=1e-5)
        np.testing.assert_array_equal(losses.mean(axis=1), fit.validation_loss[[0, 2]])
        assert fit.out_of_fold_loss.size == 0

    def test_a_run_that_records_and_diverges_in_between_is_marked(self):
        wild = Schedule(epochs=6, batch_size=16, optimizer="sgd", learning_rate=1e9)
        (fit,) = self.fits([replace(make_run(schedule=wild), record=(6,))])
        assert fit.diverged
        assert fit.recorded is None
        assert np.isnan(fit.validation_loss).all()

    def test_what_an_ended_run_did_not_reach_is_unknown(self):
        run = replace(make_run(), record=(1, 4))
        (fit,) = self.fits([run], on_epoch=lambda _, end: True)
        assert np.isfinite(fit.recorded.losses[0]).all()
        assert np.isnan(fit.recorded.losses[1]).all()
        assert np.isnan(fit.recorded.outputs[1]).all()

    def test_a_state_past_the_end_of_its_run_is_refused(self):
        (ended,) = self.fits([make_run()], keep_states=True)
        short = make_run(epochs=3)
        with pytest.raises(BadSetting, match="trained for 4 epochs cannot be continued to epoch 3"):
            self.fits([short], states={short: ended.state})

    def test_the_horizon_of_a_schedule_is_its_own_and_not_that_of_the_run(self):
        cosine = replace(SCHEDULE, learning_rate_schedule="cosine")
        short, whole, steady = self.fits(
            [make_run(schedule=cosine, epochs=2), make_run(schedule=cosine), make_run()]
        )
        np.testing.assert_array_equal(short.training_loss, whole.training_loss[:2])
        assert (whole.training_loss != steady.training_loss).all()

    def test_an_adaptive_learning_rate_is_refused_without_early_stopping(self):
        adaptive = replace(SCHEDULE, learning_rate_schedule="adaptive")
        with pytest.raises(BadSetting, match="'adaptive' depends on early stopping"):
            self.fits([make_run(schedule=adaptive)])
