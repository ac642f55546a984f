"""The log of a command holds what it printed, each line with its time."""

import re
import sys

import pytest

from dropdecay.commands.session_log import logged
from dropdecay.errors import BadInput

STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d "


def lines_of(path):
    """The lines of a log without their times."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(re.match(STAMP, line) for line in lines)
    return [re.sub(STAMP, "", line) for line in lines]


def test_what_is_printed_is_in_the_log_and_still_printed(tmp_path, capsys):
    with logged(tmp_path / "log.txt"):
        sys.stdout.write("to people\n")
        sys.stderr.write("to nobody\n")
        sys.stdout.write("no end")
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("to people\nno end", "to nobody\n")
    assert lines_of(tmp_path / "log.txt") == ["to people", "to nobody", "no end"]


def test_colours_and_bars_are_not_kept(tmp_path):
    with logged(tmp_path / "log.txt"):
        sys.stdout.write("\x1b[1mbold\x1b[0m\n")
        sys.stdout.write("old\rnew\n")
        sys.stdout.write("training ━━━╸ 3/9\n")
    assert lines_of(tmp_path / "log.txt") == ["bold", "new"]


def test_a_log_of_a_failure_is_kept(tmp_path):
    def work():
        with logged(tmp_path / "log.txt"):
            sys.stdout.write("before\n")
            raise SystemExit(2)

    with pytest.raises(SystemExit):
        work()
    assert lines_of(tmp_path / "log.txt") == ["before"]


def test_a_log_overwrites_nothing(tmp_path):
    (tmp_path / "log.txt").write_text("mine")
    with pytest.raises(BadInput, match="exists already"), logged(tmp_path / "log.txt"):
        raise AssertionError("it was not refused")
