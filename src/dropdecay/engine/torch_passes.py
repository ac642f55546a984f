"""Forward and backward pass of a batch through all networks of a stack at once.

Networks are the first axis of every tensor. All memory is allocated beforehand and shapes never
change, so a GPU can replay the passes as a captured graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch

from dropdecay.arrays import UInt32
from dropdecay.engine.buffers import shape_of
from dropdecay.engine.torch_losses import ACTIVATIONS, LOSSES, Activation, Loss
from dropdecay.engine.torch_masks import draw_decisions_of_keys, draw_normals_of_keys
from dropdecay.engine.torch_mixing import Pairs, partners
from dropdecay.kernels.masks import scale_of, threshold_of
from dropdecay.kernels.philox import PURPOSE_CONNECTIONS
from dropdecay.settings import Network, Setting


@dataclass(frozen=True)
class Layer:
    """Weights (K, n_inputs, n_outputs) and biases (K, 1, n_outputs): views of a flat buffer."""

    weights: torch.Tensor
    bias: torch.Tensor


def layers_of(network: Network, flat: torch.Tensor) -> list[Layer]:
    """View flat buffers (K, n_params) as layers, in the order of ``engine.buffers``."""
    shape, layers = shape_of(network), []
    for i, (n_in, n_out) in enumerate(pairwise(network.sizes)):
        weights, bias = int(shape.weight_starts[i]), int(shape.bias_starts[i])
        layers.append(Layer(
            flat[:, weights : weights + n_in * n_out].view(-1, n_in, n_out),
            flat[:, bias : bias + n_out].unsqueeze(1),
        ))  # fmt: skip
    return layers


def lined_up(width: int) -> int:
    """Round a number of elements up, so that rows of as many begin at multiples of 64 bytes.

    Matrix products are rounded differently where memory is aligned differently. Lined up, a network
    comes out the same on a CPU, bit for bit, alone and at any place in a stack.
    """
    return -(-width // 16) * 16


def room_for(like: torch.Tensor, n_rows: int, width: int) -> torch.Tensor:
    """Allocate (K, n_rows, width) for the networks of ``like``, each of them lined up."""
    size = n_rows * width
    return like.new_zeros(len(like), lined_up(size))[:, :size].view(-1, n_rows, width)


@dataclass(frozen=True)
class Rates:
    """The dropout of one layer: for every network, (K, 1, 1), what is dropped below which number.

    Parameters
    ----------
    thresholds, scales : shape (K, 1, 1), floating
        A decision below the threshold drops; survivors are multiplied by the scale.
    """

    thresholds: torch.Tensor
    scales: torch.Tensor


def rates_of(settings: Sequence[Setting], like: torch.Tensor) -> list[Rates | None]:
    """Return the dropout of the input and of each hidden layer; None: no network drops there."""
    by_network = [
        (each.regularization.input_dropout,
         *each.regularization.hidden_rates(each.layers.n_hidden))
        for each in settings
    ]  # fmt: skip
    return [_rates(rates, like) for rates in zip(*by_network, strict=True)]


def _rates(rates: Sequence[float], like: torch.Tensor) -> Rates | None:
    """Return rates of all networks in the form that drops; None: no network drops."""
    thresholds = [threshold_of(rate) for rate in rates]
    scales = [scale_of(threshold) for threshold in thresholds]
    return Rates(_column(thresholds, like), _column(scales, like)) if any(thresholds) else None


def noise_of(settings: Sequence[Setting], like: torch.Tensor) -> torch.Tensor | None:
    """Return the deviation of each network's noise on inputs, (K, 1, 1); None: none has any."""
    deviations = [each.regularization.input_noise for each in settings]
    return _column(deviations, like) if any(deviations) else None


def smoothing_of(settings: Sequence[Setting], like: torch.Tensor) -> torch.Tensor | None:
    """Return the smoothing of labels of each network, (K, 1, 1); None: no network smooths."""
    smoothings = [each.layers.label_smoothing for each in settings]
    return _column(smoothings, like) if any(smoothings) else None


def _column(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device).view(-1, 1, 1)


@dataclass(frozen=True)
class Company:
    """Which networks of a stack share batches and dropout decisions: its parts.

    Parameters
    ----------
    keys : sequence of shape (2,), uint32
        One a part.
    part_of : shape (K,), int64
        The part of every network.
    """

    keys: Sequence[UInt32]
    part_of: torch.Tensor

    def spread(self, by_part: torch.Tensor) -> torch.Tensor:
        """Return for every network what its part has; where there is one part, as it is."""
        return by_part if len(self.keys) == 1 else by_part.index_select(0, self.part_of)


