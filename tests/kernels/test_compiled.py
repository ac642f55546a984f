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


def ask(folder):
    """Run the caller in a new process; return its result and its cache hits."""
    environment = {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True
    )
    return tuple(int(word) for word in done.stdout.split())


def test_an_edit_to_a_callee_recompiles_its_caller(tmp_path):
    package = tmp_path / "folder"
    package.mkdir()
    (package / "__init__.py").touch()
    source = Path(dropdecay.__file__).parent / "kernels" / "compiled.py"
    shutil.copy(source, package / "compiled.py")
    (package / "caller.py").write_text(CALLER)
    (package / "callee.py").write_text(CALLEE.format(factor=10))

    assert ask(tmp_path) == (20, 0)
    assert ask(tmp_path) == (20, 1)
    (package / "callee.py").write_text(CALLEE.format(factor=30))
    assert ask(tmp_path) == (60, 0)


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

    assert not caplog.records
