"""Long tests in stretches; interrupted they go on, and what went wrong is tried again."""

import json
import sys
from collections import Counter
from pathlib import Path


class Stretches:
    """What was found in each stretch that has been tried, by its name.

    Parameters
    ----------
    record : path
        A line of JSON for each try; the last one of a stretch counts.
    """

    def __init__(self, record: Path) -> None:
        self._record = record
        record.parent.mkdir(parents=True, exist_ok=True)

    def found(self) -> dict[str, dict]:
        """Return how the cases of each stretch ended, and what must not happen."""
        if not self._record.exists():
            return {}
        return {
            each["stretch"]: each for each in map(json.loads, self._record.read_text().splitlines())
        }

    def is_done(self, name: str) -> bool:
        """Whether a stretch was tried and nothing was wrong in it."""
        found = self.found().get(name)
        return found is not None and not found["wrong"]

    def keep(self, name: str, ended: dict[str, int], wrong: list) -> None:
        """Write down and print what a stretch has found."""
        with self._record.open("a") as record:
            record.write(json.dumps({"stretch": name, "ended": ended, "wrong": wrong}) + "\n")
        print(name, ended, *wrong, flush=True)  # noqa: T201  # a script prints

    def tell(self) -> None:
        """Print the sums by what was tried; fail if anything went wrong."""
        sums: dict[str, Counter] = {}
        n_wrong: Counter[str] = Counter()
        for name, found in self.found().items():
            of = name.rpartition(" ")[0]
            sums.setdefault(of, Counter()).update(found["ended"])
            n_wrong[of] += len(found["wrong"])
        for of, ended in sums.items():
            print(f"{of}: {dict(ended)}, {n_wrong[of]} wrong")  # noqa: T201
        sys.exit(bool(n_wrong.total()))
