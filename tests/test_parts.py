"""Records are complete and agree with the kernels; every entry point refuses unknown names."""

from dataclasses import fields

import numpy as np
import pytest
from scipy.optimize import minimize

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from dropdecay.commands.equivalents import equivalents
from dropdecay.data.scoring import describe
from dropdecay.data.targets import Target, class_target, value_target
from dropdecay.engine.buffers import initial_params, shape_of
from dropdecay.engine.protocol import run_key
from dropdecay.errors import BadSetting
from dropdecay.export.onnx import OPSET, apply_recipe, onnx_bytes
from dropdecay.export.onnx_graph import Graph
from dropdecay.export.torch import describe_output, torch_lines
from dropdecay.kernels.activations import bias_activation_slope
from dropdecay.kernels.losses import loss_gradient, measure_rows, outputs_from_logits
from dropdecay.parts import (
    ACTIVATIONS,
    CLASSIFIER_LOSSES,
    LOSSES,
    OPTIMIZERS,
    REGRESSOR_LOSSES,
    SOLVERS,
    optimizer_for,
)
from dropdecay.settings import Network, Regularization, Schedule, Setting

TABLES = {"activation": ACTIVATIONS, "loss": LOSSES, "optimizer": OPTIMIZERS}
PARTS = [part for table in TABLES.values() for part in table.values()]
Z = np.linspace(-6, 6, 50)  # not 0, where relu has no slope
STEP = 1e-6


