"""What results depend on besides the run: kernels, BLAS and the type of processor."""

import platform

from llvmlite import binding

from dropdecay.kernels.compiled import KERNELS
from dropdecay.kernels.products import find_blas


def machine_fingerprint() -> dict[str, str]:
    """Return what must be equal for the CPU engine to give bit-identical results."""
    return {
        "kernels": KERNELS,
        "blas": find_blas()[1],
        "processor": f"{platform.machine()} {binding.get_host_cpu_name()}",
    }
