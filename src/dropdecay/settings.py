"""Settings of a network and its training: frozen values that validate themselves.

Names of activations, losses and optimizers come from the tables in ``parts``.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dropdecay.errors import BadSetting, Parameter, unknown_choice
from dropdecay.parts import ACTIVATIONS, LOSSES, OPTIMIZERS

DECAYS = ("decoupled", "l2", "cautious")

LEARNING_RATE_SCHEDULES = ("constant", "invscaling", "adaptive", "cosine", "one_cycle")
HORIZON_SCHEDULES = ("cosine", "one_cycle")
"""Schedules that need to know the number of epochs in advance."""


BLOCKS = "blocks"
"""In place of a shuffle of all rows: one of blocks of rows; see ``engine.mixed_blocks``."""


def check_rate(name: str, value: object) -> float:
    """Return ``value`` as a float in [0, 1), or raise."""
    number = _number(name, value)
    if not 0.0 <= number < 1.0:
        raise BadSetting(Parameter(name), f" must lie in [0, 1). Got {value!r}.")
    return number


def check_nonnegative(name: str, value: object) -> float:
    """Return ``value`` as a finite float >= 0, or raise."""
    number = _number(name, value)
    if not (math.isfinite(number) and number >= 0.0):
        raise BadSetting(Parameter(name), f" must be a finite number, 0 or larger. Got {value!r}.")
    return number


def check_positive(name: str, value: object) -> float:
    """Return ``value`` as a finite float > 0, or raise."""
    number = _number(name, value)
    if not (math.isfinite(number) and number > 0.0):
        raise BadSetting(Parameter(name), f" must be a finite number larger than 0. Got {value!r}.")
    return number


MOST = 2**31 - 1
"""The largest number of anything that is counted: kernels and memory could not hold more."""


def check_count(name: str, value: object, minimum: int = 1) -> int:
    """Return ``value`` as an int from ``minimum`` to ``MOST``, or raise."""
    number = _number(name, value)
    if not (math.isfinite(number) and number == int(number) and number >= minimum):
        raise BadSetting(
            Parameter(name), f" must be a whole number, {minimum} or larger. Got {value!r}."
        )
    if number > MOST:
        raise BadSetting(Parameter(name), f" must be at most {MOST:,}. Got {value!r}.")
    return int(number)


def check_choice(name: str, value: object, allowed: Iterable[str]) -> str:
    """Return ``value`` if it is one of ``allowed``, or raise and list them."""
    names = list(allowed)
    if not isinstance(value, str) or value not in names:
        raise unknown_choice(name, value, names)
    return value


def _number(name: str, value: object) -> float:
    if isinstance(value, (bool, str, bytes)) or value is None:
        raise BadSetting(Parameter(name), f" must be a number. Got {value!r}.")
    try:
        return float(value)  # type: ignore[arg-type]  # whatever float accepts
    except (TypeError, ValueError, OverflowError):
        raise BadSetting(Parameter(name), f" must be a number. Got {value!r}.") from None


@dataclass(frozen=True)
class Network:
    """Layer sizes, activation and loss of a network.

    Parameters
    ----------
    n_inputs : int or None
        Number of input columns; None: that of the data, known once they are encoded.
    n_outputs : int
        Number of logits.
    hidden_layer_sizes : tuple of int
        Units of each hidden layer; empty for a linear model.
    activation : str
        Activation of all hidden layers: a name in ``parts.ACTIVATIONS``.
    loss : str
        Loss with its output function: a name in ``parts.LOSSES``.
    label_smoothing : float
        Share, [0, 1), of each label that is spread evenly over the classes in the training loss
        (Szegedy et al. 2016); evaluation losses ignore smoothing.
    category_embeddings : bool
        Whether the one-hot columns of categories are embedded while it is trained; see
        ``engine.embeddings``. The network that is kept has none.
    """

    n_inputs: int | None
    hidden_layer_sizes: tuple[int, ...]
    n_outputs: int
    activation: str = "relu"
    loss: str = "categorical_cross_entropy"
    label_smoothing: float = 0.0
    category_embeddings: bool = False

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

    def of_inputs(self, n_inputs: int) -> "Network":
        """Return the network for encoded rows with so many columns, as it is evaluated."""
        return replace(self, n_inputs=n_inputs, category_embeddings=False)

    @property
    def n_hidden(self) -> int:
        """Number of hidden layers."""
        return len(self.hidden_layer_sizes)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of every layer, from the input to the output."""
        assert self.n_inputs is not None  # set before training and prediction
        return (self.n_inputs, *self.hidden_layer_sizes, self.n_outputs)


