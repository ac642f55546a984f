"""The dropout function against torch's and NumPy's ways and against a plain copy of the array."""

import numpy as np
import torch
from torch.nn import functional

from benchmarks.rivals.torch_eager import FastDropout
from benchmarks.timing import take_turns, write
from dropdecay import dropout

RATE = 0.3


def measure(size: int) -> dict[str, object]:
    """Time one size, float32, on one thread each."""
    x = np.random.default_rng(0).normal(size=size).astype(np.float32)
    rng = np.random.default_rng(1)
    tensor, fast = torch.from_numpy(x), FastDropout(RATE)
    repeats = max(1, 2_000_000 // size)  # a turn of small calls would time cold caches
    timed = take_turns(
        {
            "ours": lambda: dropout(x, RATE, rng=1),
            "torch": lambda: functional.dropout(tensor, RATE),
            "torch, rate 0": lambda: functional.dropout(tensor, 0.0),
            "torch, fast mask": lambda: fast(tensor),
            "NumPy binomial": lambda: x * np.random.binomial(1, 1 - RATE, x.shape) / (1 - RATE),  # noqa: NPY002  # the textbook's line
            "NumPy random": lambda: (
                x * (rng.random(x.shape, np.float32) >= RATE) / np.float32(1 - RATE)
            ),
            "copy": lambda: x.copy(),
        },
        rounds=15,
        repeats=repeats,
    )
    ours = timed["ours"]
    return {
        "elements": size,
        **{
            f"{name}, ns an element": each.median / size / repeats * 1e9
            for name, each in timed.items()
        },
        **{f"{name} / ours": each.ratio(ours) for name, each in timed.items() if each is not ours},
        "ours / copy": ours.ratio(timed["copy"]),
    }


def main() -> None:
    """Time arrays from sixteen thousand to sixteen million elements."""
    torch.set_num_threads(1)
    rows = []
    for size in (16_000, 256_000, 4_000_000, 16_000_000):
        row = measure(size)
        rows.append(row)
        print(f"{size:,} elements: ours {row['ours, ns an element']:.2f} ns an element")
        for name, value in row.items():
            if isinstance(value, tuple):
                low, middle, high = value
                print(f"  {name:<24}{middle:6.1f} ({low:.1f}-{high:.1f})")
    write("dropout", rows, ("torch",), threads=1, rate=RATE)


if __name__ == "__main__":
    main()
