import pytest

torch = pytest.importorskip("torch")

from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from dropdecay.engine.torch_sites import MaskedModule
from dropdecay.errors import BadInput
from tests.engine.masked import KEY, by_hand, close, forward, made, normal, run

SATURATION = -1.7580993408473766  # where SELU ends, -lambda * alpha


class Calls(nn.Module):
    """Hands its input to one function."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.weight = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.function(self.weight * x, self.training)


ELEMENTWISE = [
    lambda x, training: functional.dropout(x, 0.2, training),
    lambda x, training: functional.dropout(x, p=0.2, training=training, inplace=True),
    lambda x, training: torch.dropout(x, 0.2, training),
    lambda x, training: torch.dropout_(x, 0.2, train=training),
]
BY_CHANNEL = [  # function, shape of its input, shape of its mask
    (lambda x, training: functional.dropout1d(x, 0.2, training), (3, 4, 5), (3, 4, 1)),
    (lambda x, training: functional.dropout1d(x, 0.2, training), (4, 5), (4, 1)),
    (lambda x, training: functional.dropout2d(x, 0.2, training), (3, 4, 2, 5), (3, 4, 1, 1)),
    (lambda x, training: functional.dropout2d(x, 0.2, training), (3, 4, 5), (3, 4, 1)),
    (lambda x, training: functional.dropout3d(x, 0.2, training), (3, 4, 2, 1, 5), (3, 4, 1, 1, 1)),
    (lambda x, training: functional.dropout3d(x, 0.2, training), (4, 2, 1, 5), (4, 1, 1, 1)),
    (lambda x, training: torch.feature_dropout(x, 0.2, training), (3, 4, 5), (3, 4, 1)),
]
ALPHA = [
    (lambda x, training: functional.alpha_dropout(x, 0.2, training), (6, 7, 3)),
    (lambda x, training: functional.alpha_dropout(x, 0.2, training, inplace=True), (6, 7, 3)),
    (lambda x, training: torch.alpha_dropout(x, 0.2, training), (6, 7, 3)),
    (lambda x, training: functional.feature_alpha_dropout(x, 0.2, training), (6, 7, 1)),
]


@pytest.mark.parametrize("function", ELEMENTWISE)
def test_a_function_drops_single_units(function):
    x = normal(6, 7)

    close(run(Calls(function), 0.3, x), x * by_hand((6, 7), 0.3, layer=1))


@pytest.mark.parametrize(("function", "shape", "dropped"), BY_CHANNEL)
def test_a_function_drops_channels(function, shape, dropped):
    x = normal(*shape)

    close(run(Calls(function), 0.3, x), x * by_hand(dropped, 0.3, layer=1))


@pytest.mark.parametrize(("function", "dropped"), ALPHA)
def test_alpha_dropout_puts_saturated_units_and_keeps_mean_and_variance(function, dropped):
    x = normal(6, 7, 3)

    got = run(Calls(function), 0.3, x)

    rate = round(0.3 * 65536) / 65536
    kept = by_hand(dropped, 0.3, layer=1) > 0
    a = ((1 - rate) * (1 + rate * SATURATION**2)) ** -0.5
    close(got, a * torch.where(kept, x, SATURATION) - a * rate * SATURATION)


def test_inplace_dropout_writes_into_its_input():
    def function(x, training):
        y = 1 * x
        functional.dropout(y, 0.2, training, inplace=True)
        return y

    x = normal(6, 7)

    close(run(Calls(function), 0.3, x), x * by_hand((6, 7), 0.3, layer=1))


def test_the_calls_of_a_loop_are_one_site_and_have_numbers():
    def function(x, training):
        for _ in range(3):
            x = functional.dropout(x, 0.2, training)
        return x

    x = normal(6, 7)
    masked = MaskedModule(Calls(function), (x,))

    got = forward(masked, 0.3, x)

    want = x
    for call in range(3):
        want = want * by_hand((6, 7), 0.3, layer=1, call=call)
    close(got, want)
    assert [(site.name, site.calls) for site in masked.sites] == [("F.dropout", 3)]


def test_two_calls_in_one_line_are_two_sites():
    def function(x, training):
        return functional.dropout(x, 0.2, training) + 2 * functional.dropout(x, 0.2, training)

    x = normal(6, 7)
    masked = MaskedModule(Calls(function), (x,))

    got = forward(masked, 0.3, x)

    close(got, x * by_hand((6, 7), 0.3, layer=1) + 2 * x * by_hand((6, 7), 0.3, layer=2))
    assert [site.name for site in masked.sites] == ["F.dropout", "F.dropout#2"]


def test_a_loop_over_rates_is_a_site_for_each_rate():
    def function(x, training):
        for p in (0.1, 0.4, 0.1):
            x = functional.dropout(x, p, training)
        return x

    x = normal(6, 7)
    masked = MaskedModule(Calls(function), (x,), dropout="scale")

    got = forward(masked, 2, x)

    want = x * by_hand((6, 7), 0.2, 1) * by_hand((6, 7), 0.8, 2) * by_hand((6, 7), 0.2, 1, call=1)
    close(got, want)
    assert [(site.rate, site.calls) for site in masked.sites] == [(0.1, 2), (0.4, 1)]


def test_a_rate_that_changes_as_training_goes_on_stays_at_its_site():
    class Annealed(nn.Module):
        def __init__(self):
            super().__init__()
            self.p = 0.4

        def forward(self, x):
            self.p *= 0.9
            return functional.dropout(x, self.p, self.training)

    x = normal(6, 7)
    masked = MaskedModule(Annealed(), (x,))

    forward(masked, 0.3, x)

    close(forward(masked, 0.3, x, step=2), x * by_hand((6, 7), 0.3, layer=1, step=2))


def test_what_a_function_drops_outside_of_the_module_is_left_to_torch():
    masked = MaskedModule(nn.Sequential(nn.Dropout(0.5)), (normal(6, 7),))
    masked.at(0.3, KEY)

    torch.manual_seed(0)
    with masked.step(1):
        got = functional.dropout(torch.ones(50), 0.5)

    torch.manual_seed(0)
    close(got, functional.dropout(torch.ones(50), 0.5))


def test_a_call_that_the_first_batch_did_not_reach_is_refused():
    def function(x, training):
        return functional.dropout(x, 0.2, training) if x.sum() > 0 else x

    masked = MaskedModule(Calls(function), (-torch.ones(3),))
    masked.at(0, KEY)

    with (
        pytest.raises(BadInput, match=r"^F\.dropout at test_torch_functional\.py:\d+ was not call"),
        masked.step(1),
    ):
        masked.module(torch.ones(3))


@pytest.mark.parametrize("use_reentrant", [True, False])
def test_checkpointing_repeats_the_masks(use_reentrant):
    class Net(nn.Module):
        def __init__(self, saves_memory):
            super().__init__()
            self.block = nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Dropout(0.5))
            self.saves_memory = saves_memory

        def piece(self, x):
            return functional.dropout(self.block(x), 0.1, self.training)

        def forward(self, x):
            if self.saves_memory:
                return checkpoint(self.piece, x, use_reentrant=use_reentrant)
            return self.piece(x)

    gradients = []
    for saves_memory in (False, True):
        x = normal(6, 4).requires_grad_()
        masked = MaskedModule(made(lambda it=saves_memory: Net(it)), (x,))
        masked.at(0.3, KEY)
        with masked.step(1):
            masked.module(x).square().sum().backward()
        gradients.append(masked.module.block[0].weight.grad)

    close(gradients[1], gradients[0])
    assert gradients[0].abs().sum() > 0


def test_calls_that_a_checkpoint_cannot_tell_apart_are_refused():
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(2))
            self.drop = nn.Dropout(0.5)

        def forward(self, x):
            for layer in self.layers:
                x = checkpoint(lambda x, layer=layer: self.drop(layer(x)), x, use_reentrant=False)
            return x

    masked = MaskedModule(made(Net), (normal(6, 4),))
    masked.at(0.3, KEY)

    with (
        pytest.raises(BadInput, match=r"^drop is called several times.*of its own\.$"),
        masked.step(1),
    ):
        masked.module(normal(6, 4)).sum().backward()
