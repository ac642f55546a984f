"""How far two choices from complete curves are apart: a yardstick for a choice from shorter ones.

    python -m benchmarks.epochs_of_two_seeds FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. The default surface is trained
for 400 epochs whatever its curves say, twice: from other random numbers, in other folds of the same
rows. Then each choice, point and epoch, is looked up in the curves of the other, as
``epochs_on_tables`` looks up the choice of the rule that ends points. By default on the tables on
which that choice is farthest off. A table that is in the figures already is not done again.
"""

import json
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np

from benchmarks.epochs_on_tables import LONG, ask_late, measure_missing, table_of, timed
from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.engine.ending import Ending
from dropdecay.selection.epochs import curves_to_pick_from
from dropdecay.selection.points import by_point, points_in
from dropdecay.statistics.folds import standard_error

FIGURES = Path(__file__).parent / "figures" / "epochs_of_two_seeds.jsonl"
TABLES = ("bank_marketing", "kc1", "california_housing")
SEEDS = (0, 1)


def compare(folder, name):
    """Return the figures of one table: those of each seed's choice on the curves of the other."""
    warnings.simplefilter("ignore")
    X, y, _ = table_of(folder, name)
    kind = MLPRegressorCV if name == "california_housing" else MLPClassifierCV
    searches = []
    with patch.object(Ending, "why", ask_late):
        for seed in SEEDS:
            search, _ = timed(kind, X, y, max_iter=LONG, keep_folds=False, random_state=seed)
            searches.append(search)
    one, other = (by_point(each.results_) for each in searches)
    assert points_in(one) == points_in(other)
    pairs = ((one, other), (other, one))
    return {
        "table": name, "rows": len(X),
        "choices": [[str(points_in(one)[point]), int(one["epoch"].values[at])]
                    for point, at in map(choice_of, (one, other))],
        "regret": [regret(choice_of(theirs), own)[0] for own, theirs in pairs],
        "in_errors": [regret(choice_of(theirs), own)[1] for own, theirs in pairs],
    }  # fmt: skip


def choice_of(results):
    """Return the point with the lowest smoothed mean, and the place of its epoch."""
    curves = curves_to_pick_from(results).mean("fold").values
    point, at = np.unravel_index(curves.argmin(), curves.shape)
    return int(point), int(at)


def regret(choice, results):
    """Return how far a choice is above the lowest smoothed mean, as a share and in its errors."""
    curves = curves_to_pick_from(results).mean("fold").values
    best = choice_of(results)
    by_fold = results["validation_loss"].mean("seed").transpose("point", "fold", "epoch").values
    losses = [by_fold[point, :, at] for point, at in (choice, best)]
    error = float(standard_error(losses[1], losses[1].size))
    return float(curves[choice] / curves[best] - 1), float((losses[0] - losses[1]).mean() / error)


def main():
    """Compare what is missing in the figures."""
    for row in measure_missing(__doc__.splitlines()[0], TABLES, FIGURES, compare):
        print(json.dumps(row))


if __name__ == "__main__":
    main()
