"""Other models in the terminal: a line each, and what the comparison says."""

import math

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dropdecay.report.lines import with_error
from dropdecay.report.powers import in_power, power_of
from dropdecay.safe_text import visible
from dropdecay.selection.baselines import Baseline, Baselines


def print_baselines(
    console: Console, baselines: Baselines | None, loss_name: str, score_name: str
) -> None:
    """Print what other models make of the same folds; nothing where there are none."""
    if baselines is None:
        return
    judged = [each for each in baselines.models if each.failed is None]
    power = power_of(np.array([each.loss for each in judged]))
    console.print()
    console.print(Text("Other models on the same folds", style="bold"))
    if judged:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("")
        for title in (in_power(loss_name, power), score_name, "better than the network"):
            table.add_column(title, justify="right")
        for each in judged:
            table.add_row(visible(each.name), *_figures(each, 10.0**-power))
        console.print(table)
    console.print(visible(baselines.sentence), markup=False, highlight=False)


def _figures(model: Baseline, scale: float) -> tuple[str, str, str]:
    return (
        with_error(scale * model.loss, scale * model.standard_error),
        with_error(model.score, model.score_standard_error),
        _chance(model.chance_better),
    )


def _chance(chance: float) -> str:
    if math.isnan(chance):
        return "unknown"
    if chance < 0.01:
        return "chance below 1 %"
    return "chance above 99 %" if chance > 0.99 else f"chance {100 * chance:.0f} %"
