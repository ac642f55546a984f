import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dropdecay import on_cluster
from dropdecay.cluster.executor import ExecutorWorkers
from dropdecay.cluster.find import Wish, check_answers, cluster_of, workers_of
from dropdecay.cluster.processes import Processes
from dropdecay.cluster.spread import spread
from dropdecay.engine import cpu
from dropdecay.errors import BadSetting, NoWorkers, Unfinished
from tests.cluster.test_spread import Here
from tests.contract.runs import make_run
from tests.contract.servers import free_port
from tests.contract.workers import problem


class Live(Here):
    """Workers that somebody else has opened."""

    is_closed = False

    def close(self):
        self.is_closed = True


def test_without_a_word_there_is_no_cluster():
    assert cluster_of(None) is None


def test_an_address_is_opened_and_closed(tmp_path):
    with workers_of(cluster_of("processes"), Wish(3, tmp_path)) as workers:
        assert isinstance(workers, Processes)
        assert workers.slots() == 3
        assert list(tmp_path.iterdir())
    assert not list(tmp_path.iterdir())


def test_with_gpus_there_is_one_process_for_each_which_sees_no_other(tmp_path):
    gpus = [{"CUDA_VISIBLE_DEVICES": name} for name in ("3", "GPU-a1")]
    seen = tmp_path / "seen"
    seen.mkdir()

    def train(*arguments, **options):
        (seen / os.environ["CUDA_VISIBLE_DEVICES"]).touch()
        time.sleep(0.5)  # so that the other one gets something to do as well
        yield from cpu.train(*arguments, **options)

    with workers_of("processes", Wish(8, tmp_path, gpus)) as workers:
        assert workers.slots() == 2
        runs = [make_run(seed=seed) for seed in range(4)]
        assert len([*spread(workers, train, deals=True)(problem(), runs)]) == 4
    assert sorted(each.name for each in seen.iterdir()) == ["3", "GPU-a1"]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with (
        pytest.raises(Unfinished, match="missing cannot be written"),
        workers_of("processes", Wish(1, tmp_path / "missing")),
    ):
        pass


def test_a_live_object_has_precedence_within_its_block_and_stays_open():
    live = Live()
    with on_cluster(live):
        assert cluster_of("processes") is live
        assert cluster_of(None) is live
        with on_cluster("processes"):
            assert cluster_of(None) == "processes"
        with workers_of(live, Wish(2)) as workers:
            assert workers is live
    assert not live.is_closed
    assert cluster_of(None) is None


def test_the_block_ends_with_an_error_too():
    with pytest.raises(KeyError), on_cluster("processes"):
        raise KeyError
    assert cluster_of(None) is None


@pytest.mark.parametrize(
    "address", ["process", "processes://", "http://10.0.0.5:80", "rays", "tcp:", ""]
)
def test_another_address_is_refused_with_those_that_there_are(address):
    for give in (cluster_of, lambda address: on_cluster(address).__enter__()):
        with pytest.raises(BadSetting, match=r"not known\. Clusters are 'processes'"):
            give(address)


def test_an_object_that_is_no_cluster_is_refused():
    with pytest.raises(BadSetting, match=r"not known\. Clusters are 'processes'"), on_cluster(7):
        pass


def test_a_live_object_is_no_parameter():
    with pytest.raises(BadSetting, match=r"cluster must be an address.*on_cluster\(\.\.\.\)"):
        cluster_of(Live())


def test_an_executor_is_a_cluster_and_stays_open():
    with ThreadPoolExecutor(3) as executor:
        with on_cluster(executor), workers_of(cluster_of(None), Wish(1)) as workers:
            assert isinstance(workers, ExecutorWorkers)
            assert workers.slots() == 3
        assert executor.submit(sum, [1, 2]).result() == 3


@pytest.mark.parametrize(
    ("address", "said"),
    [("tcp://127.0.0.1:{}", "No Dask scheduler"), ("ray://127.0.0.1:{}", "No Ray cluster")],
)
def test_a_cluster_that_does_not_answer_is_never_replaced_by_this_machine(address, said):
    pytest.importorskip(address[:3].replace("tcp", "distributed"))
    address = address.format(free_port())
    with pytest.raises(NoWorkers, match=said), workers_of(address, Wish(1)):
        pass
    with pytest.raises(NoWorkers, match=said):
        check_answers(address)


@pytest.mark.parametrize("cluster", [None, "processes", Live()])
def test_what_is_here_needs_no_answer(cluster):
    check_answers(cluster)


def test_dask_and_ray_are_not_imported_before_they_are_asked_for():
    code = "import sys, dropdecay, dropdecay.cluster.find, dropdecay.estimators.mlp_cv; print("
    code += "[name for name in ('dask', 'distributed', 'ray') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert done.stdout == "[]\n"
