"""Every cell of a file is read alike in the whole file and in any part of it."""

import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from dropdecay.errors import BadTable
from dropdecay.table.check import check_features
from dropdecay.table.decide import decide
from dropdecay.table.known_heading import KnownColumns
from dropdecay.table.read import read_file
from tests.table.written_tables import written_tables


def plain(column):
    return column.astype(object) if isinstance(column.dtype, pd.CategoricalDtype) else column


@settings(max_examples=100)
@given(written_tables(), st.booleans())
def test_every_cell_of_a_piece_is_read_as_in_the_whole_file(table, with_target):
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "t.csv"
        whole = read_file(table.write(file))
        try:
            features = check_features(whole.frame.drop(columns="y", errors="ignore"))
            reading = decide(features).reading
        except BadTable:  # nothing can be learnt from it
            return
        known, expected = KnownColumns(reading, ("y",), whole.encoding), reading.typed(features)
        # Names of nothing over one column would be an empty line.
        with_target = with_target or not any(table.names[:-1])
        for chosen in table.pieces:
            piece = read_file(table.write(file, chosen, target=with_target), known=known)

            typed = reading.typed(piece.frame.drop(columns="y", errors="ignore"))

            for name in expected:
                there = plain(expected[name]).iloc[chosen].reset_index(drop=True)
                assert plain(typed[name]).equals(there), name
