"""Text files as users bring them, drawn at random: what cells may be, and how they are written."""

import csv
import io
from dataclasses import dataclass

import numpy as np
import pandas as pd
from hypothesis import strategies as st

DAYS = pd.date_range("2019-11-28", periods=400).to_series().reset_index(drop=True)
GERMAN_MONTHS = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "Sept.",
                 "Okt.", "November", "Dez."]  # fmt: skip
SPREAD = np.array([2.5, -13.125, 1042.75, 0.5, 20000.25, 7.0, 311.0])


def _amounts(rng, n_rows):
    return rng.choice(SPREAD, n_rows) + rng.integers(0, 40, n_rows)


def _dates(rng, n_rows, form):
    return DAYS[rng.integers(0, len(DAYS), n_rows)].dt.strftime(form).tolist()


def _of(*words):
    return lambda rng, n_rows: rng.choice(np.array(words, object), n_rows).tolist()


COLUMNS = {
    "numbers": lambda rng, n: [f"{each:g}" for each in _amounts(rng, n)],
    "long numbers": lambda rng, n: [repr(each) for each in rng.normal(size=n)],
    "decimal commas": lambda rng, n: [f"{each:.3f}".replace(".", ",") for each in _amounts(rng, n)],
    "thousands": lambda rng, n: [f"{each:,.2f}" for each in _amounts(rng, n)],
    "whole thousands": lambda rng, n: [f"{each:,.0f}" for each in 100 * _amounts(rng, n)],
    "points for thousands": lambda rng, n: [
        f"{each:,.0f}".replace(",", ".") for each in 10 * _amounts(rng, n)
    ],
    "three decimals": lambda rng, n: [f"{each:.3f}" for each in rng.random(n)],
    "money": lambda rng, n: [f"${abs(each):,.2f}" for each in _amounts(rng, n)],
    "minus behind": lambda rng, n: [
        f"{abs(each):,.2f}{'-' if each < 0 else ''}" for each in _amounts(rng, n)
    ],
    "accounts": lambda rng, n: [
        f"$ ({-each:,.2f})" if each < 0 else f"$ {each:,.2f}" if each else "$ -"
        for each in _amounts(rng, n)
    ],
    "no-break blanks": lambda rng, n: [
        f"{each:,.2f} €".translate({44: "\xa0", 46: ","}) for each in _amounts(rng, n)
    ],
    "full width": lambda rng, n: [
        f"{each:.1f}".translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
        for each in _amounts(rng, n)
    ],
    "years of age": lambda rng, n: [
        f"{each} year{'' if each == 1 else 's'}" for each in rng.integers(1, 9, n)
    ],
    "ideographs": lambda rng, n: [f"{each}平米" for each in rng.integers(20, 200, n)],
    "halves of a day": lambda rng, n: _dates(rng, n, "%I:%M %p"),
    "months": lambda rng, n: _dates(rng, n, "%m.%Y"),
    "two forms of dates": lambda rng, n: [
        rng.choice(pair) for pair in zip(
            _dates(rng, n, "%Y-%m-%d"), _dates(rng, n, "%d/%m/%Y"), strict=True
        )
    ],
    "unread": lambda rng, n: [
        f"<{abs(each):g}" if rng.random() < 0.1 else f"{abs(each):g}" for each in _amounts(rng, n)
    ],
    "units": lambda rng, n: [f"{each:.1f} kg" for each in _amounts(rng, n)],
    "percent": lambda rng, n: [f"{each}%" if each else "0" for each in rng.integers(0, 99, n)],
    "clock": lambda rng, n: [f"{each // 60:02d}:{each % 60:02d}" for each in
                             rng.integers(0, 1440, n).tolist()],
    "stray word": lambda rng, n: [*map(str, rng.normal(size=n - 1).round(3)), "n.b."],
    "likely words": lambda rng, n: [*map(str, rng.normal(size=n - 4).round(3)),
                                    "unknown", "-", "unknown", "?"],
    "stand-ins": lambda rng, n: [*map(str, rng.integers(1, 90, n - 3)), "-999", "-999", "-999"],
    "infinitely big": lambda rng, n: [f"{each:.3e}" for each in 10.0 ** rng.integers(-30, 30, n)],
    "dates": lambda rng, n: _dates(rng, n, "%Y-%m-%d"),
    "days first": lambda rng, n: _dates(rng, n, "%d/%m/%Y"),
    "months first": lambda rng, n: _dates(rng, n, "%m/%d/%Y %H:%M"),
    "points in dates": lambda rng, n: _dates(rng, n, "%d.%m.%Y"),
    "dates as numbers": lambda rng, n: _dates(rng, n, "%Y%m%d"),
    "named months": lambda rng, n: _dates(rng, n, "%d-%b-%y"),
    "some times": lambda rng, n: [f"{each} 10:30:00" if rng.random() < 0.3 else each
                                  for each in _dates(rng, n, "%Y-%m-%d")],
    "zones": lambda rng, n: [f"{each}T08:00:00{rng.choice(['Z', '+02:00', '-05:00'])}"
                             for each in _dates(rng, n, "%Y-%m-%d")],
    "codes": lambda rng, n: [f"{each:05d}" for each in rng.integers(10, 99999, n)],
    "few codes": _of("01", "02", "10", "A1"),
    "versions": _of("1.1", "1.10", "1.9", "2.0.1"),
    "truth": _of("TRUE", "False", "true"),
    "perhaps": _of("TRUE", "FALSE", "UNKNOWN"),
    "bits": _of("0", "1"),
    "ordered": _of("low", "medium", "High"),
    "towns": _of("Köln", "Ulm", "  Ulm ", "München", "ulm", "Zürich, Stadt"),
    "spellings": _of("New York", "new york", "NEW YORK ", "Boston", "boston."),
    "rare": lambda rng, n: ["once", "twice", "twice", *rng.choice(["often", "always"], n - 3)],
    "months in German": lambda rng, n: [
        f"{day.day}. {GERMAN_MONTHS[day.month - 1]} {day.year}" for day in
        DAYS[rng.integers(0, len(DAYS), n)]
    ],
    "part numbers": lambda rng, n: [
        f"{each:02d}E{each % 7}" if each % 3 == 0 else f"{each:04d}"
        for each in rng.integers(10, 99, n)
    ],
    "answers": _of("None", "Mild", "NA", "", "Severe"),
    "marks": _of('12" screen', "it's", "a;b", "c\td", "#5", "% of all", "sep=;", "="),
    "lines": _of("one\ntwo", "three", "fo\r\nur"),
    "one word in the middle of numbers": _of("3", "4", "x", "yes"),
    "free text": lambda rng, n: ["".join(rng.choice([*"abcdeé 漢0,"], 9)) for _ in range(n)],
    "constant": _of("same"),
    "empty": _of(""),
    "whole": lambda rng, n: [str(each) for each in rng.integers(-(2**60), 2**60, n)],
}  # fmt: skip
NAMES = [
    "a",
    "Größe",
    "price, net",
    "2019",
    "1",
    "",
    "x.1",
    "b",
    "é",
    "(kg)",
    "true",
    "n/a",
    "c#",
    "# no",
    "%",
    "sep=",
    "ID",
    "index",
    "2020-01-01",
]


