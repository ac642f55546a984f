"""The folder of a run: named ``*.partial`` until the run is complete, then renamed."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from dropdecay.commands.own_folder import check_own, remove_own, remove_run
from dropdecay.commands.signals import NOTHING, exit_code_of
from dropdecay.errors import (
    BadInput,
    DropdecayError,
    EndedBySignal,
    FailedWork,
    Unfinished,
    not_enough_memory,
)
from dropdecay.files import check_new_folder, why_not_written
from dropdecay.report.run_files import GROWING, JOB, STORE
from dropdecay.safe_text import shell_path, visible

PARTIAL = ".partial"

RESUME = "dropdecay fit --resume"


def working_name(folder: Path) -> Path:
    """Return the name of a run's folder until the run is finished."""
    folder = folder.absolute() if not folder.name else folder  # "." has no name of its own
    return folder.with_name(f"{folder.name}{PARTIAL}")


def final_name(folder: Path) -> Path:
    """Return the name of a run's folder once the run is finished, from either name."""
    return folder.with_name(folder.name.removesuffix(PARTIAL)) if folder.name else folder


def check_run_folder(folder: Path, *, resume: bool = False, force: bool = False) -> None:
    """Check that a run can be written to a folder, before its table is read.

    Raises
    ------
    BadInput
        If the folder exists already, its parent does not, or there is nothing to resume.
    """
    replaces = force and os.path.lexists(folder)
    if replaces:
        check_own(folder)
    if resume:
        _check_unfinished(folder, replaces)
    else:
        _check_free(folder, replaces)


@contextmanager
def run_folder(
    folder: Path, *, resume: bool = False, resume_command: str | None = None, force: bool = False
) -> Iterator[Path]:
    """Yield a working folder, which gets its final name when the block ends.

    It is created before any work, so that an unwritable place fails at once. Once a network is
    trained it stays whatever happens, to be resumed; unless every network has diverged, which
    another attempt would repeat.

    Parameters
    ----------
    folder : path
        Must not exist, unless it is to be replaced; its parent must.
    resume : bool
        Whether to continue in the working folder of an earlier attempt.
    resume_command : str, optional
        The command that continues the run. Default: ``dropdecay fit --resume``.
    force : bool
        Whether to replace the folder of a finished run, when this one is finished.

    Raises
    ------
    BadInput
        If the folder exists already or cannot be written, or there is nothing to resume.
    Unfinished
        If the work was cut short; finished networks are kept.
    """
    check_run_folder(folder, resume=resume, force=force)
    replaces = force and os.path.lexists(folder)
    resume_command = resume_command or _resume_command(folder, force=force)
    partial = working_name(folder) if resume else _created(folder)
    try:
        yield partial
        _rename(partial, folder, replaces=replaces)
    except BaseException as error:
        ended = _in_words(error, folder)
        if resume or _stays(partial, error):
            ended = _with_way_on(ended, resume_command, resume=resume)
        else:
            remove_run(partial)
            if isinstance(error, KeyboardInterrupt):
                ended = EndedBySignal(NOTHING, exit_code=exit_code_of(error))
        if ended is error:
            raise
        raise ended from None
    _remove(folder, GROWING)


def last_words(folder: Path, resume_command: str | None = None, *, force: bool = False) -> str:
    """Return what to say when a run is ended at once; what cannot be resumed is removed.

    Parameters
    ----------
    folder, resume_command, force
        As for :func:`run_folder`.
    """
    partial = working_name(folder)
    if (partial / STORE).exists():
        return how_to_resume("Stopped.", resume_command or _resume_command(folder, force=force))
    remove_run(partial)
    return NOTHING


def _in_words(error: BaseException, folder: Path) -> BaseException:
    """Return an error of the system as one that says what is wrong and what to do."""
    if isinstance(error, OSError):
        return Unfinished(why_not_written(folder, error, "Make the folder writable."))
    if isinstance(error, MemoryError):
        return Unfinished(not_enough_memory(error))
    return error


def _stays(partial: Path, error: BaseException) -> bool:
    """Whether the folder of a new run stays, since it can be resumed."""
    if isinstance(error, (KeyboardInterrupt, OSError, Unfinished)):
        return (partial / STORE).exists()
    if isinstance(error, FailedWork):
        return False  # it would fail again
    return _holds_networks(partial / STORE)


