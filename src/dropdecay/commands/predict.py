"""``dropdecay predict``: predictions of a stored model for the rows of a table."""

import json
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from dropdecay.arrays import AnyArray
from dropdecay.commands.intervals import check_interval, interval_columns, intervals_of
from dropdecay.commands.narrow_encodings import require_exact
from dropdecay.commands.rows_to_predict import RowsToPredict, rows_of
from dropdecay.errors import BadInput, BadModel, BadTable, UnseenWarning
from dropdecay.estimators.base import NetworkEstimator
from dropdecay.files import check_new_file, check_new_folder
from dropdecay.report.run_files import MODEL
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.storage.model_folder import AGAIN
from dropdecay.storage.models import INCONSISTENT, load_model
from dropdecay.table.files import names_files
from dropdecay.table.known_heading import KnownColumns
from dropdecay.table.read import DASH, require_column
from dropdecay.table.unseen import Unseen, in_all_parts
from dropdecay.table.write import csv_text, write_table, write_tables, writer_for

PREDICT_SCHEMA = 1
"""The version of what --json prints."""


def predict_table(
    model: Path,
    table: Path,
    out: Path | None,
    *,
    proba: bool,
    ids: Sequence[str] = (),
    encoding: str | None = None,
    as_json: bool = False,
    interval: float | None = None,
) -> None:
    """Predict the rows of a table; print them as CSV, or write them to a file.

    Parameters
    ----------
    model : path
        Folder of a run, or of a model.
    table : path
        Parquet files, in a folder too, are read part by part; "-": CSV text from standard input.
    out : path or None
        Its ending names the format. Without an ending, and for more than one file: a folder, with
        a Parquet file for each. None or "-": print.
    proba : bool
        Whether to predict the probability of every class.
    ids : sequence of str
        Columns to carry along, as they are written in the table, in front of the predictions, next
        to those that were named so at the fit.
    encoding : str, optional
        Of a text file. Default: found out.
    as_json : bool
        Whether to print JSON instead of CSV.
    interval : float, optional
        Share of rows whose interval, or set of classes, holds the truth. Default: none is given.
    """
    if as_json and out not in (None, DASH):
        raise BadInput("--json prints; --out writes a file. Leave one of them out.")
    check_interval(interval)
    out, folder = _checked_places(out, table)
    estimator = load_model_in(model, with_folds=interval is not None)
    names = output_columns(estimator, proba=proba)
    if interval is not None:
        names += interval_columns(estimator)
    rows = rows_of(table, known_columns(estimator), encoding)
    tell(rows.notes)
    ids = list(dict.fromkeys([*ids_of_fit(estimator, rows.names), *ids]))
    unseen: list[Unseen] = []

    def predicted(rows: RowsToPredict) -> Iterator[pd.DataFrame]:
        for part in rows.parts:
            try:
                yield predicted_part(
                    estimator, part, names, ids, unseen, proba=proba, interval=interval
                )
            except BadTable as error:
                raise rows.placed(error, part) from None

    if as_json:
        print_json(predicted(rows))
    elif folder is not None:
        files = ((name, predicted(own)) for name, own in rows.by_file())
        write_tables(files, folder, rows.types_of(ids))
    elif out is not None:
        write_table(predicted(rows), out, rows.types_of(ids))
    else:
        for number, part in enumerate(predicted(rows)):
            print_csv(part, header=number == 0)
    tell(map(str, in_all_parts(unseen)))


def print_csv(table: pd.DataFrame, *, header: bool) -> None:
    """Print predictions: exactly as they are, or legibly on a terminal."""
    on_terminal = sys.stdout.isatty()
    text = csv_text(legible(table) if on_terminal else table, header=header)
    if not on_terminal:
        require_exact(text)
    print(text, end="")  # noqa: T201  # what the command is for


def legible(table: pd.DataFrame) -> pd.DataFrame:
    """Return predictions for a terminal, which names of classes from a stranger could control."""
    shown = table.set_axis([visible(name, None) for name in table.columns], axis=1)
    texts = [place for place, dtype in enumerate(shown.dtypes) if not is_numeric_dtype(dtype)]
    for place in texts:
        cells = [
            visible(cell, None) if isinstance(cell, str) else cell for cell in shown.iloc[:, place]
        ]
        shown.isetitem(place, cells)
    return shown


def print_json(parts: Iterable[pd.DataFrame]) -> None:
    """Print predictions, one object a row."""
    frame = pd.concat(list(parts), ignore_index=True)
    told = {
        "schema": PREDICT_SCHEMA,
        "columns": list(map(str, frame)),
        "predictions": json.loads(frame.to_json(orient="records", date_format="iso")),
    }
    print(json.dumps(told, indent=1))  # noqa: T201  # --json asks for this output


def _checked_places(out: Path | None, table: Path) -> tuple[Path | None, Path | None]:
    """Return the file and the folder to write, one of them None; both: predictions are printed.

    Raises
    ------
    BadInput
        If it cannot be written, or has an ending that names no format.
    """
    if out is None or out == DASH:
        return None, None
    if not out.suffix and names_files(table):
        check_new_folder(out)
        return None, out
    check_new_file(out)
    writer_for(out)
    return out, None


