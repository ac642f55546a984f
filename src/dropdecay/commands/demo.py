"""``dropdecay demo``: fit on three data sets that come with scikit-learn."""

from pathlib import Path

from rich.console import Console

from dropdecay.commands.fit import run_frame
from dropdecay.commands.options import FitOptions, fit_options
from dropdecay.commands.run_folder import working_name
from dropdecay.errors import BadInput
from dropdecay.safe_text import quoted, visible

NAMES = ("digits", "breast_cancer", "diabetes")


def run_demo(out: Path) -> None:
    """Run fit on three data sets; skip those that an earlier attempt finished.

    Raises
    ------
    BadInput
        If the folder cannot be created, or contains anything but an earlier attempt.
    """
    from sklearn import datasets

    console = Console()
    _open_folder(out)
    for name in NAMES:
        console.rule(name)
        if (out / name).exists():
            console.print(f"{visible(out / name)} is done already.", highlight=False, markup=False)
            continue
        bunch = getattr(datasets, f"load_{name}")(as_frame=True)
        frame = bunch.frame
        if name == "breast_cancer":
            frame = frame.assign(target=bunch.target_names[frame["target"]])
        run_frame(
            demo_options(name), frame, out / name, as_json=False, command="dropdecay demo",
            resume=working_name(out / name).exists(),
            resume_command=f"dropdecay demo --out {out}",
        )  # fmt: skip
    console.print(f"\nAll three are in {visible(out)}.", highlight=False, markup=False)
    console.print("Next: dropdecay fit YOUR_TABLE --target COLUMN", highlight=False, markup=False)


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
