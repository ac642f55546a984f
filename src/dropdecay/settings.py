"""Frozen values that say what is trained and how; they refuse bad input, in one wording.

Names of activations, losses and optimizers come from the tables in ``parts``.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from dropdecay.errors import BadSetting, unknown_choice
from dropdecay.parts import ACTIVATIONS, LOSSES, OPTIMIZERS

DECAYS = ("decoupled", "l2")

LEARNING_RATE_SCHEDULES = ("constant", "invscaling", "adaptive", "cosine", "one_cycle")
HORIZON_SCHEDULES = ("cosine", "one_cycle")
"""Those that must know how many epochs there will be."""


def check_rate(name: str, value: object) -> float:
    """Return ``value`` as a float in [0, 1), or say why not."""
    number = _number(name, value)
    if not 0.0 <= number < 1.0:
        raise BadSetting(f"{name} must lie in [0, 1). Got {value!r}.")
    return number


def check_nonnegative(name: str, value: object) -> float:
    """Return ``value`` as a finite float >= 0, or say why not."""
    number = _number(name, value)
    if not (math.isfinite(number) and number >= 0.0):
        raise BadSetting(f"{name} must be a finite number, 0 or larger. Got {value!r}.")
    return number


def check_positive(name: str, value: object) -> float:
    """Return ``value`` as a finite float > 0, or say why not."""
    number = _number(name, value)
    if not (math.isfinite(number) and number > 0.0):
        raise BadSetting(f"{name} must be a finite number larger than 0. Got {value!r}.")
    return number


def check_count(name: str, value: int, least: int = 1) -> int:
    """Return ``value`` as an int of at least ``least``, or say why not."""
    number = _number(name, value)
    if not (math.isfinite(number) and number == int(number) and number >= least):
        raise BadSetting(f"{name} must be a whole number, {least} or larger. Got {value!r}.")
    return int(number)


def check_choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is among ``allowed``, or say what is."""
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise unknown_choice(name, value, names)
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, (bool, str, bytes)) or value is None:
        raise BadSetting(f"{name} must be a number. Got {value!r}.")
    try:
        return float(value)  # type: ignore[arg-type]  # whatever converts; the rest is refused
    except (TypeError, ValueError):
        raise BadSetting(f"{name} must be a number. Got {value!r}.") from None