def predicted_part(
    estimator: NetworkEstimator,
    part: pd.DataFrame,
    names: Sequence[str],
    ids: Sequence[str],
    unseen: list[Unseen],
    *,
    proba: bool,
    interval: float | None = None,
) -> pd.DataFrame:
    """Return the predictions for some rows, and add to ``unseen`` what the model has not seen."""
    part = part.reset_index(drop=True)
    carried = carried_along(part, ids, names)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UnseenWarning)
        predicted = predictions(estimator, part, names, ids, proba=proba, interval=interval)
    unseen += [each.message.args[0] for each in caught if isinstance(each.message, UnseenWarning)]
    return pd.concat([carried, predicted], axis=1)


def known_columns(estimator: NetworkEstimator) -> KnownColumns | None:
    """Return the columns of the fit; None for a model of an array or with an encoder of its own."""
    reading = getattr(getattr(estimator, "encoding_", None), "reading", None)
    if reading is None:
        return None
    return KnownColumns(
        reading, tuple(map(str, estimator.ignored_columns_)),
        getattr(estimator, "file_encoding_", None),
    )  # fmt: skip


def ids_of_fit(estimator: NetworkEstimator, names: Sequence[str]) -> list[str]:
    """Return the columns that name the rows by the fit; tell of those that are not there."""
    ids = [str(name) for name in getattr(estimator, "id_columns_", [])]
    tell(f"There is no column {quoted(each)} to carry along." for each in ids if each not in names)
    return [each for each in ids if each in names]


def tell(lines: Iterable[str]) -> None:
    """Print lines to standard error, so that standard output holds predictions alone."""
    for line in lines:
        print(visible(line, None), file=sys.stderr)  # noqa: T201  # this output is for the user


def output_columns(estimator: NetworkEstimator, *, proba: bool) -> list[str]:
    """Return the names of the columns of predictions: one, or one per output or class.

    Raises
    ------
    BadInput
        If probabilities are wanted of a model that predicts values.
    """
    if proba and not hasattr(estimator, "predict_proba"):
        raise BadInput("--proba needs a classifier; this model predicts values.")
    if proba and len(estimator.classes_) == 1:
        raise BadInput("--proba needs two classes; this model knows one alone. Leave it out.")
    if proba:
        return [f"proba_{_encodable(name)}" for name in estimator.classes_]
    if getattr(estimator, "_many_labels", False):
        return [f"prediction_{_encodable(name)}" for name in estimator.classes_]
    if getattr(estimator, "_flat", True):
        return ["prediction"]
    return [f"prediction_{number}" for number in range(estimator.n_outputs_)]


def carried_along(frame: pd.DataFrame, ids: Sequence[str], taken: Sequence[str]) -> pd.DataFrame:
    """Return the columns ``ids`` as they are written in the file.

    Parameters
    ----------
    frame : DataFrame
        As it was read.
    ids : sequence of str
        May be empty.
    taken : sequence of str
        Names of the predictions.

    Raises
    ------
    BadTable
        If there is no such column (similar names are suggested), or it is named like a prediction.
    """
    columns = [str(name) for name in frame.columns]
    for name in ids:
        require_column(name, columns)
        if name in taken:
            raise BadTable(
                f"The predictions have a column named {quoted(name)} too. Rename the one that --id "
                "names in the table."
            )
    return pd.DataFrame({name: _as_written(frame[name]) for name in ids}, index=frame.index)


def _as_written(column: pd.Series) -> pd.Series:
    """Return a column without the times that pandas gives to days."""
    present = column.dropna()
    if pd.api.types.is_datetime64_dtype(column) and (present == present.dt.normalize()).all():
        days: pd.Series = column.dt.date.astype(object)
        return days
    return column


def predictions(
    estimator: NetworkEstimator,
    frame: pd.DataFrame,
    names: Sequence[str],
    ids: Sequence[str] = (),
    *,
    proba: bool,
    interval: float | None = None,
) -> pd.DataFrame:
    """Return predictions as a table with the columns ``names``.

    Columns of ``ids`` that the model was not fitted on are left out before.

    Raises
    ------
    BadTable
        If the columns of the table are not those of the fit.
    """
    known = set(getattr(estimator, "feature_names_in_", ()))
    rows = frame.drop(columns=[name for name in set(ids) if name not in known])
    predict = estimator.predict_proba if proba else estimator.predict
    # A network fitted on an array would warn of names.
    given = rows if known else rows.to_numpy()
    try:
        values: AnyArray = np.asarray(predict(given)).reshape(len(frame), -1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnseenWarning)  # it was told of with the predictions
            ends = None if interval is None else intervals_of(estimator, given, interval)
    except BadInput:
        raise
    except ValueError as error:  # scikit-learn's checks of a table that is an array of numbers
        raise BadTable(f"The table does not fit the model: {reason_of(error)}.") from None
    except INCONSISTENT as error:  # a forged model, each of whose parts is of the right form
        raise BadModel(
            f"The model cannot predict ({type(error).__name__}: {reason_of(error)}): its parts "
            f"contradict each other. {AGAIN}"
        ) from error
    if values.dtype.kind in "OU":
        values = np.array([[_encodable(value)] for value in values[:, 0]], dtype=object)
    found = pd.DataFrame(values, index=frame.index)
    if ends is not None:
        found = pd.concat([found, pd.DataFrame(ends, index=frame.index)], axis=1)
    return found.set_axis(list(names), axis=1)


def _encodable(value: object) -> str:
    """Return a class as text; it may hold half a surrogate pair, which no file can."""
    return str(value).encode(errors="backslashreplace").decode()


def load_model_in(folder: Path, *, with_folds: bool = False) -> NetworkEstimator:
    """Load a model from the folder of a run, or from a model folder itself."""
    inside = folder / MODEL
    return load_model(inside if inside.is_dir() else folder, with_folds=with_folds)
