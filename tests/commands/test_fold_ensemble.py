"""``--ensemble folds`` on the command line: what is told, and that the model predicts by them."""

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from dropdecay import load_model
from dropdecay.commands.app import app

QUICK = ["--dropout", "0,0.1", "--weight-decay", "0.1", "--folds", "3", "--epochs", "4", "--lr",
         "0.01", "--hidden", "4", "--jobs", "1", "--no-extend", "--no-baselines", "--repeats",
         "1"]  # fmt: skip


def call(*arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments], env={"COLUMNS": "100"})


def test_a_run_tells_of_the_networks_of_the_folds_and_predicts_by_them(tmp_path):
    a = np.random.default_rng(0).normal(size=60)
    path, out = tmp_path / "t.csv", tmp_path / "out"
    table = pd.DataFrame({"a": a, "y": np.where(np.abs(a) < 0.7, "in", "out")})
    table.to_csv(path, index=False)

    done = call("fit", path, "--target", "y", "--ensemble", "folds", *QUICK, "--out", out)
    assert done.exit_code == 0, done.output
    told, page = " ".join(done.stdout.split()), (out / "report.html").read_text()
    assert "the networks of the folds, averaged, each trained without its own" in told
    assert "kept as the networks of the folds" in page
    assert "refitted on all rows" not in told + page

    said = call("predict", out, path, "--proba", "--out", tmp_path / "p.csv")
    assert said.exit_code == 0, said.output
    written = pd.read_csv(tmp_path / "p.csv")
    model = load_model(out / "model")
    np.testing.assert_allclose(
        written.filter(like="out").iloc[:, -1], model.predict_proba(table[["a"]])[:, 1], atol=1e-6
    )

    refused = call("export", out, "--onnx", tmp_path / "m.onnx")
    assert refused.exit_code != 0
    assert "averages the networks of its folds" in " ".join(refused.output.split())
    assert not (tmp_path / "m.onnx").exists()
