"""What a run found and was told, as plain JSON values: ``summary.json``."""

import platform
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import pandas as pd
import xarray as xr

import dropdecay
from dropdecay.arrays import AnyArray
from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import OPTIONS, FitOptions
from dropdecay.estimators.base_cv import BaseMLPCV
from dropdecay.functional import convert_decay
from dropdecay.kernels.products import find_blas
from dropdecay.parts import OPTIMIZERS
from dropdecay.surface.fingerprint import content_hash


def summarise(
    options: FitOptions,
    estimator: BaseMLPCV,
    X: pd.DataFrame,
    y: AnyArray,
    task: str,
    reason: str,
    wall_s: float,
) -> dict[str, Any]:
    """Return everything the run found and was told."""
    settings = settings_of(options, estimator)
    return {
        "dropdecay": dropdecay.__version__,
        "task": task,
        "task_reason": reason,
        "rows": len(X),
        "columns": X.shape[1],
        "loss": estimator.results_.attrs["loss_name"],
        "score": estimator.results_.attrs["score_name"],
        "verdict": estimator.verdict_.as_dict(),
        "choice": estimator.choice_.as_dict(),
        "optimism": estimator.optimism_.as_dict(),
        "nested": None if estimator.nested_ is None else estimator.nested_.as_dict(),
        "notices": list(estimator.notices_),
        "settings": settings,
        "carry": equivalents(estimator.choice_.chosen.point.as_dict(), settings),
        "asked": options.as_dict(),
        "wall_s": round(wall_s, 2),
        "blas": find_blas()[1],
        "versions": versions(),
        "table_sha256": content_hash(X, y),
    }


def versions() -> dict[str, str]:
    """Return the versions that numbers may depend on."""
    names = ("numpy", "numba", "scikit-learn", "skrub")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def settings_of(options: FitOptions, estimator: BaseMLPCV) -> dict[str, Any]:
    """Return what the surface was trained with, automatic values filled in."""
    results = estimator.results_
    schedule = estimator.setting_.schedule
    found = {
        "folds": said_folds(results),
        "seeds": results.sizes["seed"],
        "epochs": schedule.epochs,
        "batch_size": schedule.batch_size,
    }
    values = {**options.values, **found}
    return {each.setting: _listed(values[each.key]) for each in OPTIONS if each.setting}


def _listed(value: Value) -> Value:
    return "-".join(map(str, value)) if isinstance(value, tuple) else value


def said_folds(results: xr.Dataset) -> int | str:
    """Return how many folds there are, "5 x 2" for two repeats of five."""
    n_folds, n_repeats = results.sizes["fold"], int(results["repeat"].max()) + 1
    whole = 1 < n_repeats < n_folds
    return f"{n_folds // n_repeats} x {n_repeats}" if whole else n_folds


def equivalents(chosen: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    """Say the chosen setting in the words of other libraries, one line each.

    A decoupled decay and a penalty have no common number for Adam, so scikit-learn's ``alpha`` is
    named only for ``decay="l2"``.
    """
    strength, rate = chosen["weight_decay"], chosen["dropout"]
    batch_size = settings["batch size"]
    ours = "dropdecay_l2" if settings["decay"] == "l2" else "dropdecay"

    def other(to: str) -> str:
        return f"{convert_decay(strength, source=ours, to=to, batch_size=batch_size):.4g}"

    lr = f"{settings['learning rate']:g}"
    dropped = f"Dropout({rate:g})"
    optimizer = OPTIMIZERS[settings["optimizer"]]
    if settings["decay"] == "l2":
        return [
            f"torch: optim.{optimizer.torch}(weights, lr={lr}, weight_decay={other('torch')}), "
            f"biases in a group with weight_decay=0; nn.{dropped}",
            f"Keras: optimizers.{optimizer.keras}({lr}), regularizers.L2({other('keras_l2')}) "
            f"on every kernel; layers.{dropped}",
            f"scikit-learn: alpha={other('sklearn')}, batch_size={batch_size} (it has no dropout)",
        ]
    lines = [
        f"Keras: optimizers.{optimizer.keras}({lr}, weight_decay={other('keras_adamw')}), "
        f"biases excluded; layers.{dropped}"
    ]
    if optimizer.torch_decoupled is not None:
        lines.insert(
            0,
            f"torch: optim.{optimizer.torch_decoupled}(weights, lr={lr}, "
            f"weight_decay={other('torch_adamw')}), "
            f"biases in a group with weight_decay=0; nn.{dropped}",
        )
    else:
        # Beside plain or momentum SGD, torch's weight_decay is a penalty: another thing.
        lines.append(
            f"torch: {optimizer.torch} has no decoupled decay; search with --decay l2. nn.{dropped}"
        )
    return lines
