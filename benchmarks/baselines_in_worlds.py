"""How often another model is called better than the network where, by construction, it is not.

    python -m benchmarks.baselines_in_worlds [--tables 75]

The network and three models beside it are learners of one kind, which differ in nothing but the
random numbers that they draw on every fold: a hidden layer of random rectified units, and ridge
regression on it. So all have the same expected loss in every world, and each table on which one of
them is called better is an error. Tables are drawn anew, cut into five folds up to ten times, and
judged as in ``dropdecay.baselines.judge``: by the interval over rows and cuts, looked at after
every cut from the third, and by that of the first folds alone.
"""

import argparse
from math import nan

import numpy as np

from benchmarks.worlds import KNOWN, World
from dropdecay.policies.contenders import FIRST_LOOK, MAX_REPEATS
from dropdecay.selection.baselines import Baseline, Difference, better_than_network, chance_of
from dropdecay.selection.contest import Counting
from dropdecay.selection.judgement import MARGIN, is_decided, label_of
from dropdecay.statistics.corrected import paired_difference

WORLDS = ("sloped", "waves", "150 rows", "heavy tails")
N_FOLDS, N_UNITS, N_MODELS = 5, 48, 3


def losses_of(world: World, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return squared errors by learner, cut and row, and the fold of each row by cut."""
    X, y = world.sample(rng, world.n_rows)
    X, y = X.astype(float), y[:, 0].astype(float)
    losses = np.empty((1 + N_MODELS, MAX_REPEATS, len(y)))
    fold_of_row = np.array([rng.permutation(len(y)) % N_FOLDS for _ in range(MAX_REPEATS)])
    for cut, fold in np.ndindex(MAX_REPEATS, N_FOLDS):
        held_out = fold_of_row[cut] == fold
        for learner in range(1 + N_MODELS):
            weights = rng.normal(size=(X.shape[1], N_UNITS)) / np.sqrt(X.shape[1])
            H = np.maximum(X @ weights + rng.normal(size=N_UNITS), 0.0)
            center = y[~held_out].mean()
            A, b = H[~held_out], y[~held_out] - center
            slopes = np.linalg.solve(A.T @ A + 5.0 * np.eye(N_UNITS), A.T @ b)
            losses[learner, cut, held_out] = (center + H[held_out] @ slopes - y[held_out]) ** 2
    return losses, fold_of_row


def on_repeats(network: np.ndarray, own: np.ndarray) -> Baseline:
    """Judge a model on cuts until its answer is sure."""
    for n_cuts in range(FIRST_LOOK, MAX_REPEATS + 1):
        gain, loss = Counting().gain(network[:n_cuts], own[:n_cuts])
        if is_decided(label_of(gain.mean, gain.standard_error, MARGIN * loss)):
            break
    lead = Difference.of(gain)
    return model(-lead.mean, lead.standard_error, loss, n_cuts)


def on_folds(network: np.ndarray, own: np.ndarray, fold_of_row: np.ndarray) -> Baseline:
    """Judge a model on the folds of the first cut alone."""
    difference = [(own - network)[fold_of_row == fold].mean() for fold in range(N_FOLDS)]
    found = Difference.of(paired_difference(np.array(difference), 1 / (N_FOLDS - 1)))
    return model(found.mean, found.standard_error, network.mean(), 1)


def model(mean: float, error: float, network: float, n_cuts: int) -> Baseline:
    """Return what the rule looks at."""
    against = Difference(mean, error, nan, nan)
    return Baseline(
        "", "", "", nan, nan, nan, nan, network, MARGIN * network, against, chance_of(against),
        None, n_cuts, nan,
    )  # fmt: skip


def main(n_tables: int) -> None:
    """Print the rates of each world, and of all."""
    known = {each.name: each for each in KNOWN}
    counts = np.zeros((len(WORLDS), 5))
    print("| world | tables | one model, 97.5 % | any, by the rule | any, 97.5 % each | cuts "
          "| any, folds alone |\n| --- | --- | --- | --- | --- | --- | --- |")  # fmt: skip
    for place, name in enumerate(WORLDS):
        for number in range(n_tables):
            losses, folds = losses_of(
                known[name], np.random.default_rng((sum(map(ord, name)), number))
            )
            network, *others = losses
            found = [on_repeats(network, own) for own in others]
            alone = [on_folds(network[0], own[0], folds[0]) for own in others]
            sure = [each.chance_better >= 0.975 for each in found]
            counts[place] += (
                np.mean(sure), better_than_network(found) is not None, any(sure),
                np.mean([each.n_repeats for each in found]),
                better_than_network(alone) is not None,
            )  # fmt: skip
        print(row(name, n_tables, counts[place] / n_tables), flush=True)
    print(row("all", len(WORLDS) * n_tables, counts.mean(axis=0) / n_tables))


def row(name: str, n_tables: int, rates: np.ndarray) -> str:
    """Return a line of the table."""
    one, rule, plain, cuts, folds = rates
    shares = " | ".join(f"{100 * each:.1f} %" for each in (one, rule, plain))
    return f"| {name} | {n_tables} | {shares} | {cuts:.1f} | {100 * folds:.1f} % |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=75)
    main(parser.parse_args().tables)
