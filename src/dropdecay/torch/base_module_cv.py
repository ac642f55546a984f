"""What the searches over modules share: parameters by prefix, recipe, axes, engine and network."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils.validation import check_is_fitted
from torch import nn

from dropdecay.arrays import AnyArray, Floating
from dropdecay.axes import Axes, Axis
from dropdecay.baselines.columns import why_not_compared
from dropdecay.baselines.models import Model
from dropdecay.cluster.find import cluster_of
from dropdecay.data.encoding import Encoding, RowsLike, Table, encode_rows
from dropdecay.data.fold_rows import Fold
from dropdecay.data.scoring import Scoring
from dropdecay.data.targets import OwnLoss, Target
from dropdecay.decay_memory import learning_rates, pace_of
from dropdecay.engine.choose import ChosenEngine, device_fingerprint, gpus_of, torch_device
from dropdecay.engine.ending import usual_epochs
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.torch_decay import decayed
from dropdecay.engine.torch_module import recipe_of, value_of
from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.engine.torch_recipe import PRECISIONS, Recipe
from dropdecay.engine.torch_row_loss import row_loss
from dropdecay.engine.torch_rows import DeviceRows, as_inputs
from dropdecay.engine.torch_state import load_module
from dropdecay.errors import BadSetting, DropdecayError, DropdecayWarning, Parameter
from dropdecay.estimators.base import RandomState, auto_batch_size, most_epochs
from dropdecay.estimators.defaults import AUTO, auto_batch
from dropdecay.estimators.main_axes import decay_axis, dropout_axis
from dropdecay.estimators.notices import heard_too
from dropdecay.estimators.refit import Refit
from dropdecay.estimators.surface_cv import BaseSurfaceCV
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.knobs import PREFIX, Knob
from dropdecay.search import Findings, OnNotice
from dropdecay.settings import Module, Regularization, Schedule, Setting, check_choice
from dropdecay.table.reading import Reading
from dropdecay.torch.argument_axes import FurtherAxes, further_axes
from dropdecay.torch.best_constant import best_constant_loss
from dropdecay.torch.descent import (
    check_steps,
    has_end,
    lr_factors_of,
    optimizer_of,
    scheduler_of,
)
from dropdecay.torch.given_rows import GivenRows
from dropdecay.torch.loss_trial import as_the_loss_needs, check_loss
from dropdecay.torch.making import code_of, identity_of, making_of
from dropdecay.torch.own_words import (
    NAMES,
    check_criterion,
    check_functions,
    how_to_give,
    in_own_words,
    lost_weights,
    no_dropout,
    unmade_weights,
)
from dropdecay.torch.predicting import predicted
from dropdecay.torch.prefixed_parameters import PrefixedParametersMixin
from dropdecay.torch.table_inputs import cardinalities_in, table_encoding
from dropdecay.torch.trial import Trial, check_augmentation, check_logits, try_out
from dropdecay.warn_user import warn_user

TRIED_ROWS = 1000
"""Of a table, whose rows must be encoded first; of arrays all are looked at."""

FACTORS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""Dropout by default where the module's own rates are multiplied."""

MOST_AUTO = 3
"""Most epochs by default, as a multiple of what is usual: a step of torch costs many of ours, and
what is still falling then is said to be."""


