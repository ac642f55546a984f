"""Some parameters have a share of the learning rate, as the groups of an optimizer of torch do."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.torch_module_engine import _together
from dropdecay.engine.torch_rates import factors_of, grouped, take_step
from dropdecay.kernels.epoch import shuffle
from dropdecay.settings import Regularization
from tests.contract.runs import rows_of
from tests.engine.modules import BATCH, POINTS, Mlp, surface_of
from tests.engine.test_torch_module_stack import alone, assert_same, paused, stacked
from tests.zoo.plain_loop import masked_by_hand, philox_masks

FACTORS = (("hidden.*", 0.1), ("*.bias", 0.5))
BY_NAME = {"hidden.weight": 0.1, "hidden.bias": 0.1, "out.weight": 1.0, "out.bias": 0.5}


def test_the_first_pattern_counts_and_all_others_have_the_whole_rate():
    assert factors_of(BY_NAME, FACTORS) == BY_NAME


def halving(optimizer):
    return torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)


def by_hand(surface, run, decay_to="zero"):
    """Return the losses of a plain loop with groups of torch's, decayed by hand."""
    regularization, lr = run.setting.regularization, 1e-2
    module = surface.recipe.masked(run.key, surface.data.X[:4]).module
    named = dict(module.named_parameters())
    start = {name: each.detach().clone() for name, each in named.items()}
    optimizer = torch.optim.Adam(
        [{"params": [each], "lr": lr * BY_NAME[name]} for name, each in named.items()]
    )
    scheduler, losses, step = halving(optimizer), [], 0
    X, y = torch.from_numpy(surface.data.X.arrays[0]), torch.from_numpy(surface.data.y)[:, 0].long()
    with masked_by_hand(module, philox_masks([regularization.dropout], run.key)) as begin:
        for epoch in range(1, run.epochs + 1):
            rows = rows_of(0).training.copy()
            shuffle(rows, epoch, run.key)
            total = 0.0
            for at in range(0, rows.size, BATCH):
                batch, step = torch.from_numpy(rows[at : at + BATCH]), step + 1
                begin(step)
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(module(X[batch]), y[batch])
                loss.backward()
                with torch.no_grad():
                    for group, (name, each) in zip(
                        optimizer.param_groups, named.items(), strict=True
                    ):
                        away = each - start[name] if decay_to == "start" else each.clone()
                        if name.endswith("weight") and regularization.decay == "l2":
                            each.grad += 2 * regularization.weight_decay * away
                        elif name.endswith("weight"):
                            each -= group["lr"] * regularization.weight_decay * away
                optimizer.step()
                total += loss.item() * len(batch)
            losses.append(total / rows.size)
            scheduler.step()
    return losses


@pytest.mark.parametrize("decay_to", ["zero", "start"])
def test_one_by_one_stacked_and_by_hand_are_the_same(decay_to):
    surface = surface_of(Mlp, lr_factors=FACTORS, scheduler=halving, decay_to=decay_to)
    points = [*POINTS, Regularization(dropout=0.3, weight_decay=30.0)]
    problem, runs = surface.problem(), surface.runs(points, (0,))

    ones = alone(problem, runs)

    assert_same(ones, stacked(problem, runs))
    assert_same(ones, paused(problem, runs, alone, stacked))
    assert_same(ones, paused(problem, runs, stacked, alone))
    for run in runs:
        fit = ones[run.setting.regularization, 0, 0]
        np.testing.assert_allclose(fit.descent_loss, by_hand(surface, run, decay_to), rtol=1e-9)


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": partial(torch.optim.AdamW, weight_decay=0, fused=True)},
        {"optimizer": partial(torch.optim.SGD, momentum=0.9)},
        {"scheduler": lambda each: torch.optim.lr_scheduler.OneCycleLR(each, 0.02, total_steps=4)},
    ],
    ids=["fused", "momentum", "one cycle"],
)
def test_several_folds_in_one_stack_have_the_same_shares(changes):
    surface = surface_of(Mlp, lr_factors=FACTORS, **changes)
    problem, runs = surface.problem(), surface.runs()
    assert_same(alone(problem, runs), stacked(problem, runs, together=_together))


def test_factors_of_1_change_nothing():
    plain, same = surface_of(Mlp), surface_of(Mlp, lr_factors=(("hidden.*", 1.0),))
    assert_same(*(alone(each.problem(), each.runs(folds=(0,))) for each in (plain, same)), 1e-12)


def test_a_schedule_sees_the_rate_of_the_network_alone():
    params = {name: torch.nn.Parameter(torch.ones(2)) for name in BY_NAME}
    optimizer = torch.optim.SGD(grouped(params, FACTORS), lr=1.0)
    for each in params.values():
        each.grad = torch.ones(2)
    take_step(optimizer)
    assert [group["lr"] for group in optimizer.param_groups] == [1.0, 1.0, 1.0]
    moved = {name: float(1 - each[0].detach()) for name, each in params.items()}
    assert moved == pytest.approx(BY_NAME)
