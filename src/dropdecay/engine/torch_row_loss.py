"""A loss of torch, or the user's own, as one value a row; and what its outputs mean."""

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from dropdecay.engine.torch_outputs import first_of, tensors_in
from dropdecay.errors import BadSetting, Parameter

DEFAULTS = {
    "classes": nn.CrossEntropyLoss, "labels": nn.BCEWithLogitsLoss, "values": nn.MSELoss,
}  # fmt: skip
"""By what the targets are."""

PLAIN = {
    "classes": (nn.CrossEntropyLoss, nn.NLLLoss), "labels": (nn.BCEWithLogitsLoss, nn.BCELoss),
    "values": (nn.MSELoss,),
}  # fmt: skip
"""By what the targets are: the losses that are the log loss, or the squared error, of every row."""

FUNCTIONS = {
    functional.cross_entropy: nn.CrossEntropyLoss, functional.nll_loss: nn.NLLLoss,
    functional.binary_cross_entropy_with_logits: nn.BCEWithLogitsLoss,
    functional.binary_cross_entropy: nn.BCELoss, functional.mse_loss: nn.MSELoss,
    functional.l1_loss: nn.L1Loss, functional.smooth_l1_loss: nn.SmoothL1Loss,
    functional.huber_loss: nn.HuberLoss, functional.poisson_nll_loss: nn.PoissonNLLLoss,
}  # fmt: skip
"""By the function that computes it, as an average over rows."""

IGNORED = nn.CrossEntropyLoss().ignore_index
"""The number of the class that torch leaves out unless told otherwise; no class of ours has it."""

TITLES = {
    "CrossEntropyLoss": "log loss", "NLLLoss": "log loss", "BCEWithLogitsLoss": "log loss",
    "BCELoss": "log loss", "MSELoss": "mean squared error", "L1Loss": "mean absolute error",
    "HuberLoss": "Huber loss", "SmoothL1Loss": "smooth absolute error",
    "PoissonNLLLoss": "Poisson loss",
}  # fmt: skip