class Connections:
    """The weights into hidden units that are dropped for a step, as ``kernels.connections`` does.

    Parameters
    ----------
    rates : Rates
    company : Company
    network : Network
    params : shape (K, lined_up(n_params))
    """

    def __init__(
        self, rates: Rates, company: Company, network: Network, params: torch.Tensor
    ) -> None:
        self.rates, self.company, self.params = rates, company, params
        self.factors, self.connected = torch.ones_like(params), params.clone()
        self.hidden = [each.weights for each in layers_of(network, self.factors)[:-1]]
        self.decisions = [params.new_empty(len(company.keys), *w.shape[1:]) for w in self.hidden]

    def draw(self, step: torch.Tensor) -> None:
        """Write what is left of the parameters, and what they were multiplied by."""
        for layer, (factors, drawn) in enumerate(
            zip(self.hidden, self.decisions, strict=True), start=1
        ):
            draw_decisions_of_keys(
                drawn, self.company.keys, step, layer | PURPOSE_CONNECTIONS << 16
            )
            decisions = self.company.spread(drawn)
            torch.ge(decisions, self.rates.thresholds, out=factors).mul_(self.rates.scales)
        torch.mul(self.params, self.factors, out=self.connected)


def connections_of(
    settings: Sequence[Setting], company: Company, network: Network, params: torch.Tensor
) -> Connections | None:
    """Return how the networks drop connections; None: none does."""
    rates = _rates([each.regularization.dropconnect for each in settings], params)
    return None if rates is None else Connections(rates, company, network, params)


@dataclass(frozen=True)
class Stack:
    """What the passes of all batches share.

    Parameters
    ----------
    network : Network
        Its label smoothing is ignored.
    params, grads : shape (K, lined_up(n_params))
    rates : list of Rates or None
        Of the input and of each hidden layer.
    smoothing : shape (K, 1, 1), or None
        Of labels; None: no network smooths.
    company : Company
    noise : shape (K, 1, 1), or None
        Standard deviation of the noise on inputs; None: there is none.
    connections : Connections or None
        None: no network drops any.
    """

    network: Network
    params: torch.Tensor
    grads: torch.Tensor
    rates: list[Rates | None]
    smoothing: torch.Tensor | None
    company: Company
    noise: torch.Tensor | None = None
    connections: Connections | None = None

    @property
    def activation(self) -> Activation:
        """The activation of hidden layers."""
        return ACTIVATIONS[self.network.activation]

    @property
    def loss(self) -> Loss:
        """The loss."""
        return LOSSES[self.network.loss]


