"""What ``dropdecay fit --resume`` says of a run that has finished already."""

import json
from pathlib import Path

from rich.console import Console

from dropdecay.report.stored import RESULTS_HASH, read_run
from dropdecay.report.terminal.writing import Page
from dropdecay.safe_text import visible


def tell_finished(folder: Path, *, as_json: bool, quiet: bool) -> None:
    """Print the result of a finished run.

    Raises
    ------
    BadInput
        If the folder holds no run.
    """
    stored = read_run(folder).summary
    answer = stored["answer"]
    if as_json:
        told = {key: value for key, value in stored.items() if key != RESULTS_HASH}
        print(json.dumps(told, indent=1))  # noqa: T201  # --json asks for this output
        return
    page = Page(Console(quiet=quiet))
    page.prose(f"{visible(folder)} is finished already.")
    page.prose(f"{answer['headline']}. {answer['lead']}")