@dataclass(frozen=True)
class Network:
    """Layer sizes, activation and loss of a network.

    Parameters
    ----------
    n_inputs : int or None
        Columns that go in; None: as many as the data of a run have, known once they are encoded.
    n_outputs : int
        Logits that come out.
    hidden_layer_sizes : tuple of int
        Units of each hidden layer; may be empty (a linear model).
    activation : str
        Activation of every hidden layer: a name of ``parts.ACTIVATIONS``.
    loss : str
        Loss with its output function: a name of ``parts.LOSSES``.
    label_smoothing : float
        Share, [0, 1), of a row's label that is spread evenly over the classes in the training loss
        (Szegedy et al. 2016); evaluation losses ignore it.
    """

    n_inputs: int | None
    hidden_layer_sizes: tuple[int, ...]
    n_outputs: int
    activation: str = "relu"
    loss: str = "categorical_cross_entropy"
    label_smoothing: float = 0.0

    def __post_init__(self) -> None:
        if self.n_inputs is not None:
            check_count("n_inputs", self.n_inputs)
        check_count("n_outputs", self.n_outputs)
        for size in self.hidden_layer_sizes:
            check_count("hidden_layer_sizes", size)
        check_choice("activation", self.activation, ACTIVATIONS)
        check_choice("loss", self.loss, LOSSES)
        if check_rate("label_smoothing", self.label_smoothing) > 0.0:
            smoothable = [loss.name for loss in LOSSES.values() if loss.is_of_classes]
            check_choice("loss under label_smoothing", self.loss, smoothable)

    @property
    def n_hidden(self) -> int:
        """Hidden layers."""
        return len(self.hidden_layer_sizes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, from the input to the output."""
        assert self.n_inputs is not None  # a network that trains or predicts has met its data
        return (self.n_inputs, *self.hidden_layer_sizes, self.n_outputs)


@dataclass(frozen=True)
class Regularization:
    """One setting of all the knobs that regularize a network.

    Parameters
    ----------
    dropout : float or tuple of float
        Rate on hidden activations, [0, 1): one for all layers or one a layer.
    input_dropout : float
        Rate on the input, [0, 1).
    weight_decay : float
        Strength, >= 0. Decoupled: the share of a weight removed each step, divided by the learning
        rate, as in ``torch.optim.AdamW``. l2: the lambda of L + lambda * sum(W ** 2).
    decay : {"decoupled", "l2"}
        Which of the two rules (Loshchilov & Hutter 2019).
    alpha : float
        scikit-learn's penalty, exactly theirs: 0.5 * alpha / n_batch * sum(W ** 2).
    max_norm : float or None
        Longest vector of weights into a hidden unit (Srivastava et al. 2014); None: any.
    """

    dropout: float | tuple[float, ...] = 0.0
    input_dropout: float = 0.0
    weight_decay: float = 0.0
    decay: str = "decoupled"
    alpha: float = 0.0
    max_norm: float | None = None

    def __post_init__(self) -> None:
        for rate in self.dropout if isinstance(self.dropout, tuple) else (self.dropout,):
            check_rate("dropout", rate)
        check_rate("input_dropout", self.input_dropout)
        check_nonnegative("weight_decay", self.weight_decay)
        check_nonnegative("alpha", self.alpha)
        check_choice("decay", self.decay, DECAYS)
        if self.max_norm is not None:
            check_positive("max_norm", self.max_norm)

    def hidden_rates(self, n_hidden: int) -> tuple[float, ...]:
        """Return one rate a hidden layer."""
        if not isinstance(self.dropout, tuple):
            return (self.dropout,) * n_hidden
        if len(self.dropout) != n_hidden:
            raise BadSetting(
                f"dropout names {len(self.dropout)} rates, the network has {n_hidden} hidden "
                "layers. Give one rate for all of them, or one for each."
            )
        return self.dropout


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network is trained.

    Parameters
    ----------
    epochs : int
        Passes over the training rows; what ``cosine`` and ``one_cycle`` are laid out for, however
        early training ends.
    batch_size : int
        Rows a step; the last batch of an epoch may be smaller.
    optimizer : str
        A name of ``parts.OPTIMIZERS``; ``"sgd"`` has no momentum.
    learning_rate : float
        Step size, > 0: that of the first step, or the largest, where it changes.
    shuffle : bool
        Whether every epoch sees the rows in a new order.
    momentum, beta_1, beta_2, epsilon : float
        Constants of the optimizers.
    max_grad_norm : float or None
        Gradients longer than this, over all parameters, are shortened to it; None: none is.
    learning_rate_schedule : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"}
        How the learning rate changes: see ``schedules.rates_of_epoch``. An adaptive one is lowered
        by whoever decides when to stop.
    power_t : float
        Exponent of ``invscaling``, >= 0, as scikit-learn's.
    """

    epochs: int
    batch_size: int
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    shuffle: bool = True
    momentum: float = 0.9
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    max_grad_norm: float | None = None
    learning_rate_schedule: str = "constant"
    power_t: float = 0.5

    def __post_init__(self) -> None:
        check_count("epochs", self.epochs)
        check_count("batch_size", self.batch_size)
        check_choice("optimizer", self.optimizer, OPTIMIZERS)
        check_positive("learning_rate", self.learning_rate)
        for name in ("momentum", "beta_1", "beta_2"):
            check_rate(name, getattr(self, name))
        check_positive("epsilon", self.epsilon)
        check_choice("learning_rate", self.learning_rate_schedule, LEARNING_RATE_SCHEDULES)
        check_nonnegative("power_t", self.power_t)
        if self.max_grad_norm is not None:
            check_positive("max_grad_norm", self.max_grad_norm)

    def check_against(self, regularization: Regularization) -> None:
        """Refuse a decoupled decay that would turn a weight's sign in one step."""
        if regularization.decay == "decoupled":
            removed = self.learning_rate * regularization.weight_decay
            if removed >= 1.0:
                raise BadSetting(
                    f"weight_decay {regularization.weight_decay:g} times the learning rate "
                    f"{self.learning_rate:g} would remove all of a weight in one step. Use a "
                    f"weight_decay below {1.0 / self.learning_rate:g} or a smaller learning rate."
                )


@dataclass(frozen=True)
class Setting:
    """All that decides what one network becomes, besides its rows and its random numbers.

    Raises
    ------
    BadSetting
        If the parts do not go together.
    """

    network: Network
    regularization: Regularization
    schedule: Schedule

    def __post_init__(self) -> None:
        self.regularization.hidden_rates(self.network.n_hidden)
        self.schedule.check_against(self.regularization)
