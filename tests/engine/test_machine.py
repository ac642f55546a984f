"""What numbers depend on: which processor the kernels are compiled for."""

import os
import subprocess
import sys

CODE = "from dropdecay.engine.machine import machine_fingerprint as f; print(f()['processor'])"


def processor(**environment):
    done = subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, **environment}, check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_the_processor_is_the_one_that_kernels_are_compiled_for():
    assert processor(NUMBA_CPU_NAME="haswell").endswith(" haswell")
    assert processor(NUMBA_CPU_NAME="").split()[0] == processor(NUMBA_CPU_NAME="haswell").split()[0]
