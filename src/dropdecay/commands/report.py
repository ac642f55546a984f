"""``dropdecay report``: the page of a finished run again, and its pictures."""

from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from dropdecay.errors import BadInput
from dropdecay.files import why_not_written, write_whole
from dropdecay.report.displays import write_pictures
from dropdecay.report.page import page_html
from dropdecay.report.stored import PAGE, read_run


def write_report(folder: Path) -> None:
    """Make the page of a stored run again, and its pictures where matplotlib is there."""
    run = read_run(folder)
    write_whole(folder / PAGE, page_html(run.results, run.summary))
    console = Console()
    console.print(f"Written: {folder / PAGE}", highlight=False, markup=False)
    if find_spec("matplotlib") is None:
        console.print('For pictures too: pip install "dropdecay[pictures]"', markup=False)
        return
    try:
        names = write_pictures(run.results, run.summary["choice"], folder)
    except OSError as error:
        raise BadInput(why_not_written(folder, error, "Make it writable.")) from None
    console.print(f"Pictures: {', '.join(names)}", highlight=False, markup=False)
