"""What five networks averaged bring over one, on rows of real tables that no search has seen.

    python -m benchmarks.ensemble FOLDER

FOLDER holds one Parquet file a table, ``target`` its last column. Of each table at most 600 rows
are fitted, 80 % of a smaller one, with the usual network, dropout 0.2 and a decay that forgets over
40 epochs, for as many epochs as three folds say; the others judge (at most 5,000); three splits.
One network is what each of the five loses in the mean. What the search itself says of the ensemble,
from its folds, stands beside that. A table and split that is in the figures already is not done
again.
"""

import argparse
import json
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

from dropdecay import MLPClassifierCV
from dropdecay.data.targets import class_probabilities
from dropdecay.engine.predict import predict_each

TABLES = (
    "vehicle", "car", "australian", "credit_g", "kc1", "pima", "ionosphere", "mammographic",
)  # fmt: skip
SPLITS, N_NETWORKS, MAX_TRAINING, MAX_JUDGING = (0, 1, 2), 5, 600, 5000
FIGURES = Path(__file__).parent / "figures" / "ensemble.jsonl"


def judge_one(folder: Path, name: str, split: int) -> dict[str, object]:
    """Fit a table's training rows, and return what ensemble and networks lose on the others."""
    warnings.simplefilter("ignore")
    frame = pd.read_parquet(folder / f"{name}.parquet")
    X, y = frame.drop(columns="target"), frame["target"].astype(str)
    n_training = min(MAX_TRAINING, int(0.8 * len(X)))
    train, rest, y_train, y_rest = train_test_split(
        X, y, train_size=n_training, test_size=min(MAX_JUDGING, len(X) - n_training),
        random_state=split, stratify=y,
    )  # fmt: skip
    began = time.perf_counter()
    search = MLPClassifierCV(
        n_ensemble=N_NETWORKS, random_state=split, n_jobs=1, n_repeats=1, baselines=False,
        keep_folds=False, dropouts=(0.2,), weight_decays="tau:40", extend=False, cv=3,
    ).fit(train, y_train)  # fmt: skip
    seconds = time.perf_counter() - began
    params = search.ensemble_params_
    encoded = search._encoded(rest).astype(params.dtype)
    each = [
        class_probabilities(said).astype(np.float64)
        for said in predict_each(search.network_, params, encoded)
    ]
    averaged = search.predict_proba(rest).astype(np.float64)

    def loss(said: object) -> float:
        said = np.clip(said, 1e-15, None)
        said /= said.sum(axis=1, keepdims=True)
        return float(log_loss(y_rest, said, labels=search.classes_))

    found = search.ensemble_
    return {
        "table": name, "split": split, "rows": n_training, "judging": len(rest),
        "single": float(np.mean([loss(said) for said in each])), "ensemble": loss(averaged),
        "promised": [part / found.single_loss
                     for part in (found.gain.mean, found.gain.lower, found.gain.upper)],
        "seconds": seconds,
    }  # fmt: skip


def tell(lines: list[dict[str, object]]) -> None:
    """Print what the ensemble brings on each table, and over all of them."""
    frame = pd.DataFrame(lines)
    frame["change"] = frame["ensemble"] / frame["single"] - 1
    frame["said"] = [-each[0] for each in frame["promised"]]
    by_table = frame.groupby("table")[["single", "ensemble", "change", "said"]].mean()
    print(by_table.to_string(float_format="{:.4f}".format))
    changes = by_table["change"]
    half = stats.t.ppf(0.975, len(changes) - 1) * changes.std(ddof=1) / np.sqrt(len(changes))
    print(
        f"log loss, mean over {len(changes)} tables: {changes.mean():+.2%} "
        f"(95 % interval {changes.mean() - half:+.2%} to {changes.mean() + half:+.2%}); better on "
        f"{(changes < 0).sum()}; the folds said {by_table['said'].mean():+.2%}"
    )


def main() -> None:
    """Judge every table and split that is not judged yet, and print all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    lines = [json.loads(each) for each in FIGURES.read_text().splitlines()] if (
        FIGURES.exists()
    ) else []  # fmt: skip
    done = {(each["table"], each["split"]) for each in lines}
    for split, name in product(SPLITS, TABLES):
        if (name, split) not in done:
            lines.append(judge_one(folder, name, split))
            FIGURES.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    tell(lines)


if __name__ == "__main__":
    main()
