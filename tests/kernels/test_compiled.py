import importlib
import logging
import pkgutil
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

import dropdecay
from dropdecay import kernels
from dropdecay.kernels import compiled
from dropdecay.kernels.masks import draw_decisions

CALLEE = '''"""Callee."""
from folder.compiled import kernel

@kernel
def callee(x):
    return x * {factor}
'''
CALLER = '''"""Caller."""
from folder.callee import callee
from folder.compiled import kernel

@kernel
def caller(x):
    return callee(x) + 0
'''
RUN = """
from folder.caller import caller
print(caller(2), sum(caller.stats.cache_hits.values()))
"""


@pytest.fixture
def package(tmp_path):
    """A package of two kernels, of which one calls the other."""
    package = tmp_path / "folder"
    package.mkdir()
    (package / "__init__.py").touch()
    source = Path(dropdecay.__file__).parent / "kernels" / "compiled.py"
    shutil.copy(source, package / "compiled.py")
    (package / "caller.py").write_text(CALLER)
    (package / "callee.py").write_text(CALLEE.format(factor=10))
    return tmp_path


def start(folder, **environment):
    """Let a new process call the caller."""
    usual = {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", RUN], env=usual | environment, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip


def ask(folder):
    """Let a new process call the caller; return its result and its cache hits."""
    return tuple(int(word) for word in start(folder).communicate()[0].split())


def test_an_edit_to_a_callee_recompiles_its_caller(package):
    assert ask(package) == (20, 0)
    assert ask(package) == (20, 1)
    (package / "folder" / "callee.py").write_text(CALLEE.format(factor=30))
    assert ask(package) == (60, 0)


WAITS = "Another process compiles the kernels for this machine; waiting for it."


def test_of_processes_that_need_a_kernel_at_once_one_compiles_and_the_others_wait(package):
    fcntl = pytest.importorskip("fcntl")  # POSIX only
    start(package).communicate()  # makes the folder, whose name is a hash
    (cache,) = (package / "cache").iterdir()
    for kept in cache.rglob("*.nb*"):
        kept.unlink()
    with (cache / "compiling").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        processes = [start(package) for _ in range(2)]
        assert [each.stderr.readline().strip() for each in processes] == [WAITS, WAITS]

    said = sorted(each.communicate()[0].split() for each in processes)

    assert said == [["20", "0"], ["20", "1"]]  # the second one reads what the first has compiled


def test_a_process_that_was_killed_while_it_compiled_holds_nobody_up(package):
    fcntl = pytest.importorskip("fcntl")
    start(package).communicate()
    (cache,) = (package / "cache").iterdir()
    file = (cache / "compiling").open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    file.close()  # as the system does for a process that it kills

    out, err = start(package).communicate()

    assert (out.split(), err) == (["20", "1"], "")


@pytest.mark.parametrize("place", ["/proc/1/none", "~/none"])
def test_where_the_folder_cannot_be_written_kernels_work_and_nothing_is_written(package, place):
    out, err = start(package, NUMBA_CACHE_DIR=place).communicate()

    assert out.split() == ["20", "0"], err
    assert not (Path.cwd() / "~").exists()


def test_no_two_functions_share_a_name_under_which_machine_code_is_kept():
    """numba/numba#10486: a process that loads both would call either of them, silently."""
    named = defaultdict(set)
    for module in pkgutil.iter_modules(kernels.__path__, "dropdecay.kernels."):
        for value in vars(importlib.import_module(module.name)).values():
            function = getattr(value, "py_func", value)
            if isinstance(function, FunctionType):
                named[function.__module__, function.__qualname__].add(function)
    assert [name for name, functions in named.items() if len(functions) > 1] == []


def test_compiling_is_announced_if_nothing_is_cached(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.WARNING, "dropdecay")  # a quiet command may have run before
    monkeypatch.setattr(compiled, "CACHE", tmp_path)
    compiled.announce_compiling.cache_clear()

    compiled.announce_compiling()
    compiled.announce_compiling()

    assert [each.getMessage() for each in caplog.records] == [
        "Compiling the kernels for this machine: about 20 seconds, only this once."
    ]


def test_nothing_is_announced_if_kernels_are_cached(tmp_path, monkeypatch, caplog):
    draw_decisions(0, 1, 0, 0, np.zeros(2, np.uint32), np.empty(128, np.uint16))
    # numba's name for the folder of a cached kernel, taken from an existing one.
    kept = next(compiled.CACHE.rglob("masks.draw_decisions*.nbi"))
    name = kept.name.replace("masks.draw_decisions", "epoch.train_epoch")
    (tmp_path / kept.parent.name).mkdir()
    shutil.copy(kept, tmp_path / kept.parent.name / name)
    monkeypatch.setattr(compiled, "CACHE", tmp_path)
    compiled.announce_compiling.cache_clear()

    compiled.announce_compiling()

    assert not any("Compiling" in each.getMessage() for each in caplog.records)
