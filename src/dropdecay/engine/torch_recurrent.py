"""LSTM, GRU and RNN with our mask between their layers, run one layer at a time."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from dropdecay.engine.torch_drop import Draw, drop


@dataclass(frozen=True)
class Recurrent:
    """The arguments of ``torch.lstm``, ``gru``, ``rnn_tanh`` and ``rnn_relu``.

    Parameters
    ----------
    batch_sizes : Tensor, optional
        Of a packed sequence.
    hidden : tuple of Tensor
        One; for an LSTM two. Their first axis is layers times directions.
    batch_first : bool, optional
        None in a packed sequence.
    """

    x: torch.Tensor
    batch_sizes: torch.Tensor | None
    hidden: tuple[torch.Tensor, ...]
    weights: Sequence[torch.Tensor]
    has_biases: bool
    num_layers: int
    dropout: float
    train: bool
    bidirectional: bool
    batch_first: bool | None

    def arguments(self) -> tuple[Any, ...]:
        """Return the arguments again, as ``nn.LSTM`` and its like hand them over."""
        hidden = self.hidden if len(self.hidden) > 1 else self.hidden[0]
        common = (hidden, self.weights, self.has_biases, self.num_layers, self.dropout, self.train)
        if self.batch_first is None:
            return (self.x, self.batch_sizes, *common, self.bidirectional)
        return (self.x, *common, self.bidirectional, self.batch_first)


def recurrent(args: Sequence[Any]) -> Recurrent:
    """Read the arguments of a call."""
    packed = isinstance(args[3], list | tuple)  # there the weights stand one place further back
    x, batch_sizes, hidden, *others = args if packed else (args[0], None, *args[1:])
    states = (hidden,) if isinstance(hidden, torch.Tensor) else tuple(hidden)
    return Recurrent(x, batch_sizes, states, *others, *((None,) if packed else ()))


def layer_by_layer(draw: Draw, function: Callable[..., Any], call: Recurrent) -> tuple[Any, ...]:
    """Do as ``function``; the mask has the shape of what a layer hands to the next."""
    n_states = 2 if call.bidirectional else 1
    n_weights = len(call.weights) // call.num_layers
    x, states = call.x, []
    for layer in range(call.num_layers):
        if layer > 0:
            x = drop(draw, x, x.shape, inplace=False)
        alone = replace(
            call,
            x=x,
            hidden=tuple(h[layer * n_states : (layer + 1) * n_states] for h in call.hidden),
            weights=call.weights[layer * n_weights : (layer + 1) * n_weights],
            num_layers=1,
            dropout=0.0,
        )
        with warnings.catch_warnings():  # the layers are apart, so cuDNN copies their weights
            warnings.filterwarnings("ignore", "RNN module weights are not part of single")
            x, *last = function(*alone.arguments())
        states.append(last)
    return (x, *(torch.cat(each) for each in zip(*states, strict=True)))
