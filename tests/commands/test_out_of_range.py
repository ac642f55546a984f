"""Options that no machine or generator can follow: a sentence and exit code 2, nothing trained."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.engine import cpu
from tests.kill import write_table

OPTIONS = ["--target", "y", "--dropout", "0,0.2", "--weight-decay", "0,0.1", "--folds", "3",
           "--epochs", "20", "--hidden", "8", "--jobs", "1", "--repeats", "1", "--no-extend",
           "--no-baselines"]  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("table"))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("--seed -1", "--seed must be a whole number from 0 to 4294967295. Got -1."),
        ("--seed 4294967296", "from 0 to 4294967295. Got 4294967296."),
        ("--seed 9223372036854775808", "from 0 to 4294967295. Got 9223372036854775808."),
        ("--seed 99999999999999999999999999999999", "from 0 to 4294967295."),
        ("--hidden 100000000,100000000", "A network with layers of 5, 100,000,000, 100,000,000, 1 "
         "units would take 145,519 TB of memory at least; there are"),
        ("--seeds 1000000000", "The results of 12,000,000,000 networks"),
        ("--seeds 10000000000", "--seeds must be at most 2,147,483,647. Got 10000000000."),
        ("--epochs 1000000000 --fixed-epochs", "networks, over up to 1,000,000,000 epochs, would"),
        ("--epochs 99999999999999999999999", "--epochs must be at most 2,147,483,647."),
        ("--batch-size 99999999999999999999999", "--batch-size must be at most"),
        ("--folds 99999999999999999999999", "must be"),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused_before_anything_is_trained(
    table, tmp_path, monkeypatch, asked, said
):
    monkeypatch.setattr(cpu, "train", None)
    out = tmp_path / "run"

    done = CliRunner().invoke(app, ["fit", str(table), *OPTIONS, *asked.split(), "--out", str(out)])

    assert done.exit_code == 2, done.output
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("dropdecay: ")]
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_columns_that_a_model_could_not_be_read_again_with_are_refused_before_anything_is_trained(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(cpu, "train", None)
    names = [str(number) + 1_000_000 * "n" for number in range(17)]
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(60, 17)), columns=names).assign(y=["a", "b"] * 30)
    table.to_parquet(tmp_path / "table.parquet")
    before = list(tmp_path.iterdir())

    done = CliRunner().invoke(
        app, ["fit", str(tmp_path / "table.parquet"), *OPTIONS, "--out", str(tmp_path / "run")]
    )

    assert done.exit_code == 2, done.output
    assert (
        "model.json of a model on 17 columns asks for 34.1 MB, more than the 16.8 MB that such a "
        "file may take. If you trust it, set DROPDECAY_FILE_LIMITS=3 in the environment."
    ) in done.stderr
    assert list(tmp_path.iterdir()) == before
