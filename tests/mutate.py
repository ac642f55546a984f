"""Change every file of a run thousands of times; interrupted, it goes on. Run by ``make fuzz``.

Each stretch of a file has a seed and a process of its own, which may end as it likes; how its
mutations ended is one line of ``runs/fuzz/mutations.jsonl``.
"""

import json
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from tests.mutations import FILES, Mutated, answer_of, make_originals, try_one
from tests.stretches import Stretches

STRETCH = 500
PLACE = Path("runs/fuzz")
ORIGINALS = PLACE / "originals"


def try_stretch(mutated: Mutated, stretch: int) -> dict:
    """Try some mutations, and return how they ended and what must not happen."""
    ended: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as place:
        answer = answer_of(mutated, ORIGINALS, Path(place))
        for number in range(STRETCH * stretch, STRETCH * (stretch + 1)):
            seed = f"{mutated.file} {number}"
            try:
                ended[try_one(mutated, ORIGINALS, Path(place), seed, answer)] += 1
            except Exception as error:  # noqa: BLE001  # that is what it looks for
                frame = traceback.extract_tb(error.__traceback__)[-1]
                where = f"{Path(frame.filename).name}:{frame.lineno}"
                wrong.append([seed, f"{type(error).__name__} at {where}: {str(error)[:200]}"])
    return {"ended": dict(ended), "wrong": wrong}


def main() -> None:
    """Try as many mutations of each file as the command line says."""
    if len(sys.argv) == 3:
        mutated = next(each for each in FILES if each.file == sys.argv[1])
        print(json.dumps(try_stretch(mutated, int(sys.argv[2]))))  # noqa: T201  # a script prints
        return
    # Anew each time: files that earlier code wrote may lack what is asked for now.
    shutil.rmtree(ORIGINALS, ignore_errors=True)
    ORIGINALS.mkdir(parents=True)
    make_originals(ORIGINALS)
    stretches = Stretches(PLACE / "mutations.jsonl")
    for stretch in range(int(sys.argv[1]) // STRETCH):
        for mutated in FILES:
            name = f"{mutated.file} {stretch}"
            if stretches.is_done(name):
                continue
            asked = [sys.executable, "-m", "tests.mutate", mutated.file, str(stretch)]
            ran = subprocess.run(asked, capture_output=True, text=True, check=False)
            found = {"ended": {}, "wrong": [[name, f"exit code {ran.returncode}: {ran.stderr}"]]}
            if ran.returncode == 0:
                found = json.loads(ran.stdout.splitlines()[-1])
            stretches.keep(name, **found)
    stretches.tell()


if __name__ == "__main__":
    main()
