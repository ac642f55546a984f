"""After ``dropdecay warm-up`` nothing is left to compile."""

from pathlib import Path

from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.engine import few_rows
from dropdecay.kernels.compiled import CACHE
from tests.commands.test_app import QUICK, people
from tests.commands.test_whole_commands import valid


def compiled():
    return {path.name for path in Path(CACHE).rglob("*.nbc")}


def test_a_run_after_the_warm_up_compiles_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    people().to_csv("people.csv", index=False)
    warmed = CliRunner().invoke(app, ["warm-up", "--json"])
    before = compiled()
    monkeypatch.setattr(few_rows, "MOST_PRODUCTS", 0)  # as if the rows were many

    for target in ("left", "income", "colour"):
        done = CliRunner().invoke(app, ["fit", "people.csv", "-t", target, "-o", target, *QUICK])
        assert done.exit_code == 0, done.output
        assert CliRunner().invoke(app, ["predict", target, "people.csv"]).exit_code == 0

    assert warmed.exit_code == 0
    assert valid("warm-up", warmed.stdout)["folder"] == str(CACHE)
    assert before
    assert compiled() == before
