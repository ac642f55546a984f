"""A tuned search once more, without some of the rows, which then say what it is to be expected.

Whatever was tuned, the losses over its own folds flatter it. So the whole search, tuning included,
is made again on the training rows of one outer fold, a fifth of the rows with five folds, and its
network is judged on the others. The network that is kept is that of all rows.
"""

from typing import TYPE_CHECKING

import numpy as np

from dropdecay.data.output_losses import loss_of_outputs
from dropdecay.errors import BadInput
from dropdecay.estimators.fit_surface import Memory
from dropdecay.estimators.nested import LEAST_OUTER, nested_folds, refitted, searched_without
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.estimators.tuning import Found
from dropdecay.search import OnFit, OnNotice
from dropdecay.selection.set_aside import SetAside, set_aside_of
from dropdecay.surface.row_outputs import mean_outputs

if TYPE_CHECKING:
    from dropdecay.estimators.surface_cv import BaseSurfaceCV


def judge_without(
    search: "BaseSurfaceCV",
    task: SurfaceTask,
    found: Found,
    memory: Memory,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
) -> SetAside | None:
    """Search once more without some of the rows, and judge on them.

    Parameters
    ----------
    search : estimator
    task : SurfaceTask
        As it was given.
    found : Found
        What was found on all rows.
    memory, on_fit, on_notice
        As for ``nested_estimate``.

    Returns
    -------
    SetAside or None
        None: tuning took nothing, outer folds say it anyway, there is a budget, nobody would read
        it, or the rows cannot be cut once more.
    """
    took = found.tuning is not None and found.tuning.params
    if not took or search.nested or task.budget is not None or not task.records or task.by_time:
        return None
    cuts_itself = isinstance(task.cv, (int, np.integer)) or hasattr(task.cv, "split")
    if not cuts_itself and (task.encoded is None or len(task.folds) < LEAST_OUTER):
        return None
    try:
        fold = nested_folds(task)[0]
    except BadInput:
        return None  # too few rows of a class or a group
    if on_notice is not None:
        on_notice(
            f"The search is made again without {fold.outer[1].size:,} rows, which tuning did not "
            "see then: they say what to expect."
        )
    own = searched_without(search, task, fold, memory, on_fit, on_notice)
    chosen, rows = own.findings.choice.chosen, fold.outer[1]
    fits = refitted(own.task, own.memory.engine, fold.outer, chosen, records=True)
    losses = loss_of_outputs(task.target)(rows, mean_outputs(fits, chosen.epochs))
    weights, groups = (
        None if each is None else each[rows] for each in (task.sample_weight, task.groups)
    )
    return set_aside_of(losses, chosen, weights, groups)
