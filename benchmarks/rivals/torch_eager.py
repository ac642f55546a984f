"""torch, one network at a time in a plain loop with the fused AdamW."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from benchmarks.rivals.task import N_ROWS, Rival, Task, batches_of, glorot, rows_of

Mask = Callable[[torch.Tensor, float], torch.Tensor]


class FastDropout(nn.Module):
    """Dropout from 16 random bits an element: torch draws its own by a slower way on some CPUs."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.below = round(rate * 65536) - 32768
        self.scale = 65536 / (32768 - self.below)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Drop while training."""
        if not self.training:
            return x
        words = torch.empty((x.numel() + 3) // 4, dtype=torch.int64).random_(-(2**63), None)
        kept = words.view(torch.int16)[: x.numel()].view(x.shape) >= self.below
        return x * kept * self.scale


def network_of(task: Task, number: int, dropout: type[nn.Module]) -> nn.Sequential:
    """Build a network with the initial weights that all rivals begin from."""
    layers: list[nn.Module] = []
    initial = glorot(task, number)
    for position, (weights, _) in enumerate(initial):
        linear = nn.Linear(*weights.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weights.T))
            linear.bias.zero_()
        layers.append(linear)
        if position < len(initial) - 1:
            layers.append(nn.ReLU())
            if task.dropout > 0.0:
                layers.append(dropout(task.dropout))
    return nn.Sequential(*layers)


def grouped(network: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Weights decay, biases do not."""
    weights = [each for name, each in network.named_parameters() if name.endswith("weight")]
    biases = [each for name, each in network.named_parameters() if name.endswith("bias")]
    return [
        {"params": weights, "weight_decay": weight_decay},
        {"params": biases, "weight_decay": 0.0},
    ]


def prepare(task: Task, dropout: type[nn.Module] = nn.Dropout) -> Rival:
    """Build all networks, each with its own optimizer."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(0)
    X, y = (torch.from_numpy(each) for each in rows_of(task, N_ROWS, seed=3))
    targets = y.to(torch.float32)[:, None] if task.binary else y
    loss_of = (
        functional.binary_cross_entropy_with_logits if task.binary else functional.cross_entropy
    )
    networks = [network_of(task, each, dropout) for each in range(task.n_networks)]
    optimizers = [
        torch.optim.AdamW(grouped(each, task.weight_decay), lr=task.learning_rate, fused=True)
        for each in networks
    ]
    taken = 0

    def train(n_steps: int) -> None:
        nonlocal taken
        batches = torch.from_numpy(batches_of(task, taken, n_steps))
        for network, optimizer in zip(networks, optimizers, strict=True):
            network.train()
            for batch in batches:
                optimizer.zero_grad(set_to_none=True)
                loss_of(network(X[batch]), targets[batch]).backward()
                optimizer.step()
        taken += n_steps

    @torch.inference_mode()
    def probabilities(rows: np.ndarray) -> np.ndarray:
        logits = torch.stack([each.eval()(torch.from_numpy(rows)) for each in networks])
        return (logits.sigmoid() if task.binary else logits.softmax(dim=2)).numpy()

    return Rival(train, probabilities)