class Dropout:
    """The dropout of one layer, with its memory.

    Parameters
    ----------
    rates : Rates
    company : Company
    layer : int
        0: the input.
    room : shape (K, n_rows, width)
        Its shape and kind are those of the units.
    """

    def __init__(self, rates: Rates, company: Company, layer: int, room: torch.Tensor) -> None:
        self.rates, self.company, self.layer = rates, company, layer
        self.units, self.mask = room, torch.empty_like(room)
        self.decisions = room.new_empty(len(company.keys), *room.shape[1:])

    def forward(self, values: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        """Return units of which some are dropped; the mask is kept for the backward pass."""
        draw_decisions_of_keys(self.decisions, self.company.keys, step, self.layer)
        decisions = self.company.spread(self.decisions)
        # A CPU compares floats into floats in a quarter of the time that bools would take.
        torch.ge(decisions, self.rates.thresholds, out=self.mask).mul_(self.rates.scales)
        return torch.mul(values, self.mask, out=self.units)


class Passes:
    """The passes of batches of ``n_rows`` rows, with their memory."""

    def __init__(self, stack: Stack, n_rows: int) -> None:
        self.stack = stack
        used = stack.params if stack.connections is None else stack.connections.connected
        self.layers = layers_of(stack.network, used)
        self.slopes = layers_of(stack.network, stack.grads)
        sizes = stack.network.sizes

        def room(width: int) -> torch.Tensor:
            return room_for(stack.params, n_rows, width)

        self.products = [room(width) for width in sizes[1:]]
        in_place = stack.activation.saved == "output"
        self.values = [z if in_place else room(z.shape[2]) for z in self.products[:-1]]
        self.deltas = [room(width) for width in sizes[1:-1]]
        self.dropouts = [
            rates if rates is None else Dropout(rates, stack.company, layer, room(sizes[layer]))
            for layer, rates in enumerate(stack.rates)
        ]

        if stack.noise is not None:
            self.noisy = room(sizes[0])
            self.normals = self.noisy.new_empty(len(stack.company.keys), n_rows, sizes[0])

    def gradient(
        self,
        x: torch.Tensor,
        y: torch.Tensor,
        shares: torch.Tensor,
        step: torch.Tensor,
        pairs: Pairs | None = None,
    ) -> torch.Tensor:
        """Write the gradient of a batch into ``stack.grads``; return the mean losses, (K,) float64.

        Parameters
        ----------
        x, y : shape (n_parts, n_rows, n_inputs), (n_parts, n_rows, n_targets)
        shares : shape (n_parts, n_rows)
            Weights of the rows in the mean; they add up to 1.
        step : shape (1,), int64
            Counts from 1.
        pairs : Pairs, optional
            How rows are mixed with their partners; None: they are not.
        """
        if self.stack.connections is not None:
            self.stack.connections.draw(step)
        activation, loss, n_layers = self.stack.activation, self.stack.loss, len(self.layers)
        x, y, shares = map(self.stack.company.spread, (x, y, shares))
        order = None if pairs is None else self.stack.company.spread(pairs.order)
        if pairs is not None and order is not None:
            x = x * pairs.kept + partners(x, order) * (1.0 - pairs.kept)
        x = x.expand(len(self.stack.params), *x.shape[1:])
        units = [self._dropped(0, self._noisy(x, step), step)]
        for layer in range(1, n_layers):
            value = activation.value(self._product(layer, units[-1]), out=self.values[layer - 1])
            units.append(self._dropped(layer, value, step))
        logits = self._product(n_layers, units[-1])
        targets = loss.targets(y, logits.shape[2], self.stack.smoothing)
        rows, outputs = loss.measure(logits, targets)
        delta = loss.gradient(outputs, targets).mul_(shares.unsqueeze(2))
        total = (rows * shares).sum(1, dtype=torch.float64)
        if pairs is not None and order is not None:
            theirs = partners(shares.unsqueeze(2), order)
            wanted = loss.targets(partners(y, order), logits.shape[2], self.stack.smoothing)
            others, outputs = loss.measure(logits, wanted)
            own, other = pairs.own.unsqueeze(2), 1.0 - pairs.own.unsqueeze(2)
            delta = delta * own + loss.gradient(outputs, wanted).mul_(theirs) * other
            lost = (others * theirs[:, :, 0]).sum(1, dtype=torch.float64)
            total = total * own[:, 0, 0] + lost * other[:, 0, 0]
        for layer in range(n_layers, 0, -1):
            slopes = self.slopes[layer - 1]
            torch.bmm(units[layer - 1].transpose(1, 2), delta, out=slopes.weights)
            torch.sum(delta, 1, keepdim=True, out=slopes.bias)
            if layer > 1:
                delta = self._backward(layer, delta)
        if self.stack.connections is not None:
            self.stack.grads.mul_(self.stack.connections.factors)
        return total

    def _noisy(self, x: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        if self.stack.noise is None:
            return x
        company = self.stack.company
        draw_normals_of_keys(self.normals, company.keys, step)
        return torch.addcmul(x, company.spread(self.normals), self.stack.noise, out=self.noisy)

    def _dropped(self, layer: int, values: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
        dropout = self.dropouts[layer]
        return values if dropout is None else dropout.forward(values, step)

    def _product(self, layer: int, below: torch.Tensor) -> torch.Tensor:
        parts = self.layers[layer - 1]
        return torch.baddbmm(parts.bias, below, parts.weights, out=self.products[layer - 1])

    def _backward(self, layer: int, delta: torch.Tensor) -> torch.Tensor:
        """Propagate the gradient back to the products of the layer below."""
        activation, dropout = self.stack.activation, self.dropouts[layer - 1]
        below = self.deltas[layer - 2]
        torch.bmm(delta, self.layers[layer - 1].weights.transpose(1, 2), out=below)
        if dropout is not None:
            below.mul_(dropout.mask)
        kept = self.values if activation.saved == "output" else self.products
        return activation.slope(below, kept[layer - 2], grad_input=below)


def logits_of(network: Network, params: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Return the logits (K, n_rows, n_outputs) of rows in evaluation mode."""
    layers, units = layers_of(network, params), x.expand(len(params), *x.shape)
    activation = ACTIVATIONS[network.activation]
    for number, layer in enumerate(layers, 1):
        z = room_for(params, len(x), layer.bias.shape[2])
        torch.baddbmm(layer.bias, units, layer.weights, out=z)
        units = z if number == len(layers) else activation.value(z, out=z)
    return units
