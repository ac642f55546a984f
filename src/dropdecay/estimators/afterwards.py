"""What a stored model is asked for later: predictions of a table, files for other tools.

The command line imports this file alone for them: nothing of surfaces and pages is needed.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from dropdecay.errors import BadInput
from dropdecay.estimators.export import torch_bytes, torch_lines, what_comes_out
from dropdecay.estimators.folders import write_whole
from dropdecay.estimators.models import load_model
from dropdecay.estimators.onnx_graph import onnx_bytes
from dropdecay.estimators.raw_numbers import TableNumbers, not_numbers, raw_input
from dropdecay.table.names import quoted
from dropdecay.table.read import read_table


def predict_table(model: Path, table: Path, out: Path | None, *, proba: bool) -> None:
    """Predict the rows of a table; print them as CSV or write them to a file."""
    _refuse_existing(out)
    estimator = _model_in(model)
    frame = read_table(table)
    predicted = prediction_frame(estimator, frame, proba=proba)
    text = predicted.to_csv(index=False, lineterminator="\n")
    if out is None:
        print(text, end="")  # noqa: T201  # the output that was asked for
        return
    write_whole(out, text)


def prediction_frame(estimator: Any, frame: pd.DataFrame, *, proba: bool) -> pd.DataFrame:
    """Return predictions as a table: one column, or one a class."""
    if not proba:
        return pd.DataFrame({"prediction": estimator.predict(frame)})
    if not hasattr(estimator, "predict_proba"):
        raise BadInput("--proba needs a classifier; this model predicts values.")
    columns = [f"proba_{name}" for name in estimator.classes_]
    return pd.DataFrame(estimator.predict_proba(frame), columns=columns)


def export_model(run: Path, *, onnx: Path | None, torch: Path | None) -> None:
    """Write the network of a stored run for other tools."""
    if onnx is None and torch is None:
        raise BadInput("Say what to write: --onnx model.onnx, --torch model.safetensors, or both.")
    _refuse_existing(onnx, torch)
    estimator = _model_in(run)
    console = Console()
    if onnx is not None:
        write_whole(onnx, onnx_bytes(estimator))
        console.print(f"Written: {onnx}", highlight=False, markup=False)
        for line in onnx_lines(estimator, run):
            console.print(line, highlight=False, markup=False, soft_wrap=True)
    if torch is not None:
        write_whole(torch, torch_bytes(estimator))
        console.print(f"Written: {torch}. In Python:", highlight=False, markup=False)
        for line in torch_lines(estimator, torch):
            console.print(f"    {line}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"There, {what_comes_out(estimator)}.", highlight=False, markup=False)
        console.print(_takes_encoded(estimator, run), highlight=False, markup=False, soft_wrap=True)


def onnx_lines(estimator: Any, run: Path) -> list[str]:
    """Say what the ONNX model takes: the table's numbers, or what the encoder makes of them."""
    raw = raw_input(estimator)
    if raw is None:
        others = [f"{quoted(name)} ({what})" for name, what in not_numbers(estimator).items()]
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        why = [f"ONNX cannot express columns {', '.join(others[:3])}{more}."] if others else []
        return [*why, _takes_encoded(estimator, run)]
    if isinstance(raw, TableNumbers):
        return [
            f"It takes the table's {len(raw.names)} columns as they are, in the order of the fit: "
            "float64, NaN where missing, 1 for true and 0 for false; durations in seconds.",
            '    names = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])',
            '    outputs = session.run(None, {"table": frame[names].to_numpy(float)})',
        ]
    return [f"It takes the {estimator.n_features_in_} columns of the fit as they are, as float32."]


def _takes_encoded(estimator: Any, run: Path) -> str:
    return (
        f"It takes the {estimator.network_.n_inputs} encoded columns: "
        f"dropdecay.load_model({str(run)!r} + '/model').encoder_.transform(table)."
    )


def _refuse_existing(*paths: Path | None) -> None:
    for path in paths:
        if path is not None and path.exists():
            raise BadInput(f"{path} exists already. Name another file, or remove it.")


def _model_in(folder: Path) -> Any:
    """Load the model of a run, or a model that stands alone."""
    inside = folder / "model"
    return load_model(inside if inside.is_dir() else folder)
