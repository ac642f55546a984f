"""``dropdecay report``: rebuild the page of a finished run, with pictures."""

from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from dropdecay.commands.written import tell_written
from dropdecay.files import write_file
from dropdecay.report.explained_displays import pictures_of_folds
from dropdecay.report.figure_files import picture_files
from dropdecay.report.page import page_html
from dropdecay.report.run_files import PAGE
from dropdecay.report.stored import as_one_sentence, read_run
from dropdecay.safe_text import visible

REMEDY = "Make its folder writable."


def write_report(folder: Path, *, as_json: bool = False) -> None:
    """Rebuild the page of a stored run, and its pictures if matplotlib is installed."""
    run = read_run(folder)
    with as_one_sentence(f"The run in {visible(folder)}"):
        page = page_html(run.results, run.summary)
    write_file(folder / PAGE, page, REMEDY)
    console = Console(quiet=as_json)
    console.print(f"Written: {visible(folder / PAGE)}", highlight=False, markup=False)
    if find_spec("matplotlib") is None:
        console.print('To add pictures: pip install "dropdecay[pictures]"', markup=False)
        tell_written([folder / PAGE], as_json=as_json)
        return
    with as_one_sentence(f"The run in {visible(folder)}"):
        pictures = picture_files(run.results, run.summary["choice"])
        pictures |= pictures_of_folds(run.summary)
    for name, data in pictures.items():
        write_file(folder / name, data, REMEDY)
    console.print(f"Pictures: {', '.join(pictures)}", highlight=False, markup=False)
    tell_written([folder / PAGE, *(folder / name for name in pictures)], as_json=as_json)
