"""Run what ``deploy/Dockerfile`` runs, in a fresh virtual environment instead of an image."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")


def main() -> None:
    """Build the wheel as the page says, and then run all lines that start Python."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        wheel = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
        subprocess.run([*wheel, str(place / "wheel"), str(ROOT)], check=True)
        subprocess.run([sys.executable, "-m", "venv", str(place / "venv")], check=True)
        path = f"export PATH={place / 'venv' / 'bin'}:$PATH; "
        commands = re.findall(r"^RUN (python .*)$", DOCKERFILE, re.MULTILINE)
        commands += [" ".join(re.findall(r'"([^"]+)"', DOCKERFILE.split("\nCMD ")[1]))]
        for command in commands:
            line = command.replace("/wheel/", f"{place}/wheel/")
            # Not here: the sources would be found instead of what was installed.
            subprocess.run(["bash", "-c", path + line], check=True, cwd=place)
            print(f"done: {command}", flush=True)  # noqa: T201  # a script prints


if __name__ == "__main__":
    main()