@dataclass(frozen=True)
class Module:
    """A network of the user's own, in place of a ``Network``.

    Parameters
    ----------
    name : str
        For messages.
    identity : str
        A hash of all that makes the network: its code, arguments, weights, loss and optimizer.
    n_sites : int
        Dropout sites that the rates of a point apply to.
    has_horizon : bool
        Whether its learning rate falls along a known number of epochs.
    n_params : int
        Of the network, from which the time of a surface is reckoned.
    recipe : object
        What the engine makes it from; ``identity`` stands for it wherever settings are compared.
    variants : mapping
        Where arguments of the module are axes: the module for every combination of their values,
        by the items of arguments and values.
    """

    name: str
    identity: str
    n_sites: int
    has_horizon: bool
    n_params: int = field(compare=False)
    recipe: object = field(compare=False, repr=False)
    variants: Mapping[frozenset[tuple[str, object]], "Module"] = field(
        default_factory=dict, compare=False, repr=False
    )

    def made_with(self, arguments: Mapping[str, object]) -> "Module":
        """Return the module that is made with these values of the axes over its arguments."""
        return self.variants[frozenset(arguments.items())]

    @property
    def n_hidden(self) -> int:
        """Number of rates that a point may have."""
        return self.n_sites


@dataclass(frozen=True)
class Regularization:
    """Everything that regularizes a network, apart from label smoothing.

    Parameters
    ----------
    dropout : float or tuple of float
        Rate for hidden units, [0, 1): one for all layers or one per layer.
    input_dropout : float
        Rate for the inputs, [0, 1).
    weight_decay : float
        Strength, >= 0. ``"decoupled"``: each step removes learning rate * weight_decay of every
        weight, as in ``torch.optim.AdamW``. ``"l2"``: the lambda in L + lambda * sum(W ** 2).
        ``"cautious"``: as ``"decoupled"``, but only of weights that have the sign of what the
        optimizer subtracts from them, or where that is zero.
    decay : {"decoupled", "l2", "cautious"}
        Which of these (Loshchilov & Hutter 2019; Chen et al. 2025, "Cautious weight decay").
    alpha : float
        scikit-learn's penalty, as defined there: 0.5 * alpha / n_batch * sum(W ** 2).
    max_norm : float or None
        Limit on the norm of weights into a hidden unit (Srivastava et al. 2014); None: no limit.
    dropout_factor : float
        By which the rates that a module of the user's own has are multiplied.
    l1 : float
        Strength, >= 0, of an L1 penalty on weights: after every step, each of them moves towards
        zero by learning rate * l1, and no further (Duchi & Singer 2009). For plain gradient descent
        that is the proximal step of L + l1 * sum(abs(W)). Like decoupled decay it does not enter
        the optimizer: under Adam, too, it is times the learning rate and not rescaled.
    input_noise : float
        Standard deviation, >= 0, of the Gaussian noise that every step adds to the encoded inputs,
        before it drops any (Bishop 1995).
    weight_average : float
        Memory, [0, 1), of an exponential moving average of all parameters over steps; 0: none. The
        network that is evaluated and kept is the average; see ``kernels.weight_average``.
    mixup, cutmix : float
        Parameters, >= 0, of the symmetric Beta distributions of a row's own share where rows are
        mixed in pairs, number by number or column by column; 0: they are not. See
        ``engine.mixing``.
    dropconnect : float
        Rate, [0, 1), for weights into hidden units; see ``kernels.connections``.
    """

    dropout: float | tuple[float, ...] = 0.0
    input_dropout: float = 0.0
    weight_decay: float = 0.0
    decay: str = "decoupled"
    alpha: float = 0.0
    max_norm: float | None = None
    dropout_factor: float = 0.0
    l1: float = 0.0
    input_noise: float = 0.0
    weight_average: float = 0.0
    mixup: float = 0.0
    cutmix: float = 0.0
    dropconnect: float = 0.0

    def __post_init__(self) -> None:
        check_nonnegative("dropout_factor", self.dropout_factor)
        for rate in self.dropout if isinstance(self.dropout, tuple) else (self.dropout,):
            check_rate("dropout", rate)
        check_rate("input_dropout", self.input_dropout)
        check_nonnegative("weight_decay", self.weight_decay)
        check_nonnegative("alpha", self.alpha)
        check_nonnegative("l1", self.l1)
        check_nonnegative("input_noise", self.input_noise)
        check_rate("weight_average", self.weight_average)
        check_nonnegative("mixup", self.mixup)
        check_nonnegative("cutmix", self.cutmix)
        check_rate("dropconnect", self.dropconnect)
        check_choice("decay", self.decay, DECAYS)
        if self.max_norm is not None:
            check_positive("max_norm", self.max_norm)

    @property
    def mixes(self) -> bool:
        """Whether rows are mixed in pairs."""
        return self.mixup > 0.0 or self.cutmix > 0.0

    @property
    def is_penalty(self) -> bool:
        """Whether it is part of the loss alone, and nothing acts on individual steps."""
        is_decoupled = self.weight_decay > 0.0 and self.decay != "l2"
        rates = self.dropout if isinstance(self.dropout, tuple) else (self.dropout,)
        drops = {"dropout": 0.0} if not any(rates) else {}
        others = replace(self, weight_decay=0.0, decay="decoupled", alpha=0.0, **drops)
        return not is_decoupled and others == Regularization()

    def hidden_rates(self, n_hidden: int) -> tuple[float, ...]:
        """Return one rate per hidden layer."""
        if not isinstance(self.dropout, tuple):
            return (self.dropout,) * n_hidden
        if len(self.dropout) != n_hidden:
            rates = "1 rate" if len(self.dropout) == 1 else f"{len(self.dropout)} rates"
            layers = "1 hidden layer" if n_hidden == 1 else f"{n_hidden} hidden layers"
            raise BadSetting(
                Parameter("dropout"),
                f" has {rates}, but the network has {layers}. Give one rate for all layers, or one "
                "per layer.",
            )
        return self.dropout


