"""Every regularizer, epoch by epoch, against a loop in plain NumPy and float64."""

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from dropdecay.engine.cpu import train as train_by_numba
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.state import initial_state
from dropdecay.engine.training import set_up, train_one_epoch
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Regularization, Schedule, Setting
from tests.contract.engine import EngineContract
from tests.contract.runs import make_run, nearly_same, same, same_state
from tests.reference.training import train

KEY, EPOCHS, N_ROWS = run_key(0, 0, 0), 3, 70
EVERYTHING = Regularization((0.3, 0.1), 0.2, 0.4, alpha=0.3, max_norm=0.9)
KNOBS = {
    "none": Regularization(),
    "what was there before": EVERYTHING,
    "l1": Regularization(l1=0.5),
    "l1 and l2": Regularization(weight_decay=0.05, decay="l2", l1=0.2),
    "l1 and all": replace(EVERYTHING, l1=0.3),
    "noise": Regularization(input_noise=0.7),
    "noise and all": replace(EVERYTHING, input_noise=0.2),
    "mixup": Regularization(mixup=0.4),
    "mixup and all": replace(EVERYTHING, mixup=0.2),
    "cutmix": Regularization(cutmix=0.7),
    "cutmix and all": replace(EVERYTHING, cutmix=0.2),
    "mixup and cutmix": Regularization(0.3, mixup=0.3, cutmix=2.0),
    "dropconnect": Regularization(dropconnect=0.3),
    "dropconnect and all": replace(EVERYTHING, dropconnect=0.1, mixup=0.3, input_noise=0.1),
    "average": Regularization(weight_average=0.8),
    "average and all": replace(EVERYTHING, weight_average=0.5),
    "cautious": Regularization(weight_decay=5.0, decay="cautious"),
    "cautious and all": replace(EVERYTHING, decay="cautious", weight_average=0.9, l1=0.1),
}

FURTHER = {name: knobs for name, knobs in KNOBS.items() if knobs not in (KNOBS["none"], EVERYTHING)}


def world(loss="categorical_cross_entropy", dtype=np.float64):
    """Rows that fill no batch in the end, with targets of a loss and weights."""
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(N_ROWS, 5)), rng.uniform(size=N_ROWS)
    y = rng.integers(0, 3, (N_ROWS, 1)) if loss.startswith("cat") else rng.normal(size=(N_ROWS, 3))
    return Dataset(X.astype(dtype), y.astype(dtype), weights.astype(dtype))


def setting_of(knobs, optimizer="adam", loss="categorical_cross_entropy", activation="tanh"):
    schedule = Schedule(EPOCHS, 16, optimizer, 0.01)
    return Setting(Network(5, (8, 6), 3, activation, loss), knobs, schedule)


def trained(setting, dataset, epochs=EPOCHS, state=None):
    """Losses of the epochs, and the state after them."""
    state = initial_state(setting, KEY, dataset.X.dtype) if state is None else state
    setup = set_up(setting, dataset, np.arange(N_ROWS))
    return [train_one_epoch(setup, state) for _ in range(epochs)], state


