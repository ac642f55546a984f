"""Fit one network to encoded rows, from scratch or continuing an earlier fit."""

from copy import copy
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight

from dropdecay.arrays import AnyArray, Floating, Int64, UInt32
from dropdecay.data.class_weights import row_weights
from dropdecay.data.scales import warn_of_scales, warn_of_small_target
from dropdecay.data.targets import Target
from dropdecay.engine.buffers import aligned_copy, initial_params, n_params
from dropdecay.engine.compiled_outputs import sampled_outputs
from dropdecay.engine.memory import SMALLER, check_memory
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.engine.protocol import REFIT_FOLD, Dataset, Matrix, run_key
from dropdecay.engine.state import NetworkState, state_from
from dropdecay.engine.training import TrainingSetup, evaluate, set_up
from dropdecay.errors import BadInput, BadSetting
from dropdecay.estimators.base import (
    NetworkEstimator,
    RandomState,
    auto_batch_size,
    check_kept,
    drawn_state,
    dropout_rates,
    hidden_sizes,
    label_smoothing_of,
    other_regularizers,
)
from dropdecay.estimators.callback_support import CallbackSupportMixin
from dropdecay.estimators.callbacks import CallbackReporter
from dropdecay.estimators.other_networks import check_trains_anew
from dropdecay.parts import LOSSES, SOLVERS, Optimizer, optimizer_for
from dropdecay.settings import (
    HORIZON_SCHEDULES,
    LEARNING_RATE_SCHEDULES,
    Network,
    Regularization,
    Schedule,
    Setting,
    check_choice,
    check_count,
    check_nonnegative,
)
from dropdecay.solvers.early_stopping import EarlyStopping
from dropdecay.solvers.lbfgs import minimize_with_lbfgs
from dropdecay.solvers.stochastic import (
    StoppingRule,
    Validate,
    train_by_epochs,
    warn_unless_converged,
)
from dropdecay.warn_user import warn_user

SINGLE_SOLVERS = (*SOLVERS, "lbfgs")


@dataclass(frozen=True)
class Rowset:
    """The data of one call of ``fit``, and which rows are held out."""

    dataset: Dataset
    target: Target
    training: Int64
    validation: Int64


