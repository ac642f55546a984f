"""The page on how far to trust one prediction: its code runs, and prints what the page says."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "trust.md"
TEXT = PAGE.read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


@pytest.fixture(scope="module")
def names():
    """What the names on the page stand for at its end, and what it printed."""
    return {}


def test_the_code_runs_from_top_to_bottom_and_prints_what_the_page_says(names, capsys):
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), names)

    said = capsys.readouterr().out.splitlines()
    assert said == re.findall(r"^print\(.*\)  # (.*)$", TEXT, re.MULTILINE)
    assert len(said) == 9


def test_the_pictures_can_be_drawn(names):
    pytest.importorskip("matplotlib").use("agg")
    found = names["found"]
    for what in ("roc", "precision_recall", "calibration", "confusion"):
        assert f'"{what}"' in TEXT
        found.display(what)
