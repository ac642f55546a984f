"""What ``dropdecay fit --resume`` says of a run that has finished already."""

import json
from pathlib import Path

from rich.console import Console

from dropdecay.errors import BadInput
from dropdecay.report.run_files import SUMMARY
from dropdecay.report.stored import read_run
from dropdecay.safe_text import reason_of, visible


def tell_finished(folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the result of a finished run.

    Raises
    ------
    BadInput
        If the folder holds no run.
    """
    verdict = read_run(folder).summary["verdict"]
    if as_json:
        try:
            stored = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{visible(folder)} cannot be read: {reason_of(error)}.") from None
        print(json.dumps(stored, indent=1))  # noqa: T201  # --json asks for this output
        return
    console = Console(quiet=quiet)
    for line in (f"{visible(folder)} is finished already.", visible(verdict["sentence"], None)):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
