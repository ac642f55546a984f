"""The pages that teach: their code runs, and prints what they say."""

import contextlib
import io
import json
import os
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from benchmarks.textbook import tables
from benchmarks.timing import FIGURES
from dropdecay import pilot
from dropdecay.commands.app import app
from dropdecay.estimators import output_scores
from dropdecay.selection import edges, ensemble, plain_curves, searched_part, time_order
from dropdecay.surface.results import BY_RUN, OTHERS

ROOT = Path(__file__).parent.parent
FILES = (ROOT / "docs" / "reference" / "files.md").read_text(encoding="utf-8")
PAGES = sorted(
    str(path.relative_to(ROOT)) for part in ("start", "learn", "reproduce", "how-to")
    for path in (ROOT / "docs" / part).glob("*.md")
)  # fmt: skip

OTHER_RESULTS = (
    pilot.LOSS, pilot.DROPPED, pilot.ROWS_ATTRIBUTE, output_scores.R2, output_scores.LOSS,
    ensemble.AVERAGED, ensemble.SINGLE, ensemble.FOLDS_AVERAGED, plain_curves.PLAIN_NAME,
    plain_curves.PLAIN_BLOCKS, searched_part.SEARCHED_ROWS, searched_part.ALL_ROWS,
    time_order.BY_TIME, edges.COMPARED_BEFORE,
)  # fmt: skip
"""What only some runs have."""

PIPELINES = "docs/how-to/pipelines.md"
QUICK = ["--fixed-epochs", "--epochs=2", "--no-baselines", "--repeats=1", "--folds=2"]

os.environ.setdefault("KERAS_BACKEND", "torch")

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),  # Keras
]


def blocks_of(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    return [textwrap.dedent(each) for each in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]


def needs(block):
    """Return the library of other people that a block shows, if it is an optional one."""
    found = re.search(r"^import (torch|keras)\b", block, re.MULTILINE)
    return found[1] if found else None


def said_by(block):
    """Return what the comments behind and below the prints of a block claim."""
    claims = re.findall(r"^ *print\(.*\)  # (.*)$|^ *# (.*)$", block, re.MULTILINE)
    return [behind or below for behind, below in claims]


def printed_by(block, names):
    into = io.StringIO()
    with contextlib.redirect_stdout(into):
        exec(compile(block, "page", "exec"), names)
    return into.getvalue().splitlines()


@pytest.mark.parametrize("page", [page for page in PAGES if page != PIPELINES])
def test_the_code_runs_from_top_to_bottom_and_prints_what_it_says(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks_of(page):
        if needs(block) is None:
            assert printed_by(block, names) == said_by(block), block


def not_described(run):
    """Return the variables, attributes, columns and files of a run that its page does not name."""
    found = set(re.findall(r"`([\w.-]+)`", FILES))
    with xr.open_dataset(run / "results.nc") as results:
        written = {*results.variables, *results.attrs}
    written |= set(pd.read_csv(run / "rows.csv").columns)
    written |= {each.name for each in (run / "model").iterdir()}
    written |= set(json.loads((run / "model" / "model.json").read_text()))
    of_axes = {f"{of}_weight_decay" for of in ("picked", "recorded")}  # named by their first
    return sorted(written - found - of_axes)


def test_the_page_of_files_names_everything_that_results_may_hold():
    for name in (*BY_RUN, *OTHERS, *OTHER_RESULTS):
        assert f"`{name}`" in FILES, name


def test_the_commands_of_the_first_surface_run(tmp_path, monkeypatch):
    page = "docs/start/first-surface.md"
    text = (ROOT / page).read_text(encoding="utf-8")
    fit, predict = re.findall(r"```sh\ndropdecay (.*)\n```", text)
    monkeypatch.chdir(tmp_path)
    printed_by(blocks_of(page)[0], {})
    for words in ([*shlex.split(fit), *QUICK], shlex.split(predict)):
        done = CliRunner().invoke(app, words)
        assert done.exit_code == 0, done.output
    assert len((tmp_path / "predictions.csv").read_text().splitlines()) == 570
    first_table = FILES.split("While a run is unfinished")[0]
    named = {name.rstrip("/") for name in re.findall(r"^\| `([\w./]+)`", first_table, re.MULTILINE)}
    run = tmp_path / "tumours-dropdecay"
    assert {each.name for each in run.iterdir()} == named
    assert not_described(run) == []


def test_the_commands_of_pipelines_leave_what_its_code_reads(tmp_path, monkeypatch):
    text = (ROOT / PIPELINES).read_text(encoding="utf-8")
    fit, check = re.findall(r"```sh\ndropdecay (.*)\n```", text)
    monkeypatch.chdir(tmp_path)
    printed_by(blocks_of("docs/start/first-surface.md")[0], {})
    words, into = fit.split(" > ")
    done = CliRunner().invoke(app, [*shlex.split(words), *QUICK])
    assert done.exit_code == 0, done.output
    (tmp_path / into).write_text(done.stdout)
    (block,) = blocks_of(PIPELINES)
    assert printed_by(block, {}) == said_by(block)
    done = CliRunner().invoke(app, shlex.split(check))
    assert done.exit_code in (0, 1), done.output


def test_the_install_page_names_every_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    text = (ROOT / "docs" / "start" / "install.md").read_text()
    for name in set(extras) - {"test", "lint", "docs", "dist"}:
        assert f"`{name}`" in text


@pytest.mark.parametrize("library", ["torch", "keras"])
@pytest.mark.parametrize("page", PAGES)
def test_the_code_for_other_libraries_does_too(page, library):
    shown = [block for block in blocks_of(page) if needs(block) == library]
    if not shown:
        return
    if library == "keras":
        pytest.importorskip("torch")
    pytest.importorskip(library)
    for block in shown:
        assert printed_by(block, {}) == said_by(block), block


def test_the_tables_of_the_textbook_network_are_those_of_its_figures():
    found = json.loads((FIGURES / "textbook.json").read_text())
    text = (ROOT / "docs" / "learn" / "both.md").read_text(encoding="utf-8")
    rows = tables(found)
    assert len(rows) == 8
    assert [row for row in rows if f"\n{row}\n" not in text] == []


def test_no_picture_of_the_pages_is_large():
    pictures = [each for each in (ROOT / "docs").glob("*/*") if each.suffix in (".svg", ".png")]
    assert pictures
    assert [each.name for each in pictures if each.stat().st_size > 100_000] == []


@pytest.mark.parametrize("page", [page for page in PAGES if re.search("start|learn", page)])
def test_the_chinese_pages_show_the_same_code_commands_and_tables(page):
    def shown(name):
        text = (ROOT / name).read_text(encoding="utf-8")
        fenced = re.findall(r"^ *```\w+\n.*?^ *```$", text, re.DOTALL | re.MULTILINE)
        return fenced, [row for row in text.splitlines() if re.match(r"\|.*\d\.\d", row)]

    code, rows = shown(page)
    chinese_code, chinese_rows = shown(page.replace("docs/", "docs/zh/"))
    assert code == chinese_code
    assert [row for row in rows if "95 %" not in row and "λ" not in row] == [
        row for row in chinese_rows if "95 %" not in row and "λ" not in row
    ]
