"""Work on fixed memory, captured on a GPU as a graph that is launched as a whole."""

from collections.abc import Callable

import torch


class Repeated:
    """A function of tensors at fixed places, called again and again.

    On a GPU the first call runs as it is, which sets up libraries and compiles kernels, the second
    is captured, and from then on the graph is replayed. Elsewhere every call runs as it is.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        self._work, self._is_captured = work, device.type == "cuda"
        self._has_run = False
        self._graph: torch.cuda.CUDAGraph | None = None

    def __call__(self) -> None:
        """Do the work once."""
        if not (self._is_captured and self._has_run):
            self._has_run = True
            self._work()
            return
        if self._graph is None:
            self._graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self._graph):
                self._work()
        self._graph.replay()
