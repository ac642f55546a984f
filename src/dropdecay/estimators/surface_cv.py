"""What every search has in common: fitting, checking data and parameters, keeping findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from operator import call
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import estimator_html_repr
from sklearn.utils.validation import check_is_fitted

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.encoding import Encoding, RowsLike, Table
from dropdecay.data.targets import Target
from dropdecay.engine.protocol import Fit, Matrix
from dropdecay.estimators.base import check_kept, n_threads, warn_of_foreign_backend
from dropdecay.estimators.callback_support import CallbackSupportMixin, with_callbacks
from dropdecay.estimators.called_by import inside_cross_validation
from dropdecay.estimators.grave_findings import warn_of_leaks
from dropdecay.estimators.out_of_fold import OutOfFoldMixin
from dropdecay.knobs import Knob
from dropdecay.settings import Setting, check_choice, check_count, check_positive
from dropdecay.table.files import ParquetFiles
from dropdecay.table.reading import Reading

if TYPE_CHECKING:  # methods that fit import what they need: a model that predicts does without
    import xarray as xr

    from dropdecay.axes import Axes
    from dropdecay.baselines.models import Model
    from dropdecay.data.encoded_folds import EncodedFolds
    from dropdecay.engine.choose import ChosenEngine
    from dropdecay.estimators.fit_surface import AroundRefit
    from dropdecay.estimators.part_of_rows import OnAllRows
    from dropdecay.estimators.refit import Refit
    from dropdecay.estimators.surface_task import SurfaceTask
    from dropdecay.estimators.workers import OnWorkers
    from dropdecay.request import Request
    from dropdecay.search import Findings, OnFit, OnForecast, OnNotice, OnPart
    from dropdecay.selection.choice import PointFigures


class BaseSurfaceCV(OutOfFoldMixin, CallbackSupportMixin, BaseEstimator):  # type: ignore[misc]
    """A search over a surface of any axes, with choice and refit, of any kind of network.

    What differs between kinds of networks is asked of the subclass, in methods that raise here.
    """

    def _encoding(self, X: RowsLike, reading: Reading | None) -> Encoding:
        """Return how rows become numbers."""
        raise NotImplementedError

    def _target(self, y: AnyArray, weights: Floating | None, rows: Table) -> Target:
        """Return the target, and keep what predicting needs of it."""
        raise NotImplementedError

    def _setting(self, target: Target, rows: Table) -> Setting:
        """Return the setting that all points share, with automatic values filled in."""
        raise NotImplementedError

    def _axes(self, setting: Setting, n_training: int) -> Axes:
        """Return the axes in order."""
        raise NotImplementedError

    def _engine(self) -> ChosenEngine:
        """Return what trains the networks."""
        raise NotImplementedError

    def _schedule_name(self) -> str:
        """Return the name of the learning-rate schedule."""
        raise NotImplementedError

    def _keep_network(self, refitted: Refit) -> None:
        """Keep the network that was trained on all rows."""
        raise NotImplementedError

    def _keep_folds(
        self, task: SurfaceTask, findings: Findings, request: Request, encoded: EncodedFolds
    ) -> None:
        """Keep the networks of the folds, and what they say; by default nothing is kept."""

    def _how_to_give(self, knob: Knob) -> str:
        """Return how values of an axis are given, for messages."""
        return knob.how_to_give

    def _said_of_network(self) -> Sequence[str]:
        """Return what a user should know of the network before it is trained."""
        return ()

    @with_callbacks  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(
        self,
        X: RowsLike | ParquetFiles,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        times: ArrayLike | None = None,
    ) -> Self:
        """Train the surface, choose from it, and refit the chosen network on all rows.

        Parameters
        ----------
        X : array, sparse array or DataFrame, shape (n_rows, n_features)
            Numbers; a pandas or polars DataFrame may also contain text, dates and missing values,
            and where ``cv`` is a number, rows that are copies of others stay in one fold. Or what
            ``dropdecay.parquet_files`` gives; all others are then names of columns.
        y : shape (n_rows,) or (n_rows, n_outputs)
            May be left out only where ``X`` is a Dataset of torch with targets of its own.
        groups : shape (n_rows,), optional
            Rows of the same group are never split between training and validation.
        sample_weight : shape (n_rows,), optional
            Weights of the rows, >= 0, in all losses, in accuracy and in R2.
        times : shape (n_rows,), optional
            Dates or numbers: folds are then ``cv`` blocks of time, each judging networks trained on
            the rows before it. Leave the column out of ``X``: time itself extrapolates badly.

        Raises
        ------
        BadInput, EveryRunDiverged, Unfinished
            The message says what to do; ``BadInput`` comes before anything is trained.
        """
        from rich.console import Console

        from dropdecay.estimators.callbacks import SurfaceCallbackReporter
        from dropdecay.report.progress import Progress, progress_of

        reporter = SurfaceCallbackReporter(self, X, y, sample_weight)
        progress = Progress(Console(stderr=True, quiet=not self.verbose), unit="networks")
        show = progress_of(progress)

        def on_fit(fit: Fit, done: int, total: int) -> None:
            show(fit, done, total)
            reporter.on_fit(fit, done, total)

        def on_notice(sentence: str) -> None:
            progress.note(sentence)
            reporter.end_surface()

        def on_part(part: str) -> None:
            progress.begin(part)
            reporter.begin_part(part)

        with progress:
            self.fit_with_hooks(
                X, y, groups, sample_weight, times=times, on_fit=on_fit, on_notice=on_notice,
                around_refit=reporter.refit, on_nested_fit=show,
                on_forecast=progress.forecast if self.verbose else None,
                on_part=on_part, on_network=progress.note if self.verbose else None,
                on_workers=progress.count,
            )  # fmt: skip
        return self

    def fit_with_hooks(
        self,
        X: RowsLike | ParquetFiles,
        y: ArrayLike | None = None,
        groups: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        times: ArrayLike | None = None,
        on_fit: OnFit | None = None,
        on_notice: OnNotice | None = None,
        around_refit: AroundRefit = call,
        on_nested_fit: OnFit | None = None,
        on_forecast: OnForecast | None = None,
        on_part: OnPart | None = None,
        reading: Reading | None = None,
        on_equal_rows: OnNotice | None = None,
        on_network: OnNotice | None = None,
        on_workers: OnWorkers | None = None,
    ) -> None:
        """Fit like :meth:`fit`, and report every step to the caller.

        Parameters
        ----------
        on_fit : callable, optional
            Called after every run of the surface.
        on_notice : callable, optional
            Called when axes are extended.
        around_refit : callable, optional
            Called with the refit, as a function that it must call.
        on_nested_fit : callable, optional
            Called after every run of nested cross-validation, which has its own folds.
        on_forecast : callable, optional
            Called before training with a forecast of what the surface will cost.
        on_part : callable, optional
            Hears what the next networks are for: the surface, or a repeat of the contenders.
        reading : Reading, optional
            How a table is read. Default: it is decided from its rows.
        on_equal_rows : callable, optional
            Called if rows of a table are kept in one fold because they are equal. Default: a
            warning says so.
        on_network : callable, optional
            Hears, before anything is trained, what will be done to a network of the user's own.
        on_workers : callable, optional
            Called once with a function that returns how many workers there are, now and then.
        """
        from dropdecay.estimators.edge_warnings import warn_of_edges_and_divergence
        from dropdecay.estimators.fit_surface import memory_of
        from dropdecay.estimators.from_files import in_memory, stays_on_disk
        from dropdecay.estimators.nested import check_nested, nested_estimate, nested_folds
        from dropdecay.estimators.notices import heard_too
        from dropdecay.estimators.part_of_rows import carried_to_all
        from dropdecay.estimators.set_aside import judge_without
        from dropdecay.estimators.shuffled import compare_with_shuffled
        from dropdecay.estimators.tuning import Listeners, check_tuning, find, searches_again
        from dropdecay.estimators.workers import with_workers

        check_kept(self)
        self._futility()
        warn_of_foreign_backend()
        if isinstance(X, ParquetFiles) and not stays_on_disk(X):
            X, y, groups, sample_weight, times = in_memory(X, y, groups, sample_weight, times)
        task_of = self._task_from(X, y, groups, sample_weight, times, reading, on_equal_rows)
        with task_of as task:
            if reading is None:
                warn_of_leaks(task, y, groups)
            if on_network is not None:
                for line in self._said_of_network():
                    on_network(line)
            check_tuning(self, task)
            nested = nested_folds(task) if check_nested(self.nested, self.cv) else ()
            heard: list[str] = []
            with with_workers(task, heard_too(heard, on_notice), on_workers) as at_work:
                with memory_of(at_work, searches_again=searches_again(self)) as memory:
                    found = find(
                        self, at_work, memory, Listeners(on_fit, on_notice, on_forecast, on_part),
                        lambda now: partial(self._keep_folds, now),
                    )  # fmt: skip
                    findings, self.tuning_ = found.findings, found.tuning
                    chosen, task = findings.choice.chosen, found.task
                    on_all = carried_to_all(task, chosen, found.memory.engine, on_fit, on_part)
                    self._keep_findings(task, findings, y)
                    self.nested_ = (
                        nested_estimate(self, at_work, nested, memory, on_nested_fit, on_notice)
                        if nested else None
                    )  # fmt: skip
                    self.set_aside_ = judge_without(
                        self, at_work, found, memory, on_nested_fit, on_notice
                    )
                self.time_order_ = compare_with_shuffled(task, findings, on_notice)
                warn_of_edges_and_divergence(findings, self._how_to_give)
                if on_all is not None:
                    self._keep_length(on_all)
                around_refit(lambda: self._refit(task, chosen, on_all))
            self.notices_ = (*heard, *findings.notices)

    def _task_from(
        self,
        X: RowsLike | ParquetFiles,
        y: ArrayLike | None,
        groups: ArrayLike | None,
        sample_weight: ArrayLike | None,
        times: ArrayLike | None,
        reading: Reading | None,
        on_equal_rows: OnNotice | None,
    ) -> AbstractContextManager[SurfaceTask]:
        """Return the task of what was given, for the time of a ``with`` block."""
        from dropdecay.estimators.from_arrays import task_from_arrays
        from dropdecay.estimators.from_files import task_from_files

        others = (y, groups, sample_weight, times, reading)
        if isinstance(X, ParquetFiles):
            return task_from_files(self, X, *others)
        return nullcontext(task_from_arrays(self, X, *others, on_equal_rows))

    def _task_of(self, *, own_weight: Floating | None, **of_rows: Any) -> SurfaceTask:
        """Add the parameters to what is known of the rows."""
        from dropdecay.cluster.find import cluster_of
        from dropdecay.data.scoring import check_scoring_fits
        from dropdecay.estimators.fold_ensemble import trained_together
        from dropdecay.estimators.out_of_fold import uses_outputs
        from dropdecay.estimators.surface_task import SurfaceTask
        from dropdecay.policies.contenders import PlainWeight

        target: Target = of_rows["target"]
        check_scoring_fits(self.scoring, target)
        # scikit-learn's searches look at scores and predictions alone: the verdict would be
        # sharpened, and outputs recorded, for nobody.
        is_read = not inside_cross_validation()
        engine = self._engine()
        return SurfaceTask(
            **of_rows,
            plain_weight=None if self._class_weight() is None else PlainWeight(own_weight),
            adaptive=not self.fixed_epochs,
            n_seeds=check_count("n_seeds", self.n_seeds),
            n_ensemble=trained_together(self, of_rows),
            rule=check_choice("rule", self.rule, ("best", "one_se")),
            criterion=self._criterion(),
            extend=bool(self.extend),
            race=self.race,
            futility=self._futility(),
            scoring=self.scoring,
            n_repeats=self._n_repeats() if is_read else 1,
            budget=None if self.budget is None else check_positive("budget", self.budget),
            records=is_read or uses_outputs(self),
            baselines=self._models(target, of_rows["rows"]) if is_read else (),
            n_jobs=n_threads(self.n_jobs),
            cluster=cluster_of(self.cluster),
            engine=engine,
            train=engine.train,
            store=None if self.store is None else Path(self.store),
        )

    def _models(self, target: Target, rows: Table) -> tuple[Model, ...]:
        """Return the other models that are judged beside the network."""
        from dropdecay.baselines.models import models_of

        return models_of(self.baselines, target)

    def _criterion(self) -> str:
        return check_choice("criterion", self.criterion, ("loss", "score"))

    def _futility(self) -> bool:
        from dropdecay.policies.futility import gives_up

        return gives_up(
            self.futility, fixed_epochs=bool(self.fixed_epochs), schedule=self._schedule_name(),
            criterion=self._criterion(),
        )  # fmt: skip

    def _class_weight(self) -> Mapping[object, float] | str | None:
        return getattr(self, "class_weight", None)

    def _n_repeats(self) -> int:
        """Return how often the contenders are trained, at most."""
        from dropdecay.policies.contenders import repeats_at_most

        return repeats_at_most(check_count("n_repeats", self.n_repeats), bool(self.until_sure))

    def _keep_findings(self, task: SurfaceTask, findings: Findings, y: object) -> None:
        from dropdecay.estimators.cv_results import grid_search_format
        from dropdecay.estimators.out_of_fold import keep_out_of_fold
        from dropdecay.estimators.output_scores import chosen_output_scores, with_output_scores
        from dropdecay.selection.points import on_grid

        choice = findings.choice
        results = with_output_scores(
            findings.results, task.target, task.sample_weight, task.numbers
        )
        self.results_: xr.Dataset = on_grid(results)
        keep_out_of_fold(self, results, task)
        self.axes_ = findings.axes
        self.cv_results_ = grid_search_format(results)
        self.output_scores_ = chosen_output_scores(results, task.target, y)
        self.choice_, self.optimism_ = choice, findings.optimism
        self.verdict_, self.notices_ = findings.verdict, findings.notices
        self.baselines_, self.ensemble_ = findings.baselines, findings.ensemble
        for name, figures in (
            ("best", choice.best), ("one_se", choice.one_standard_error), ("chosen", choice.chosen),
        ):  # fmt: skip
            setattr(self, f"{name}_params_", figures.point.as_dict())
        self.epochs_ = choice.chosen.epochs
        self.best_score_, self.best_loss_ = choice.best.score, choice.best.loss

    def _keep_length(self, on_all: OnAllRows) -> None:
        """Keep how the chosen point is trained on all rows, where a part was searched."""
        from dropdecay.selection.searched_part import REFIT_DECAY, REFIT_EPOCHS

        self.epochs_ = on_all.epochs
        self.results_.attrs |= {
            REFIT_EPOCHS: on_all.epochs,
            REFIT_DECAY: on_all.setting.regularization.weight_decay,
        }

    def _refit(self, task: SurfaceTask, chosen: PointFigures, on_all: OnAllRows | None) -> None:
        from dropdecay.estimators.part_of_rows import refit_on_all

        refitted = refit_on_all(task, chosen, on_all)
        self.encoder_, self.encoding_ = refitted.encoder, task.encoding
        if task.encoded is not None:
            self.encoder_, self.encoding_ = task.encoded.encoder, task.encoded.encoding
        self.setting_ = task.setting
        self._keep_network(refitted)
        self.n_iter_, self.loss_curve_ = len(refitted.loss_curve), refitted.loss_curve

    def _html_repr(self) -> str:
        """Return scikit-learn's diagram, followed by the surface once there is one."""
        from dropdecay.report.notebook import surface_html

        diagram: str = estimator_html_repr(self)
        if hasattr(self, "results_"):
            diagram += surface_html(self.results_, self.choice_, self.verdict_, self.output_scores_)
        return diagram

    def _repr_html_inner(self) -> str:  # calls _html_repr from scikit-learn 1.7 on
        return self._html_repr()

    def _repr_mimebundle_(self, **kwargs: object) -> dict[str, str]:  # so does this
        shown: dict[str, str] = super()._repr_mimebundle_(**kwargs)
        return {**shown, "text/html": self._html_repr()} if "text/html" in shown else shown

    def _encoded(self, X: RowsLike) -> Matrix:
        check_is_fitted(self)
        return self.encoding_.apply(self, X, self.encoder_)
