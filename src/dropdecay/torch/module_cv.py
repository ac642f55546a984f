"""ModuleClassifierCV, ModuleRegressorCV and ModuleCV: the surface over a module of one's own."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import BaseCrossValidator

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.encoding import RowsLike, Table
from dropdecay.data.fold_rows import Fold
from dropdecay.data.scoring import Scoring, score_of
from dropdecay.data.targets import (
    Target,
    class_probabilities,
    class_target,
    predicted_classes,
    value_target,
)
from dropdecay.engine.torch_outputs import number_of_parts
from dropdecay.errors import BadInput, BadSetting, DropdecayWarning, Parameter
from dropdecay.estimators.base import ClassWeight, RandomState, check_kept
from dropdecay.estimators.defaults import AUTO
from dropdecay.estimators.docstrings import FOUND_BY_OUTPUTS, USE_OF_OUTPUTS
from dropdecay.estimators.out_of_fold import check_use_of_outputs
from dropdecay.torch.base_module_cv import BaseModuleCV
from dropdecay.torch.docstrings import ATTRIBUTES, PARAMETERS
from dropdecay.torch.given_rows import with_targets
from dropdecay.torch.trial import Trial
from dropdecay.trust.temperature import at_temperature
from dropdecay.trust.threshold import Wanted
from dropdecay.warn_user import warn_user

FAR = 100.0
"""Values that lie or spread farther than this are learnt slowly, if at all."""


class ModuleClassifierCV(ClassifierMixin, BaseModuleCV):
    __doc__ = f"""A classifier of your own torch module that finds its dropout and weight decay.

    The module gives one logit a class; or a single one for two classes or a column for each of
    several labels, under binary cross-entropy.

    Parameters
    ----------{PARAMETERS}
    class_weight : dict, "balanced" or None, default None
        Weight of each class, multiplied by ``sample_weight``, in training and choice.
{USE_OF_OUTPUTS}

    Attributes
    ----------
    classes_ : array
        Class labels in sorted order: the order of the module's outputs.{FOUND_BY_OUTPUTS}
        ``best_module_`` does not know it: divide its logits.{ATTRIBUTES}

    Examples
    --------
    >>> import torch
    >>> from sklearn.datasets import load_breast_cancer
    >>> from dropdecay.torch import ModuleClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> class Net(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden, self.drop = torch.nn.Linear(30, 16), torch.nn.Dropout(0.2)
    ...         self.out = torch.nn.Linear(16, 2)
    ...     def forward(self, x):
    ...         return self.out(self.drop(torch.relu(self.hidden(x))))
    >>> search = ModuleClassifierCV(
    ...     Net, dropouts=(0, 0.3), weight_decays=(0, 1), max_epochs=12, n_repeats=1, cv=3,
    ...     extend=False, random_state=0,
    ... )
    >>> search.fit((X - X.mean(0)) / X.std(0), y).best_module_.drop.p in (0, 0.3)
    True
    """

    def __init__(
        self,
        module: object,
        *,
        dropouts: Iterable[float | Sequence[float]] | str = AUTO,
        weight_decays: Iterable[float] | str = AUTO,
        axes: Mapping[str, object] | None = None,
        dropout: float | Sequence[float] | None = None,
        weight_decay: float | None = None,
        dropout_mode: str = "replace",
        sites: str | Callable[[str], bool] | None = None,
        decay: str = "decoupled",
        decays: Callable[[str, Any], bool] | None = None,
        decay_to: str = "zero",
        init: str = "fresh",
        loss: object = None,
        optimizer: type | None = None,
        lr: float = 0.001,
        scheduler: str | Callable[[Any], Any] | None = None,
        max_epochs: int | str = "auto",
        fixed_epochs: bool = False,
        batch_size: int | str = "auto",
        max_grad_norm: float | None = None,
        augment: Callable[[Any, Any], Any] | None = None,
        precision: str = "float32",
        device: str = "auto",
        stack: str | bool = AUTO,
        class_weight: ClassWeight = None,
        temperature: bool = False,
        threshold: Wanted = None,
        cv: int | BaseCrossValidator | Iterable[Fold] = 5,
        n_seeds: int = 1,
        rule: str = "best",
        criterion: str = "loss",
        extend: bool = True,
        race: bool | str = "auto",
        futility: bool = False,
        nested: bool = False,
        n_repeats: int = 10,
        until_sure: bool = False,
        budget: float | None = None,
        baselines: bool | Mapping[str, BaseEstimator] | Iterable[BaseEstimator] = True,
        scoring: Scoring = None,
        encoder: str | BaseEstimator | None = "auto",
        random_state: RandomState = None,
        n_jobs: int | None = -1,
        cluster: str | None = None,
        verbose: bool = False,
        store: str | os.PathLike[str] | None = None,
        **arguments: Any,
    ) -> None:
        self._keep_parameters(locals())

    def _target(self, y: AnyArray, weights: Floating | None, rows: Table) -> Target:
        target = class_target(y, "log_loss", np.float32)
        self.classes_, self._many_labels = np.asarray(target.classes), target.labels is None
        n_classes = len(self.classes_)
        if self._many_labels and bool((target.matrix.sum(1) == 1.0).all()):
            warn_user(
                f"Every row of y has exactly one of its {n_classes} labels, which are learnt apart "
                "from one another. If they are classes in one-hot form, give y.argmax(axis=1).",
                DropdecayWarning,
            )
        shape = self._try(rows, "labels" if self._many_labels else "classes", n_classes).shape
        name = self._tried_recipe.name
        if self._many_labels:
            if shape != (n_classes,):
                raise BadInput(
                    f"{name} gives {_in_words(shape)} for a row, but y has {n_classes} labels. "
                    f"{_how(self._trial, 'Give one output a label')}"
                )
        elif shape in ((), (1,)) and n_classes == 2:
            self._try(rows, "classes", n_classes, is_single=True)
            if self._tried_recipe.loss.takes_logits:
                raise BadSetting(
                    f"{name} gives a single output, but CrossEntropyLoss needs one for each class. "
                    "Use ", Parameter("loss"), "=torch.nn.BCEWithLogitsLoss, or give two outputs.",
                )  # fmt: skip
        elif shape == (n_classes,):
            target = replace(target, loss="categorical_cross_entropy", n_outputs=n_classes)
        else:
            raise BadInput(
                f"{name} gives {_in_words(shape)} for a row, but y has {n_classes} classes. "
                f"{_how(self._trial, 'Give one output a class')}"
            )
        target = self._with_loss(target, weights)
        check_use_of_outputs(self, target)
        return target

    def predict(self, X: RowsLike) -> AnyArray:
        """Return the class of each row by ``threshold_``, or the most likely one, (n_rows,).

        Of several labels, indicators.
        """
        threshold = getattr(self, "threshold_", None)  # none before it is fitted
        return predicted_classes(
            self._outputs(X) if threshold is None else self.predict_proba(X), self.classes_,
            many_labels=self._many_labels, threshold=threshold,
        )  # fmt: skip

    def predict_proba(self, X: RowsLike) -> Floating:
        """Return the probability of every class, (n_rows, n_classes)."""
        outputs = self._outputs(X)
        probabilities = outputs if self._many_labels else class_probabilities(outputs)
        if self.temperature_ is None:
            return probabilities
        wide = probabilities.astype(np.float64)
        scaled = at_temperature(wide, self.temperature_, of_labels=self._many_labels)
        return scaled.astype(outputs.dtype)

    def predict_log_proba(self, X: RowsLike) -> Floating:
        """Return the logarithm of :meth:`predict_proba`, (n_rows, n_classes)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(
        self, X: RowsLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the score of new rows by ``scoring``, or their accuracy if it is None.

        Parameters
        ----------
        X : shape (n_rows, ...), as given to ``fit``
        y : shape (n_rows,) or (n_rows, n_outputs)
            None: that of a Dataset whose items are pairs.
        sample_weight : shape (n_rows,), optional
        """
        check_kept(self, "scoring")
        X, y = with_targets(X, y)
        return score_of(self, super().score, X, y, sample_weight)


class ModuleRegressorCV(RegressorMixin, BaseModuleCV):
    __doc__ = f"""A regressor of your own torch module that finds its dropout and weight decay.

    Targets are given to the module as they are: scale them where they are far from 0 and 1.

    Parameters
    ----------{PARAMETERS}

    Attributes
    ----------{ATTRIBUTES}

    Examples
    --------
    >>> import torch
    >>> from sklearn.datasets import make_regression
    >>> from dropdecay.torch import ModuleRegressorCV
    >>> X, y = make_regression(90, 5, random_state=0)
    >>> hidden, out = torch.nn.Linear(5, 8), torch.nn.Linear(8, 1)
    >>> net = torch.nn.Sequential(hidden, torch.nn.Dropout(0.2), out)
    >>> search = ModuleRegressorCV(
    ...     net, dropouts=(0, 0.3), weight_decays=(0,), max_epochs=5, n_repeats=1, cv=3,
    ...     extend=False, random_state=0,
    ... )
    >>> search.fit(X, y / y.std()).predict(X).shape
    (90,)
    """

    def _target(self, y: AnyArray, weights: Floating | None, rows: Table) -> Target:
        target = value_target(y, np.float32, standardize=False)
        self._flat = np.ndim(y) == 1
        shape = self._try(rows, "values", target.n_outputs).shape
        if int(np.prod(shape)) != target.n_outputs:
            raise BadInput(
                f"{self._tried_recipe.name} gives {_in_words(shape)} for a row, but y has "
                f"{target.n_outputs}. {_how(self._trial, 'Give one output a value')}"
            )
        far = max(float(np.abs(target.matrix.mean(0)).max()), float(target.matrix.std(0).max()))
        if far > FAR:
            warn_user(
                f"y reaches far from 0 (about {far:,.3g}), where networks learn slowly. Scale it, "
                "for example with sklearn.compose.TransformedTargetRegressor.",
                DropdecayWarning,
            )
        return self._with_loss(target, weights)

    def predict(self, X: RowsLike) -> Floating:
        """Return the predicted values, (n_rows,) or (n_rows, n_outputs)."""
        outputs = self._outputs(X)
        values = outputs.reshape(len(outputs), -1)
        return values[:, 0] if self._flat else values

    def score(
        self, X: RowsLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the score of new rows by ``scoring``, or their R2 if it is None.

        Parameters
        ----------
        X : shape (n_rows, ...), as given to ``fit``
        y : shape (n_rows,) or (n_rows, n_outputs)
            None: that of a Dataset whose items are pairs.
        sample_weight : shape (n_rows,), optional
        """
        check_kept(self, "scoring")
        X, y = with_targets(X, y)
        return score_of(self, super().score, X, y, sample_weight)


class ModuleCV(BaseModuleCV):
    __doc__ = f"""Any torch module under any loss: finds its dropout and weight decay.

    For what is neither classes nor values a row: images, sequences, several targets at once. The
    loss takes outputs and targets of a batch and returns one value a row; several outputs, in a
    tuple, list or dict, all go to a loss of your own, and the first is the prediction. ``scoring``
    and ``criterion="score"`` have no meaning here.

    Parameters
    ----------{PARAMETERS}

    Attributes
    ----------{ATTRIBUTES}

    Examples
    --------
    >>> import torch
    >>> from dropdecay.torch import ModuleCV
    >>> X = torch.rand(90, 6)
    >>> middle, out = torch.nn.Linear(6, 2), torch.nn.Linear(2, 6)
    >>> net = torch.nn.Sequential(middle, torch.nn.Dropout(0.2), out)
    >>> search = ModuleCV(
    ...     net, loss=lambda outputs, rows: (outputs - rows).square().mean(1), dropouts=(0, 0.3),
    ...     weight_decays=(0,), max_epochs=5, n_repeats=1, cv=3, extend=False, random_state=0,
    ... )
    >>> search.fit(X, X).predict(X).shape  # what two numbers in the middle keep of six
    (90, 6)
    """

    _is_other = True

    def _target(self, y: AnyArray, weights: Floating | None, rows: Table) -> Target:
        for name, asked in (("scoring", self.scoring is not None),
                            ("criterion", self.criterion != "loss"),
                            ("baselines", not isinstance(self.baselines, bool))):  # fmt: skip
            if asked:
                raise BadSetting(
                    Parameter(name), " has no meaning for a ModuleCV, whose outputs are whatever "
                    "the loss takes. Leave it out.",
                )  # fmt: skip
        trial = self._try(rows, "any", None)
        n_outputs = trial.n_outputs
        target = Target(
            y, "squared_error", n_outputs, None, None, np.zeros(n_outputs), np.ones(n_outputs)
        )
        return self._with_loss(target, weights)

    def predict(self, X: RowsLike) -> AnyArray:
        """Return the outputs of the module, (n_rows, ...): of several the first, or the logits."""
        return self._outputs(X)


def _in_words(shape: tuple[int, ...]) -> str:
    """Return how many outputs a row has."""
    if shape in ((), (1,)):
        return "1 output"
    return f"{shape[0]} outputs" if len(shape) == 1 else f"outputs of shape {shape}"


def _how(trial: Trial, plain: str) -> str:
    """Say what the outputs shall be, and of which of several that is said."""
    if number_of_parts(trial.outputs) < 2:
        return f"{plain}."
    return f"{plain} as the first that forward returns, or use ModuleCV, which takes any."
