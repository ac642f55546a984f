"""Activations, losses and optimizers: one record for each, with all that the package needs to know.

Kernels identify a part by its integer code, which is in ``kernels/codes.py``, all other modules by
its name in the tables below. A table has no default: looking up an unknown name raises an error
that lists the known ones.

Formulas are NumPy in float64, for tests and for engines that do not use our kernels. ONNX recipes
are data, so that this module need not import onnx.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

import numpy as np
from scipy.special import expit, log_softmax, ndtr, softmax, xlogy

from dropdecay.arrays import Float64, Floating
from dropdecay.errors import unknown_choice
from dropdecay.kernels import codes

Formula = Callable[[Float64], Float64]
Targets = Literal["classes", "labels", "values"]
"""``"classes"``: one column of class numbers. ``"labels"``: 0 or 1 in every column, one column for
two classes. ``"values"``: any numbers."""


@dataclass(frozen=True)
class OnnxStep:
    """One ONNX operator (opset 17) in a recipe.

    Parameters
    ----------
    operator : str
        Name of the operator.
    inputs : tuple of str or float
        ``"z"`` is the input of the recipe, another name the result of an earlier step, and a number
        a constant.
    result : str
        Name of the result, for later steps; the last result is that of the recipe.
    axis : int or None
        The operator's attribute of that name, if it has one.
    """

    operator: str
    inputs: tuple[str | float, ...] = ("z",)
    result: str = "f"
    axis: int | None = None


@dataclass(frozen=True)
class Activation:
    """An activation function of hidden units.

    Parameters
    ----------
    name, code : str, int
        The name for users and the code for kernels.
    value, slope : callable
        f(z) and f'(z), elementwise, in float64.
    onnx : tuple of OnnxStep
        f in ONNX operators.
    torch : str
        The module in ``torch.nn`` with its arguments.
    keras : str
        The value of ``activation=`` in a Keras layer.
    glorot : float
        Initial weights and biases are uniform in +-sqrt(glorot / (n_inputs + n_outputs)), as in
        scikit-learn (Glorot & Bengio 2010).
    """

    name: str
    code: int
    value: Formula
    slope: Formula
    onnx: tuple[OnnxStep, ...]
    torch: str
    keras: str
    glorot: float = 6.0


@dataclass(frozen=True)
class Output:
    """The output function of a network, applied to its logits.

    Parameters
    ----------
    name : str
        scikit-learn's name, as in ``out_activation_``.
    value : callable
        Logits (n_rows, n_outputs) to outputs of the same shape, in float64.
    onnx : tuple of OnnxStep
        The same in ONNX operators.
    meaning : str
        A clause that explains how logits become predictions.
    """

    name: str
    value: Formula
    onnx: tuple[OnnxStep, ...]
    meaning: str


@dataclass(frozen=True)
class Loss:
    """A loss with its output function.

    The *evaluation* loss is what curves and tables show. The *training* loss, whose gradient is
    taken, is ``training_factor`` times that, and summed instead of averaged over outputs if
    ``sums_outputs``. The loss that scikit-learn reports has the factor, but is averaged.

    Parameters
    ----------
    name, code : str, int
        The name in settings and the code for kernels.
    parameter : str
        Its name as the ``loss`` parameter of the estimators.
    targets : {"classes", "labels", "values"}
        The kind of targets it is for.
    output : Output
    row_losses : callable
        Evaluation loss of every row in float64, from logits (n_rows, n_outputs) and targets
        (n_rows, n_targets).
    baseline : callable
        Lowest mean loss of a constant prediction, from targets and weights.
    title, unit : str
        Name and unit of the evaluation loss.
    training_factor : float
    sums_outputs : bool
    lowest_target : float
        Smallest allowed target.
    """

    name: str
    code: int
    parameter: str
    targets: Targets
    output: Output
    row_losses: Callable[[Float64, Float64], Float64]
    baseline: Callable[[Floating, Floating | None], float]
    title: str
    unit: str
    training_factor: float = 1.0
    sums_outputs: bool = False
    lowest_target: float = -math.inf

    @property
    def is_of_classes(self) -> bool:
        """Whether its targets are classes or labels, so that they can be smoothed."""
        return self.targets != "values"


@dataclass(frozen=True)
class Optimizer:
    """An optimizer: a rule that turns gradients into steps.

    Parameters
    ----------
    name, code : str, int
        The name in settings and the code for kernels.
    solver : str
        Its name as the ``solver`` parameter of the estimators; optimizers that share one differ in
        ``momentum``.
    torch, keras : str
        The class in ``torch.optim`` and in ``keras.optimizers``.
    torch_decoupled : str or None
        The class in ``torch.optim`` with decoupled ``weight_decay``; None: there is none.
    is_adaptive : bool
        Whether it adapts its own step sizes, so that scikit-learn's "invscaling" and "adaptive"
        learning rates do not apply.
    momentum : {"own", "none", "plain", "nesterov"}
        Which momentum parameters of the estimators select it; ``"own"``: any, they do not apply.
    """

    name: str
    code: int
    solver: str
    torch: str
    keras: str
    torch_decoupled: str | None = None
    is_adaptive: bool = False
    momentum: Literal["own", "none", "plain", "nesterov"] = "own"


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Part = TypeVar("Part", bound=_Named)


class Table(dict[str, Part]):
    """Parts by name; an unknown name raises an error that lists the known ones."""

    def __init__(self, kind: str, parts: Iterable[Part]) -> None:
        super().__init__((part.name, part) for part in parts)
        self.kind = kind

    def __missing__(self, name: str) -> Part:
        raise unknown_choice(self.kind, name, self)


def _normal_density(z: Float64) -> Float64:
    return np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _categorical_rows(logits: Float64, targets: Float64) -> Float64:
    rows: Float64 = -log_softmax(logits, axis=1)[np.arange(len(logits)), targets[:, 0].astype(int)]
    return rows


def _binary_rows(logits: Float64, targets: Float64) -> Float64:
    rows: Float64 = (np.logaddexp(0.0, logits) - logits * targets).sum(axis=1)
    return rows


def _squared_rows(outputs: Float64, targets: Float64) -> Float64:
    rows: Float64 = ((outputs - targets) ** 2).mean(axis=1)
    return rows


def _poisson_rows(logits: Float64, targets: Float64) -> Float64:
    deviance = xlogy(targets, targets) - targets * logits - targets + np.exp(logits)
    rows: Float64 = deviance.sum(axis=1)
    return rows


def _categorical_baseline(targets: Floating, weights: Floating | None) -> float:
    shares = np.bincount(targets[:, 0].astype(int), weights)
    shares = shares[shares > 0] / shares.sum()
    return float(-(shares * np.log(shares)).sum())


def _binary_baseline(targets: Floating, weights: Floating | None) -> float:
    mean = np.average(targets.astype(np.float64), axis=0, weights=weights)
    p = np.clip(mean, 1e-300, 1 - 1e-16)
    return float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).sum())


def _squared_baseline(targets: Floating, weights: Floating | None) -> float:
    values = targets.astype(np.float64)
    mean = np.average(values, axis=0, weights=weights)
    return float(np.average((values - mean) ** 2, axis=0, weights=weights).mean())


def _poisson_baseline(targets: Floating, weights: Floating | None) -> float:
    values = targets.astype(np.float64)
    mean = np.average(values, axis=0, weights=weights)
    entropies = np.average(xlogy(values, values), axis=0, weights=weights)
    return float((entropies - xlogy(mean, mean)).sum())


_GELU_IN_ONNX = (  # z / 2 * (1 + erf(z / sqrt(2))): ONNX's own Gelu is newer than opset 17
    OnnxStep("Mul", ("z", math.sqrt(0.5)), "scaled"),
    OnnxStep("Erf", ("scaled",), "erf"),
    OnnxStep("Add", ("erf", 1.0), "gate"),
    OnnxStep("Mul", ("z", 0.5), "halved"),
    OnnxStep("Mul", ("halved", "gate")),
)
_SILU_IN_ONNX = (OnnxStep("Sigmoid", ("z",), "gate"), OnnxStep("Mul", ("z", "gate")))

ACTIVATIONS = Table("activation", [
    Activation(
        "relu", codes.RELU,
        lambda z: np.where(z < 0.0, 0.0, z), lambda z: np.where(z > 0.0, 1.0, 0.0),
        (OnnxStep("Relu"),), torch="ReLU()", keras="relu",
    ),
    Activation(
        "tanh", codes.TANH, np.tanh,
        lambda z: (1.0 - np.tanh(z)) * (1.0 + np.tanh(z)),
        (OnnxStep("Tanh"),), torch="Tanh()", keras="tanh",
    ),
    Activation(
        "logistic", codes.LOGISTIC, expit, lambda z: expit(z) * expit(-z),
        (OnnxStep("Sigmoid"),), torch="Sigmoid()", keras="sigmoid", glorot=2.0,
    ),
    Activation(
        "gelu", codes.GELU, lambda z: z * ndtr(z),
        lambda z: ndtr(z) + z * _normal_density(z),
        _GELU_IN_ONNX, torch="GELU()", keras="gelu",
    ),
    Activation(
        "silu", codes.SILU, lambda z: z * expit(z),
        lambda z: expit(z) * (1.0 + z * expit(-z)),
        _SILU_IN_ONNX, torch="SiLU()", keras="silu",
    ),
    Activation(
        "identity", codes.IDENTITY, lambda z: z, np.ones_like,
        (OnnxStep("Identity"),), torch="Identity()", keras="linear",
    ),
])  # fmt: skip

SOFTMAX = Output(
    "softmax", lambda z: softmax(z, axis=1), (OnnxStep("Softmax", axis=1),),
    "softmax over the outputs gives the probabilities",
)  # fmt: skip
LOGISTIC = Output(
    "logistic", expit, (OnnxStep("Sigmoid"),),
    "sigmoid of the output gives the probability of the second class",
)  # fmt: skip
IDENTITY = Output("identity", lambda z: z, (OnnxStep("Identity"),), "the outputs are values")
EXP = Output("exp", np.exp, (OnnxStep("Exp"),), "exp of the outputs gives the values")

LOSSES = Table("loss", [
    Loss(
        "categorical_cross_entropy", codes.CATEGORICAL_CROSS_ENTROPY, "log_loss", "classes",
        SOFTMAX, _categorical_rows, _categorical_baseline, "log loss", "nats",
    ),
    Loss(
        "binary_cross_entropy", codes.BINARY_CROSS_ENTROPY, "log_loss", "labels",
        LOGISTIC, _binary_rows, _binary_baseline, "log loss", "nats",
    ),
    Loss(
        "logistic_squared_error", codes.LOGISTIC_SQUARED_ERROR, "squared_error", "labels",
        LOGISTIC, lambda z, y: _squared_rows(expit(z), y), _squared_baseline,
        "mean squared error", "squared probabilities", sums_outputs=True,
    ),
    Loss(
        "half_squared_error", codes.HALF_SQUARED_ERROR, "squared_error", "values",
        IDENTITY, _squared_rows, _squared_baseline,
        "mean squared error", "squared target units", training_factor=0.5, sums_outputs=True,
    ),
    Loss(
        "half_poisson", codes.HALF_POISSON, "poisson", "values",
        EXP, _poisson_rows, _poisson_baseline, "half Poisson deviance", "nats", lowest_target=0.0,
    ),
])  # fmt: skip

OPTIMIZERS = Table("optimizer", [
    Optimizer(
        "adam", codes.ADAM, "adam", torch="Adam", keras="Adam", torch_decoupled="AdamW",
        is_adaptive=True,
    ),
    Optimizer("sgd", codes.SGD, "sgd", torch="SGD", keras="SGD", momentum="none"),
    Optimizer("momentum", codes.MOMENTUM, "sgd", torch="SGD", keras="SGD", momentum="plain"),
    Optimizer(
        "nesterov", codes.NESTEROV, "sgd", torch="SGD", keras="SGD", momentum="nesterov"
    ),
])  # fmt: skip

SOLVERS = tuple(dict.fromkeys(each.solver for each in OPTIMIZERS.values()))
CLASSIFIER_LOSSES = tuple(
    dict.fromkeys(each.parameter for each in LOSSES.values() if each.is_of_classes)
)
REGRESSOR_LOSSES = tuple(
    dict.fromkeys(each.parameter for each in LOSSES.values() if not each.is_of_classes)
)


def loss_for(parameter: str, targets: Targets) -> Loss | None:
    """Return the loss for an estimator's ``loss`` and its targets; None if there is none."""
    for loss in LOSSES.values():
        if (loss.parameter, loss.targets) == (parameter, targets):
            return loss
    return None


def optimizer_for(solver: str, momentum: float, *, nesterov: bool) -> Optimizer:
    """Return the optimizer that an estimator's ``solver`` and momentum parameters select."""
    wanted = "none" if momentum == 0 else "nesterov" if nesterov else "plain"
    for optimizer in OPTIMIZERS.values():
        if optimizer.solver == solver and optimizer.momentum in ("own", wanted):
            return optimizer
    raise unknown_choice("solver", solver, SOLVERS)
