"""Use it: the commands for new rows, and the chosen setting as other libraries spell it."""

from dataclasses import dataclass
from pathlib import PurePath

from dropdecay.report.run_files import MODEL
from dropdecay.report.sections.run import Run
from dropdecay.safe_text import shell_path


@dataclass(frozen=True)
class Code:
    """A block of code to copy."""

    title: str
    text: str


@dataclass(frozen=True)
class Use:
    """The section."""

    here: tuple[Code, ...]
    elsewhere: tuple[Code, ...]
    also: tuple[str, ...]


def use_of(run: Run) -> Use:
    """Return the section; older runs spell other libraries in lines."""
    folder = folder_of(run)
    is_classes = run.summary["task"] == "classification"
    quoted = shell_path(folder)
    proba = " --proba" if is_classes else ""
    call = "predict_proba" if is_classes else "predict"
    model = f"{folder}/{MODEL}"
    snippets = run.summary.get("elsewhere")
    lines = run.summary.get("carry", [])
    return Use(
        here=(
            Code("On new rows", f"dropdecay predict {quoted} new_rows.csv{proba}"),
            Code(
                "In Python",
                "from dropdecay import load_model\n\n"
                f"model = load_model({model!r})\nmodel.{call}(new_rows)".replace("'", '"')
                if "'" not in model and '"' not in model
                else f"from dropdecay import load_model\n\nmodel = load_model({model!r})\n"
                f"model.{call}(new_rows)",
            ),
        ),
        elsewhere=tuple(Code(name, text) for name, text in (snippets or {}).items()),
        also=tuple(lines if not snippets else [line for line in lines if not _is_named(line)]),
    )


def _is_named(line: str) -> bool:
    """Return whether a line is of a library that has a block of code."""
    return line.startswith(("torch:", "Keras:"))


def folder_of(run: Run) -> str:
    """Return the folder of a run as its user names it; older runs lack it where it had no name."""
    asked = dict(run.summary["asked"])
    out = asked.get("out")
    if isinstance(out, str) and out:
        return out
    return f"{PurePath(str(asked.get('table') or 'table')).name.split('.')[0]}-dropdecay"
