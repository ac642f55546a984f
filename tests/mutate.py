"""Change every file of a run thousands of times; interrupted, it goes on. Run by ``make fuzz``.

Stretches in which anything went wrong are tried again when it is started again.

Each stretch of a file has a seed and a process of its own, which may end as it likes; how its
mutations ended is one line of ``runs/fuzz/mutations.jsonl``.
"""

import json
import subprocess
import sys
import tempfile
import traceback
from collections import Counter
from pathlib import Path

from tests.mutations import FILES, Mutated, answer_of, make_originals, try_one

STRETCH = 500
PLACE = Path("runs/fuzz")
RECORD = PLACE / "mutations.jsonl"
ORIGINALS = PLACE / "originals"


def done() -> dict[str, dict]:
    """Return what the stretches so far found, by name; the last time each was tried counts."""
    if not RECORD.exists():
        return {}
    return {each["stretch"]: each for each in map(json.loads, RECORD.read_text().splitlines())}


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
    PLACE.mkdir(parents=True, exist_ok=True)
    if not (ORIGINALS / "runs.sqlite").exists():
        ORIGINALS.mkdir(exist_ok=True)
        make_originals(ORIGINALS)
    for stretch in range(int(sys.argv[1]) // STRETCH):
        for mutated in FILES:
            name = f"{mutated.file} {stretch}"
            if name in done() and not done()[name]["wrong"]:
                continue
            asked = [sys.executable, "-m", "tests.mutate", mutated.file, str(stretch)]
            ran = subprocess.run(asked, capture_output=True, text=True, check=False)
            found = {"ended": {}, "wrong": [[name, f"exit code {ran.returncode}: {ran.stderr}"]]}
            if ran.returncode == 0:
                found = json.loads(ran.stdout.splitlines()[-1])
            with RECORD.open("a") as record:
                record.write(json.dumps({"stretch": name, **found}) + "\n")
            print(name, found["ended"], *found["wrong"], flush=True)  # noqa: T201
    tell()


def tell() -> None:
    """Print the sums by file; fail if anything went wrong."""
    wrong = 0
    for mutated in FILES:
        mine = [each for name, each in done().items() if name.rpartition(" ")[0] == mutated.file]
        ended = sum((Counter(each["ended"]) for each in mine), Counter())
        n_wrong = sum(len(each["wrong"]) for each in mine)
        wrong += n_wrong
        print(f"{mutated.file}: {dict(ended)}, {n_wrong} wrong")  # noqa: T201
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
