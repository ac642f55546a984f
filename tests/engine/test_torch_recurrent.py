import pytest

torch = pytest.importorskip("torch")

from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from dropdecay.engine.torch_sites import MaskedModule
from tests.engine.masked import by_hand, close, forward, made, normal

KINDS = [nn.LSTM, nn.GRU, nn.RNN, lambda *a, **k: nn.RNN(*a, nonlinearity="relu", **k)]
WAYS = [
    {},
    {"batch_first": True},
    {"bidirectional": True},
    {"batch_first": True, "bidirectional": True, "bias": False},
]


def one_layer(net, layer):
    """A network of one layer with the weights of a layer of another."""
    size = (
        net.weight_ih_l0.shape[1]
        if layer == 0
        else net.get_parameter(f"weight_ih_l{layer}").shape[1]
    )
    options = {"batch_first": net.batch_first, "bidirectional": net.bidirectional, "bias": net.bias}
    if isinstance(net, nn.RNN):
        options["nonlinearity"] = net.nonlinearity
    if net.proj_size:
        options["proj_size"] = net.proj_size
    single = type(net)(size, net.hidden_size, **options).double()
    state = net.state_dict()
    single.load_state_dict(
        {name: state[name.replace("l0", f"l{layer}")] for name in single.state_dict()}
    )
    return single


def part(states, layer, net):
    n = 2 if net.bidirectional else 1
    if isinstance(states, tuple):
        return tuple(each[layer * n : (layer + 1) * n] for each in states)
    return states[layer * n : (layer + 1) * n]


def by_layers(net, x, states, factors):
    """The outputs and last states, one layer after the other; factors are the masks between."""
    last = []
    for layer in range(net.num_layers):
        x = x if layer == 0 else x * factors[layer - 1]
        x, state = one_layer(net, layer)(x, part(states, layer, net))
        last.append(state)
    if isinstance(last[0], tuple):
        return x, tuple(torch.cat(each) for each in zip(*last, strict=True))
    return x, torch.cat(last)


def start(net, n_rows):
    n = net.num_layers * (2 if net.bidirectional else 1)
    h = normal(n, n_rows, net.proj_size or net.hidden_size, seed=3)
    return (h, normal(n, n_rows, net.hidden_size, seed=4)) if isinstance(net, nn.LSTM) else h


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_layer_hands_to_the_next_is_dropped(kind, way):
    net = made(lambda: kind(3, 4, 3, dropout=0.1, **way))
    x = normal(2, 2, 3)
    masked = MaskedModule(net, (x,))

    outputs, states = forward(masked, 0.3, x, start(net, 2))

    shape = (2, 2, 8 if net.bidirectional else 4)
    factors = [by_hand(shape, 0.3, layer=1, call=gap) for gap in range(2)]
    want, want_states = by_layers(net, x, start(net, 2), factors)
    close(outputs, want)
    close(states, want_states)
    (site,) = masked.sites
    assert (site.shape, site.calls) == (shape, 2)
    assert site.kind == f"between {net.mode.split('_')[0]} layers"


def test_a_projected_lstm_drops_what_it_projects():
    net = made(lambda: nn.LSTM(3, 4, 2, dropout=0.1, proj_size=2))
    x = normal(2, 2, 3)

    outputs, _ = forward(MaskedModule(net, (x,)), 0.3, x, start(net, 2))

    close(outputs, by_layers(net, x, start(net, 2), [by_hand((2, 2, 2), 0.3, layer=1)])[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_packed_sequence_is_dropped_as_it_is_packed(kind):
    net = made(lambda: kind(3, 4, 2, dropout=0.1))
    packed = pack_padded_sequence(normal(3, 2, 3), torch.tensor([2, 3]), enforce_sorted=False)

    outputs, states = forward(MaskedModule(net, (packed,)), 0.3, packed)

    first, first_states = one_layer(net, 0)(packed)
    dropped = first._replace(data=first.data * by_hand((5, 4), 0.3, layer=1))
    want, want_states = one_layer(net, 1)(dropped)
    close(pad_packed_sequence(outputs)[0], pad_packed_sequence(want)[0])
    pairs = [(states, first_states, want_states)]
    if kind is nn.LSTM:
        pairs = list(zip(states, first_states, want_states, strict=True))
    for got, lower, upper in pairs:
        close(got, torch.cat([lower, upper]))


def test_without_dropout_it_is_the_users_network():
    net = made(lambda: nn.LSTM(3, 4, 2, dropout=0.5))
    x = normal(5, 2, 3)
    masked = MaskedModule(net, (x,))

    outputs, (hidden, cell) = forward(masked, 0.0, x)

    want, (want_hidden, want_cell) = net.eval()(x)
    close(outputs, want)
    close((hidden, cell), (want_hidden, want_cell))


def test_one_layer_has_nothing_between():
    assert MaskedModule(made(lambda: nn.GRU(3, 4)), (normal(5, 2, 3),)).sites == ()
