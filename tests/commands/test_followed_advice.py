"""A leak is told above the answer; its option, followed, gives the number that new rows give.

Of every kind a generator makes tables: labels are drawn by lot, or known to a given share, so that
the honest number is known beforehand.
"""

import json
import shlex

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay import check_table
from dropdecay.commands.app import app
from tests.table.worlds_with_flaws import NAMES, put, with_errors

QUICK = ["--dropout", "0", "--weight-decay", "0", "--folds", "4", "--epochs", "30",
         "--hidden", "16", "--jobs", "1", "--no-extend", "--no-baselines",
         "--repeats", "1"]  # fmt: skip
WORDS = np.array(["no", "yes"])


def numbers(rng, n_rows):
    return pd.DataFrame(rng.normal(size=(n_rows, 4)).round(4), columns=list("abcd"))


def copied(seed, share):
    """Return random labels beside a column that holds them but for some errors."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(WORDS, 400)
    table, _ = put(
        numbers(rng, 400), np.where(with_errors(labels, share, seed) == "yes", 7, 3), seed
    )
    return table.assign(target=labels)


def numbered(seed, share):
    """Return random labels beside a number of the row that was given to one class first."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(WORDS, 400)
    seeming = with_errors(labels, share, seed) == "yes"
    place = np.empty(400, int)
    place[np.argsort(seeming, kind="stable")] = np.arange(400)
    table, _ = put(numbers(rng, 400), 10_000 + 3 * place + rng.integers(0, 3, 400), seed)
    return table.assign(target=labels)


def lettered(seed, share, *, at_end=False):
    """Return random labels beside a code of the row in which one letter is that of the class."""
    rng = np.random.default_rng(seed)
    labels = rng.choice(WORDS, 400)
    letters = np.where(with_errors(labels, share, seed) == "yes", "K", "M").tolist()
    numbered = zip(letters, rng.permutation(90_000).tolist(), strict=False)
    codes = [f"{number}-{each}" if at_end else f"{each}{number}" for each, number in numbered]
    table, _ = put(numbers(rng, 400), codes, seed)
    return table.assign(target=labels)


def lettered_at_end(seed, share):
    return lettered(seed, share, at_end=True)


def patients(seed, share):
    """Return patients who come four times, with a random label each, and measurements that err."""
    return _patients(seed, share, lambda rng, own: rng.choice(WORDS, len(own)))


def known_patients(seed, share):
    """Return such patients of whom a measurement tells the label in three of four."""
    return _patients(
        seed, share, lambda rng, own: WORDS[((own["a"] > 0) ^ (rng.random(len(own)) > 0.75)) * 1]
    )


def _patients(seed, share, labels_of):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(120), 4)
    own = numbers(rng, 120)
    table = own.iloc[who].reset_index(drop=True)
    table += share * rng.normal(size=table.shape)
    table, _ = put(table, [f"K{each}" for each in who], seed)
    return table.assign(target=labels_of(rng, own)[who])


def copies(seed, share):
    """Return rows that stand four times in a table, with a random label and few contradictions."""
    rng = np.random.default_rng(seed)
    which = rng.permutation(np.repeat(np.arange(100), 4))
    labels = rng.choice(WORDS, 100)[which]
    return numbers(rng, 100).iloc[which].assign(target=with_errors(labels, share, seed))


def walk(seed, share):
    """Return a quantity that wanders day by day, beside others that wander by themselves."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(size=(400, 4)).cumsum(axis=0)
    steps = steps + share * steps.std(axis=0) * rng.normal(size=steps.shape)
    table, _ = put(pd.DataFrame(steps[:, :3].round(4), columns=list("abc")), 0.0, seed)
    days = pd.date_range("2019-03-01", periods=400).strftime("%Y-%m-%d")
    table[table.columns[(table == 0.0).all()][0]] = days
    return table.assign(target=steps[:, 3].round(4)).sample(frac=1, random_state=seed)


def grave(findings):
    return [each for each in findings if each["grave"]]


def fit(table, folder, *options):
    """Return what the terminal said, the findings, and the score."""
    table.to_csv(folder / "t.csv", index=False)
    arguments = ["fit", folder / "t.csv", "-t", "target", "--out", folder / "out", "--force"]
    done = CliRunner().invoke(app, [str(each) for each in [*arguments, *options, *QUICK]])
    assert done.exit_code == 0, done.output
    summary = json.loads((folder / "out" / "summary.json").read_text())
    return done.stdout, summary["table"]["findings"], summary["choice"]["chosen"]["score"]


CASES = [
    (copied, 3, 0.01), (copied, 4, 0.2), (numbered, 5, 0.1), (lettered, 6, 0.05),
    (patients, 5, 0.02),
]  # fmt: skip


@pytest.mark.parametrize(("make", "seed", "share"), CASES)
def test_the_advice_is_above_the_answer_and_ends_with_chance(make, seed, share, tmp_path):
    table = make(seed, share)

    said, found, seeming = fit(table, tmp_path)
    (finding,) = grave(found)
    _, left, accuracy = fit(table, tmp_path, *shlex.split(finding["option"]))

    assert finding["column"] in NAMES
    assert said.index(finding["sentence"][:25]) < said.index("What to expect")
    assert grave(left) == []
    assert 0.38 < accuracy < 0.62 < seeming + 0.03


def test_patients_of_whom_a_measurement_tells_most_end_with_that(tmp_path):
    table = known_patients(2, 0.02)

    _, found, seeming = fit(table, tmp_path)
    (finding,) = grave(found)
    _, _, accuracy = fit(table, tmp_path, *shlex.split(finding["option"]))

    assert finding["code"] == "hidden-groups"
    assert 0.58 < accuracy < 0.78, (accuracy, seeming)


def test_what_wanders_is_not_foretold_once_later_days_are_held_out(tmp_path):
    table = walk(3, 0.1)

    said, found, seeming = fit(table, tmp_path)
    (finding,) = grave(found)
    later, left, r2 = fit(table, tmp_path, *shlex.split(finding["option"]))

    assert finding["code"] == "date-order-matters"
    assert said.index(finding["sentence"][:25]) < said.index("What to expect")
    assert grave(left) == []
    assert r2 < 0.0 < 0.4 < seeming
    assert "Shuffled folds would say" in " ".join(later.split())


def test_equal_rows_are_kept_together_by_themselves_and_that_is_said(tmp_path):
    _, found, accuracy = fit(copies(3, 0.05), tmp_path)

    (equal,) = [each for each in found if each["code"] == "equal-rows"]
    assert equal["sentence"].endswith("Folds keep equal rows together.")
    assert grave(found) == []
    assert 0.38 < accuracy < 0.62


@pytest.mark.parametrize(("seed", "share"), [(10, 0.01), (11, 0.05), (12, 0.2)])
@pytest.mark.parametrize(
    ("make", "code", "role"),
    [
        (copied, "leak", "(--drop"), (numbered, "leak", "(--drop"), (lettered, "leak", "(--drop"),
        (lettered_at_end, "leak", "(--drop"), (patients, "hidden-groups", "(--group"),
        (walk, "date-order-matters", "(--time"), (copies, "equal-rows", ""),
    ],
)  # fmt: skip
def test_every_leak_is_found_wherever_it_stands(make, code, role, seed, share):
    table = make(seed, share)

    account = check_table(table.drop(columns="target"), table["target"])

    (said,) = [each for each in account.attrs["findings"] if SAID[code] in each]
    assert role in said


SAID = {
    "leak": "Leak suspected", "hidden-groups": "Rows of one", "date-order-matters": "Rows close in",
    "equal-rows": "equal earlier ones",
}  # fmt: skip
