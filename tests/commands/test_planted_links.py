"""Links stand at every name that a command writes in a folder from a stranger: none is followed."""

import shutil

import pytest

from dropdecay.commands.compare import compare_folders
from dropdecay.commands.report import write_report
from dropdecay.errors import BadInput
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