class BaseMLP(CallbackSupportMixin, NetworkEstimator):  # type: ignore[misc]
    """A single network: what the classifier and the regressor share."""

    _optimizer: NetworkState  # scikit-learn's name for what holds the current learning rate

    def _continues(self, incremental: bool) -> bool:
        """Whether to continue from where training last ended."""
        return hasattr(self, "coefs_") and bool(incremental or self.warm_start)

    def _fit(
        self,
        X: Matrix,
        y: AnyArray,
        target: Target,
        sample_weight: ArrayLike | None,
        *,
        incremental: bool = False,
    ) -> Self:
        check_kept(self)
        check_choice("solver", self.solver, SINGLE_SOLVERS)
        check_trains_anew(self, incremental=incremental)
        if incremental and self.early_stopping:
            raise BadSetting("partial_fit does not support early_stopping=True. Set it to False.")
        continues = self._continues(incremental)
        network = Network(
            X.shape[1], hidden_sizes(self.hidden_layer_sizes), target.n_outputs,
            self.activation, target.loss, label_smoothing_of(self),
        )  # fmt: skip
        check_memory(
            2 * X.dtype.itemsize * n_params(network), "The network and its gradients", *SMALLER
        )
        if network.hidden_layer_sizes and not continues:
            warn_of_scales(X)
            if target.values is not None:
                warn_of_small_target(target.values)
        seed = self._seed = drawn_state(self.random_state)
        self._n_fits = getattr(self, "_n_fits", 0) + 1 if continues else 0
        key = run_key(seed, REFIT_FOLD, self._n_fits)
        params = self._first_params(network, key, X.dtype, continues)
        if not continues:
            self.t_ = 0
        weights = self._row_weights(X, target, sample_weight, incremental)
        reporter = None if incremental else self._reporter(X, y, sample_weight)
        with one_blas_thread():
            if self.solver == "lbfgs" and reporter is not None:
                self._fit_lbfgs(network, params, X, target, weights, key, reporter)
            else:
                training, validation = self._hold_out(X.shape[0], target, seed)
                rows = Rowset(Dataset(X, target.matrix, weights), target, training, validation)
                self._fit_stochastic(network, params, rows, key, continues, reporter)
        if reporter is not None:
            reporter.close()
        return self

    def _reporter(
        self, X: Matrix, y: AnyArray, sample_weight: ArrayLike | None
    ) -> CallbackReporter:
        """Return what reports this ``fit`` to callbacks; ``partial_fit`` reports nothing."""
        part = "iteration" if self.solver == "lbfgs" else "epoch"
        n_parts = check_count("max_iter", self.max_iter)
        return CallbackReporter(self, X, y, sample_weight, part=part, n_parts=n_parts)

    def _first_params(
        self, network: Network, key: UInt32, dtype: DTypeLike, continues: bool
    ) -> Floating:
        """Return initial parameters, or copy those of the fitted network."""
        if not continues:
            return initial_params(network, key, dtype)
        params = aligned_copy(self._flat_params().astype(dtype, copy=False))
        if params.size != n_params(network):
            raise BadInput(
                "The fitted network has other layers than hidden_layer_sizes and y require. Set "
                "warm_start=False to train from scratch."
            )
        return params

    def _row_weights(
        self, X: Matrix, target: Target, sample_weight: ArrayLike | None, incremental: bool
    ) -> Floating | None:
        """Return the product of sample weights and class weights."""
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        class_weight = getattr(self, "class_weight", None)
        if incremental and class_weight == "balanced":
            raise BadSetting(
                "class_weight='balanced' needs all rows, but partial_fit sees only some. Pass a "
                "dict."
            )
        return row_weights(target, weights, class_weight, X.dtype)

    def _hold_out(self, n_rows: int, target: Target, seed: int) -> tuple[Int64, Int64]:
        """Split off the rows for early stopping."""
        if not self.early_stopping:
            return np.arange(n_rows), np.arange(0)
        labels = target.labels
        if labels is not None and target.n_outputs == 1:
            labels = target.matrix.astype(bool)
        training, validation = train_test_split(
            np.arange(n_rows), test_size=self.validation_fraction, random_state=seed,
            stratify=labels,
        )  # fmt: skip
        if validation.size < 2:
            raise BadInput(
                "The validation set is too small: early_stopping needs at least 2 rows. Raise "
                "validation_fraction or set early_stopping=False."
            )
        return training, validation

    def _fit_stochastic(
        self,
        network: Network,
        params: Floating,
        rows: Rowset,
        key: UInt32,
        continues: bool,
        reporter: CallbackReporter | None,
    ) -> None:
        incremental = reporter is None
        schedule = self._schedule(rows.training.size, incremental)
        stopping = self._stopping_rule(incremental)
        setup = set_up(
            Setting(network, self._regularization(), schedule), rows.dataset, rows.training
        )
        if incremental and hasattr(self, "_optimizer"):
            self._optimizer.go_on_from(params)
        else:
            self._optimizer = state_from(params, key, setup.setting)
        self._optimizer.rows_seen = getattr(self, "t_", 0)
        if not (continues and hasattr(self, "_early_stopping")):
            self._early_stopping = EarlyStopping(bool(self.early_stopping))
        curves = self._early_stopping
        curves.uses_held_out = bool(self.early_stopping)
        if self.early_stopping:
            curves.best_params = params.copy()
        validate = self._validation_of(setup, rows) if self.early_stopping else None
        if reporter is not None and rows.validation.size:
            reporter.restrict_to(rows.training)

        def attributes() -> dict[str, object]:
            fitted, epochs = copy(self), reporter.n_done if reporter is not None else 0
            fitted._keep_curves(curves.snapshot())
            fitted._end(
                network,
                curves.params_to_keep(self._optimizer.outcome).copy(),
                epochs,
                rows.training.size,
            )
            return _fitted_attributes(fitted)

        outcome = train_by_epochs(
            setup, self._optimizer, stopping, curves, validate, reporter, attributes,
            verbose=bool(self.verbose),
        )  # fmt: skip
        if not incremental or outcome.diverged:
            warn_unless_converged(outcome, stopping, curves)
        self._keep_curves(curves)
        kept = curves.params_to_keep(self._optimizer.outcome)
        self._end(network, kept, outcome.epochs, rows.training.size)
        curves.best_params = None

    def _end(self, network: Network, params: Floating, epochs: int, n_rows: int) -> None:
        """Store the network, and how long it was trained."""
        self._keep(network, params)
        self.n_iter_ = epochs
        self.t_ = getattr(self, "t_", 0) + epochs * n_rows

    def _fit_lbfgs(
        self,
        network: Network,
        params: Floating,
        X: Matrix,
        target: Target,
        weights: Floating | None,
        key: UInt32,
        reporter: CallbackReporter,
    ) -> None:
        regularization = self._regularization()
        regularization.hidden_rates(network.n_hidden)  # as many as there are layers, or it raises
        if not regularization.is_penalty:
            raise BadSetting(
                "solver='lbfgs' minimizes one fixed loss, but dropout, decoupled weight_decay, "
                "max_norm, l1 and the like act on individual steps. Use "
                f"solver={' or '.join(map(repr, SOLVERS))}, or alpha and decay='l2'."
            )
        start = params.astype(np.float64)
        dataset = Dataset(
            X.astype(np.float64), target.matrix.astype(np.float64),
            None if weights is None else weights.astype(np.float64),
        )  # fmt: skip
        schedule = Schedule(epochs=1, batch_size=min(X.shape[0], 1024))
        setup = set_up(Setting(network, regularization, schedule), dataset, np.arange(X.shape[0]))

        def attributes(params: Floating, loss: float) -> dict[str, object]:
            fitted = copy(self)
            fitted._keep(network, params.astype(X.dtype))
            fitted.loss_, fitted.n_iter_ = loss, reporter.n_done
            return _fitted_attributes(fitted)

        found, self.loss_, self.n_iter_ = minimize_with_lbfgs(
            setup, start, reporter, attributes, tol=self.tol,
            max_iter=check_count("max_iter", self.max_iter),
            max_fun=check_count("max_fun", self.max_fun),
        )  # fmt: skip
        if not np.isfinite(found).all():
            raise BadInput(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed."
            )
        self._keep(network, found.astype(X.dtype))

    def _stopping_rule(self, incremental: bool) -> StoppingRule:
        n_iter_no_change = self.n_iter_no_change
        if n_iter_no_change != np.inf:
            n_iter_no_change = check_count("n_iter_no_change", n_iter_no_change)
        max_iter = check_count("max_iter", self.max_iter)
        return StoppingRule(
            max_epochs=1 if incremental else max_iter,
            tol=check_nonnegative("tol", self.tol),
            n_iter_no_change=n_iter_no_change,
        )

    def _selected_optimizer(self) -> Optimizer:
        return optimizer_for(self.solver, self.momentum, nesterov=self.nesterovs_momentum)

    def _learning_rate_schedule(self, incremental: bool) -> str:
        """Return the schedule that the solver will follow."""
        kind = check_choice("learning_rate", self.learning_rate, LEARNING_RATE_SCHEDULES)
        if kind in HORIZON_SCHEDULES:
            if incremental:
                raise BadSetting(
                    f"learning_rate={kind!r} must know when training ends, but partial_fit does "
                    "not. Use fit, or another learning_rate."
                )
            return kind
        # As in scikit-learn, invscaling and adaptive do not change Adam's rate.
        return "constant" if self._selected_optimizer().is_adaptive else kind

    def _schedule(self, n_rows: int, incremental: bool) -> Schedule:
        if self.batch_size != "auto" and check_count("batch_size", self.batch_size) > n_rows:
            warn_user(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                f"clipped to {n_rows}.",
            )
        return Schedule(
            epochs=check_count("max_iter", self.max_iter),
            batch_size=auto_batch_size(self.batch_size, n_rows, auto=200),
            optimizer=self._selected_optimizer().name,
            learning_rate=self.learning_rate_init,
            learning_rate_schedule=self._learning_rate_schedule(incremental),
            power_t=self.power_t,
            shuffle=self.shuffle,
            momentum=self.momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            max_grad_norm=self.max_grad_norm,
        )

    def _regularization(self) -> Regularization:
        return Regularization(
            dropout=dropout_rates(self.dropout),
            weight_decay=self.weight_decay,
            alpha=check_nonnegative("alpha", self.alpha),
            **other_regularizers(self),
        )

    def _validation_of(self, setup: TrainingSetup, rows: Rowset) -> Validate:
        """Return the function that computes accuracy or R2, and loss, of the held-out rows."""
        held_out, target = rows.validation, rows.target
        weights = (
            None if rows.dataset.sample_weight is None else rows.dataset.sample_weight[held_out]
        )
        factor = LOSSES[target.loss].training_factor

        def validate(params: Floating) -> tuple[float, float]:
            losses, hits, outputs = evaluate(setup, params, held_out, keep_outputs=True)
            loss = factor * float(np.average(losses, weights=weights))
            if target.classes is not None:
                return float(np.average(hits, weights=weights)), loss
            if not np.isfinite(outputs).all():
                return np.nan, loss
            return float(r2_score(target.matrix[held_out], outputs, sample_weight=weights)), loss

        return validate

    def _keep_curves(self, curves: EarlyStopping) -> None:
        self.loss_curve_, self.loss_ = curves.loss_curve, curves.loss_curve[-1]
        self._no_improvement_count = curves.n_without_improvement
        stopping = curves.uses_held_out
        self.validation_scores_ = curves.validation_scores if stopping else None
        self.validation_loss_curve_ = curves.validation_loss_curve if stopping else None
        self.best_validation_score_ = curves.best_score if stopping else None
        self.best_loss_ = None if stopping else curves.best_loss

    def _sampled(
        self, X: Matrix, n_samples: int, random_state: RandomState
    ) -> tuple[Floating, Floating]:
        """Return mean and standard deviation of the outputs over draws of dropout masks.

        Of an ensemble as many draws of each network.
        """
        n_samples = check_count("mc_dropout", n_samples, minimum=2)
        seed = drawn_state(random_state)
        with one_blas_thread():
            drawn = np.array([
                said for number, params in enumerate(self._stacked_params())
                for said in sampled_outputs(
                    self.network_, params, X.astype(params.dtype, copy=False),
                    self._regularization(), run_key(seed, REFIT_FOLD, number), n_samples,
                )
            ])  # fmt: skip
        return drawn.mean(axis=0), drawn.std(axis=0, ddof=1)


def _fitted_attributes(estimator: BaseMLP) -> dict[str, object]:
    """Return the fitted attributes of an estimator."""
    return {name: value for name, value in vars(estimator).items() if name.endswith("_")}
