"""Reports fit events to scikit-learn callbacks: a task for the whole fit, and subtasks of it.

The subtasks of a single network are its epochs, or iterations of L-BFGS. Those of a surface are its
finished runs, and the refit.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.encoding import RowsLike
from dropdecay.engine.ending import PAUSED
from dropdecay.engine.protocol import Attributes, Fit, Matrix
from dropdecay.estimators.base import NetworkEstimator
from dropdecay.estimators.callback_support import CallbackContext
from dropdecay.surface.pilot import FIRST_FOLD, is_of_pilot


class CallbackReporter:
    """Reports the fit of one network to the callbacks of its estimator.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    X, y, sample_weight
        The validated data of ``fit``.
    part : str
        Name of the subtasks: epoch or iteration.
    n_parts : int
        Maximum number of subtasks.
    """

    def __init__(
        self,
        estimator: NetworkEstimator,
        X: Matrix,
        y: AnyArray,
        sample_weight: ArrayLike | None,
        *,
        part: str,
        n_parts: int,
    ) -> None:
        self.estimator, self.part = estimator, part
        self.data = self.training_data = _hook_arguments(X, y, sample_weight)
        self.n_done, self.stopped = 0, False
        self._X, self._y, self._sample_weight = X, y, sample_weight
        self._task: CallbackContext | None = None
        self._root = estimator._init_callback_context(max_subtasks=n_parts)
        self._root.call_on_fit_task_begin(estimator=estimator, **self.data)

    def restrict_to(self, training: Int64) -> None:
        """Pass only these rows to subtasks, because the others are held out."""
        weights = self._sample_weight
        self.training_data = {
            "X": lambda: self._X[training],
            "y": lambda: self._y[training],
            "metadata": lambda: (
                None if weights is None else {"sample_weight": np.asarray(weights)[training]}
            ),
        }

    def begin(self) -> None:
        """Report that a subtask begins, unless one is running or there are no callbacks."""
        if self._task is None and hasattr(self.estimator, "_skl_callbacks"):
            self._task = self._root.subcontext(task_name=self.part)
            self._task.call_on_fit_task_begin(estimator=self.estimator, **self.training_data)

    def end(self, attributes: Attributes | None) -> bool:
        """Report that a subtask is done; return whether a callback asks to stop training."""
        self.n_done += 1
        task, self._task = self._task, None
        if task is not None:
            self.stopped = task.call_on_fit_task_end(
                estimator=self.estimator,
                **self.training_data,
                reconstruction_attributes=attributes,
            )
        return self.stopped

    def close(self) -> None:
        """Report that the fit is done."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self.estimator)
        self._root.call_on_fit_task_end(
            estimator=self.estimator, **self.data, reconstruction_attributes=dict
        )


class SurfaceCallbackReporter:
    """Reports the fit of a surface to the callbacks of its estimator.

    Each set of axes is a task, and so are the pilot of a large table, recording outputs and each
    repeat of the contenders, with a subtask for every finished run; the refit is another task. A
    callback cannot stop the fit, because an incomplete surface has no best point.

    Parameters
    ----------
    estimator : MLPClassifierCV or MLPRegressorCV
    X, y, sample_weight
        The arguments of ``fit``.
    """

    def __init__(
        self,
        estimator: NetworkEstimator,
        X: RowsLike,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
    ) -> None:
        self.estimator, self.data = estimator, _hook_arguments(X, y, sample_weight)
        # How often axes will be extended, or contenders repeated, is not known in advance, nor
        # whether the table is large enough for a pilot.
        rounds_follow = (
            estimator.extend
            or estimator.n_repeats > 1
            or estimator.until_sure
            or bool(estimator.race)
        )
        n_parts = None if rounds_follow else 3
        self._task: CallbackContext | None = None
        self._part = "surface"
        self._root = estimator._init_callback_context(max_subtasks=n_parts)
        self._root.call_on_fit_task_begin(estimator=estimator, **self.data)

    def on_fit(self, fit: Fit, done: int, total: int) -> None:
        """Report a finished run; has the signature of ``search.OnFit``."""
        if not hasattr(self.estimator, "_skl_callbacks") or fit.ending == PAUSED:
            return
        if self._task is None:
            self._task = self._root.subcontext(task_name=self._part, max_subtasks=total - done + 1)
            self._task.call_on_fit_task_begin(estimator=self.estimator, **self.data)
        fold = fit.run.fold - (FIRST_FOLD if is_of_pilot(fit.run) else 0)
        run = self._task.subcontext(
            task_name=f"{fit.run.point.described()}, fold {fold}, seed {fit.run.seed}"
        )
        run.call_on_fit_task_begin(estimator=self.estimator, **self.data)
        run.call_on_fit_task_end(estimator=self.estimator, **self.data)

    def begin_part(self, part: str) -> None:
        """Tell that what follows is another part; the signature is ``search.OnPart``."""
        self.end_surface()
        self._part = part

    def end_surface(self) -> None:
        """Report that all runs with the current axes are done, before axes are extended."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self.estimator, **self.data)
        self._task = None

    def refit(self, train: Callable[[], None]) -> None:
        """Report the refit and the end of the fit."""
        self.end_surface()
        task = self._root.subcontext(task_name="refit")
        task.call_on_fit_task_begin(estimator=self.estimator, **self.data)
        train()
        task.call_on_fit_task_end(estimator=self.estimator, **self.data)
        self._root.call_on_fit_task_end(
            estimator=self.estimator, **self.data, reconstruction_attributes=dict
        )


def _hook_arguments(
    X: RowsLike, y: ArrayLike | None, sample_weight: ArrayLike | None
) -> dict[str, object]:
    """Return the data that scikit-learn's hooks receive."""
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    return {"X": X, "y": y, "metadata": metadata}
