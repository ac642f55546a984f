"""What a search keeps of out-of-fold outputs, and how the refit uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dropdecay.data.targets import Target
from dropdecay.errors import BadInput, BadSetting, Parameter
from dropdecay.parts import LOSSES
from dropdecay.trust.threshold import Wanted, check_threshold

if TYPE_CHECKING:
    import xarray as xr

    from dropdecay.estimators.surface_cv import BaseSurfaceCV
    from dropdecay.estimators.surface_task import SurfaceTask
    from dropdecay.trust.out_of_fold import OutOfFold


class OutOfFoldMixin:
    """A search that gives what the chosen point said of rows while they were held out."""

    def out_of_fold(self) -> OutOfFold:
        """Return what the chosen point said of every row while it was held out.

        Calibration, thresholds, ROC and precision-recall curves, mistakes, predicted against true
        values, and rows worth a look are methods of what this returns; nothing is trained.

        Raises
        ------
        BadInput
            If nothing was kept: the search is not fitted, was loaded from a file, ran inside
            another cross-validation, or its outputs are neither classes nor values.
        """
        found: OutOfFold | None = getattr(self, "_out_of_fold", None)
        if found is None:
            raise BadInput(
                "There are no out-of-fold outputs. Fit the search by itself: a loaded model has "
                "none, nor has a search inside GridSearchCV or the like, nor a ModuleCV."
            )
        return found

    def rows_to_look_at(self) -> pd.DataFrame:
        """Return the rows with something noted: ``out_of_fold().rows()`` without the others."""
        rows = self.out_of_fold().rows()
        return rows[rows["noted"] != ""].reset_index(drop=True)


def keep_out_of_fold(search: BaseSurfaceCV, results: xr.Dataset, task: SurfaceTask) -> None:
    """Keep the outputs of the chosen point, and temperature and threshold where they are wanted."""
    from dropdecay.trust.gather import applied, gather

    found = gather(results, task.target, task.row_weight, task.numbers)
    threshold = wanted_threshold(search, task.target)
    if found is not None:
        found = applied(found, temperature=wants_temperature(search), threshold=threshold)
        if found.threshold is not None:
            threshold = found.threshold.value
    search._out_of_fold = found
    if hasattr(search, "temperature"):
        search.temperature_ = None if found is None else found.temperature
    if hasattr(search, "threshold"):
        search.threshold_ = threshold


def uses_outputs(search: BaseSurfaceCV) -> bool:
    """Return whether the model itself depends on out-of-fold outputs."""
    threshold = getattr(search, "threshold", None)
    return wants_temperature(search) or isinstance(threshold, (str, tuple, list))


def wants_temperature(search: BaseSurfaceCV) -> bool:
    """Return whether probabilities are scaled by a temperature."""
    return bool(getattr(search, "temperature", False))


def wanted_threshold(search: BaseSurfaceCV, target: Target) -> Wanted:
    """Return how the threshold is found; None: there is none."""
    return check_threshold(getattr(search, "threshold", None), target)


def check_use_of_outputs(search: BaseSurfaceCV, target: Target) -> None:
    """Refuse a temperature or threshold that the target cannot have, before anything is trained.

    Raises
    ------
    BadSetting
    """
    wanted_threshold(search, target)
    squared = LOSSES[target.loss].parameter == "squared_error"
    if wants_temperature(search) and (squared or target.own_loss is not None):
        raise BadSetting(
            Parameter("temperature", True), " is found by log loss, which these networks are not "
            "trained by. Leave it or ", Parameter("loss"), " out.",
        )  # fmt: skip
