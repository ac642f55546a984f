"""Work on fixed memory, captured on a GPU as a graph that is launched as a whole."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch


class Repeated:
    """Does the same work on tensors at fixed places again and again.

    On a GPU the first call runs as it is, which sets up libraries and compiles kernels, the second
    is captured, and from then on the graph is replayed. Elsewhere every call runs as it is.

    The work comes with every call and is not kept: whoever owns this would be part of a cycle, and
    its memory on the GPU would wait for the garbage collector.
    """

    def __init__(self, device: torch.device) -> None:
        self._is_for_gpu, self._device = device.type == "cuda", device
        self._has_run = False
        self._graph: torch.cuda.CUDAGraph | None = None
        self.is_being_captured = False
        """Also after capturing has failed."""

    @property
    def is_captured(self) -> bool:
        """Whether calls replay a graph from now on."""
        return self._graph is not None

    def __call__(self, work: Callable[[], None]) -> None:
        """Do the work once."""
        if not (self._is_for_gpu and self._has_run):
            self._has_run = True
            self._do(work)
            return
        if self._graph is None:
            graph = torch.cuda.CUDAGraph()
            self.is_being_captured = True
            with _no_garbage(), torch.cuda.device(self._device), torch.cuda.graph(graph):
                work()
            self.is_being_captured = False
            self._graph = graph
        self._graph.replay()

    def _do(self, work: Callable[[], None]) -> None:
        if not self._is_for_gpu:
            work()
            return
        # On a stream of its own, as capturing is: what autograd sets up belongs to a stream.
        own, current = torch.cuda.Stream(self._device), torch.cuda.current_stream(self._device)
        own.wait_stream(current)
        with torch.cuda.stream(own):
            work()
        current.wait_stream(own)


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Collect no garbage: a graph that is freed while another is captured spoils that one."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
