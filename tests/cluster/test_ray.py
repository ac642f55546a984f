from contextlib import contextmanager

import pytest

ray = pytest.importorskip("ray")

from dropdecay.cluster.ray import RayWorkers
from tests.contract.workers import MortalWorkersContract

N_PROCESSORS = 3


@pytest.fixture(scope="module", autouse=True)
def _cluster():
    ray.init(
        num_cpus=N_PROCESSORS, include_dashboard=False, log_to_driver=False,
        logging_level="ERROR", object_store_memory=10**8,
    )  # fmt: skip
    yield
    ray.shutdown()


class TestRay(MortalWorkersContract):
    """Several groups of workers of one cluster, as a process can only be in one."""

    @staticmethod
    @contextmanager
    def opened(n_workers):
        workers = RayWorkers()
        workers._answer = workers._answer.options(num_cpus=N_PROCESSORS / n_workers)
        workers.slots = lambda: n_workers
        yield workers
        workers.close()

    @staticmethod
    def n_shared(workers):
        return len(workers._values)