class BaseModuleCV(PrefixedParametersMixin, BaseSurfaceCV):
    """A search over a surface of networks of the user's own."""

    _is_other = False
    """Whether targets are whatever the user's loss takes."""

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

    def _encoding(self, X: RowsLike, reading: Reading | None) -> Encoding:
        if hasattr(X, "columns"):
            self._reading: Encoding = table_encoding(
                X, self.encoder, reading, self.module, self._module_arguments()
            )
        else:
            self._reading = GivenRows(is_other=self._is_other)
        return self._reading

    def _engine(self) -> ChosenEngine:
        device = torch_device(self.device, torch)
        if not isinstance(self.stack, bool) and self.stack != AUTO:
            raise BadSetting(
                Parameter("stack"), f" must be 'auto', True or False. Got {self.stack!r}."
            )
        identity = {
            "name": "torch module", "stack": str(self.stack), **device_fingerprint(device, torch)
        }  # fmt: skip
        on_processor, has_workers = device.type == "cpu", cluster_of(self.cluster) is not None
        if on_processor and has_workers and self.stack is True:
            raise BadSetting(
                Parameter("stack", True), " trains networks of several points as one, which "
                "workers get one by one. Leave it or ", Parameter("cluster"), " out.",
            )  # fmt: skip
        is_serial = on_processor and self.stack is not True
        # A listener is nothing to give to other processes.
        notice = None if is_serial or has_workers else self._notice
        engine = ModuleEngine(False if is_serial else self.stack, notice)
        return ChosenEngine(
            engine, identity, is_serial=is_serial, bits_depend_on_company=not is_serial,
            gpus=gpus_of(device, torch),
        )  # fmt: skip

    def fit_with_hooks(self, *args: Any, on_notice: OnNotice | None = None, **hooks: Any) -> None:
        """Fit, and report as that of all searches does; see there.

        ``on_notice`` also hears why networks cannot be stacked, or be compared with other models.
        """
        heard: list[str] = []
        self._notice = heard_too(heard, on_notice)
        check_criterion(self.criterion)
        if lost := lost_weights(self.module, self.init):
            warn_user(lost, DropdecayWarning)
        if unmade := unmade_weights(self.module, self.init):
            self._notice(unmade)
        try:
            super().fit_with_hooks(*args, on_notice=on_notice, **hooks)
        except DropdecayError as error:
            own = error.renamed(NAMES).with_traceback(error.__traceback__)
            raise own from error.__cause__
        finally:
            del self._notice
        self.notices_ = (*heard, *self.notices_)

    def _schedule_name(self) -> str:
        if self.scheduler is None or isinstance(self.scheduler, str):
            return self.scheduler or "constant"
        return "a scheduler of torch"

    def _further_axes(self) -> FurtherAxes:
        return further_axes(self.axes, self._arguments_of(PREFIX), type(self).__name__)

    def _module_arguments(self) -> dict[str, Any]:
        """Return what the module is made with, at the first point of any axes over that."""
        return {**self._arguments_of(PREFIX), **self._further_axes().first}

    def _axes(self, setting: Setting, n_training: int) -> Axes:
        others = self._further_axes().axes
        pace, rates = pace_of(others, setting, n_training), learning_rates(others, setting)
        decays = decay_axis(self.weight_decays, self.weight_decay, pace, rates)
        if any(decays.values) and not self._trial.decayed:
            raise BadSetting(
                f"Weight decay acts on no parameter of {self._tried_recipe.name}. Say which by ",
                Parameter("decays"), ", or search dropout alone: ",
                Parameter("weight_decays", (0,)), ".",
            )  # fmt: skip
        return Axes((self._dropout_axis(setting), decays, *others))

    def _dropout_axis(self, setting: Setting) -> Axis:
        network = setting.network
        assert isinstance(network, Module)
        is_factor = self.dropout_mode == "scale"
        n_sites = max(each.n_sites for each in (network, *network.variants.values()))
        if n_sites == 0 and self.dropout is None and self._is_auto(self.dropouts):
            self._notice(no_dropout(network.name))
            return Axis.of("dropout", (0.0,))
        if not is_factor:
            axis = dropout_axis(self.dropouts, self.dropout, (0,))
        else:
            values = FACTORS if self._is_auto(self.dropouts) else self.dropouts
            values = [self.dropout] if self.dropout is not None else values
            axis = Axis.of("dropout_factor", values)
        for value in axis.values:
            self._trial.masked.rates(cast(Any, value))
        return axis

    @staticmethod
    def _is_auto(values: object) -> bool:
        return isinstance(values, str) and values == AUTO

    def _recipe(self, targets: str, n_outputs: int | None, *, is_single: bool) -> Recipe:
        """Return how networks are made and trained."""
        optimizer = optimizer_of(self.optimizer, self.lr, self._arguments_of("optimizer__"))
        check_functions(self)
        device = str(torch_device(self.device, torch))
        making = making_of(
            self.module, self._module_arguments(), n_outputs, self.init,
            cardinalities_in(self._reading),
        )  # fmt: skip
        return Recipe(
            make=making,
            name=making.name,
            targets=targets,
            is_single=is_single,
            loss=row_loss(self.loss, "labels" if is_single else targets, device),
            optimizer=optimizer,
            lr_factors=lr_factors_of(self._arguments_of("optimizer__"), self.lr),
            scheduler=scheduler_of(self.scheduler, self.lr),
            sites=self.sites,
            mode=check_choice("dropout_mode", self.dropout_mode, ("replace", "scale")),
            decays=self.decays,
            decay_to=check_choice("decay_to", self.decay_to, ("zero", "start")),
            device=device,
            precision=check_choice("precision", self.precision, PRECISIONS),
            augment=self.augment,
        )

    @property
    def _has_horizon(self) -> bool:
        return has_end(self.scheduler, self.lr)

    def _setting(self, target: Target, rows: Table) -> Setting:
        n_rows = len(target.matrix)
        batch_size = auto_batch_size(self.batch_size, n_rows, auto=auto_batch(n_rows))
        recipe = self._tried_recipe
        network = self._network(recipe, self._trial)
        variants = self._further_axes().variants(
            recipe, self._tried_inputs, self._trial.shape, self._network
        )
        epochs = most_epochs(
            self.max_epochs, usual_epochs(n_rows, batch_size), fixed=bool(self.fixed_epochs),
            horizon=Parameter("learning_rate") if self._has_horizon else None,
            most_auto=MOST_AUTO,
        )  # fmt: skip
        check_steps(self.scheduler, self.lr, epochs)
        schedule = Schedule(
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=self.lr,
            learning_rate_schedule=(
                self._schedule_name() if recipe.scheduler is None else "constant"
            ),
            max_grad_norm=self.max_grad_norm,
        )
        decay = check_choice("decay", self.decay, ("decoupled", "l2"))
        network = replace(network, variants=variants)
        return Setting(network, Regularization(decay=decay), schedule)

    def _network(self, recipe: Recipe, trial: Trial) -> Module:
        """Return what a recipe makes, as settings know it."""
        n_sites = sum(site.picked for site in trial.masked.sites)
        # Whatever fields a recipe has is part of what a network is, but for where it is trained.
        parts = [recipe.make, self._arguments_of("optimizer__"), self.loss, self.optimizer]
        parts += [self.scheduler, self.sites, self.dropout_mode, self.decays, self.decay_to]
        parts += [self.init, code_of(trial.masked.module)]
        identity = identity_of(
            *parts, self.precision, self.augment, recipe.targets, *recipe.lr_factors
        )
        n_params = sum(each.numel() for each in trial.masked.module.parameters())
        return Module(recipe.name, identity, n_sites, self._has_horizon, n_params, recipe)

    def _try(
        self, rows: Table, targets: str, n_outputs: int | None, *, is_single: bool = False
    ) -> Trial:
        """Run one batch through the network, and keep what it shows."""
        inputs = self._few_inputs(rows)
        recipe = self._recipe(targets, n_outputs, is_single=is_single)
        self._trial: Trial = try_out(recipe, inputs)
        self._tried_recipe, self._tried_inputs = self._trial.recipe, inputs
        return self._trial

    def _few_inputs(self, rows: Table) -> Inputs:
        """Return rows as the network takes them: of a table the first ones, which are encoded."""
        given: Any = rows
        if isinstance(given, Inputs):
            return given
        few = given.iloc[:TRIED_ROWS] if hasattr(given, "iloc") else given[:TRIED_ROWS]
        encoded, _ = encode_rows(self._reading, few, np.arange(len(few)))
        return as_inputs(encoded)

    def _models(self, target: Target, rows: Table) -> tuple[Model, ...]:
        models = () if self._is_other else super()._models(target, rows)
        why = why_not_compared(target, rows)
        if why is None or not models:
            return models
        self._notice(why)
        return ()

    def _said_of_network(self) -> tuple[str, ...]:
        return self._trial.lines

    def _with_loss(self, target: Target, weights: Floating | None) -> Target:
        """Return a target with the loss that is really used, and check that it can be computed."""
        recipe = as_the_loss_needs(self._tried_recipe, self._tried_inputs, target.matrix)
        self._tried_recipe = recipe
        for sentence in self._trial.notices:
            self._notice(sentence)
        check_logits(recipe, self._tried_inputs)
        check_augmentation(recipe, self._tried_inputs)
        if said := check_loss(recipe, self._tried_inputs, target.matrix):
            self._notice(said)
        # The loss of several values would be a mean in units of their variances, but for ours.
        if recipe.loss.is_plain and (target.classes is not None or target.n_outputs == 1):
            return target
        baseline = best_constant_loss(recipe, self._trial.outputs, target.matrix, weights)
        own = OwnLoss(recipe.loss.title, baseline, is_scored=not self._is_other)
        return replace(target, own_loss=own)

    def _keep_findings(self, task: SurfaceTask, findings: Findings, y: object) -> None:
        super()._keep_findings(task, findings, y)
        given = self._further_axes().given
        for name in ("best_params_", "one_se_params_", "chosen_params_", "cv_results_"):
            setattr(self, name, in_own_words(getattr(self, name), given))

    def _how_to_give(self, knob: Knob) -> str:
        return how_to_give(knob)

    def _keep_network(self, refitted: Refit) -> None:
        recipe = recipe_of(refitted.run.setting)
        masked = recipe.masked(refitted.run.key, DeviceRows([refitted.data], recipe).example)
        (state,) = refitted.states
        load_module(state.arrays, masked.module)  # type: ignore[union-attr]  # a module's
        self.best_module_: nn.Module = masked.written_back(value_of(refitted.run.setting)).cpu()
        self.sites_ = masked.sites
        self.decayed_ = decayed(masked.module, recipe.decays)
        del self._trial, self._tried_inputs, self._reading

    def _outputs(self, X: Any) -> AnyArray:
        """Return what the network gives for rows, in evaluation mode, (n_rows, ...)."""
        check_is_fitted(self, "best_module_")
        inputs = as_inputs(self._encoded(X))
        return predicted(
            self._tried_recipe, self.best_module_, inputs, self.setting_.schedule.batch_size
        )
