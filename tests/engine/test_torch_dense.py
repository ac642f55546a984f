"""The stack does what the numba engine does, network by network."""

import subprocess
import sys
from dataclasses import fields, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

torch = pytest.importorskip("torch")

from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.state import initial_state
from dropdecay.engine.torch_batches import move
from dropdecay.engine.torch_dense import DensePart, DenseStack, stack_key
from dropdecay.engine.torch_masks import draw_by_tensors
from dropdecay.engine.training import evaluate, set_up, train_one_epoch
from dropdecay.kernels.weight_summary import weigh
from dropdecay.parts import ACTIVATIONS, LOSSES, OPTIMIZERS
from dropdecay.settings import (
    DECAYS,
    LEARNING_RATE_SCHEDULES,
    Network,
    Regularization,
    Schedule,
    Setting,
)

CPU = torch.device("cpu")
KEY = run_key(0, 0, 0)
TRAINING, HELD = np.arange(70), np.arange(70, 90)
SCHEDULE = Schedule(epochs=4, batch_size=16, learning_rate=0.003)
POINTS = [
    Regularization(),
    Regularization((0.5, 0.0), 0.2, 0.5, "decoupled", max_norm=0.9),
    Regularization(0.3, 0.0, 0.05, "l2"),
    Regularization(0.0, 0.1, 0.1, alpha=0.3),
]


