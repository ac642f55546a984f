"""What results depend on besides the run: kernels, BLAS and the type of processor."""

import platform

import numba
from llvmlite import binding

from dropdecay.errors import BadSetting
from dropdecay.kernels.compiled import KERNELS
from dropdecay.kernels.products import find_blas


def check_compiler() -> None:
    """Refuse to work without numba's compiler, without which the kernels cannot run.

    Raises
    ------
    BadSetting
        If the environment turns it off.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        raise BadSetting(
            "NUMBA_DISABLE_JIT is set, which turns numba's compiler off; networks cannot be "
            "trained or asked without it. Unset it."
        )


def machine_fingerprint() -> dict[str, str]:
    """Return what must be equal for the CPU engine to give bit-identical results.

    The processor is the one that kernels are compiled for: ``NUMBA_CPU_NAME`` names an older one.
    """
    compiled_for = numba.config.CPU_NAME or binding.get_host_cpu_name()  # type: ignore[attr-defined]
    return {
        "kernels": KERNELS,
        "blas": find_blas()[1],
        "processor": f"{platform.machine()} {compiled_for}",
    }
