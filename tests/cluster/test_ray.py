import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager

import pytest

os.environ["RAY_AUTH_MODE"] = "disabled"  # Ray would write a token into the home of whoever tests
ray = pytest.importorskip("ray")

import dropdecay
from dropdecay.cluster.by_value import by_value
from dropdecay.cluster.ray import RayWorkers, connect_to_ray
from dropdecay.errors import BadSetting, NoWorkers
from tests.contract.servers import free_port, listens, running, wait_for
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


DRIVER = """
import sys
from contextlib import closing
from dropdecay.cluster.ray import connect_to_ray
from tests.contract.workers import check_same, fits, local, surface

with closing(connect_to_ray(sys.argv[1])) as workers:
    runs = surface()[:6]
    check_same(fits(workers, runs), local(runs))
    print(workers.slots(), "slots")
"""


AMONG_UNLIKE = """
import re, sys
from contextlib import closing
from dropdecay.cluster.ray import connect_to_ray
from dropdecay.cluster.spread import spread
from tests.contract.servers import wait_for
from tests.contract.workers import by_place, check_same, local, problem, surface

told = []
with closing(connect_to_ray(sys.argv[1])) as workers:
    wait_for(lambda: workers.slots() == 4)
    runs = surface()[:8]
    engine = spread(workers, on_notice=told.append)
    mine = local(runs)

    def hears_of_the_unlike():  # which may be the last to start, when others have done all runs
        check_same(by_place(runs, engine(problem(), runs)), mine)
        return told

    wait_for(hears_of_the_unlike)
    (said,) = told
    assert re.match(r"The worker \\S+ \\w+ is left out.*[(]Sandybridge[)] instead", said), said
    print(workers.slots(), "slots are left")
"""


KEEPS_FOLDS = """
import numpy as np
from tests.estimators.test_workers import fitted

far = fitted(n_repeats=1, cluster="ray").fold_networks_.folds
for mine, other in zip(fitted(n_repeats=1).fold_networks_.folds, far, strict=True):
    np.testing.assert_array_equal(mine.params, other.params)
    np.testing.assert_array_equal(mine.misfits, other.misfits)
print(len(far), "folds are equal")
"""


def drive(address, code=DRIVER, **environment):
    """Train in a process of its own, as a process can be in one cluster; return what it says."""
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-c", code, address], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )  # fmt: skip
    return done.stdout + done.stderr


@contextmanager
def head(client_port):
    """A cluster of two processors on the loopback; gives its address."""
    port = free_port()
    # Not pytest's folder: the names of sockets may only be so long.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, running(
        "-m", "ray.scripts.scripts", "start", "--head", "--block", "--port", port,
        "--ray-client-server-port", client_port, "--node-ip-address", "127.0.0.1", "--num-cpus", 2,
        "--include-dashboard=false", "--disable-usage-stats", "--temp-dir", folder,
        "--object-store-memory", 10**8, "--min-worker-port", 0, "--max-worker-port", 0,
    ):  # fmt: skip
        wait_for(lambda: listens(port) and listens(client_port))
        yield f"127.0.0.1:{port}"


def test_a_cluster_is_found_by_its_address():
    port = free_port()
    with head(port) as address:
        assert "2 slots" in drive("ray", RAY_ADDRESS=address)
        said = drive("ray", KEEPS_FOLDS, RAY_ADDRESS=address)
        assert "3 folds are equal" in said, said
        # On a busy machine Ray's client server may fail to start what serves a client.
        assert any("2 slots" in drive(f"ray://127.0.0.1:{port}") for _ in range(3))


def test_a_node_whose_blas_has_other_kernels_is_left_out():
    with head(free_port()) as address, running(
        "-m", "ray.scripts.scripts", "start", "--address", address, "--block", "--num-cpus", 2,
        "--node-ip-address", "127.0.0.1", "--disable-usage-stats", "--object-store-memory", 10**8,
        "--min-worker-port", 0, "--max-worker-port", 0, OPENBLAS_CORETYPE="Sandybridge",
    ):  # fmt: skip
        said = drive("ray", AMONG_UNLIKE, RAY_ADDRESS=address)
    assert "2 slots are left" in said, said


@pytest.mark.parametrize(
    ("address", "known"),
    [("ray://127.0.0.1:{}", ""), ("ray", "127.0.0.1:{}"), ("ray://no.such.host.invalid:{}", "")],
)
def test_a_cluster_that_does_not_answer_is_named_with_the_commands_that_start_one(
    monkeypatch, address, known
):
    address = address.format(free_port())
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setenv("RAY_ADDRESS", known.format(free_port()))
    began = time.monotonic()
    with pytest.raises(
        NoWorkers, match=rf"^No Ray cluster answers at {address} .*ray start --head"
    ):
        connect_to_ray(address)
    assert time.monotonic() - began < 10.0


def test_ray_that_is_not_installed_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BadSetting, match=r"^cluster='ray' needs Ray, .* \"dropdecay\[ray\]\"\.$"):
        connect_to_ray("ray")


def test_workers_of_a_cluster_that_this_process_is_in_are_those():
    workers = connect_to_ray("ray")
    assert workers.slots() == N_PROCESSORS
    workers.close()
    assert ray.is_initialized()


def test_work_for_gpus_waits_for_nodes_that_have_them():
    assert RayWorkers(gpus=1).slots() == 0


def test_a_worker_of_another_version_is_named_with_the_remedy(monkeypatch):
    call = by_value("dropdecay.cluster.ray", "answer_on_worker")
    here = re.escape(dropdecay.__version__)
    monkeypatch.setattr(dropdecay, "__version__", "0.0.1")
    said = rf"A worker on .* has dropdecay 0\.0\.1, this machine {here}\. .* dropdecay=={here}"
    assert re.fullmatch(said, call(b""))
    monkeypatch.setitem(sys.modules, "dropdecay", None)
    assert re.match(r"A worker on .* cannot load dropdecay \(", call(b""))
