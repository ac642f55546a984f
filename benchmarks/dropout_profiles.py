"""Whether a profile of dropout over the layers is better than one rate for all, on real tables.

    python -m benchmarks.dropout_profiles FOLDER [--splits 1] [--networks 128-128 ...]
        [--tables NAME ...] [--stores FOLDER] [--summary]

FOLDER holds one Parquet file a table, ``target`` its last column. At most 1,000 rows are fitted, at
most 70 % of a table, and the others judge. A network is searched with each profile alone, crossed
with the default decays, and with all of them together; then what each search chose is trained six
times on the fitted rows. Profiles are compared at equal mean rates: "first" and "last" drop in one
layer only, "falling" from twice the least rate to the least. With one hidden layer there is no
profile but the inputs can be a layer that drops. Fits are shared by the searches of a table in a
store. One line a table, split and network is appended to ``figures/dropout_profiles.jsonl``;
interrupted, it goes on.
"""

import argparse
import json
import tempfile
import time
import warnings
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import train_test_split

from benchmarks.verdict_on_tables import row_losses
from dropdecay import MLPClassifierCV, MLPRegressorCV

FIGURES = Path(__file__).parent / "figures" / "dropout_profiles.jsonl"
TABLES = (
    "adult", "credit_g", "australian", "bank_marketing", "blood_transfusion", "kc1", "spambase",
    "california_housing", "vehicle", "mfeat_factors", "jasmine", "texture", "penbased", "banana",
    "car",
)  # fmt: skip
OF_VALUES = ("california_housing",)
MAX_TRAINING, SHARE_TRAINING, N_NETWORKS = 1000, 0.7, 6
MEANS = (0.1, 0.2, 0.3, 0.4, 0.5)
UNIFORM, ALL = "uniform", "all"


def profiles_of(n_layers: int) -> dict[str, dict[str, object]]:
    """Return what is searched, by name; uniform is the default."""
    uniform = (0.0, *MEANS)
    if n_layers == 1:
        inputs = {"input_dropout": (0.0, 0.1, 0.2, 0.4)}
        return {
            UNIFORM: {"dropouts": uniform},
            "inputs only": {"dropouts": (0.0,), "axes": inputs},
            ALL: {"dropouts": uniform, "axes": inputs},
        }
    single = [round(n_layers * mean, 3) for mean in MEANS if n_layers * mean < 0.95]
    others = (0.0,) * (n_layers - 1)
    slope = np.linspace(4 / 3, 2 / 3, n_layers)
    shaped = {
        "first": [(rate, *others) for rate in single],
        "last": [(*others, rate) for rate in single],
        "falling": [tuple(np.round(mean * slope, 3).tolist()) for mean in MEANS],
    }
    alone = {name: {"dropouts": (0.0, *rates)} for name, rates in shaped.items()}
    together = (*uniform, *(rate for rates in shaped.values() for rate in rates))
    return {UNIFORM: {"dropouts": uniform}, **alone, ALL: {"dropouts": together}}


def judge_one(folder: Path, name: str, split: int, network: str, stores: Path):
    """Search a table's fitted rows with every profile, and judge the choices on the others."""
    warnings.simplefilter("ignore")
    train, y_train, rest, y_rest = split_of(folder, name, split)
    hidden = tuple(map(int, network.split("-")))
    kind = MLPRegressorCV if name in OF_VALUES else MLPClassifierCV
    found = {}
    for profile, how in profiles_of(len(hidden)).items():
        began = time.process_time()
        search = kind(
            hidden, **how, extend=False, n_repeats=1, baselines=False, keep_folds=False, n_jobs=1,
            random_state=split, store=stores / f"{name}-{split}-{network}.db",
        ).fit(train, y_train)  # fmt: skip
        chosen = search.choice_.chosen
        X, Z = (search.encoding_.apply(search, each, search.encoder_) for each in (train, rest))
        losses = [
            float(row_losses(search, X, y_train, Z, y_rest, chosen.point, chosen.epochs, k).mean())
            for k in range(N_NETWORKS)
        ]
        found[profile] = {
            "chosen": str(chosen.point), "epochs": chosen.epochs, "loss_of_folds": chosen.loss,
            "losses": losses, "points": len(search.cv_results_["params"]),
            "seconds": time.process_time() - began,
        }  # fmt: skip
    return {
        "table": name, "split": split, "network": network, "rows": len(train),
        "judging": len(rest), "profiles": found,
    }  # fmt: skip


