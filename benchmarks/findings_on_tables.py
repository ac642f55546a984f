"""What reading real tables, and a look at them, find, a line each.

    python -m benchmarks.findings_on_tables FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. Whether a finding is true is for
people to say: docs/findings.md does.
"""

import argparse
import time
from pathlib import Path

import pandas as pd

from dropdecay.table.check import recognise_task
from dropdecay.table.decide import decide
from dropdecay.table.frames import as_frame
from dropdecay.table.look import look


def main() -> None:
    """Print the findings of every table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    for path in sorted(parser.parse_args().folder.glob("*.parquet")):
        frame = as_frame(pd.read_parquet(path))
        target = frame.pop("target")
        decided = decide(frame)
        typed = decided.reading.typed(frame)
        task = recognise_task(target).task
        began, worked = time.perf_counter(), time.process_time()
        findings = look(typed, target, task, 5)
        took = time.perf_counter() - began, time.process_time() - worked
        print(f"{path.stem}: {len(frame)} x {frame.shape[1]}, {took[0]:.1f} s ({took[1]:.1f} s of "
              "processor)", flush=True)  # fmt: skip
        for each in (*decided.findings, *findings):
            print(f"    {'!' if each.grave else ' '} {each.code}: {each}", flush=True)


if __name__ == "__main__":
    main()
