"""Torch modules as users write them, each with data to learn and what is to be found in it."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tests.zoo import (
    big_mlp,
    ft_transformer,
    gpt,
    gru_attention,
    lstm_text,
    mnist_cnn,
    resnet,
    siamese,
    tcn,
    transformer_classifier,
    unet,
    vit,
    wide_deep,
)


@dataclass(frozen=True)
class Specimen:
    """One module and what we know about it, counted by hand.

    Parameters
    ----------
    name : str
        Of its file.
    source : str
        The public tutorial whose architecture it has, in words of our own.
    task : str
        ``"classification"``, ``"regression"``, or ``"other"`` where an output is not one a row.
    make : callable
        The user's class.
    make_data : callable
        Number of rows and seed to inputs (a tensor, a tuple or a dict of tensors) and targets.
    loss : callable
        Outputs, targets, reduction="mean" or "none" to a tensor.
    sites : tuple of str
        Names of its dropout modules, in the order of ``named_modules()``.
    inside : tuple of str
        Names of modules of torch that drop within themselves: attention, LSTM between its layers.
    n_functional : int
        Calls of functions that drop in one forward pass.
    decayed : tuple of str
        Names of the parameters that decay, in the order of ``named_parameters()``.
    """

    name: str
    source: str
    task: str
    make: Callable[[], Any]
    make_data: Callable[[int, int], tuple[Any, Any]]
    loss: Callable[..., Any]
    sites: tuple[str, ...]
    inside: tuple[str, ...]
    n_functional: int
    decayed: tuple[str, ...]

    @property
    def drops_in_modules_only(self) -> bool:
        """Whether every mask is applied by a dropout module."""
        return bool(self.sites) and not self.inside and self.n_functional == 0


def _specimen(file: ModuleType) -> Specimen:
    return Specimen(
        name=file.__name__.rpartition(".")[2],
        source=file.SOURCE,
        task=file.TASK,
        make=file.Net,
        make_data=file.make_data,
        loss=file.loss,
        sites=file.SITES,
        inside=file.INSIDE,
        n_functional=file.N_FUNCTIONAL,
        decayed=file.DECAYED,
    )


ZOO = tuple(
    map(
        _specimen,
        (
            mnist_cnn,
            resnet,
            lstm_text,
            gru_attention,
            transformer_classifier,
            gpt,
            vit,
            ft_transformer,
            wide_deep,
            unet,
            siamese,
            big_mlp,
            tcn,
        ),
    )
)
