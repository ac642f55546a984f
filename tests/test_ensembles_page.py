"""The page on ensembles: its code runs, and prints what the page says."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "ensembles.md"
TEXT = PAGE.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
def test_the_code_prints_what_the_page_says(capsys):
    (block,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(compile(block, PAGE.name, "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said == re.findall(r"^print\(.*\)  # (.*)$", TEXT, re.MULTILINE)
    assert len(said) == 2
