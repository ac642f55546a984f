"""``dropdecay predict``: predictions of a stored model for the rows of a table."""

from pathlib import Path

import pandas as pd

from dropdecay.errors import BadInput
from dropdecay.estimators.base import NetworkEstimator
from dropdecay.files import write_file
from dropdecay.report.run_files import MODEL
from dropdecay.safe_text import visible
from dropdecay.storage.models import load_model
from dropdecay.table.read import read_table


def predict_table(model: Path, table: Path, out: Path | None, *, proba: bool) -> None:
    """Predict the rows of a table; print them as CSV or write them to a file."""
    refuse_existing(out)
    estimator = load_model_in(model)
    frame = read_table(table)
    predicted = prediction_frame(estimator, frame, proba=proba)
    text = predicted.to_csv(index=False, lineterminator="\n")
    if out is None:
        print(text, end="")  # noqa: T201  # this output is what the command is for
        return
    write_file(out, text)


def prediction_frame(
    estimator: NetworkEstimator, frame: pd.DataFrame, *, proba: bool
) -> pd.DataFrame:
    """Return predictions as a table: one column, or one per class."""
    if not proba:
        return pd.DataFrame({"prediction": estimator.predict(frame)})
    if not hasattr(estimator, "predict_proba"):
        raise BadInput("--proba needs a classifier; this model predicts values.")
    columns = [f"proba_{name}" for name in estimator.classes_]
    return pd.DataFrame(estimator.predict_proba(frame), columns=columns)


def refuse_existing(*paths: Path | None) -> None:
    """Refuse to overwrite a file."""
    for path in paths:
        if path is not None and path.exists():
            raise BadInput(f"{visible(path)} exists already. Name another file, or remove it.")


def load_model_in(folder: Path) -> NetworkEstimator:
    """Load a model from the folder of a run, or from a model folder itself."""
    inside = folder / MODEL
    return load_model(inside if inside.is_dir() else folder)
