"""The figures of ``make bench`` as tables inside ``docs/benchmarks.md``."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent
PAGE = ROOT.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: {} -->", "<!-- end: {} -->"

Row = dict[str, Any]


def table(head: list[str], lines: list[list[str]]) -> str:
    """Write a table of Markdown."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def ratio(value: list[float]) -> str:
    """Write a median with its quartiles."""
    low, middle, high = value
    digits = 0 if middle >= 100 else 1 if middle >= 10 else 2
    return f"{middle:.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def of_dropout(figures: Row) -> str:
    """Show nanoseconds an element, and how many times ours."""
    others = ["torch", "torch, rate 0", "torch, fast mask", "NumPy binomial", "NumPy random"]
    return table(
        ["elements", "ours, ns", *(f"{name} / ours" for name in others), "ours / copy"],
        [[f"{row['elements']:,}", f"{row['ours, ns an element']:.2f}",
          *(ratio(row[f"{name} / ours"]) for name in others), ratio(row["ours / copy"])]
         for row in figures["rows"]],
    )  # fmt: skip


def of_step(figures: Row) -> str:
    """Show a step against its matrix products."""
    return table(
        ["network", "batch", "ours, µs", "products, µs", "ours / products"],
        [[row["sizes"], str(row["batch"]), f"{row['ours us a step']:.2f}",
          f"{row['products us a step']:.2f}", ratio(row["ours / products"])]
         for row in figures["rows"]],
    )  # fmt: skip


def of_rivals(figures: Row) -> str:
    """Show a step of many networks: a table for each number of threads, one for the losses."""
    rows = figures["rows"]
    names = list(dict.fromkeys(row["rival"] for row in rows))
    others = [name for name in names if name != "ours"]
    parts = []
    for threads in sorted({row["threads"] for row in rows}):
        lines = []
        for shape in dict.fromkeys((r["sizes"], r["batch"], r["networks"]) for r in rows):
            case = (*shape[:2], threads)
            here = {r["rival"]: r for r in rows if (r["sizes"], r["batch"], r["threads"]) == case}
            if here:
                lines.append(
                    [f"{shape[0]}, {shape[1]}", str(shape[2]),
                     f"{here['ours']['us a step and network']:.2f}",
                     *(ratio(here[name]["rival / ours"]) for name in others)]
                )  # fmt: skip
        title = "One thread" if threads == 1 else f"{threads} threads"
        parts.append(f"{title}, µs a step and network, and how many times ours:\n")
        parts.append(table(["network, batch", "networks", "ours, µs", *others], lines) + "\n")
    one = [row for row in rows if row["threads"] == rows[0]["threads"]]
    lines = [
        [f"{sizes}, {batch}", *(
            f"{r['validation loss']:.3f} ± {r['its standard error']:.3f}"
            for name in names for r in one
            if (r["sizes"], r["batch"], r["rival"]) == (sizes, batch, name)
        )]
        for sizes, batch in dict.fromkeys((r["sizes"], r["batch"]) for r in one)
    ]  # fmt: skip
    parts.append("Validation loss after the same number of steps, mean ± standard error over")
    parts.append("networks; all begin from the same weights and see the same batches:\n")
    parts.append(table(["network, batch", *names], lines))
    return "\n".join(parts)


def of_surface(figures: Row) -> str:
    """Show whole searches."""
    return table(
        ["table", "search", "networks", "epochs", "s", "ms a network and epoch", "times ours",
         "loss, nothing regularized"],
        [[row["table"], row["who"], str(row["networks"]), str(row["epochs"]), f"{row['s']:.1f}",
          f"{row['ms a network and epoch']:.2f}",
          ratio(row["per network and epoch, against ours"]),
          f"{row['validation loss, nothing regularized']:.3f}"] for row in figures["rows"]],
    )  # fmt: skip


def of_single_fit(figures: Row) -> str:
    """Show fits of one network."""
    return table(
        ["network", "batch", "rows", "ours, s", "scikit-learn, s", "scikit-learn / ours",
         "training loss, ours", "theirs"],
        [[row["sizes"], str(row["batch"]), f"{row['rows']:,}", f"{row['ours s']:.3f}",
          f"{row['scikit-learn s']:.3f}", ratio(row["scikit-learn / ours"]),
          *(f"{each:.3f}" for each in row["training loss, ours and theirs"])]
         for row in figures["rows"]],
    )  # fmt: skip


