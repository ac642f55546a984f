"""Messages of the command line speak of options, and never of Python's names for them.

All sentences of the package are looked through, and the commands are asked for what they refuse.
"""

import ast
import inspect
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import dropdecay
from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.commands.app import app
from dropdecay.commands.options import OPTIONS
from dropdecay.engine import cpu

PACKAGE = Path(dropdecay.__file__).parent
OF_PYTHON = {
    *inspect.signature(MLPClassifierCV).parameters, *inspect.signature(MLPRegressorCV).parameters,
    "sample_weight", "groups", "times",
}  # fmt: skip
AS_AXES = {"dropout", "weight_decay", "max_norm", "label_smoothing", "learning_rate_init",
           "input_dropout", "input_noise", "weight_average", "l1", "mixup", "cutmix", "dropconnect",
           "activation"}  # fmt: skip
"""Names that are typed behind ``--axis``."""

UNSPOKEN = {each for each in OF_PYTHON - AS_AXES if "_" in each}
"""Names that are no English words."""

SPOKEN_ONLY_IN_PYTHON = (
    "torch/",  # modules of the user
    "engine/torch_", "engine/bundle.py",  # schedules that the command line does not offer
    "solvers/", "estimators/fit_network.py", "estimators/mlp.py", "estimators/other_networks.py",
    "functional.py", "estimators/docstrings.py", "estimators/mlp_cv.py",
    "report/baseline_display.py", "report/explained_displays.py", "trust/displays.py",
    "commands/equivalents.py", "commands/snippets.py", "knobs.py",  # code to copy
    "estimators/from_files.py", "data/folds.py",  # what a command has checked before
    "estimators/alternatives.py", "estimators/main_axes.py", "estimators/base_cv.py",
    "estimators/base.py",  # a cluster that joblib knows of
    "estimators/check_table.py", "estimators/grave_findings.py", "settings.py", "data/scales.py",
)  # fmt: skip
"""Files whose sentences no command prints."""

LIVE_OBJECTS = "dropdecay.on_cluster("
"""Is spoken of where a parameter is an object, which nobody can type."""

NO_OPTION = {
    "loss": "the command line trains by the log loss or the squared error alone",
    "encoder": "the command line has one encoder",
    "level": "commands check --interval themselves",
}
"""Parameters that messages name, though there is no option."""


def files():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if not name.startswith(SPOKEN_ONLY_IN_PYTHON):
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def sentences(tree):
    """Return the texts of a file that are no docstrings."""
    told_to_readers = {
        id(each.value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    for each in ast.walk(tree):
        is_text = isinstance(each, ast.Constant) and isinstance(each.value, str)
        if is_text and id(each) not in told_to_readers and " " in each.value.strip():
            yield each.value


def test_no_sentence_has_a_name_of_python_in_it():
    pattern = re.compile(rf"\b(?:{'|'.join(sorted(UNSPOKEN))})\b|\bfit\(")
    found = [
        (name, text)
        for name, tree in files()
        for text in sentences(tree)
        if pattern.search(text) and LIVE_OBJECTS not in text
    ]
    assert found == []


def test_every_parameter_of_a_message_has_an_option():
    options = {each.key for each in OPTIONS} | {each.parameter for each in OPTIONS}
    named = {
        call.args[0].value
        for _, tree in files()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("Parameter", "unknown_choice")
        and isinstance(call.args[0], ast.Constant)
        and not any(each.arg == "in_python" for each in call.keywords)
    }
    assert {each for each in named if each not in options and each[:2] != "--"} == set(NO_OPTION)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc"))
    frame["who"] = np.repeat(np.arange(20), 3)
    frame["day"] = pd.date_range("2024-01-01", periods=60).astype(str)
    frame["value"] = frame["a"] * 2
    frame["y"] = np.where(frame["a"] > 0, "no", "yes")
    path = tmp_path_factory.mktemp("words") / "t.csv"
    frame.to_csv(path, index=False)
    return path


WRONG = [
    "--seed -1", "--seed x", "--random-state -1", "--folds 1", "--folds 61", "--seeds 0",
    "--repeats 0", "--epochs 0", "--batch-size 0", "--lr 0", "--lr nan", "--dropout 1",
    "--dropout 0,0.2/0.1/0.3", "--weight-decay -1", "--weight-decay tau:0", "--input-dropout 1",
    "--ensemble 0", "--hidden 0", "--budget 0", "--jobs 0", "--search-rows 1",
    "--search-rows 50 --time day", "--time day --group who", "--time day --nested",
    "--group who --folds 25", "--axis max_norm=0", "--axis learning_rate_init=-1",
    "--axis label_smoothing=2", "--axis mixup=-1", "--scoring f2", "--scoring f1",
    "--criterion score --scoring r2", "--threshold 2", "--threshold f1 --target value",
    "--temperature on --target value", "--encoder-rows 0", "--rule first", "--cluster nowhere",
    "--engine tpu", "--device gpu", "--futility --fixed-epochs",
    "--missing none --decimal x", "--until-sure --repeats 0", "--keep-folds perhaps",
    "--numeric-encoding bins", "--category-encoding bins", "--weight a", "--task values",
    "--dropout nan", "--weight-decay inf", "--axis input_noise=-1", "--budget 1e999s",
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_refused_is_spoken_of_as_it_was_typed(table, tmp_path, monkeypatch, wrong):
    monkeypatch.setattr(cpu, "train", None)
    typed = wrong.split()
    target = [] if "--target" in typed else ["--target", "y"]
    arguments = ["fit", str(table), *target, *typed, "--out", str(tmp_path / "out")]

    done = CliRunner().invoke(app, arguments)

    said = " ".join(line for line in done.stderr.splitlines() if line.startswith("dropdecay: "))
    assert done.exit_code == 2, done.output
    spoken = set(re.findall(r"[\w-]+", said))
    assert not spoken & UNSPOKEN
    assert not spoken & {"scoring", "dropouts", "cv"}


def test_an_alias_is_spoken_of_by_the_name_that_was_typed(table):
    for name in ("--seed", "--random-state"):
        for value in ("-1", "x"):
            done = CliRunner().invoke(app, ["fit", str(table), "-t", "y", f"{name}={value}"])
            assert done.stderr.splitlines()[-1].startswith(f"dropdecay: {name} must be")
