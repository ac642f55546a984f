"""Links stand at every name that a command writes in a folder from a stranger: none is followed.

The names are those that the very command was seen to write, so a new one is covered by itself.
"""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dropdecay.commands import fit as fit_command
from dropdecay.commands.app import app
from dropdecay.commands.compare import compare_folders
from dropdecay.commands.report import write_report
from dropdecay.errors import BadInput
from dropdecay.files import PARTIAL_NAME
from dropdecay.report.run_files import GROWING, STORE
from dropdecay.surface.store import BESIDE
from tests.commands.test_full_disk import OPTIONS, check_same, fails_in_one_line
from tests.kill import write_table
from tests.report.conftest import run_folder  # noqa: F401  # a fixture

MINE = "what the reader has there"


def plant(folder, names, victim):
    """Put links to a file of the reader at names of files, and at guessable names beside them."""
    for name in names:
        for each in (name, f".{name}.partial", f"{name}.partial", f"{name}.tmp"):
            (folder / each).unlink(missing_ok=True)
            (folder / each).symlink_to(victim)


def test_a_report_on_a_received_folder_overwrites_nothing_of_the_reader(run_folder, tmp_path):  # noqa: F811
    pytest.importorskip("matplotlib")
    honest = shutil.copytree(run_folder, tmp_path / "honest")
    write_report(honest)
    written = {path.name for path in honest.iterdir()} - {"results.nc", "summary.json"}
    assert {"report.html", "surface.png", "path.svg"} <= written
    victim = tmp_path / "victim"
    victim.write_text(MINE)
    received = shutil.copytree(run_folder, tmp_path / "received")
    plant(received, written, victim)

    write_report(received)

    assert victim.read_text() == MINE
    for name in written:
        assert not (received / name).is_symlink()
        assert (received / name).read_bytes() == (honest / name).read_bytes()


def test_a_comparison_is_not_written_through_a_link(run_folder, tmp_path):  # noqa: F811
    victim, out = tmp_path / "victim", tmp_path / "page.html"
    victim.write_text(MINE)
    plant(tmp_path, ["page.html"], victim)

    with pytest.raises(BadInput, match="exists"):
        compare_folders([run_folder], as_json=False, out=out)

    assert victim.read_text() == MINE


# Every name that was seen to be written

WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
SEEN: list[list[Path]] = []
"""Paths that are written to, one list for whoever listens now."""


def hear(event, given):
    """Note paths that Python opens to write, renames to, makes or hands to SQLite."""
    if not SEEN:
        return
    if event == "open":
        path, mode, flags = given
        writes = flags & WRITES if mode is None else set(mode) & set("wax+")
        found = [path] if writes and not isinstance(path, int) else []
    else:
        found = {"os.rename": given[1:2], "os.mkdir": given[:1], "sqlite3.connect": given[:1]}.get(
            event, ()
        )
    SEEN[-1] += [Path(os.fsdecode(each)) for each in found]


sys.addaudithook(hear)


def invoke(*words):
    return CliRunner().invoke(app, [*map(str, words)])


def names_written(below, *words):
    """Run a command, and return the names below a folder that it wrote and that can be guessed."""
    SEEN.append([])
    try:
        done = invoke(*words)
    finally:
        seen = SEEN.pop()
    assert done.exit_code == 0, done.output
    return {
        str(path.relative_to(below)) for path in seen
        if path.is_relative_to(below) and path != below
        and not any(re.fullmatch(PARTIAL_NAME, part) for part in path.parts)
    }  # fmt: skip


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory):
    """A run that has trained all and written nothing yet: its folder, the table beside it."""
    folder = tmp_path_factory.mktemp("links")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit_command, "write_run", lambda *_: (_ for _ in ()).throw(OSError(5, "x")))
        done = invoke("fit", write_table(folder), *OPTIONS, "--out", folder / "run")
    assert done.exit_code == 1, done.output
    return folder / "run.partial"


@pytest.fixture(scope="module")
def resumed(unfinished, tmp_path_factory):
    """The same run, finished, and all names that this wrote below its working folder."""
    folder = tmp_path_factory.mktemp("resumed")
    partial = shutil.copytree(unfinished, folder / "run.partial")
    return folder / "run", names_written(partial, "fit", "--resume", folder / "run")


