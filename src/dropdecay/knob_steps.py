"""Values to try beyond the ends of an axis of numbers."""

import math

HIGHEST_RATE = 0.8
HIGHEST_DECAY = 30.0
HIGHEST_L1 = 0.3
HIGHEST_NOISE = 1.0
LONGEST_MEMORY = 0.9999
HIGHEST_MIXING = 4.0
LOWEST_LEARNING_RATE, HIGHEST_LEARNING_RATE = 1e-5, 0.1
"""No values are proposed beyond these: training would collapse or make no progress.

The highest decay is that of decays without a memory: see ``decay_memory``."""

RATE_STEP = 0.1


def rates_above(rate: object) -> tuple[float, ...]:
    """Return the next two rates above, in steps of 0.1, up to 0.8."""
    if not isinstance(rate, float) or rate >= HIGHEST_RATE:
        return ()
    steps = (round(rate + RATE_STEP, 3), round(rate + 2 * RATE_STEP, 3))
    return tuple(step for step in steps if step <= HIGHEST_RATE) or (HIGHEST_RATE,)


def rates_below(rate: object) -> tuple[float, ...]:
    """Return half the rate, and zero."""
    return (round(rate / 2, 3), 0.0) if isinstance(rate, float) and rate > 0.0 else ()


def half_decades_above(value: object, highest: float = HIGHEST_DECAY) -> tuple[float, ...]:
    """Return the next two of ..., 0.1, 0.3, 1, 3, 10, 30 above a value, up to the highest."""
    if not isinstance(value, float) or value <= 0.0:
        return ()
    above = [each for each in _half_decades(value) if each > value * (1 + 1e-9)][:2]
    return tuple(each for each in above if each <= highest)


def half_decades_below(value: object, lowest: float = 0.0) -> tuple[float, ...]:
    """Return the next two of ..., 0.1, 0.3, 1, 3, 10, 30 below a value, the nearest first."""
    if not isinstance(value, float) or value <= 0.0:
        return ()
    below = [each for each in _half_decades(value) if each < value * (1 - 1e-9)][-2:]
    return tuple(each for each in reversed(below) if each >= lowest)


def _half_decades(value: float) -> list[float]:
    decade = math.floor(math.log10(value))
    # Parsed from text, so that 0.3 is 0.3 and not 0.30000000000000004.
    return [float(f"{digit}e{decade + i}") for i in (-2, -1, 0, 1, 2) for digit in (1, 3)]


def longer_memory(memory: object) -> tuple[float, ...]:
    """Return the memory of an average over ten times as many steps, up to 10,000."""
    if not isinstance(memory, float) or memory >= LONGEST_MEMORY:
        return ()
    return (min(round(1.0 - (1.0 - memory) / 10.0, 6), LONGEST_MEMORY),)


def shorter_memory(memory: object) -> tuple[float, ...]:
    """Return the memory of an average over a tenth of the steps, and none."""
    if not isinstance(memory, float) or memory == 0.0:
        return ()
    shorter = round(1.0 - (1.0 - memory) * 10.0, 6)
    return (shorter, 0.0) if shorter > 0.0 else (0.0,)


def doubled(value: object, highest: float = HIGHEST_MIXING) -> tuple[float, ...]:
    """Return twice the value, up to the highest."""
    return (2 * value,) if isinstance(value, float) and 0.0 < 2 * value <= highest else ()


def halved(value: object) -> tuple[float, ...]:
    """Return half the value, and zero."""
    return (value / 2, 0.0) if isinstance(value, float) and value > 0.0 else ()
