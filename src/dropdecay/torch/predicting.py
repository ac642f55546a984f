"""What a fitted module predicts for rows, batch by batch as it was evaluated in training."""

import torch
from torch import nn

from dropdecay.arrays import AnyArray
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import run_key
from dropdecay.engine.torch_module import EVALUATION_ROWS
from dropdecay.engine.torch_outputs import first_of, outputs_by_row
from dropdecay.engine.torch_recipe import (
    EVALUATION,
    Recipe,
    forward_inputs,
    own_generator,
    seed_of,
    seed_torch,
    tensors_of,
)


def predicted(recipe: Recipe, module: nn.Module, inputs: Inputs, batch_size: int) -> AnyArray:
    """Return predictions, (n_rows, ...); of classes and labels as probabilities.

    Parameters
    ----------
    recipe : Recipe
    module : nn.Module
        In evaluation mode; on the CPU afterwards.
    inputs : Inputs
    batch_size : int
        That of training: rows are taken as many at a time, or more.
    """
    tensors, names = tensors_of(inputs, recipe.dtype, recipe.device)
    module = module.to(recipe.device)
    size, found = max(EVALUATION_ROWS, batch_size), []
    # What draws noise in evaluation mode too draws the same for the same rows.
    with recipe.evaluating(), own_generator(recipe.device):
        seed_torch(seed_of(run_key(0, 0, 0), EVALUATION), recipe.device)
        for start in range(0, len(inputs), size):
            rows = forward_inputs((tuple(each[start : start + size] for each in tensors), names))
            found.append(first_of(outputs_by_row(module, rows)).to(recipe.dtype).detach())
    outputs = torch.cat(found)
    module.cpu()
    if recipe.targets in ("classes", "labels"):
        outputs = recipe.loss.probabilities(outputs)
        outputs = outputs.unsqueeze(1) if outputs.ndim == 1 else outputs
    array: AnyArray = outputs.cpu().numpy()
    return array
