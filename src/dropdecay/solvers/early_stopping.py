"""When a single network stops: scikit-learn's rule of patience, and the curves it is read from."""

from dataclasses import dataclass, field, replace

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import views
from dropdecay.settings import Network, Regularization


@dataclass
class EarlyStopping:
    """The curves of a network, and for how many epochs nothing has improved.

    Without held-out rows the training loss must fall by more than ``tol`` below the lowest so far,
    with held-out rows the score must rise by ``tol``, once in ``n_iter_no_change`` epochs. With
    held-out rows the parameters of the best score are kept.
    """

    early_stopping: bool
    loss_curve: list[float] = field(default_factory=list)
    validation_loss_curve: list[float] = field(default_factory=list)
    validation_scores: list[float] = field(default_factory=list)
    best_loss: float = np.inf
    best_score: float = -np.inf
    best_params: Floating | None = None
    waited: int = 0

    def note_loss(self, loss: float, tol: float) -> None:
        """Note the training loss of an epoch."""
        self.loss_curve.append(loss)
        if not self.early_stopping:
            self.waited = self.waited + 1 if loss > self.best_loss - tol else 0
            self.best_loss = min(self.best_loss, loss)

    def note_validation(self, score: float, loss: float, params: Floating, tol: float) -> None:
        """Note score and loss of the held-out rows after an epoch."""
        self.validation_scores.append(score)
        self.validation_loss_curve.append(loss)
        self.waited = self.waited + 1 if score < self.best_score + tol else 0
        if score > self.best_score:
            self.best_score, self.best_params = score, params.copy()

    def best_of(self, params: Floating) -> Floating:
        """Return the parameters to keep: of the best score, or those at hand."""
        return params if self.best_params is None else self.best_params

    def so_far(self) -> "EarlyStopping":
        """Return the curves as they are now; these grow on."""
        return replace(
            self,
            loss_curve=list(self.loss_curve),
            validation_loss_curve=list(self.validation_loss_curve),
            validation_scores=list(self.validation_scores),
        )


def penalty(
    network: Network, params: Floating, regularization: Regularization, rate: float
) -> float:
    """Return what the mean loss of an epoch carries for large weights.

    Parameters
    ----------
    rate : float
        Steps an epoch over the summed weights of its rows: ``alpha`` acts once a step.
    """
    strength = 0.5 * regularization.alpha * rate
    if regularization.decay == "l2":
        strength += regularization.weight_decay
    if strength == 0.0:
        return 0.0
    # A network that diverges overflows here first; the loss then says so.
    with np.errstate(over="ignore", invalid="ignore"):
        squares = [np.dot(each.ravel(), each.ravel()) for each in views(network, params)[0]]
    return strength * float(sum(squares))
