"""Weights of classes -> weights of rows, checked against the classes that there are."""

from collections.abc import Mapping
from numbers import Real

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils.class_weight import compute_sample_weight

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.targets import Target
from dropdecay.errors import BadSetting, Parameter
from dropdecay.near_names import near_matches, suggestion
from dropdecay.safe_text import quoted, visible

BALANCED = "balanced"
"""Every class weighs as much as every other, whatever its rows."""

NO_AND_YES = np.array([0, 1])
"""The classes of one of several labels."""

MOST_LISTED = 8


def row_weights(
    target: Target,
    sample_weight: Floating | None,
    class_weight: Mapping[object, float] | str | None,
    dtype: DTypeLike,
) -> Floating | None:
    """Return sample weights times class weights; None: every weight is 1.

    Raises
    ------
    BadSetting
        If ``class_weight`` names a class that there is not, or a weight is negative or not finite;
        or it is none for the labels that a row has.
    """
    if class_weight is None:
        return sample_weight
    classes = None if target.labels is None else target.classes
    weights: object = class_weight
    if classes is None and class_weight != BALANCED:
        weights = _of_each_label(class_weight, target.matrix.shape[1])
    else:
        check_class_weight(class_weight, classes)
    labels = target.matrix if target.labels is None else target.labels
    if classes is not None and isinstance(class_weight, Mapping):
        # Of all classes, since some rows may hold only few of them.
        weights = {each: class_weight.get(each, 1.0) for each in classes.tolist()}
    of_class: Floating = compute_sample_weight(weights, labels).astype(dtype)
    return of_class if sample_weight is None else of_class * sample_weight


def _of_each_label(class_weight: object, n_labels: int) -> list[dict[object, float]]:
    """Return for each label what its absence and its presence weigh.

    Raises
    ------
    BadSetting
        If they are no such weights.
    """
    each_label = class_weight if isinstance(class_weight, list) else []
    if len(each_label) != n_labels or not all(isinstance(each, Mapping) for each in each_label):
        raise BadSetting(
            Parameter("class_weight"), f" must be 'balanced', or a list of {n_labels} weights such "
            f"as {{0: 1.0, 1: 5.0}}, one for each of the {n_labels} labels of a row. Got "
            f"{visible(class_weight)}.",
        )  # fmt: skip
    for weights in each_label:
        check_class_weight(weights, NO_AND_YES)
    return [{each: weights.get(each, 1.0) for each in (0, 1)} for weights in each_label]


def check_class_weight(class_weight: object, classes: AnyArray | None = None) -> None:
    """Refuse what is no weight of classes.

    Parameters
    ----------
    class_weight : mapping from classes to weights, or "balanced"
    classes : array, optional
        All that there are; without, names are not checked.

    Raises
    ------
    BadSetting
        Naming the class; similar ones are suggested.
    """
    if isinstance(class_weight, str) and class_weight != BALANCED:
        hint = suggestion(near_matches(class_weight, [BALANCED]))
        raise BadSetting(
            Parameter("class_weight"), " must be 'balanced' or give each class its weight. Got "
            f"{quoted(class_weight)}.{hint}",
        )  # fmt: skip
    if class_weight == BALANCED:
        return
    if not isinstance(class_weight, Mapping):
        raise BadSetting(
            Parameter("class_weight"), " must be 'balanced' or give each class its weight, such as "
            f"{{'yes': 5.0}}. Got {visible(class_weight)}.",
        )  # fmt: skip
    for name, weight in class_weight.items():
        if not _is_weight(weight):
            raise BadSetting(
                Parameter("class_weight"), f" gives class {quoted(name)} the weight "
                f"{visible(weight)}. Weights are finite numbers, 0 or larger.",
            )  # fmt: skip
    known = None if classes is None else classes.tolist()
    for name in class_weight:
        if known is not None and name not in known:
            raise BadSetting(
                Parameter("class_weight"), f" names {_shown(name)}, and there is no such class."
                f"{_near(name, known)}",
            )  # fmt: skip


def _is_weight(weight: object) -> bool:
    if not isinstance(weight, Real) or isinstance(weight, bool):
        return False
    return 0.0 <= float(weight) < float("inf")


def _near(name: object, known: list[object]) -> str:
    by_text = {str(each): each for each in known}
    near = near_matches(str(name), by_text)
    if near:
        return suggestion(near, lambda each: _shown(by_text[each]))
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return f" The classes are {', '.join(map(_shown, known[:MOST_LISTED]))}{more}."


def _shown(name: object) -> str:
    """Write a class, text in quotes: 1 and '1' are not the same."""
    return quoted(name) if isinstance(name, str) else visible(name)
