"""The figures of a run as contents of files: PNG and SVG, the same bytes for the same run."""

import warnings
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING

import xarray as xr

from dropdecay.report.displays import PATHS, LearningCurveDisplay, PathDisplay, SurfaceDisplay
from dropdecay.report.pyplot import pyplot
from dropdecay.report.summary import ChoiceRecord
from dropdecay.selection.choice import Choice

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def picture_files(results: xr.Dataset, choice: Choice | ChoiceRecord) -> dict[str, bytes]:
    """Return every figure as PNG and SVG: the contents of each file, by its name."""
    drawn: dict[str, SurfaceDisplay | LearningCurveDisplay | PathDisplay] = {
        "surface": SurfaceDisplay.from_results(results, choice),
        "gap": SurfaceDisplay.from_results(results, choice, metric="gap"),
        "curves": LearningCurveDisplay.from_results(results, choice),
        "path": PathDisplay.from_results(results, choice),
    }
    if drawn["path"].weights is not None:
        for metric in PATHS[1:]:
            drawn[metric] = PathDisplay.from_results(results, choice, metric=metric)
    return as_files({name: display.figure_ for name, display in drawn.items()})


def as_files(figures: Mapping[str, "Figure"]) -> dict[str, bytes]:
    """Return figures as PNG and SVG, by the names of their files, and close them."""
    found = {}
    for name, figure in figures.items():
        for ending in ("png", "svg"):
            # Without a date the same run gives the same bytes.
            metadata = {"Date": None} if ending == "svg" else None
            picture = BytesIO()
            with warnings.catch_warnings(), pyplot().rc_context({"svg.hashsalt": "dropdecay"}):
                # A letter that the font lacks is a box in the picture; the page has the name.
                warnings.filterwarnings("ignore", message="Glyph .* missing from")
                figure.savefig(picture, format=ending, dpi=160, metadata=metadata)
            found[f"{name}.{ending}"] = picture.getvalue()
        pyplot().close(figure)
    return found
