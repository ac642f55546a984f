import os
import re
import subprocess
import sys
import time
from contextlib import ExitStack, closing, contextmanager

import numpy as np
import pytest

distributed = pytest.importorskip("distributed")

import dropdecay
from dropdecay.cluster.dask import DaskWorkers, connect_to_dask
from dropdecay.cluster.spread import spread
from dropdecay.errors import BadSetting, NoWorkers
from tests.contract.servers import free_port, listens, running, wait_for
from tests.contract.workers import (
    ENDLESS,
    MortalWorkersContract,
    WorkersContract,
    begun,
    by_place,
    check_same,
    fits,
    local,
    make_run,
    problem,
    surface,
)

VERSION = re.escape(dropdecay.__version__)


@contextmanager
def scheduler(**options):
    """A scheduler on the loopback; gives its address."""
    port = free_port()
    with running(
        "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port,
        "--dashboard-address", "127.0.0.1:0", "--no-show", **options,
    ):  # fmt: skip
        wait_for(lambda: listens(port))
        yield f"tcp://127.0.0.1:{port}"


@contextmanager
def worker(address, *options, n_threads=1, **environment):
    """A worker of a scheduler, which is started again when it dies."""
    with running(
        "-m", "distributed.cli.dask_worker", address, "--host", "127.0.0.1", "--nworkers", "1",
        "--nthreads", n_threads, "--no-dashboard", "--death-timeout", "60", "--memory-limit", "0",
        *options, **environment,
    ) as process:  # fmt: skip
        yield process


@contextmanager
def cluster(n_workers, n_threads=1):
    with ExitStack() as started:
        address = started.enter_context(scheduler())
        for _ in range(n_workers):
            started.enter_context(worker(address, n_threads=n_threads))
        workers = connect_to_dask(address)
        started.callback(workers.close)
        wait_for(lambda: workers.slots() == n_workers * n_threads)
        yield workers


def n_held(workers):
    return workers._client.run_on_scheduler(
        lambda dask_scheduler: sum(bool(each.who_has) for each in dask_scheduler.tasks.values())
    )


class TestDask(MortalWorkersContract):
    opened = staticmethod(cluster)
    n_shared = staticmethod(n_held)


class TestDaskWithThreads(WorkersContract):
    """One worker process with so many threads, which share the data."""

    n_shared = staticmethod(n_held)

    @staticmethod
    def opened(n_workers):
        return cluster(1, n_workers)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:{}", "tcp://no.such.host.invalid:{}"])
def test_a_scheduler_that_does_not_answer_is_named_with_the_commands_that_start_one(address):
    address = address.format(free_port())
    began = time.monotonic()
    with pytest.raises(NoWorkers) as caught:
        connect_to_dask(address)
    assert time.monotonic() - began < 10.0
    assert str(caught.value) == (
        f"No Dask scheduler answers at {address}. Start one there with: dask scheduler; and on "
        f"every machine that is to train: dask worker {address} --nworkers 1 --nthreads CORES"
    )


def test_dask_that_is_not_installed_is_asked_for(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadSetting) as caught:
        connect_to_dask("tcp://127.0.0.1:8786")
    assert str(caught.value) == (
        "cluster='tcp://127.0.0.1:8786' needs Dask, which is not installed. Install it: "
        'pip install "dropdecay[dask]".'
    )


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (
            "raise ModuleNotFoundError(\"No module named 'dropdecay'\")",
            r"cannot load dropdecay \(No module named 'dropdecay'\)",
        ),
        ("__version__ = '0.0.1'", rf"has dropdecay 0\.0\.1, this machine {VERSION}"),
    ],
)
def test_a_worker_without_this_package_is_named_with_the_remedy(tmp_path, package, said):
    (tmp_path / "dropdecay").mkdir()
    (tmp_path / "dropdecay" / "__init__.py").write_text(package)
    with scheduler(first_on_path=[tmp_path]) as address, worker(address, first_on_path=[tmp_path]):
        workers = connect_to_dask(address)
        with pytest.raises(NoWorkers, match=f"A worker on .* {said}.* pip install dropdecay=="):
            fits(workers, [make_run()])
        workers.close()


def test_a_scheduler_needs_no_dropdecay(tmp_path):
    (tmp_path / "dropdecay").mkdir()
    (tmp_path / "dropdecay" / "__init__.py").write_text("raise ModuleNotFoundError")
    with scheduler(first_on_path=[tmp_path]) as address, worker(address):
        workers = connect_to_dask(address)
        assert len(fits(workers, surface()[:2])) == 2
        workers.close()


