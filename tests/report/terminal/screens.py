"""What a terminal of some kind shows of a run."""

import io

from rich.console import Console

from dropdecay.report.terminal.summary import print_summary


def screen(results, summary, width=80, encoding="utf-8", **console):
    """Print the summary of a run to a terminal, or to a file by default."""
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    print_summary(Console(file=file, width=width, **console), results, summary)
    file.flush()
    return file.buffer.getvalue().decode(encoding)


def summary_of(search):
    """What the summary of a fitted search holds, as far as a terminal shows it."""
    attrs = search.results_.attrs
    return {
        "task": attrs["task"], "rows": 0, "loss": attrs["loss_name"], "score": attrs["score_name"],
        "verdict": search.verdict_.as_dict(), "choice": search.choice_.as_dict(),
        "optimism": None if search.optimism_ is None else search.optimism_.as_dict(),
    }  # fmt: skip
