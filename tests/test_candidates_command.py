"""Candidates are measured once each, and what they say is printed and written into the page."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import candidates_command


@pytest.fixture
def written(monkeypatch):
    pages = []
    monkeypatch.setattr(candidates_command, "warm_up", lambda: None)
    monkeypatch.setattr(candidates_command, "write_page", lambda text, of: pages.append((of, text)))
    return pages


def run(file, monkeypatch, *options):
    """Run the command on two tables and two candidates; return the cells that were measured."""
    measured = []

    def measure(folder, table, number, candidate):
        measured.append((folder, table, number, candidate))
        if table == "has none":
            return None
        return {"table": table, "split": number, "contender": candidate, "cpu_seconds": 0.1}

    monkeypatch.setattr(sys, "argv", ["candidates", "data", *options])
    candidates_command.run(
        "What it does.", file, ("iris", "has none"), ("default", "other"), measure,
        lambda: "a table", "candidates", n_splits=1,
    )  # fmt: skip
    return measured


def test_every_cell_is_measured_once_and_written_at_once(tmp_path, monkeypatch, written):
    file = tmp_path / "figures.jsonl"
    first = run(file, monkeypatch, "--candidates", "default")
    second = run(file, monkeypatch, "--splits", "2", "--tables", "iris")

    assert first == [(Path("data"), name, 0, "default") for name in ("iris", "has none")]
    assert [cell[2:] for cell in second] == [(0, "other"), (1, "default"), (1, "other")]
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["split"], line["contender"]) for line in lines] == [
        (0, "default"), (0, "other"), (1, "default"), (1, "other"),
    ]  # fmt: skip
    assert written == [("candidates", "a table")] * 2


def test_the_summary_measures_nothing(tmp_path, monkeypatch, written, capsys):
    assert run(tmp_path / "figures.jsonl", monkeypatch, "--summary") == []
    assert capsys.readouterr().out == "a table\n"
    assert written == [("candidates", "a table")]


def test_a_cell_that_another_process_has_measured_meanwhile_is_left_out(
    tmp_path, monkeypatch, written
):
    file = tmp_path / "figures.jsonl"
    before = candidates_command.known_rows
    asked = []

    def known_rows(path):
        asked.append(path)
        if len(asked) == 2:
            row = {"table": "iris", "split": 0, "contender": "other"}
            with path.open("a") as lines:
                lines.write(json.dumps(row) + "\n")
        return before(path)

    monkeypatch.setattr(candidates_command, "known_rows", known_rows)

    assert [cell[3] for cell in run(file, monkeypatch, "--tables", "iris")] == ["default"]