@pytest.fixture(autouse=True)
def one_thread():
    """Small tensors on many threads take longer, above all beside other tests."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


def dataset_for(loss="categorical_cross_entropy", dtype=np.float64, weighted=False):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 5))
    y = {
        "classes": rng.integers(0, 3, (90, 1)),
        "labels": rng.integers(0, 2, (90, 3)),
        "values": rng.poisson(np.exp(X[:, :3] / 2)),
    }[LOSSES[loss].targets]
    weights = rng.uniform(size=90).astype(dtype) if weighted else None
    return Dataset(X.astype(dtype), y.astype(dtype), weights)


def settings_for(
    points=POINTS, loss="categorical_cross_entropy", schedule=SCHEDULE, hidden=(8, 6), smooth=True,
    activation="relu",
):  # fmt: skip
    """Networks of one stack, every other one with smoothed labels."""
    smoothings = (0.0, 0.1) if smooth and LOSSES[loss].is_of_classes else (0.0, 0.0)
    return [
        Setting(Network(None, hidden, 3, activation, loss, smoothings[i % 2]), point, schedule)
        for i, point in enumerate(points)
    ]


def states_for(settings, dataset):
    n_inputs, dtype = dataset.X.shape[1], dataset.X.dtype
    return [
        initial_state(replace(each, network=replace(each.network, n_inputs=n_inputs)), KEY, dtype)
        for each in settings
    ]


def stack_of(settings, dataset, rows=TRAINING, states=None):
    states = states or states_for(settings, dataset)
    return DenseStack(move([dataset], CPU), [DensePart(settings, 0, rows, states)])


def curves(stack, epochs=3):
    """Training and evaluation losses, hits and outputs after every epoch, of each network."""
    descents, evaluations = [], []
    for _ in range(epochs):
        descents.append(stack.train_one_epoch())
        evaluations.append(stack.evaluate(HELD, keep_outputs=True))
    return np.array(descents), *map(np.array, zip(*evaluations, strict=True))


def numba_curves(settings, dataset, epochs=3, rows=TRAINING):
    setups = [set_up(each, dataset, rows) for each in settings]
    states = states_for(settings, dataset)
    descents, evaluations = [], []
    for _ in range(epochs):
        pairs = list(zip(setups, states, strict=True))
        descents.append([train_one_epoch(*pair) for pair in pairs])
        each = [evaluate(setup, state.outcome, HELD, keep_outputs=True) for setup, state in pairs]
        evaluations.append([np.array(values) for values in zip(*each, strict=True)])
    return np.array(descents), *map(np.array, zip(*evaluations, strict=True))


def agree(settings, dataset, rtol=1e-12, epochs=3, rows=TRAINING):
    ours = curves(stack_of(settings, dataset, rows), epochs)
    theirs = numba_curves(settings, dataset, epochs, rows)
    assert np.isfinite(theirs[0]).all()
    for name, one, other in zip(
        ("descent", "losses", "hits", "outputs"), ours, theirs, strict=True
    ):
        np.testing.assert_allclose(one, other, rtol, atol=rtol, err_msg=name)


def same_states(one, other):
    return all(
        np.array_equal(getattr(a, field.name), getattr(b, field.name))
        for a, b in zip(one, other, strict=True)
        for field in fields(a)
    )


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_curves_equal_those_of_numba_for_every_part(activation, loss):
    for optimizer, decay in product(OPTIMIZERS, DECAYS):
        points = [replace(point, decay=decay) for point in POINTS]
        rate = 3e-4 if loss == "half_poisson" else 3e-3  # exponential outputs diverge early
        schedule = replace(SCHEDULE, optimizer=optimizer, learning_rate=rate)
        settings = settings_for(points, loss, schedule, activation=activation)
        agree(settings, dataset_for(loss))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_in_float32_the_first_four_epochs_agree_to_1e_5(activation, loss):
    settings = settings_for(loss=loss, activation=activation)
    agree(settings, dataset_for(loss, np.float32), rtol=1e-5, epochs=4)


@pytest.mark.parametrize("max_grad_norm", [None, 0.5])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("kind", LEARNING_RATE_SCHEDULES)
def test_every_schedule_of_learning_rates_agrees(kind, optimizer, max_grad_norm):
    schedule = replace(
        SCHEDULE, epochs=2, optimizer=optimizer, learning_rate_schedule=kind,
        max_grad_norm=max_grad_norm,
    )  # fmt: skip
    agree(settings_for(schedule=schedule), dataset_for(), epochs=4)  # beyond the horizon


@given(
    rates=st.lists(st.sampled_from((0.0, 0.1, 0.5, 0.9, 1 - 1e-9)), min_size=3, max_size=3),
    decay=st.sampled_from((0.0, 0.3)), alpha=st.sampled_from((0.0, 2.0)),
    max_norm=st.sampled_from((None, 0.3)), kind=st.sampled_from(DECAYS),
    batch_size=st.integers(1, 100), shuffled=st.booleans(), weighted=st.booleans(),
    n_rows=st.integers(1, 70),
)  # fmt: skip
def test_any_regularization_and_size_of_batch_agrees(
    rates, decay, alpha, max_norm, kind, batch_size, shuffled, weighted, n_rows
):
    point = Regularization(tuple(rates[:2]), rates[2], decay, kind, alpha, max_norm)
    schedule = replace(SCHEDULE, batch_size=batch_size, shuffle=shuffled)
    settings = settings_for([point, POINTS[0]], schedule=schedule)
    agree(settings, dataset_for(weighted=weighted), epochs=2, rows=TRAINING[:n_rows])


FURTHER = {
    "l1": (Regularization(l1=0.5), Regularization((0.5, 0.0), 0.2, 0.5, max_norm=0.9, l1=0.2)),
    "input noise": (Regularization(input_noise=0.5),
                    Regularization((0.5, 0.0), 0.2, input_noise=0.1)),
    "mixup": (Regularization(mixup=0.4), Regularization(0.5, mixup=0.1, input_noise=0.1)),
    "cutmix": (Regularization(cutmix=0.4), Regularization(0.5, mixup=1.0, cutmix=1.0)),
    "dropconnect": (Regularization(dropconnect=0.3),
                    Regularization(0.5, mixup=1.0, dropconnect=0.1, weight_average=0.9)),
    "average": (Regularization(weight_average=0.9),
                Regularization(0.5, weight_average=0.99, max_norm=0.9)),
    "cautious": (Regularization(weight_decay=5.0, decay="cautious"),
                 Regularization(weight_decay=5.0), Regularization(0.5, 0.0, 1.0, "cautious", 0.3)),
}  # fmt: skip
"""Regularizers beyond dropout, decay and max-norm: some networks of a stack have them."""


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("points", FURTHER.values(), ids=FURTHER)
def test_every_further_regularizer_agrees_beside_networks_without(points, optimizer):
    settings = settings_for([*points, *POINTS[:2]], schedule=replace(SCHEDULE, optimizer=optimizer))
    agree(settings, dataset_for(weighted=True))


@pytest.mark.parametrize("loss", LOSSES)
def test_mixed_rows_agree_for_every_loss(loss):
    rate = 3e-4 if loss == "half_poisson" else 3e-3
    schedule = replace(SCHEDULE, learning_rate=rate)
    settings = settings_for([*FURTHER["mixup"], *FURTHER["cutmix"]], loss, schedule)
    agree(settings, dataset_for(loss, weighted=True))


@pytest.mark.parametrize("points", FURTHER.values(), ids=FURTHER)
def test_folds_in_one_stack_are_what_each_is_alone(points):
    datasets, keys = [dataset_for(), dataset_for()], [KEY, run_key(0, 1, 0)]
    datasets[1].X[:] = datasets[1].X[::-1].copy()
    settings = settings_for([*points, POINTS[1]])
    states = [
        [replace(state, key=key) for state in states_for(settings, data)]
        for data, key in zip(datasets, keys, strict=True)
    ]
    parts = [DensePart(settings, place, TRAINING, states[place]) for place in (0, 1)]
    both = DenseStack(move(datasets, CPU), parts)
    together = [both.train_one_epoch() for _ in range(3)]
    for place, data in enumerate(datasets):
        alone = DenseStack(move([data], CPU), [DensePart(settings, 0, TRAINING, states[place])])
        own = slice(place * len(settings), (place + 1) * len(settings))
        descents = [alone.train_one_epoch() for _ in range(3)]
        np.testing.assert_allclose(np.array(together)[:, own], descents, rtol=1e-12)


@pytest.mark.parametrize("hidden", [(), (7,), (8, 6, 4)])
def test_networks_of_any_depth_agree(hidden):
    points = [Regularization(0.4, rate, 0.1) for rate in (0.0, 0.3)]
    agree(settings_for(points, hidden=hidden), dataset_for())


def test_batches_without_weight_are_skipped():
    dataset = dataset_for(weighted=True)
    dataset.sample_weight[16:48] = 0.0
    schedule = replace(SCHEDULE, shuffle=False)
    agree(settings_for(schedule=schedule), dataset)


def test_rows_without_any_weight_train_nothing():
    dataset = replace(dataset_for(), sample_weight=np.zeros(90))
    stack, settings = stack_of(settings_for(), dataset), settings_for()
    assert (stack.train_one_epoch() == 0.0).all()
    for now, first in zip(stack.states(), states_for(settings, dataset), strict=True):
        np.testing.assert_array_equal(now.params, first.params)


@pytest.mark.parametrize("part_bytes", [1, 2000, 2**20])
def test_sparse_rows_train_like_dense_ones(part_bytes, monkeypatch):
    monkeypatch.setattr("dropdecay.engine.densify.PART_BYTES", part_bytes)
    dense = dataset_for(weighted=True)
    dense.X[np.random.default_rng(1).uniform(size=dense.X.shape) < 0.6] = 0.0
    sparse = replace(dense, X=csr_array(dense.X))
    one, other = (stack_of(settings_for(), dataset) for dataset in (dense, sparse))
    for first, second in zip(curves(one), curves(other), strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-12)
    assert same_states(one.states(), other.states())


@pytest.mark.parametrize("loss", ["categorical_cross_entropy", "half_squared_error"])
def test_company_and_order_do_not_matter(loss):
    settings, dataset = settings_for(loss=loss), dataset_for(loss)
    together = curves(stack_of(settings, dataset))
    backwards = curves(stack_of(settings[::-1], dataset))
    for i, setting in enumerate(settings):
        alone = curves(stack_of([setting], dataset))
        for one, many, reverse in zip(alone, together, backwards, strict=True):
            np.testing.assert_allclose(one[:, 0], many[:, i], rtol=1e-12, atol=1e-12)
            np.testing.assert_allclose(reverse[:, -1 - i], many[:, i], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_network_that_diverges_does_not_change_the_others(optimizer):
    schedule = replace(SCHEDULE, optimizer=optimizer)
    wild = Regularization(weight_decay=1e200, decay="l2")
    healthy = settings_for(schedule=schedule, smooth=False)
    settings = [*healthy[:2], *settings_for([wild], schedule=schedule), *healthy[2:]]
    states = states_for(settings, dataset_for())
    states[2].params[:] = 1e200
    together = curves(stack_of(settings, dataset_for(), states=states))
    apart = curves(stack_of(healthy, dataset_for()))
    assert np.isnan(together[0][:, 2]).all()
    for some, those in zip(together, apart, strict=True):
        np.testing.assert_allclose(np.delete(some, 2, axis=1), those, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("kind", LEARNING_RATE_SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_training_continues_bit_for_bit_from_states(optimizer, kind):
    schedule = replace(SCHEDULE, optimizer=optimizer, learning_rate_schedule=kind)
    settings, dataset = settings_for(schedule=schedule), dataset_for()
    whole, stack = (stack_of(settings, dataset) for _ in range(2))
    descents = [whole.train_one_epoch() for _ in range(4)]
    paused = []
    for _ in range(2):
        paused += [stack.train_one_epoch(), stack.train_one_epoch()]
        kept, before = stack.states(), stack.states()
        stack = stack_of(settings, dataset, states=kept)
    np.testing.assert_array_equal(paused, descents)
    assert same_states(stack.states(), whole.states())
    stack.train_one_epoch()
    assert same_states(kept, before)


def test_data_may_be_read_only():
    """A subprocess, since torch warns only once."""
    code = """
