"""What it costs to train on workers: processes of this machine, Dask and Ray, beside one process.

And what is behind them: a store, the driver's memory, and Dask's scheduler with 200 workers that
sleep instead of training.
"""

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.cluster_on_paper import on_paper
from benchmarks.timing import write
from dropdecay.axes import Point
from dropdecay.cluster.dask import connect_to_dask
from dropdecay.cluster.processes import Processes
from dropdecay.cluster.ray import RayWorkers
from dropdecay.cluster.spread import spread
from dropdecay.cluster.workers import Workers
from dropdecay.data.fold_rows import fold_rows
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, Engine, Fit, Problem, Run, run_key
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.surface.out_of_fold import OutOfFold
from dropdecay.surface.store import Store

N_ROWS, N_FEATURES = 3000, 30
NETWORK = Network(N_FEATURES, (64, 64), 3)
TICKS = os.sysconf("SC_CLK_TCK")
IDLE_S = 20.0
"""How long a cluster without work is watched."""

SERVER = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


@dataclass(frozen=True)
class Cluster:
    """Workers, and the processes behind them: the server, and those that train."""

    workers: Workers
    pids: Callable[[], Sequence[int]]
    server: int | None = None


def make_problem(n_rows: int = N_ROWS) -> Problem:
    """Return a table that is made once, with one fold."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, N_FEATURES)).astype(np.float32)
    y = rng.integers(0, 3, (n_rows, 1)).astype(np.float32)
    data, order = Dataset(X, y), rng.permutation(n_rows)
    rows = {0: fold_rows(order[n_rows // 5 :], order[: n_rows // 5], 0, 0)}
    return Problem(rows, lambda fold: data)


def make_runs(n_runs: int, epochs: int) -> list[Run]:
    """Return runs that differ by their seeds."""
    setting = Setting(NETWORK, Regularization(0.2), Schedule(epochs=epochs, batch_size=64))
    return [Run(setting, Point(()), 0, i, epochs, run_key(0, 0, i)) for i in range(n_runs)]


def cpu_of(pids: Sequence[int]) -> float:
    """Return the processor seconds that processes have taken."""
    total = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
        except OSError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def below(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children: dict[int, list[int]] = {}
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(each.read_text().rsplit(") ", 1)[1].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(each.parent.name))
    found, left = [], [pid]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def loopback_bytes() -> int:
    """Return the bytes that have gone over the loopback, of everybody."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[0])
    return 0


