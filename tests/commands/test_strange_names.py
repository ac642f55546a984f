"""Names by a stranger, of columns, classes, target and file, through a whole fit: harmless."""

import csv
import io
import re
import tomllib
from contextlib import redirect_stdout

import numpy as np
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.commands.predict import predict_table
from tests.strangers import clean

ESCAPES = "\x1b[2J\x1b]0;title\x07"
NAMES = ("<script>alert(1)</script>", f"[bold red]x{ESCAPES}", "\u202egpj.exe", "two\nlines",
         r"$\nothing{$", "n" * 3000, "&amp;\"'><img src=x onerror=alert(2)>",
         "[x](javascript:alert(3))|`b`", "{{7*7}}${8*8}{% raw %}",
         "a\u2028b</script><script>alert(4)",
         '=HYPERLINK("http://x")', "-$(touch pwned)`touch pwned`;'\"",
         "\U0001f9ec\u00e9")  # fmt: skip
CLASSES = (f"<b>yes</b>{ESCAPES}</script>", "=no\n\u202eevil [link=x](javascript:alert(5))")
TARGET = f"tar{ESCAPES}get<u>$_{{$"
OPTIONS = ("--dropout", "0,0.3", "--weight-decay", "0.1", "--folds", "2", "--epochs", "3",
           "--hidden", "3", "--repeats", "1", "--jobs", "1", "--no-baselines")  # fmt: skip
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
LONGEST_LINE = 1200


def harmless(text):
    """Text that neither controls a terminal nor turns around, in lines that can be read."""
    assert UNSEEN.search(text) is None, repr(UNSEEN.search(text))
    assert max(map(len, text.split("\n"))) < LONGEST_LINE


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("strange")


@pytest.fixture(scope="module")
def table(place):
    rng, path = np.random.default_rng(0), place / f"t{ESCAPES.replace('/', '')}<b>\n\u202e.csv"
    numbers = rng.normal(size=(60, len(NAMES)))
    rows = [[*(f"{each:.4f}" for each in row), CLASSES[int(row[0] > 0)]] for row in numbers]
    for row in rows:
        row[3] = ("<i>a</i>", "b\x1b[31m", "c\nd")[int(float(row[1]) > 0) + int(float(row[2]) > 1)]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[*NAMES, TARGET], *rows])
    return path


@pytest.fixture(scope="module")
def fitted(place, table):
    """What the fit said, and its folder."""
    run = place / "run"
    log = ("--log-file", str(place / "log.txt"))
    done = CliRunner().invoke(
        app, ["fit", str(table), "--target", TARGET, *OPTIONS, "--out", str(run), *log]
    )
    assert done.exit_code == 0, done.output
    return done, run


def test_what_a_fit_prints_and_logs_is_harmless(fitted, place):
    done, _ = fitted
    harmless(done.stdout)
    harmless(done.stderr)
    harmless((place / "log.txt").read_text())


def test_the_page_has_no_markup_of_theirs_and_no_control_characters(fitted):
    page = (fitted[1] / "report.html").read_text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "<b>yes" not in page
    assert 'href="javascript:' not in page
    assert "{{7*7}}" in page  # as it is: no template has seen it
    assert page.count("</script>") == page.count("<script")
    assert "\u2028" not in "".join(re.findall("<script.*?</script>", page, re.DOTALL))
    assert "\\x1b[2J" in page
    assert UNSEEN.search(page) is None


def test_the_files_that_people_read_are_harmless_and_read_back(fitted):
    _, run = fitted
    harmless((run / "run.toml").read_text())
    assert tomllib.loads((run / "run.toml").read_text())["target"] == TARGET
    assert (run / "summary.json").read_text().isascii()


@pytest.mark.parametrize("command", ["report", "compare", "check", "predict --json"])
def test_other_commands_are_harmless(fitted, table, command):
    _, run = fitted
    given = {
        "report": ["report", run], "compare": ["compare", run, run],
        "check": ["check", table, "--target", TARGET],
        "predict --json": ["predict", run, table, "--json"],
    }[command]  # fmt: skip
    done = CliRunner().invoke(app, [*map(str, given)])
    assert done.exit_code in (0, 1), done.output  # 1: something was found in the table
    harmless(done.stdout)
    harmless(done.stderr)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("options", [{"proba": False}, {"proba": True}])
def test_predictions_are_exact_in_a_pipe_and_harmless_on_a_terminal(fitted, table, options):
    _, run = fitted
    with redirect_stdout(io.StringIO()) as piped:
        predict_table(run, table, None, **options)
    names, *rows = csv.reader(io.StringIO(piped.getvalue(), newline=""))
    found = {each.removeprefix("proba_") for each in names} if options["proba"] else {
        row[0] for row in rows
    }  # fmt: skip
    assert found <= set(CLASSES)

    with redirect_stdout(Terminal()) as shown:
        predict_table(run, table, None, **options)
    harmless(shown.getvalue())
    assert len(shown.getvalue().splitlines()) == 61


def test_a_target_that_is_not_there_is_told_clean(table):
    done = CliRunner().invoke(app, ["fit", str(table), "--target", f"no{ESCAPES}\n"])
    assert done.exit_code == 2
    clean(done.stderr.removesuffix("\n"))
