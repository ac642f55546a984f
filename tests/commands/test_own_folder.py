"""Only the folder of a finished run is replaced, and only when the new run is finished."""

import json
from pathlib import Path

import pytest

from dropdecay.commands.own_folder import check_own
from dropdecay.commands.run_folder import run_folder
from dropdecay.errors import BadInput


@pytest.fixture
def run(tmp_path):
    """What a run leaves."""
    folder = tmp_path / "run"
    (folder / "model").mkdir(parents=True)
    (folder / "model" / "model.json").write_text("{}")
    (folder / "summary.json").write_text(json.dumps({"dropdecay": "0.2.0"}))
    for name in ("results.nc", "report.html", "run.toml", "surface.png"):
        (folder / name).write_text("")
    return folder


def refused(folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        check_own(folder)
    return str(caught.value)


def test_the_folder_of_a_run_may_be_replaced(run):
    check_own(run)


def test_any_other_folder_may_not(run, tmp_path):
    assert "is no folder of a finished run" in refused(tmp_path)
    assert "is no folder of a finished run" in refused(run / "report.html")
    (run / "model" / "model.json").unlink()
    assert "is no folder of a finished run" in refused(run)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "\x00"])
def test_a_summary_that_no_run_wrote_proves_nothing(run, text):
    (run / "summary.json").write_text(text)
    assert "is no folder of a finished run" in refused(run)


def test_what_somebody_put_there_is_named(run):
    (run / "my notes.txt").write_text("")
    assert "holds my notes.txt, which no run wrote" in refused(run)
    (run / "my notes.txt").unlink()
    (run / "pictures.png").mkdir()
    assert "holds pictures.png, which no run wrote" in refused(run)


def test_links_are_refused(run, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(run)
    assert "is a link" in refused(link)
    (run / "results.nc").unlink()
    (run / "results.nc").symlink_to(tmp_path)
    assert "holds results.nc, which no run wrote" in refused(run)


def test_the_old_folder_stays_until_the_new_run_is_finished(run):
    with run_folder(run, force=True) as working:
        (working / "summary.json").write_text("new")
        assert (run / "report.html").exists()
    assert [each.name for each in run.iterdir()] == ["summary.json"]
    assert [each.name for each in run.parent.iterdir()] == ["run"]


def test_the_old_folder_stays_if_the_new_run_fails(run):
    with pytest.raises(ZeroDivisionError), run_folder(run, force=True):
        raise ZeroDivisionError
    check_own(run)
    assert [each.name for each in run.parent.iterdir()] == ["run"]


def test_without_force_nothing_is_replaced(run):
    with pytest.raises(BadInput, match="exists already"), run_folder(run):
        raise AssertionError("it was not refused")