@contextmanager
def running(*command: object) -> Iterator[int]:
    """Run a module; it is ended with all that it has started."""
    process = subprocess.Popen(
        [sys.executable, "-m", *map(str, command)], start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.wait()


@contextmanager
def scheduler(place: Path) -> Iterator[tuple[int, str]]:
    """Start a scheduler; give its process and its address."""
    file = place / f"scheduler-{time.monotonic_ns()}.json"
    command = ("distributed.cli.dask_scheduler", "--port", 0, "--scheduler-file", file, *SERVER)
    with running(*command) as pid:
        while not file.exists() or '"tcp://' not in file.read_text():
            time.sleep(0.05)
        yield pid, file.read_text().split('"address": "')[1].split('"')[0]


@contextmanager
def dask_cluster(n_workers: int, place: Path) -> Iterator[Cluster]:
    """Start a scheduler and its workers."""
    with ExitStack() as started:
        server, address = started.enter_context(scheduler(place))
        command = ("distributed.cli.dask_worker", address, "--nthreads", 1, *SERVER)
        trainers = [started.enter_context(running(*command)) for _ in range(n_workers)]
        workers = connect_to_dask(address)
        started.callback(workers.close)
        yield Cluster(
            workers,
            lambda: [server, os.getpid(), *(pid for each in trainers for pid in below(each))],
            server,
        )


@contextmanager
def ray_cluster(n_workers: int, place: Path) -> Iterator[Cluster]:
    """Start Ray on this machine."""
    os.environ["RAY_AUTH_MODE"] = "disabled"
    import ray

    ray.init(num_cpus=n_workers, include_dashboard=False, log_to_driver=False,
             logging_level="ERROR", object_store_memory=10**8)  # fmt: skip
    workers = RayWorkers()
    yield Cluster(workers, lambda: below(os.getpid()))
    workers.close()
    ray.shutdown()


@contextmanager
def processes(n_workers: int, place: Path) -> Iterator[Cluster]:
    """Give processes of this machine."""
    with Processes(n_workers) as workers:
        yield Cluster(workers, lambda: below(os.getpid()))


KINDS = {"processes": processes, "Dask": dask_cluster, "Ray": ray_cluster}


def timed(
    cluster: Cluster, runs: Sequence[Run], engine: Engine = train
) -> tuple[float, float, int]:
    """Return seconds, processor seconds and loopback bytes of training these runs."""
    problem, engine = make_problem(), spread(cluster.workers, engine)
    # Everything is imported and shared with each.
    list(engine(problem, make_runs(2 * max(1, cluster.workers.slots()), 2)))
    pids = cluster.pids()
    cpu, n_bytes, began = cpu_of(pids), loopback_bytes(), time.perf_counter()
    list(engine(problem, runs))
    seconds = time.perf_counter() - began
    return seconds, cpu_of(pids) - cpu, loopback_bytes() - n_bytes


def idle_engine(fit: Fit, seconds: float = 0.0) -> Engine:
    """Return an engine that sleeps and answers with what is known."""

    def engine(problem: Problem, runs: Sequence[Run], **options: object) -> Iterator[Fit]:
        time.sleep(seconds)
        for run in runs:
            yield replace(fit, run=run)

    return engine


def seconds_lost(cluster: Cluster, runs: Sequence[Run], place: Path) -> float:
    """Return how much later all is done if a worker is killed when half of it is."""
    mark = place / f"pids-{time.monotonic_ns()}"
    mark.mkdir()

    def engine(*arguments: object, **options: object) -> Iterator[Fit]:
        (mark / str(os.getpid())).touch()
        yield from train(*arguments, **options)  # type: ignore[arg-type]

    whole, *_ = timed(cluster, runs, engine)
    began = time.perf_counter()
    for n_done, _ in enumerate(spread(cluster.workers, engine)(make_problem(), runs)):
        if n_done == len(runs) // 2:
            newest = max(mark.iterdir(), key=lambda each: each.stat().st_mtime_ns)
            os.kill(int(newest.name), 9)
    return time.perf_counter() - began - whole


FARM = """
import asyncio, sys
import dask
from distributed import Worker

# What each worker does besides working, some of it a hundred times a second, is as much as one
# process can do for 200 of them.
dask.config.set({
    "distributed.worker.memory.spill": False, "distributed.worker.memory.pause": False,
    "distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1 s",
    "distributed.admin.system-monitor.interval": "60 s",
})

async def main():
    workers = [Worker(sys.argv[1], nthreads=1, nanny=None, host="127.0.0.1", dashboard=False,
                      memory_limit=0) for _ in range(int(sys.argv[2]))]
    for start in range(0, len(workers), 20):
        await asyncio.gather(*workers[start : start + 20])
    await asyncio.Event().wait()

asyncio.run(main())
"""


def many_sleepers(n_workers: int, n_tasks: int, seconds: float, place: Path) -> dict[str, object]:
    """Return what a task costs scheduler and driver where all workers sleep in one process.

    What goes on without tasks as well is taken off, and there are hardly any data: they go to every
    worker, whatever the number of tasks.
    """
    (fit,) = train(make_problem(), make_runs(1, 50))
    (place / "farm.py").write_text(FARM)
    with scheduler(place) as (server, address):
        farm = subprocess.Popen(
            [sys.executable, str(place / "farm.py"), address, str(n_workers)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            workers, began = connect_to_dask(address), time.perf_counter()
            while workers.slots() < n_workers:
                time.sleep(0.2)
            joined = time.perf_counter() - began
            problem, runs = make_problem(200), make_runs(n_tasks, 50)
            engine = spread(workers, idle_engine(fit, seconds))
            list(engine(problem, runs[: 2 * n_workers]))  # everything is imported

            def spent() -> np.ndarray:
                return np.array([
                    time.perf_counter(), cpu_of([server]), time.process_time(), loopback_bytes(),
                ])  # fmt: skip

            before = spent()
            time.sleep(IDLE_S)
            idle = spent() - before
            before = spent()
            list(engine(problem, runs))
            taken = spent() - before
            workers.close()
        finally:
            farm.kill()
            farm.wait()
    idle /= idle[0]
    _, scheduler_s, driver_s, n_bytes = (taken - idle * taken[0]) / n_tasks
    figures = {
        "what": f"{n_workers} sleeping workers of Dask, {n_tasks} answers of 50 epochs",
        "s": float(taken[0]), "s until all have joined": joined,
        "scheduler CPU ms a task": float(1000 * scheduler_s),
        "driver CPU ms a task": float(1000 * driver_s), "KB a task": float(n_bytes / 1000),
        "scheduler CPU idle": float(idle[1]), "KB/s idle": float(idle[3] / 1000),
    }  # fmt: skip
    assert scheduler_s < 0.005, figures
    assert n_bytes < 100_000, figures
    return figures


def into_the_store(n_runs: int, place: Path) -> dict[str, object]:
    """Return how many runs a second a store keeps."""
    (fit,) = train(make_problem(), make_runs(1, 100))
    with Store(place / "runs.sqlite", {"what": "benchmark"}) as store:
        began = time.perf_counter()
        for run in make_runs(n_runs, 100):
            store.keep(replace(fit, run=run))
        seconds = time.perf_counter() - began
    return {"what": "runs of 100 epochs into a store", "runs/s": n_runs / seconds}


def memory_of_a_run() -> dict[str, object]:
    """Return how much memory a fit takes in the driver, where out-of-fold losses lie in a file."""
    (fit,) = train(make_problem(), make_runs(1, 100))
    message, runs = pickle.dumps(fit), make_runs(2000, 100)
    with OutOfFold() as losses:
        before = _own_kb()
        held = [losses.keep(replace(pickle.loads(message), run=run)) for run in runs]
        return {"what": "a fit of 100 epochs in memory", "KB": (_own_kb() - before) / len(held)}


def _own_kb() -> int:
    line = next(each for each in Path("/proc/self/status").read_text().splitlines()
                if each.startswith("VmRSS:"))  # fmt: skip
    return int(line.split()[1])


def figures_of(
    kind: str, runs: Sequence[Run], alone: float, place: Path
) -> list[dict[str, object]]:
    """Return the figures of one kind of workers."""
    rows: list[dict[str, object]] = []
    for n_workers in (1, 2):
        with KINDS[kind](n_workers, place) as cluster:
            seconds, cpu, _ = timed(cluster, runs)
            row: dict[str, object] = {
                "what": f"{kind}, {n_workers} workers", "s": seconds, "CPU s": cpu,
                "CPU of one process / CPU": alone / cpu,
            }  # fmt: skip
            if n_workers == 2:
                (fit,) = train(make_problem(), make_runs(1, 100))
                n_tasks = 400
                taken, _, n_bytes = timed(cluster, make_runs(n_tasks, 100), idle_engine(fit))
                row |= {"ms a task": 1000 * taken / n_tasks, "KB a task": n_bytes / n_tasks / 1000}
                short = make_runs(12, max(runs[0].epochs // 5, 1))
                row["s lost by a killed worker"] = seconds_lost(cluster, short, place)
            rows.append(row)
            print(row, flush=True)
    return rows


def measure_all(given: argparse.Namespace, rows: list[dict[str, object]]) -> None:
    """Print the figures, and add them to ``rows``."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        list(train(make_problem(), make_runs(1, 1)))  # compiled beforehand
        began = time.process_time()
        list(train(make_problem(), make_runs(1, 50)))
        an_epoch = (time.process_time() - began) / 50
        runs = make_runs(given.runs, max(round(given.seconds / an_epoch), 1))
        for n_jobs in (1, 2):
            cpu, began = time.process_time(), time.perf_counter()
            list(train(make_problem(), runs, n_jobs=n_jobs))
            seconds, used = time.perf_counter() - began, time.process_time() - cpu
            rows.append({"what": f"one process, {n_jobs} threads", "s": seconds, "CPU s": used})
            print(rows[-1], flush=True)
        alone = float(str(rows[0]["CPU s"]))
        for kind in KINDS:
            rows += figures_of(kind, runs, alone, place)
        for measure in (
            lambda: into_the_store(3000, place),
            memory_of_a_run,
            lambda: many_sleepers(given.sleepers, 16 * given.sleepers, 1.0, place),
        ):
            rows.append(measure())
            print(rows[-1], flush=True)
        for row in on_paper(1000, rows, given.sleepers):
            rows.append(row)
            print(row, flush=True)


def main() -> None:
    """Print and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run")
    parser.add_argument("--sleepers", type=int, default=200)
    given = parser.parse_args()
    load = os.getloadavg()[0]
    rows: list[dict[str, object]] = []
    try:
        measure_all(given, rows)
    finally:  # half an hour of figures is worth keeping whatever the last one says
        write("cluster", rows, ("distributed", "ray"), load=load)


if __name__ == "__main__":
    main()