import warnings
warnings.simplefilter("error")
import numpy as np
from tests.engine.test_torch_dense import HELD, TRAINING, dataset_for, settings_for, stack_of
dataset, rows, held = dataset_for(weighted=True), TRAINING.copy(), HELD.copy()
for array in (dataset.X, dataset.y, dataset.sample_weight, rows, held):
    array.setflags(write=False)
stack = stack_of(settings_for(), dataset, rows)
stack.train_one_epoch()
stack.evaluate(held, keep_outputs=True)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_states_are_those_of_numba():
    settings, dataset = settings_for([*POINTS, *FURTHER["average"]]), dataset_for()
    stack, states = stack_of(settings, dataset), states_for(settings, dataset)
    stack.train_one_epoch()
    for setting, state, ours in zip(settings, states, stack.states(), strict=True):
        train_one_epoch(set_up(setting, dataset, TRAINING), state)
        for name in ("params", "first", "second", "average"):
            np.testing.assert_allclose(getattr(ours, name), getattr(state, name), rtol=1e-9)
        for name in ("steps", "epoch", "rows_seen", "learning_rate"):
            assert getattr(ours, name) == getattr(state, name)
        assert (ours.key == state.key).all()


def test_weights_are_weighed_like_those_of_numba():
    harsh = Regularization(weight_decay=60.0)
    points = [*POINTS, *FURTHER["average"], harsh]
    stack = stack_of(settings_for(points), dataset_for(dtype=np.float32))
    stack.train_one_epoch()
    n_weights = 5 * 8 + 8 * 6 + 6 * 3
    expected = [weigh(state.outcome[:n_weights]) for state in stack.states()]
    np.testing.assert_allclose(stack.weigh(), expected, rtol=1e-12)
    assert stack.weigh()[-1, 1] > 0


