"""How long the points of a surface were trained, and why they ended there, in words."""

import numpy as np
import xarray as xr

from dropdecay.arrays import AnyArray, Int64
from dropdecay.axes import Point
from dropdecay.engine.ending import CUT_OFF, DIVERGED, FUTILE, HORIZON, TRUNCATED
from dropdecay.selection.epochs import choose_epochs, endings_of, ends_of, is_fixed
from dropdecay.selection.points import points_in

MAX_NAMED = 3
"""Points cut off are named up to this many."""


def trained_until(results: xr.Dataset) -> str | None:
    """Say how long adaptive points were trained; None where the number of epochs was fixed."""
    ends = ends_of(results)
    trained = ends > 0  # points that a pilot dropped are not
    endings, ends = np.array(endings_of(results))[trained], ends[trained]
    cut, futile = np.isin(endings, CUT_OFF), endings == FUTILE
    lasted = ~futile & (endings != DIVERGED)
    if is_fixed(results) or HORIZON in endings or not (lasted | futile).any():
        return None
    told = []
    if (lasted & ~cut).any():
        told.append(
            "Points were trained until their own mean curves were flat or past their minima: "
            f"{_range(ends[lasted])}."
        )
    if cut.any():
        told.append(_cut_off(int(cut.sum()), endings, int(ends.max()), all_of_them=not told))
    if n_futile := int(futile.sum()):
        were = "1 was" if n_futile == 1 else f"{n_futile} were"
        bounds = "its loss is an upper bound" if n_futile == 1 else "their losses are upper bounds"
        told.append(f"{were} given up, unable to catch up (--futility): {bounds}.")
    return " ".join(told)


def _cut_off(n_cut: int, endings: AnyArray, last: int, *, all_of_them: bool) -> str:
    """Say how many points had not settled, and how many of these were still falling."""
    n_points, n_falling = endings.size, int((endings == TRUNCATED).sum())
    subject = f"{n_cut} of {n_points} had not"
    if all_of_them:
        subject = "The point had not" if n_points == 1 else f"None of {n_points} points had"
    spoken_of = n_points if all_of_them else n_cut
    fell = "1 was" if n_falling == 1 else f"{n_falling} were"
    if n_falling == spoken_of:
        fell = "it was" if n_falling == 1 else "all were"
    falling = f": {fell} still falling" if n_falling else ""
    return f"{subject} settled by the last epoch, {last:,}{falling}."


def _range(ends: Int64) -> str:
    fewest, most = int(ends.min()), int(ends.max())
    if fewest < most:
        return f"{fewest:,} to {most:,} epochs"
    return "1 epoch" if most == 1 else f"{most:,} epochs"


def still_falling(results: xr.Dataset, chosen: Point) -> list[str]:
    """Say which points were cut off, and whether they fell; the chosen one alone if it was.

    With a fixed number of epochs only the chosen point is looked at.
    """
    points, last = points_in(results), int(ends_of(results).max())
    if is_fixed(results):
        if choose_epochs(results).values[points.index(chosen)] != last:
            return []
        return [
            f"the chosen point was still improving at the last epoch, {last:,}. "
            f"Try --epochs {2 * last}."
        ]
    why = dict(zip(points, endings_of(results), strict=True))
    cut = [point for point in points if why[point] in CUT_OFF]
    if not cut:
        return []
    cut = [chosen] if chosen in cut else cut
    fell = all(why[point] == TRUNCATED for point in cut)
    if chosen in cut:
        had = "was still falling at" if fell else "had not settled by"
        return [f"the chosen point {had} the last epoch, {last:,}. Try --epochs {2 * last}."]
    named = "; ".join(point.described() for point in cut[:MAX_NAMED])
    more = f" and {len(cut) - MAX_NAMED} more" if len(cut) > MAX_NAMED else ""
    counted = "1 point" if len(cut) == 1 else f"{len(cut)} points"
    was = "was" if len(cut) == 1 else "were"
    had = f"{was} still falling at" if fell else "had not settled by"
    return [f"{counted} {had} the last epoch, {last:,} ({named}{more}). Try --epochs {2 * last}."]
