"""The dropout function against NumPy's ways and against a plain copy of the array."""

import numpy as np

from benchmarks.timing import take_turns, write
from dropdecay import dropout

RATE = 0.3


def main() -> None:
    """Time arrays from sixteen thousand to sixteen million float32 elements, on one thread."""
    rows = []
    print("elements    ours ns   binomial/ours   random/ours   ours/copy  (quartiles)")
    for size in (16_000, 256_000, 4_000_000, 16_000_000):
        x = np.random.default_rng(0).normal(size=size).astype(np.float32)
        rng = np.random.default_rng(1)
        timed = take_turns(
            {
                "ours": lambda x=x: dropout(x, RATE, rng=1),
                "binomial": lambda x=x: x * np.random.binomial(1, 1 - RATE, x.shape) / (1 - RATE),  # noqa: NPY002  # the textbook's line
                "random": lambda x=x, rng=rng: (
                    x * (rng.random(x.shape, np.float32) >= RATE) / np.float32(1 - RATE)
                ),
                "copy": lambda x=x: x.copy(),
            },
            rounds=9,
        )
        ours = timed["ours"]
        ratios = {
            "binomial / ours": timed["binomial"].ratio(ours),
            "random / ours": timed["random"].ratio(ours),
            "ours / copy": ours.ratio(timed["copy"]),
        }
        rows.append({"elements": size, "ours ns an element": ours.median / size * 1e9, **ratios})
        shown = "   ".join(
            f"{mid:5.1f} ({low:.1f}-{high:.1f})" for low, mid, high in ratios.values()
        )
        print(f"{size:>10,}  {ours.median / size * 1e9:5.2f}   {shown}")
    write("dropout", rows, threads=1, rate=RATE)


if __name__ == "__main__":
    main()
