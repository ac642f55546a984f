"""What tuning takes: alternatives to a parameter of the network, compared over the folds.

An alternative is taken only where it is ahead by more than one standard error of the paired
difference, corrected for the overlap of training rows. So a parameter stays as it is where the
folds do not say otherwise, and what was taken flatters itself less than the lowest of many would.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.knobs import knob_of
from dropdecay.selection.decimals import decimals_of
from dropdecay.selection.formatting import number
from dropdecay.statistics.corrected import PairedDifference, paired_difference

PRINTED = {
    "numeric_encoding": "numeric encoding",
    "category_encoding": "category encoding",
    "learning_rate_init": "learning rate",
    "hidden_layer_sizes": "hidden layers",
    "activation": "activation",
    "batch_size": "batch size",
}
"""The parameters that can be tuned, in the order in which they are, and their names in sentences.

What changes most comes first: all later parameters are compared with it in place.
"""


def name_in_words(parameter: str) -> str:
    """Name a parameter of the network, or a regularizer, in sentences."""
    return PRINTED[parameter] if parameter in PRINTED else knob_of(parameter).printed


def value_in_words(value: object) -> str:
    """Write a value of a parameter: 256-256, 0.003, none."""
    if value is None:
        return "none"
    if isinstance(value, tuple | list):
        return "-".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def taken(costs: Float64, overlap: float) -> int:
    """Return which alternative is taken, 0: none, the parameter stays as it is.

    Parameters
    ----------
    costs : shape (1 + n_alternatives, n_folds)
        Of the parameter as it is, then of its alternatives, each on the same folds; lower is
        better. NaN: a network diverged or cannot be trained, or the race dropped it before.
    overlap : float
        Validation rows divided by training rows of a fold.
    """
    mean = np.where(np.isnan(costs).any(axis=1), np.inf, costs.mean(axis=1))
    best = int(mean.argmin())
    if best == 0 or not np.isfinite(mean[0]):
        return best
    ahead = paired_difference(costs[0] - costs[best], overlap)
    return best if ahead.mean > ahead.standard_error else 0


def flattery(costs: Float64, overlap: float) -> float:
    """Return by how much the alternative that is taken flatters itself, for having been picked.

    For each fold an alternative is picked by the others; it is what this fold says of those picks,
    minus what all folds say of the alternative that they take. 0 with two folds: one has no
    standard error.

    Parameters
    ----------
    costs, overlap
        As for :func:`taken`.
    """
    n_folds = costs.shape[1]
    finite = np.isfinite(costs).all(axis=1)
    if n_folds < 3 or np.isnan(costs[0]).any():
        return 0.0
    known = costs[finite]
    on_others = [
        known[taken(np.delete(known, fold, axis=1), overlap), fold] for fold in range(n_folds)
    ]
    return float(np.mean(on_others) - known[taken(known, overlap)].mean())


@dataclass(frozen=True)
class Step:
    """One parameter, compared with its alternatives.

    Parameters
    ----------
    parameter : str
    values : tuple
        The value before, then the alternatives.
    losses : tuple of float
        Mean over folds of each, in the units of what chooses; NaN: a network diverged, or the race
        dropped it.
    n_folds : tuple of int
        On how many folds each has a loss. Less than all: the race dropped it, as it was clearly
        behind on the first ones; 0: a network diverged, or cannot be trained.
    taken : int
        Which of the values is taken.
    gain, standard_error : float
        By how much the best alternative is ahead of the value before; below 0: it is behind. Where
        the race dropped all alternatives, on the folds of the best of them.
    flattery : float
        By how much what was taken flatters itself, for having been picked.
    after_surface : bool
        Whether it was compared at the point that the surface had chosen.
    """

    parameter: str
    values: tuple[object, ...]
    losses: tuple[float, ...]
    n_folds: tuple[int, ...]
    taken: int
    gain: float
    standard_error: float
    flattery: float
    after_surface: bool

    def __str__(self) -> str:
        name, before = name_in_words(self.parameter), value_in_words(self.values[0])
        others = ", ".join(map(value_in_words, self.values[1:]))
        if not self.taken:
            return f"{name} stays {before} (tried: {others})"
        to = value_in_words(self.values[self.taken])
        if not np.isfinite(self.gain):
            return f"{name} {to} in place of {before}, with which networks diverged"
        decimals = decimals_of(self.standard_error) if self.standard_error > 0.0 else None
        gain, error = (number(each, decimals) for each in (self.gain, self.standard_error))
        return f"{name} {to} in place of {before}, ahead by {gain} (standard error {error})"

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON; None for a figure that is not a number."""
        return {
            "parameter": self.parameter,
            "values": [value_in_words(each) for each in self.values],
            "losses": [_plain(each) for each in self.losses],
            "n_folds": list(self.n_folds),
            "taken": value_in_words(self.values[self.taken]),
            "gain": _plain(self.gain),
            "standard_error": _plain(self.standard_error),
            "flattery": _plain(self.flattery),
            "after_surface": self.after_surface,
        }


