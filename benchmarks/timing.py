"""How contenders are timed: in turns within one run, so that the machine's drift hits all alike."""

import json
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from dropdecay.kernels.products import find_blas

FIGURES = Path(__file__).parent / "figures"


@dataclass(frozen=True)
class Timing:
    """Seconds of each round of one contender."""

    seconds: np.ndarray

    @property
    def median(self) -> float:
        """Return the median."""
        return float(np.median(self.seconds))

    def ratio(self, other: "Timing") -> tuple[float, float, float]:
        """Return lower quartile, median and upper quartile of self / other, round by round."""
        low, middle, high = np.percentile(self.seconds / other.seconds, [25, 50, 75])
        return float(low), float(middle), float(high)


def take_turns(
    contenders: dict[str, Callable[[], object]],
    rounds: int = 15,
    repeats: int = 1,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time every contender once a round, A B C A B C, after one round that does not count.

    A turn is ``repeats`` calls in a row. Where all have one thread, ``time.process_time`` as the
    clock leaves out what other programs took.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, work in contenders.items():
            began = clock()
            for _ in range(repeats):
                work()
            if turn > 0:
                seconds[name].append(clock() - began)
    return {name: Timing(np.array(each)) for name, each in seconds.items()}


def machine(libraries: tuple[str, ...] = ()) -> dict[str, str | int]:
    """Return what the figures depend on; ``libraries``: contenders whose versions count too."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), model)
    return {
        "processor": model,
        "cores": os.cpu_count() or 0,
        "python": platform.python_version(),
        "blas": find_blas()[1],
        **{name: version(name) for name in ("numpy", "scipy", "numba", *libraries)},
    }


def device_name(device: str) -> str:
    """Return the name of the GPU that torch calls by this name; others are called as they are."""
    if not device.startswith("cuda"):
        return device
    import torch

    return torch.cuda.get_device_name(device)


def write(
    name: str, rows: list[dict[str, object]], libraries: tuple[str, ...] = (), **settings: object
) -> None:
    """Keep the figures beside the benchmarks, with the machine they were taken on."""
    FIGURES.mkdir(exist_ok=True)
    figures = {"machine": machine(libraries), **settings, "rows": rows}
    (FIGURES / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n")