def test_workers_that_stay_away_are_waited_for_and_then_reported(monkeypatch, caplog):
    monkeypatch.setattr("dropdecay.cluster.spread.PATIENCE_S", 2.0)
    with scheduler() as address:
        workers = connect_to_dask(address)
        with worker(address):
            wait_for(lambda: workers.slots() == 1)
            found = begun(workers)
        with pytest.raises(NoWorkers, match=r"no workers for 2 s\. Start some"):
            next(found)
        assert caplog.messages == ["There are no workers. Waiting 2 s for some."]
        workers.close()


def test_workers_that_come_back_go_on():
    runs = surface()[:8]
    with scheduler() as address:
        workers = connect_to_dask(address)
        with worker(address):
            wait_for(lambda: workers.slots() == 1)
            found = spread(workers)(problem(), runs)
            first = next(found)
        with worker(address):
            check_same(by_place(runs, [first, *found]), local(runs))
        workers.close()


def test_a_scheduler_that_is_gone_is_reported():
    with scheduler() as address:
        workers = connect_to_dask(address)
        with worker(address):
            wait_for(lambda: workers.slots() == 1)
            found = begun(workers)
    with pytest.raises(NoWorkers, match=f"The Dask scheduler at {address} is gone"):
        next(found)
    workers.close()


DRIVER = """
import sys
from dropdecay import __version__ as VERSION  # noqa: E402
from dropdecay.cluster.dask import connect_to_dask
from tests.contract.workers import begun
found = begun(connect_to_dask(sys.argv[1]))
print("begun", flush=True)
next(found)
"""


def test_workers_are_free_again_soon_after_their_driver_was_killed():
    with scheduler() as address, worker(address):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(
            [sys.executable, "-c", DRIVER, address], stdout=subprocess.PIPE, env=environment
        ) as driver:
            assert driver.stdout.readline() == b"begun\n"
            driver.kill()
        began = time.monotonic()
        workers = connect_to_dask(address)
        assert len(fits(workers, surface()[:2])) == 2
        assert time.monotonic() - began < 20.0
        workers.close()


def test_a_client_of_the_users_own_stays_open():
    with scheduler() as address, worker(address), distributed.Client(address) as client:
        workers = DaskWorkers(client)
        assert len(fits(workers, surface()[:2])) == 2
        workers.close()
        assert client.submit(sum, [1, 2]).result() == 3


def test_a_worker_whose_blas_has_other_kernels_is_left_out():
    told, runs = [], surface()[:8]
    unlike = {"OPENBLAS_CORETYPE": "Sandybridge"}
    with (
        scheduler() as address, worker(address, n_threads=2, **unlike),
        closing(connect_to_dask(address)) as workers,
    ):  # fmt: skip
        wait_for(lambda: workers.slots() == 2)
        with worker(address):
            wait_for(lambda: workers.slots() == 3)
            engine = spread(workers, on_notice=told.append)
            check_same(by_place(runs, engine(problem(), runs)), local(runs))
            assert len(told) == 1
            assert re.match(r"The worker tcp://\S+ is left out.*\(Sandybridge\) instead", told[0])
            assert workers.slots() == 1
            found = engine(problem(), [*runs, *[ENDLESS] * 5])
            next(found)
        # Nobody is left but the one, which is given nothing; then somebody comes.
        with worker(address):
            check_same(by_place(runs, engine(problem(), runs)), local(runs))
        found.close()
        assert len(told) == 1


def test_work_for_gpus_goes_to_workers_that_have_them():
    with (
        scheduler() as address, worker(address), worker(address, "--resources", "GPU=2"),
        closing(connect_to_dask(address, gpus=1)) as workers,
    ):  # fmt: skip
        wait_for(lambda: workers.slots() == 2)
        assert len(fits(workers, surface()[:2])) == 2


def test_the_networks_of_the_folds_that_workers_train_are_those_of_this_process():
    from tests.estimators.test_workers import fitted

    with scheduler() as address, worker(address), worker(address):
        far = fitted(n_repeats=1, cluster=address).fold_networks_.folds
    for mine, other in zip(fitted(n_repeats=1).fold_networks_.folds, far, strict=True):
        np.testing.assert_array_equal(mine.params, other.params)
        np.testing.assert_array_equal(mine.misfits, other.misfits)
