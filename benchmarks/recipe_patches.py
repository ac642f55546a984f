"""What candidates for the recipe change that no parameter of the estimators can say.

Each is patched in until the network is judged, so that the package has nothing in it that was not
adopted.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
from sklearn.preprocessing import QuantileTransformer

from dropdecay.engine.buffers import initial_params, views
from dropdecay.engine.training import CpuTrainer, Epoch
from dropdecay.selection.epochs import choose_epochs, curves_to_pick_from
from dropdecay.statistics.folds import standard_error
from dropdecay.table.scaling import LIMIT, Scaler

FLAT = 0.5
"""Share of the steps before a rate falls, as for RealMLP (Holzmueller et al. 2024)."""
RISING = 20
"""Epochs over which a regularizer grows from nothing to what it is."""
ROWS_PER_QUANTILE, MOST_QUANTILES = 30, 1000
"""As in Gorishniy et al. 2021, who also add noise, so that equal values part; here they do not."""

Share = Callable[[int, int], float]
"""(epochs so far, epochs in all) -> what a regularizer is multiplied by."""
Patch = Callable[[], AbstractContextManager[Any]]


def prior_bias(zero_weights: bool) -> Patch:
    """Return what starts the output at the classes' shares among the training rows.

    With weights of zero into the output every row has exactly these at first.
    """
    begin = CpuTrainer.__init__

    def begun(self, run, dataset, rows, state=None):
        begin(self, run, dataset, rows, state)
        if state is not None:
            return
        network = self._setup.setting.network
        weights, biases = views(network, self._state.params)
        y = dataset.y[rows]
        if network.loss == "categorical_cross_entropy":
            shares = np.bincount(y[:, 0].astype(int), minlength=network.n_outputs) + 1.0
            biases[-1][:] = np.log(shares / shares.sum())
        else:
            share = (y.sum(axis=0) + 1.0) / (len(y) + 2.0)
            biases[-1][:] = np.log(share / (1.0 - share))
        if zero_weights:
            weights[-1][:] = 0.0

    return lambda: patch.object(CpuTrainer, "__init__", begun)


def first_weights(gain_of: Callable[[int, int], float] | None) -> Patch:
    """Return what starts biases at zero, and weights in +-``gain_of(n_inputs, n_outputs)``."""

    def drawn(network, key, dtype=np.float32):
        params = initial_params(network, key, dtype)
        for weights, bias in zip(*views(network, params), strict=True):
            bias[:] = 0.0
            if gain_of is not None:
                n_in, n_out = weights.shape
                weights *= gain_of(n_in, n_out) / np.sqrt(6.0 / (n_in + n_out))
        return params

    return lambda: patch("dropdecay.engine.state.initial_params", drawn)


def flat_cosine() -> AbstractContextManager[Any]:
    """Let the rate fall from the middle of all steps on only, along half a cosine."""

    def rates(schedule, now, epoch, n_steps):
        step = np.arange(epoch * n_steps, (epoch + 1) * n_steps, dtype=np.float64)
        return schedule.learning_rate * _flat_then_falling(step / (n_steps * schedule.epochs))

    return patch("dropdecay.engine.training.rates_of_epoch", rates)


def unclipped() -> AbstractContextManager[Any]:
    """Leave large inputs as large as they are."""
    return patch("dropdecay.table.scaling.LIMIT", 1e9)


def rising(epoch: int, n_epochs: int) -> float:
    """Grow in a straight line over the first epochs (Morerio et al. 2017, of dropout)."""
    return min((epoch + 1) / RISING, 1.0)


def falling(epoch: int, n_epochs: int) -> float:
    """Fall from the middle of all epochs on, along half a cosine, as for RealMLP."""
    return float(_flat_then_falling(epoch / n_epochs))


def _flat_then_falling(done):
    """Return what is left after a share of the steps, of numbers or arrays in [0, 1]."""
    share = np.clip((done - FLAT) / (1.0 - FLAT), 0.0, 1.0)
    return (1.0 + np.cos(np.pi * share)) / 2.0


def scheduled(*, dropout: Share | None = None, decay: Share | None = None) -> Patch:
    """Return what multiplies dropout rates, or weight decay, by a share in every epoch."""
    begin = Epoch.__init__

    def begun(self, setup, state):
        now = state.epoch, setup.setting.schedule.epochs
        if dropout is not None:
            dropped = np.round(setup.thresholds * dropout(*now)).astype(np.int64)
            setup = replace(setup, thresholds=dropped)
        if decay is not None:
            rule = setup.update_rule
            weaker = rule._replace(weight_decay=rule.weight_decay * decay(*now))
            setup = replace(setup, update_rule=weaker)
        begin(self, setup, state)

    return lambda: patch.object(Epoch, "__init__", begun)


def earliest_epochs() -> AbstractContextManager[Any]:
    """Evaluate every point at its earliest epoch that is as good as its best one.

    As good: behind by at most one standard error of the paired difference over folds.
    """

    def earlier(results):
        best = choose_epochs(results)
        curves, epochs = curves_to_pick_from(results).values, results["epoch"].values
        for place in np.flatnonzero(best.values):
            at_best = int(np.searchsorted(epochs, best.values[place]))
            behind = curves[place, :, : at_best + 1] - curves[place, :, [at_best]].T
            as_good = behind.mean(axis=0) <= standard_error(behind.T)
            best[place] = epochs[as_good.argmax()]
        return best

    return patch("dropdecay.selection.epochs.choose_epochs", earlier)


def normal_numbers() -> AbstractContextManager[Any]:
    """Turn every column of numbers into a normal one by its quantiles, and squash nothing."""
    fit, transform = Scaler.fit, Scaler.transform

    def fitted(self, X, y=None):
        n_quantiles = max(min(len(X) // ROWS_PER_QUANTILE, MOST_QUANTILES), 10)
        self.quantiles_ = QuantileTransformer(
            n_quantiles=min(n_quantiles, len(X)), output_distribution="normal", random_state=0
        ).fit(X)
        return fit(self, X, y)

    def transformed(self, X):
        numbers = np.clip(np.nan_to_num(self.quantiles_.transform(X)), -LIMIT, LIMIT)
        indicators = transform(self, X)[:, X.shape[1] :]
        return np.hstack([numbers.astype(np.float32), indicators])

    return patch.multiple(Scaler, fit=fitted, transform=transformed)
