"""What a fitted surface looks like in a notebook: the verdict and the table of cells, as HTML."""

import math

import numpy as np
import xarray as xr
from markupsafe import Markup, escape

from dropdecay.report.eliminated import is_eliminated
from dropdecay.report.plot_data import colour_positions, digits_after_point, surface_of
from dropdecay.selection.choice import Choice

GOOD, BAD = (68, 1, 84), (253, 231, 37)
"""The ends of the viridis scale, which colour-blind readers tell apart."""
MIDDLE = (33, 145, 140)


def surface_html(results: xr.Dataset, choice: Choice, verdict: str) -> str:
    """Return the surface as a small table without script; every name in it is escaped."""
    surface = surface_of(results, choice.as_dict())
    positions, _, _ = colour_positions(surface.loss, low_is_good=True)
    finite = surface.loss_error[np.isfinite(surface.loss_error)]
    decimals = digits_after_point(float(np.median(finite)) if finite.size else math.nan)
    head = Markup("").join(Markup("<th>{}</th>").format(f"{rate:g}") for rate in surface.dropout)
    rows = []
    for j, strength in enumerate(surface.weight_decay):
        cells = []
        for i in range(len(surface.dropout)):
            if math.isnan(positions[i, j]):
                said = "NaN" if surface.diverged[i, j] else "x"
                cells.append(Markup('<td style="text-align:right;opacity:.6">{}</td>').format(said))
                continue
            marks = ("★" if surface.best == (i, j) else "") + (
                "◆" if surface.one_standard_error == (i, j) else ""
            )
            weight = "bold;text-decoration:underline" if surface.as_good[i, j] else "normal"
            cells.append(
                Markup(
                    '<td style="background:{};color:{};font-weight:{};text-align:right">{}&nbsp;{}'
                    "</td>"
                ).format(
                    _colour(float(positions[i, j])),
                    "#fff" if positions[i, j] < 0.55 else "#000",
                    weight,
                    f"{surface.loss[i, j]:.{decimals}f}",
                    marks,
                )
            )
        rows.append(
            Markup("<tr><th>{}</th>{}</tr>").format(f"{strength:g}", Markup("").join(cells))
        )
    caption = (
        f"Validation {results.attrs['loss_name']}, weight decay downwards, dropout across. "
        "★ best, ◆ one-SE choice, underlined: within one standard error of the best"
        + (", x: eliminated by the race" if is_eliminated(results).any() else "")
        + (", NaN: diverged." if surface.diverged.any() else ".")
    )
    return str(
        Markup(
            '<div class="dropdecay"><p><b>{}</b></p><p>{}</p>'
            '<table style="border-collapse:separate"><tr><th></th>{}</tr>{}</table></div>'
        ).format(escape(verdict), caption, head, Markup("").join(rows))
    )


def _colour(position: float) -> str:
    low, high = (GOOD, MIDDLE) if position < 0.5 else (MIDDLE, BAD)
    share = 2 * position if position < 0.5 else 2 * position - 1
    parts = (round(a + share * (b - a)) for a, b in zip(low, high, strict=True))
    return f"rgb({','.join(map(str, parts))})"