@dataclass(frozen=True)
class Schedule:
    """How long and how fast a network is trained.

    Parameters
    ----------
    epochs : int
        Passes over the training rows; the horizon of ``cosine`` and ``one_cycle``, even if training
        stops earlier.
    batch_size : int
        Rows per step; the last batch of an epoch may be smaller.
    optimizer : str
        A name in ``parts.OPTIMIZERS``; ``"sgd"`` has no momentum.
    learning_rate : float
        Step size, > 0; for schedules that change it, the initial or the largest one.
    shuffle : bool or "blocks"
        Whether to shuffle the rows in every epoch; "blocks": for tables on disk.
    momentum, beta_1, beta_2, epsilon : float
        Hyperparameters of the optimizers.
    max_grad_norm : float or None
        Gradients with a larger norm, over all parameters, are scaled down to it; None: no limit.
    learning_rate_schedule : {"constant", "invscaling", "adaptive", "cosine", "one_cycle"}
        How the learning rate changes: see ``schedules.rates_of_epoch``. ``"adaptive"`` is lowered
        by early stopping.
    power_t : float
        Exponent of ``invscaling``, >= 0, as scikit-learn's.
    """

    epochs: int
    batch_size: int
    optimizer: str = "adam"
    learning_rate: float = 1e-3
    shuffle: bool | str = True
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
        check_positive("learning_rate_init", self.learning_rate)
        for name in ("momentum", "beta_1", "beta_2"):
            check_rate(name, getattr(self, name))
        check_positive("epsilon", self.epsilon)
        check_choice("learning_rate", self.learning_rate_schedule, LEARNING_RATE_SCHEDULES)
        check_nonnegative("power_t", self.power_t)
        if self.max_grad_norm is not None:
            check_positive("max_grad_norm", self.max_grad_norm)

    def check_against(self, regularization: Regularization) -> None:
        """Refuse a decoupled decay that would flip the sign of weights in one step."""
        if regularization.decay != "l2":
            removed = self.learning_rate * regularization.weight_decay
            if removed >= 1.0:
                raise BadSetting(
                    Parameter("weight_decay"),
                    f" {regularization.weight_decay:g} times the learning rate "
                    f"{self.learning_rate:g} would remove a whole weight in one step. Use a "
                    f"weight decay below {1.0 / self.learning_rate:g} or a smaller ",
                    Parameter("learning_rate_init"),
                    ".",
                )


@dataclass(frozen=True)
class Setting:
    """Everything that determines a trained network, apart from data and random numbers.

    Raises
    ------
    BadSetting
        If the parts do not fit together.
    """

    network: Network | Module
    regularization: Regularization
    schedule: Schedule

    def __post_init__(self) -> None:
        self.regularization.hidden_rates(self.network.n_hidden)
        self.schedule.check_against(self.regularization)

    @property
    def layers(self) -> Network:
        """The network, where it is a multilayer perceptron, as most callers know."""
        assert isinstance(self.network, Network)
        return self.network

    @property
    def has_horizon(self) -> bool:
        """Whether the learning rate falls along a known number of epochs."""
        named = self.schedule.learning_rate_schedule in HORIZON_SCHEDULES
        return named or (isinstance(self.network, Module) and self.network.has_horizon)
