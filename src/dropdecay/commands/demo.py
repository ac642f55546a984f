"""``dropdecay demo``: fit on three data sets that come with scikit-learn."""

import io
import json
import sys
from contextlib import redirect_stdout
from pathlib import Path

from rich.console import Console

from dropdecay.commands.finished import tell_finished
from dropdecay.commands.fit import run_frame
from dropdecay.commands.options import FitOptions, fit_options
from dropdecay.commands.run_folder import working_name
from dropdecay.errors import BadInput
from dropdecay.safe_text import quoted, shell_path, visible

NAMES = ("digits", "breast_cancer", "diabetes")

DEMO_SCHEMA = 1
"""The version of what --json prints."""


def run_demo(out: Path, *, as_json: bool = False) -> None:
    """Run fit on three data sets; skip those that an earlier attempt finished.

    Parameters
    ----------
    out : path
    as_json : bool
        Whether to print the three summaries as JSON; all else goes to standard error then.

    Raises
    ------
    BadInput
        If the folder cannot be created, or contains anything but an earlier attempt.
    """
    console = Console(file=sys.stderr) if as_json else Console()
    _open_folder(out)
    summaries = {}
    for name in NAMES:
        console.rule(name)
        is_done = (out / name).exists()
        if is_done:
            console.print(f"{visible(out / name)} is done already.", highlight=False, markup=False)
        if as_json:
            printed = io.StringIO()
            with redirect_stdout(printed):
                _tell(name, out / name, is_done=is_done)
            summaries[name] = json.loads(printed.getvalue())
        elif not is_done:
            _run(name, out / name, as_json=False)
    if as_json:
        told = {"schema": DEMO_SCHEMA, "out": str(out), "runs": summaries}
        print(json.dumps(told, indent=1))  # noqa: T201  # --json asks for this output
        return
    console.print(f"\nAll three are in {visible(out)}.", highlight=False, markup=False)
    console.print("Next: dropdecay fit YOUR_TABLE --target COLUMN", highlight=False, markup=False)


def _tell(name: str, folder: Path, *, is_done: bool) -> None:
    """Print the summary of a run as JSON, after the run if it is not done."""
    if is_done:
        tell_finished(folder, as_json=True, quiet=True)
    else:
        _run(name, folder, as_json=True)


def _run(name: str, folder: Path, *, as_json: bool) -> None:
    """Run fit on a data set that comes with scikit-learn."""
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = bunch.frame
    if name == "breast_cancer":
        frame = frame.assign(target=bunch.target_names[frame["target"]])
    run_frame(
        demo_options(name), frame, folder, as_json=as_json, command="dropdecay demo",
        resume=working_name(folder).exists(),
        resume_command=f"dropdecay demo --out {shell_path(folder.parent)}",
    )  # fmt: skip


def _open_folder(out: Path) -> None:
    """Create the folder, or check that it is an earlier attempt's."""
    ours = {*NAMES, *(working_name(Path(name)).name for name in NAMES)}
    try:
        out.mkdir(exist_ok=True)
        others = {path.name for path in out.iterdir()} - ours
    except OSError as error:
        raise BadInput(
            f"{visible(out)} cannot be created: {error.strerror}. Choose another folder."
        ) from None
    if others:
        raise BadInput(
            f"{visible(out)} contains other files, such as {quoted(min(others))}. Choose another "
            "folder with --out."
        )


def demo_options(name: str) -> FitOptions:
    """Return the default options with a smaller surface, so that the demo takes a minute or two."""
    return fit_options(
        table=Path(name), target="target", dropout=(0.0, 0.2, 0.4, 0.6),
        weight_decay="tau:none,130,40,13,4",
    )  # fmt: skip
