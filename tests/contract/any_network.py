"""The part of the contract of engines that holds whatever networks are built of."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.engine.protocol import CURVES, Dataset, Engine, Problem
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.settings import Regularization, Schedule
from tests.contract.runs import SCHEDULE, blobs, make_run, points, rows_of, same, same_state


class AnyNetworkContract:
    """An engine keeps it for the networks of ``tests.contract.runs``, and for those of others."""

    train: Engine
    same_in_company = staticmethod(same)
    """What an engine promises of a run that is trained together with others."""

    n_rows = 150
    n_weights = 6 * 16 + 16 * 8 + 8 * 3
    """Numbers that decay."""
    points = points()
    n_different = 12
    """How many of the points are different: without decay, its kind makes no difference."""
    learning = Schedule(epochs=60, batch_size=16)
    """Enough to learn."""
    too_fast = 1e9
    """A learning rate at which every network diverges."""

    @staticmethod
    def weights_of(state):
        """Return all weights of a network, without biases."""
        return state.params[: 6 * 16 + 16 * 8 + 8 * 3]

    def data(self):
        return blobs(self.n_rows)

    def rows(self):
        return {fold: rows_of(fold, self.n_rows) for fold in range(4)}

    def surface(self):
        return [make_run(point, fold) for point in self.points for fold in (0, 1)]

    def poisoned(self, row):
        """Return data on which a network diverges where it is trained on this row."""
        data = self.data()
        X = data.X.copy()
        X[row] = np.float32(3e38)
        return Dataset(X, data.y)

    def fits(self, runs, dataset=None, rows=None, score=None, **options):
        problem = Problem(rows or self.rows(), lambda fold: dataset or self.data(), score)
        fits = list(type(self).train(problem, runs, **options))
        place = {id(run): i for i, run in enumerate(runs)}
        return sorted(fits, key=lambda fit: place[id(fit.run)])

    def in_pieces(self, run, ends, dataset=None):
        """Train a run that pauses after each of these epochs but the last; return its fits."""
        fits = []
        for end in ends:
            piece = replace(run, epochs=end)
            earlier = {piece: pickle.loads(pickle.dumps(fits[-1]))} if fits else None
            fits += self.fits([piece], dataset, earlier=earlier, keep_states=True)
        return fits

    def test_every_run_gives_one_fit_with_curves_of_all_epochs(self):
        fits = self.fits(self.surface())
        assert len(fits) == 2 * len(self.points)
        for fit in fits:
            assert fit.training_loss.shape == fit.validation_loss.shape == (4,)
            assert fit.out_of_fold_loss.shape == (4, 30)
            assert np.isfinite(fit.validation_loss).all()
            assert not fit.diverged

    def test_the_network_learns(self):
        (fit,) = self.fits([make_run(schedule=self.learning)])
        assert fit.training_loss[-1] < 0.5 * fit.training_loss[0]
        assert fit.validation_score[-1] > 0.7

    def test_accuracy_is_recorded_whatever_the_score_is(self):
        (plain,), (scored,) = (
            self.fits([make_run()], score=score) for score in (None, lambda rows, outputs: -7.0)
        )
        assert (scored.validation_score == -7.0).all()
        np.testing.assert_array_equal(scored.validation_accuracy, plain.validation_score)

    def test_results_do_not_depend_on_threads_order_or_other_runs(self):
        runs = self.surface()
        alone = [self.fits([run])[0] for run in runs]
        together = self.fits(runs, n_jobs=2)
        backwards = self.fits(runs[::-1], n_jobs=1)[::-1]
        for one, other, third in zip(alone, together, backwards, strict=True):
            assert self.same_in_company(one, other)
            assert self.same_in_company(one, third)

    def test_validation_loss_is_the_mean_of_its_blocks(self):
        (fit,) = self.fits([make_run()])
        np.testing.assert_allclose(
            fit.out_of_fold_loss.mean(axis=1), fit.validation_loss, rtol=1e-5
        )

    def test_blocks_are_means_by_the_own_weights_of_rows(self):
        own = np.arange(self.n_rows) % 4.0
        weights = np.where(np.arange(self.n_rows) % 3, 1.0, 5.0).astype(np.float32)
        data, run = Dataset(self.data().X, self.data().y, weights), make_run()
        rows = self.rows()[0]  # a row a block
        plain, weighted = (
            next(
                iter(
                    type(self).train(Problem({0: rows}, lambda fold: data, row_weight=each), [run])
                )
            )
            for each in (None, own)
        )
        in_block = own[rows.validation[np.argsort(rows.blocks)]]
        known = in_block > 0
        np.testing.assert_array_equal(
            weighted.out_of_fold_loss[:, known], plain.out_of_fold_loss[:, known]
        )
        assert np.isfinite(weighted.out_of_fold_loss).all()
        together = {0: replace(rows, blocks=np.zeros_like(rows.blocks))}
        (whole,) = type(self).train(Problem(together, lambda fold: data, row_weight=own), [run])
        np.testing.assert_allclose(
            whole.out_of_fold_loss[:, 0], plain.out_of_fold_loss @ in_block / in_block.sum(),
            rtol=1e-6,
        )  # fmt: skip

    def test_blocks_are_measured_with_the_weights_of_classes_too_where_these_weigh_the_loss(self):
        of_class = np.where(np.arange(self.n_rows) % 3, 1.0, 5.0)
        own = 1.0 + np.arange(self.n_rows) % 4
        both = (own * of_class).astype(np.float32)
        data, run = Dataset(self.data().X, self.data().y, both), make_run()
        rows = self.rows()[0]
        pairs = {0: replace(rows, blocks=rows.blocks // 2)}
        problems = (
            Problem(self.rows(), lambda fold: data),
            Problem(pairs, lambda fold: data, row_weight=own),
            Problem(pairs, lambda fold: data, row_weight=own, loss_weight=both),
        )
        by_row, plain, found = (
            next(iter(type(self).train(each, [run]))).out_of_fold_loss for each in problems
        )
        half = plain.shape[1]
        np.testing.assert_array_equal(found[:, :half], plain)
        in_block = both[rows.validation[np.argsort(rows.blocks)]].reshape(-1, 2)  # a row a block
        of_pair = by_row.reshape(len(by_row), -1, 2)
        expected = (of_pair * in_block).sum(axis=2) / in_block.sum(axis=1)
        np.testing.assert_allclose(found[:, half:], expected, rtol=1e-6)

    def test_points_share_random_numbers_within_a_fold_and_seed(self):
        frozen = Schedule(epochs=1, batch_size=16, learning_rate=1e-12)
        runs = [
            make_run(schedule=frozen),
            make_run(Regularization(dropout=0.5), schedule=frozen),
            make_run(seed=1, schedule=frozen),
        ]
        plain, dropped, other = self.fits(runs)
        assert plain.validation_loss == pytest.approx(dropped.validation_loss, rel=1e-6)
        assert plain.validation_loss != pytest.approx(other.validation_loss, rel=1e-4)

    def test_losses_are_evaluated_without_dropout(self):
        frozen = Schedule(epochs=1, batch_size=16, learning_rate=1e-12)
        run = make_run(Regularization(dropout=0.9, input_dropout=0.5), schedule=frozen)
        (dropped,) = self.fits([run])
        (plain,) = self.fits([make_run(schedule=frozen)])
        assert dropped.training_loss == pytest.approx(plain.training_loss, rel=1e-6)
        assert dropped.descent_loss != pytest.approx(plain.descent_loss, rel=1e-3)

    def test_each_run_has_its_own_rate_and_decay(self):
        fits = self.fits(self.surface()[::2])
        losses = [fit.training_loss[-1] for fit in fits]
        assert len({round(float(loss), 7) for loss in losses}) == self.n_different

    def test_a_diverged_run_is_marked_and_does_not_affect_others(self):
        wild = Schedule(epochs=4, batch_size=16, optimizer="sgd", learning_rate=1e-2)
        fatal, healthy = self.rows()[0], self.rows()[1]
        row = fatal.training[0]
        held = healthy.validation != row
        seen = replace(
            healthy,
            training=np.setdiff1d(healthy.training, row),
            measured=np.setdiff1d(healthy.measured, row),
            validation=healthy.validation[held],
            blocks=healthy.blocks[held],
        )
        bad, good = self.fits(
            [make_run(schedule=wild), make_run(fold=1, schedule=wild)],
            self.poisoned(row), {0: fatal, 1: seen}, n_jobs=2, keep_states=True,
        )  # fmt: skip
        assert bad.diverged
        assert bad.state is None
        assert np.isnan(bad.validation_loss).all()
        assert not good.diverged
        assert np.isfinite(good.validation_loss).all()

    def test_rows_of_weight_0_are_as_good_as_left_out(self):
        dataset, rows = self.data(), self.rows()[0]
        half = rows.training.size // 2
        weights = np.ones(self.n_rows, np.float32)
        weights[rows.training[half:]] = 0.0
        run = make_run(schedule=Schedule(epochs=3, batch_size=1000, shuffle=False))
        part = {0: replace(rows, training=rows.training[:half])}
        (weighted,) = self.fits([run], Dataset(dataset.X, dataset.y, weights))
        (left_out,) = self.fits([run], dataset, part)
        np.testing.assert_allclose(weighted.descent_loss, left_out.descent_loss, rtol=1e-5)

    def test_training_loss_is_measured_on_rows_that_have_weight(self):
        weights = np.ones(self.n_rows, np.float32)
        rows = self.rows()[0]
        weights[rows.measured[:20]] = 0.0
        few = {0: replace(rows, measured=rows.measured[:20])}
        (fit,) = self.fits([make_run()], Dataset(self.data().X, self.data().y, weights), few)
        assert not fit.diverged
        assert np.isfinite(fit.training_loss).all()

    def test_norm_and_share_near_zero_ignore_biases(self):
        harsh = Regularization(weight_decay=300.0)
        for fit in self.fits([make_run(), make_run(harsh)], keep_states=True):
            weights = self.weights_of(fit.state).astype(np.float64)
            assert fit.weight_norm[-1] == pytest.approx(np.linalg.norm(weights), rel=1e-6)
            near = np.abs(weights) < np.float32(NEAR_ZERO)
            assert fit.near_zero_share[-1] == pytest.approx(near.mean(), rel=1e-12)
            assert np.isfinite(fit.weight_norm).all()

    def test_strong_decay_shrinks_the_weights_epoch_by_epoch(self):
        plain, harsh = self.fits([make_run(), make_run(Regularization(weight_decay=300.0))])
        assert (np.diff(harsh.weight_norm) < 0).all()
        assert harsh.weight_norm[-1] < 0.3 * plain.weight_norm[-1]
        assert harsh.near_zero_share[-1] > plain.near_zero_share[-1]

    def test_closing_the_iterator_stops_the_work(self):
        problem = Problem(self.rows(), lambda fold: self.data())
        fits = type(self).train(problem, self.surface() * 50, n_jobs=2)
        next(iter(fits))
        fits.close()

    def test_states_are_returned_on_request(self):
        (fit,), (without,) = (self.fits([make_run()], keep_states=keep) for keep in (True, False))
        assert self.weights_of(fit.state).shape == (self.n_weights,)
        assert fit.state.epoch == 4
        assert without.state is None

    def test_continuing_does_not_change_the_saved_state(self):
        (paused,) = self.fits([make_run(epochs=2)], keep_states=True)
        before, run = pickle.loads(pickle.dumps(paused.state)), make_run()
        one, other = (
            self.fits([run], earlier={run: paused}, keep_states=True)[0] for _ in range(2)
        )
        assert same_state(paused.state, before)
        assert same(one, other)
        assert same_state(one.state, other.state)

    def test_runs_with_a_state_continue_and_others_start_from_scratch(self):
        (paused,) = self.fits([make_run(epochs=2)], keep_states=True)
        runs = [make_run(), make_run(seed=1)]
        (whole, other), (on, anew) = (
            self.fits(runs), self.fits(runs, earlier={runs[0]: paused}, n_jobs=2)
        )  # fmt: skip
        assert self.same_in_company(on, whole)
        assert self.same_in_company(anew, other)

    def test_a_run_whose_state_is_lost_is_trained_again_to_the_same_numbers(self):
        (paused,) = self.fits([make_run(epochs=2)])
        run = make_run()
        (whole,), (again,) = (
            self.fits([run], earlier=earlier, keep_states=True)
            for earlier in (None, {run: paused})
        )  # fmt: skip
        assert paused.state is None
        assert same(again, whole)
        assert same_state(again.state, whole.state)

    @pytest.mark.parametrize("n_jobs", [1, 2])
    def test_a_run_that_records_is_the_same_network_measured_at_its_epochs_alone(self, n_jobs):
        runs = self.surface()
        weights = np.random.default_rng(1).uniform(size=self.n_rows).astype(np.float32)
        dataset = Dataset(self.data().X, self.data().y, weights)
        plain = self.fits(runs, dataset, keep_states=True)
        recording = self.fits(
            [replace(run, record=(2, 4)) for run in runs], dataset, keep_states=True, n_jobs=n_jobs
        )
        for one, other in zip(plain, recording, strict=True):
            assert one.recorded is None
            assert not other.diverged
            assert other.epochs.tolist() == [2, 4]
            for name in CURVES:
                np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[[1, 3]])
            assert same_state(one.state, other.state)

    def test_what_is_recorded_is_the_loss_and_the_outputs_of_every_held_out_row(self):
        seen = []
        run, rows = make_run(Regularization(dropout=0.3), epochs=3), self.rows()[0].validation
        self.fits([run], score=lambda held, outputs: seen.append(outputs.copy()) or 0.0)

        (fit,) = self.fits([replace(run, record=(1, 3))])

        outputs, losses = fit.recorded.outputs, fit.recorded.losses
        assert (outputs.dtype, losses.dtype) == (np.float32, np.float64)
        np.testing.assert_array_equal(outputs, np.float32([seen[0], seen[2]]))
        classes = self.data().y[rows, 0].astype(int)
        right = outputs[:, np.arange(rows.size), classes].astype(np.float64)
        np.testing.assert_allclose(losses, -np.log(right), rtol=1e-5)
        np.testing.assert_array_equal(losses.mean(axis=1), fit.validation_loss)
        assert fit.out_of_fold_loss.size == 0

    def test_a_run_that_records_and_diverges_in_between_is_marked(self):
        wild = Schedule(
            epochs=6, batch_size=16, optimizer="sgd", learning_rate=self.too_fast
        )  # fmt: skip
        (fit,) = self.fits([replace(make_run(schedule=wild), record=(6,))])
        assert fit.diverged
        assert fit.recorded is None
        assert np.isnan(fit.validation_loss).all()

    def test_the_horizon_of_a_schedule_is_its_own_and_not_that_of_the_run(self):
        cosine = replace(SCHEDULE, learning_rate_schedule="cosine")
        short, whole, steady = self.fits(
            [make_run(schedule=cosine, epochs=2), make_run(schedule=cosine), make_run()]
        )
        np.testing.assert_array_equal(short.training_loss, whole.training_loss[:2])
        assert (whole.training_loss != steady.training_loss).all()

    def test_the_networks_of_an_adaptive_run_are_those_of_any_other(self):
        (adaptive,) = self.fits([replace(make_run(epochs=32), adaptive=True)], keep_states=True)
        (plain,) = self.fits([make_run(epochs=adaptive.end)], keep_states=True)
        assert adaptive.end >= 10
        at = adaptive.epochs - 1
        for name in CURVES:
            np.testing.assert_array_equal(getattr(adaptive, name), getattr(plain, name)[at])
        assert same_state(adaptive.state, plain.state)

    def check_pauses(self, regularization, schedule):
        """Compare a run of 7 epochs with those that pause in between."""
        run, plain = make_run(regularization, schedule=schedule), self.data()
        weights = np.random.default_rng(1).uniform(size=self.n_rows).astype(np.float32)
        dataset = Dataset(plain.X, plain.y, weights)
        (whole,) = self.fits([run], dataset, keep_states=True)
        for ends in ((3, 7), (1, 2, 7)):
            pieces = self.in_pieces(run, ends, dataset)
            assert [fit.epochs.tolist() for fit in pieces] == [
                list(range(1, end + 1)) for end in ends
            ]
            assert same_state(pieces[-1].state, whole.state)
            assert same(pieces[-1], whole)