def grows(what: str, rows: list[Row], figures: Row) -> str:
    """Say how time grows; of threads, how much faster two of them are."""
    if what == "threads":
        return f"Two are {ratio(rows[-1]['first / this'])} times as fast"
    return f"Exponent of time: {figures['exponents'][what]:.2f}"


def of_growth(figures: Row) -> str:
    """Show sizes, seconds, memory; a picture of each."""
    parts = []
    for what, sentence in figures["settings"].items():
        rows = [row for row in figures["rows"] if row["what"] == what]
        parts += [
            f"**{what}**: {sentence}. {grows(what, rows, figures)}.\n",
            table(
                [what, *(f"{row['n']:,}" for row in rows)],
                [["seconds", *(f"{row['s']:.3f}" for row in rows)],
                 ["peak MB", *(f"{row['peak MB']:.0f}" for row in rows)]],
            ) + "\n",
            f"![time and peak memory over {what}](growth-{what}.png)\n",
        ]  # fmt: skip
    return "\n".join(parts).rstrip()


def of_mapped(figures: Row) -> str:
    """Show the memory that a mapped table does not take."""
    return table(
        ["what", "table, MB", "own memory, MB more", "s"],
        [[f"`{row['what']}.fit`", f"{row['table MB']:,.0f}", f"{row['own MB']:.0f}",
          f"{row['s']:.0f}"] for row in figures["rows"]],
    )  # fmt: skip


def of_files_on_disk(figures: Row) -> str:
    """Show memory and speed of tables in files, by rows."""
    return table(
        ["rows", "`fit`: own memory, MB more", "`predict`", "rows a processor second: encoded",
         "read in blocks from the page cache", "predicted", "rows a second read from the disk"],
        [[f"{row['rows']:,}", f"{row['fit MB']:.0f}", f"{row['predict MB']:.0f}",
          *(f"{float(f'{row[name]:.2g}'):,.0f}" if name in row else "" for name in (
              "encoded rows/CPU s", "rows read in blocks/CPU s", "predicted rows/CPU s",
              "rows read in blocks cold/s",
          ))] for row in figures["rows"]],
    )  # fmt: skip


def of_cluster(figures: Row) -> str:
    """Show what workers cost; then what is behind them, and Dask's scheduler with many workers."""
    names = ["s", "CPU s", "CPU of one process / CPU", "ms a task", "KB a task",
             "s lost by a killed worker"]  # fmt: skip
    kinds = [row for row in figures["rows"] if "CPU s" in row]
    parts = [table(
        ["what", *names],
        [[row["what"], *(f"{row[name]:.2f}" if name in row else "" for name in names)]
         for row in kinds],
    )]  # fmt: skip
    parts.append(table(["what", "figure"], [
        [row["what"], "; ".join(f"{value:,.4g} {name}" for name, value in row.items()
                                if name != "what")]
        for row in figures["rows"] if "CPU s" not in row
    ]))  # fmt: skip
    return "\n\n".join(parts)


def of_start(figures: Row) -> str:
    """Show seconds of a start."""
    return table(
        ["what", "s"], [[f"`{row['what']}`", f"{row['s']:.2f}"] for row in figures["rows"]]
    )


PARTS = {
    "dropout": of_dropout,
    "step": of_step,
    "step_of_rivals": of_rivals,
    "surface": of_surface,
    "single_fit": of_single_fit,
    "growth": of_growth,
    "mapped": of_mapped,
    "files_on_disk": of_files_on_disk,
    "cluster": of_cluster,
    "start": of_start,
}


def main() -> None:
    """Put the kept figures between the marks of the page."""
    text = PAGE.read_text(encoding="utf-8")
    for name, written in PARTS.items():
        figures = json.loads((ROOT / "figures" / f"{name}.json").read_text(encoding="utf-8"))
        about = figures["machine"]
        versions = ", ".join(
            f"{each} {about[each]}"
            for each in about if each not in ("processor", "cores", "blas")
        )  # fmt: skip
        source = f"{about['processor']}, {about['cores']} cores; {versions}; {about['blas']}."
        begin, end = BEGIN.format(name), END.format(name)
        before, rest = text.split(begin)
        _, after = rest.split(end)
        text = f"{before}{begin}\n\n{written(figures)}\n\n{source}\n\n{end}{after}"
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
