"""The gallery of examples: short, one question each, and they print what their page says."""

import re
from pathlib import Path

import pytest

from examples import carry_to_torch, groups_stay_together, how_unsure, rare_class

ROOT = Path(__file__).parent.parent
EXAMPLES = [
    path for path in sorted((ROOT / "examples").glob("*.py")) if path.stem != "cluster_demo"
]  # which starts a scheduler and workers, and is longer
PAGE = (ROOT / "docs" / "examples.md").read_text(encoding="utf-8")


def test_the_page_lists_every_example():
    named = re.findall(r"`python -m examples\.(\w+)`", PAGE)
    assert sorted(named) == [each.stem for each in EXAMPLES]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short(path):
    assert len(path.read_text().splitlines()) < 80


@pytest.mark.parametrize("example", [groups_stay_together, rare_class, how_unsure])
def test_an_example_prints_what_the_page_shows(example, capsys):
    example.main()
    shown = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert capsys.readouterr().out in shown


def test_a_setting_is_written_for_other_libraries(capsys):
    carry_to_torch.main()
    said = capsys.readouterr().out
    for line in ("torch_adamw on 8,000 rows: 0.1", "torch: 0.02", "keras_l2: 0.01", "sklearn: 4"):
        assert f"  {line}\n" in said
