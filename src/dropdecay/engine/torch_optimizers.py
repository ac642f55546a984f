"""Optimizer steps of all networks of a stack, each with its own weight decay and norm limit.

The formulas are those of ``kernels.optimizers``, ``kernels.proximal``, ``kernels.constraints`` and
``kernels.weight_average``.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch

from dropdecay.arrays import Float64
from dropdecay.engine.torch_passes import layers_of
from dropdecay.engine.training import update_rule_of
from dropdecay.kernels import codes
from dropdecay.settings import Network, Setting


class Optimizer:
    """The update of parameters (K, n_params) from their gradients.

    What changes from step to step is computed for an epoch at a time on the host, by ``send``.

    Parameters
    ----------
    settings : sequence of Setting
        One a network, with equal schedules.
    network : Network
        Of all of them, with its inputs filled in.
    params, grads, first, second : shape (K, lined_up(n_params)), contiguous
    average : the same, or None
        Of the parameters over steps; None: no network has one.
    n_steps : int
        Steps an epoch.
    """

    def __init__(
        self,
        settings: Sequence[Setting],
        network: Network,
        params: torch.Tensor,
        grads: torch.Tensor,
        first: torch.Tensor,
        second: torch.Tensor,
        average: torch.Tensor | None,
        n_steps: int,
    ) -> None:
        rules = [update_rule_of(each.regularization, each.schedule) for each in settings]
        self.kind, self.constants = rules[0].optimizer, rules[0].constants
        self.max_grad_norm = rules[0].max_grad_norm
        self.params, self.grads, self.first, self.second = params, grads, first, second
        self.average = average
        layers = layers_of(network, params)
        n_weights = sum(each.weights[0].numel() for each in layers)
        self.weights, self.weight_grads = params[:, :n_weights], grads[:, :n_weights]
        self.l2, self.alpha, self.weight_decay, self.l1 = (
            np.array([getattr(rule, name) for rule in rules])
            for name in ("l2", "alpha", "weight_decay", "l1")
        )
        self.memory = np.array([rule.weight_average for rule in rules])
        self.is_cautious = np.array([rule.cautious for rule in rules]) & (self.weight_decay > 0.0)
        self.hidden = [each.weights for each in layers[:-1]]
        limits = [rule.max_norm or math.inf for rule in rules]
        self.max_norms = None if np.isinf(limits).all() else (
            torch.tensor(limits, dtype=torch.float64, device=params.device).unsqueeze(1)
        )  # fmt: skip
        # torch's fused Adam wants steps, and on a GPU also the learning rate, in float32.
        self.is_fused = params.device.type == "cpu" or params.dtype == torch.float32
        precise = torch.float32 if params.device.type != "cpu" and self.is_fused else torch.float64
        self.paces = params.new_empty(n_steps, 1, dtype=precise)
        self.counts = params.new_empty(n_steps, 1, dtype=torch.float32)
        self.keeps, self.penalties, self.limits, self.careful, self.shares = params.new_empty(
            5, n_steps, len(params), 1
        )

    def send(self, rates: Float64, batch_weights: Float64, first_step: int) -> None:
        """Send what the steps of an epoch need; batches of weight 0 must be skipped."""
        weights = np.where(batch_weights > 0.0, batch_weights, 1.0)[:, np.newaxis]
        steps = np.arange(first_step, first_step + rates.size)
        by_step = rates[:, np.newaxis]
        removed = by_step * self.weight_decay
        for table, values in (
            (self.paces, by_step),
            (self.counts, steps),
            (self.keeps, 1.0 - removed * ~self.is_cautious),
            (self.careful, removed * self.is_cautious),
            (self.shares, (1.0 - self.memory) / (1.0 - self.memory ** steps[:, np.newaxis])),
            (self.penalties, 2.0 * self.l2 + self.alpha / weights),
            (self.limits, by_step * self.l1),
        ):
            table.copy_(torch.from_numpy(values).view(table.shape), non_blocking=True)

    def step(self, at: torch.Tensor) -> None:
        """Take a step; ``at``, shape (1,), is its number within the epoch."""
        pace = self.paces.index_select(0, at)[0]
        if self.max_grad_norm > 0.0:
            norms = torch.linalg.vector_norm(self.grads, dim=1, dtype=torch.float64, keepdim=True)
            self.grads.mul_((self.max_grad_norm / norms).clamp_(max=1.0).to(self.grads.dtype))
        if self.l2.any() or self.alpha.any():
            self.weight_grads.addcmul_(self.weights, self.penalties.index_select(0, at)[0])
        if (self.weight_decay * ~self.is_cautious).any():
            self.weights.mul_(self.keeps.index_select(0, at)[0])
        if self.kind != codes.ADAM:
            self._change(self._descent(pace), at)
        elif self.is_fused and not self.is_cautious.any():
            self._fused_adam(pace[0], self.counts.index_select(0, at)[0])
        else:
            self._change(self._adam(pace[0], self.counts.index_select(0, at)[0].double()), at)
        if self.l1.any():
            limit = self.limits.index_select(0, at)[0]
            self.weights.sub_(self.weights.clamp(-limit, limit))
        if self.max_norms is not None:
            self._constrain(self.max_norms)
        if self.average is not None:
            # Where a network has no average, the share is 1: it becomes the parameters, exactly.
            self.average.lerp_(self.params, self.shares.index_select(0, at)[0])

    def _fused_adam(self, pace: torch.Tensor, count: torch.Tensor) -> None:
        # The only way to one pass over memory, 3 times as fast as separate operations on a CPU.
        # torch.optim.Adam(fused=True) calls it too, but takes a second to import.
        torch._fused_adam_(
            [self.params], [self.grads], [self.first], [self.second], [], [count[0]],
            lr=pace, beta1=self.constants.beta_1, beta2=self.constants.beta_2, weight_decay=0.0,
            eps=self.constants.epsilon, amsgrad=False, maximize=False,
        )  # fmt: skip

    def _adam(self, pace: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
        """Return what is added to the parameters."""
        beta_1, beta_2 = self.constants.beta_1, self.constants.beta_2
        self.first.lerp_(self.grads, 1.0 - beta_1)
        self.second.mul_(beta_2).addcmul_(self.grads, self.grads, value=1.0 - beta_2)
        size = (self.second / (1.0 - beta_2**count)).sqrt_().add_(self.constants.epsilon)
        return (self.first * (-pace / (1.0 - beta_1**count))).div_(size)

    def _descent(self, pace: torch.Tensor) -> torch.Tensor:
        """Return what is added to the parameters."""
        momentum = 0.0 if self.kind == codes.SGD else self.constants.momentum
        move = self.grads.mul_(pace.to(self.grads.dtype))
        self.first.mul_(momentum).sub_(move)
        if self.kind == codes.NESTEROV:
            return self.first.mul(momentum).sub_(move)
        return self.first

    def _change(self, change: torch.Tensor, at: torch.Tensor) -> None:
        """Add a change to the parameters; cautious decay acts where it goes towards zero."""
        if self.is_cautious.any():
            towards_zero = change[:, : self.weights.shape[1]] * self.weights <= 0.0
            removed = self.weights * towards_zero * self.careful.index_select(0, at)[0]
            self.weights.sub_(removed)
        self.params.add_(change)

    def _constrain(self, max_norms: torch.Tensor) -> None:
        for weights in self.hidden:
            norms = torch.linalg.vector_norm(weights, dim=1, dtype=torch.float64)
            factors = (max_norms / norms.clamp_(min=1e-150)).clamp_(max=1.0)
            weights.mul_(factors.to(weights.dtype).unsqueeze(1))
