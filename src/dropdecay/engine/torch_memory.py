"""How many networks fit into the memory of a GPU as one stack, measured on two small stacks."""

from collections.abc import Sequence

import torch

from dropdecay.arrays import Int64
from dropdecay.engine.protocol import Run
from dropdecay.engine.torch_module import recipe_of
from dropdecay.engine.torch_module_stack import ModuleStack
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.trainer import Part

SHARE = 0.8
"""Of the free memory that a stack may take; the rest is for what measuring missed."""


def most_in_memory(runs: Sequence[Run], data: DeviceRows, rows: Int64, most: int) -> int:
    """Return how many networks of these fit, at least 1 and at most ``most``.

    Parameters
    ----------
    runs : sequence of Run
        At least two.
    data : DeviceRows
    rows : shape (n_rows,), int64
        Training rows for a few steps.
    most : int
    """
    device = torch.device(recipe_of(runs[0].setting).device)
    try:
        one, two = (_peak(runs[:size], data, rows, device) for size in (1, 2))
    except torch.OutOfMemoryError:
        return 1
    free = torch.cuda.mem_get_info(device)[0] + torch.cuda.memory_reserved(device)
    return fitting(one, two, free - torch.cuda.memory_allocated(device), most)


def fitting(one: int, two: int, free: int, most: int) -> int:
    """Return how many fit, given the memory for one and two, in bytes: a line through both."""
    each = max(two - one, 1)
    return max(1, min(most, int((SHARE * free - (one - each)) // each)))


def _peak(runs: Sequence[Run], data: DeviceRows, rows: Int64, device: torch.device) -> int:
    """Return the memory that training and evaluating a stack takes, in bytes.

    Each network is a part of its own, as no two of them may be of one fold and seed.
    """
    before = torch.cuda.memory_allocated(device)
    torch.cuda.reset_peak_memory_stats(device)
    parts = [Part([run], data.datasets[0], rows, [None]) for run in runs]
    stack = ModuleStack(parts, data)
    stack.train_one_epoch()
    stack.evaluate(rows, keep_outputs=False)
    return int(torch.cuda.max_memory_allocated(device) - before)