def test_outputs_are_returned_on_request():
    stack = stack_of(settings_for(), dataset_for())
    assert stack.evaluate(HELD, keep_outputs=True)[2].shape == (4, 20, 3)
    assert stack.evaluate(HELD, keep_outputs=False)[2].shape == (4, 0, 0)
    assert stack.evaluate(HELD[:0], keep_outputs=False)[0].shape == (4, 0)


def test_networks_that_differ_in_regularization_alone_share_a_stack():
    setting = settings_for()[0]
    assert len({stack_key(each) for each in settings_for()}) == 1
    known = replace(setting, network=replace(setting.network, n_inputs=5))
    assert stack_key(known) == stack_key(setting)
    for other in (
        replace(setting, network=replace(setting.network, activation="tanh")),
        replace(setting, network=replace(setting.network, hidden_layer_sizes=(8,))),
        replace(setting, schedule=replace(setting.schedule, learning_rate=0.02)),
    ):
        assert stack_key(other) != stack_key(setting)


def test_an_epoch_never_waits_for_the_device(monkeypatch):
    """No value is read back within an epoch, so a GPU can run ahead and a step be captured."""
    from torch.utils._python_dispatch import TorchDispatchMode

    seen = set()

    class Spy(TorchDispatchMode):
        def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
            seen.add(operation.name())
            return operation(*args, **(kwargs or {}))

    monkeypatch.setattr("dropdecay.engine.torch_masks.draw_decisions", draw_by_tensors)
    for loss, optimizer in product(LOSSES, OPTIMIZERS):
        schedule = replace(SCHEDULE, optimizer=optimizer, max_grad_norm=1.0)
        stack = stack_of(settings_for(loss=loss, schedule=schedule), dataset_for(loss))
        with Spy():
            stack.train_one_epoch()
    assert "aten::baddbmm.out" in seen
    assert not {"aten::_local_scalar_dense", "aten::nonzero", "aten::masked_select"} & seen