@pytest.fixture
def victim(tmp_path):
    """Somebody's folder with a file in it, and what checks that both are as they were."""
    folder = tmp_path / "victim"
    folder.mkdir()
    (folder / "file").write_text(MINE)

    def is_as_it_was():
        assert [each.name for each in folder.iterdir()] == ["file"]
        assert (folder / "file").read_text() == MINE

    return folder, is_as_it_was


@pytest.mark.parametrize("end", ["file", "", "nowhere"])
@pytest.mark.parametrize("is_model", [False, True])
def test_a_resumed_run_writes_through_no_link_at_any_of_its_names(
    unfinished, resumed, victim, tmp_path, end, is_model
):
    whole, names = resumed
    assert names >= {"report.html", "results.nc", "summary.json", "run.toml", "rows.csv", "model"}
    folder, is_as_it_was = victim
    partial = shutil.copytree(unfinished, tmp_path / "run.partial")
    planted = [each for each in names if each not in GROWING and (each == "model") == is_model]
    for name in planted:
        (partial / name).symlink_to(folder / end)

    done = invoke("fit", "--resume", tmp_path / "run")

    is_as_it_was()
    if is_model:  # a folder is never replaced
        assert "exists already" in fails_in_one_line(done)
        return
    assert done.exit_code == 0, done.output
    assert not any((tmp_path / "run" / name).is_symlink() for name in planted)
    check_same(tmp_path / "run", whole)


@pytest.mark.parametrize("name", [*GROWING, *(f"{STORE}{ending}" for ending in BESIDE)])
def test_a_link_in_place_of_what_an_unfinished_run_keeps_is_refused(
    unfinished, victim, tmp_path, name
):
    folder, _ = victim
    partial = shutil.copytree(unfinished, tmp_path / "run.partial")
    kept = (partial / name).read_bytes() if (partial / name).exists() else b""
    (folder / "file").write_bytes(kept)
    (partial / name).unlink(missing_ok=True)
    (partial / name).symlink_to(folder / "file")

    done = invoke("fit", "--resume", tmp_path / "run")

    assert (folder / "file").read_bytes() == kept
    if done.exit_code:
        fails_in_one_line(done)


COMMANDS = {
    "report": ["report", "RUN"],
    "compare": ["compare", "RUN", "RUN", "--out", "HERE/page.html"],
    "predict": ["predict", "RUN", "TABLE", "--out", "HERE/p.csv"],
    "onnx": ["export", "RUN", "--onnx", "HERE/m.onnx"],
    "torch": ["export", "RUN", "--torch", "HERE/m.safetensors"],
    "fit": ["fit", "TABLE", *OPTIONS, "--epochs", "3", "--out", "HERE/new", "--log-file",
            "HERE/log.txt"],
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("end", ["file", "", "nowhere"])
def test_no_command_writes_through_a_link_at_any_of_its_names(
    resumed, unfinished, victim, tmp_path, command, end
):
    if command == "onnx":
        pytest.importorskip("onnx")
    if command == "report":
        pytest.importorskip("matplotlib")
    folder, is_as_it_was = victim
    tmp_path = tmp_path.resolve()

    def words(here):
        here.mkdir()
        shutil.copytree(resumed[0], here / "run")
        known = {"RUN": here / "run", "TABLE": unfinished.parent / "table.csv"}
        return [known.get(word, word.replace("HERE", str(here))) for word in COMMANDS[command]]

    def check(here, names):
        """Run the command with links at these names; return whether it was refused."""
        asked = words(here)
        for name in names:
            (here / name).unlink(missing_ok=True)
            (here / name).symlink_to(folder / end)
        done = invoke(*asked)
        is_as_it_was()
        if done.exit_code:
            fails_in_one_line(done)
            return True
        assert not any((here / name).is_symlink() for name in names)
        return False

    found = names_written(tmp_path / "honest", *words(tmp_path / "honest"))
    there = tmp_path / "honest" / "run"
    # What lies in a working folder that is yet to be made cannot be planted.
    names = [name for name in sorted(found)
             if (tmp_path / "honest" / name).parent in (there, there.parent)]  # fmt: skip
    assert names
    if check(tmp_path / "here", names) and len(names) > 1:
        for place, name in enumerate(names):  # one refusal hides the others
            check(tmp_path / f"alone{place}", [name])
