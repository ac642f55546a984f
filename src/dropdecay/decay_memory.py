"""Weight decay in epochs of memory: over how many epochs decoupled decay forgets an update.

Every step keeps 1 - learning rate * decay of a weight, so that a trained network is a moving
average of its updates over tau = 1 / (learning rate * decay * steps an epoch) epochs (Wang &
Aitchison 2025, arXiv 2405.13698). With more rows the best decay falls; the best memory moves less.

Results keep what it takes to say the memory of a decay again: see :meth:`Pace.attributes`.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from dropdecay.axes import Axes, Axis, Point, printed_value
from dropdecay.errors import BadSetting, Parameter
from dropdecay.knob_steps import half_decades_above, half_decades_below
from dropdecay.knobs import Value, knob_of
from dropdecay.settings import Setting

LONGEST, SHORTEST = 1300.0, 1.0
"""Epochs of memory beyond which axes are not made longer. A decay that forgets more slowly acts
like none within the epochs trained; one epoch is the lower guideline of Wang & Aitchison."""

SLACK = 1.1
"""Decays have few digits, so that their memories miss by up to a tenth."""

NO_DECAY = "none"

PREFIX = "tau:"

HOW_TO_ASK = f"such as {PREFIX}none,400,130,40"

RATE_ATTRIBUTE, STEPS_ATTRIBUTE = "memory_learning_rate", "memory_steps_per_epoch"


@dataclass(frozen=True)
class Pace:
    """What turns a decoupled decay into a memory.

    Parameters
    ----------
    learning_rate : float
        With a learning-rate schedule the highest one.
    steps : int
        Steps an epoch.
    """

    learning_rate: float
    steps: int

    def memory_of(self, decay: float) -> float:
        """Return the memory of a decay, in epochs; infinite for none."""
        return math.inf if decay == 0.0 else 1.0 / (self.learning_rate * decay * self.steps)

    def decay_of(self, memory: float) -> float:
        """Return the decay that remembers so many epochs, in two digits; 0 for infinitely many."""
        return _two_digits(1.0 / (self.learning_rate * memory * self.steps))

    def stronger(self, decay: float) -> tuple[float, ...]:
        """Return up to two decays beyond one, the nearest first, that remember an epoch or more."""
        above = () if decay <= 0.0 else _beyond(decay, 1)
        return tuple(
            each for each in above
            if self.memory_of(each) >= SHORTEST and self.learning_rate * each < 1.0
        )  # fmt: skip

    def weaker(self, decay: float) -> tuple[float, ...]:
        """Return up to two decays below one, the nearest first, or none after 1,300 epochs."""
        if decay <= 0.0:
            return ()
        below = tuple(
            each for each in _beyond(decay, -1) if self.memory_of(each) <= SLACK * LONGEST
        )
        return below or (0.0,)

    def attributes(self) -> dict[str, float | int]:
        """Return what the attributes of results keep of it."""
        return {RATE_ATTRIBUTE: self.learning_rate, STEPS_ATTRIBUTE: self.steps}


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")


def _beyond(decay: float, direction: int) -> tuple[float, ...]:
    """Return two decays beyond one, by factors of sqrt(10).

    From 1 or 3 times a power of ten they are the next 3 and 1 times a power of ten.
    """
    rounded = _two_digits(decay)  # else the next after 10.4 would be 10
    if f"{rounded:.1e}"[:3] in ("1.0", "3.0"):
        return (
            half_decades_above(rounded, math.inf) if direction > 0 else half_decades_below(rounded)
        )
    return tuple(_two_digits(decay * 10.0 ** (direction * k / 2)) for k in (1, 2))


def steps_per_epoch(n_rows: int, batch_size: int) -> int:
    """Return how many steps a network takes in an epoch of so many training rows."""
    return math.ceil(n_rows / batch_size)


def learning_rates(axes: Axes, setting: Setting) -> tuple[float, ...]:
    """Return the learning rates of a surface, ascending: one, unless they are an axis."""
    for axis in axes:
        if _is_learning_rate(axis.name):
            return tuple(value for value in axis.values if isinstance(value, float))
    return (setting.schedule.learning_rate,)


def pace_of(axes: Axes, setting: Setting, n_training: int) -> Pace | None:
    """Return the pace of a surface, at the middle of its learning rates.

    None: its decays have no memory, since they are penalties, or not measured in it, since the
    optimizer is not Adam.
    """
    if setting.regularization.decay != "decoupled" or setting.schedule.optimizer != "adam":
        return None
    rates = learning_rates(axes, setting)
    steps = steps_per_epoch(n_training, setting.schedule.batch_size)
    return Pace(rates[(len(rates) - 1) // 2], steps)


def pace_in(attributes: Mapping[Hashable, object]) -> Pace | None:
    """Return the pace that attributes of results keep; None: their decays have no memory."""
    if RATE_ATTRIBUTE not in attributes or STEPS_ATTRIBUTE not in attributes:
        return None
    rate, steps = attributes[RATE_ATTRIBUTE], attributes[STEPS_ATTRIBUTE]
    return Pace(float(rate), int(steps))  # type: ignore[arg-type,call-overload]  # numbers


def parse_memories(text: str, name: str) -> tuple[float, ...]:
    """Parse decays asked for by memory, such as "tau:none,400,130"; infinite for "none".

    Raises
    ------
    BadSetting
        If the text is malformed or a memory is negative; the message calls the values ``name``.
    """
    words = [word.strip() for word in text.removeprefix(PREFIX).split(",")]
    memories = []
    for word in words:
        try:
            memory = math.inf if word.lower() == NO_DECAY else float(word)
        except ValueError:
            memory = math.nan
        if not memory > 0.0 or (math.isinf(memory) and word.lower() != NO_DECAY):
            raise BadSetting(
                f"{name} in epochs of memory must be positive numbers, or {NO_DECAY}, separated by "
                f"commas, {HOW_TO_ASK}. Got {text!r}."
            )
        memories.append(memory)
    return tuple(memories)


def decays_of(
    memories: Sequence[float], pace: Pace | None, rates: Sequence[float]
) -> tuple[float, ...]:
    """Return the decays with these memories.

    Parameters
    ----------
    memories : sequence of float
        In epochs; infinite for no decay.
    pace : Pace or None
    rates : sequence of float
        The learning rates that they are to be trained with.

    Raises
    ------
    BadSetting
        If decays have no memory here, or one would be shorter than a step.
    """
    if pace is None:
        raise BadSetting(
            "Weight decays in epochs of memory need ", Parameter("decay", "decoupled"), " and ",
            Parameter("solver", "adam"), ". Give numbers instead, such as 0,0.1,1.",
        )  # fmt: skip
    decays = tuple(map(pace.decay_of, memories))
    for memory, decay in zip(memories, decays, strict=True):
        if decay * max(rates) >= 1.0:
            least = max(rates) / (pace.learning_rate * pace.steps)
            raise BadSetting(
                f"A memory of {epochs_in_words(memory)} is shorter than a step: there are "
                f"{pace.steps} steps an epoch. Ask for more than {least:.2g}."
            )
    return decays


def memory_at(point: Point, pace: Pace | None) -> float:
    """Return the memory at a point, at its own learning rate; infinite where nothing is forgotten.

    None of it is known without a pace, and that too counts as infinite.
    """
    values = point.as_dict()
    decay = next((each for name, each in values.items() if knob_of(name).has_memory), 0.0)
    if pace is None or not isinstance(decay, float):
        return math.inf
    return _at_own_rate(pace, values).memory_of(decay)


def _at_own_rate(pace: Pace, values: Mapping[str, Value]) -> Pace:
    for name, value in values.items():
        if _is_learning_rate(name) and isinstance(value, float):
            return replace(pace, learning_rate=value)
    return pace


def _is_learning_rate(name: str) -> bool:
    knob = knob_of(name)
    return (knob.home, knob.field) == ("schedule", "learning_rate")


def forgetting_of(point: Point, pace: Pace | None) -> dict[str, str]:
    """Return what to add to a printed decay, by axis: "forgets over 40 epochs"; empty for none."""
    memory = memory_at(point, pace)
    if math.isinf(memory):
        return {}
    return {
        name: f"forgets over {epochs_in_words(memory)}" for name, _ in point.values
        if knob_of(name).has_memory
    }  # fmt: skip


def described_with_memory(point: Point, pace: Pace | None) -> str:
    """Name every value of a point: "dropout 0.2, weight decay 1 (forgets over 40 epochs)"."""
    forgets = forgetting_of(point, pace)
    return ", ".join(
        f"{knob_of(name).printed} {printed_value(value)}"
        + (f" ({forgets[name]})" if name in forgets else "")
        for name, value in point.values
    )


def taus_of(axis: Axis, axes: Axes, pace: Pace | None) -> tuple[str, ...]:
    """Return a label for every value of an axis: "tau 40"; "" for a value without a memory.

    Where learning rates are an axis, a decay has not one memory, and none is given.
    """
    memories = _memories(axis, axes, pace)
    if memories is None:
        return ("",) * len(axis.values)
    return tuple("" if math.isinf(each) else f"tau {printed_memory(each)}" for each in memories)


def decays_in_words(axes: Axes, pace: Pace | None) -> dict[str, str]:
    """Return decays and memories of a surface: "0, 0.1, 1 = none and 400, 40 epochs of memory".

    By printed name, which is plural for several values; empty where decays have no memories.
    """
    for axis in axes:
        memories = _memories(axis, axes, pace)
        if memories is None:
            continue
        values = ", ".join(map(printed_value, axis.values))
        forgets = ", ".join(printed_memory(each) for each in memories if math.isfinite(each))
        none = [NO_DECAY] if math.inf in memories else []
        said = " and ".join([*none, *([f"{forgets} epochs of memory"] if forgets else [])])
        name = axis.knob.printed + ("s" if len(memories) > 1 else "")
        return {name: f"{values} = {said}"}
    return {}


def _memories(axis: Axis, axes: Axes, pace: Pace | None) -> list[float] | None:
    """Return the memory of every value of an axis of decays; None: they have none of their own."""
    tuned = [each for each in axes if _is_learning_rate(each.name)]
    if pace is None or not axis.knob.has_memory or any(len(each.values) > 1 for each in tuned):
        return None
    own = _at_own_rate(pace, {each.name: each.values[0] for each in tuned})
    return [own.memory_of(value) for value in axis.values if isinstance(value, float)]


def printed_memory(memory: float) -> str:
    """Write epochs of memory with two digits: 1,300, 40, 4, 1.3."""
    if math.isinf(memory):
        return NO_DECAY
    rounded = _two_digits(memory)
    return f"{rounded:,.0f}" if rounded >= 10.0 else f"{rounded:g}"


def epochs_in_words(memory: float) -> str:
    """Write a memory with its unit: "40 epochs"."""
    words = printed_memory(memory)
    return f"{words} epoch{'' if words == '1' else 's'}"
