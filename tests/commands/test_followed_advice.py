"""A leak is told above the answer; its option, followed, gives the number that chance gives."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from tests.table.worlds_with_flaws import NAMES, put, with_errors

QUICK = ["--dropout", "0", "--weight-decay", "0", "--folds", "4", "--epochs", "30",
         "--hidden", "16", "--jobs", "1", "--no-extend", "--no-baselines",
         "--repeats", "1"]  # fmt: skip


def numbers(rng, n_rows):
    return pd.DataFrame(rng.normal(size=(n_rows, 4)).round(4), columns=list("abcd"))


def copied(seed, share):
    """Return random labels beside a column that holds them but for some errors."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(["no", "yes"], 400)
    table, _ = put(
        numbers(rng, 400), np.where(with_errors(labels, share, seed) == "yes", 7, 3), seed
    )
    return table.assign(target=labels)


def patients(seed):
    """Return patients who come four times, with one random label each."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(120), 4)
    table = numbers(rng, 120).iloc[who].reset_index(drop=True)
    table += 0.02 * rng.normal(size=table.shape)
    table, _ = put(table, [f"K{each}" for each in who], seed)
    return table.assign(target=rng.choice(["no", "yes"], 120)[who])


def fit(table, folder, *options):
    """Return what the terminal said, the grave findings, and the accuracy."""
    table.to_csv(folder / "t.csv", index=False)
    arguments = ["fit", folder / "t.csv", "-t", "target", "--out", folder / "out", "--force"]
    done = CliRunner().invoke(app, [str(each) for each in [*arguments, *options, *QUICK]])
    assert done.exit_code == 0, done.output
    summary = json.loads((folder / "out" / "summary.json").read_text())
    grave = [each for each in summary["table"]["findings"] if each["grave"]]
    return done.stdout, grave, summary["choice"]["chosen"]["score"]


@pytest.mark.parametrize(
    "make", [lambda: copied(3, 0.01), lambda: copied(4, 0.2), lambda: patients(5)]
)
def test_the_advice_is_above_the_answer_and_ends_with_chance(make, tmp_path):
    table = make()

    said, (finding,), _ = fit(table, tmp_path)
    _, left, accuracy = fit(table, tmp_path, *finding["option"].split(maxsplit=1))

    assert finding["column"] in NAMES
    assert said.index(finding["sentence"][:25]) < said.index("What to expect")
    assert left == []
    assert 0.38 < accuracy < 0.62
