"""What scikit-learn's callbacks hear of a fit: one task for the whole, below it one for each part.

The parts of a single network are its epochs, or its iterations of L-BFGS; those of a surface are
its finished runs, and the refit.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.engine.protocol import Attributes, Fit


class CallbackReporter:
    """The fit of one network, told to the callbacks of its estimator.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
    X, y, sample_weight
        What ``fit`` was given.
    part : str
        What callbacks call an epoch or an iteration.
    n_parts : int
        How many there are at most.
    """

    def __init__(
        self, estimator: Any, X: Any, y: Any, sample_weight: Any, *, part: str, n_parts: int
    ) -> None:
        self.estimator, self.part = estimator, part
        self.rows = self.seen = _given(X, y, sample_weight)
        self.n_done, self.stopped = 0, False
        self._task: Any = None
        self._root = estimator._init_callback_context(max_subtasks=n_parts)
        self._root.call_on_fit_task_begin(estimator=estimator, **self.rows)

    def show_only(self, training: Int64) -> None:
        """Show the parts these rows alone: the others are held out."""
        X, y, metadata = self.rows["X"], np.asarray(self.rows["y"]), self.rows["metadata"]
        self.seen = {
            "X": lambda: X[training],
            "y": lambda: y[training],
            "metadata": lambda: (
                metadata and {name: np.asarray(value)[training] for name, value in metadata.items()}
            ),
        }

    def begin(self) -> None:
        """Tell that a part begins, unless one is under way or nobody listens."""
        if self._task is None and hasattr(self.estimator, "_skl_callbacks"):
            self._task = self._root.subcontext(task_name=self.part)
            self._task.call_on_fit_task_begin(estimator=self.estimator, **self.seen)

    def end(self, attributes: Attributes | None) -> bool:
        """Tell that a part is done; return whether a callback wants training to end here."""
        self.n_done += 1
        task, self._task = self._task, None
        if task is not None:
            self.stopped = task.call_on_fit_task_end(
                estimator=self.estimator, **self.seen, reconstruction_attributes=attributes
            )
        return self.stopped

    def close(self) -> None:
        """Tell that the fit is done."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self.estimator)
        self._root.call_on_fit_task_end(
            estimator=self.estimator, **self.rows, reconstruction_attributes=dict
        )


class SurfaceCallbackReporter:
    """The fit of a surface, told to the callbacks of its estimator.

    Every set of axes is a task, every finished run a task below it, and the refit one more.
    A callback cannot end a surface early: half of one has no best point.

    Parameters
    ----------
    estimator : MLPClassifierCV or MLPRegressorCV
    X, y, sample_weight
        What ``fit`` was given.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
        self.estimator, self.rows = estimator, _given(X, y, sample_weight)
        # How often an axis is made longer is not known before.
        n_parts = None if estimator.extend else 2
        self._task: Any = None
        self._root = estimator._init_callback_context(max_subtasks=n_parts)
        self._root.call_on_fit_task_begin(estimator=estimator, **self.rows)

    def on_fit(self, fit: Fit, done: int, total: int) -> None:
        """Tell of a finished run; the signature is ``search.OnFit``."""
        if not hasattr(self.estimator, "_skl_callbacks"):
            return
        if self._task is None:
            self._task = self._root.subcontext(task_name="surface", max_subtasks=total - done + 1)
            self._task.call_on_fit_task_begin(estimator=self.estimator, **self.rows)
        run = self._task.subcontext(
            task_name=f"{fit.run.point.described()}, fold {fit.run.fold}, seed {fit.run.seed}"
        )
        run.call_on_fit_task_begin(estimator=self.estimator, **self.rows)
        run.call_on_fit_task_end(estimator=self.estimator, **self.rows)

    def end_surface(self) -> None:
        """Tell that all runs on these axes are done; what follows stands on longer ones."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self.estimator, **self.rows)
        self._task = None

    def refit(self, train: Callable[[], None]) -> None:
        """Tell of the refit and of the end of the fit."""
        self.end_surface()
        task = self._root.subcontext(task_name="refit")
        task.call_on_fit_task_begin(estimator=self.estimator, **self.rows)
        train()
        task.call_on_fit_task_end(estimator=self.estimator, **self.rows)
        self._root.call_on_fit_task_end(
            estimator=self.estimator, **self.rows, reconstruction_attributes=dict
        )


def _given(X: Any, y: Any, sample_weight: Any) -> dict[str, Any]:
    """Return what the hooks of callbacks are given, in scikit-learn's form."""
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    return {"X": X, "y": y, "metadata": metadata}
