"""torch, all networks stacked: one batched product a layer, one AdamW over the stacked tensors."""

import numpy as np
import torch
from torch.nn import functional

from benchmarks.rivals.task import N_ROWS, Rival, Task, batches_of, glorot, rows_of


def stacked(task: Task) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Stack weights (n_networks, n_inputs, n_outputs) and biases (n_networks, 1, n_outputs)."""
    networks = [glorot(task, each) for each in range(task.n_networks)]
    layers = []
    for layer in zip(*networks, strict=True):
        weights = torch.from_numpy(np.stack([each for each, _ in layer]))
        biases = torch.from_numpy(np.stack([each for _, each in layer]))[:, None]
        layers.append((weights.requires_grad_(), biases.requires_grad_()))
    return layers


def logits_of(
    layers: list[tuple[torch.Tensor, torch.Tensor]], rows: torch.Tensor, rate: float
) -> torch.Tensor:
    """Send the same rows through all networks, (n_networks, n_rows, n_outputs)."""
    units = rows.expand(layers[0][0].shape[0], *rows.shape)
    for position, (weights, bias) in enumerate(layers):
        units = torch.baddbmm(bias, units, weights)
        if position < len(layers) - 1:
            units = functional.dropout(torch.relu(units), rate) if rate else torch.relu(units)
    return units


def prepare(task: Task) -> Rival:
    """Stack all networks."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(0)
    X, y = (torch.from_numpy(each) for each in rows_of(task, N_ROWS, seed=3))
    layers = stacked(task)
    optimizer = torch.optim.AdamW(
        [
            {"params": [weights for weights, _ in layers], "weight_decay": task.weight_decay},
            {"params": [bias for _, bias in layers], "weight_decay": 0.0},
        ],
        lr=task.learning_rate, fused=True,
    )  # fmt: skip
    taken = 0

    def train(n_steps: int) -> None:
        nonlocal taken
        for batch in torch.from_numpy(batches_of(task, taken, n_steps)):
            optimizer.zero_grad(set_to_none=True)
            logits = logits_of(layers, X[batch], task.dropout)
            right = y[batch].expand(task.n_networks, -1)
            # The mean over a batch for each network, summed over networks: none feels another.
            if task.binary:
                loss = functional.binary_cross_entropy_with_logits(
                    logits[:, :, 0], right.to(torch.float32), reduction="sum"
                )
            else:
                loss = functional.cross_entropy(
                    logits.flatten(0, 1), right.flatten(), reduction="sum"
                )
            (loss / task.batch_size).backward()
            optimizer.step()
        taken += n_steps

    @torch.inference_mode()
    def probabilities(rows: np.ndarray) -> np.ndarray:
        logits = logits_of(layers, torch.from_numpy(rows), 0.0)
        return (logits.sigmoid() if task.binary else logits.softmax(dim=2)).numpy()

    return Rival(train, probabilities)
