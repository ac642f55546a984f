"""When a single network stops: scikit-learn's rule of patience, and the curves it is read from."""

from dataclasses import dataclass, field

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import views
from dropdecay.engine.seam import EpochEnd, Run
from dropdecay.settings import Network, Regularization


@dataclass
class Patience:
    """Watch a run epoch by epoch; end it when nothing has improved for a while.

    Without held-out rows the training loss must fall by more than ``tol`` below the lowest so far,
    with held-out rows the score must rise by ``tol``, once in ``n_iter_no_change`` epochs. With
    held-out rows the parameters of the best score are kept.
    """

    network: Network
    tol: float
    n_iter_no_change: int
    batch_size: int
    early_stopping: bool
    verbose: bool
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_params: Floating | None = None
    stopped: bool = False
    _waited: int = 0

    def __call__(self, run: Run, end: EpochEnd) -> bool:
        """Note the epoch; return whether to stop."""
        loss = end.descent_loss * (0.5 if self.network.loss == "half_squared_error" else 1.0)
        loss += penalty(self.network, end.params, run.regularization, self.batch_size)
        if self.early_stopping:
            best = max(self.validation_scores, default=-np.inf)
            improved = not end.validation_score < best + self.tol
            if end.validation_score > best:
                self.best_params = end.params.copy()
            self.validation_scores.append(end.validation_score)
            self.validation_loss_curve.append(end.validation_loss)
        else:
            improved = not loss > min(self.loss_curve, default=np.inf) - self.tol
        self.loss_curve.append(loss)
        if self.verbose:
            print(self._line(end, loss))  # noqa: T201  # verbose=True asks for it, as scikit-learn's
        self._waited = 0 if improved else self._waited + 1
        self.stopped = self._waited > self.n_iter_no_change
        return self.stopped

    def _line(self, end: EpochEnd, loss: float) -> str:
        line = f"Iteration {end.epoch}, loss = {loss:.8f}"
        return line + (
            f", validation score = {end.validation_score:.6f}" if self.early_stopping else ""
        )


def penalty(
    network: Network, params: Floating, regularization: Regularization, batch_size: int
) -> float:
    """Return what the loss carries for large weights: ``alpha``, and ``weight_decay`` if l2."""
    strength = regularization.alpha / (2 * batch_size)
    if regularization.decay == "l2":
        strength += regularization.weight_decay
    if strength == 0.0:
        return 0.0
    return strength * sum(
        float(np.square(each, dtype=np.float64).sum()) for each in views(network, params)[0]
    )
