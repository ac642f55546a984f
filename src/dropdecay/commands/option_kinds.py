"""The kinds of option values: how each is parsed, and written so that it parses to the same value.

Nothing heavy is imported at the top, so that ``--help`` answers at once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dropdecay.errors import BadSetting, unknown_choice
from dropdecay.estimators.defaults import AUTO
from dropdecay.near_names import near_matches
from dropdecay.safe_text import quoted, visible

if TYPE_CHECKING:
    from dropdecay.knobs import Value as AxisValue

Typed = str | bool | Sequence[str] | None
"""What the user types: a string, a flag, a string per occurrence of the option, or nothing."""

Value = (
    bool | int | float | str | Path | tuple[float, ...] | tuple[float | tuple[float, ...], ...]
    | tuple[str, ...] | Mapping[str, tuple["AxisValue", ...]] | None
)  # fmt: skip
"""The parsed value."""

Reader = Callable[[str, Typed], Value]
"""(option, typed) -> value; raises ``BadSetting``, which names the option."""


@dataclass(frozen=True)
class Kind:
    """One kind of value.

    Parameters
    ----------
    metavar : str
        Placeholder of the value in ``--help``.
    read : callable
        Parses what the user typed.
    form : {"text", "repeated", "flag", "switch"}
        Whether the option takes one value, may be given several times, takes no value
        (``--nested``), or takes none and has an opposite (``--extend``, ``--no-extend``).
    choices : tuple of str
        All that may be typed; empty: not only some words may.
    words : tuple of str
        Some of what may be typed, for a shell to complete.
    """

    metavar: str
    read: Reader
    form: Literal["text", "repeated", "flag", "switch"] = "text"
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def is_flag(self) -> bool:
        """Whether the option takes no value."""
        return self.form in ("flag", "switch")


def written(kind: Kind, value: Value) -> Typed:
    """Return what a user would type to give this value."""
    if value is None or kind.is_flag:
        return value if isinstance(value, bool) else None
    if isinstance(value, Mapping):
        return [f"{name}={_listed(values)}" for name, values in value.items()]
    if isinstance(value, bool):
        return "on" if value else "off"
    if kind.form == "repeated" and isinstance(value, tuple):
        return [str(each) for each in value]
    return _listed(value) if isinstance(value, tuple) else _written(value)


def _listed(values: Iterable[object]) -> str:
    return ",".join(map(_written, values))


def _written(value: object) -> str:
    """Write a number so that it parses to the same value: 1.0 as 1, others in full."""
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return "/".join(map(_written, value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _of_text(read: Callable[[str, str], Value]) -> Reader:
    """Extend a parser of strings to one that rejects everything else."""

    def checked(option: str, typed: Typed) -> Value:
        if not isinstance(typed, str):
            raise BadSetting(f"{option} must be a string. Got {typed!r}.")
        return read(option, typed)

    return checked


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadSetting(f"{option} must be a number. Got {text!r}.") from None


def _whole(option: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise BadSetting(f"{option} must be a whole number. Got {text!r}.") from None


def _auto_or_whole(option: str, text: str) -> Value:
    if text == AUTO:
        return text
    try:
        return int(text)
    except ValueError:
        raise BadSetting(
            f"{option} must be auto or a whole number. Got {text!r}.{_or_auto(text)}"
        ) from None


def _or_none(axis: str) -> str:
    """Return a hint where none was meant as a value of an axis."""
    values = axis.partition("=")[2].split(",")
    meant = any(each != "none" and near_matches(each, ["none"]) for each in values)
    return " Did you mean 'none'?" if meant else ""


def _or_auto(text: str) -> str:
    """Return a hint where auto was meant."""
    return f" Did you mean {AUTO!r}?" if near_matches(text, [AUTO]) else ""


UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
"""Units of time, in seconds."""


def _duration(option: str, text: str) -> float:
    """Read a time such as 90s, 10m, 1.5h, or seconds without a unit."""
    unit = UNITS.get(text[-1:], 1.0)
    try:
        seconds = float(text[:-1] if text[-1:] in UNITS else text) * unit
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds < float("inf"):
        raise BadSetting(f"{option} must be a time such as 90s, 10m or 2h. Got {text!r}.")
    return seconds


def _auto_or_rates(option: str, text: str) -> Value:
    """Read auto, or dropout rates such as 0,0.2,0.4/0.2: one for all layers, or one per layer."""
    if text == AUTO:
        return text
    rates = []
    for part in _listed_parts(option, text):
        by_layer = _floats(option, part.split("/"), text, "0,0.2,0.4/0.2 (one rate per layer)")
        rates.append(by_layer if len(by_layer) > 1 else by_layer[0])
    return tuple(rates)


def _auto_or_decays(option: str, text: str) -> Value:
    """Read auto, weight decays, or the epochs of memory that decays are to have, kept as text."""
    from dropdecay.decay_memory import HOW_TO_ASK, PREFIX, parse_memories

    if text == AUTO:
        return text
    if text.startswith(PREFIX):
        parse_memories(text, option)
        return text
    return _floats(
        option, _listed_parts(option, text), text, f"0,0.1,1e-3, or epochs of memory, {HOW_TO_ASK}"
    )


def _threshold(option: str, text: str) -> str:
    """Check a measure, a probability, or two costs such as 1:5, kept as text."""
    from dropdecay.trust.threshold import parse_threshold

    parse_threshold(text, option)
    return text


def _listed_parts(option: str, text: str) -> list[str]:
    parts = _parts(text)
    if not parts:
        raise BadSetting(f"{option} needs at least one number, such as 0,0.1.")
    return parts


def _floats(option: str, parts: list[str], text: str, example: str) -> tuple[float, ...]:
    try:
        return tuple(map(float, parts))
    except ValueError:
        raise BadSetting(
            f"{option} must be auto or numbers separated by commas, such as {example}. Got "
            f"{text!r}.{_or_auto(text)}"
        ) from None


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _flag(option: str, typed: Typed) -> bool:
    if not isinstance(typed, bool):
        raise BadSetting(f"{option} must be true or false. Got {typed!r}.")
    return typed


def _axes(option: str, typed: Typed) -> Value:
    """Parse axes such as max_norm=none,2,4; reject those that have an option of their own."""
    from dropdecay.axes import parse_axis

    if not isinstance(typed, (list, tuple)) or not all(isinstance(each, str) for each in typed):
        raise BadSetting(f"{option} must be a list of strings. Got {typed!r}.")
    axes: dict[str, tuple[AxisValue, ...]] = {}
    for text in typed:
        try:
            axis = parse_axis(text)
        except BadSetting as error:
            raise BadSetting(f"{option}: {error}{_or_none(text)}") from None
        if own := axis.knob.option:
            raise BadSetting(f"{option} {text}: give the values of {axis.name} with {own}.")
        if axis.name in axes:
            raise BadSetting(f"{option} {axis.name} is given twice. List all its values at once.")
        axes[axis.name] = axis.values
    return axes or None


def _texts(option: str, typed: Typed) -> tuple[str, ...] | None:
    """Take what was typed at each occurrence of an option."""
    if not isinstance(typed, (list, tuple)) or not all(isinstance(each, str) for each in typed):
        raise BadSetting(f"{option} must be a list of strings. Got {typed!r}.")
    return tuple(typed) or None


def _class_weights(option: str, typed: Typed) -> tuple[str, ...] | None:
    """Check balanced, or weights such as yes=5, kept as text: which classes there are is open."""
    from dropdecay.data.class_weights import BALANCED

    texts = _texts(option, typed)
    if texts is None or texts == (BALANCED,):
        return texts
    weights: dict[str, str] = {}
    for text in texts:
        name, equals, weight = text.rpartition("=")
        if not equals or not name:
            near = near_matches(text, [BALANCED])
            hint = f" Did you mean {BALANCED!r}?" if near and text != BALANCED else ""
            raise BadSetting(
                f"{option} must be {BALANCED}, alone, or CLASS=WEIGHT such as yes=5. Got "
                f"{quoted(text)}.{hint}"
            )
        if not 0.0 <= _number_or_nan(weight) < float("inf"):
            raise BadSetting(
                f"{option} {visible(text)}: a weight is a finite number, 0 or larger. Got "
                f"{quoted(weight)}."
            )
        if name in weights:
            raise BadSetting(f"{option} gives class {quoted(name)} two weights. Give it one.")
        weights[name] = weight
    return texts


def _number_or_nan(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def choice(*choices: str) -> Kind:
    """Return the kind of a value that is one of some words."""

    def read(option: str, text: str) -> Value:
        if text not in choices:
            raise unknown_choice(option, text, choices)
        return text

    return Kind("|".join(choices), _of_text(read), choices=choices)


TEXT = Kind("NAME", _of_text(lambda _, text: text))
ADDRESS = Kind("ADDRESS", _of_text(lambda _, text: None if text == "none" else text))
PATH = Kind("PATH", _of_text(lambda _, text: Path(text)))
NUMBER = Kind("NUMBER", _of_text(_number))
AUTO_OR_RATES = Kind("LIST", _of_text(_auto_or_rates), words=(AUTO,))
AUTO_OR_DECAYS = Kind("LIST", _of_text(_auto_or_decays), words=(AUTO,))
THRESHOLD = Kind("HOW", _of_text(_threshold))
WHOLE = Kind("N", _of_text(_whole))
WHOLES = Kind("LIST", _of_text(lambda option, text: tuple(
    _whole(option, part) for part in _parts(text)
)))  # fmt: skip
AUTO_OR_WHOLE = Kind("N", _of_text(_auto_or_whole), words=(AUTO,))
WHOLE_OR_FOLDS = Kind("N", _of_text(lambda option, text: text if text == "folds"
                                    else _whole(option, text)), words=("folds",))  # fmt: skip
DURATION = Kind("TIME", _of_text(_duration))
_WHEN = choice("auto", "on", "off")
AUTO_ON_OFF = replace(_WHEN, read=lambda option, typed: {"on": True, "off": False}.get(
    str(text := _WHEN.read(option, typed)), text
))  # fmt: skip
TEXTS = Kind("COLUMN", _texts, "repeated")
CLASS_WEIGHTS = Kind("CLASS=WEIGHT", _class_weights, "repeated", words=("balanced",))
AXES = Kind("NAME=VALUES", _axes, "repeated")
FLAG = Kind("", _flag, "flag")
SWITCH = Kind("", _flag, "switch")
