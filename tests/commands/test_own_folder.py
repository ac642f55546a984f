"""Only the folder of a finished run is replaced, and only when the new run is finished."""

import json
from pathlib import Path

import pytest

from dropdecay.commands.own_folder import check_own
from dropdecay.commands.run_folder import clear_half_written, run_folder
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
    with pytest.raises(BadInput, match=r"a finished run.* replace it by --force"), run_folder(run):
        raise AssertionError("it was not refused")


def test_what_is_no_run_is_not_said_to_be_replaced_by_force(run):
    (run / "my notes.txt").write_text("")
    with pytest.raises(BadInput, match="nothing is overwritten") as caught, run_folder(run):
        pass
    assert "--force" not in str(caught.value)


# Nothing that a run did not write is removed


@pytest.fixture
def foreign(run):
    """Somebody's files in every place of a run's folder."""
    (run / "letters").mkdir()
    (run / "letters" / "dear.txt").write_text("mine")
    (run / "photo.png").write_text("mine")
    (run / "model" / "thesis.txt").write_text("mine")
    return run


def kept(folder):
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


def test_what_somebody_put_into_a_working_folder_outlives_a_resumed_run(tmp_path, run, foreign):
    working = run.rename(tmp_path / "run.partial")

    clear_half_written(working)

    assert kept(working) == [
        "letters/dear.txt", "model/model.json", "model/thesis.txt", "photo.png",
    ]  # fmt: skip


def test_what_a_run_left_half_written_is_removed(run, tmp_path):
    (run / f".{'0' * 16}.partial").write_text("")
    (run / f".{'1' * 16}.partial").mkdir()
    (run / f".{'1' * 16}.partial" / "model.json").write_text("")
    working = run.rename(tmp_path / "run.partial")

    clear_half_written(working)

    assert not list(working.iterdir())


def test_what_somebody_put_into_the_folder_of_a_failed_run_stays(tmp_path):
    def failing_run():
        with run_folder(tmp_path / "run") as working:
            (working / "job.json").write_text("{}")
            (working / "my notes.txt").write_text("mine")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing_run()

    assert kept(tmp_path) == ["run.partial/my notes.txt"]


def test_a_foreign_file_in_the_model_folder_stops_force(foreign):
    (foreign / "photo.png").unlink()
    (foreign / "letters" / "dear.txt").unlink()
    (foreign / "letters").rmdir()

    assert "holds model, which no run wrote" in refused(foreign)


def test_planted_links_are_never_followed_nor_removed(run, tmp_path):
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "model.json").write_text("mine")
    (run / "model" / "model.json").unlink()
    (run / "model").rmdir()
    (run / "model").symlink_to(victim)
    (run / "rows.csv").symlink_to(victim / "model.json")
    working = run.rename(tmp_path / "run.partial")

    clear_half_written(working)

    assert (victim / "model.json").read_text() == "mine"
    assert sorted(each.name for each in working.iterdir()) == ["model", "rows.csv"]


def test_a_working_folder_that_is_a_link_is_not_resumed(tmp_path, run):
    for name in ("job.json", "runs.sqlite"):
        (run / name).write_text("")
    (tmp_path / "out.partial").symlink_to(run)

    with (
        pytest.raises(BadInput, match="is a link"),
        run_folder(tmp_path / "out", resume=True),
    ):
        pass
