"""Print the oldest version of every dependency that pyproject.toml allows, as pip's constraints.

``make test-oldest`` installs them, so that no lower bound is a guess.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def oldest_versions(project: dict[str, Any]) -> Iterator[str]:
    """Return a line "name==version" for every requirement "name>=version"; others are pinned."""
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    for requirement in sorted(set().union(*groups)):
        bound = re.fullmatch(r"([\w-]+)>=([\d.]+)", requirement)
        if bound:
            yield f"{bound[1]}=={bound[2]}\n"


if __name__ == "__main__":
    sys.stdout.writelines(oldest_versions(tomllib.loads(PYPROJECT.read_text())["project"]))
