"""The table of rows: what is true and predicted, how far off that is, and what is noted."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Int64

if TYPE_CHECKING:
    from dropdecay.trust.out_of_fold import OutOfFold

N_HARDEST = 10


def hardest(found: "OutOfFold", n_rows: int = N_HARDEST) -> Int64:
    """Return the places of the rows with the largest losses, the largest first."""
    order = np.argsort(-found.loss, kind="stable")
    return np.asarray(order[:n_rows])


def doubtful_labels(found: "OutOfFold") -> Int64:
    """Return the places of rows whose label looks wrong, the least likely label first."""
    places = np.flatnonzero(found.label_looks_like >= 0)
    own = found.outputs[places, found.true[places]] if places.size else np.zeros(0)
    return np.asarray(places[np.argsort(own, kind="stable")])


def rows_table(found: "OutOfFold") -> pd.DataFrame:
    """Return the table that ``OutOfFold.rows`` describes."""
    columns: dict[str, AnyArray] = {"row": found.row, "fold": found.fold}
    if found.kind == "classes":
        names = np.array([_storable(each) for each in np.asarray(found.classes).tolist()])
        columns |= {"true": names[found.true], "predicted": names[found.predicted]}
        columns["probability"] = found.outputs[np.arange(found.row.size), found.true]
    else:
        for i, name in enumerate(found.names):
            end = f"_{name}" if len(found.names) > 1 or found.kind == "labels" else ""
            columns[f"true{end}"] = found.true[:, i]
            columns[f"predicted{end}"] = found.predicted[:, i]
    columns |= {"loss": found.loss, "noted": _noted(found)}
    order = np.argsort(-found.loss, kind="stable")
    return pd.DataFrame(columns).iloc[order].reset_index(drop=True)


def _storable(name: object) -> object:
    """Return a class that a table can hold: half a surrogate pair is escaped."""
    return name.encode(errors="backslashreplace").decode() if isinstance(name, str) else name


def _noted(found: "OutOfFold") -> AnyArray:
    """Return what is noted about each row, (n_rows,); "": nothing."""
    notes = np.full(found.row.size, "", dtype=object)
    for place in doubtful_labels(found).tolist():
        like = found.label_looks_like[place]
        notes[place] = f"label looks wrong: like {found.names[like]}"
    for each in found.odd_folds:
        here = found.fold == each.fold
        notes[here] = [_joined(note, "in a fold harder than the others") for note in notes[here]]
    for place in hardest(found).tolist():
        notes[place] = _joined(notes[place], f"among the {N_HARDEST} hardest")
    return notes


def _joined(first: str, second: str) -> str:
    return f"{first}; {second}" if first else second
