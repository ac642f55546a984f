"""Which models stand beside the network: the usual three, or estimators of the user's own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import has_fit_parameter

from dropdecay.arrays import AnyArray, Float64, Int64
from dropdecay.baselines.rows import FoldRows, answers
from dropdecay.data.targets import Target
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import BadSetting, Parameter
from dropdecay.parts import LOSSES
from dropdecay.selection.baselines import ODDS, THE_MEAN

MAX_ROWS = 100_000
"""Training rows of a fold beyond these are left out, drawn at random."""

MAX_CELLS = 5_000_000
"""So are dense rows of more cells: models hold several copies in float64."""


@dataclass(frozen=True)
class Answer:
    """What a model says of the held-out rows of a fold.

    Parameters
    ----------
    outputs : shape (n_held_out, n_outputs)
        Probabilities or standardized values, in the form of the network's.
    price : float or None
        Seconds that this takes on a usual core, from sizes and numbers of trees alone, so that
        nothing that depends on it depends on the clock; None: unknown.
    """

    outputs: Float64
    price: float | None


@dataclass(frozen=True)
class Model:
    """A model that stands beside the network.

    Parameters
    ----------
    name : str
    about : str
        One short line.
    in_python : str
        How it is made.
    answer : callable
        Learns from the training rows of a fold, and answers.
    forecast : callable
        (training rows, columns, outputs) -> seconds a fold.
    """

    name: str
    about: str
    in_python: str
    answer: Callable[[FoldRows], Answer]
    forecast: Callable[[int, int, int], float] = lambda n_rows, n_columns, n_outputs: 0.0


def models_of(asked: object, target: Target) -> tuple[Model, ...]:
    """Return the models that the parameter ``baselines`` asks for.

    Parameters
    ----------
    asked : bool, mapping of str to estimator, or iterable of estimators
        True: the usual three.
    target : Target

    Raises
    ------
    BadSetting
        If it is something else.
    """
    if isinstance(asked, (bool, np.bool_)):
        return usual_models(target) if asked else ()
    if isinstance(asked, Mapping):
        named = {str(name): each for name, each in asked.items()}
    elif isinstance(asked, Iterable) and not isinstance(asked, (str, bytes)):
        named = _by_class(list(asked))
    else:
        raise _not_baselines(asked)
    for each in named.values():
        if isinstance(each, type) or not hasattr(each, "fit") or not hasattr(each, "predict"):
            raise _not_baselines(each)
    return tuple(given_model(name, each, target) for name, each in named.items())


def _not_baselines(asked: object) -> BadSetting:
    return BadSetting(
        Parameter("baselines"), " must be True, False, or unfitted estimators of scikit-learn's "
        f"kind: a list, or a dict with their names. Got {asked!r}.",
    )  # fmt: skip


def _by_class(estimators: Iterable[object]) -> dict[str, object]:
    """Return estimators by the names of their classes, numbered where they come again."""
    named: dict[str, object] = {}
    for each in estimators:
        name = type(each).__name__
        n_before = sum(known.split(" ")[0] == name for known in named)
        named[f"{name} {n_before + 1}" if n_before else name] = each
    return named


def usual_models(target: Target) -> tuple[Model, ...]:
    """Return a constant, a regularized linear model and gradient boosting."""
    from sklearn.dummy import DummyClassifier, DummyRegressor  # half a second with those below

    from dropdecay.baselines import linear

    kind = LOSSES[target.loss].targets
    is_of_values = kind == "values"
    dummy = DummyRegressor() if is_of_values else DummyClassifier(strategy="prior")
    constant = Model(
        THE_MEAN if is_of_values else ODDS,
        "of the training rows",
        "DummyRegressor()" if is_of_values else "DummyClassifier(strategy='prior')",
        lambda rows: Answer(answers(rows, lambda y: _fitted(dummy, rows, y)), 0.0),
    )
    of_linear = Model(
        "ridge regression" if is_of_values else "logistic regression",
        "columns standardized, penalty tuned inside the training rows",
        f"make_pipeline(StandardScaler(), {'Ridge' if is_of_values else 'LogisticRegression'}())",
        lambda rows: Answer(
            linear.linear_outputs(rows),
            linear.seconds_of(rows.n_training, rows.X.shape[1], rows.n_outputs, kind),
        ),
        lambda n_rows, n_columns, n_outputs: linear.seconds_of(n_rows, n_columns, n_outputs, kind),
    )
    return constant, of_linear, _boosting(is_of_values)


def _boosting(is_of_values: bool) -> Model:
    from dropdecay.baselines import boosting

    def answer(rows: FoldRows) -> Answer:
        found = boosting.boosting_outputs(rows)
        n_columns = boosting.with_categories(rows.X[:1], rows).shape[1]
        return Answer(found.outputs, boosting.seconds_of(rows.n_training, n_columns, found.n_trees))

    kind = "Regressor" if is_of_values else "Classifier"
    return Model(
        "gradient boosting",
        "stopped early inside the training rows",
        f"HistGradientBoosting{kind}(early_stopping=True)",
        answer,
        lambda n_rows, n_columns, n_outputs: boosting.seconds_of(
            n_rows, n_columns, n_outputs * boosting.USUAL_TREES
        ),
    )


def given_model(name: str, estimator: BaseEstimator, target: Target) -> Model:
    """Return a model that fits clones of an estimator on the encoded rows, one an output."""
    takes_weights = has_fit_parameter(estimator, "sample_weight")
    return Model(
        name,
        "as it was given" if takes_weights else "as it was given; it takes no weights of rows",
        repr(estimator),
        lambda rows: Answer(answers(rows, lambda y: _fitted(estimator, rows, y)), None),
    )


def _fitted(estimator: BaseEstimator, rows: FoldRows, y: AnyArray) -> BaseEstimator:
    """Return a fitted clone: with the rows' weights if it takes any, and no chance of its own."""
    weights = {}
    if rows.sample_weight is not None and has_fit_parameter(estimator, "sample_weight"):
        weights = {"sample_weight": rows.sample_weight}
    own = clone(estimator)
    open_seeds = [
        name for name, value in own.get_params().items()
        if value is None and name.split("__")[-1] == "random_state"
    ]  # fmt: skip
    return own.set_params(**dict.fromkeys(open_seeds, rows.seed)).fit(rows.X, y, **weights)


def most_rows(X: Matrix) -> int:
    """Return of how many training rows models learn, at most."""
    if not isinstance(X, np.ndarray):
        return MAX_ROWS
    return int(min(MAX_ROWS, max(1000, MAX_CELLS // max(X.shape[1], 1))))


def rows_at_most(training: Int64, X: Matrix, seed: int) -> Int64:
    """Return the training rows of a fold, or as many as models are given, drawn at random."""
    most = most_rows(X)
    if training.size <= most:
        return training
    return np.sort(np.random.default_rng(seed).permutation(training)[:most])


def told_of_part(model: Model, n_trained: int, n_rows: int) -> Model:
    """Return a model that says that it learnt from a part of the rows."""
    part = f"; learnt from {n_trained:,} of {n_rows:,} training rows"
    if n_trained == n_rows or "learnt from" in model.about:
        return model
    return replace(model, about=f"{model.about}{part}")