def _holds_networks(store: Path) -> bool:
    if not store.exists():
        return False
    try:
        with closing(sqlite3.connect(store)) as connection:
            (count,) = connection.execute("SELECT count(*) FROM runs").fetchone()
    except sqlite3.Error:  # for instance since the disk is full
        return True
    return bool(count)


def _with_way_on(error: BaseException, command: str, *, resume: bool) -> BaseException:
    """Return what ended a run that can be resumed, with the words that say how."""
    told = how_to_resume("", command)
    if isinstance(error, KeyboardInterrupt):
        return EndedBySignal("Stopped.", told, exit_code=exit_code_of(error))
    if isinstance(error, Unfinished) or (isinstance(error, BadInput) and not resume):
        return Unfinished(*error.parts, told)
    if not isinstance(error, DropdecayError):
        error.add_note(told.strip())
    return error


def clear_half_written(partial: Path) -> None:
    """Remove the outputs that an earlier attempt left incomplete; they are written anew.

    What no run writes stays, and so becomes part of the finished folder.
    """
    for entry in partial.iterdir():
        if entry.name not in GROWING:
            remove_own(entry)


def how_to_resume(why: str, command: str) -> str:
    """Return the message for a run that has ended early, after the reason."""
    return f"{why} Trained networks are kept. To resume: {command}"


def resume_from_input(folder: Path, *, force: bool) -> str:
    """Return the command that continues a run whose table was piped in."""
    return f"... | {_resume_command(folder, force=force)}"


def _resume_command(folder: Path, *, force: bool) -> str:
    """Return the command that continues a run; forced where the folder has to be replaced."""
    force = force and os.path.lexists(folder)
    return f"{RESUME} {shell_path(folder)}{' --force' if force else ''}"


def _rename(partial: Path, folder: Path, *, replaces: bool) -> None:
    """Give a finished folder its name; an old one of that name goes when the new one is there."""
    if not replaces:
        partial.rename(folder)
        return
    check_own(folder)
    old = folder.with_name(f"{folder.name}.{secrets.token_hex(8)}")
    folder.rename(old)
    partial.rename(folder)
    remove_run(old)


def _check_new(folder: Path) -> None:
    """Refuse a folder that exists; of a finished run, say what would replace it."""
    try:
        check_new_folder(folder)
    except BadInput as taken:
        try:
            check_own(folder)
        except (BadInput, OSError):
            raise taken from None
        raise BadInput(
            f"{visible(folder)} exists already: a finished run. Choose another --out, or replace "
            "it by --force."
        ) from None


def _check_free(folder: Path, replaces: bool) -> None:
    """Refuse a folder that exists, or in which an earlier run waits."""
    if not replaces:
        _check_new(folder)
    partial = working_name(folder)
    if os.path.lexists(partial) and not (partial / STORE).exists():
        raise BadInput(
            f"{visible(partial)} holds a run that has trained nothing yet. If no process is at "
            "work on it, remove it, or choose another --out."
        )
    if os.path.lexists(partial):
        raise BadInput(
            f"{visible(partial)} holds an unfinished run. Resume it "
            f"({_resume_command(folder, force=replaces)}), remove it, or choose another --out."
        )


def _created(folder: Path) -> Path:
    partial = working_name(folder)
    try:
        partial.mkdir()
    except OSError as error:
        raise BadInput(why_not_written(folder, error, "Choose a writable folder.")) from None
    return partial


def _check_unfinished(folder: Path, replaces: bool) -> None:
    """Refuse a folder in which no run waits to be resumed."""
    partial = working_name(folder)
    if folder.exists() and not replaces:
        raise BadInput(f"{visible(folder)} holds a finished run; there is nothing to resume.")
    if partial.is_symlink():
        raise BadInput(f"{visible(partial)} is a link. Give the folder of the run itself.")
    if not partial.is_dir():
        raise BadInput(
            f"There is no unfinished run {visible(partial)}. Give the --out folder of that run."
        )
    missing = [name for name in (JOB, STORE) if not (partial / name).is_file()]
    if missing:
        raise BadInput(
            f"{visible(partial)} lacks {' and '.join(missing)}, so the run cannot be resumed. "
            "Remove the folder and run dropdecay fit again."
        )


def _remove(folder: Path, names: tuple[str, ...]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)
