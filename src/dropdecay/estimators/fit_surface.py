"""What the CV estimators share: data in, the surface trained, a choice made and refitted."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import call
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from rich.console import Console
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.encoding import RowEncoding, encode_rows, encoding_of, single_target
from dropdecay.data.fold_rows import Fold
from dropdecay.data.folds import make_folds
from dropdecay.data.scoring import describe, make_score
from dropdecay.data.targets import (
    Target,
    row_weights,
)
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Dataset, Engine, Fit, Run
from dropdecay.errors import DivergenceWarning, EdgeWarning, FailedWork
from dropdecay.estimators.base import (
    NetworkEstimator,
    auto_batch_size,
    hidden_sizes,
    n_threads,
    optimizer_name,
    smoothing_of,
)
from dropdecay.estimators.callbacks import SurfaceCallbackReporter
from dropdecay.estimators.cv_results import grid_search_form
from dropdecay.estimators.defaults import (
    auto_batch,
    auto_epochs,
)
from dropdecay.estimators.fingerprint import engine_with_store
from dropdecay.estimators.nested import check_nested, nested_estimate
from dropdecay.report.notebook import surface_html
from dropdecay.report.progress import Progress, progress_of
from dropdecay.search import Findings, OnFit, OnNotice, search
from dropdecay.selection.choice import Point
from dropdecay.settings import Network, Regularization, Schedule, check_choice, check_count
from dropdecay.surface.execute import FoldData
from dropdecay.surface.plan import Axes, refit_run


@dataclass(frozen=True)
class Task:
    """Rows and target of one call of ``fit``, and how rows become numbers."""

    rows: Any
    n_rows: int
    target: Target
    encoding: RowEncoding
    random_state: int
    schedule: Schedule
    weights: Floating | None


class BaseMLPCV(CallbackSupportMixin, NetworkEstimator):  # type: ignore[misc]
    """The surface over dropout and weight decay, with its choice and refit."""

    def _target(self, y: AnyArray, weights: Floating | None) -> Target:
        raise NotImplementedError  # classes or values: the two subclasses know

    @with_callbacks  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(
        self,
        X: Any,
        y: ArrayLike,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Train the surface, choose from it, and refit the chosen network on all rows.

        Parameters
        ----------
        X : array, sparse array or DataFrame, shape (n_rows, n_features)
            Numbers; a pandas or polars DataFrame may hold text, dates and missing values too.
        y : shape (n_rows,) or (n_rows, n_outputs)
        groups : shape (n_rows,), optional
            Rows of one group never stand on both sides of a fold.
        sample_weight : shape (n_rows,), optional
            Weights of the rows, >= 0, in every loss, in accuracy and in R2.
        """
        watch = SurfaceCallbackReporter(self, X, y, sample_weight)
        progress = Progress(Console(stderr=True, quiet=not self.verbose), unit="networks")
        show = progress_of(progress)

        def on_fit(fit: Fit, done: int, total: int) -> None:
            show(fit, done, total)
            watch.on_fit(fit, done, total)

        def on_notice(sentence: str) -> None:
            progress.note(sentence)
            watch.end_surface()

        with progress:
            fit_surface(
                self, X, y, groups, on_fit, on_notice, sample_weight=sample_weight,
                around_refit=watch.refit, on_nested_fit=show,
            )  # fmt: skip
        return self

    def _plan_task(self, X: Any, y: Any, sample_weight: Any) -> Task:
        """Look at the data once, before anything is trained."""
        encoding = encoding_of(self, X, self.encoder)
        rows, y = encoding.check(self, X, y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(
                sample_weight, y, dtype=np.float32, ensure_non_negative=True
            )
        target = self._target(single_target(y), sample_weight)
        drawn = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        class_weight = getattr(self, "class_weight", None)
        weights = row_weights(target, sample_weight, class_weight, np.float32)
        schedule = self._schedule(len(y))
        return Task(rows, len(y), target, encoding, int(drawn), schedule, weights)

    def _schedule(self, n_rows: int) -> Schedule:
        batch_size = auto_batch_size(self.batch_size, n_rows, auto=auto_batch(n_rows))
        automatic = isinstance(self.max_iter, str) and self.max_iter == "auto"
        return Schedule(
            epochs=auto_epochs(n_rows, batch_size)
            if automatic
            else check_count("max_iter", self.max_iter),
            batch_size=batch_size,
            optimizer=optimizer_name(self.solver, self.momentum, self.nesterovs_momentum),
            learning_rate=self.learning_rate_init,
            momentum=self.momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )

    def _network(self, n_inputs: int, target: Target) -> Network:
        sizes = hidden_sizes(self.hidden_layer_sizes)
        return Network(
            n_inputs, sizes, target.n_outputs, self.activation, target.loss, smoothing_of(self)
        )

    def _search(
        self,
        task: Task,
        folds: list[Fold],
        on_fit: OnFit | None,
        on_notice: OnNotice | None,
        *,
        engine: Engine,
    ) -> Findings:
        score = make_score(self.scoring, task.target, task.weights)

        def data_of_fold(fold: int) -> FoldData:
            X, _ = encode_rows(task.encoding, task.rows, folds[fold][0])
            network = self._network(X.shape[1], task.target)
            return FoldData(network, Dataset(X, task.target.matrix, task.weights), score)

        return search(
            data_of_fold,
            folds,
            Axes.of(self.dropouts, self.weight_decays),
            base=Regularization(input_dropout=self.input_dropout, decay=self.decay),
            schedule=task.schedule,
            n_seeds=self.n_seeds,
            random_state=task.random_state,
            rule=check_choice("rule", self.rule, ("best", "one_se")),
            criterion=check_choice("criterion", self.criterion, ("loss", "score")),
            loss_scale=task.target.scale**2,
            attributes=describe(task.target, self.scoring, task.weights),
            n_jobs=n_threads(self.n_jobs),
            extend=bool(self.extend),
            race=self.race,
            engine=engine,
            on_fit=on_fit,
            on_notice=on_notice,
        )

    def _refit(self, task: Task) -> None:
        """Train one network on all rows, for as many epochs as the folds found best."""
        point = self.choice_.chosen
        X, self.encoder_ = encode_rows(task.encoding, task.rows, np.arange(task.n_rows))
        self.encoding_ = task.encoding
        network = self._network(X.shape[1], task.target)
        run = self._refit_run(point, task)
        schedule = replace(task.schedule, epochs=point.epochs)
        data = Dataset(X, task.target.matrix, task.weights)
        (fit,) = train(network, data, [run], schedule, keep_params=True)
        if fit.diverged or fit.params is None:
            raise FailedWork(
                "The refit on all rows diverged although the folds did not. Lower "
                "learning_rate_init and fit again."
            )
        self._keep(network, fit.params)
        self.n_iter_ = point.epochs
        self.loss_curve_ = fit.descent_loss.tolist()

    def _refit_run(self, point: Point, task: Task) -> Run:
        """Return the run of a point on all rows."""
        regularization = Regularization(
            point.dropout, self.input_dropout, point.weight_decay, self.decay
        )
        return refit_run(regularization, task.n_rows, task.random_state)

    def _keep_findings(self, findings: Findings) -> None:
        choice = findings.choice
        self.results_: xr.Dataset = findings.results
        self.cv_results_ = grid_search_form(findings.results)
        self.choice_, self.optimism_ = choice, findings.optimism
        self.verdict_, self.notices_ = findings.verdict, findings.notices
        for name, point in (
            ("best", choice.best), ("one_se", choice.one_standard_error), ("chosen", choice.chosen),
        ):  # fmt: skip
            params = {"dropout": point.dropout, "weight_decay": point.weight_decay}
            setattr(self, f"{name}_params_", params)
        self.epochs_ = choice.chosen.epochs
        self.best_score_, self.best_loss_ = choice.best.score, choice.best.loss

    def _html_repr(self) -> str:
        """Show scikit-learn's diagram, and below it the surface where there is one."""
        diagram: str = super()._html_repr()
        if not hasattr(self, "results_"):
            return diagram
        return diagram + surface_html(self.results_, self.choice_, str(self.verdict_))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def _encoded(self, X: Any) -> Any:
        check_is_fitted(self)
        return self.encoding_.apply(self, X, self.encoder_)


def fit_surface(
    estimator: Any,
    X: Any,
    y: Any,
    groups: Any = None,
    on_fit: OnFit | None = None,
    on_notice: OnNotice | None = None,
    sample_weight: Any = None,
    around_refit: Callable[[Callable[[], None]], None] = call,
    on_nested_fit: OnFit | None = None,
) -> None:
    """Fit a CV estimator; ``on_fit`` hears of every finished run, ``on_notice`` of longer axes.

    The runs of nested cross-validation are told to ``on_nested_fit``: they stand on other folds.
    """
    task = estimator._plan_task(X, y, sample_weight)
    labels = None if task.target.labels is None else np.asarray(task.target.labels)
    groups = None if groups is None else np.asarray(groups)
    folds = make_folds(task.n_rows, labels, estimator.cv, groups, task.random_state)
    nested = check_nested(estimator.nested, estimator.cv)
    with engine_with_store(estimator, task, folds) as engine:
        findings = estimator._search(task, folds, on_fit, on_notice, engine=engine)
    estimator._keep_findings(findings)
    estimator.nested_ = None
    if nested:
        estimator.nested_ = nested_estimate(
            estimator, task, labels, groups, on_nested_fit, on_notice
        )
    warn_of_doubts(findings)
    around_refit(lambda: estimator._refit(task))


def warn_of_doubts(findings: Findings) -> None:
    """Warn where the user may doubt the result: an edge, a divergence."""
    for edge in findings.choice.edges:
        warnings.warn(str(edge), EdgeWarning, stacklevel=5)
    n_diverged = int(findings.results["diverged"].sum())
    if n_diverged:
        warnings.warn(
            f"{n_diverged} of {findings.results['diverged'].size} runs diverged and their points "
            "are left out. A smaller learning_rate_init may save them.",
            DivergenceWarning,
            stacklevel=5,
        )
