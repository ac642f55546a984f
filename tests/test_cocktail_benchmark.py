"""The benchmark of cocktails goes on where it was interrupted, and means are over tables."""

import json
import sys

import pytest

from benchmarks import cocktail


def line(table, split, brought):
    plain = {"balanced_accuracy": 0.7, "log_loss": 0.5, "kept": {}}
    better = {"balanced_accuracy": 0.7 + brought, "log_loss": 0.5 - brought,
              "kept": {"mixup": "0.2"}}  # fmt: skip
    return {"table": table, "split": split, "plain": plain, "cocktail": better}


def test_what_is_measured_already_is_not_measured_again(tmp_path, monkeypatch, capsys):
    asked = []

    def measure(folder, table, number):
        asked.append((table, number))
        if table == "credit_g" and len(asked) == 4:
            raise KeyboardInterrupt
        return line(table, number, 0.01 if table == "vehicle" else 0.0)

    monkeypatch.setattr(cocktail, "FILE", tmp_path / "cocktail.jsonl")
    monkeypatch.setattr(cocktail, "measure", measure)
    monkeypatch.setattr(cocktail, "warm_up", lambda: None)
    monkeypatch.setattr(sys, "argv", ["cocktail", "data", "--splits", "1"])
    with pytest.raises(KeyboardInterrupt):
        cocktail.main()
    assert len((tmp_path / "cocktail.jsonl").read_text().splitlines()) == 3

    cocktail.main()

    assert asked[4:] == [(name, 0) for name in [*cocktail.THEIRS][3:]]
    lines = (tmp_path / "cocktail.jsonl").read_text().splitlines()
    assert [json.loads(each)["table"] for each in lines] == [*cocktail.THEIRS]
    told = capsys.readouterr().out
    share = 1 / len(cocktail.THEIRS)
    assert f"balanced accuracy: {share:+.4f} by the cocktail" in told
    assert f"loss: {-0.01 * share:+.4f} by the cocktail" in told
