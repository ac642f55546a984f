"""Adaptive epochs on real tables, beside 400 fixed epochs and beside what was the default before.

    python -m benchmarks.epochs_on_tables FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. Of each table 1,000 rows, or all
of a smaller one, are fitted four times on one thread, without race, longer axes and repeats: by
default; with futility; with the same points trained on to 400 epochs at least, whatever their
curves say; and as the default was before: 48 points, 100 epochs, each evaluated. Times are those of
the processor. The lowest of 4,800 raw means flatters itself more than the lowest of 36 smoothed
ones, so the refitted networks are also judged by the rows that are left, where a table has more
than 1,000. A table that is in the figures already is not done again.
"""

import argparse
import json
import time
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from benchmarks.verdict_on_tables import TABLES
from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.engine.ending import FUTILE, Ending
from dropdecay.selection.epochs import choose_epochs, curves_to_pick_from, ends_of
from dropdecay.selection.points import by_point, points_in
from dropdecay.statistics.folds import standard_error
from dropdecay.statistics.smoothing import smooth

FIGURES = Path(__file__).parent / "figures" / "epochs_on_tables.jsonl"
MAX_ROWS, LONG = 1000, 400
SETTINGS = {
    "race": False, "extend": False, "n_repeats": 1, "baselines": False, "n_jobs": 1,
    "random_state": 0,
}  # fmt: skip
BEFORE = {
    "dropouts": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
    "weight_decays": (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0),
    "fixed_epochs": True,
}
"""48 points, for as many epochs as are enough for 4000 steps."""

ask = Ending.why


def ask_late(rule, losses, epochs):
    """Ask the rule from epoch 400 on."""
    return ask(rule, losses, epochs) if epochs[-1] >= LONG or np.isnan(losses).any() else ""


def table_of(folder, name):
    """Return rows and targets, at most 1,000, and those that are left; None: there are none."""
    frame = pd.read_parquet(folder / f"{name}.parquet")
    X, y = frame.drop(columns="target"), frame["target"]
    if len(X) <= MAX_ROWS:
        return X, y, None
    kept = y if name != "california_housing" else None
    X, left, y, y_left = train_test_split(X, y, train_size=MAX_ROWS, random_state=0, stratify=kept)
    return X, y, (left, y_left)


def judged(search, left):
    """Return the loss of the refitted network on rows that no fold has seen."""
    if left is None:
        return None
    X, y = left
    if isinstance(search, MLPRegressorCV):
        return float(np.mean((search.predict(X) - y) ** 2))
    return float(log_loss(y, search.predict_proba(X), labels=search.classes_))


def timed(kind, X, y, **how):
    """Fit, and return the search with its seconds of the processor."""
    search = kind(**SETTINGS | how)
    began = time.process_time()
    search.fit(X, y)
    return search, time.process_time() - began


def compare(folder, name):
    """Return the figures of one table."""
    warnings.simplefilter("ignore")
    X, y, left = table_of(folder, name)
    kind = MLPRegressorCV if name == "california_housing" else MLPClassifierCV
    kind(dropouts=(0.0,), weight_decays=(0.0,), max_iter=2, n_jobs=1).fit(X, y)  # compiles
    rule, seconds = timed(kind, X, y)
    futile, seconds_futile = timed(kind, X, y, futility=True)
    with patch.object(Ending, "why", ask_late):
        long, seconds_long = timed(kind, X, y)
    before, seconds_before = timed(kind, X, y, **BEFORE)
    return {
        "table": name, "rows": len(X), "seconds": seconds, "seconds_long": seconds_long,
        "seconds_before": seconds_before, "epochs": network_epochs(rule),
        "epochs_long": network_epochs(long), "epochs_before": network_epochs(before),
        "constant": float(rule.results_.attrs["baseline_loss"]),
        "loss": rule.best_loss_, "loss_long": long.best_loss_, "loss_before": before.best_loss_,
        "judged": judged(rule, left), "judged_before": judged(before, left),
        "best": str(rule.choice_.best.point), "best_before": str(before.choice_.best.point),
        "decay": rule.best_params_["weight_decay"],
        "decays": sorted(set(np.ravel(rule.results_["weight_decay"].values).tolist())),
        "seconds_futile": seconds_futile, **given_up(rule, futile), **against(rule, long),
    }  # fmt: skip


