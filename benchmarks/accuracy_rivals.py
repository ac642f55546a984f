"""Other people's models on a table: each as its users would fit it, on one thread.

Missing numbers are imputed by the median where a model does not take them; missing categories are a
category of their own everywhere.
"""

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import (
    TransformedTargetRegressor,
    make_column_selector,
    make_column_transformer,
)
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from benchmarks.accuracy_tables import Split

GRID = tuple(10.0**power for power in range(-5, 0))
"""Penalties of scikit-learn's network; its default is 1e-4."""

MISSING = "(missing)"
CATEGORIES = "category"


def numbers(model: Any) -> Pipeline:
    """Return a pipeline: imputed and standardised numbers, one-hot categories, then the model."""
    encode = make_column_transformer(
        (
            SimpleImputer(strategy="median", keep_empty_features=True),
            make_column_selector(dtype_exclude=CATEGORIES),
        ),
        (
            OneHotEncoder(handle_unknown="ignore", sparse_output=False),
            make_column_selector(dtype_include=CATEGORIES),
        ),
    )
    return make_pipeline(encode, StandardScaler(), model)


def as_rivals_take_it(split: Split, *, impute: bool) -> Split:
    """Return the split with all that is no number as categories, missing ones among them.

    Parameters
    ----------
    split : Split
    impute : bool
        Whether missing numbers become the median of the training rows; 0 where there is none.
    """
    n_training, X = len(split.X), pd.concat([split.X, split.X_test])
    text = [name for name in X if not pd.api.types.is_numeric_dtype(X[name])]
    filled = {name: X[name].astype(object).where(X[name].notna(), MISSING) for name in text}
    typed = {name: column.astype(str).astype(CATEGORIES) for name, column in filled.items()}
    X = X.assign(**typed).astype({name: float for name in X if name not in text})
    if impute:
        medians = X.iloc[:n_training].median(numeric_only=True).fillna(0.0)
        X = X.fillna(medians.to_dict())
    return replace(split, X=X.iloc[:n_training], X_test=X.iloc[n_training:])


def linear(split: Split, seed: int, seconds: float) -> Any:
    """Return logistic or ridge regression with default settings."""
    model = LogisticRegression(max_iter=1000) if split.is_classes else Ridge()
    return numbers(model).fit(split.X, split.y)


def _boosting(split: Split, seed: int, **settings: Any) -> Any:
    kind = HistGradientBoostingClassifier if split.is_classes else HistGradientBoostingRegressor
    return kind(categorical_features="from_dtype", random_state=seed, **settings)


def boosting(split: Split, seed: int, seconds: float) -> Any:
    """Return histogram gradient boosting with default settings."""
    return _boosting(split, seed).fit(split.X, split.y)


def boosting_tuned(split: Split, seed: int, seconds: float) -> Any:
    """Return histogram gradient boosting, the best of a random search of so many seconds.

    The default is among the candidates; each is judged on three folds. Seconds are those of the
    processor; the last candidate and the final fit come on top.
    """
    rng, began = np.random.default_rng(seed), time.process_time()
    metric = "neg_log_loss" if split.is_classes else "neg_mean_squared_error"
    best, settings = -np.inf, {}
    asked: dict[str, Any] = {}
    while True:
        score = cross_val_score(
            _boosting(split, seed, **asked), split.X, split.y, scoring=metric, cv=3
        ).mean()
        if score > best:
            best, settings = score, asked
        if time.process_time() - began >= seconds:
            return _boosting(split, seed, **settings).fit(split.X, split.y)
        asked = {
            "learning_rate": float(np.exp(rng.uniform(np.log(0.01), np.log(0.3)))),
            "max_iter": 500, "early_stopping": True,
            "max_leaf_nodes": int(rng.choice([4, 8, 16, 31, 64])),
            "min_samples_leaf": int(rng.choice([2, 5, 10, 20, 50])),
            "l2_regularization": float(np.exp(rng.uniform(np.log(1e-3), np.log(10)))),
            "max_features": float(rng.choice([0.3, 0.6, 1.0])),
        }  # fmt: skip


def _network(split: Split, model: Any) -> Any:
    """Return the network in a pipeline; of values, with a standardised target."""
    if split.is_classes:
        return numbers(model)
    return TransformedTargetRegressor(numbers(model), transformer=StandardScaler())


def sklearn_network(split: Split, seed: int, seconds: float) -> Any:
    """Return scikit-learn's network with default settings."""
    kind = MLPClassifier if split.is_classes else MLPRegressor
    return _network(split, kind(random_state=seed)).fit(split.X, split.y)


def sklearn_network_grid(split: Split, seed: int, seconds: float) -> Any:
    """Return scikit-learn's network, 256-256, its penalty by a grid of five in three folds."""
    kind, name = (
        (MLPClassifier, "mlpclassifier") if split.is_classes else (MLPRegressor, "mlpregressor")
    )
    prefix = "" if split.is_classes else "regressor__"
    return GridSearchCV(
        _network(split, kind(hidden_layer_sizes=(256, 256), random_state=seed)),
        {f"{prefix}{name}__alpha": GRID},
        scoring="neg_log_loss" if split.is_classes else "neg_mean_squared_error",
        cv=3,
    ).fit(split.X, split.y)


def pytabkit(name: str) -> Any:
    """Return what fits a model of pytabkit, with its default settings, on the processor."""

    def fit(split: Split, seed: int, seconds: float) -> Any:
        import pytabkit

        kind = getattr(pytabkit, f"{name}_{'Classifier' if split.is_classes else 'Regressor'}")
        model = kind(device="cpu", random_state=seed, n_threads=1)
        return model.fit(split.X, split.y)

    return fit
