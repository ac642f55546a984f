"""What the page's script reads, as plain values: every setting's figures and curves."""

import json
from typing import TypedDict

from dropdecay.axes import printed_value
from dropdecay.knobs import knob_of
from dropdecay.report.layout import axes_of, tau_labels, varied_in
from dropdecay.report.sections.cells import Cells, marks_of, tau_text
from dropdecay.report.sections.curves import Learning
from dropdecay.report.sections.run import Run
from dropdecay.report.sections.views import differences, state_of


class AxisData(TypedDict):
    """An axis with its values as printed, and what memory they mean."""

    printed: str
    values: list[str]
    taus: list[str]
    varied: bool


class ViewData(TypedDict):
    """What cells show; lists run over points."""

    name: str
    text: list[str]
    spread: list[str]
    step: list[int]
    note: str


class ScriptData(TypedDict):
    """Everything that the script shows; lists run over points, in the order of the results.

    ``points`` holds the place of each point's value on every axis; ``shown`` the axes across and
    down; ``reference`` the point at whose values the others are held.
    """

    axes: list[AxisData]
    points: list[list[int]]
    names: list[str]
    shown: list[int]
    throughout: str
    reference: int
    clicked: int
    as_good: list[int]
    marks: dict[int, list[str]]
    states: list[list[str]]
    asides: list[str]
    epochs: list[int]
    views: dict[str, ViewData]
    frame: list[float]
    unit: float
    at: list[int]
    curves: dict[str, list[list[int | None]]]
    kept_as: str


def script_data(run: Run, cells: Cells, learning: Learning) -> ScriptData:
    """Return the data of the page's script."""
    surface, axes = run.surface, axes_of(run.surface.points)
    varied, n_points = varied_in(axes), len(run.surface.points)
    places = [{value: i for i, value in enumerate(axis.values)} for axis in axes]
    marks = {index: list(marks_of(run, index)) for index in range(n_points)}
    frame = learning.frame
    return {
        "axes": [
            {
                "printed": knob_of(axis.name).printed,
                "values": [printed_value(value) for value in axis.values],
                "taus": [tau_text(tau) for tau in tau_labels(surface, axis)],
                "varied": axis.name in varied,
            }
            for axis in axes
        ],
        "points": [
            [place[value] for place, (_, value) in zip(places, point.values, strict=True)]
            for point in surface.points
        ],
        "names": [run.name_of(index) for index in range(n_points)],
        "shown": [
            axes.names.index(axis.name) for axis in (run.layout.across, run.layout.down) if axis
        ],
        "throughout": run.layout.fixed,
        "reference": max(surface.chosen, 0),
        "clicked": learning.clicked,
        "as_good": surface.as_good.nonzero()[0].tolist(),
        "marks": {index: each for index, each in marks.items() if each},
        "states": [list(state_of(surface, index)) for index in range(n_points)],
        "asides": list(differences(run)),
        "epochs": run.figures.epochs.tolist(),
        "views": {
            view.key: {
                "name": view.name,
                "text": list(view.texts),
                "spread": list(view.spreads),
                "step": view.steps.tolist(),
                "note": view.note,
            }
            for view in cells.views
        },
        "frame": [frame.left, frame.right, frame.bottom, frame.top],
        "unit": learning.packed.unit,
        "at": list(learning.packed.epochs),
        "curves": learning.packed.values,
        "kept_as": surface.kept_as,
    }


def as_json(value: ScriptData) -> str:
    """Write JSON that is safe inside a script element, whatever strings it contains."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text
