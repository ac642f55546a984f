"""What ``dropdecay fit --resume`` says of a run that has finished already."""

import json
from pathlib import Path

from rich.console import Console

from dropdecay.errors import BadInput
from dropdecay.report.run_files import SUMMARY
from dropdecay.report.stored import read_run
from dropdecay.report.terminal.writing import Page
from dropdecay.safe_text import reason_of, visible


def tell_finished(folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the result of a finished run.

    Raises
    ------
    BadInput
        If the folder holds no run.
    """
    answer = read_run(folder).summary["answer"]
    if as_json:
        try:
            stored = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInput(f"{visible(folder)} cannot be read: {reason_of(error)}.") from None
        print(json.dumps(stored, indent=1))  # noqa: T201  # --json asks for this output
        return
    page = Page(Console(quiet=quiet))
    page.prose(f"{visible(folder)} is finished already.")
    page.prose(f"{answer['headline']}. {answer['lead']}")