def given_up(rule, futile):
    """Compare the same points with and without futility."""
    points, other = points_in(by_point(rule.results_)), by_point(futile.results_)
    assert points_in(other) == points
    at = np.flatnonzero(other["ending"].values == FUTILE)
    as_good = {points.index(each) for each in rule.choice_.as_good}
    return {
        "epochs_futile": network_epochs(futile), "loss_futile": futile.best_loss_,
        "given_up": len(at), "given_up_as_good": len(as_good & set(at.tolist())),
        "same_choice_futile": futile.choice_.best.point == rule.choice_.best.point,
    }  # fmt: skip


def network_epochs(search):
    """Return the epochs that all networks of the surface were trained."""
    results = search.results_
    return int(ends_of(results).sum() * results.sizes["fold"] * results.sizes["seed"])


def against(rule, long):
    """Compare points and choice with the same points trained for 400 epochs at least."""
    short, whole = by_point(rule.results_), by_point(long.results_)
    assert points_in(short) == points_in(whole)
    epochs, by_fold = whole["epoch"].values, whole["validation_loss"].mean("seed").values
    ends, ends_long = ends_of(short), ends_of(whole)
    picked = choose_epochs(short).values
    lower, regrets, smoothed = [], [], []
    for point, end in enumerate(ends_long.tolist()):
        n_epochs = int(np.searchsorted(epochs, end, "right"))
        curve = smooth(by_fold[point, :, :n_epochs].mean(axis=0), epochs[:n_epochs])
        at = int(np.searchsorted(epochs, picked[point]))
        later = curve[epochs[:n_epochs] > ends[point]].min(initial=np.inf)
        lower.append(bool(later < 0.99 * curve[at]))
        regrets.append(float(curve[at] / curve.min() - 1.0))
        smoothed.append((curve[at], curve[epochs[:n_epochs] <= LONG].min()))
    chosen = points_in(short).index(rule.choice_.best.point)
    loss_here, best_long = smoothed[chosen][0], min(each[1] for each in smoothed)
    best = int(np.argmin([each[1] for each in smoothed]))
    at_best = int(curves_to_pick_from(whole).mean("fold").values[best, epochs <= LONG].argmin())
    error = float(standard_error(by_fold[best, :, at_best], by_fold.shape[1]))
    at_chosen = int(np.searchsorted(epochs, picked[chosen]))
    cost = by_fold[chosen, :, at_chosen].mean() - by_fold[best, :, at_best].mean()
    return {
        "regret_of_choice": float(loss_here / best_long - 1.0),
        "choice_in_errors": float(cost / error), "same_choice": chosen == best,
        "falls_later": sum(lower), "points": len(lower), "regrets": regrets,
        "ends": ends.tolist(), "endings": short["ending"].values.tolist(),
    }  # fmt: skip


def as_table(rows):
    """Return the lines of the table in docs/benchmarks.md."""
    lines = []
    for row in sorted(rows, key=lambda row: row["table"]):
        now, before, long = (row[f"seconds{part}"] for part in ("", "_before", "_long"))
        fresh = row["judged"]
        fresh = "" if fresh is None else f"{100 * (fresh / row['judged_before'] - 1):+.2f} %"
        lines.append(
            f"| {row['table']} | {now:.0f}, {before:.0f}, {long:.0f} | {before / now:.1f}, "
            f"{long / now:.1f} | {row['epochs']:,}, {row['epochs_before']:,} | "
            f"{100 * (row['loss'] / row['loss_before'] - 1):+.2f} % | {fresh} | "
            f"{100 * row['regret_of_choice']:+.2f} % | {row['choice_in_errors']:+.2f} | "
            f"{row['falls_later']} of {row['points']} |"
        )
    return "\n".join(lines)


