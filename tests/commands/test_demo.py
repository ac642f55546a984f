import json

import pytest
import xarray as xr
from typer.testing import CliRunner

from dropdecay.commands import demo
from dropdecay.commands.app import app
from dropdecay.surface.store import Store
from tests.commands.test_whole_commands import valid


@pytest.fixture
def quick(monkeypatch, tmp_path):
    """The demo on its two smaller tables, two points and two epochs."""
    monkeypatch.setattr(demo, "NAMES", ("breast_cancer", "diabetes"))
    whole = demo.demo_options

    def short(name):
        return whole(name).changed(dropout=(0.0,), weight_decay=(0.0, 1.0), epochs=2, hidden=(8,),
                                   folds=3, extend=False, jobs=1, repeats=1)  # fmt: skip

    monkeypatch.setattr(demo, "demo_options", short)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(app, ["demo", *arguments])


def stop_after(monkeypatch, n_runs):
    """Let Ctrl-C come when so many networks are in the store."""
    kept, keep = [], Store.keep

    def stopping(self, fit):
        keep(self, fit)
        kept.append(fit)
        if len(kept) == n_runs:
            raise KeyboardInterrupt

    monkeypatch.setattr(Store, "keep", stopping)
    return kept


def test_an_interrupted_demo_resumes_and_ends_with_the_same_numbers(quick, monkeypatch):
    with monkeypatch.context() as patched:
        of_both = stop_after(patched, 1000)
        assert invoke("--out", "whole").exit_code == 0
    for name in demo.NAMES:
        page = (quick / "whole" / name / "report.html").read_text()
        assert f"dropdecay predict whole/{name} new_rows.csv" in page
    losses = [fit.run.setting.network.loss for fit in of_both]
    n_first = losses.count(losses[0])
    with monkeypatch.context() as patched:
        stop_after(patched, n_first + 2)  # the first data set is finished, the second is not
        stopped = invoke("--out", "again")
    assert stopped.exit_code == 130
    line = "Stopped. Trained networks are kept. To resume: dropdecay demo --out again"
    assert stopped.stderr.strip().splitlines()[-1] == f"dropdecay: {line}"
    assert {path.name for path in (quick / "again").iterdir()} == {
        "breast_cancer", "diabetes.partial",
    }  # fmt: skip

    trained = stop_after(monkeypatch, 1000)
    done = invoke("--out", "again", "--json")

    assert done.exit_code == 0, done.output
    runs = valid("demo", done.stdout)["runs"]
    assert list(runs) == list(demo.NAMES)
    for name, summary in runs.items():
        stored = json.loads((quick / "again" / name / "summary.json").read_text())
        assert summary == {key: stored[key] for key in summary}  # it has sums of the files too
    assert "breast_cancer is done already." in done.stderr
    assert len(trained) == len(of_both) - n_first - 2 >= 6 - 2
    for name in demo.NAMES:
        results = []
        for folder in ("whole", "again"):
            with xr.open_dataset(quick / folder / name / "results.nc", engine="scipy") as stored:
                results.append(stored.load().drop_vars("wall_s"))
        assert results[0].identical(results[1])


def test_the_demo_leaves_a_folder_with_other_files_alone(quick):
    (quick / "mine").mkdir()
    (quick / "mine" / "letter.txt").write_text("dear")

    refused = invoke("--out", "mine")

    assert refused.exit_code == 2
    assert "contains other files, such as 'letter.txt'" in refused.stderr
    assert [path.name for path in (quick / "mine").iterdir()] == ["letter.txt"]


def test_a_demo_that_cannot_write_says_so(quick):
    (quick / "file").write_text("")

    refused = invoke("--out", "file")

    assert (refused.exit_code, "cannot be created" in refused.stderr) == (2, True)
