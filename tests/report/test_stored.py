"""A run's results and summary come back as written; other versions and damage are told in words."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import xarray as xr
from hypothesis import given
from typer.testing import CliRunner

from dropdecay.checked_json import json_text
from dropdecay.commands.app import app
from dropdecay.errors import BadInput
from dropdecay.report.stored import as_one_sentence, hash_of, read_run, write_findings
from tests import strangers


@pytest.fixture
def folder(raced_folder, tmp_path):
    """A copy of a finished run to tamper with."""
    return shutil.copytree(raced_folder, tmp_path / "run")


def refused(folder):
    """The one line a run is refused with, by every command that reads runs."""
    with pytest.raises(BadInput) as caught:
        read_run(folder)
    for command in ("report", "compare"):
        done = CliRunner().invoke(app, [command, str(folder)])
        assert (done.exit_code, done.stderr) == (2, f"dropdecay: {caught.value}\n")
    assert str(caught.value).isprintable()
    return str(caught.value)


def change_summary(folder, **changes):
    path = folder / "summary.json"
    found = {**json.loads(path.read_text()), **changes}
    path.write_text(json_text({name: value for name, value in found.items() if value != "gone"}))


def change_results(folder, change):
    with xr.open_dataset(folder / "results.nc", engine="scipy") as opened:
        results = opened.load()
    change(results).to_netcdf(folder / "results.nc", engine="scipy")
    change_summary(folder, results_sha256=hash_of((folder / "results.nc").read_bytes()))


def without_schema(results):
    return results.drop_attrs(deep=False).assign_attrs(
        {name: value for name, value in results.attrs.items() if name != "schema"}
    )


def test_what_is_written_comes_back(raced_folder, tmp_path):
    run = read_run(raced_folder)
    results = without_schema(run.results)
    summary = {name: value for name, value in run.summary.items() if name != "schema"}

    write_findings(tmp_path, results, summary)

    again = read_run(tmp_path)
    of_results = hash_of((tmp_path / "results.nc").read_bytes())
    assert again.summary == {**summary, "schema": 2, "results_sha256": of_results}
    assert without_schema(again.results).identical(results)
    assert again.results.attrs["schema"] == 2
    assert "schema" not in results.attrs  # what was handed over is left alone


def test_a_run_of_dropdecay_0_1_0_is_refused_with_what_to_do(folder):
    change_summary(folder, schema="gone", dropdecay="0.1.0")
    change_results(folder, without_schema)

    assert refused(folder) == (
        f"The run in {folder} was written by dropdecay 0.1.0 in schema version 1; this dropdecay "
        "reads version 2. Run dropdecay fit again with this one."
    )


def test_results_of_an_earlier_schema_are_refused_beside_a_summary_of_ours(folder):
    change_results(folder, without_schema)

    assert "in schema version 1; this dropdecay reads version 2" in refused(folder)


@pytest.mark.parametrize("file", ["summary", "results"])
def test_a_run_of_a_later_schema_asks_for_a_later_dropdecay(folder, file):
    change_summary(folder, dropdecay="9.1.0", schema=3 if file == "summary" else 2)
    if file == "results":
        change_results(folder, lambda results: results.assign_attrs(schema=3))

    assert refused(folder) == (
        f"The run in {folder} was written by dropdecay 9.1.0 in schema version 3; this dropdecay "
        "reads version 2. Install a later dropdecay."
    )


@pytest.mark.parametrize("schema", [True, None, "2", 2.0, [2], {}])
def test_a_schema_version_that_is_not_a_whole_number_is_damage(folder, schema):
    change_summary(folder, schema=schema)

    assert "is damaged: its schema version is not a whole number. Run drop" in refused(folder)


@pytest.mark.parametrize("name", ["summary.json", "results.nc"])
def test_a_folder_without_one_of_the_files_is_no_finished_run(folder, name):
    (folder / name).unlink()

    assert "holds no finished run: it needs results.nc and summary.json" in refused(folder)


@pytest.mark.parametrize("name", ["summary.json", "results.nc"])
@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"CDF\x01\x1b[2J", b"[" * 100_000])
def test_a_damaged_file_is_reported_in_one_line(folder, name, data):
    (folder / name).write_bytes(data)

    assert f"The run in {folder} cannot be read: " in refused(folder)


@pytest.mark.parametrize("text", ["[]", "3", "null"])
def test_a_summary_that_is_no_object_is_refused(folder, text):
    (folder / "summary.json").write_text(text)

    assert "cannot be read: it must be a JSON object" in refused(folder)


@pytest.mark.parametrize("text", ["{}", '{"schema": 2}', '{"dropdecay": 3}'])
def test_a_summary_of_something_else_is_refused(folder, text):
    (folder / "summary.json").write_text(text)

    assert "summary.json does not describe a run" in refused(folder)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"verdict": "gone"}, "lacks verdict."),
        ({"loss": 3, "settings": []}, "lacks loss, settings."),
        ({"rows": "many"}, "lacks rows."),
    ],
)
def test_what_the_summary_lacks_is_named(folder, changes, named):
    change_summary(folder, **changes)

    assert f"{folder / 'summary.json'} {named}" in refused(folder)


def test_what_the_results_lack_is_named(folder):
    change_results(folder, lambda results: results.drop_vars("training_loss"))

    assert f"{folder / 'results.nc'} lacks training_loss." in refused(folder)


@strangers.EACH
@given(text=strangers.LONG)
def test_untrusted_text_in_a_summary_is_shown_on_one_clean_line(raced_folder, text):
    described = json.loads((raced_folder / "summary.json").read_text())
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(raced_folder, Path(place) / "run"))
        for changes in ({"schema": 3, "dropdecay": text}, {"schema": text}, {"verdict": text}):
            (folder / "summary.json").write_text(json_text({**described, **changes}))
            strangers.refused(read_run, folder)


def test_a_run_without_an_answer_gets_one_and_one_that_gives_none_is_damaged(folder):
    written = read_run(folder).summary["answer"]
    change_summary(folder, answer="gone")
    assert read_run(folder).summary["answer"]["headline"] == written["headline"]
    change_summary(folder, verdict={})
    assert refused(folder).startswith(f"{folder / 'summary.json'} is damaged: ")


def test_any_change_of_either_file_is_noticed(folder):
    whole = (folder / "results.nc").read_bytes()
    (folder / "results.nc").write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "cannot be read: results.nc has changed since it was written" in refused(folder)
    (folder / "results.nc").write_bytes(whole)
    text = (folder / "summary.json").read_text()
    (folder / "summary.json").write_text(text.replace("log loss", "log lass", 1))
    assert "cannot be read: it has changed since it was written" in refused(folder)


def test_a_run_of_before_has_no_checksums_and_is_read(folder):
    found = json.loads((folder / "summary.json").read_text())
    del found["checksum"], found["results_sha256"]
    (folder / "summary.json").write_text(json.dumps(found))
    assert read_run(folder).summary["loss"] == "log loss"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"columns": 1.5}, "is damaged: Expected `int`, got `float` - at `$.columns`"),
        ({"columns": [1]}, "at `$.columns`"),
        ({"settings": {"epochs": [1]}}, "is damaged: Expected `float | str`, got `array`"),
        ({"optimism": {"corrected": "1"}}, "at `$.optimism"),
    ],
)
def test_a_summary_of_another_form_is_refused_with_the_place(folder, changes, words):
    change_summary(folder, **changes)

    assert words in refused(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda found: found.assign(diverged=found["diverged"].astype(float)),
            "diverged is not as dropdecay",
        ),
        (lambda found: found.isel(seed=0), "is not as dropdecay writes it"),
        (lambda found: found.isel(epoch=slice(None, None, -1)), "epoch is not ascending"),
        (lambda found: found.assign_attrs(loss_name=3), "an attribute that is a text"),
    ],
)
def test_results_of_another_form_are_refused(folder, change, words):
    change_results(folder, change)

    assert words in refused(folder)


def test_parts_that_contradict_each_other_end_in_one_sentence():
    with pytest.raises(BadInput) as caught, as_one_sentence("The run in x"):
        raise KeyError("no\nsuch axis")
    assert str(caught.value) == (
        "The run in x cannot be shown (KeyError: 'no\\nsuch axis'): the files of a run contradict "
        "each other. Run dropdecay fit again."
    )
    with pytest.raises(BadInput, match="as it was"), as_one_sentence("The run in x"):
        raise BadInput("as it was")


def test_links_planted_in_a_received_folder_are_replaced_never_followed(folder, tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    planted = ["report.html", ".report.html.partial", "surface.png", "gap.svg", "curves.png"]
    for name in planted:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(victim)

    done = CliRunner().invoke(app, ["report", str(folder)])

    assert done.exit_code == 0
    assert victim.read_text() == "precious"
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert not (folder / "report.html").is_symlink()
