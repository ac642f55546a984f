"""The picture of the rooms, drawn from the contract of layers in ``pyproject.toml``."""

import tomllib
from html import escape
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"

HEADINGS = {
    "__main__": "What you call",
    "report": "What you read",
    "search": "What to train next",
    "explain": "What it means",
    "engine": "What trains",
    "table": "What it stands on",
}
"""The highest room under each heading; a new room stands under that of the line above it."""

WIDTH, LEFT, ROOM, GAP, HEAD = 470, 4, 26, 6, 24

STYLE = """\
.rooms .part{fill:#3f8f8f;fill-opacity:.10;stroke:#3f8f8f;stroke-opacity:.45}
.rooms .room{fill:#3f8f8f;fill-opacity:.22;stroke:#3f8f8f}
.rooms text{font:13px system-ui,sans-serif;fill:currentColor}
.rooms .head{font-weight:600}
.rooms .arrow{stroke:currentColor;stroke-width:1.5;fill:none}"""


def layers() -> list[list[str]]:
    """Return the rooms, from the highest line to the lowest, those of a line side by side."""
    found = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    (contract,) = found["tool"]["importlinter"]["contracts"]
    return [[room.strip() for room in line.split("|")] for line in contract["layers"]]


def architecture() -> str:
    """Return the picture as SVG within a page, whose colour of text it takes."""
    parts: dict[str, list[list[str]]] = {}
    for line in layers():
        heading = HEADINGS.get(line[0], next(reversed(parts), ""))
        parts.setdefault(heading, []).append(line)
    drawn: list[str] = []
    top = 34
    for heading, own in parts.items():
        rows = _packed(own)
        height = HEAD + len(rows) * (ROOM + GAP) + 2
        drawn.append(_rectangle("part", LEFT, top, WIDTH - LEFT - 40, height))
        drawn.append(f'<text class="head" x="{LEFT + 10}" y="{top + 17}">{escape(heading)}</text>')
        for place, row in enumerate(rows):
            drawn += _row(row, top + HEAD + place * (ROOM + GAP))
        top += height + GAP
    x = WIDTH - 26
    arrow = (
        f'<path class="arrow" d="M{x} 40V{top - 14}m-5 -8 5 8 5 -8"/>'
        f'<text transform="translate({x + 8} {top // 2}) rotate(90)" text-anchor="middle">'
        "imports only from below</text>"
    )
    words = "The rooms of dropdecay in the order in which they may import each other"
    return (
        f'<div><svg class="rooms" viewBox="0 0 {WIDTH} {top}" style="max-width:38em" role="img" '
        f'aria-label="{words}"><style>{STYLE}</style><text x="{LEFT}" y="20">Rooms joined by | '
        f"do not know each other.</text>{''.join(drawn)}{arrow}</svg></div>"
    )


def _packed(lines: list[list[str]]) -> list[list[str]]:
    """Return lines, one string each, in as many rows as they fill."""
    rows: list[list[str]] = [[]]
    for line in lines:
        words = "  |  ".join(line)
        used = sum(_width(each) + GAP for each in rows[-1])
        if rows[-1] and used + _width(words) > WIDTH - LEFT - 60:
            rows.append([])
        rows[-1].append(words)
    return rows


def _width(words: str) -> float:
    return 7.6 * len(words) + 18


def _row(row: list[str], top: float) -> list[str]:
    drawn, left = [], LEFT + 10.0
    for words in row:
        drawn.append(_rectangle("room", left, top, _width(words), ROOM))
        drawn.append(
            f'<text x="{left + _width(words) / 2:g}" y="{top + 17:g}" text-anchor="middle" '
            f'xml:space="preserve">{escape(words)}</text>'
        )
        left += _width(words) + GAP
    return drawn


def _rectangle(kind: str, left: float, top: float, width: float, height: float) -> str:
    return (
        f'<rect class="{kind}" x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" '
        'rx="5"/>'
    )
