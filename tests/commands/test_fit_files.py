"""``dropdecay fit`` of folders and patterns: tables on disk from the first line to the last."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from dropdecay.commands.app import app
from dropdecay.data import encoded_files

QUICK = ["--dropout", "0,0.2", "--weight-decay", "tau:none,20", "--folds", "3", "--epochs", "4",
         "--hidden", "6", "--jobs", "1", "--no-extend", "--repeats", "1"]  # fmt: skip
ON_DISK = ["--encoder-rows", "300"]
N_ROWS = 3000


def write_homes(folder):
    """Homes in four files, sorted by price."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({
        "area": rng.uniform(20, 200, N_ROWS), "town": rng.choice(["Ulm", "Bern"], N_ROWS),
        "owner": rng.integers(0, 500, N_ROWS), "weight": rng.uniform(0.5, 1, N_ROWS),
    })  # fmt: skip
    noise = rng.normal(0, 20, N_ROWS)
    table["price"] = 3 * table["area"] + 50 * (table["town"] == "Ulm") + noise
    table = table.sort_values("price")
    folder.mkdir()
    for number, rows in enumerate(np.array_split(np.arange(N_ROWS), 4)):
        table.iloc[rows].to_parquet(folder / f"{number}.parquet", index=False)
    return folder


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    write_homes(tmp_path / "homes")

    def invoke(command, *words):
        return CliRunner().invoke(app, [command, *words])

    return invoke


def results_of(folder):
    with xr.open_dataset(folder / "results.nc", engine="scipy") as results:
        return results.load().drop_vars("wall_s")


def test_a_folder_is_fitted_and_its_model_predicts_it(run, tmp_path):
    done = run("fit", "homes", "--target", "price", "--group", "owner", "--weight", "weight",
               *QUICK, *ON_DISK, "--search-rows", "1500")  # fmt: skip

    assert done.exit_code == 0, done.output
    first = done.stderr.splitlines()[0]
    assert first.startswith(
        "3,000 rows in 4 files, of which 300 that teach the encoder were looked at, 2 columns"
    )
    part = json.loads((tmp_path / "homes-dropdecay" / "summary.json").read_text())
    assert part["rows"] == 3000
    assert part["settings"]["search rows"] == 1500
    said = " ".join(done.stdout.split())
    assert "All of this is said of networks on a random part of" in said
    assert "refitted on all 3,000 rows for" in said
    assert sorted(path.name for path in (tmp_path / "homes-dropdecay").iterdir()) == [
        "model", "report.html", "results.nc", "rows.csv", "run.toml", "summary.json",
    ]  # fmt: skip
    assert run("predict", "homes-dropdecay", "homes", "--out", "said.parquet").exit_code == 0
    assert len(pd.read_parquet("said.parquet")) == N_ROWS


def test_the_command_of_the_summary_fits_the_same_again(run, tmp_path):
    pattern = str(tmp_path / "homes" / "*.parquet")
    assert run("fit", pattern, "--target", "price", *QUICK, *ON_DISK).exit_code == 0
    assert (tmp_path / "homes-dropdecay").exists()  # named after the folder
    summary = json.loads((tmp_path / "homes-dropdecay" / "summary.json").read_text())

    words = shlex.split(summary["command"])
    subprocess.run([sys.executable, "-m", *words, "--out=again"], check=True, capture_output=True)

    assert results_of(tmp_path / "again").identical(results_of(tmp_path / "homes-dropdecay"))
    again = json.loads((tmp_path / "again" / "summary.json").read_text())
    assert again["table_sha256"] == summary["table_sha256"]


def test_a_small_folder_is_read_into_memory_and_looked_at_in_full(run):
    done = run("check", "homes", "--target", "price")

    assert "3000 rows, 4 columns besides the target, regression." in done.stdout
    on_disk = run("check", "homes", "--target", "price", *ON_DISK)
    assert "3,000 rows in 4 files, of which 300" in on_disk.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--time", "town"], "neither dates nor numbers"),
        (["--time", "area", "--search-rows", "1500"], "Give one of the two"),
        (["--time", "row-order"], "--time row-order needs a table in memory"),
        (["--drop-missing-target"], "--drop-missing-target needs a table in memory"),
        (["--nested", "--folds", "2"], "--nested needs 3 folds or more"),
        (["--target", "prize"], "no column 'prize'. Did you mean 'price'?"),
        (["--encoder-rows", "2000"], "--encoder-rows 2000 must be 2 to 1,500"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_leaves_nothing(run, tmp_path, words, message):
    done = run("fit", "homes", "--target", "price", *QUICK, *ON_DISK, *words)

    assert done.exit_code == 2, done.output
    assert message in done.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["homes"]


def test_stopped_while_rows_are_encoded_nothing_is_left(run, tmp_path, monkeypatch):
    def stopped(*what, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr(encoded_files, "write_row_maps", stopped)

    done = run("fit", "homes", "--target", "price", *QUICK, *ON_DISK)

    assert (done.exit_code, done.stderr.splitlines()[-1]) == (
        130, "dropdecay: Stopped. Nothing was written.",
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["homes"]


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_killed_while_networks_train_the_resumed_run_gives_the_same_numbers(run, tmp_path):
    words = ["homes", "--target", "price", *QUICK, *ON_DISK, "--search-rows", "1500",
             "--epochs", "40"]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "dropdecay", "fit", *words, "--out", "killed"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    partial = tmp_path / "killed.partial"
    while not (partial / "runs.sqlite-wal").exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed").exists()
    assert len([*partial.glob("encoded-*/complete")]) == 1

    assert run("fit", "--resume", "killed").exit_code == 0
    assert run("fit", *words, "--out", "whole").exit_code == 0

    assert results_of(tmp_path / "killed").identical(results_of(tmp_path / "whole"))
    weights = [(tmp_path / name / "model" / "weights.safetensors").read_bytes()
               for name in ("killed", "whole")]  # fmt: skip
    assert weights[0] == weights[1]
    assert not [*(tmp_path / "killed").glob("encoded-*")]


def test_rows_in_time_are_judged_by_later_ones(run, tmp_path):
    done = run("fit", "homes", "--target", "price", "--time", "area", *QUICK, *ON_DISK)

    assert done.exit_code == 0, done.output
    areas = pd.concat(map(pd.read_parquet, (tmp_path / "homes").iterdir()))["area"]
    assert f"in the order of 'area', from {areas.min()} to {areas.max()}" in done.stderr
    summary = json.loads((tmp_path / "homes-dropdecay" / "summary.json").read_text())
    assert "--time=area" in shlex.split(summary["command"])
    assert run("predict", "homes-dropdecay", "homes", "--out", "said.parquet").exit_code == 0


def test_a_nested_and_tuned_search_is_made_of_files(run, tmp_path):
    done = run("fit", "homes", "--target", "price", *QUICK, *ON_DISK, "--epochs", "2", "--nested",
               "--tune")  # fmt: skip

    assert done.exit_code == 0, done.output
    summary = json.loads((tmp_path / "homes-dropdecay" / "summary.json").read_text())
    assert summary["nested"]["loss"]["mean"] > 0
    assert summary["tuning"]["steps"]
