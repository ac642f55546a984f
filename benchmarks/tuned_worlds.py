"""How much a tuned search flatters itself, in worlds whose truth is known.

``python -m benchmarks.tuned_worlds --repetitions 60 --jobs 2``. The same rows are searched with
``tune=True`` and without. The truth is the loss of the same networks of the folds on new rows, so
that nothing but the picking lies between it and what the folds say. Every repetition is appended to
a file in ``runs/tune``: interrupted, it goes on.
"""

import argparse
import json
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from benchmarks.timing import write
from benchmarks.worlds import KNOWN, World
from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import DropdecayWarning

FOLDER = Path(__file__).parent.parent / "runs" / "tune"
WORLDS = tuple(each for each in KNOWN if each.name in ("sloped", "waves"))
N_NEW, N_FOLDS = 20_000, 5
SEED = 0x74756E65


@dataclass(frozen=True)
class Figures:
    """What one search says of its chosen network, and what is true of it.

    Parameters
    ----------
    said, standard_error : float
        Loss over the folds, and the standard error that is printed with it.
    true : float
        Of the same networks, one a fold, on new rows.
    """

    said: float
    standard_error: float
    true: float


@dataclass(frozen=True)
class Pair:
    """One sample of rows, searched with tuning and without.

    Parameters
    ----------
    world : str
    number : int
    tuned, plain : Figures
    told : float
        By how much the tuned search itself says that it flatters itself.
    params : mapping
        What tuning changed, in words.
    """

    world: str
    number: int
    tuned: Figures
    plain: Figures
    told: float
    params: dict[str, str]


def pair(world: World, number: int) -> Pair:
    """Search one sample with tuning and without."""
    rng = np.random.default_rng((SEED, WORLDS.index(world), number))
    X, y = world.sample(rng, world.n_rows)
    new_X, new_y = world.sample(rng, N_NEW)
    kind = MLPClassifierCV if world.has_classes else MLPRegressorCV
    found = {}
    for tune in (True, False):
        search = kind(
            world.hidden_layer_sizes, dropouts=(0, 0.2, 0.4), weight_decays="tau:none,40,13",
            learning_rate_init=world.schedule.learning_rate, batch_size=world.schedule.batch_size,
            max_iter=world.schedule.epochs, cv=N_FOLDS, tune=tune, extend=False, race=False,
            n_repeats=1, baselines=False, keep_folds=True, random_state=number, n_jobs=1,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DropdecayWarning)
            found[tune] = search.fit(X, y[:, 0])
    tuning = found[True].tuning_
    return Pair(
        world.name, number, *(_figures(found[tune], new_X, new_y) for tune in (True, False)),
        tuning.flattery, tuning.as_dict()["params"],
    )  # fmt: skip


def _figures(search: MLPClassifierCV | MLPRegressorCV, X: np.ndarray, y: np.ndarray) -> Figures:
    chosen = search.choice_.chosen
    losses = []
    for fold in search.fold_networks_.folds:
        rows = X if fold.encoder is None else np.asarray(fold.encoder.transform(X), np.float32)
        outputs = np.asarray(fold.outputs(rows), np.float64)[:, 0]
        if isinstance(search, MLPClassifierCV):
            likelihood = np.where(y[:, 0] > 0.5, outputs, 1 - outputs)
            losses.append(-np.log(np.clip(likelihood, 1e-12, None)).mean())
        else:
            values = search.target_center_ + search.target_scale_ * outputs
            losses.append(((values - y[:, 0]) ** 2).mean())
    return Figures(chosen.loss, chosen.standard_error, float(np.mean(losses)))


def pairs_of(path: Path) -> Iterator[Pair]:
    """Yield what a file holds; the line that an interruption cut short is passed over."""
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                read = json.loads(line)
            except json.JSONDecodeError:
                continue
            tuned, plain = Figures(**read.pop("tuned")), Figures(**read.pop("plain"))
            yield Pair(**read, tuned=tuned, plain=plain)


def summary_of(pairs: list[Pair]) -> dict[str, object]:
    """Return means over repetitions, in standard errors of the loss, each with its interval."""

    def mean(values: list[float]) -> dict[str, float]:
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        return {"mean": round(float(np.mean(values)), 3), "interval": round(1.96 * float(error), 3)}

    def flattered(each: Figures) -> float:
        return (each.true - each.said) / each.standard_error

    return {
        "world": pairs[0].world,
        "repetitions": len(pairs),
        "flattered, tuned": mean([flattered(each.tuned) for each in pairs]),
        "flattered, not tuned": mean([flattered(each.plain) for each in pairs]),
        "flattered by tuning": mean([
            ((each.tuned.true - each.tuned.said) - (each.plain.true - each.plain.said))
            / each.plain.standard_error
            for each in pairs
        ]),
        "told": mean([each.told / each.tuned.standard_error for each in pairs]),
        "true gain of tuning": mean([
            (each.plain.true - each.tuned.true) / each.plain.true for each in pairs
        ]),
        "changed": round(float(np.mean([bool(each.params) for each in pairs])), 2),
    }  # fmt: skip


def main() -> None:
    """Compute what is missing, then summarise all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repetitions", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    path = FOLDER / "pairs.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    done = {(each.world, each.number) for each in pairs_of(path)}
    missing = [
        (world, number) for number in range(asked.repetitions) for world in WORLDS
        if (world.name, number) not in done
    ]  # fmt: skip
    for each in Parallel(asked.jobs, return_as="generator_unordered")(
        delayed(pair)(*one) for one in missing
    ):
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(each)) + "\n")
    found = [*pairs_of(path)]
    rows = [summary_of([each for each in found if each.world == world.name]) for world in WORLDS]
    write("tuned-worlds", rows, folds=N_FOLDS, new_rows=N_NEW)
    for row in rows:
        print(json.dumps(row))


if __name__ == "__main__":
    main()
