"""A table with every kind of column, for tests of encoding and of saving."""

import decimal
from typing import Self

import numpy as np
import pandas as pd

from dropdecay.table.decide import decide
from dropdecay.table.encode import make_encoder
from dropdecay.table.frames import as_frame

N = 120


def typed(table: object) -> pd.DataFrame:
    """Return a table as it is read."""
    frame = as_frame(table)
    return decide(frame).reading.typed(frame)


class TableEncoder:
    """Reading and encoder together: what a model keeps of a table."""

    def __init__(self, random_state: int = 0) -> None:
        self.encoder = make_encoder(random_state=random_state)

    def fit(self, table: object) -> Self:
        frame = as_frame(table)
        self.reading = decide(frame).reading
        self.encoder.fit(self.reading.typed(frame))
        return self

    def transform(self, table: object) -> np.ndarray:
        return self.encoder.transform(self.reading.typed(as_frame(table)))

    def fit_transform(self, table: object) -> np.ndarray:
        return self.fit(table).transform(table)

    def __getitem__(self, step: int) -> object:
        return self.encoder[step]


def every_kind(n_rows: int = N) -> pd.DataFrame:
    """A table with every kind of column, missing values in most."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "number": rng.normal(size=n_rows),
            "count": rng.integers(0, 9, n_rows),
            "holey": np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows)),
            "constant": np.ones(n_rows),
            "huge": np.geomspace(1.0, 1e300, n_rows),
            "tiny": np.geomspace(1e-300, 1e-200, n_rows),
            "epoch": 1.7e9 + np.arange(n_rows),
            "color": rng.choice(["red", "green", None], n_rows),
            "only": ["one"] * n_rows,
            "street": [f"{i} {'Elm' if i % 3 else 'Oak'} street" for i in range(n_rows)],
            "letter": [chr(65 + i % 26 + 32 * (i // 26 % 2)) for i in range(n_rows)],
            "true": rng.random(n_rows) < 0.5,
            "perhaps": rng.choice(np.array([True, False, None], dtype=object), n_rows),
            "when": pd.Timestamp("2020-01-01")
            + pd.to_timedelta(rng.integers(0, 9**8, n_rows), "s"),
            "day": [f"{i % 28 + 1:02d}.03.2021" for i in range(n_rows)],
            "there": pd.date_range("2020-01-01", periods=n_rows, freq="h", tz="Asia/Shanghai"),
            "zip": pd.Categorical(rng.integers(0, 5, n_rows)),
            "lasted": pd.to_timedelta(np.arange(n_rows), "h"),
            "price": [decimal.Decimal(i) / 7 for i in range(n_rows)],
            "asked": ["?" if i % 5 == 0 else str(i) for i in range(n_rows)],
            "mixed": [i if i % 2 else f"no {i % 7}" for i in range(n_rows)],
            "__loader__": np.arange(n_rows) / 3,
            "größe 大小": np.arange(n_rows) ** 2,
        }
    )
    table.loc[3, "when"] = pd.NaT
    return table