HOWS = st.sampled_from(
    [{"delimiter": delimiter, "lineterminator": end, "quoting": quoting}
     for delimiter in ",;\t" for end in ("\n", "\r\n")
     for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)]
)  # fmt: skip
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "gb18030"])


@dataclass(frozen=True)
class Written:
    """A table as text: names, rows of cells, which rows each piece has, and the form of a file."""

    names: list[str]
    rows: list[list[str]]
    pieces: list[np.ndarray]
    how: dict[str, object]
    encoding: str

    def write(self, path, chosen=None, *, target=True):
        """Write some rows, with or without their last column, the target."""
        rows = self.rows if chosen is None else [self.rows[each] for each in chosen]
        lines = [self.names, *rows] if target else [each[:-1] for each in [self.names, *rows]]
        text = io.StringIO()
        csv.writer(text, **self.how).writerows(lines)
        path.write_text(text.getvalue(), self.encoding, "replace", newline="")
        return path


@st.composite
def written_tables(draw):
    """A table of up to six columns and a target "y", in up to seven pieces."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_rows = draw(st.integers(16, 40))
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=6))
    names = draw(st.permutations(NAMES))[: len(kinds)]
    columns = [COLUMNS[kind](rng, n_rows) for kind in kinds]
    for column in columns:
        if draw(st.booleans()):
            for row in np.flatnonzero(rng.random(n_rows) < 0.2):
                column[row] = draw(st.sampled_from(["", "NA", " "]))
        rng.shuffle(column)
    signal = rng.random(n_rows) < 0.5
    columns.append(
        np.where(signal, "yes", "no").tolist() if draw(st.booleans())
        else [f"{each:.3f}" for each in rng.normal(size=n_rows) + signal]
    )  # fmt: skip
    rows = [list(each) for each in zip(*columns, strict=True)]
    order = rng.permutation(n_rows) if draw(st.booleans()) else np.arange(n_rows)
    cuts = draw(st.lists(st.integers(1, n_rows - 1), max_size=6, unique=True))
    pieces = np.split(order, sorted(cuts))
    return Written([*names, "y"], rows, pieces, draw(HOWS), draw(ENCODINGS))
