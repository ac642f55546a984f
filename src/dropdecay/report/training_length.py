"""How long the points of a surface were trained, and why they ended there, in words."""

import xarray as xr

from dropdecay.axes import Point
from dropdecay.engine.ending import FUTILE, TRUNCATED
from dropdecay.selection.epochs import ADAPTIVE, EPOCHS, choose_epochs, endings_of, ends_of
from dropdecay.selection.points import points_in

MAX_NAMED = 3
"""Points still falling are named up to this many."""


def trained_until(results: xr.Dataset) -> str | None:
    """Say how long adaptive points were trained; None where the number of epochs was fixed."""
    if results.attrs.get(EPOCHS) != ADAPTIVE:
        return None
    ends = ends_of(results)
    fewest, most = int(ends.min()), int(ends.max())
    epochs = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    told = (
        "Each point was trained until its own mean curve was flat or past its minimum: "
        f"{epochs} epochs."
    )
    n_futile = endings_of(results).count(FUTILE)
    if not n_futile:
        return told
    were = "1 point was" if n_futile == 1 else f"{n_futile} points were"
    bounds = "Its loss is an upper bound" if n_futile == 1 else "Their losses are upper bounds"
    return f"{told} {were} given up before, unable to catch up (--futility). {bounds}."


def still_falling(results: xr.Dataset, chosen: Point) -> list[str]:
    """Say which points were still improving when their training ended; the chosen one alone if so.

    With a fixed number of epochs only the chosen point is looked at.
    """
    points, last = points_in(results), int(ends_of(results).max())
    if results.attrs.get(EPOCHS) == ADAPTIVE:
        endings = endings_of(results)
        falling = [point for point, why in zip(points, endings, strict=True) if why == TRUNCATED]
    else:
        epochs = choose_epochs(results).values
        falling = [chosen] if epochs[points.index(chosen)] == last else []
    if not falling:
        return []
    if chosen in falling:
        return [
            f"the chosen point was still improving at the last epoch, {last}. "
            f"Try --epochs {2 * last}."
        ]
    named = "; ".join(point.described() for point in falling[:MAX_NAMED])
    more = f" and {len(falling) - MAX_NAMED} more" if len(falling) > MAX_NAMED else ""
    were = "point was" if len(falling) == 1 else "points were"
    return [
        f"{len(falling)} {were} still improving at the last epoch, {last} ({named}{more}). "
        f"Try --epochs {2 * last}."
    ]
