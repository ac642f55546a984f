"""Embeddings of categories: the network, its gradient and its training; both engines agree."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.engine.buffers import n_params, views
from dropdecay.engine.embeddings import SIZE, embedded, embedded_of, outcome_of
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.state import initial_state
from dropdecay.engine.training import evaluate, set_up, train_one_epoch
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Regularization, Schedule, Setting
from tests.contract.runs import ROWS, make_run, nearly_same, same, same_state
from tests.engine.test_regularizers import ENGINES, KNOBS, contract_of
from tests.reference import embeddings as reference
from tests.reference import network as plain
from tests.reference.training import train

KEY, EPOCHS, N_ROWS = run_key(0, 0, 0), 3, 70
N_CATEGORIES = (11, 9, 4)
CATEGORIES = ((2, 11), (14, 9), (23, 4))  # the last column has too few
NETWORK = Network(27, (8, 6), 3, "tanh", category_embeddings=True)


def rows_of(n_rows=N_ROWS, dtype=np.float64):
    """Two numbers, a column of categories, a number, two columns of categories; three classes."""
    rng = np.random.default_rng(0)
    one_hot = [np.eye(size)[rng.integers(0, size, n_rows)] for size in N_CATEGORIES]
    numbers = rng.normal(size=(n_rows, 3))
    X = np.hstack([numbers[:, :2], one_hot[0], numbers[:, 2:], *one_hot[1:]])
    y, weights = rng.integers(0, 3, (n_rows, 1)), rng.uniform(size=n_rows)
    return Dataset(X.astype(dtype), y.astype(dtype), weights.astype(dtype), CATEGORIES)


def setting_of(knobs=KNOBS["none"], schedule=None, network=NETWORK):
    return Setting(network, knobs, schedule or Schedule(EPOCHS, 16, learning_rate=0.01))


def begun(setting, dataset):
    return initial_state(setting, KEY, dataset.X.dtype, embedded_of(setting.layers, dataset))


def trained(setting, dataset, epochs=EPOCHS):
    state, setup = begun(setting, dataset), set_up(setting, dataset, np.arange(len(dataset.X)))
    return [train_one_epoch(setup, state) for _ in range(epochs)], state, setup


def loss_by_lookup(dataset, params):
    """The weighted mean loss of all rows, the values of every category looked up."""
    found = embedded_of(NETWORK, dataset)
    inner = reference.inner_params(found, params)
    looked_up = reference.looked_up(found, dataset.X, params)
    logits, _, _ = plain.forward(*views(found.inner, inner), looked_up, "tanh", [1.0] * 3)
    losses = plain.row_losses("categorical_cross_entropy", logits, dataset.y)
    return float(np.average(losses, weights=dataset.sample_weight))


def test_the_loss_is_that_of_values_looked_up_and_a_step_its_central_difference():
    dataset = rows_of()
    setting = setting_of(schedule=Schedule(1, N_ROWS, "sgd", 1.0))
    start = begun(setting, dataset).params

    (loss,), state, _ = trained(setting, dataset, epochs=1)

    assert start.size == n_params(NETWORK.of_inputs(3 + 4 + 2 * SIZE)) + (11 + 9) * SIZE
    assert loss == pytest.approx(loss_by_lookup(dataset, start), rel=1e-13)
    for i in range(start.size):
        up, down = start.copy(), start.copy()
        up[i], down[i] = up[i] + 1e-6, down[i] - 1e-6
        quotient = (loss_by_lookup(dataset, up) - loss_by_lookup(dataset, down)) / 2e-6
        assert start[i] - state.params[i] == pytest.approx(quotient, abs=1e-9)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("knobs", KNOBS.values(), ids=KNOBS)
def test_training_agrees_with_a_loop_in_plain_numpy(knobs, optimizer):
    dataset, schedule = rows_of(), Schedule(EPOCHS, 16, optimizer, 0.01, max_grad_norm=None)
    setting = setting_of(knobs, schedule)
    start = begun(setting, dataset).params

    losses, state, _ = trained(setting, dataset)

    expected, params, average = train(
        setting, dataset.X, dataset.y, KEY, start, EPOCHS, dataset.sample_weight,
        embedded_of(NETWORK, dataset),
    )  # fmt: skip
    np.testing.assert_allclose(losses, expected, rtol=1e-10)
    kept = params if average is None else average
    np.testing.assert_allclose(state.params, params, rtol=1e-8, atol=1e-11)
    np.testing.assert_allclose(state.outcome, kept, rtol=1e-8, atol=1e-11)


def test_what_is_kept_is_an_ordinary_network_with_the_same_outputs():
    dataset, setting = rows_of(), setting_of(KNOBS["average and all"])
    _, state, setup = trained(setting, dataset)

    kept = outcome_of(setting.layers, dataset, state)

    ordinary = setting_of(network=NETWORK.of_inputs(27))
    one_hot = set_up(ordinary, dataset, np.arange(N_ROWS))
    measured = evaluate(one_hot, kept, np.arange(N_ROWS), keep_outputs=True)
    for one, other in zip(
        measured, evaluate(setup, state.outcome, np.arange(N_ROWS), keep_outputs=True), strict=True
    ):
        np.testing.assert_array_equal(one, other)
    assert measured[0] @ dataset.sample_weight / dataset.sample_weight.sum() == pytest.approx(
        loss_by_lookup(dataset, state.outcome), rel=1e-12
    )


def test_no_penalty_acts_on_the_values_of_embeddings():
    dataset = rows_of()
    losses, state, setup = trained(setting_of(Regularization(l1=100.0)), dataset)
    n_inner = n_params(NETWORK.of_inputs(23))

    assert not state.params[: setup.n_weights].any()
    values = begun(setting_of(), dataset).params[n_inner:]
    assert np.abs(state.params[n_inner:] - values).max() < 0.2  # 15 steps, 0.01 each at most
    assert 0.9 / np.sqrt(8) < np.abs(values).max() < 1 / np.sqrt(8)
    assert values.std() == pytest.approx(1 / np.sqrt(24), rel=0.1)
    assert np.isfinite(losses).all()


@pytest.mark.parametrize("categories", [(), ((2, 8), (10, 3))], ids=["numbers", "few categories"])
def test_without_a_column_of_nine_categories_nothing_changes(categories):
    dataset = replace(rows_of(), categories=categories)
    losses, state, _ = trained(setting_of(), dataset)

    others, same_one, _ = trained(setting_of(network=NETWORK.of_inputs(27)), dataset)

    assert losses == others
    np.testing.assert_array_equal(state.params, same_one.params)


@pytest.mark.parametrize(("categories", "columns", "rows"), [
    (((0, 9), (9, 12)), [(0, 9), (9, 12)], [(0, 8), (8, 8)]),
    (((0, 9),), [(0, 9), (9, 12)], [(0, 8), (8, 12)]),
    (((12, 9),), [(0, 12), (12, 9)], [(0, 12), (12, 8)]),
])  # fmt: skip
def test_segments_cover_all_columns_in_their_order(categories, columns, rows):
    found = embedded(replace(NETWORK, n_inputs=21), categories)

    assert [(each.column, each.n_columns) for each in found.segments] == columns
    assert [(each.row, each.n_rows) for each in found.segments] == rows
    assert found.inner.sizes[0] == sum(n_rows for _, n_rows in rows)


# Engines


def runs_of(knobs=("none", "average and all", "dropconnect and all"), folds=(0,)):
    schedule = Schedule(5, 16, learning_rate=0.01)
    return [
        make_run(
            replace(KNOBS[each], dropout=0.4 if KNOBS[each].dropout else 0.0), fold,
            schedule=schedule, network=replace(NETWORK, n_inputs=None),
        )
        for each in knobs for fold in folds
    ]  # fmt: skip


def data(dtype=np.float32):
    return rows_of(150, dtype)


@pytest.mark.parametrize("engine", ENGINES)
def test_results_do_not_depend_on_threads_order_or_other_runs(engine):
    contract, runs = contract_of(engine), runs_of(folds=(0, 1))
    is_same = same if engine == "numba" else nearly_same

    together = contract.fits(runs, data(), ROWS, n_jobs=2)

    backwards = contract.fits(runs[::-1], data(), ROWS, n_jobs=1)[::-1]
    for run, one, other in zip(runs, together, backwards, strict=True):
        (alone,) = contract.fits([run], data(), ROWS)
        assert is_same(one, alone)
        assert is_same(other, alone)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_paused_run_ends_like_one_that_was_not_paused(engine):
    contract = type("Own", (type(contract_of(engine)),), {"data": staticmethod(data)})()
    for run in runs_of():
        (whole,) = contract.fits([run], keep_states=True)
        pieces = contract.in_pieces(run, (2, 3, 5))
        assert same(pieces[-1], whole)
        assert same_state(pieces[-1].state, whole.state)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_torch_agrees_with_numba(optimizer):
    runs = [
        replace(run, setting=replace(run.setting, schedule=replace(
            run.setting.schedule, optimizer=optimizer, max_grad_norm=0.5)))
        for run in runs_of(KNOBS, (0, 1))
    ]  # fmt: skip
    ours, theirs = (
        contract_of(each).fits(runs, data(np.float64), ROWS, keep_states=True)
        for each in ("numba", "torch")
    )
    for one, other in zip(ours, theirs, strict=True):
        for name in ("descent_loss", "training_loss", "validation_loss", "weight_norm"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), 1e-12)
        np.testing.assert_allclose(one.state.params, other.state.params, 1e-9, 1e-11)
