"""The figures of the calibration as tables inside ``docs/statistics.md``."""

from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "statistics.md"
BEGIN, END = "<!-- figures of make calibrate -->", "<!-- end of figures -->"


def write_page(rows: list[dict[str, Any]], settings: dict[str, Any], *, null: set[str]) -> None:
    """Put the tables between the two marks of the page."""
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    empty = [row for row in rows if row["world"] in null]
    known = [row for row in rows if row["world"] not in null]
    tables = [
        f"{settings['repetitions']} repetitions of each world, {settings['points']} points, "
        f"{settings['folds']} folds, {settings['new_rows']} new rows; {settings['wall_s']} s on "
        f"{settings['jobs']} cores.",
        _table(
            ["world", "what it is", "says \"helps\"", "in a race"],
            [[row["world"], row["sentence"], f"{row['helps']:.1%}", f"{row['helps raced']:.1%}"]
             for row in empty],
        ),
        _table(
            ["world", "gain over none, said", "true", "interval covers the expected gain",
             "the gain of these networks", "the gain of the refit", "says \"helps\""],
            [[row["world"], f"{row['gain over none']:.3f}", f"{row['true gain over none']:.3f}",
              _share(row["coverage, expected gain"]["none"]),
              _share(row["coverage, these networks"]["none"]),
              _share(row["coverage, the refit"]), f"{row['helps']:.0%}"] for row in known],
        ),
        _table(
            ["world", "interval against dropout alone covers", "against weight decay alone"],
            [[row["world"], *(_share(row["coverage, expected gain"][name])
              for name in ("dropout", "weight_decay"))] for row in known],
        ),
        _table(
            ["world", "true loss of the best", "naive minimum is off by", "BBC-CV is off by",
             "BBC-CV's interval covers"],
            [[row["world"], f"{row['loss']:.3f}", _off(row["bias naive"]),
              _off(row["bias BBC-CV"]), f"{row['coverage BBC-CV']:.1%}"] for row in rows],
        ),
        _table(
            ["world", "none", "best of the full grid", "one-SE", "best of the race",
             "race against full grid", "runs saved", "same choice"],
            [[row["world"],
              *(_off(row["regret"][name]) for name in ("none", "best", "one_se", "raced")),
              _off(row["regret of the race against the full grid"]),
              f"{row['runs saved']:.0%}", f"{row['same choice']:.0%}"] for row in rows],
        ),
        _table(
            ["data", "SD of a difference with", "without", "variance, with / without"],
            [[row["data"], f"{row['SD with']:.4f}", f"{row['SD without']:.4f}",
              f"{row['variance ratio']:.2f}"] for row in settings["random_numbers"]],
        ),
        _table(
            ["data", "points", "runs saved", "same choice", "loss given away", "best loss"],
            [[row["data"], str(row["points"]), f"{row['runs saved']:.0%}",
              f"{row['same choice']:.0%}", _off(row["loss given away"]),
              f"{row['best loss']:.3f}"] for row in settings["races"]],
        ),
    ]  # fmt: skip
    titles = [
        "", "Null worlds: how often it says \"helps\" where nothing does",
        "Known worlds: is the gain over none what is said?",
        "The other two intervals", "What to expect on new rows",
        "Regret: what a way of choosing loses against the oracle point (± standard error)",
        "Common random numbers: the same runs, paired and not",
        "A race over real tables with the default axes (at most 40 % can be saved)",
    ]  # fmt: skip
    parts = [f"### {title}\n\n{table}" if title else table
             for title, table in zip(titles, tables, strict=True)]  # fmt: skip
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n\n".join(parts) + f"\n\n{END}{after}", "utf-8")


def _table(head: list[str], body: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _off(figure: tuple[float, float]) -> str:
    return f"{figure[0]:+.4f} ± {figure[1]:.4f}"


def _share(figure: float | None) -> str:
    return "nothing to compare" if figure is None else f"{figure:.1%}"
