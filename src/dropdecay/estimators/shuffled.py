"""The chosen point of rows in time, trained on shuffled folds as well, for comparison."""

from dataclasses import replace

from dropdecay.axes import Axes
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.encoding import lesson_of
from dropdecay.data.fold_rows import rows_of_folds
from dropdecay.data.scoring import make_score
from dropdecay.data.time_folds import shuffled_folds
from dropdecay.engine.protocol import Problem
from dropdecay.errors import EveryRunDiverged
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.search import Findings, OnNotice
from dropdecay.selection.choice import PointFigures, choose
from dropdecay.selection.time_order import TimeOrder
from dropdecay.surface.plan import Plan
from dropdecay.surface.results import assemble


def compare_with_shuffled(
    task: SurfaceTask, findings: Findings, on_notice: OnNotice | None = None
) -> TimeOrder | None:
    """Train the chosen point on shuffled folds and set it beside itself on blocks of time.

    The epochs are those that are best on shuffled folds: the few that are best for later rows would
    hide how much more these folds promise. Nothing is stored.

    Returns
    -------
    TimeOrder or None
        None: the folds are not blocks of time, or nobody would read it.
    """
    if not task.by_time or not task.records:
        return None
    if on_notice is not None:
        on_notice("The chosen point is trained on shuffled folds too, for comparison.")
    chosen, attributes = findings.choice.chosen, findings.results.attrs
    shuffled = _on_shuffled(task, findings.axes, chosen)
    return TimeOrder(
        loss_name=str(attributes["loss_name"]),
        score_name=str(attributes["score_name"]),
        loss=chosen.loss,
        score=chosen.score,
        shuffled_loss=float("nan") if shuffled is None else shuffled.loss,
        shuffled_score=float("nan") if shuffled is None else shuffled.score,
    )


def _on_shuffled(task: SurfaceTask, axes: Axes, chosen: PointFigures) -> PointFigures | None:
    """Return the figures of the point; None if it diverged.

    Its networks begin as those on the blocks of time do, from the same random numbers.
    """
    folds = shuffled_folds(task.folds, task.n_rows, task.random_state)
    rows = rows_of_folds(folds, task.random_state)
    single = Axes(tuple(replace(each, values=(chosen.point[each.name],)) for each in axes))
    plan = Plan(
        single, task.setting, len(folds), task.n_seeds, task.random_state, adaptive=task.adaptive
    )
    with EncodedFolds(
        task.encoding, task.rows, task.target.matrix, task.sample_weight, len(folds),
        lambda fold: folds[fold][0], None if task.store is None else task.store.parent,
        lesson_of(task.encoding, task.target),
    ) as encoded:  # fmt: skip
        score = make_score(task.scoring, task.target, task.sample_weight)
        fits = [*task.train(Problem(rows, encoded, score), plan.runs, n_jobs=task.n_jobs)]
    results = assemble(
        single.points, rows, task.n_seeds, fits, loss_scale=task.target.loss_scale, attributes={}
    )
    try:
        return choose(results).best
    except EveryRunDiverged:
        return None
