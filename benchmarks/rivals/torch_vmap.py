"""torch.func: one network's gradient, mapped over all networks by vmap; one AdamW over all."""

import numpy as np
import torch
from torch.func import grad, vmap
from torch.nn import functional

from benchmarks.rivals.task import N_ROWS, Rival, Task, batches_of, glorot, rows_of


def prepare(task: Task) -> Rival:
    """Stack all networks' parameters under the mapped gradient."""
    torch.set_num_threads(task.threads)
    torch.manual_seed(0)
    X, y = (torch.from_numpy(each) for each in rows_of(task, N_ROWS, seed=3))
    targets = y.to(torch.float32)[:, None] if task.binary else y
    loss_of = (
        functional.binary_cross_entropy_with_logits if task.binary else functional.cross_entropy
    )
    networks = [glorot(task, each) for each in range(task.n_networks)]
    params = {
        f"{kind}{layer}": torch.from_numpy(np.stack([each[layer][part] for each in networks]))
        for layer in range(len(task.sizes) - 1)
        for part, kind in enumerate(("weights", "bias"))
    }
    last = len(task.sizes) - 2
    optimizer = torch.optim.AdamW(
        [
            {"params": [params[f"weights{layer}"] for layer in range(last + 1)],
             "weight_decay": task.weight_decay},
            {"params": [params[f"bias{layer}"] for layer in range(last + 1)], "weight_decay": 0.0},
        ],
        lr=task.learning_rate, fused=True,
    )  # fmt: skip

    def logits_of(own: dict[str, torch.Tensor], rows: torch.Tensor, rate: float) -> torch.Tensor:
        units = rows
        for layer in range(last + 1):
            units = torch.addmm(own[f"bias{layer}"], units, own[f"weights{layer}"])
            if layer < last:
                units = functional.dropout(torch.relu(units), rate) if rate else torch.relu(units)
        return units

    def loss(own: dict[str, torch.Tensor], rows: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        return loss_of(logits_of(own, rows, task.dropout), right)

    gradients = vmap(grad(loss), in_dims=(0, None, None), randomness="different")
    taken = 0

    def train(n_steps: int) -> None:
        nonlocal taken
        for batch in torch.from_numpy(batches_of(task, taken, n_steps)):
            for name, each in gradients(params, X[batch], targets[batch]).items():
                params[name].grad = each
            optimizer.step()
        taken += n_steps

    def probabilities(rows: np.ndarray) -> np.ndarray:
        every = vmap(lambda own: logits_of(own, torch.from_numpy(rows), 0.0))(params)
        return (every.sigmoid() if task.binary else every.softmax(dim=2)).numpy()

    return Rival(train, probabilities)
