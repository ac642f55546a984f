"""The modules run and learn as they stand, and what is known about them is true."""

import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.nn.modules.dropout import _DropoutNd

from dropdecay.engine.torch_decay import decayed, described_decay
from tests.zoo.plain_loop import call, rows_of
from tests.zoo.specimens import ZOO

each_specimen = pytest.mark.parametrize("specimen", ZOO, ids=lambda specimen: specimen.name)


def made(specimen):
    torch.manual_seed(0)
    return specimen.make()


@each_specimen
def test_a_module_learns_in_a_few_plain_steps(specimen):
    module = made(specimen)
    inputs, targets = specimen.make_data(256, 1)
    optimizer = torch.optim.Adam(module.parameters(), lr=5e-3)
    drawn = torch.Generator().manual_seed(0)

    def loss():
        module.eval()
        with torch.no_grad():
            return float(specimen.loss(call(module, inputs), targets))

    before = loss()
    module.train()
    for _ in range(10):
        for batch in torch.randperm(256, generator=drawn).split(32):
            optimizer.zero_grad()
            specimen.loss(call(module, rows_of(inputs, batch)), targets[batch]).backward()
            optimizer.step()

    assert all(each.grad is not None for each in module.parameters())
    assert loss() < 0.85 * before


@each_specimen
def test_a_loss_has_one_value_a_row_whose_mean_it_is(specimen):
    module = made(specimen).eval()
    inputs, targets = specimen.make_data(8, 0)

    rows = specimen.loss(call(module, inputs), targets, reduction="none")

    assert rows.shape[0] == 8
    assert torch.isclose(rows.mean(), specimen.loss(call(module, inputs), targets))


@each_specimen
def test_the_dropout_that_was_counted_by_hand_is_all_there_is(specimen, monkeypatch):
    module = made(specimen)
    calls = []
    for name in ("dropout", "dropout1d", "dropout2d", "dropout3d", "scaled_dot_product_attention"):
        function = getattr(nn.functional, name)

        def noted(*args, _function=function, _name=name, **keywords):
            calls.append(_name)
            return _function(*args, **keywords)

        monkeypatch.setattr(nn.functional, name, noted)
    found = [(name, each) for name, each in module.named_modules() if isinstance(each, _DropoutNd)]
    n_by_modules = []
    for _, each in found:
        each.register_forward_hook(lambda *_: n_by_modules.append(1))

    call(module, specimen.make_data(4, 0)[0])

    inside = [
        name
        for name, each in module.named_modules()
        if isinstance(each, (nn.MultiheadAttention, nn.RNNBase)) and each.dropout > 0
    ]
    by_attention = sum(
        isinstance(module.get_submodule(name), nn.MultiheadAttention) for name in inside
    )
    assert tuple(name for name, _ in found) == specimen.sites
    assert tuple(inside) == specimen.inside
    assert len(calls) - len(n_by_modules) - by_attention == specimen.n_functional


@each_specimen
def test_what_decays_is_what_was_listed_by_hand(specimen):
    assert decayed(made(specimen)) == specimen.decayed


@each_specimen
def test_what_decays_is_said_in_two_short_lines(specimen):
    lines = described_decay(made(specimen), specimen.decayed)

    assert len(lines) == 2
    assert max(map(len, lines)) < 220


@each_specimen
def test_data_are_the_same_for_the_same_seed_and_others_for_another(specimen):
    once, again, other = (specimen.make_data(16, seed) for seed in (3, 3, 4))

    assert torch.equal(once[1], again[1])
    assert not torch.equal(once[1], other[1])


def test_the_zoo_has_what_users_have():
    modules = {each.name: made(each) for each in ZOO}
    inputs = {each.name: each.make_data(2, 0)[0] for each in ZOO}
    n_parameters = {
        name: sum(each.numel() for each in module.parameters()) for name, module in modules.items()
    }

    assert len(ZOO) >= 12
    assert sum(each.n_functional > 0 for each in ZOO) >= 3
    assert sum(each.drops_in_modules_only for each in ZOO) >= 3
    assert max(n_parameters.values()) > 1_000_000
    assert {type(each) for each in inputs.values()} == {torch.Tensor, tuple, dict}
    assert len({each.source for each in ZOO}) == len(ZOO)
