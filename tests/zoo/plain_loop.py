"""A training loop in plain torch, as a user writes it, with every dropout mask written by hand.

It is what an engine has to agree with, and shares nothing with one: batches are given as lists of
rows, masks come from the reference of Philox, decay is a line before the optimizer's step.
"""

from contextlib import contextmanager

import torch
from torch.nn.modules.dropout import _DropoutNd

from tests.reference.philox import whole_mask


def train(module, inputs, targets, loss, *, batches, optimizer, decayed, weight_decay, mask_of):
    """Train a module in place and return its loss in training mode at every step.

    Parameters
    ----------
    module : torch.nn.Module
        Drops by dropout modules only.
    inputs, targets
        All rows.
    loss : callable
        Outputs and targets of a batch to their mean.
    batches : iterable of index arrays
        The rows of each step, epochs one after another.
    optimizer : torch.optim.Optimizer
        Over the module's parameters, without a decay of its own.
    decayed : sequence of str
    weight_decay : float
        Decoupled, times the learning rate of the step.
    mask_of : callable
        Number of the dropout module (from 1, as in ``named_modules()``), number of its call in this
        step (from 0), step (from 1) and shape to the factor of every element.
    """
    parameters = [module.get_parameter(name) for name in decayed]
    losses = []
    with masked_by_hand(module, mask_of) as begin:
        module.train()
        for step, batch in enumerate(batches, start=1):
            begin(step)
            rows = torch.as_tensor(batch)
            optimizer.zero_grad()
            value = loss(call(module, rows_of(inputs, rows)), targets[rows])
            value.backward()
            with torch.no_grad():
                for parameter in parameters:
                    parameter.mul_(1.0 - optimizer.param_groups[0]["lr"] * weight_decay)
            optimizer.step()
            losses.append(value.item())
    return losses


def philox_masks(rates, key):
    """Return the ``mask_of`` of the rates of all sites, in the counters of one network."""

    def mask_of(site, call, step, shape):
        return torch.from_numpy(whole_mask(shape, rates[site - 1], step, site, key, call))

    return mask_of


@contextmanager
def masked_by_hand(module, mask_of):
    """Within it dropout modules multiply by masks; yields the function that begins a step."""
    now = {"step": 0}
    calls = {}

    def masked(site, each, x):
        if not each.training:
            return x
        number = calls[site]
        calls[site] += 1
        mask = mask_of(site, number, now["step"], shape_of_mask(each, x.shape))
        return x * mask.to(x.dtype)

    def begin(step):
        now["step"] = step
        calls.update(dict.fromkeys(range(1, len(dropouts) + 1), 0))

    dropouts = [each for _, each in module.named_modules() if isinstance(each, _DropoutNd)]
    for site, each in enumerate(dropouts, start=1):
        each.forward = lambda x, site=site, each=each: masked(site, each, x)
    try:
        yield begin
    finally:
        for each in dropouts:
            del each.forward


def shape_of_mask(dropout, shape):
    """Return (n, channels, 1, ..) for those that drop whole channels."""
    if isinstance(dropout, (torch.nn.Dropout1d, torch.nn.Dropout2d, torch.nn.Dropout3d)):
        return (*shape[:2], *(1 for _ in shape[2:]))
    assert isinstance(dropout, torch.nn.Dropout), "its mask is not a factor alone"
    return tuple(shape)


def call(module, inputs):
    """Call a module as its inputs ask for: one, several in order, or several by name."""
    if isinstance(inputs, dict):
        return module(**inputs)
    return module(*inputs) if isinstance(inputs, tuple) else module(inputs)


def rows_of(inputs, rows):
    """Return the same rows of every input."""
    return each_input(inputs, lambda tensor: tensor[rows])


def in_float64(inputs):
    """Return inputs or targets with their floating numbers in double precision."""
    return each_input(inputs, lambda x: x.double() if x.is_floating_point() else x)


def each_input(inputs, change):
    if isinstance(inputs, dict):
        return {name: change(tensor) for name, tensor in inputs.items()}
    return tuple(map(change, inputs)) if isinstance(inputs, tuple) else change(inputs)
