"""The plain loop is torch's own training, but for the masks, and the masks are the reference's."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from tests.reference import philox
from tests.zoo.plain_loop import (
    call,
    in_float64,
    masked_by_hand,
    philox_masks,
    rows_of,
    train,
)
from tests.zoo.specimens import ZOO

KEY = np.array([7, 0xFFFFFFF1], np.uint32)
MASKED = [each for each in ZOO if each.drops_in_modules_only]
each_masked = pytest.mark.parametrize("specimen", MASKED, ids=lambda specimen: specimen.name)


def made(specimen):
    torch.manual_seed(0)
    return specimen.make().double()


def batches_of(n_rows, n_epochs=2, size=16):
    rng = np.random.default_rng(0)
    return [
        rows for _ in range(n_epochs) for rows in np.split(rng.permutation(n_rows), n_rows // size)
    ]


def trained(specimen, rates, *, weight_decay=0.1):
    module = made(specimen)
    inputs, targets = map(in_float64, specimen.make_data(64, 0))
    losses = train(
        module,
        inputs,
        targets,
        specimen.loss,
        batches=batches_of(64),
        optimizer=torch.optim.Adam(module.parameters(), lr=1e-2),
        decayed=specimen.decayed,
        weight_decay=weight_decay,
        mask_of=philox_masks(rates, KEY),
    )
    return module, losses


def test_decisions_at_once_are_those_one_by_one():
    one_by_one = [philox.decision(e, 3, 2, (5, 9)) for e in range(300)]

    assert philox.decisions(300, 3, 2, (5, 9)).tolist() == one_by_one
    assert np.array_equal(
        philox.whole_mask((4, 7), 0.3, 3, 2, (5, 9)), philox.mask((4, 7), 0.3, 3, 2, (5, 9))
    )


def test_calls_of_one_layer_in_one_step_draw_apart():
    first, second = (philox.decisions(2000, 1, 1, KEY, call) for call in (0, 1))

    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1
    assert philox.decision(40, 1, 1, KEY.tolist()) == first[40]


@each_masked
def test_without_dropout_it_is_adamw_with_a_group_that_decays(specimen):
    _, losses = trained(specimen, [0.0] * len(specimen.sites))

    module = made(specimen)
    for name in specimen.sites:
        module.get_submodule(name).p = 0.0
    inputs, targets = map(in_float64, specimen.make_data(64, 0))
    optimizer = torch.optim.AdamW(
        [
            {"params": [each], "weight_decay": 0.1 if name in specimen.decayed else 0.0}
            for name, each in module.named_parameters()
        ],
        lr=1e-2,
    )
    for batch, by_loop in zip(batches_of(64), losses, strict=True):
        optimizer.zero_grad()
        loss = specimen.loss(call(module, rows_of(inputs, batch)), targets[batch])
        loss.backward()
        optimizer.step()
        assert loss.item() == pytest.approx(by_loop, rel=1e-12)


@each_masked
def test_every_site_counts_and_so_does_the_decay(specimen):
    n_sites = len(specimen.sites)
    _, losses = trained(specimen, [0.0] * n_sites)

    for site in range(n_sites):
        rates = [0.5 if i == site else 0.0 for i in range(n_sites)]
        assert trained(specimen, rates)[1] != losses
    assert trained(specimen, [0.0] * n_sites, weight_decay=0.0)[1] != losses


@each_masked
def test_masks_drop_the_share_and_in_the_units_that_torch_drops(specimen):
    module = made(specimen)
    inputs = in_float64(specimen.make_data(64, 0)[0])
    seen = []
    for name in specimen.sites:
        module.get_submodule(name).register_forward_hook(
            lambda _, given, out, name=name: seen.append((name, given[0], out))
        )

    with masked_by_hand(module, philox_masks([0.25] * len(specimen.sites), KEY)) as begin:
        begin(1)
        call(module.train(), inputs)

    assert {name for name, _, _ in seen} == set(specimen.sites)
    for name, given, out in seen:
        factor = (out / given)[given != 0]
        assert set(factor.round(decimals=9).unique().tolist()) <= {0.0, round(4 / 3, 9)}
        if isinstance(module.get_submodule(name), nn.Dropout2d):
            channels = out.flatten(2).abs().sum(-1)
            assert 0.1 < float((channels == 0).double().mean()) < 0.5
        else:
            assert float((factor == 0).double().mean()) == pytest.approx(0.25, abs=0.03)


def test_a_layer_called_twice_in_a_step_gets_two_masks_and_the_same_in_the_next_run():
    asked = []

    def mask_of(site, call, step, shape):
        asked.append((site, call, step, shape))
        return torch.ones(shape)

    layer = nn.Dropout(0.5)
    module = nn.ModuleList([layer, nn.Dropout2d(0.5), layer])
    with masked_by_hand(module, mask_of) as begin:
        for step in (1, 2):
            begin(step)
            module[0](torch.ones(2, 3))
            module[1](torch.ones(2, 3, 4, 4))
            module[2](torch.ones(2, 3))

    each_step = [(1, 0, (2, 3)), (2, 0, (2, 3, 1, 1)), (1, 1, (2, 3))]
    assert asked == [
        (site, call, step, shape) for step in (1, 2) for site, call, shape in each_step
    ]


def test_masks_are_those_of_site_step_and_call_in_the_reference():
    mask_of = philox_masks([0.5, 0.25], KEY)

    for site, number, step, rate in [
        (1, 0, 1, 0.5),
        (2, 0, 1, 0.25),
        (2, 0, 9, 0.25),
        (2, 3, 9, 0.25),
    ]:
        expected = philox.whole_mask((6, 50), rate, step, site, KEY, number)
        assert np.array_equal(mask_of(site, number, step, (6, 50)).numpy(), expected)


def test_steps_count_from_one():
    steps = []

    def mask_of(site, call, step, shape):
        steps.append(step)
        return torch.ones(shape)

    module = nn.Sequential(nn.Dropout(0.5), nn.Linear(3, 1))
    train(
        module,
        torch.ones(4, 3),
        torch.ones(4, 1),
        nn.functional.mse_loss,
        batches=[[0, 1], [2, 3], [0, 3]],
        optimizer=torch.optim.SGD(module.parameters(), lr=0.1),
        decayed=(),
        weight_decay=0.0,
        mask_of=mask_of,
    )

    assert steps == [1, 2, 3]


def test_afterwards_the_module_drops_by_itself_again_and_never_in_evaluation():
    module = nn.Sequential(nn.Dropout(0.5))
    x = torch.ones(4, 100)

    with masked_by_hand(module, philox_masks([0.5], KEY)) as begin:
        begin(1)
        masked, evaluated = module(x), module.eval()(x)

    assert torch.equal(evaluated, x)
    assert torch.equal(
        masked, x * torch.tensor(philox.mask((4, 100), 0.5, 1, 1, KEY), dtype=x.dtype)
    )
    assert "forward" not in vars(module[0])
