"""Whether the network underfits, so that other changes come before regularization."""

import numpy as np
import xarray as xr

from dropdecay.axes import Point
from dropdecay.knobs import knob_of
from dropdecay.selection.choice import Choice
from dropdecay.selection.epochs import folds_per_repeat_in
from dropdecay.selection.formatting import number
from dropdecay.selection.leave_one_fold_out import Curves
from dropdecay.selection.points import regularizing
from dropdecay.statistics.folds import standard_error

STILL_FALLING = 0.01
"""Share of its loss by which the validation curve falls over the last fifth of the epochs."""

BARELY = 0.9
"""A network whose training loss exceeds this share of a constant prediction's barely learned."""


def explain_underfitting(results: xr.Dataset, curves: Curves, choice: Choice) -> str | None:
    """Explain in one sentence why the network underfits; None if it does not.

    It underfits if the chosen point is among the least regularized of the surface (every axis that
    regularizes at its weakest value, tuned axes at any), its gap is at most one standard error (or
    1 % of its loss), and either

    - its mean validation loss is lowest at the last epoch and fell by more than 1 % over the last
      fifth of the epochs: training was too short; or
    - its training loss at the last epoch is above 90 % of ``results.attrs["baseline_loss"]``, the
      loss of always predicting the class frequencies or the mean: the network has barely learned.

    Parameters
    ----------
    results : xarray.Dataset
    curves : Curves
    choice : Choice
    """
    point = choice.chosen
    if not all(_is_weakest(name, point.point, curves) for name in regularizing(point.point)):
        return None
    here = curves.points.index(point.point)
    validation = curves.validation_loss[here].mean(axis=1)
    training = curves.training_loss[here].mean(axis=1)
    gaps = (validation - training)[:, point.epochs - 1]
    allowed = max(
        float(np.nan_to_num(standard_error(gaps, folds_per_repeat_in(results)))),
        STILL_FALLING * abs(point.loss),
    )
    if gaps.mean() > allowed:
        return None
    measure = str(results.attrs.get("loss_name", "loss"))
    curve, last = validation.mean(axis=0), validation.shape[1]
    before = curve[last - 1 - max(1, last // 5)] if last > 1 else curve[-1]
    if point.epochs == last and before - curve[-1] > STILL_FALLING * abs(before):
        return (
            "The network underfits: it is best with the least regularization, and its validation "
            f"{measure} is still falling at the last epoch, {last}; first try more epochs "
            "(--epochs, max_iter) or a larger learning rate."
        )
    baseline = results.attrs.get("baseline_loss")
    reached = float(training[:, -1].mean())
    if baseline is not None and reached > BARELY * float(baseline):
        return (
            f"The network underfits: even on its training rows its {measure}, {number(reached)}, "
            f"is barely below the {number(float(baseline))} of a constant prediction; first try "
            "wider layers, more epochs or better features."
        )
    return None


def _is_weakest(name: str, point: Point, curves: Curves) -> bool:
    """Whether no point has a weaker value of this axis; always true for names, without order."""
    strength = knob_of(name).strength
    if strength is None:
        return True
    return strength(point[name]) <= min(strength(each[name]) for each in curves.points)
