"""The contract of engines: the test of an engine inherits this class and sets its engine."""

import pickle
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.ending import DIVERGED, FLAT, HORIZON, PAST, Ending
from dropdecay.engine.protocol import CURVES, Dataset, Engine, Problem, Run, run_key
from dropdecay.errors import BadSetting
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.statistics.smoothing import evaluated_epochs

NOWHERE = Point(())
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


ROWS = {fold: rows_of(fold) for fold in range(4)}


def make_run(regularization=None, fold=0, seed=0, schedule=SCHEDULE, epochs=None, network=NETWORK):
    setting = Setting(network, regularization or Regularization(), schedule)
    return Run(setting, Point(()), fold, seed, epochs or schedule.epochs, run_key(0, fold, seed))


def adaptive_runs(regularization, point=NOWHERE, folds=(0, 1)):
    """All runs of one point, which end together after at most 400 epochs."""
    schedule = Schedule(epochs=400, batch_size=16, learning_rate=0.01)
    return [
        replace(make_run(regularization, fold, schedule=schedule), point=point, adaptive=True)
        for fold in folds
    ]


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
        for name in ("epochs", *CURVES, "out_of_fold_loss")
    ) and (one.end, one.ending) == (other.end, other.ending)


def same_state(one, other):
    """Whether two states are equal, bit for bit."""
    return type(one) is type(other) and all(
        _equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(one)
    )


def _equal(one, other):
    if not isinstance(one, dict):
        return np.array_equal(one, other)
    return [*one] == [*other] and all(np.array_equal(one[name], other[name]) for name in one)


def nearly_same(one, other):
    """Whether two fits of float32 are equal but for the order of sums."""
    return all(
        np.allclose(getattr(one, name), getattr(other, name), rtol=1e-4, equal_nan=True)
        for name in ("epochs", *CURVES, "out_of_fold_loss")
    ) and (one.end, one.ending) == (other.end, other.ending)


class EngineContract:
    train: Engine
    same_in_company = staticmethod(same)
    """What an engine promises of a run that is trained together with others."""

    @staticmethod
    def weights_of(state):
        """Return all weights of ``NETWORK``, without biases."""
        return state.params[: 6 * 16 + 16 * 8 + 8 * 3]

    def fits(self, runs, dataset=None, rows=None, score=None, **options):
        problem = Problem(rows or ROWS, lambda fold: dataset or blobs(), score)
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
            assert self.same_in_company(one, other)
            assert self.same_in_company(one, third)

    def test_validation_loss_is_the_mean_of_its_blocks(self):
        (fit,) = self.fits([make_run()])
        np.testing.assert_allclose(
            fit.out_of_fold_loss.mean(axis=1), fit.validation_loss, rtol=1e-5
        )

    def test_blocks_are_means_by_the_own_weights_of_rows(self):
        own = np.arange(150) % 4.0
        weights = np.where(np.arange(150) % 3, 1.0, 5.0).astype(np.float32)
        data, run = Dataset(blobs().X, blobs().y, weights), make_run()
        plain, weighted = (
            next(iter(type(self).train(Problem(ROWS, lambda fold: data, row_weight=each), [run])))
            for each in (None, own)
        )
        rows = ROWS[0]  # a row a block
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
        own, of_class = 1.0 + np.arange(150) % 4, np.where(np.arange(150) % 3, 1.0, 5.0)
        both = (own * of_class).astype(np.float32)
        data, run = Dataset(blobs().X, blobs().y, both), make_run()
        rows = ROWS[0]
        pairs = {0: replace(rows, blocks=rows.blocks // 2)}
        problems = (
            Problem(ROWS, lambda fold: data),
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

    def test_training_loss_is_measured_on_rows_that_have_weight(self):
        weights = np.ones(150, np.float32)
        weights[ROWS[0].measured[:20]] = 0.0
        few = {0: replace(ROWS[0], measured=ROWS[0].measured[:20])}
        (fit,) = self.fits([make_run()], Dataset(blobs().X, blobs().y, weights), few)
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
        problem = Problem(ROWS, lambda fold: blobs())
        fits = type(self).train(problem, surface() * 50, n_jobs=2)
        next(iter(fits))
        fits.close()

    def test_a_network_takes_as_many_inputs_as_its_data_have_columns(self):
        known, met = self.fits([make_run(), make_run(network=Network(None, (16, 8), 3))])
        assert same(known, met)

    def test_states_are_returned_on_request(self):
        (fit,), (without,) = (self.fits([make_run()], keep_states=keep) for keep in (True, False))
        assert self.weights_of(fit.state).shape == (6 * 16 + 16 * 8 + 8 * 3,)
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
            assert [fit.epochs.tolist() for fit in pieces] == [
                list(range(1, end + 1)) for end in ends
            ]
            assert same_state(pieces[-1].state, whole.state)
            assert same(pieces[-1], whole)

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
            assert other.epochs.tolist() == [2, 4]
            for name in CURVES:
                np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[[1, 3]])
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
        np.testing.assert_array_equal(losses.mean(axis=1), fit.validation_loss)
        assert fit.out_of_fold_loss.size == 0

    def test_a_run_that_records_and_diverges_in_between_is_marked(self):
        wild = Schedule(epochs=6, batch_size=16, optimizer="sgd", learning_rate=1e9)
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

    def test_the_networks_of_an_adaptive_run_are_those_of_any_other(self):
        (plain,) = self.fits([make_run(epochs=32)], keep_states=True)
        (adaptive,) = self.fits([replace(make_run(epochs=32), adaptive=True)], keep_states=True)
        assert adaptive.end == 32
        at = adaptive.epochs - 1
        for name in CURVES:
            np.testing.assert_array_equal(getattr(adaptive, name), getattr(plain, name)[at])
        assert same_state(adaptive.state, plain.state)

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
