"""Thousands of random tables through fit and predict, in stretches. Run by ``make fuzz``.

How many, the command line says. Each stretch has a seed and a process of its own; how its tables
ended is one line of ``runs/fuzz/tables.jsonl``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.stretches import Stretches

STRETCH = 250
TESTS = ("test_any_table_gives_finite_predictions_or_one_clear_line",
         "test_most_tables_were_fitted_not_refused")  # fmt: skip


def try_stretch(seed: int) -> tuple[dict[str, int], list[str]]:
    """Return how the tables of a seed ended, and what must not happen."""
    given = {"DROPDECAY_FUZZ_CASES": str(STRETCH), "DROPDECAY_FUZZ_SEED": str(seed)}
    asked = [
        sys.executable,
        "-m",
        "pytest",
        "-s",
        "-q",
        *(f"tests/test_fuzz.py::{each}" for each in TESTS),
    ]
    ran = subprocess.run(
        asked, env={**os.environ, **given}, capture_output=True, text=True, check=False
    )
    lines = [line for line in ran.stdout.splitlines() if line.startswith('{"')]
    if ran.returncode or not lines:
        return {}, [ran.stdout[-3000:] + ran.stderr[-1000:]]
    return json.loads(lines[-1]), []


def main() -> None:
    """Try as many tables as the command line says."""
    stretches = Stretches(Path("runs/fuzz/tables.jsonl"))
    for seed in range(int(sys.argv[1]) // STRETCH):
        if not stretches.is_done(f"tables {seed}"):
            stretches.keep(f"tables {seed}", *try_stretch(seed))
    stretches.tell()


if __name__ == "__main__":
    main()