def split_of(folder: Path, name: str, split: int):
    """Return fitted rows with targets, and judging rows with theirs."""
    frame = pd.read_parquet(folder / f"{name}.parquet")
    X, y = frame.drop(columns="target"), frame["target"]
    train, rest, y_train, y_rest = train_test_split(
        X, y, train_size=min(MAX_TRAINING, int(SHARE_TRAINING * len(X))), random_state=split,
        stratify=None if name in OF_VALUES else y,
    )  # fmt: skip
    return train, y_train, rest, y_rest


def summary(rows):
    """Print the differences to one rate for all, paired by table, with their intervals."""
    for network in dict.fromkeys(row["network"] for row in rows):
        of_network = [row for row in rows if row["network"] == network]
        print(f"{network}: {len(of_network)} tables and splits")
        for profile in of_network[0]["profiles"]:
            if profile != UNIFORM:
                print(f"  {profile}: {compared(of_network, profile)}")


def compared(rows, profile: str) -> str:
    """Say by how much a profile's losses are above those of one rate."""
    cases = [(row["table"], row["profiles"][profile], row["profiles"][UNIFORM]) for row in rows]
    unseen = of_tables(
        (table, np.mean(here["losses"]) / np.mean(uniform["losses"]))
        for table, here, uniform in cases
    )
    folds = of_tables(
        (table, here["loss_of_folds"] / uniform["loss_of_folds"]) for table, here, uniform in cases
    )
    return f"on unseen rows {said(unseen)}; on the folds {said(folds)}"


def of_tables(ratios: Iterable[tuple[str, float]]) -> np.ndarray:
    """Average the logarithms of ratios of losses over the splits of each table."""
    by_table: dict[str, list[float]] = {}
    for table, ratio in ratios:
        by_table.setdefault(table, []).append(float(np.log(ratio)))
    return np.array([np.mean(each) for each in by_table.values()])


def said(means: np.ndarray) -> str:
    """Say a geometric mean over tables with its interval by Student's t, in percent."""
    better, worse = int((means < 0).sum()), int((means > 0).sum())
    half = np.nan
    if len(means) > 1:
        error = means.std(ddof=1) / np.sqrt(len(means))
        half = stats.t.ppf(0.975, len(means) - 1) * error
    low, high = (100 * np.expm1(means.mean() + side * half) for side in (-1, 1))
    return (
        f"{100 * np.expm1(means.mean()):+.2f} % ({low:+.2f} to {high:+.2f}), median "
        f"{100 * np.expm1(np.median(means)):+.2f} %, less on {better} and more on {worse} of "
        f"{len(means)} tables"
    )


def main() -> None:
    """Judge what is missing in the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--splits", type=int, default=1)
    parser.add_argument("--networks", nargs="*", default=["128-128", "128", "64-64-64"])
    parser.add_argument("--tables", nargs="*", default=TABLES)
    parser.add_argument("--stores", type=Path)
    parser.add_argument("--summary", action="store_true", help="only print what there is")
    asked = parser.parse_args()
    lines = FIGURES.read_text().splitlines() if FIGURES.exists() else []
    rows = [json.loads(line) for line in lines]
    done = {(row["network"], row["split"], row["table"]) for row in rows}
    cases = product(asked.networks, range(asked.splits), asked.tables)
    with tempfile.TemporaryDirectory() as stores:
        for network, split, name in () if asked.summary else cases:
            if (network, split, name) in done:
                continue
            row = judge_one(asked.folder, name, split, network, asked.stores or Path(stores))
            rows.append(row)
            with FIGURES.open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(name, split, network, *(
                f"| {profile} {np.mean(each['losses']):.4f} {each['chosen']}"
                for profile, each in row["profiles"].items()
            ), flush=True)  # fmt: skip
    summary(rows)


if __name__ == "__main__":
    main()