def summary(rows):
    """Print what the whole says."""
    speed = np.array([row["seconds_before"] / row["seconds"] for row in rows])
    long = np.array([row["seconds_long"] / row["seconds"] for row in rows])
    counts = [row for row in rows if row["loss"] > 0.01 * row["constant"]]
    kept = np.array([row["loss"] > 0.01 * row["constant"] for row in rows])
    mean = lambda each: float(np.exp(np.log(each).mean()))  # noqa: E731
    print(f"{len(rows)} tables, {len(counts)} with a loss above 1 % of the constant's")
    print(
        f"against the default before: {mean(speed[kept]):.2f} x as fast by geometric mean "
        f"({speed.min():.2f} to {speed.max():.2f}); against 400 epochs {mean(long[kept]):.2f} x"
    )
    lost = sum(row["regret_of_choice"] > 0.01 for row in counts)
    print(
        f"choice within 1 % of 400 epochs on {len(counts) - lost} of {len(counts)}; at most "
        f"{max(row['choice_in_errors'] for row in counts):.2f} standard errors"
    )
    later, points = (sum(row[name] for row in rows) for name in ("falls_later", "points"))
    print(
        f"{later} of {points} points fall by more than 1 % after their end "
        f"({100 * later / points:.1f} %)"
    )
    losses = np.array([row["loss"] / row["loss_before"] for row in counts])
    print(f"loss against the default before: {100 * (mean(losses) - 1):+.2f} % by geometric mean")
    both = [row for row in counts if row.get("judged") is not None]
    if both:
        fresh = np.array([row["judged"] / row["judged_before"] for row in both])
        print(
            f"on rows never seen: {100 * (mean(fresh) - 1):+.2f} % by geometric mean of "
            f"{len(both)} tables ({100 * (fresh.min() - 1):+.2f} to "
            f"{100 * (fresh.max() - 1):+.2f} %)"
        )
    # Not measured on the first tables.
    rows = [row for row in rows if "epochs_futile" in row]
    if not rows:
        return
    points = sum(row["points"] for row in rows)
    spent = 100 * np.array([row["epochs_futile"] / row["epochs"] for row in rows])
    given, good = (sum(row[name] for row in rows) for name in ("given_up", "given_up_as_good"))
    others = sum(not row["same_choice_futile"] for row in rows)
    print(
        f"futility: {mean(spent):.0f} % of the epochs by geometric mean ({spent.min():.0f} to "
        f"{spent.max():.0f} %); {given} of {points} points given up, {good} of them as good as the "
        f"best; another best point on {others} tables"
    )


def measure_missing(description, tables, figures, compare, tell=lambda row: None):
    """Compare the tables that the command line names and the figures lack; return all rows."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", nargs="*", default=tables)
    asked = parser.parse_args()
    done = (
        [json.loads(line) for line in figures.read_text().splitlines()] if figures.exists() else []
    )
    for name in asked.tables:
        if name in {row["table"] for row in done}:
            continue
        row = compare(asked.folder, name)
        done.append(row)
        with figures.open("a") as file:
            file.write(json.dumps(row) + "\n")
        tell(row)
    return done


def tell_row(row):
    """Print what a table says."""
    print(row["table"], f"{row['seconds_before'] / row['seconds']:.2f} x as fast, loss "
          f"{100 * (row['loss'] / row['loss_before'] - 1):+.2f} %, choice "
          f"{100 * row['regret_of_choice']:+.2f} %", flush=True)  # fmt: skip


def main():
    """Compare what is missing in the figures."""
    done = measure_missing(__doc__.splitlines()[0], TABLES, FIGURES, compare, tell_row)
    print(as_table(done))
    summary(done)


if __name__ == "__main__":
    main()
