"""Work on fixed memory, captured on a GPU as a graph that is launched as a whole."""

from collections.abc import Callable

import torch


class Repeated:
    """A function of tensors at fixed places, called again and again.

    On a GPU the first call runs as it is, which sets up libraries and compiles kernels, the second
    is captured, and from then on the graph is replayed. Elsewhere every call runs as it is.
    """

    def __init__(self, work: Callable[[], None], device: torch.device) -> None:
        self._work, self._is_for_gpu, self._device = work, device.type == "cuda", device
        self._has_run = False
        self._graph: torch.cuda.CUDAGraph | None = None
        self.is_being_captured = False
        """Also after capturing has failed."""

    @property
    def is_captured(self) -> bool:
        """Whether calls replay a graph from now on."""
        return self._graph is not None

    def __call__(self) -> None:
        """Do the work once."""
        if not (self._is_for_gpu and self._has_run):
            self._has_run = True
            self._first()
            return
        if self._graph is None:
            graph = torch.cuda.CUDAGraph()
            self.is_being_captured = True
            with torch.cuda.device(self._device), torch.cuda.graph(graph):
                self._work()
            self.is_being_captured = False
            self._graph = graph
        self._graph.replay()

    def _first(self) -> None:
        if not self._is_for_gpu:
            self._work()
            return
        # On a stream of its own, as capturing is: what autograd sets up belongs to a stream.
        own, current = torch.cuda.Stream(self._device), torch.cuda.current_stream(self._device)
        own.wait_stream(current)
        with torch.cuda.stream(own):
            self._work()
        current.wait_stream(own)