def batch(loss, n_rows=40, n_outputs=3):
    """Logits and targets that suit a loss, float64."""
    rng = np.random.default_rng(0)
    logits = rng.normal(scale=2.0, size=(n_rows, n_outputs))
    if loss.targets == "classes":
        return logits, rng.integers(0, n_outputs, (n_rows, 1)).astype(float)
    if loss.targets == "labels":
        return logits, rng.integers(0, 2, logits.shape).astype(float)
    drawn = rng.normal(scale=2.0, size=logits.shape)
    return logits, np.maximum(drawn, loss.lowest_target)


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_record_is_complete_and_found_by_its_name(part):
    (table,) = (each for each in TABLES.values() if part in each.values())
    assert table[part.name] is part
    assert all(getattr(part, each.name) not in ("", ()) for each in fields(part))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_no_two_records_share_a_code(table):
    assert len({part.code for part in table.values()}) == len(table)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_a_slope_is_the_difference_quotient_of_its_value(activation):
    rise = activation.value(Z + STEP) - activation.value(Z - STEP)
    np.testing.assert_allclose(activation.slope(Z), rise / (2 * STEP), atol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_the_kernel_of_an_activation_follows_its_formula(activation):
    values, slopes = Z[None].copy(), np.empty((1, Z.size))
    bias_activation_slope(activation.code, values, np.zeros(Z.size), slopes)
    np.testing.assert_allclose(values[0], activation.value(Z), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(slopes[0], activation.slope(Z), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize(
    "part",
    [*ACTIVATIONS.values(), *{loss.output.name: loss.output for loss in LOSSES.values()}.values()],
    ids=lambda part: part.name,
)
def test_onnx_recipes_agree_with_the_formula(part):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    from onnx.reference import ReferenceEvaluator

    graph, number = Graph(), onnx.TensorProto.FLOAT
    apply_recipe(graph, part.onnx, "z", "f")
    ends = [[onnx.helper.make_tensor_value_info(name, number, [10, 5])] for name in ("z", "f")]
    model = onnx.helper.make_model(
        onnx.helper.make_graph(graph.nodes, "recipe", *ends, graph.constants),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
    )
    z = Z.reshape(10, 5).astype(np.float32)
    (got,) = ReferenceEvaluator(model).run(None, {"z": z})
    np.testing.assert_allclose(got, part.value(z.astype(float)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_torch_modules_agree_with_the_formula(activation):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    module = eval(f"torch.nn.{activation.torch}", {"torch": torch})
    # In the tails of gelu torch's erf and SciPy's differ by 5e-9.
    np.testing.assert_allclose(module(torch.from_numpy(Z)).numpy(), activation.value(Z), rtol=1e-8)


@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_initial_weights_have_the_range_of_the_record(activation):
    network = Network(30, (50,), 2, activation.name)
    drawn = np.abs(initial_params(network, run_key(0, 0, 0))[: 30 * 50]).max()
    assert drawn == pytest.approx(np.sqrt(activation.glorot / 80), rel=0.01)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_kernels_of_a_loss_follow_its_formulas(loss):
    logits, targets = batch(loss)
    measured, hits = np.empty((2, len(logits)))
    measure_rows(loss.code, logits.copy(), targets, measured, hits)
    outputs = logits.copy()
    outputs_from_logits(loss.code, outputs)
    np.testing.assert_allclose(measured, loss.row_losses(logits, targets), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(outputs, loss.output.value(logits), rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_training_loss_is_the_evaluation_loss_times_the_factors_of_the_record(loss):
    logits, targets = batch(loss)
    gradient, shares = logits.copy(), np.ones(len(logits))
    loss_gradient(loss.code, 0.0, gradient, targets, shares, *np.empty((2, len(logits))))
    factor = loss.training_factor * (logits.shape[1] if loss.sums_outputs else 1)
    for column in range(logits.shape[1]):
        aside = STEP * np.eye(logits.shape[1])[column]
        rise = loss.row_losses(logits + aside, targets) - loss.row_losses(logits - aside, targets)
        np.testing.assert_allclose(gradient[:, column], factor * rise / (2 * STEP), atol=1e-7)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_baseline_is_the_lowest_loss_of_a_constant_prediction(loss, weighted):
    logits, targets = batch(loss)
    weights = np.random.default_rng(1).uniform(0, 2, len(logits)) if weighted else None

    def mean_loss(constant):
        rows = loss.row_losses(np.tile(constant, (len(logits), 1)), targets)
        return np.average(rows, weights=weights)

    found = minimize(mean_loss, np.zeros(logits.shape[1]))
    assert loss.baseline(targets, weights) == pytest.approx(found.fun, rel=1e-6)


@pytest.mark.parametrize("kind", TABLES)
def test_an_unknown_name_is_refused_with_a_list_of_the_known_ones(kind):
    first = next(iter(TABLES[kind]))
    with pytest.raises(BadSetting, match=rf"{kind} must be one of .*'{first}'.* Got 'nonsense'"):
        TABLES[kind]["nonsense"]


def forged(**changed):
    """A fitted network whose settings were changed without validation."""
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    fitted = MLPClassifier((3,), solver="lbfgs", random_state=0).fit(X, y)
    network = Network(2, (3,), 1, loss="binary_cross_entropy")
    for name, value in changed.items():
        object.__setattr__(network, name, value)
    fitted.network_ = network
    return fitted


def trained_by(optimizer):
    """A setting whose optimizer was changed without validation."""
    setting = Setting(Network(2, (3,), 1), Regularization(), Schedule(1, 8))
    object.__setattr__(setting.schedule, "optimizer", optimizer)
    return setting


def labelled(loss):
    return Target(np.zeros((4, 1)), loss, 1, None, None, np.zeros(1), np.ones(1))


DOORS = {
    "the settings of a network": ("activation", lambda: Network(2, (3,), 1, "nonsense")),
    "the loss of a network": ("loss", lambda: Network(2, (3,), 1, loss="nonsense")),
    "the schedule": ("optimizer", lambda: Schedule(1, 8, optimizer="nonsense")),
    "the kernels' shape": (
        "activation", lambda: shape_of(forged(activation="nonsense").network_)
    ),
    "the kernels' loss": ("loss", lambda: shape_of(forged(loss="nonsense").network_)),
    "initial weights": (
        "activation",
        lambda: initial_params(forged(activation="nonsense").network_, run_key(0, 0, 0)),
    ),
    "the ONNX export": ("activation", lambda: onnx_bytes(forged(activation="nonsense"))),
    "the ONNX export's output": ("loss", lambda: onnx_bytes(forged(loss="nonsense"))),
    "the torch export": (
        "activation", lambda: torch_lines(forged(activation="nonsense"), "model")
    ),
    "the torch export's output": ("loss", lambda: describe_output(forged(loss="nonsense"))),
    "the description of results": ("loss", lambda: describe(labelled("nonsense"), None, None)),
    "the baseline": ("loss", lambda: labelled("nonsense").baseline_loss()),
    "a classifier's loss": ("loss", lambda: class_target(np.array([0, 1]), "nonsense", float)),
    "a regressor's loss": (
        "loss", lambda: value_target(np.ones(3), float, standardize=False, loss="nonsense")
    ),
    "a solver": ("solver", lambda: optimizer_for("nonsense", 0.9, nesterov=True)),
    "the lines for other libraries": (
        "optimizer", lambda: equivalents(trained_by("nonsense"), None)
    ),
}  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_an_unknown_name_is_refused_by_every_entry_point(door):
    if "ONNX" in door:
        pytest.importorskip("onnx", reason="onnx is not installed")
    kind, knock = DOORS[door]
    with pytest.raises(BadSetting, match=f"{kind} must be one of .*'nonsense'"):
        knock()


@pytest.mark.parametrize(
    ("solver", "momentum", "nesterov", "name"),
    [("adam", 0.9, True, "adam"), ("adam", 0, False, "adam"), ("sgd", 0, True, "sgd"),
     ("sgd", 0.9, False, "momentum"), ("sgd", 0.9, True, "nesterov")],
)  # fmt: skip
def test_solver_and_momentum_select_an_optimizer(solver, momentum, nesterov, name):
    assert optimizer_for(solver, momentum, nesterov=nesterov).name == name


def test_every_solver_is_also_the_name_of_an_optimizer():
    assert all(OPTIMIZERS[solver].solver == solver for solver in SOLVERS)


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_torch_has_the_classes_named_by_the_optimizers(optimizer):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for name in {optimizer.torch, optimizer.torch_decoupled} - {None}:
        assert issubclass(getattr(torch.optim, name), torch.optim.Optimizer)


@pytest.mark.parametrize(
    ("estimator", "losses"),
    [(MLPClassifier, CLASSIFIER_LOSSES), (MLPRegressor, REGRESSOR_LOSSES),
     (MLPClassifierCV, CLASSIFIER_LOSSES), (MLPRegressorCV, ())],
)  # fmt: skip
def test_the_docstrings_list_every_part(estimator, losses):
    for name in (*ACTIVATIONS, *SOLVERS, *losses):
        assert f'"{name}"' in estimator.__doc__
