"""Early stopping of a single network, as in scikit-learn, and the curves it is based on."""

from dataclasses import dataclass, field, replace

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import views
from dropdecay.settings import Network, Regularization


@dataclass
class EarlyStopping:
    """The curves of a network, and how many epochs have passed without improvement.

    Without held-out rows, an epoch improves if the training loss falls more than ``tol`` below the
    lowest one so far; with held-out rows, if their score rises by at least ``tol``. With held-out
    rows the parameters with the best score are kept.
    """

    uses_held_out: bool
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_params: Floating | None = None
    n_without_improvement: int = 0

    def record_loss(self, loss: float, tol: float) -> None:
        """Record the training loss of an epoch."""
        self.loss_curve.append(loss)
        if not self.uses_held_out:
            self._count(improved=not loss > self.best_loss - tol)
            self.best_loss = min(self.best_loss, loss)

    def record_validation(self, score: float, loss: float, params: Floating, tol: float) -> None:
        """Record score and loss of the held-out rows after an epoch."""
        self.validation_scores.append(score)
        self.validation_loss_curve.append(loss)
        self._count(improved=not score < self.best_score + tol)
        if score > self.best_score:
            self.best_score, self.best_params = score, params.copy()

    def _count(self, *, improved: bool) -> None:
        self.n_without_improvement = 0 if improved else self.n_without_improvement + 1

    def params_to_keep(self, params: Floating) -> Floating:
        """Return the parameters with the best score, or ``params`` if there are none."""
        return params if self.best_params is None else self.best_params

    def snapshot(self) -> "EarlyStopping":
        """Return a copy whose curves do not grow any further."""
        return replace(
            self,
            loss_curve=list(self.loss_curve),
            validation_loss_curve=list(self.validation_loss_curve),
            validation_scores=list(self.validation_scores),
        )


def penalty(
    network: Network, params: Floating, regularization: Regularization, rate: float
) -> float:
    """Return the weight penalty that is part of the mean loss of an epoch.

    Parameters
    ----------
    rate : float
        Steps per epoch over the sum of its sample weights, because ``alpha`` acts once per step.
    """
    strength = 0.5 * regularization.alpha * rate
    if regularization.decay == "l2":
        strength += regularization.weight_decay
    if strength == 0.0:
        return 0.0
    # A diverging network overflows here first; the loss then shows it.
    with np.errstate(over="ignore", invalid="ignore"):
        squares = [np.dot(each.ravel(), each.ravel()) for each in views(network, params)[0]]
    return strength * float(sum(squares))
