import math

import pytest

torch = pytest.importorskip("torch")

from torch import nn
from torch.nn import functional

from dropdecay.engine.torch_attention import attention
from dropdecay.engine.torch_drop import Kept
from dropdecay.engine.torch_sites import MaskedModule
from tests.engine.masked import by_hand, close, forward, made, normal, run

BATCH, HEADS, QUERIES, KEYS, WIDTH = 2, 2, 3, 4, 6
CAUSAL = torch.ones(QUERIES, KEYS, dtype=torch.bool).tril()
BLIND = CAUSAL & (torch.arange(QUERIES) > 0)[:, None]  # the first query sees nothing
WAYS = [
    {},
    {"is_causal": True},
    {"attn_mask": CAUSAL},
    {"attn_mask": BLIND},
    {"attn_mask": torch.zeros(QUERIES, KEYS, dtype=torch.float64).masked_fill(~CAUSAL, -math.inf)},
    {"attn_mask": normal(BATCH, 1, QUERIES, KEYS, seed=9)},
    {"scale": 0.3},
]


def drop_nothing_by_mask(shape, device):
    return Kept(torch.ones(shape, dtype=torch.bool, device=device), 0)


@pytest.mark.parametrize("way", WAYS)
def test_without_dropping_it_is_torchs_attention_with_its_gradients(way):
    inputs = [
        normal(BATCH, HEADS, length, WIDTH, seed=i).requires_grad_()
        for i, length in enumerate((QUERIES, KEYS, KEYS))
    ]

    got = attention(drop_nothing_by_mask, *inputs, **way)
    want = functional.scaled_dot_product_attention(*inputs, **way)

    close(got, want)
    gradients = [torch.autograd.grad(each.square().sum(), inputs) for each in (got, want)]
    for ours, theirs in zip(*gradients, strict=True):
        assert ours.isfinite().all()
        close(ours, theirs)


def test_heads_may_share_keys_and_values():
    query, key, value = normal(2, 4, 3, 6), normal(2, 2, 4, 6), normal(2, 2, 4, 6, seed=1)

    got = attention(drop_nothing_by_mask, query, key, value, enable_gqa=True)

    close(got, functional.scaled_dot_product_attention(query, key, value, enable_gqa=True))


def test_the_mask_is_on_the_weights_of_attention():
    class Causal(nn.Module):
        def forward(self, x):
            rate = 0.2 if self.training else 0.0
            return functional.scaled_dot_product_attention(x, x, x, dropout_p=rate, is_causal=True)

    x = normal(BATCH, HEADS, KEYS, WIDTH)
    masked = MaskedModule(Causal(), (x,))

    got = forward(masked, 0.3, x)

    scores = x @ x.mT / math.sqrt(WIDTH)
    scores = scores.masked_fill(torch.ones(KEYS, KEYS).triu(1).bool(), -math.inf)
    weights = scores.softmax(-1) * by_hand((BATCH, HEADS, KEYS, KEYS), 0.3, layer=1)
    close(got, weights @ x)
    assert masked.sites[0].name == "F.scaled_dot_product_attention"


def multi_head(net, query, key, value, factors):
    """Attention of several heads, written plainly; factors is the mask of the weights."""
    width = net.embed_dim // net.num_heads
    inputs = zip(
        (query, key, value), net.in_proj_weight.chunk(3), net.in_proj_bias.chunk(3), strict=True
    )
    q, k, v = (
        functional.linear(x, weight, bias).unflatten(-1, (net.num_heads, width)).transpose(1, 2)
        for x, weight, bias in inputs
    )
    weights = (q @ k.mT / math.sqrt(width)).softmax(-1) * factors
    return net.out_proj((weights @ v).transpose(1, 2).flatten(2)), weights


@pytest.mark.parametrize("need_weights", [True, False])
def test_multi_head_attention_uses_one_mask_whether_weights_are_asked_for_or_not(need_weights):
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention = nn.MultiheadAttention(6, 2, dropout=0.1, batch_first=True)

        def forward(self, query, key, value):
            return self.attention(query, key, value, need_weights=need_weights)

    inputs = normal(2, 3, 6), normal(2, 4, 6, seed=1), normal(2, 4, 6, seed=2)
    net = made(Net)

    outputs, weights = run(net, 0.3, *inputs)

    factors = by_hand((2, 2, 3, 4), 0.3, layer=1)
    want, want_weights = multi_head(net.attention, *inputs, factors)
    close(outputs, want)
    if need_weights:
        close(weights, want_weights.mean(1))


def test_attention_without_dropout_of_its_own_is_a_site():
    net = made(lambda: nn.MultiheadAttention(6, 2, batch_first=True))
    x = normal(2, 3, 6)

    outputs, _ = run(net, 0.3, x, x, x)

    close(outputs, multi_head(net, x, x, x, by_hand((2, 2, 3, 3), 0.3, layer=1))[0])


@pytest.mark.parametrize(
    "options",
    [
        {"kdim": 5, "vdim": 4},
        {"add_bias_kv": True, "add_zero_attn": True},
        {"bias": False, "batch_first": True},
    ],
)
@pytest.mark.parametrize("rate", [0.0, 0.4])
def test_every_form_of_multi_head_attention_keeps_its_meaning(options, rate):
    net = made(lambda: nn.MultiheadAttention(6, 2, dropout=0.1, **options))
    query = normal(3, 3, 6)
    key, value = normal(3, 3, options.get("kdim", 6)), normal(3, 3, options.get("vdim", 6))
    padding = torch.zeros(3, 3, dtype=torch.bool)
    padding[0, 2] = True
    masked = MaskedModule(net, (query, key, value, padding))

    _, weights = forward(masked, rate, query, key, value, padding)

    plain = net.eval()(query, key, value, padding)[1]
    factors = 1 if rate == 0 else by_hand(masked.sites[0].shape, rate, layer=1)
    per_head = net(query, key, value, padding, average_attn_weights=False)[1]
    close(weights, (per_head * factors).mean(1))
    assert plain.shape == weights.shape


def test_a_transformer_encoder_of_two_layers_has_eight_sites_and_matches_a_plain_forward():
    def make():
        layer = nn.TransformerEncoderLayer(6, 2, 8, 0.1, batch_first=True)
        return nn.TransformerEncoder(layer, 2)

    net, x = made(make), normal(2, 3, 6)
    masked = MaskedModule(net, (x,))

    got = forward(masked, 0.3, x)

    want, site = x, 1
    for layer in net.layers:
        factors = by_hand((2, 2, 3, 3), 0.3, site)
        attended, _ = multi_head(layer.self_attn, want, want, want, factors)
        want = layer.norm1(want + attended * by_hand((2, 3, 6), 0.3, site + 2))
        hidden = layer.linear1(want).relu() * by_hand((2, 3, 8), 0.3, site + 1)
        want = layer.norm2(want + layer.linear2(hidden) * by_hand((2, 3, 6), 0.3, site + 3))
        site += 4
    close(got, want)
    assert len(masked.sites) == 8
    close(masked.module.eval()(x), net.eval()(x))