def step_of(
    parameter: str, values: Sequence[object], costs: Float64, overlap: float, *, after_surface: bool
) -> Step:
    """Return the comparison of a value with its alternatives.

    Parameters
    ----------
    parameter : str
    values : sequence
        The value as it is, then its alternatives.
    costs, overlap
        As for :func:`taken`.
    after_surface : bool
    """
    finite = np.isfinite(costs)
    led = _led(costs, overlap)
    return Step(
        parameter, tuple(values), tuple(costs.mean(axis=1).tolist()),
        tuple(finite.sum(axis=1).tolist()), taken(costs, overlap), led.mean, led.standard_error,
        flattery(costs, overlap), after_surface,
    )  # fmt: skip


def _led(costs: Float64, overlap: float) -> PairedDifference:
    """Return by how much the best alternative is ahead; of those on all folds, if there are any."""
    others = costs[1:]
    on_folds = np.isfinite(others)
    n_folds = on_folds.sum(axis=1)
    if not n_folds.any():
        return paired_difference(costs[0] - others[0], overlap)
    ahead = [(costs[0] - others[i])[on_folds[i]] for i in np.flatnonzero(n_folds == n_folds.max())]
    return paired_difference(max(ahead, key=lambda each: float(each.mean())), overlap)


@dataclass(frozen=True)
class Tuning:
    """What was tuned before the surface and after it, what a cocktail tried, and what led.

    Parameters
    ----------
    steps : tuple of Step
    params : mapping of str to value
        The parameters that changed, with their new values; what a cocktail kept is among them.
    is_complete : bool
        Whether the budget left time for all comparisons.
    """

    steps: tuple[Step, ...]
    params: Mapping[str, object]
    is_complete: bool

    @property
    def flattery(self) -> float:
        """By how much all that was taken flatters itself, in the units of what chooses."""
        return float(np.nansum([step.flattery for step in self.steps]))

    def __str__(self) -> str:
        network = [step for step in self.steps if step.parameter in PRINTED]
        before, after = (
            [step for step in network if step.after_surface is after] for after in (False, True)
        )
        mixed = [step for step in self.steps if step.parameter not in PRINTED]
        parts = (
            ("Tuned at mild regularization", before), ("At the chosen point", after),
            ("Cocktail at the chosen point", mixed),
        )  # fmt: skip
        told = [f"{name}: {_listed(steps)}." for name, steps in parts if steps]
        if not told:
            told.append("Nothing was compared.")
        if not self.is_complete:
            told.append("The budget left no time for the rest.")
        return " ".join(told)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {
            "sentence": str(self),
            "params": {name: value_in_words(value) for name, value in self.params.items()},
            "flattery": _plain(self.flattery),
            "is_complete": self.is_complete,
            "steps": [step.as_dict() for step in self.steps],
        }


def _listed(steps: Iterable[Step]) -> str:
    """List what changed; what stays is worth a word only where nothing did."""
    steps = list(steps)
    changed = [str(step) for step in steps if step.taken]
    names = ", ".join(dict.fromkeys(name_in_words(step.parameter) for step in steps))
    if changed:
        return "; ".join(changed)
    return f"nothing changed ({names} compared)" if steps else "nothing"


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None
