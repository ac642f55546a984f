"""Which points are shown where: two axes as a table, at the chosen values of the others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.axes import Axes, Axis, Point, printed_value
from dropdecay.decay_memory import taus_of
from dropdecay.errors import BadInput
from dropdecay.knobs import AXES, Value, knob_of
from dropdecay.report.plot_data import NOWHERE, Surface

MARKED = {"best": "the best point", "one_standard_error": "the one-SE choice"}
"""Points that are marked wherever they are shown."""


@dataclass(frozen=True)
class Layout:
    """Points as a table.

    Parameters
    ----------
    across, down : Axis or None
        None: no other axis has several values.
    at : shape (n_across, n_down)
        Index of the point in each cell; ``NOWHERE``: there is none.
    held : Point
        The other axes with several values, held at those of the chosen point.
    throughout : Point
        The axes with a single value.
    """

    across: Axis | None
    down: Axis | None
    at: Int64
    held: Point
    throughout: Point

    @property
    def sentence(self) -> str:
        """State the values of the other axes; "" if there are none."""
        held = f"at {self.held.described()} (as chosen)" if self.held.values else ""
        return "; ".join(part for part in (held, self.fixed) if part)

    @property
    def fixed(self) -> str:
        """Name the axes with a single value; "" if there are none."""
        return f"{self.throughout.described()} throughout" if self.throughout.values else ""


def axes_of(points: Sequence[Point]) -> Axes:
    """Return the axes that points span, weakest values first, names in order of appearance."""
    return Axes(
        tuple(
            Axis(name, _ordered(name, (point[name] for point in points)))
            for name, _ in points[0].values
        )
    )


def _ordered(name: str, values: Iterable[Value]) -> tuple[Value, ...]:
    distinct, strength = dict.fromkeys(values), knob_of(name).strength
    return tuple(distinct if strength is None else sorted(distinct, key=strength))


def varied_in(axes: Axes) -> tuple[str, ...]:
    """Return the names of the axes with several values, in the order of ``AXES``.

    Arguments of a module come last.
    """
    several = [axis.name for axis in axes if len(axis.values) > 1]
    return tuple(name for name in dict.fromkeys((*AXES, *several)) if name in several)


def tau_labels(surface: Surface, axis: Axis) -> tuple[str, ...]:
    """Return the epochs of memory of each value of an axis: "tau 40"; "" for one without."""
    return taus_of(axis, axes_of(surface.points), surface.pace)


def lay_out(surface: Surface, names: Sequence[str] | None = None) -> Layout:
    """Arrange points as a table.

    Parameters
    ----------
    surface : Surface
    names : sequence of str, optional
        The horizontal and the vertical axis, or a single one; default: the first two with several
        values.

    Raises
    ------
    BadInput
        If the surface has no such axis, or the number of names is neither 1 nor 2.
    """
    axes = axes_of(surface.points)
    if names is None:
        names = varied_in(axes)[:2]
    else:
        _check_names(names, axes)
    reference = surface.reference.as_dict()
    index = {frozenset(point.values): i for i, point in enumerate(surface.points)}
    shown = [axes[name] for name in names]
    cells = product(*(axis.values for axis in shown))
    at = np.array(
        [
            index.get(
                frozenset({**reference, **dict(zip(names, cell, strict=True))}.items()), NOWHERE
            )
            for cell in cells
        ],
        np.int64,
    )
    n_across = len(shown[0].values) if shown else 1
    others = [axis for axis in axes if axis.name not in names]
    return Layout(
        across=shown[0] if shown else None,
        down=shown[1] if len(shown) > 1 else None,
        at=at.reshape(n_across, -1),
        held=_part(reference, (axis.name for axis in others if len(axis.values) > 1)),
        throughout=_part(reference, (axis.name for axis in others if len(axis.values) == 1)),
    )


def _part(values: dict[str, Value], names: Iterable[str]) -> Point:
    return Point(tuple((name, values[name]) for name in names))


def _check_names(names: Sequence[str], axes: Axes) -> None:
    if len(names) not in (1, 2) or len(set(names)) < len(names):
        raise BadInput(f"Name one axis, or two different ones. Got {tuple(names)!r}.")
    for name in names:
        if name not in axes.names:
            raise BadInput(f"The surface has no axis {name!r}. It has {', '.join(axes.names)}.")


@dataclass(frozen=True)
class Paths:
    """Points along one axis, one path per value of another.

    Parameters
    ----------
    along : Axis
    by : Axis or None
        None: there is a single path.
    at : shape (n_paths, n_along)
        Index of each point; ``NOWHERE``: there is none.
    chosen : int
        Index of the path through the chosen point; ``NOWHERE``: there is none.
    layout : Layout
        The same points as a table.
    """

    along: Axis
    by: Axis | None
    at: Int64
    chosen: int
    layout: Layout

    @property
    def labels(self) -> tuple[str, ...]:
        """The printed value of ``by`` of each path; "" for a single path."""
        return ("",) if self.by is None else tuple(map(printed_value, self.by.values))


def paths_along(surface: Surface, name: str | None = None) -> Paths:
    """Return the paths along an axis.

    Parameters
    ----------
    surface : Surface
    name : str, optional
        Default: the second axis that :func:`lay_out` shows, or the only one.
    """
    axes = axes_of(surface.points)
    varied = varied_in(axes)
    if name is None:
        name = (varied[:2] or axes.names[:1])[-1]
    by = next((each for each in varied if each != name), None)
    layout = lay_out(surface, (name,) if by is None else (by, name))
    at = layout.at.T if by is None else layout.at
    with_chosen = ((at == surface.chosen) & (at != NOWHERE)).any(axis=1)
    return Paths(
        along=axes[name],
        by=None if by is None else axes[by],
        at=at,
        chosen=int(with_chosen.argmax()) if with_chosen.any() else NOWHERE,
        layout=layout,
    )


def elsewhere(surface: Surface, layout: Layout) -> list[str]:
    """Return a sentence for each marked point that the layout does not show."""
    sentences = []
    for name, words in MARKED.items():
        index: int = getattr(surface, name)
        if index != NOWHERE and not (layout.at == index).any():
            sentences.append(f"Not shown: {words} ({surface.points[index].described()})")
    return sentences
