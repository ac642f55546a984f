"""The figures of the calibration as tables inside ``docs/statistics.md``."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.calibration_replay import TOOL
from dropdecay.statistics.hybrid import C

PAGE = Path(__file__).parent.parent / "docs" / "statistics.md"
BEGIN, END = "<!-- figures of make calibrate -->", "<!-- end of figures -->"
Figures = dict[str, Any]


def write_page(figures: Figures, *others: Figures) -> None:
    """Put the tables between the two marks of the page; of other runs only the first of them."""
    rows, pooled = figures["rows"], figures["pooled"]
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    known = [row for row in rows if "power" in row]
    null = [row for row in rows if "power" not in row]
    parts = [
        _how_it_was_run(figures),
        "### What was asked, and what came out\n\n" + _against_the_asked(pooled),
        *map(_beside, others),
        "### Worlds where regularization gains something\n\n" + _known(known),
        "### Worlds where nothing can be gained\n\n" + _null(null),
        "### Is a chance what it says?\n\n" + _chances(pooled["chances"]),
        "### The inflation c of the variance between rows\n\n" + _inflations(pooled["variants"]),
        "### Other stops and another interval\n\n" + _stops(pooled["variants"]),
        "### Price\n\n" + _price(rows),
        "### What to expect on new rows\n\n" + _expectation(rows),
        "### What choosing gains on new rows (± standard error)\n\n" + _choosing(rows),
        "### Common random numbers: the same runs, paired and not\n\n"
        + _random_numbers(figures["random_numbers"]),
        "### A race over real tables (at most 40 % can be saved)\n\n" + _races(figures["races"]),
    ]
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}", "utf-8")


def _how_it_was_run(figures: Figures) -> str:
    rows = figures["rows"]
    known, null = (
        sorted({row["repetitions"] for row in rows if ("power" in row) == is_known})
        for is_known in (True, False)
    )
    raced = "and a race" if figures["points"] >= 20 else "no race (there are fewer than 20 points)"
    return (
        f"{_range(known)} repetitions of each world with a gain, {_range(null)} of each without, "
        f"{len(rows)} worlds in all; {figures['points']} points, "
        f"{figures['folds']} folds, longer axes, {raced}, at most {figures['repeats']} repeats "
        f"of the contenders; {figures['new_rows']} new rows. "
        f"{figures['core_hours']:.1f} core hours (the machine is named in `benchmarks/figures`). "
        "In brackets: 95 % Wilson intervals."
    )


def _range(counts: Sequence[int]) -> str:
    return f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def _against_the_asked(pooled: Figures) -> str:
    worst, *covered = pooled["worst world"]
    return _table(
        ["figure", "asked", "found", "from one cut alone"],
        [
            ["false \"helps\", worlds where nothing can be gained", "<= 2.5 %, upper end <= 4 %",
             _counted(pooled["false helps"]), _counted(pooled["false helps once"])],
            ["\"helps\" where the choice beats none on new rows", "lower end > 94 %",
             _counted(pooled["helps is right"]), ""],
            ["\"probably helps\" where it does", "lower end > 85 %",
             _counted(pooled["probably helps is right"]), ""],
            ["power at the gain of the best point of each table", ">= 65 %",
             f"{pooled['power']:.0%}", f"{pooled['power once']:.0%}"],
            ["power at the gain of the best fixed point", "",
             f"{pooled['power, best fixed point']:.0%}", ""],
            ["gain that 80 % find, % of the loss", "<= 4 %",
             _percent(pooled["detectable"]), _percent(pooled["detectable once"])],
            *_without_luck(pooled),
            ["the interval covers the expected gain", ">= 92 %",
             _counted(pooled["covers E"]), _counted(pooled["covers E once"])],
            ["the same, worlds with a gain alone", "",
             _counted(pooled["covers E, known"]), _counted(pooled["covers E once, known"])],
            [f"the same in the worst world, {worst}", "upper end >= 88 %", _counted(covered), ""],
            ["further trainings, a mean over worlds", "<= 130",
             f"{pooled['further networks']:.0f}", "0"],
            ["BBC-CV covers the loss on new rows", "94 to 99 %",
             _counted(pooled["coverage BBC-CV"]), ""],
        ],
    )  # fmt: skip


def _without_luck(pooled: Figures) -> list[list[str]]:
    """Return a line, or none for figures that were kept before it was reckoned."""
    least = pooled.get("detectable without luck")
    line = ["the same, were there no luck of networks and cuts", "", _percent(least or 0.0), ""]
    return [] if least is None else [line]


def _beside(figures: Figures) -> str:
    """Return the first table of another run."""
    points, table = figures["points"], _against_the_asked(figures["pooled"])
    return f"### The same with {points} points\n\n{_how_it_was_run(figures)}\n\n{table}"


def _known(rows: Sequence[Figures]) -> str:
    return _table(
        ["world", "what it is", "expected gain, % of the loss", "best point",
         "says \"helps\"", "from one cut", "power", "from one cut", "gain that 80 % find",
         "covers the expected gain"],
        [[row["world"], row["sentence"], _share_of_loss(row, row["E"]),
          _percent(row["oracle"] / row["loss of none"]), f"{row['helps'][0]:.0%}",
          f"{row['helps once'][0]:.0%}", f"{row['power']:.0%}", f"{row['power once']:.0%}",
          _percent(row["detectable"]), _counted(row["covers E"])] for row in rows],
    )  # fmt: skip


def _null(rows: Sequence[Figures]) -> str:
    return _table(
        ["world", "what it is", "expected gain, % of the loss", "says \"helps\"", "from one cut",
         "covers the expected gain", "answers"],
        [[row["world"], row["sentence"], _share_of_loss(row, row["E"]), _counted(row["helps"]),
          _counted(row["helps once"]), _counted(row["covers E"]),
          ", ".join(f"{label} {count}" for label, count in sorted(row["labels"].items()))]
         for row in rows],
    )  # fmt: skip


def _chances(chances: dict[str, list[Figures]]) -> str:
    pairs = zip(chances["known"], chances["null"], strict=True)
    return _table(
        ["chance said", "truly better, worlds with a gain", "truly better, without"],
        [[f"{known['from']:.1%} to {known['to']:.1%}", _counted(known["better"]),
          _counted(null["better"])] for known, null in pairs],
    )  # fmt: skip


def _inflations(rows: Sequence[Figures]) -> str:
    return _table(
        ["c", "covers at the stop", "covers after ten", "lies above, worlds with a gain",
         "false \"helps\"", "power", "gain that 80 % find", "further trainings"],
        [[f"{row['c']:g}", _counted(row["covers E at the stop"]), _counted(row["covers E at ten"]),
          _counted(row["above E, known"]), _counted(row["false helps"]), f"{row['power']:.0%}",
          _percent(row["detectable"]), f"{row['further networks']:.0f}"]
         for row in rows if (row["exhausted"], row["interval"]) == (TOOL.exhausted, TOOL.interval)],
    )  # fmt: skip


def _stops(rows: Sequence[Figures]) -> str:
    return _table(
        ["more repeats no longer matter", "interval", "c", "covers at the stop",
         "lies above, worlds with a gain", "false \"helps\"", "power",
         "gain that 80 % find", "repeats", "further trainings"],
        [[row["exhausted"], row["interval"], f"{row['c']:g}", _counted(row["covers E at the stop"]),
          _counted(row["above E, known"]), _counted(row["false helps"]),
          f"{row['power']:.0%}", _percent(row["detectable"]), f"{row['n_repeats']:.1f}",
          f"{row['further networks']:.0f}"] for row in rows if row["c"] in (0.25, C)],
    )  # fmt: skip


def _price(rows: Sequence[Figures]) -> str:
    return _table(
        ["world", "networks of the surface", "network-epochs", "repeats", "further networks",
         "of these to record the first cut", "further network-epochs", "every fold picked none"],
        [[row["world"], f"{row['networks']:.0f}", f"{row['network-epochs']:.0f}",
          f"{row['n_repeats']:.1f}", f"{row['further networks']:.0f}",
          f"{row['trained again to record']:.0f}", f"{row['further network-epochs']:.0f}",
          f"{row['untested']} of {row['repetitions']}"] for row in rows],
    )  # fmt: skip


def _expectation(rows: Sequence[Figures]) -> str:
    return _table(
        ["world", "true loss of the best", "naive minimum is off by", "BBC-CV is off by",
         "BBC-CV's interval covers"],
        [[row["world"], f"{row['loss of the best']:.3f}", _off(row["bias naive"]),
          _off(row["bias BBC-CV"]), _counted(row["coverage BBC-CV"])] for row in rows],
    )  # fmt: skip


def _choosing(rows: Sequence[Figures]) -> str:
    return _table(
        ["world", "loss without regularization", "best", "one-SE", "best of each table",
         "best fixed point"],
        [[row["world"], f"{row['loss of none']:.3f}", _off(row["gain of the best"]),
          _off(row["gain of one-SE"]), f"{row['oracle']:+.4f}",
          f"{row['best fixed point']:+.4f}"] for row in rows],
    )  # fmt: skip


def _random_numbers(rows: Sequence[Figures]) -> str:
    return _table(
        ["data", "SD of a difference with", "without", "variance, with / without"],
        [[row["data"], f"{row['SD with']:.4f}", f"{row['SD without']:.4f}",
          f"{row['variance ratio']:.2f}"] for row in rows],
    )  # fmt: skip


def _races(rows: Sequence[Figures]) -> str:
    return _table(
        ["data", "points", "runs saved", "same choice", "loss given away", "best loss"],
        [[row["data"], str(row["points"]), f"{row['runs saved']:.0%}",
          f"{row['same choice']:.0%}", _off(row["loss given away"]),
          f"{row['best loss']:.3f}"] for row in rows],
    )  # fmt: skip


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _off(figure: Sequence[float]) -> str:
    return f"{figure[0]:+.4f} ± {figure[1]:.4f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share < 1 else "not reached"


def _share_of_loss(row: Figures, figure: Sequence[float]) -> str:
    mean, error = (100 * each / row["loss of none"] for each in figure)
    return f"{mean:.1f} ± {error:.1f}"


def _counted(figure: Sequence[float]) -> str:
    share, low, high, count, total = figure
    if total == 0:
        return "none"
    return f"{100 * share:.1f} % ({100 * low:.1f}-{100 * high:.1f}; {count} of {total})"
