"""torch, one network at a time, with a faster mask than its own."""

from benchmarks.rivals.task import Rival, Task
from benchmarks.rivals.torch_eager import FastDropout
from benchmarks.rivals.torch_eager import prepare as prepare_eager


def prepare(task: Task) -> Rival:
    """Build all networks with the faster mask."""
    return prepare_eager(task, FastDropout)
