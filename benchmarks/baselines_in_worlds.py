"""How often another model is called better than the network in worlds where it is not.

    python -m benchmarks.baselines_in_worlds [--minutes 10]

In made worlds, of which there are as many new rows as one likes, the network's way of choosing and
each other model are also judged on 3,000 new rows, after learning from the very folds. The mean of
that difference over many tables is the truth, E. An estimate minus E is one of a world in which the
model is exactly as good as the network: there it must be called better in 2.5 % of tables at most,
and any of the three, by the rule with Holm's correction, in 2.5 % too. The models are quick ones: a
linear one, a tree and neighbours, on three cuts of the rows. Minutes are those of the processor;
tables that are in the figures already are not done again.
"""

import argparse
import json
import time
import warnings
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from benchmarks.worlds import KNOWN, World
from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressor, MLPRegressorCV
from dropdecay.baselines.models import given_model
from dropdecay.baselines.rows import FoldRows, losses_by_row
from dropdecay.data.folds import make_folds
from dropdecay.data.targets import class_target, value_target
from dropdecay.selection.baselines import (
    Baseline,
    Difference,
    better_than_network,
    chance_of,
)
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks

WORLDS = ("sloped", "waves", "150 rows", "heavy tails")
N_NEW, N_FOLDS, EPOCHS = 3000, 5, 40
FIGURES = Path(__file__).parent / "figures" / "baselines_in_worlds.json"


def models(*, classes: bool) -> dict[str, BaseEstimator]:
    """Return the models that stand beside the network."""
    if classes:
        return {
            "linear": LogisticRegression(C=0.1),
            "tree": DecisionTreeClassifier(max_depth=3, min_samples_leaf=20),
            "neighbours": KNeighborsClassifier(25),
        }
    return {
        "linear": Ridge(10.0),
        "tree": DecisionTreeRegressor(max_depth=4, min_samples_leaf=10),
        "neighbours": KNeighborsRegressor(10),
    }


def one_table(world: World, number: int) -> dict[str, list[float]]:
    """Return mean, standard error, margin and truth of each model's difference to the network."""
    rng = np.random.default_rng((sum(map(ord, world.name)), number))
    X, y = world.sample(rng, world.n_rows)
    new_X, new_y = world.sample(rng, N_NEW)
    classes = world.has_classes
    given, wanted = (each[:, 0].astype(int) if classes else each[:, 0] for each in (y, new_y))
    folds = make_folds(len(X), given if classes else None, N_FOLDS, None, number)
    settings = {"hidden_layer_sizes": 16, "batch_size": 32, "learning_rate_init": 4e-3}
    search = (MLPClassifierCV if classes else MLPRegressorCV)(
        **settings, dropouts=(0, 0.2), weight_decays=(0, 1.0), max_iter=EPOCHS, fixed_epochs=True,
        extend=False, race=False, cv=N_FOLDS, n_repeats=3, encoder=None, random_state=number,
        n_jobs=1, baselines=models(classes=classes),
    ).fit(X, given)  # fmt: skip
    network = true_of_network(search, settings, folds, X, given, new_X, wanted, number)
    target = (
        class_target(given, "log_loss", np.float32)
        if classes
        else value_target(given, np.float32, standardize=True)
    )
    new = wanted.astype(float)[:, None]
    new = new if classes else (new - target.center) / target.scale
    found = {}
    for judged in search.baselines_.models:
        model = given_model(judged.name, models(classes=classes)[judged.name], target)
        losses = []
        for training, _ in folds:
            rows = FoldRows(
                X[training], new_X, target.matrix[training].astype(float),
                "labels" if classes else "values", 1, None, None, (), number, len(training),
            )  # fmt: skip
            said = model.answer(rows).outputs
            losses.append(target.loss_scale * losses_by_row(said, new, target.loss).mean())
        against = judged.against_network
        found[judged.name] = [
            against.mean, against.standard_error, judged.margin, float(np.mean(losses)) - network,
            judged.n_repeats,
        ]  # fmt: skip
    return found


def true_of_network(search, settings, folds, X, y, new_X, new_y, number) -> float:
    """Return the loss on new rows of what each fold's others picked, a mean over folds."""
    curves = curves_of(search.results_)
    points, epochs = left_out_picks(curves, curves.finished, "best", "loss")
    classes = isinstance(search, MLPClassifierCV)
    kind = MLPClassifier if classes else MLPRegressor
    losses = []
    for (training, _), point, epoch in zip(folds, points, epochs, strict=True):
        own = kind(
            **settings, **curves.points[point].as_dict(), max_iter=int(curves.epochs[epoch]),
            random_state=number, tol=0, n_iter_no_change=EPOCHS + 1,
        )  # fmt: skip
        if classes:
            own.fit(X[training], y[training])
            said = own.predict_proba(new_X)[np.arange(len(new_y)), new_y]
            losses.append(-np.log(said).mean())
        else:
            center, scale = y[training].mean(), y[training].std()
            own.fit(X[training], (y[training] - center) / scale)
            losses.append(((center + scale * own.predict(new_X) - new_y) ** 2).mean())
    return float(np.mean(losses))


def summarise(tables: dict[str, list[dict[str, list[float]]]]) -> None:
    """Print how often a model is called better where, by shifting, it is not."""
    single, single_tables, any_better, n_tables = 0, 0, 0, 0
    for world, found in tables.items():
        names = list(found[0])
        truth = {name: np.mean([each[name][3] for each in found]) for name in names}
        error = {
            name: np.std([each[name][3] for each in found]) / len(found) ** 0.5 for name in names
        }
        called = dict.fromkeys(names, 0)
        called_any = 0
        for table in found:
            models = [as_if_equal(name, *table[name][:3], truth[name]) for name in names]
            for each in models:
                called[each.name] += each.chance_better >= 0.975
            called_any += better_than_network(models) is not None
        single += sum(called.values())
        single_tables += len(found) * len(names)
        any_better += called_any
        n_tables += len(found)
        print(f"{world}: {len(found)} tables; any called better: {called_any}")
        for name in names:
            bias = np.mean([each[name][0] for each in found]) - truth[name]
            print(
                f"  {name}: E {truth[name]:+.4f} ± {error[name]:.4f}, estimates off by "
                f"{bias:+.4f}, by itself better {called[name]} times, cuts "
                f"{np.mean([each[name][4] for each in found]):.1f}"
            )
    print(f"one model by itself: {single} of {single_tables}, {100 * single / single_tables:.1f} %")
    print(f"any, by the rule: {any_better} of {n_tables}, {100 * any_better / n_tables:.1f} %")


def as_if_equal(name: str, mean: float, error: float, margin: float, truth: float) -> Baseline:
    """Return a model's estimate in a world that is shifted so that it is as good as the network."""
    against = Difference(mean - truth, error, np.nan, np.nan)
    nan = float("nan")
    return replace(
        Baseline(name, "", "", nan, nan, nan, nan, nan, margin, against, nan, None, 1, nan),
        chance_better=chance_of(against),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    known = {each.name: each for each in KNOWN}
    done: dict[str, list[dict[str, list[float]]]] = {name: [] for name in WORLDS}
    if FIGURES.exists():
        done |= json.loads(FIGURES.read_text())
    for number in count(min(map(len, done.values()))):
        if time.process_time() > 60 * asked.minutes:
            break
        for name in WORLDS:
            done[name].append(one_table(known[name], number))
        FIGURES.write_text(json.dumps(done))
    summarise(done)
