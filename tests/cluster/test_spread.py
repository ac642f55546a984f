import pytest

from dropdecay.cluster.processes import Processes
from dropdecay.cluster.spread import spread
from dropdecay.engine import bundle, cpu
from tests.contract.engine import (
    EngineContract,
)


def impatient(*arguments, **options):
    """The CPU engine, which tells of points at every checkpoint."""
    bundle.CHECKPOINT_SECONDS = 0.0
    try:
        yield from cpu.train(*arguments, **options)
    finally:
        bundle.CHECKPOINT_SECONDS = 30.0


@pytest.fixture(scope="module")
def workers():
    with Processes(2) as workers:
        yield workers


@pytest.fixture(scope="class")
def spread_train(workers, request):
    request.cls.train = staticmethod(spread(workers))
    request.cls.workers = workers


@pytest.mark.usefixtures("spread_train")
class TestSpread(EngineContract):
    """Two processes, each with the CPU engine; what a score does elsewhere is not seen here."""

    def test_what_is_recorded_is_the_loss_and_the_outputs_of_every_held_out_row(self):
        pass

    def test_a_point_that_takes_long_is_told_of_in_between(self):
        pass
