"""No number hangs on a clock that somebody may set back while a run is under way."""

import ast
from pathlib import Path

import pytest

import dropdecay

SOURCE = Path(dropdecay.__file__).parent
CAN_BE_SET = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "today"),
              ("date", "today"), ("datetime", "utcnow")}  # fmt: skip
TOLD = {"commands/session_log.py"}
"""Files that only write the time of day down."""


def clocks_read(source):
    return [
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id, node.func.attr) in CAN_BE_SET
    ]


def test_durations_are_taken_from_a_clock_that_only_goes_on():
    found = {
        path.relative_to(SOURCE).as_posix(): clocks_read(path.read_text(encoding="utf-8"))
        for path in SOURCE.rglob("*.py")
    }
    assert {path for path, read in found.items() if read} <= TOLD


@pytest.mark.parametrize("source", ["time.time()", "datetime.now().astimezone()"])
def test_the_rule_recognises_clocks_that_can_be_set(source):
    assert clocks_read(source)