@pytest.mark.parametrize("loss", ["categorical_cross_entropy", "half_squared_error"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
def test_training_agrees_with_a_loop_in_plain_numpy(knobs, optimizer, loss):
    setting, dataset = setting_of(knobs, optimizer, loss), world(loss)
    start = initial_state(setting, KEY, np.float64).params

    losses, state = trained(setting, dataset)

    expected, params, average = train(
        setting, dataset.X, dataset.y, KEY, start, EPOCHS, dataset.sample_weight
    )
    np.testing.assert_allclose(losses, expected, rtol=1e-11)
    np.testing.assert_allclose(state.params, params, rtol=1e-9, atol=1e-12)
    kept = params if average is None else average
    np.testing.assert_allclose(state.outcome, kept, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("knobs", [
    Regularization(0.3, mixup=0.5, dropconnect=0.2, input_noise=0.3), Regularization(cutmix=0.5),
])  # fmt: skip
def test_a_step_follows_the_central_difference_of_the_loss_of_mixed_rows(knobs):
    schedule = Schedule(1, N_ROWS, "sgd", 1.0)
    setting, dataset = replace(setting_of(knobs), schedule=schedule), world()
    start = initial_state(setting, KEY, np.float64).params

    _, state = trained(setting, dataset, epochs=1)

    def loss_at(params):
        (loss,), _, _ = train(setting, dataset.X, dataset.y, KEY, params, 1, dataset.sample_weight)
        return loss

    for i in range(0, start.size, 3):
        up, down = start.copy(), start.copy()
        up[i], down[i] = up[i] + 1e-5, down[i] - 1e-5
        quotient = (loss_at(up) - loss_at(down)) / 2e-5
        assert start[i] - state.params[i] == pytest.approx(quotient, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_l1_makes_weights_exactly_zero_and_leaves_biases(dtype):
    setting, dataset = setting_of(Regularization(l1=2.0)), world(dtype=dtype)
    n_weights = 5 * 8 + 8 * 6 + 6 * 3

    _, state = trained(setting, dataset)

    assert 10 < (state.params[:n_weights] == 0.0).sum() < n_weights
    assert (state.params[n_weights:] != 0.0).all()


def test_l1_too_strong_for_any_weight_leaves_none():
    _, state = trained(setting_of(Regularization(l1=100.0)), world())

    assert not state.params[: 5 * 8 + 8 * 6 + 6 * 3].any()


@pytest.mark.parametrize("part_bytes", [1, 2**20])
@pytest.mark.parametrize("knobs", FURTHER.values(), ids=FURTHER)
def test_sparse_rows_train_like_dense_ones(knobs, part_bytes, monkeypatch):
    monkeypatch.setattr("dropdecay.engine.densify.PART_BYTES", part_bytes)
    dense = world()
    dense.X[np.random.default_rng(1).uniform(size=dense.X.shape) < 0.6] = 0.0

    losses, state = trained(setting_of(knobs), dense)

    others, same_one = trained(setting_of(knobs), replace(dense, X=csr_array(dense.X)))
    np.testing.assert_allclose(others, losses, rtol=1e-14)
    np.testing.assert_array_equal(same_one.outcome, state.outcome)


def test_the_curves_of_an_averaging_network_are_those_of_the_average():
    plain, averaged = (
        contract_of("numba").fits([run_with(Regularization(weight_average=each))], keep_states=True)
        for each in (0.0, 0.9)
    )
    for (fit,), is_own in ((plain, True), (averaged, False)):
        n_weights = EngineContract.weights_of(fit.state).size
        norm = np.linalg.norm(fit.state.params[:n_weights])
        assert (fit.weight_norm[-1] == pytest.approx(norm, rel=1e-5)) == is_own
    np.testing.assert_array_equal(plain[0].descent_loss, averaged[0].descent_loss)
    assert not np.array_equal(plain[0].validation_loss, averaged[0].validation_loss)


# Engines: pauses, threads and company change no bits


def torch_engine():
    if importlib.util.find_spec("torch") is None:
        pytest.skip("torch is not installed")
    import torch

    from dropdecay.engine.torch_engine import dense_engine

    return dense_engine(torch.device("cpu"), 1)


ENGINES = {"numba": lambda: train_by_numba, "torch": torch_engine}


def contract_of(engine):
    return type("Of", (EngineContract,), {"train": staticmethod(ENGINES[engine]())})()


def run_with(knobs, fold=0):
    dropped = replace(knobs, dropout=0.4 if knobs.dropout else 0.0)  # it has two layers, too
    return make_run(dropped, fold, schedule=Schedule(5, 16, learning_rate=0.01))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("knobs", FURTHER.values(), ids=FURTHER)
def test_a_paused_run_ends_like_one_that_was_not_paused(knobs, engine):
    contract, run = contract_of(engine), run_with(knobs)

    (whole,) = contract.fits([run], keep_states=True)
    pieces = contract.in_pieces(run, (2, 3, 5))

    assert same(pieces[-1], whole)
    assert same_state(pieces[-1].state, whole.state)


@pytest.mark.parametrize("engine", ENGINES)
def test_results_do_not_depend_on_threads_order_or_other_runs(engine):
    contract = contract_of(engine)
    runs = [run_with(knobs, fold) for knobs in KNOBS.values() for fold in (0, 1)]
    is_same = same if engine == "numba" else nearly_same

    together = contract.fits(runs, n_jobs=2)

    backwards = contract.fits(runs[::-1], n_jobs=1)[::-1]
    for run, one, other in zip(runs, together, backwards, strict=True):
        (alone,) = contract.fits([run])
        assert is_same(one, alone)
        assert is_same(other, alone)
