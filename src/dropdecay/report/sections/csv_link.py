"""The data of a picture as a link to a CSV file inside the page."""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from urllib.parse import quote

FIGURES = 6


def csv_link(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a data address that downloads as CSV; no number and None are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows([_plain(each) for each in row] for row in rows)
    return f"data:text/csv;charset=utf-8,{quote(text.getvalue(), safe=' ().;:-_')}".replace(
        " ", "%20"
    )


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.{FIGURES}g}" if math.isfinite(value) else ""
    return value
