import copy
import math
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn
from torch.nn import functional
from torch.nn.utils import parametrizations

from dropdecay.engine.torch_find_sites import make_parameters
from dropdecay.engine.torch_sites import MaskedModule, described
from dropdecay.errors import BadInput, BadSetting
from tests.engine.masked import KEY, by_hand, close, forward, made, normal, sequential


class Functional(nn.Module):
    """Two rates as attributes, one as a number in the code."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(6, 6), nn.Linear(6, 6)
        self.p, self.dropout = 0.2, 0.4

    def forward(self, x):
        x = functional.dropout(self.first(x), self.p, self.training)
        x = functional.dropout(self.second(x), p=self.dropout, training=self.training)
        return functional.dropout(x, 0.5, self.training)


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.drop_channels = nn.Dropout2d(0.2)
        self.drop = nn.Dropout(0.5, inplace=True)
        self.head = nn.Linear(4 * 4 * 4, 3)

    def forward(self, x):
        x = self.drop_channels(self.norm(self.convolution(x)).relu())
        return self.head(self.drop(x.flatten(1)))


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(6, 2, 8, 0.1, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1)
        self.lstm = nn.LSTM(6, 4, 2, dropout=0.3, batch_first=True)
        self.head = nn.Linear(4, 2)

    def forward(self, x):
        return self.head(self.lstm(self.encoder(x))[0][:, -1])


def mlp():
    return sequential(
        hidden=nn.Linear(6, 8),
        relu=nn.ReLU(inplace=True),
        drop=nn.Dropout(0.5),
        again=nn.Linear(8, 8),
        drop_again=nn.Dropout(0.25),
        output=nn.Linear(8, 2),
    )


MODULES = {
    "mlp": (mlp, (5, 6)),
    "images": (Images, (5, 2, 4, 4)),
    "functional": (Functional, (5, 6)),
    "encoder": (Encoder, (2, 3, 6)),
    "alpha": (
        lambda: sequential(a=nn.Linear(6, 8), selu=nn.SELU(), drop=nn.AlphaDropout(0.1)),
        (5, 6),
    ),
    "weight_norm": (
        lambda: sequential(a=parametrizations.weight_norm(nn.Linear(6, 8)), drop=nn.Dropout(0.1)),
        (5, 6),
    ),
}
each_module = pytest.mark.parametrize(("make", "shape"), MODULES.values(), ids=MODULES)


def without_dropout(module):
    """A copy that drops nothing, in training mode for everything else."""
    plain = copy.deepcopy(module).train()
    for part in plain.modules():
        if isinstance(part, nn.modules.dropout._DropoutNd | nn.MultiheadAttention | nn.RNNBase):
            part.eval()
        if isinstance(part, Functional):
            part.training = False
    return plain


def randomness():
    return torch.random.get_rng_state()


def test_an_mlp_matches_a_plain_forward():
    net, x = made(mlp), normal(5, 6)

    got = forward(MaskedModule(net, (x,)), 0.3, x, step=7)

    hidden = net.hidden(x).relu() * by_hand((5, 8), 0.3, layer=1, step=7)
    close(got, net.output(net.again(hidden) * by_hand((5, 8), 0.3, layer=2, step=7)))


def test_a_network_of_images_matches_a_plain_forward_and_keeps_its_own_statistics():
    net, x = made(Images), normal(5, 2, 4, 4)
    masked = MaskedModule(net, (x,))

    got = forward(masked, 0.3, x)

    plain = copy.deepcopy(made(Images))
    z = plain.norm(plain.convolution(x)).relu() * by_hand((5, 4, 1, 1), 0.3, layer=1)
    close(got, plain.head(z.flatten(1) * by_hand((5, 64), 0.3, layer=2)))
    close(masked.module.norm.running_mean, plain.norm.running_mean)
    assert masked.module.norm.num_batches_tracked == 1


def test_the_mask_of_channels_last_images_is_that_of_others():
    net, x = made(Images), normal(5, 2, 4, 4)

    plain = forward(MaskedModule(net, (x,)), 0.3, x)
    net = made(Images).to(memory_format=torch.channels_last)
    x = x.to(memory_format=torch.channels_last)

    close(forward(MaskedModule(net, (x,)), 0.3, x), plain)


def test_one_dropout_used_twice_numbers_its_calls():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(6, 6) for _ in range(2))
            self.parts = nn.ModuleDict({"drop": nn.Dropout(0.5)})

        def forward(self, x):
            for layer in self.layers:
                x = self.parts["drop"](layer(x))
            return x

    net, x = made(Net), normal(5, 6)
    masked = MaskedModule(net, (x,))

    got = forward(masked, 0.3, x)

    first = net.layers[0](x) * by_hand((5, 6), 0.3, layer=1, call=0)
    close(got, net.layers[1](first) * by_hand((5, 6), 0.3, layer=1, call=1))
    assert [(site.name, site.calls) for site in masked.sites] == [("parts.drop", 2)]


def test_a_shared_block_is_one_site_under_its_first_name():
    block = nn.Sequential(nn.Linear(6, 6), nn.Dropout(0.5))
    net, x = nn.Sequential(block, nn.ReLU(), block).double(), normal(5, 6)
    masked = MaskedModule(net, (x,))

    got = forward(masked, 0.3, x)

    first = (block[0](x) * by_hand((5, 6), 0.3, layer=1)).relu()
    close(got, block[0](first) * by_hand((5, 6), 0.3, layer=1, call=1))
    assert [(site.name, site.calls) for site in masked.sites] == [("0.1", 2)]


@each_module
def test_a_rate_of_0_is_the_module_without_dropout(make, shape):
    net, x = made(make), normal(*shape)
    plain = without_dropout(net)

    close(forward(MaskedModule(net, (x,)), 0.0, x), plain(x))


@each_module
def test_a_rate_of_nine_tenths_changes_every_site(make, shape):
    x = normal(*shape)
    masked = MaskedModule(made(make), (x,))
    n_sites = len(masked.sites)
    nothing = forward(masked, [0.0] * n_sites, x)

    for site in range(n_sites):
        alone = [0.9 if i == site else 0.0 for i in range(n_sites)]
        assert not torch.allclose(forward(masked, alone, x), nothing), masked.sites[site].name


@each_module
def test_evaluation_mode_drops_nothing_and_is_the_users_module(make, shape):
    net, x = made(make), normal(*shape)
    masked = MaskedModule(copy.deepcopy(net), (x,))
    masked.at(0.9, KEY)
    masked.module.eval()

    with masked.step(1):
        got = masked.module(x)

    close(got, net.eval()(x))
    close(masked.module(x), net(x))


@each_module
def test_names_and_values_of_the_state_are_the_users(make, shape):
    net = made(make)
    before = copy.deepcopy(net.state_dict())

    masked = MaskedModule(net, (normal(*shape),))

    after = masked.module.state_dict()
    assert list(after) == list(before)
    for name, value in before.items():
        torch.testing.assert_close(after[name], value, rtol=0, atol=0)
    assert list(masked.written_back(0.3).state_dict()) == list(before)


@each_module
def test_torchs_generator_neither_matters_nor_moves(make, shape):
    x = normal(*shape)
    net = made(make)
    before = randomness()
    first = forward(MaskedModule(copy.deepcopy(net), (x,)), 0.3, x)
    assert torch.equal(randomness(), before)

    with torch.random.fork_rng():
        torch.manual_seed(99)
        second = forward(MaskedModule(copy.deepcopy(net), (x,)), 0.3, x)

    assert torch.equal(first, second)


@each_module
def test_what_is_written_back_is_the_users_module_with_the_rates_as_floats(make, shape):
    net, x = made(make), normal(*shape)
    masked = MaskedModule(net, (x,))

    back = masked.written_back(np.float64(0.3))
    if make in PICKLED:
        back = pickle.loads(pickle.dumps(back))

    assert not back.training
    assert [type(part) for part in back.modules()] == [type(part) for part in net.modules()]
    close(back(x), net.eval()(x))
    for site in MaskedModule(back, (x,)).sites:
        assert site.rate == (0.3 if site.attribute else 0.5)
        assert type(site.rate) is float


PICKLED = {mlp, Images, Functional, Encoder}  # a parametrized weight cannot be pickled in torch


def test_a_larger_rate_drops_a_superset():
    masked = MaskedModule(nn.Dropout(0.5), (torch.ones(40, 50),))

    dropped = [forward(masked, rate, torch.ones(40, 50)) == 0 for rate in (0.1, 0.4, 0.7)]

    assert (dropped[0] <= dropped[1]).all()
    assert (dropped[1] <= dropped[2]).all()
    assert dropped[0].double().mean() == pytest.approx(0.1, abs=0.03)


def test_step_and_key_alone_make_the_masks():
    x = torch.ones(30, 30)
    masked = MaskedModule(nn.Dropout(0.5), (x,))

    first = forward(masked, 0.3, x)

    assert torch.equal(forward(masked, 0.3, x), first)
    assert not torch.equal(forward(masked, 0.3, x, step=2), first)
    masked.at(0.3, KEY + np.uint32(1))
    with masked.step(1):
        assert not torch.equal(masked.module(x), first)


def test_functions_are_written_back_where_the_module_keeps_their_rate():
    x = normal(5, 6)
    masked = MaskedModule(made(Functional), (x,))

    back = masked.written_back([0.1, 0.3, 0.7])

    assert [site.attribute for site in masked.sites] == ["p", "dropout", ""]
    assert (back.p, back.dropout) == (0.1, 0.3)


class Attention(nn.Module):
    """Drops its weights by a part, or lets torch's attention drop them at the part's rate."""

    def __init__(self, by_part):
        super().__init__()
        self.drop = nn.Dropout(0.1)
        self.by_part = by_part

    def forward(self, x):
        if self.by_part:
            return self.drop((x @ x.mT / math.sqrt(x.shape[-1])).softmax(-1)) @ x
        rate = self.drop.p if self.training else 0.0
        return functional.scaled_dot_product_attention(x, x, x, dropout_p=rate)


def test_a_rate_kept_by_a_dropout_that_is_never_called_belongs_to_that_dropout():
    x = normal(2, 3, 4)
    by_part, by_torch = (MaskedModule(Attention(each), (x,)) for each in (True, False))

    assert [(site.name, site.calls, site.attribute) for site in by_torch.sites] == [
        ("drop", 1, "drop.p")
    ]
    assert by_torch.written_back(0.3).drop.p == 0.3
    close(forward(by_torch, 0.3, x), forward(by_part, 0.3, x))


def test_a_rate_of_the_class_is_written_to_the_copy():
    class Net(nn.Module):
        rate = 0.2

        def forward(self, x):
            return functional.dropout(x, self.rate, self.training)

    masked = MaskedModule(Net(), (normal(5, 6),))

    assert masked.written_back(0.3).rate == 0.3
    assert Net.rate == 0.2


def test_sites_are_picked_by_a_pattern_and_the_others_keep_their_rates_with_our_masks():
    net, x = made(mlp), normal(5, 6)
    masked = MaskedModule(net, (x,), sites="*_again")

    got = forward(masked, 0.3, x)

    hidden = net.hidden(x).relu() * by_hand((5, 8), 0.5, layer=1)
    close(got, net.output(net.again(hidden) * by_hand((5, 8), 0.3, layer=2)))
    assert [site.picked for site in masked.sites] == [False, True]
    back = masked.written_back(0.3)
    assert (back.drop.p, back.drop_again.p) == (0.5, 0.3)


def test_sites_are_picked_by_a_function():
    masked = MaskedModule(made(mlp), (normal(5, 6),), sites=lambda name: name == "drop")

    assert masked.rates(0.3) == (0.3, 0.25)


def test_scale_multiplies_the_rates_as_written_and_stays_below_1():
    masked = MaskedModule(made(mlp), (normal(5, 6),), dropout="scale")

    assert masked.rates(1) == (0.5, 0.25)
    assert masked.rates(0.5) == (0.25, 0.125)
    assert masked.rates([0.0, 2.0]) == (0.0, 0.5)
    assert 0.999 < masked.rates(3)[0] < 1
    assert masked.rates(3)[1] == 0.75
    assert forward(masked, 3, normal(5, 6)).isfinite().all()


def test_a_dropout_with_a_rate_of_0_is_a_site():
    x = torch.ones(5, 8)
    masked = MaskedModule(nn.Sequential(nn.Dropout(0.0)), (x,))

    close(forward(masked, 0.3, x), by_hand((5, 8), 0.3, layer=1).float())


def test_a_subclass_of_the_users_is_a_site_under_its_own_name():
    class Gentle(nn.Dropout):
        def forward(self, x):
            return x + super().forward(x)

    x = normal(5, 8)
    masked = MaskedModule(nn.Sequential(Gentle(0.1)), (x,))

    close(forward(masked, 0.3, x), x + x * by_hand((5, 8), 0.3, layer=1))
    assert masked.sites[0].kind == "Gentle"


def test_hooks_see_what_they_would_see():
    x, seen = normal(5, 6), []
    net = made(mlp)
    net.drop.register_forward_hook(lambda part, inputs, output: seen.append(output))
    masked = MaskedModule(net, (x,))
    seen.clear()

    forward(masked, 0.3, x)

    close(seen[0], net.hidden(x).relu() * by_hand((5, 8), 0.3, layer=1))


class Batches(nn.Module):
    """Takes a batch as a dict that holds a tuple."""

    def __init__(self):
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, batch, *, factor=1):
        return {"out": self.drop(factor * (batch["numbers"] + batch["pair"][0]))}


@pytest.mark.parametrize("as_names", [True, False])
def test_inputs_may_have_names_or_be_nested(as_names):
    x = normal(5, 6)
    batch = {"numbers": x, "pair": (x, "text")}
    named = {"batch": batch, "factor": 3}
    masked = MaskedModule(Batches(), named if as_names else (batch,))
    masked.at(0.3, KEY)

    with masked.step(1):
        out = masked.module(**named)["out"]

    close(out, 6 * x * by_hand((5, 6), 0.3, layer=1))


def test_lazy_parts_draw_their_weights_and_keep_statistics_unseen():
    def make():
        torch.manual_seed(3)
        parts = nn.LazyConv1d(3, 1), nn.LazyBatchNorm1d(), nn.Dropout(0.5)
        return MaskedModule(nn.Sequential(*parts), (torch.ones(2, 2, 4),))

    with torch.random.fork_rng():
        first, second = make(), make()

    assert torch.equal(first.module[0].weight, second.module[0].weight)
    assert (first.module[1].running_mean == 0).all()
    assert first.module[1].training
    assert len(first.sites) == 1


def test_parts_kept_in_evaluation_mode_drop_nothing():
    net, x = made(mlp), normal(5, 6)
    masked = MaskedModule(net, (x,))
    masked.at(0.3, KEY)
    net.drop.eval()

    with masked.step(1):
        got = net(x)

    hidden = net.hidden(x).relu()
    close(got, net.output(net.again(hidden) * by_hand((5, 8), 0.3, layer=2)))


def test_other_randomness_is_torchs_and_is_no_site():
    class DropPath(nn.Module):
        def forward(self, x):
            keep = x.new_empty(x.shape[0], 1).bernoulli_(0.5) if self.training else 1.0
            return x * keep

    masked = MaskedModule(
        nn.Sequential(nn.Linear(6, 4), DropPath(), nn.RReLU()), (torch.ones(5, 6),)
    )

    assert masked.sites == ()
    assert described(masked) == []


def test_finding_sites_leaves_the_users_module_and_torchs_generator_alone():
    net = nn.Sequential(nn.BatchNorm1d(6), nn.RReLU(), nn.Dropout(0.5))
    x, before = torch.ones(5, 6), randomness()
    given = x.clone()

    MaskedModule(net, (x,))

    assert torch.equal(randomness(), before)
    assert net[0].num_batches_tracked == 0
    assert (net[0].running_mean == 0).all()
    assert torch.equal(x, given)


def test_networks_of_one_stack_have_their_own_rates_and_share_the_decisions():
    rates = torch.tensor([[0.0, 0.3, 0.1], [0.5, 0.2, 0.0], [0.25, 0.25, 0.9]], dtype=torch.float64)
    x = normal(5, 6)
    masked = MaskedModule(made(Functional), (x,))
    parameters = dict(masked.module.named_parameters())
    masked.at(0.0, KEY)

    def loss(parameters, rates):
        with masked.step(3, rates):
            return torch.func.functional_call(masked.module, parameters, (x,)).square().sum()

    stacked = {name: torch.stack([value] * 3) for name, value in parameters.items()}
    gradients, losses = torch.func.vmap(torch.func.grad_and_value(loss))(stacked, rates)

    for i, own in enumerate(rates.tolist()):
        alone = forward(masked, own, x, step=3).square().sum()
        close(losses[i], alone)
        for name, parameter in parameters.items():
            close(gradients[name][i], torch.autograd.grad(alone, parameter, retain_graph=True)[0])


def test_attention_and_encoders_of_one_stack_have_their_own_rates():
    def make():
        layer = nn.TransformerEncoderLayer(6, 2, 8, 0.1, batch_first=True)
        return nn.TransformerEncoder(layer, 1, enable_nested_tensor=False)

    x = normal(2, 3, 6)
    masked = MaskedModule(made(make), (x,))
    masked.at(0.0, KEY)
    rates = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.5, 0.0, 0.1, 0.2]], dtype=torch.float64)

    def outputs(rates):
        with masked.step(2, rates):
            return masked.module(x)

    stacked = torch.func.vmap(outputs)(rates)

    for i, own in enumerate(rates.tolist()):
        close(stacked[i], forward(masked, own, x, step=2))


class Spare(nn.Module):
    """Never calls one of its parts."""

    def __init__(self):
        super().__init__()
        self.drop, self.spare = nn.Dropout(0.5), nn.Dropout(0.1)

    def forward(self, x):
        return functional.dropout(self.drop(x), 0.25, self.training)


@pytest.mark.filterwarnings("ignore:.*batching rule:UserWarning")
def test_recurrent_networks_of_one_stack_have_their_own_rates():
    x = normal(2, 3, 6)
    masked = MaskedModule(made(lambda: nn.GRU(6, 4, 2, dropout=0.3, batch_first=True)), (x,))
    parameters = dict(masked.module.named_parameters())
    masked.at(0.0, KEY)

    def loss(parameters, rates):
        with masked.step(1, rates):
            return torch.func.functional_call(masked.module, parameters, (x,))[0].square().sum()

    stacked = {name: torch.stack([value] * 2) for name, value in parameters.items()}
    rates = torch.tensor([[0.1], [0.5]], dtype=torch.float64)
    _, losses = torch.func.vmap(torch.func.grad_and_value(loss))(stacked, rates)

    for got, own in zip(losses, rates.tolist(), strict=True):
        close(got, forward(masked, own, x)[0].square().sum())


@pytest.mark.parametrize(
    ("options", "value", "done"),
    [
        ({"sites": "drop"}, 0.3, ["rate 0.5 becomes 0.3", "keeps its rate 0.25"]),
        ({"sites": "drop"}, None, ["rate 0.5 is replaced", "keeps its rate 0.25"]),
        (
            {"dropout": "scale"},
            2,
            [
                "rate 0.5 becomes 0.999985",
                "rate 0.25 becomes 0.5; edit the line to keep the rate that is chosen",
            ],
        ),
        (
            {"dropout": "scale"},
            None,
            [
                "rate 0.5 is multiplied",
                "rate 0.25 is multiplied; edit the line to keep the rate that is chosen",
            ],
        ),
    ],
)
def test_sites_are_described_by_name_kind_and_what_is_done(options, value, done):
    masked = MaskedModule(Spare(), (normal(5, 6),), **options)

    line = masked.sites[2].line
    assert described(masked, value) == [
        f"drop (nn.Dropout): {done[0]}",
        "spare (nn.Dropout): not called, so nothing is done",
        f"F.dropout ({line}): {done[1]}",
    ]
    assert line.startswith("test_torch_sites.py:")


def test_a_module_without_dropout_can_search_decay_alone():
    net, x = made(lambda: nn.Linear(6, 2)), normal(5, 6)
    masked = MaskedModule(net, (x,))

    close(forward(masked, 0.0, x), net(x))
    with pytest.raises(
        BadSetting,
        match=r"^Linear has no dropout: add nn\.Dropout layers where units shall be dropped, or "
        r"search weight decay alone: dropouts=\(0,\)\.$",
    ):
        masked.at(0.1, KEY)


@pytest.mark.parametrize(
    ("options", "value", "message"),
    [
        ({"dropout": "add"}, 0, r"dropout_mode must be one of 'replace', 'scale'\. Got 'add'\."),
        (
            {"sites": "head*"},
            0,
            r"sites='head\*' picks none of the dropout sites of Sequential: drop, drop_again\.",
        ),
        ({}, 1.0, r"dropout must lie in \[0, 1\)\. Got 1\.0\."),
        ({"dropout": "scale"}, -1, r"dropout must be a finite number, 0 or larger\. Got -1\."),
        ({}, [0.1, 0.2, 0.3], r"A point of 3 dropout values does not fit Sequential: .* or 2\."),
    ],
)
def test_bad_settings_are_refused_in_one_sentence(options, value, message):
    with pytest.raises(BadSetting, match=f"^{message}$"):
        MaskedModule(made(mlp), (normal(5, 6),), **options).at(value, KEY)


def test_scaling_rates_that_are_all_0_is_refused():
    masked = MaskedModule(nn.Dropout(0.0), (torch.ones(3),), dropout="scale")

    with pytest.raises(
        BadSetting, match="are all 0, and 0 times a factor is 0: use dropout_mode='replace'"
    ):
        masked.at(2, KEY)


def test_two_values_for_one_attribute_are_refused():
    class Net(nn.Module):
        p = 0.2

        def forward(self, x):
            x = functional.dropout(x, self.p, self.training)
            return functional.dropout(x, self.p, self.training)

    masked = MaskedModule(Net(), (torch.ones(3),))

    assert masked.rates(0.3) == (0.3, 0.3)
    with pytest.raises(
        BadSetting, match=r"^F\.dropout and F\.dropout#2 both read p: give them one"
    ):
        masked.at([0.1, 0.3], KEY)


def test_an_attribute_that_other_sites_read_too_is_not_written():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.p = 0.2

        def forward(self, x):
            x = functional.dropout(x, self.p, self.training)
            return functional.dropout(x, self.p, self.training)

    masked = MaskedModule(Net(), (torch.ones(3),), sites="*#2")

    assert masked.written_back(0.3).p == 0.2


@pytest.mark.parametrize(
    ("wrap", "message"),
    [
        (torch.jit.script, "pass the module that torch.jit.script or torch.jit.trace was given"),
        (nn.DataParallel, r"DataParallel cannot be seen: pass its \.module"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_dropout_out_of_sight_is_refused(wrap, message):
    with pytest.raises(BadInput, match=message):
        MaskedModule(wrap(nn.Sequential(nn.Dropout(0.5))), (torch.ones(3),))


def test_a_batch_that_the_module_cannot_take_is_refused_with_torchs_words():
    with pytest.raises(BadInput, match=r"^Sequential fails on a batch of the data: .*shapes"):
        MaskedModule(made(mlp), (normal(5, 7),))


def test_a_module_that_cannot_be_copied_is_refused():
    net = nn.Linear(3, 3)
    net.result = net(torch.ones(3))

    with pytest.raises(BadInput, match=r"^Linear cannot be copied by copy\.deepcopy \(.*\)\. Keep"):
        MaskedModule(net, (torch.ones(3),))


class Remembers(nn.Module):
    """Keeps what it saw last for a picture of it, as attention layers do."""

    def __init__(self, takes_gradients):
        super().__init__()
        self.inner, self.out = nn.LazyLinear(4), nn.Linear(4, 1)
        self.takes_gradients, self.seen = takes_gradients, None

    def forward(self, x):
        if self.takes_gradients:
            x = x.clone().requires_grad_()
            (slope,) = torch.autograd.grad(self.out(self.inner(x)).sum(), x, create_graph=True)
            return slope.sum(1, keepdim=True)
        self.seen = self.inner(x)
        return self.out(self.seen)


@pytest.mark.parametrize("takes_gradients", [False, True])
def test_lazy_layers_are_made_whether_a_module_keeps_what_it_computes_or_takes_gradients(
    takes_gradients,
):
    made = Remembers(takes_gradients)
    make_parameters(made, torch.ones(3, 2))
    assert not any(each.requires_grad for each in [made.seen] if each is not None)
    assert copy.deepcopy(made).inner.weight.shape == (4, 2)
