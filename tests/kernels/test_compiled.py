import shutil
import subprocess
import sys
from pathlib import Path

import dropdecay

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
    """Run the caller in a new process; return its answer and its cache hits."""
    environment = {"NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, check=True
    )
    return tuple(int(word) for word in done.stdout.split())


def test_an_edit_in_a_callee_reaches_the_caller_and_nothing_else_is_compiled_again(tmp_path):
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