def test_adam_of_tensors_is_the_fused_one():
    """A GPU takes it in float64, since the fused one holds learning rates in float32 there."""
    settings, dataset = settings_for(), dataset_for()
    fused, by_tensors = (stack_of(settings, dataset) for _ in range(2))
    by_tensors._optimizer.is_fused = False
    for one, other in zip(curves(fused), curves(by_tensors), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


needs_a_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
GPU = torch.device("cuda")


@needs_a_gpu
@pytest.mark.parametrize("kind", ["dense", "sparse"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_gpu_gives_the_curves_of_a_cpu_to_1e_6(loss, optimizer, kind):
    schedule = replace(SCHEDULE, optimizer=optimizer, learning_rate=1e-3, max_grad_norm=1.0)
    dataset, settings = dataset_for(loss, weighted=True), settings_for(loss=loss, schedule=schedule)
    if kind == "sparse":
        dataset = replace(dataset, X=csr_array(dataset.X))
    stack = DenseStack(
        move([dataset], GPU), [DensePart(settings, 0, TRAINING, states_for(settings, dataset))]
    )
    ours, theirs = curves(stack, 4), curves(stack_of(settings, dataset), 4)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


@needs_a_gpu
def test_training_on_a_gpu_continues_bit_for_bit_from_states():
    settings, dataset = settings_for(), dataset_for(dtype=np.float32)
    data, states = move([dataset], GPU), states_for(settings, dataset)
    whole = DenseStack(data, [DensePart(settings, 0, TRAINING, states)])
    descents = [whole.train_one_epoch() for _ in range(4)]
    paused = []
    for _ in range(2):
        stack = DenseStack(data, [DensePart(settings, 0, TRAINING, states)])
        paused += [stack.train_one_epoch(), stack.train_one_epoch()]
        states = stack.states()
    np.testing.assert_array_equal(paused, descents)
    assert same_states(states, whole.states())
