"""One network on numbers: from a target and parameters to a fitted network, anew or going on."""

import warnings
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.callback import CallbackSupportMixin
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight
from threadpoolctl import threadpool_limits

from dropdecay.arrays import Floating, Int64, UInt32
from dropdecay.data.targets import Target, row_weights
from dropdecay.engine.buffers import aligned_copy, initial_params, n_params
from dropdecay.engine.predict import sampled_outputs
from dropdecay.engine.protocol import REFIT_FOLD, Dataset, run_key
from dropdecay.engine.state import NetworkState, state_from
from dropdecay.engine.training import TrainingSetup, evaluate, set_up
from dropdecay.errors import BadInput, BadSetting
from dropdecay.estimators.base import (
    NetworkEstimator,
    auto_batch_size,
    hidden_sizes,
    smoothing_of,
)
from dropdecay.estimators.callbacks import CallbackReporter
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
from dropdecay.solvers.lbfgs import descend_by_lbfgs
from dropdecay.solvers.stochastic import (
    StoppingRule,
    Validate,
    descend,
    warn_of_the_end,
)

SINGLE_SOLVERS = (*SOLVERS, "lbfgs")


@dataclass(frozen=True)
class Rowset:
    """The rows of one call of ``fit``: numbers, target, weights, and who is held out."""

    dataset: Dataset
    target: Target
    training: Int64
    validation: Int64


