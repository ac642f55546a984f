"""Whether the network underfits, so that other changes come before regularization."""

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.axes import Point
from dropdecay.engine.ending import TRUNCATED
from dropdecay.knobs import knob_of
from dropdecay.selection.choice import Choice
from dropdecay.selection.epochs import endings_of, folds_per_repeat_in
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

    - its mean validation loss was still falling where its training was given up (of points trained
      for a fixed number of epochs: it is lowest at the last one and fell by more than 1 % over the
      last fifth of them): training was too short; or
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
    n_epochs = int(np.isfinite(training).all(axis=0).sum())
    validation, training = validation[:, :n_epochs], training[:, :n_epochs]
    gaps = (validation - training)[:, np.searchsorted(curves.epochs, point.epochs)]
    allowed = max(
        float(np.nan_to_num(standard_error(gaps, folds_per_repeat_in(results)))),
        STILL_FALLING * abs(point.loss),
    )
    if gaps.mean() > allowed:
        return None
    measure = str(results.attrs.get("loss_name", "loss"))
    last = int(curves.epochs[n_epochs - 1])
    if _was_falling(endings_of(results)[here], point.epochs, validation.mean(axis=0)):
        return (
            "The network underfits: it is best with the least regularization, and its validation "
            f"{measure} is still falling at the last epoch, {last:,}; first try more epochs "
            "or a larger learning rate."
        )
    baseline = results.attrs.get("baseline_loss")
    reached = float(training[:, -1].mean())
    if baseline is not None and reached > BARELY * float(baseline):
        below = "barely" if reached < float(baseline) else "not"
        return (
            f"The network underfits: even on its training rows its {measure}, {number(reached)}, "
            f"is {below} below the {number(float(baseline))} of a constant prediction; first try "
            "wider layers, more epochs or better features."
        )
    return None


def _was_falling(ending: str, epochs: int, curve: Float64) -> bool:
    """Return whether a point's curve was still falling at its last epoch."""
    if ending:
        return ending == TRUNCATED
    last = curve.size
    before = curve[last - 1 - max(1, last // 5)] if last > 1 else curve[-1]
    return bool(epochs == last and before - curve[-1] > STILL_FALLING * abs(before))


def _is_weakest(name: str, point: Point, curves: Curves) -> bool:
    """Whether no point has a weaker value of this axis; always true for names, without order."""
    strength = knob_of(name).strength
    if strength is None:
        return True
    return strength(point[name]) <= min(strength(each[name]) for each in curves.points)
