"""How long the points of a surface were trained, and why they ended there, in words."""

import xarray as xr

from dropdecay.arrays import Int64
from dropdecay.axes import Point
from dropdecay.engine.ending import FUTILE, HORIZON, TRUNCATED
from dropdecay.selection.epochs import choose_epochs, endings_of, ends_of, is_fixed
from dropdecay.selection.points import points_in

MAX_NAMED = 3
"""Points still falling are named up to this many."""


def trained_until(results: xr.Dataset) -> str | None:
    """Say how long adaptive points were trained; None where the number of epochs was fixed."""
    endings = endings_of(results)
    if is_fixed(results) or HORIZON in endings:
        return None
    ends = ends_of(results)
    told = (
        "Points were trained until their own mean curves were flat or past their minima: "
        f"{_range(ends)}."
    )
    n_cut = endings.count(TRUNCATED)
    if n_cut:
        told += f" {n_cut} of {len(endings)} had not settled when the most epochs were reached."
    n_futile = endings.count(FUTILE)
    if n_futile:
        were = "1 was" if n_futile == 1 else f"{n_futile} were"
        bounds = "its loss is an upper bound" if n_futile == 1 else "their losses are upper bounds"
        told += f" {were} given up before, unable to catch up (--futility): {bounds}."
    return told


def _range(ends: Int64) -> str:
    fewest, most = int(ends[ends > 0].min()), int(ends.max())
    if fewest < most:
        return f"{fewest:,} to {most:,} epochs"
    return "1 epoch" if most == 1 else f"{most:,} epochs"


def still_falling(results: xr.Dataset, chosen: Point) -> list[str]:
    """Say which points were cut off before they had settled; the chosen one alone if it was.

    With a fixed number of epochs only the chosen point is looked at.
    """
    points, last = points_in(results), int(ends_of(results).max())
    adaptive = not is_fixed(results)
    if adaptive:
        endings = endings_of(results)
        falling = [point for point, why in zip(points, endings, strict=True) if why == TRUNCATED]
    else:
        epochs = choose_epochs(results).values
        falling = [chosen] if epochs[points.index(chosen)] == last else []
    if not falling:
        return []
    if chosen in falling:
        was = "had not settled by" if adaptive else "was still improving at"
        return [f"the chosen point {was} the last epoch, {last}. Try --epochs {2 * last}."]
    named = "; ".join(point.described() for point in falling[:MAX_NAMED])
    more = f" and {len(falling) - MAX_NAMED} more" if len(falling) > MAX_NAMED else ""
    had = "point had" if len(falling) == 1 else "points had"
    return [
        f"{len(falling)} {had} not settled by the last epoch, {last} ({named}{more}). "
        f"Try --epochs {2 * last}."
    ]