class BaseMLP(CallbackSupportMixin, NetworkEstimator):  # type: ignore[misc]
    """One network on numbers, with everything that is the same for classes and values."""

    _optimizer: NetworkState  # as scikit-learn calls what holds the learning rate of the moment

    def _goes_on(self, incremental: bool) -> bool:
        """Whether training begins where it last ended."""
        return hasattr(self, "coefs_") and bool(incremental or self.warm_start)

    def _fit(
        self,
        X: Any,
        y: Any,
        target: Target,
        sample_weight: ArrayLike | None,
        *,
        incremental: bool = False,
    ) -> Self:
        check_choice("solver", self.solver, SINGLE_SOLVERS)
        if incremental and self.early_stopping:
            raise BadSetting("partial_fit does not support early_stopping=True. Set it to False.")
        goes_on = self._goes_on(incremental)
        network = Network(
            X.shape[1], hidden_sizes(self.hidden_layer_sizes), target.n_outputs,
            self.activation, target.loss, smoothing_of(self),
        )  # fmt: skip
        seed = int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))
        self._n_fits = getattr(self, "_n_fits", 0) + 1 if goes_on else 0
        key = run_key(seed, REFIT_FOLD, self._n_fits)
        params = self._params_to_begin(network, key, X.dtype, goes_on)
        if not goes_on:
            self.t_ = 0
        weights = self._row_weights(X, target, sample_weight, incremental)
        watch = None if incremental else self._watch(X, y, sample_weight)
        with threadpool_limits(1, "blas"):
            if self.solver == "lbfgs" and watch is not None:
                self._fit_lbfgs(network, params, X, target, weights, key, watch)
            else:
                training, validation = self._hold_out(X.shape[0], target, seed)
                rows = Rowset(Dataset(X, target.matrix, weights), target, training, validation)
                self._fit_stochastic(network, params, rows, key, goes_on, watch)
        if watch is not None:
            watch.close()
        return self

    def _watch(self, X: Any, y: Any, sample_weight: ArrayLike | None) -> CallbackReporter:
        """Let callbacks hear of this call of ``fit``; ``partial_fit`` is one epoch, and silent."""
        part = "iteration" if self.solver == "lbfgs" else "epoch"
        n_parts = check_count("max_iter", self.max_iter)
        return CallbackReporter(self, X, y, sample_weight, part=part, n_parts=n_parts)

    def _params_to_begin(
        self, network: Network, key: UInt32, dtype: Any, goes_on: bool
    ) -> Floating:
        if not goes_on:
            return initial_params(network, key, dtype)
        params = aligned_copy(self._flat_params().astype(dtype, copy=False))
        if params.size != n_params(network):
            raise BadInput(
                "The network at hand has other layers than hidden_layer_sizes and y ask for. Set "
                "warm_start=False to begin anew."
            )
        return params

    def _row_weights(
        self, X: Any, target: Target, sample_weight: ArrayLike | None, incremental: bool
    ) -> Floating | None:
        """Multiply the weights of the rows and of their classes."""
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        class_weight = getattr(self, "class_weight", None)
        if incremental and class_weight == "balanced":
            raise BadSetting(
                "class_weight='balanced' needs all rows, partial_fit sees a part. Give a dict."
            )
        return row_weights(target, weights, class_weight, X.dtype)

    def _hold_out(self, n_rows: int, target: Target, seed: int) -> tuple[Int64, Int64]:
        """Split off the rows that early stopping looks at."""
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
        goes_on: bool,
        watch: CallbackReporter | None,
    ) -> None:
        incremental = watch is None
        schedule = self._schedule(rows.training.size, incremental)
        stopping = self._stopping_rule(incremental)
        setup = set_up(
            Setting(network, self._regularization(), schedule), rows.dataset, rows.training
        )
        if incremental and hasattr(self, "_optimizer"):
            self._optimizer.params = params
        else:
            self._optimizer = state_from(params, key, setup.setting)
        self._optimizer.rows_seen = getattr(self, "t_", 0)
        if not (goes_on and hasattr(self, "_patience")):
            self._patience = EarlyStopping(bool(self.early_stopping))
        patience = self._patience
        patience.early_stopping = bool(self.early_stopping)
        if self.early_stopping:
            patience.best_params = params.copy()
        validate = self._validation_of(setup, rows) if self.early_stopping else None
        if watch is not None and rows.validation.size:
            watch.show_only(rows.training)

        def fitted() -> dict[str, Any]:
            ended, epochs = copy(self), watch.n_done if watch is not None else 0
            ended._keep_curves(patience.so_far())
            ended._end(network, patience.best_of(params).copy(), epochs, rows.training.size)
            return _public(ended)

        outcome = descend(
            setup, self._optimizer, stopping, patience, validate, watch, fitted,
            verbose=bool(self.verbose),
        )  # fmt: skip
        if not incremental or outcome.diverged:
            warn_of_the_end(outcome, stopping, patience)
        self._keep_curves(patience)
        self._end(network, patience.best_of(params), outcome.epochs, rows.training.size)
        patience.best_params = None

    def _end(self, network: Network, params: Floating, epochs: int, n_rows: int) -> None:
        """Keep the network, and how long it was trained."""
        self._keep(network, params)
        self.n_iter_ = epochs
        self.t_ = getattr(self, "t_", 0) + epochs * n_rows

    def _fit_lbfgs(
        self,
        network: Network,
        params: Floating,
        X: Any,
        target: Target,
        weights: Floating | None,
        key: UInt32,
        watch: CallbackReporter,
    ) -> None:
        regularization = self._regularization()
        rates = (regularization.input_dropout, *regularization.hidden_rates(network.n_hidden))
        coupled = regularization.decay == "l2" or regularization.weight_decay == 0.0
        if any(rates) or not coupled or regularization.max_norm is not None:
            raise BadSetting(
                "solver='lbfgs' minimizes one fixed loss, but dropout, decoupled weight_decay and "
                f"max_norm act on single steps. Use solver={' or '.join(map(repr, SOLVERS))}, or "
                "alpha and decay='l2'."
            )
        start = params.astype(np.float64)
        dataset = Dataset(
            X.astype(np.float64), target.matrix.astype(np.float64),
            None if weights is None else weights.astype(np.float64),
        )  # fmt: skip
        schedule = Schedule(epochs=1, batch_size=min(X.shape[0], 1024))
        setup = set_up(Setting(network, regularization, schedule), dataset, np.arange(X.shape[0]))

        def fitted(params: Floating, loss: float) -> dict[str, Any]:
            ended = copy(self)
            ended._keep(network, params.astype(X.dtype))
            ended.loss_, ended.n_iter_ = loss, watch.n_done
            return _public(ended)

        found, self.loss_, self.n_iter_ = descend_by_lbfgs(
            setup, start, watch, fitted, tol=self.tol,
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
        patient = self.n_iter_no_change
        if patient != np.inf:
            patient = check_count("n_iter_no_change", patient)
        max_iter = check_count("max_iter", self.max_iter)
        return StoppingRule(
            max_epochs=1 if incremental else max_iter,
            tol=check_nonnegative("tol", self.tol),
            n_iter_no_change=patient,
        )

    def _asked_optimizer(self) -> Optimizer:
        return optimizer_for(self.solver, self.momentum, nesterov=self.nesterovs_momentum)

    def _learning_rate_schedule(self, incremental: bool) -> str:
        """Return the schedule that the solver follows, or say why it cannot."""
        kind = check_choice("learning_rate", self.learning_rate, LEARNING_RATE_SCHEDULES)
        if kind in HORIZON_SCHEDULES:
            if incremental:
                raise BadSetting(
                    f"learning_rate={kind!r} must know when training ends, partial_fit does not. "
                    "Use fit, or another learning_rate."
                )
            return kind
        # As in scikit-learn, Adam keeps its rate under invscaling and adaptive.
        return "constant" if self._asked_optimizer().is_adaptive else kind

    def _schedule(self, n_rows: int, incremental: bool) -> Schedule:
        if self.batch_size != "auto" and check_count("batch_size", self.batch_size) > n_rows:
            warnings.warn(
                "Got `batch_size` less than 1 or larger than sample size. It is going to be "
                f"clipped to {n_rows}.",
                stacklevel=6,
            )
        return Schedule(
            epochs=check_count("max_iter", self.max_iter),
            batch_size=auto_batch_size(self.batch_size, n_rows, auto=200),
            optimizer=self._asked_optimizer().name,
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
        dropout = self.dropout
        return Regularization(
            dropout=tuple(dropout) if isinstance(dropout, (list, tuple, np.ndarray)) else dropout,
            input_dropout=self.input_dropout,
            weight_decay=self.weight_decay,
            decay=self.decay,
            alpha=check_nonnegative("alpha", self.alpha),
            max_norm=self.max_norm,
        )

    def _validation_of(self, setup: TrainingSetup, rows: Rowset) -> Validate:
        """Return how held-out rows are judged: accuracy or R2, and the loss."""
        held, target = rows.validation, rows.target
        weights = None if rows.dataset.weights is None else rows.dataset.weights[held]
        factor = LOSSES[target.loss].training_factor

        def validate(params: Floating) -> tuple[float, float]:
            losses, hits, outputs = evaluate(setup, params, held, keep_outputs=True)
            loss = factor * float(np.average(losses, weights=weights))
            if target.classes is not None:
                return float(np.average(hits, weights=weights)), loss
            if not np.isfinite(outputs).all():
                return np.nan, loss
            return float(r2_score(target.matrix[held], outputs, sample_weight=weights)), loss

        return validate

    def _keep_curves(self, patience: EarlyStopping) -> None:
        self.loss_curve_, self.loss_ = patience.loss_curve, patience.loss_curve[-1]
        self._no_improvement_count = patience.waited
        stopping = patience.early_stopping
        self.validation_scores_ = patience.validation_scores if stopping else None
        self.validation_loss_curve_ = patience.validation_loss_curve if stopping else None
        self.best_validation_score_ = patience.best_score if stopping else None
        self.best_loss_ = None if stopping else patience.best_loss

    def _sampled(self, X: Any, n_samples: int, random_state: Any) -> tuple[Floating, Floating]:
        """Return mean and standard deviation of the outputs over draws of the dropout masks."""
        n_samples = check_count("mc_dropout", n_samples, least=2)
        seed = int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
        params = self._flat_params()
        with threadpool_limits(1, "blas"):
            drawn = np.array(list(sampled_outputs(
                self.network_, params, X.astype(params.dtype, copy=False), self._regularization(),
                run_key(seed, REFIT_FOLD, 0), n_samples,
            )))  # fmt: skip
        return drawn.mean(axis=0), drawn.std(axis=0, ddof=1)


def _public(estimator: Any) -> dict[str, Any]:
    """Return the fitted attributes of an estimator."""
    return {name: value for name, value in vars(estimator).items() if name.endswith("_")}
