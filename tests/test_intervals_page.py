"""The page on intervals and importance: its code runs, and its figures are those that are kept."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "intervals.md"
TEXT = PAGE.read_text(encoding="utf-8")

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def test_the_code_runs_from_top_to_bottom_and_prints_what_the_page_says(
    tmp_path, monkeypatch, capsys
):
    import matplotlib

    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(compile(block, PAGE.name, "exec"), names)
    said = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert said == re.findall(r"^ *print\(.*\)  # (.*)$", TEXT, re.MULTILINE)
    assert {each.name for each in tmp_path.iterdir()} == {"importance.png", "dependence.png"}


def test_the_table_is_that_of_the_figures():
    kept = json.loads((ROOT / "benchmarks" / "figures" / "coverage_of_intervals.json").read_text())[
        "rows"
    ]
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\d+) \| (\w+) \| (.*) \|$", TEXT, re.MULTILINE)
    assert len(rows) == 12
    for name, fitted, judging, _, cells in rows:
        splits = [each for each in kept if each["table"] == name]
        assert len(splits) == 3
        assert (splits[0]["fitted"], splits[0]["judging"]) == (int(fitted), int(judging))
        expected = [
            text
            for level in ("0.8", "0.9", "0.95")
            for text in (
                f"{100 * np.mean([each['covered'][level] for each in splits]):.1f} %",
                f"{np.mean([each['size'][level] for each in splits]):.2f}",
            )
        ]
        assert cells.split(" | ") == expected
