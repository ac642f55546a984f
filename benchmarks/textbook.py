"""What dropout and weight decay do to the small network of the textbooks: the figures of "Both".

    python -m benchmarks.textbook              # draws docs/learn/textbook-*.svg from kept figures
    python -m benchmarks.textbook --measure    # measures them again: five minutes

1000 rows of ``make_classification`` are cut in two halves twenty times. 20 inputs, 50 tanh units,
one logistic output, squared error, one sample at a time, 100 epochs. Losses are measured with
nothing dropped and without the penalty.
"""

import argparse
import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from benchmarks.pictures import save
from benchmarks.timing import FIGURES, write
from dropdecay import MLPClassifier

SPLITS, EPOCHS = 20, 100
SETTINGS = {
    "none": {}, "dropout 0.5": {"dropout": 0.5}, "lambda 0.01": {"weight_decay": 0.01},
    "both": {"dropout": 0.5, "weight_decay": 0.01},
}  # fmt: skip
RATES, LAMBDAS = (0.0, 0.2, 0.5, 0.7), (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01)
COLOURS = {"none": 4, "dropout 0.5": 0, "lambda 0.01": 1, "both": 2}
"""Which of the colours of the pictures."""

BINS = np.linspace(-2, 2, 41)
T_19 = 2.093  # Student's t, 19 degrees of freedom, 97.5 %

Setting = Mapping[str, float]


def network(seed: int, setting: Setting) -> MLPClassifier:
    """Build the network; ``decay="l2"`` is L = L_data + weight_decay * sum(W ** 2)."""
    return MLPClassifier(
        50, "tanh", loss="squared_error", solver="sgd", momentum=0, learning_rate_init=0.05,
        batch_size=1, max_iter=EPOCHS, tol=0, n_iter_no_change=EPOCHS, alpha=0, decay="l2",
        random_state=seed, **setting,
    )  # fmt: skip


def halves(seed: int) -> list[Any]:
    """Return training and test rows, training and test classes."""
    X, y = make_classification(1000, 20, n_informative=2, n_redundant=10, random_state=42)
    return list(train_test_split(X, y, test_size=0.5, random_state=seed, stratify=y))


def squared_error(fitted: MLPClassifier, X: Any, y: Any) -> float:
    """Return the mean of (probability - class) ** 2."""
    return float(np.mean((fitted.predict_proba(X)[:, 1] - y) ** 2))


def learn(setting: Setting, seed: int) -> dict[str, Any]:
    """Train one network epoch by epoch; return its curves and what became of its weights."""
    train, test, train_y, test_y = halves(seed)
    fitted = network(seed, setting)
    training, held_out = [], []
    for _ in range(EPOCHS):
        fitted.partial_fit(train, train_y, classes=[0, 1])
        training.append(squared_error(fitted, train, train_y))
        held_out.append(squared_error(fitted, test, test_y))
    return {
        "training": training, "test": held_out,
        "training_accuracy": fitted.score(train, train_y),
        "test_accuracy": fitted.score(test, test_y),
        "weights": fitted.coefs_[0].ravel().tolist(),
    }  # fmt: skip


def measure() -> dict[str, Any]:
    """Return curves of the four settings, and the surface around them."""
    found: dict[str, Any] = {"settings": {}, "rows": []}
    for name, setting in SETTINGS.items():
        runs = [learn(setting, seed) for seed in range(SPLITS)]
        kept = {key: [run[key] for run in runs] for key in ("training_accuracy", "test_accuracy")}
        curves = {key: np.array([run[key] for run in runs]) for key in ("training", "test")}
        found["settings"][name] = {
            **kept,
            **{f"{key}_curve": np.round(each.mean(axis=0), 5).tolist()
               for key, each in curves.items()},
            **{f"last_{key}": each[:, -1].tolist() for key, each in curves.items()},
            "rms_of_weights": [float(np.sqrt(np.mean(np.square(run["weights"])))) for run in runs],
            "histogram": np.histogram(np.clip(runs[0]["weights"], -2, 2), BINS)[0].tolist(),
        }  # fmt: skip
    for rate in RATES:
        for strength in LAMBDAS:
            losses = []
            for seed in range(SPLITS):
                train, test, train_y, test_y = halves(seed)
                fitted = network(seed, {"dropout": rate, "weight_decay": strength})
                losses.append(squared_error(fitted.fit(train, train_y), test, test_y))
            found["rows"].append({"rate": rate, "lambda": strength, "losses": losses})
    return found


def gain(plain: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Return how much lower the other losses are, with a 95 % interval.

    The standard error is corrected for halves that share rows (Nadeau & Bengio 2003): its variance
    is multiplied by 1/k + n_test/n_train, here 1/20 + 1.
    """
    differences = np.subtract(plain, other)
    error = np.sqrt((1 / SPLITS + 1) * differences.var(ddof=1))
    return (
        float(differences.mean()),
        float(differences.mean() - T_19 * error),
        float(differences.mean() + T_19 * error),
    )


def tables(found: Mapping[str, Any]) -> list[str]:
    """Return the lines of the two tables of the page."""
    plain = found["settings"]["none"]
    lines = []
    for name, each in found["settings"].items():
        training, test = (np.mean(each[f"last_{key}"]) for key in ("training", "test"))
        mean, low, high = gain(plain["last_test"], each["last_test"])
        told = "" if name == "none" else f"{mean:+.3f} ({low:+.3f} to {high:+.3f})"
        accuracy = np.mean(each["test_accuracy"])
        lines.append(
            f"| {name} | {training:.3f} | {test:.3f} | {test - training:.3f} | {accuracy:.3f} "
            f"| {np.mean(each['rms_of_weights']):.2f} | {told} |"
        )
    for rate in RATES:
        row = [np.mean(each["losses"]) for each in found["rows"] if each["rate"] == rate]
        lines.append(f"| {rate:g} | {' | '.join(f'{loss:.4f}' for loss in row)} |")
    return lines


def draw(found: Mapping[str, Any]) -> None:
    """Draw curves and weights."""
    epochs = np.arange(1, EPOCHS + 1)

    def curves(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, key in zip(axes, ("training", "test"), strict=True):
            for name, each in found["settings"].items():
                style = "--" if name == "both" else "-"  # it lies on that of lambda alone
                ax.plot(epochs, each[f"{key}_curve"], style, color=colours[COLOURS[name]],
                        label=name)  # fmt: skip
            ax.set(title=f"{key} rows", xlabel="epoch")
        axes[0].set_ylabel("squared error, mean of 20 splits")
        axes[1].legend(frameon=False)

    def weights(axes: Any, colours: tuple[str, ...]) -> None:
        for ax, (name, each) in zip(axes, found["settings"].items(), strict=True):
            ax.stairs(each["histogram"], BINS, fill=True, color=colours[COLOURS[name]])
            ax.set(title=name)
        axes[0].set(ylabel="number of weights", xlim=(-1.2, 1.2))
        axes[0].figure.supxlabel("weight into a hidden unit", fontsize=9)

    save("learn/textbook-curves", curves, columns=2, sharey=True)
    save("learn/textbook-weights", weights, columns=4, height=2.2, sharex=True, sharey=True)


def main() -> None:
    """Measure if asked to, then draw and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    if parser.parse_args().measure:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # 100 epochs are what is asked for
            write("textbook", **measure())
    found = json.loads((FIGURES / "textbook.json").read_text())
    draw(found)
    print(*tables(found), sep="\n")


if __name__ == "__main__":
    main()
