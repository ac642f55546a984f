"""Long tests go on where they were interrupted, and try again what was wrong."""

import pytest

from tests.stretches import Stretches


def test_a_stretch_is_done_once_nothing_was_wrong_in_it(tmp_path, capsys):
    stretches = Stretches(tmp_path / "runs" / "found.jsonl")
    assert not stretches.is_done("file 0")

    stretches.keep("file 0", {"refused": 3}, ["a traceback"])
    stretches.keep("file 1", {"refused": 4}, [])
    assert not stretches.is_done("file 0")
    assert stretches.is_done("file 1")
    with pytest.raises(SystemExit) as ended:
        stretches.tell()
    assert ended.value.code == 1

    stretches.keep("file 0", {"refused": 5}, [])
    assert Stretches(tmp_path / "runs" / "found.jsonl").is_done("file 0")
    with pytest.raises(SystemExit) as ended:
        stretches.tell()
    assert ended.value.code == 0
    assert "file: {'refused': 9}, 0 wrong" in capsys.readouterr().out
