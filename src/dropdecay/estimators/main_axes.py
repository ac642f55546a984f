"""The two axes that every surface has: dropout and weight decay, however they are asked for."""

from collections.abc import Sequence

from dropdecay.axes import Axis
from dropdecay.decay_memory import HOW_TO_ASK, PREFIX, Pace, decays_of, parse_memories
from dropdecay.errors import BadSetting
from dropdecay.estimators.base import dropout_rates
from dropdecay.estimators.defaults import AUTO, auto_decays, auto_dropouts
from dropdecay.knobs import knob_of


def dropout_axis(
    rates: object, rate: float | Sequence[float] | None, hidden_layer_sizes: Sequence[int]
) -> Axis:
    """Return the axis of dropout.

    Parameters
    ----------
    rates : sequence of rates, or "auto"
        The parameter ``dropouts``.
    rate : float, sequence of float or None
        A single one in its place.
    hidden_layer_sizes : sequence of int

    Raises
    ------
    BadSetting
        If a rate is not allowed, or both are given.
    """
    if rate is not None:
        _check_only_one("dropout", rates)
        return Axis.of("dropout", [dropout_rates(rate)])
    return Axis.of("dropout", auto_dropouts(hidden_layer_sizes) if _is_auto(rates) else rates)


def decay_axis(
    decays: object, decay: object, pace: Pace | None, learning_rates: Sequence[float]
) -> Axis:
    """Return the axis of weight decay, in raw numbers.

    Parameters
    ----------
    decays : sequence of float, "auto", or epochs of memory such as "tau:none,400,130"
        The parameter ``weight_decays``.
    decay : float or None
        A single one in its place.
    pace : Pace or None
        With which memories become numbers; None: decays have no memory here.
    learning_rates : sequence of float
        Those that the decays are trained with.

    Raises
    ------
    BadSetting
        If a decay is not allowed, or both are given.
    """
    if decay is not None:
        _check_only_one("weight_decay", decays)
        return Axis.of("weight_decay", [decay])
    if _is_auto(decays):
        return Axis.of("weight_decay", auto_decays(pace, learning_rates))
    if not isinstance(decays, str):
        return Axis.of("weight_decay", decays)
    if not decays.startswith(PREFIX):
        raise BadSetting(
            f"weight_decays must be numbers, {AUTO!r}, or epochs of memory {HOW_TO_ASK}. "
            f"Got {decays!r}."
        )
    memories = parse_memories(decays, "weight_decays")
    return Axis.of("weight_decay", decays_of(memories, pace, learning_rates))


def _is_auto(values: object) -> bool:
    return isinstance(values, str) and values == AUTO


def _check_only_one(name: str, values: object) -> None:
    if not _is_auto(values):
        raise BadSetting(f"Use either {name} or {knob_of(name).parameter}, not both.")
