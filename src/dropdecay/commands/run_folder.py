"""The folder of a run: under a working name while the run is going, whole when it has its own."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropdecay.errors import BadInput, Unfinished
from dropdecay.files import check_new_folder, why_not_written
from dropdecay.report.run_files import JOB, STORE
from dropdecay.safe_text import visible

GROWING = (STORE, f"{STORE}-wal", f"{STORE}-shm", JOB)
"""Files that only a run on its way needs."""


def working_name(folder: Path) -> Path:
    """Return the name of a run's folder until the run is finished."""
    return folder.with_name(f"{folder.name}.partial")


@contextmanager
def run_folder(folder: Path, *, resume: bool = False, again: str | None = None) -> Iterator[Path]:
    """Give a folder to work in; on leaving it takes its name.

    It is made before any work, so that a folder that cannot be written is told at once. An
    interruption or a full disk leaves it under its working name, to be resumed; after an error it
    vanishes, unless it was there before.

    Parameters
    ----------
    folder : path
        Must not exist; the folder it lies in must.
    resume : bool
        Whether the working folder of an earlier attempt is taken up.
    again : str, optional
        The command that goes on. Default: ``dropdecay fit --resume``.

    Raises
    ------
    BadInput
        If the folder is there already, cannot be written, or there is nothing to resume.
    Unfinished
        If the work was interrupted; what is done is kept.
    """
    partial = _taken_up(folder) if resume else _made(folder)
    kept = resume
    try:
        yield partial
        partial.rename(folder)
        _remove(folder, GROWING)
    except KeyboardInterrupt:
        kept = True
        raise Unfinished(how_to_resume("Stopped.", folder, again)) from None
    except Unfinished as error:
        kept = True
        raise Unfinished(how_to_resume(str(error), folder, again)) from None
    except OSError as error:
        kept = True
        why = why_not_written(folder, error, "Make it a folder you may write to.")
        raise Unfinished(how_to_resume(why, folder, again)) from None
    finally:
        if not kept:
            shutil.rmtree(partial, ignore_errors=True)


def clear_half_written(partial: Path) -> None:
    """Remove what an earlier attempt wrote at its end: it is made again, whole."""
    for entry in partial.iterdir():
        if entry.name not in GROWING:
            is_folder = entry.is_dir() and not entry.is_symlink()
            shutil.rmtree(entry) if is_folder else entry.unlink()


def how_to_resume(why: str, folder: Path, again: str | None = None) -> str:
    """Return a sentence for the user whose run has ended early."""
    command = f"dropdecay fit --resume {visible(folder, None)}" if again is None else again
    return f"{why} What is trained is kept. To go on: {command}"


def _made(folder: Path) -> Path:
    check_new_folder(folder)
    partial = working_name(folder)
    if os.path.lexists(partial):
        raise BadInput(
            f"{visible(partial)} holds an unfinished run. Go on with it: dropdecay fit --resume "
            f"{visible(folder)}. Or remove it, or choose another --out."
        )
    try:
        partial.mkdir()
    except OSError as error:
        raise BadInput(
            why_not_written(folder, error, "Choose a folder you may write to.")
        ) from None
    return partial


def _taken_up(folder: Path) -> Path:
    partial = working_name(folder)
    if folder.exists():
        raise BadInput(f"{visible(folder)} holds a finished run; there is nothing to resume.")
    if not partial.is_dir():
        raise BadInput(
            f"There is no unfinished run {visible(partial)}. Give the --out of that run."
        )
    missing = [name for name in (JOB, STORE) if not (partial / name).is_file()]
    if missing:
        raise BadInput(
            f"{visible(partial)} lacks {' and '.join(missing)}, so the run cannot be resumed. "
            "Remove the folder and run dropdecay fit again."
        )
    return partial


def _remove(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
