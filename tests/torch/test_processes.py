"""A search over modules trains in processes where that pays; its numbers are the same."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.cluster import own_processes, processes
from dropdecay.torch import ModuleClassifierCV
from tests.cluster.test_processes import children, is_alive, needs_proc, wait_until
from tests.torch.small import QUICK, Net, NormNet, losses_of, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")


@pytest.fixture
def at_once(monkeypatch):
    """Processes always pay; return how many were started."""
    started, start = Counter(), processes._Process._start

    def counted(self):
        started["processes"] += 1
        return start(self)

    monkeypatch.setattr(own_processes, "STARTING_S", 0.0)
    monkeypatch.setattr(processes._Process, "_start", counted)
    return started


def fitted(n_jobs, module, y, X, **changes):
    return ModuleClassifierCV(module, **{**QUICK, **changes, "n_jobs": n_jobs}).fit(X, y)


def check_same(one, other):
    np.testing.assert_array_equal(losses_of(one), losses_of(other))
    theirs = other.best_module_.state_dict()
    for name, each in one.best_module_.state_dict().items():
        assert torch.equal(each, theirs[name])


def test_a_search_of_many_parts_starts_two_processes_once(at_once):
    X, y = table(3)

    class OwnNet(NormNet):
        """Defined where no other process can import it."""

    def own_score(estimator, X, y):
        return float((estimator.predict(X) == y).mean())

    changes = {
        "max_epochs": 2, "n_repeats": 2, "nested": True, "scoring": own_score,
        "fixed_epochs": False,
        "scheduler": lambda optimizer: torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9),
        "augment": lambda x, generator: x + torch.randn(x.shape, generator=generator),
        "decays": lambda name, parameter: name.startswith("hidden"),
    }  # fmt: skip
    by_two = fitted(2, OwnNet, y, X, **changes)
    assert at_once["processes"] == 2
    assert not by_two.notices_
    by_one = fitted(1, OwnNet, y, X, **changes)
    assert at_once["processes"] == 2
    check_same(by_two, by_one)
    assert by_two.nested_.loss == by_one.nested_.loss
    assert by_two.verdict_.gain == by_one.verdict_.gain


def test_given_weights_and_a_dataset_go_along(at_once):
    X, y = table(2)
    given = Net()
    given.hidden.bias.requires_grad_(False)
    rows = torch.utils.data.TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    two, one = (
        fitted(n_jobs, given, None, rows, init="given", decay_to="start") for n_jobs in (2, 1)
    )  # fmt: skip
    assert at_once["processes"] == 2
    check_same(two, one)
    assert torch.equal(two.best_module_.hidden.bias, given.hidden.bias)


def test_what_cannot_be_pickled_is_trained_in_one_process_and_said(at_once):
    X, y = table(2)
    lock = threading.Lock()

    def make():
        with lock:
            return Net()

    two, one = (fitted(n_jobs, make, y, X) for n_jobs in (2, 1))
    check_same(two, one)
    (notice,) = two.notices_
    assert "cannot pickle" in notice
    assert not one.notices_
    assert not at_once


def test_short_searches_start_none():
    X, y = table(2)
    before = set(children())
    fitted(2, Net, y, X)
    assert set(children()) == before


SCRIPT = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where tests run behind an &
import torch
from dropdecay.cluster import own_processes
from dropdecay.torch import ModuleClassifierCV
from sklearn.datasets import load_iris

own_processes.STARTING_S = 0.0

class Net(torch.nn.Sequential):
    def __init__(self):
        super().__init__(torch.nn.Linear(4, 8), torch.nn.Dropout(0.1), torch.nn.Linear(8, 3))

X, y = load_iris(return_X_y=True)
search = ModuleClassifierCV(
    Net, max_epochs=100_000, fixed_epochs=True, race=False, cv=2, n_jobs=2, random_state=0
)
search.fit_with_hooks(X, y, on_network=lambda line: print(line, flush=True))
"""


@needs_proc
def test_ctrl_c_ends_a_script_and_its_processes():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT], text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_until(lambda: len(children(of=process.pid)) == 2)
        workers = children(of=process.pid)
        time.sleep(5.0)  # so that they are at work, or nearly
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
        assert said.count("KeyboardInterrupt") == 1
        wait_until(lambda: not any(map(is_alive, workers)))
    finally:
        process.kill()