@dataclass(frozen=True)
class RowLosses:
    """(All that a module gave, targets) of a batch -> one loss a row, (n_rows,).

    Parameters
    ----------
    loss : callable
    takes_all : bool
        See ``RowLoss``.
    """

    loss: Any
    takes_all: bool

    def __call__(self, outputs: Any, targets: torch.Tensor) -> torch.Tensor:
        """Average what the loss gives within each row."""
        losses, targets = self.unreduced(outputs, targets)
        if losses.ndim == 1:
            return losses
        ignored = getattr(self.loss, "ignore_index", None)
        if ignored is not None and targets.shape == losses.shape:
            counts = (targets != ignored).flatten(1)
            return losses.flatten(1).sum(1) / counts.sum(1).clamp(min=1)
        return losses.flatten(1).mean(1)

    def unreduced(self, outputs: Any, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what the loss gives, (n_rows, ...), and the targets in the shape that it got."""
        first, n_rows = first_of(outputs), targets.shape[0]
        if self.takes_all and first is not outputs:
            targets = _beside_first(first, targets)
        else:
            outputs, targets = _aligned(self.loss, first, targets)
        losses = self.loss(outputs, targets)
        if self.takes_all and _is_for_pairs(losses, n_rows) and targets[0].numel() == 1:
            losses, targets = self._with_other_form(outputs, targets, losses)
        if not isinstance(losses, torch.Tensor) or losses.ndim == 0 or len(losses) != n_rows:
            shape = tuple(losses.shape) if isinstance(losses, torch.Tensor) else type(losses)
            raise BadSetting(
                Parameter("loss"), f" must return one value a row: it gave {shape} for {n_rows} "
                'rows. Let it sum or average within each row alone: reduction="none", and then '
                "sum(1) or mean(1).",
            )  # fmt: skip
        return losses, targets

    def _with_other_form(
        self, outputs: Any, targets: torch.Tensor, losses: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return losses and targets where these are (n,) in place of (n, 1), or the reverse.

        A loss of the user's own may mean either, and the wrong one is broadcast to all pairs.
        """
        other = targets.squeeze(-1) if targets.ndim > 1 else targets.unsqueeze(-1)
        try:
            again = self.loss(outputs, other)
        except Exception:  # noqa: BLE001  # whatever the user's loss raises
            return losses, targets
        return (losses, targets) if _is_for_pairs(again, len(targets)) else (again, other)


def _is_for_pairs(losses: Any, n_rows: int) -> bool:
    """Return whether there is a loss for every pair of rows, as far as the shape tells."""
    return isinstance(losses, torch.Tensor) and 1 < n_rows in losses.shape[1:]


@dataclass(frozen=True)
class RowLoss:
    """A loss, row by row.

    Parameters
    ----------
    training : callable
        What is trained on.
    evaluation : callable
        What is reported and chosen by: the same without label smoothing.
    probabilities : callable
        Outputs -> probabilities, (n_rows, n_outputs), where targets are classes or labels.
    title : str
        What reports call it.
    name : str
        What the user calls it.
    takes_logits : bool
        Whether it is known to take what comes before a softmax.
    is_plain : bool
        Whether ``evaluation`` is the log loss or the squared error, and nothing beside it.
    takes_all : bool
        Whether it gets all that a module gives, as a loss of the user's own does; one of torch
        gets the prediction.
    """

    training: RowLosses
    evaluation: RowLosses
    probabilities: Callable[[torch.Tensor], torch.Tensor]
    title: str
    name: str
    takes_logits: bool
    is_plain: bool
    takes_all: bool

    def learnt_from(self, outputs: Any) -> list[torch.Tensor]:
        """Return the tensors, in what a module gave, that the loss gets and that have a gradient.

        The prediction is the first of them, whatever it has.
        """
        first = first_of(outputs)
        others = tensors_in(outputs) if self.takes_all else ()
        return [first, *(each for each in others if each.requires_grad and each is not first)]


def row_loss(loss: object, targets: str, device: str = "cpu") -> RowLoss:
    """Return a loss row by row.

    Parameters
    ----------
    loss : class or instance of a loss of torch, function, or None
        A function takes outputs and targets and returns one value a row. None: cross-entropy,
        binary cross-entropy for one output or many labels, squared error.
    targets : {"classes", "labels", "values", "any"}
    device : str
        Where outputs and targets will be; numbers that the loss holds go there.

    Raises
    ------
    BadSetting
        If it cannot be taken apart into rows, or would have to be trained.
    """
    if loss is None:
        if targets == "any":
            raise BadSetting(
                Parameter("loss"), " is needed: a loss of torch, or a function of outputs and "
                "targets that returns one value a row.",
            )  # fmt: skip
        loss = DEFAULTS[targets]
    loss = _of_function(loss)
    made = loss() if inspect.isclass(loss) else loss
    if not callable(made):
        raise BadSetting(
            Parameter("loss"), " must be a loss of torch, such as torch.nn.CrossEntropyLoss(), or "
            f"a function of outputs and targets. Got {loss!r}.",
        )  # fmt: skip
    if getattr(made, "weight", None) is not None and not isinstance(made, nn.BCEWithLogitsLoss):
        raise BadSetting(
            f"{type(made).__name__}(weight=...) weighs classes. Give the weights as ",
            Parameter("class_weight"), ", which verdict and report know of.",
        )  # fmt: skip
    _check_arguments(made)
    by_row = _unreduced(made)
    if isinstance(by_row, nn.Module):
        _check_untrained(by_row)
        by_row = copy.deepcopy(by_row).to(device)
    plain = by_row
    if getattr(made, "label_smoothing", 0.0):
        plain = copy.copy(by_row)
        plain.label_smoothing = 0.0
    title = TITLES.get(type(made).__name__) or _name_of(made)
    weights = [getattr(made, each, None) for each in ("weight", "pos_weight")]
    is_weighted = isinstance(made, nn.Module) and any(each is not None for each in weights)
    title = f"weighted {title}" if is_weighted else title
    is_plain = type(made) in PLAIN.get(targets, ()) and not is_weighted
    is_plain = is_plain and getattr(made, "ignore_index", IGNORED) == IGNORED
    named = _without_arguments(made)
    name = getattr(named, "__name__", type(named).__name__)
    takes_logits = isinstance(made, nn.CrossEntropyLoss)
    takes_all = not _is_of_torch(made)
    rows, plain_rows = RowLosses(by_row, takes_all), RowLosses(plain, takes_all)
    return RowLoss(
        rows, plain_rows, _probabilities(made), title, name, takes_logits, is_plain, takes_all
    )


def _of_function(loss: object) -> object:
    """Return the class of a loss for its function in ``torch.nn.functional``."""
    return next((kind for function, kind in FUNCTIONS.items() if function is loss), loss)


def _is_of_torch(loss: Any) -> bool:
    """Return whether a loss is a module or a function of torch, which takes a single output."""
    loss = _without_arguments(loss)
    home = type(loss) if isinstance(loss, nn.Module) else loss
    return str(getattr(home, "__module__", "")).startswith("torch.")


def _without_arguments(loss: Any) -> Any:
    """Return the function of which a loss is ``functools.partial``."""
    while isinstance(loss, partial):
        loss = loss.func
    return loss


def _check_arguments(loss: Any) -> None:
    """Refuse a loss of torch that takes more than outputs and targets."""
    if not isinstance(loss, nn.Module) or not _is_of_torch(loss):
        return
    asked = [*inspect.signature(loss.forward).parameters.values()]
    needed = [each.name for each in asked if each.default is each.empty]
    if len(needed) > 2:
        raise BadSetting(
            Parameter("loss"), f" cannot be {type(loss).__name__} alone, which takes "
            f"{', '.join(needed)}. It is called with outputs and targets alone: wrap it into a "
            'function of these two, with reduction="none".',
        )  # fmt: skip


def _check_untrained(loss: nn.Module) -> None:
    """Refuse a loss that has something to learn."""
    for name, each in loss.named_parameters():
        if each.requires_grad:
            raise BadSetting(
                f"{name} of the loss {type(loss).__name__} would not be trained: only the module "
                "is. Make it a parameter of the module and return it with the outputs, or set "
                "requires_grad_(False)."
            )


def _unreduced(loss: Any) -> Any:
    if not hasattr(loss, "reduction"):
        return loss
    by_row = copy.copy(loss)
    by_row.reduction = "none"
    return by_row


def _name_of(loss: object) -> str:
    loss = _without_arguments(loss)
    name = getattr(loss, "__name__", None) or type(loss).__name__
    return "loss" if name == "<lambda>" else str(name).replace("_", " ")


def _aligned(
    loss: object, outputs: torch.Tensor, targets: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give outputs and targets the shapes that a loss of torch means, and no others.

    (n, 1) beside (n,) would be broadcast to (n, n) in silence; sequences have classes last.
    """
    if isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss | nn.MultiMarginLoss):
        if targets.ndim == 2 and targets.shape[1] == 1 and not targets.is_floating_point():
            targets = targets[:, 0]
        is_sequence = outputs.ndim == 3 and targets.ndim == 2
        if is_sequence and outputs.shape[:2] == targets.shape:
            return outputs.transpose(1, 2), targets
        return outputs, targets
    if outputs.ndim == targets.ndim - 1 and targets.shape[-1] == 1:
        outputs = outputs.unsqueeze(-1)
    if outputs.ndim == targets.ndim + 1 and outputs.shape[-1] == 1:
        targets = targets.unsqueeze(-1)
    if not isinstance(loss, nn.Module) or not _is_of_torch(loss):
        return outputs, targets
    if outputs.shape != targets.shape:
        is_binary = isinstance(loss, nn.BCEWithLogitsLoss | nn.BCELoss) and targets[0].numel() == 1
        remedy = "Let the network give a single output, or use CrossEntropyLoss. "
        raise BadSetting(
            f"The network gives {tuple(outputs.shape[1:])} for a row, but the target has "
            f"{tuple(targets.shape[1:])}. {remedy if is_binary else ''}{type(loss).__name__} needs "
            "both alike."
        )
    return outputs, targets


def _beside_first(first: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Give targets of one column the axes of the prediction, so that nothing is broadcast."""
    if first.ndim == targets.ndim - 1 and targets.shape[-1] == 1:
        return targets.squeeze(-1)
    if first.ndim == targets.ndim + 1 and first.shape[-1] == 1:
        return targets.unsqueeze(-1)
    return targets


def _probabilities(loss: object) -> Callable[[torch.Tensor], torch.Tensor]:
    if isinstance(loss, nn.NLLLoss):
        return _exponential
    if isinstance(loss, nn.BCELoss):
        return _as_they_are
    of_labels = isinstance(loss, nn.BCEWithLogitsLoss)
    return sigmoid if of_labels else softmax_or_sigmoid


def _exponential(outputs: torch.Tensor) -> torch.Tensor:
    return outputs.exp()


def _as_they_are(outputs: torch.Tensor) -> torch.Tensor:
    return outputs


def sigmoid(outputs: torch.Tensor) -> torch.Tensor:
    """Return the probability of each label."""
    return torch.sigmoid(outputs)


def softmax_or_sigmoid(outputs: torch.Tensor) -> torch.Tensor:
    """Return the probabilities of classes: of the second one for a single output."""
    if outputs.ndim == 1 or outputs.shape[1] == 1:
        return torch.sigmoid(outputs)
    return torch.softmax(outputs, dim=1)
