"""How long the points of a surface were trained, and why they ended there, in words."""

import numpy as np
import xarray as xr

from dropdecay.engine.ending import TRUNCATED
from dropdecay.selection.choice import Choice
from dropdecay.selection.epochs import ADAPTIVE, EPOCHS, endings_of
from dropdecay.selection.points import by_point, points_in

MAX_NAMED = 3
"""Points still falling are named up to this many."""


def trained_until(results: xr.Dataset) -> str | None:
    """Say how long adaptive points were trained; None where the number of epochs was fixed."""
    if results.attrs.get(EPOCHS) != ADAPTIVE:
        return None
    ends = by_point(results)["end"].values
    fewest, most = int(ends.min()), int(ends.max())
    epochs = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return (
        "Each point was trained until its own mean curve was flat or past its minimum: "
        f"{epochs} epochs."
    )


def still_falling(results: xr.Dataset, choice: Choice) -> list[str]:
    """Say which points were still improving when their training ended."""
    chosen = choice.chosen
    if results.attrs.get(EPOCHS) != ADAPTIVE:
        last = int(results["epoch"][-1])
        if chosen.epochs < last:
            return []
        return [_chosen_still_falls(last)]
    points, endings = points_in(results), endings_of(results)
    falling = [point for point, why in zip(points, endings, strict=True) if why == TRUNCATED]
    if not falling:
        return []
    last = int(np.max(by_point(results)["end"].values))
    if chosen.point in falling:
        return [_chosen_still_falls(last)]
    named = "; ".join(point.described() for point in falling[:MAX_NAMED])
    more = f" and {len(falling) - MAX_NAMED} more" if len(falling) > MAX_NAMED else ""
    were = "point was" if len(falling) == 1 else "points were"
    return [
        f"{len(falling)} {were} still improving at the last epoch, {last} ({named}{more}). "
        f"Try --epochs {2 * last}."
    ]


def _chosen_still_falls(last: int) -> str:
    return (
        f"the chosen point was still improving at the last epoch, {last}. Try --epochs {2 * last}."
    )
