"""What the searches over multilayer perceptrons share: their axes, setting, engine and network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from dropdecay.arrays import Floating
from dropdecay.axes import Axes
from dropdecay.data.category_encoding import check_embeds, embeds
from dropdecay.data.encoding import RowEncoding, RowsLike, Table, encoding_of
from dropdecay.data.targets import Target
from dropdecay.decay_memory import learning_rates, pace_of
from dropdecay.engine.ending import usual_epochs
from dropdecay.errors import BadSetting, Parameter
from dropdecay.estimators.base import (
    NetworkEstimator,
    auto_batch_size,
    averages_folds,
    hidden_sizes,
    label_smoothing_of,
    most_epochs,
    n_threads,
    other_regularizers,
)
from dropdecay.estimators.defaults import auto_batch
from dropdecay.estimators.fold_ensemble import mean_of_folds
from dropdecay.estimators.main_axes import decay_axis, dropout_axis
from dropdecay.estimators.surface_cv import BaseSurfaceCV
from dropdecay.knobs import AXES, knob_of
from dropdecay.parts import optimizer_for
from dropdecay.settings import (
    HORIZON_SCHEDULES,
    Network,
    Regularization,
    Schedule,
    Setting,
    check_choice,
)
from dropdecay.table.reading import Reading

if TYPE_CHECKING:  # imported by the methods that fit
    from dropdecay.data.encoded_folds import EncodedFolds
    from dropdecay.engine.choose import ChosenEngine
    from dropdecay.estimators.part_of_rows import OnAllRows
    from dropdecay.estimators.refit import Refit
    from dropdecay.estimators.surface_task import SurfaceTask
    from dropdecay.request import Request
    from dropdecay.search import Findings
    from dropdecay.selection.choice import PointFigures


class BaseMLPCV(BaseSurfaceCV, NetworkEstimator):
    """A search over a surface of multilayer perceptrons."""

    def _encoding(self, X: RowsLike, reading: Reading | None) -> RowEncoding:
        encoding = encoding_of(X, self.encoder, reading, self.numeric_encoding)
        check_embeds(self.category_encoding, encoding)
        return encoding

    def _engine(self) -> ChosenEngine:
        from dropdecay.cluster.find import cluster_of
        from dropdecay.engine.choose import choose_engine

        # A worker has one thread.
        n_jobs = n_threads(self.n_jobs) if cluster_of(self.cluster) is None else 1
        return choose_engine(self.engine, self.device, n_jobs)

    def _schedule_name(self) -> str:
        return str(self.learning_rate)

    def _axes(self, setting: Setting, n_training: int) -> Axes:
        """Return the axes in order: dropout, weight decay, then those of ``axes``."""
        further = {} if self.axes is None else self.axes
        if not isinstance(further, Mapping):
            raise BadSetting(
                Parameter("axes"),
                " must map names to values, such as {'max_norm': (None, 2, 4)}. "
                f"Got {further!r}.",
            )
        parameters = self._get_param_names()
        for name in further:
            knob = knob_of(name)
            if knob.parameter:
                raise BadSetting(
                    Parameter("axes"), f" cannot contain {name!r}. Use ",
                    Parameter(knob.parameter), " instead.",
                )  # fmt: skip
            if name not in parameters:
                raise BadSetting(
                    f"{type(self).__name__} has no axis {name!r}. Its axes are "
                    f"{', '.join(each for each in AXES if each in parameters)}."
                )
        others = Axes.of(further)
        pace, rates = pace_of(others, setting, n_training), learning_rates(others, setting)
        return Axes(
            (
                dropout_axis(self.dropouts, self.dropout, setting.layers.hidden_layer_sizes),
                decay_axis(self.weight_decays, self.weight_decay, pace, rates),
                *others,
            )
        )

    def _setting(self, target: Target, rows: Table) -> Setting:
        """Return the setting that all points share, with automatic values filled in."""
        from dropdecay.estimators.fold_networks import check_keep_folds  # only fits need it

        check_keep_folds(self.keep_folds)  # before anything is trained
        n_rows = len(target.matrix)
        batch_size = auto_batch_size(self.batch_size, n_rows, auto=auto_batch(n_rows))
        network = Network(
            None, hidden_sizes(self.hidden_layer_sizes), target.n_outputs, self.activation,
            target.loss, label_smoothing_of(self), embeds(self.category_encoding),
        )  # fmt: skip
        regularization = Regularization(**other_regularizers(self))
        has_horizon = self.learning_rate in HORIZON_SCHEDULES
        horizon = Parameter("learning_rate", self.learning_rate) if has_horizon else None
        schedule = Schedule(
            epochs=most_epochs(
                self.max_iter,
                usual_epochs(n_rows, batch_size),
                fixed=bool(self.fixed_epochs),
                horizon=horizon,
            ),
            batch_size=batch_size,
            optimizer=optimizer_for(
                self.solver, self.momentum, nesterov=self.nesterovs_momentum
            ).name,
            learning_rate=self.learning_rate_init,
            learning_rate_schedule=check_choice(
                "learning_rate", self.learning_rate, ("constant", *HORIZON_SCHEDULES)
            ),
            momentum=self.momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
            max_grad_norm=self.max_grad_norm,
        )
        return Setting(network, regularization, schedule)

    def _keep_folds(
        self, task: SurfaceTask, findings: Findings, request: Request, encoded: EncodedFolds
    ) -> None:
        from dropdecay.estimators.explained import Explained, explain
        from dropdecay.estimators.fold_networks import NEEDED, check_keep_folds, keep_folds

        wish = NEEDED if averages_folds(self) else check_keep_folds(self.keep_folds)
        kept = keep_folds(wish, task, findings, request, encoded)
        self.fold_networks_, self._kept_folds = kept.networks, kept
        found = Explained()
        if kept.networks is not None and task.records:
            names = getattr(self, "feature_names_in_", None)
            found = explain(task, findings, request, encoded, kept.networks, names)
        self.importance_, self.coverage_ = found.importance, found.coverage
        self.partial_dependence_ = found.dependence

    def _refit(self, task: SurfaceTask, chosen: PointFigures, on_all: OnAllRows | None) -> None:
        from dropdecay.selection.ensemble import FOLDS_AVERAGED

        if not averages_folds(self):
            super()._refit(task, chosen, on_all)
            return
        assert self.fold_networks_ is not None  # they are needed, so they were kept
        first = self.fold_networks_.folds[0]
        self.encoder_ = first.encoder
        self.encoding_ = task.encoding if task.encoded is None else task.encoded.encoding
        self.setting_, self.n_iter_ = task.setting, chosen.epochs
        self._keep(first.network, first.params[0])
        self.results_.attrs[FOLDS_AVERAGED] = 1

    def _outputs_of(self, X: RowsLike) -> Floating:
        """Return the outputs for rows of a table, (n_rows, n_outputs)."""
        if not averages_folds(self):
            return self._outputs(self._encoded(X))
        check_is_fitted(self)
        return mean_of_folds(self, X)

    def _keep_network(self, refitted: Refit) -> None:
        from dropdecay.engine.embeddings import outcome_of
        from dropdecay.engine.state import NetworkState

        params, layers = [], refitted.run.setting.layers
        for state in refitted.states:
            assert isinstance(state, NetworkState)  # the engines of these networks give it
            params.append(outcome_of(layers, refitted.data, state))
        network = layers.of_inputs(refitted.data.X.shape[1])
        self._keep(network, params[0])
        if len(params) > 1:
            self.ensemble_params_ = np.array(params)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
