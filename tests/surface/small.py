"""A small surface on real data: what tests of plan, results and store share."""

import numpy as np

from dropdecay.axes import Axes
from dropdecay.data.fold_rows import rows_of_folds
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Problem
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.surface.plan import Plan
from dropdecay.surface.results import assemble
from tests.contract.runs import blobs

ORDER = np.random.default_rng(0).permutation(150)
FOLDS = [(np.delete(ORDER, held), ORDER[held]) for held in (slice(0, 50), slice(50, 120))]
ROWS = rows_of_folds(FOLDS, 0)
DATA = blobs()
PROBLEM = Problem(ROWS, lambda fold: DATA)
NETWORK = Network(None, (16, 8), 3)


def setting(regularization=None, **schedule):
    given = {"epochs": 3, "batch_size": 16, **schedule}
    return Setting(NETWORK, regularization or Regularization(), Schedule(**given))


AXES = Axes.of({"dropout": [0.0, 0.3], "weight_decay": [0.0, 1.0]})
PLAN = Plan(AXES, setting(), len(FOLDS), 2, 0)


def results(plan=PLAN, problem=PROBLEM, runs=None, engine=train, loss_scale=1.0, **how):
    """Train runs of a plan, all of them by default, and assemble the results."""
    fits = engine(problem, plan.runs if runs is None else runs, **how)
    return assemble(
        plan.axes.points, problem.rows, plan.n_seeds, fits,
        loss_scale=loss_scale, attributes={"loss_name": "log loss"},
        row_weight=problem.row_weight, loss_weight=problem.loss_weight,
    )  # fmt: skip
