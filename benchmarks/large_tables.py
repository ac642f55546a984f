"""The pilot of large tables: what it saves, and what its choice loses on rows never seen.

    python -m benchmarks.large_tables FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. A fifth of the rows is held back,
the others are fitted twice by default, with a pilot and without, and both refits are judged by
their log loss on the fifth. Contenders are not repeated there. A generated table of 100,000 rows x
30 is fitted with a pilot alone, with all defaults, and tells how long the forecast and the answer
take. Work is also counted in steps, in rows that networks were trained on and in processor time: a
busy machine leaves these alone. A fit that is in the figures already is not done again, and one
that was cut off goes on, with the times of its last part.
"""

import argparse
import json
import math
import time
import warnings
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from dropdecay import MLPClassifierCV
from dropdecay.data import pilot_rows
from dropdecay.report.eliminated import folds_until_out
from dropdecay.selection.points import by_point, points_in
from dropdecay.surface.pilot import is_of_pilot

TABLES = ("adult", "bank_marketing", "generated")
SEEDS = (0, 1)
FIGURES = Path(__file__).parent / "figures" / "large_tables.jsonl"


def table_of(folder, name):
    """Return rows and targets."""
    if name != "generated":
        frame = pd.read_parquet(folder / f"{name}.parquet")
        return frame.drop(columns="target"), frame["target"]
    X, y = make_classification(
        125_000, 30, n_informative=12, n_redundant=6, n_clusters_per_class=4, flip_y=0.1,
        class_sep=0.7, random_state=0,
    )  # fmt: skip
    return pd.DataFrame(X.astype(np.float32)).rename(columns="x{}".format), pd.Series(y)


def fit(folder, name, seed, *, with_pilot, stores):
    """Fit one table, and return its figures."""
    warnings.simplefilter("ignore")
    X, y = table_of(folder, name)
    X, X_rest, y, y_rest = train_test_split(X, y, test_size=0.2, random_state=seed, stratify=y)
    X, X_rest = X.reset_index(drop=True), X_rest.reset_index(drop=True)
    repeats = {} if name == "generated" else {"n_repeats": 1}
    store = stores / f"{name}-{seed}-{'pilot' if with_pilot else 'whole'}.db"
    search = MLPClassifierCV(random_state=seed, n_jobs=2, store=store, **repeats)
    fits, told = {}, []
    began, cpu_began = time.perf_counter(), time.process_time()
    without = patch.object(pilot_rows, "FROM_ROWS", np.inf)
    with nullcontext() if with_pilot else without:
        search.fit_with_hooks(
            X, y.to_numpy(), on_fit=lambda fit, done, total: fits.setdefault(fit.run, fit),
            on_forecast=lambda cost: told.append((str(cost), time.perf_counter() - began)),
        )  # fmt: skip
    wall_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    chosen = search.choice_.chosen
    row = {
        "table": name, "seed": seed, "pilot": with_pilot, "rows": len(X), "forecast": told[0][0],
        "forecast_s": told[0][1], "wall_s": wall_s, "cpu_s": cpu_s,
        "chosen": str(chosen.point), "epochs": chosen.epochs, "loss": chosen.loss,
        "test_loss": float(log_loss(y_rest, search.predict_proba(X_rest))),
        "verdict": str(search.verdict_),
        **work(search, fits.values()), **losses(search),
    }  # fmt: skip
    store.unlink()
    return row


def work(search, fits):
    """Count networks, steps and trained rows by part of the search."""
    results = by_point(search.results_)
    batch_size, n_training = search.setting_.schedule.batch_size, results["n_training"].values
    networks, steps, rows = Counter(), Counter(), Counter()

    def count(part, n_networks, epochs, n_rows, batch):
        networks[part] += n_networks
        steps[part] += int(epochs * math.ceil(n_rows / batch))
        rows[part] += int(epochs * n_rows)

    # Points that are raced may train on after they were told of: their ends say how far.
    out, ends = folds_until_out(results), results["end"].values
    for point in range(out.size):
        n_folds = len(n_training) if out[point] == 0 else max(int(out[point]), 0)
        for fold in range(n_folds):
            count("surface", 1, ends[point], n_training[fold], batch_size)
    for each in fits:
        run = each.run
        if is_of_pilot(run):
            n_pilot = int(results.attrs["pilot_rows"] * (1 - 1 / pilot_rows.FOLDS))
            count("pilot", 1, each.end, n_pilot, run.setting.schedule.batch_size)
        elif run.record:
            part = "recording" if run.fold < len(n_training) else "repeats"
            count(part, 1, run.epochs, n_training[0], batch_size)
    return {"networks": networks, "steps": steps, "trained_rows": rows}


def losses(search):
    """Return the validation loss of every point that has one, by its printed name."""
    results = by_point(search.results_)
    curves = results["validation_loss"].mean(["fold", "seed"], skipna=False)
    lowest = curves.min("epoch").values
    return {
        "losses": {
            str(point): float(loss)
            for point, loss in zip(points_in(results), lowest, strict=True)
            if np.isfinite(loss)
        }
    }


def summary(rows):
    """Print what the pilot saves and loses, table by table."""
    for row in rows:
        if row["table"] == "generated":
            print(
                f"generated: forecast after {row['forecast_s']:.1f} s, answer after "
                f"{row['wall_s'] / 60:.1f} min, {row['cpu_s'] / 60:.1f} min of processor time"
            )
    by_key = {(row["table"], row["seed"], row["pilot"]): row for row in rows}
    for table, seed, pilot in by_key:
        if not pilot or (table, seed, False) not in by_key:
            continue
        own, whole = by_key[table, seed, True], by_key[table, seed, False]

        def total(row, what):
            return sum(row[what].get(part, 0) for part in ("pilot", "surface"))

        print(
            f"{table}, seed {seed}: {total(own, 'steps') / total(whole, 'steps'):.0%} of the steps "
            f"({total(own, 'trained_rows') / total(whole, 'trained_rows'):.0%} of the rows), test "
            f"log loss {own['test_loss']:.4f} with a pilot ({own['chosen']}), "
            f"{whole['test_loss']:.4f} without ({whole['chosen']}): "
            f"{own['test_loss'] / whole['test_loss'] - 1:+.2%}"
        )


def main():
    """Fit what is missing in the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", nargs="*", default=TABLES)
    parser.add_argument("--seeds", nargs="*", type=int, default=SEEDS)
    parser.add_argument("--stores", type=Path, default=Path("build/large_tables"))
    asked = parser.parse_args()
    asked.stores.mkdir(parents=True, exist_ok=True)
    done = (
        [json.loads(line) for line in FIGURES.read_text().splitlines()] if FIGURES.exists() else []
    )
    there = {(row["table"], row["seed"], row["pilot"]) for row in done}
    for seed in asked.seeds:
        for name in asked.tables:
            for with_pilot in (True, False):
                if (name, seed, with_pilot) in there or (
                    name == "generated" and (seed or not with_pilot)
                ):
                    continue
                row = fit(asked.folder, name, seed, with_pilot=with_pilot, stores=asked.stores)
                done.append(row)
                with FIGURES.open("a") as file:
                    file.write(json.dumps(row) + "\n")
                print(name, seed, with_pilot, row["chosen"], row["test_loss"], flush=True)
    summary(done)


if __name__ == "__main__":
    main()
