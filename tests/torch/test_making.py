"""A class, a function or an instance makes new networks; what cannot is refused."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.engine.inputs import Inputs
from dropdecay.errors import BadSetting
from dropdecay.torch.making import code_of, identity_of, making_of
from tests.torch.small import Net, NormNet


def made_of(module, init="fresh", n_inputs=4, n_outputs=3, **arguments):
    rows = Inputs((np.zeros((2, n_inputs or 1), np.float32),) * (1 if n_inputs else 2))
    return making_of(module, arguments, n_outputs, init)(rows)


def refusal(*args, **kwargs):
    with pytest.raises(BadSetting) as error:
        made_of(*args, **kwargs)
    return str(error.value)


def test_a_class_is_told_the_numbers_of_inputs_and_outputs_that_it_asks_for():
    net = made_of(Net, width=5)
    assert (net.hidden.in_features, net.hidden.out_features, net.out.out_features) == (4, 5, 3)


def test_numbers_that_are_given_are_kept():
    net = made_of(Net, n_inputs=6, n_outputs=3, width=7)
    assert net.hidden.in_features == 6


def test_a_function_makes_a_network():
    net = made_of(lambda n_inputs, n_outputs: nn.Linear(n_inputs, n_outputs))
    assert (net.in_features, net.out_features) == (4, 3)
    assert made_of(partial(Net, width=2)).hidden.out_features == 2


def test_a_function_that_makes_something_else_is_refused():
    assert "made a list" in refusal(lambda: [1])


def test_a_function_without_a_name_is_called_module():
    assert making_of(lambda: nn.Linear(2, 2), {}, 2, "fresh").name == "module"


def test_missing_arguments_are_named():
    said = refusal(nn.Conv2d, n_inputs=None)
    assert "missing 3 required" in said
    assert "module__NAME" in said


def test_an_instance_is_copied_and_its_weights_are_drawn_anew():
    given = Net()
    torch.manual_seed(1)
    net = made_of(given)
    assert net is not given
    assert not torch.equal(net.hidden.weight, given.hidden.weight)


def test_given_weights_are_where_training_starts():
    given = Net()
    assert torch.equal(made_of(given, "given").hidden.weight, given.hidden.weight)


def test_frozen_parts_of_an_instance_keep_their_weights():
    given = Net()
    given.hidden.requires_grad_(requires_grad=False)
    net = made_of(given)
    assert torch.equal(net.hidden.weight, given.hidden.weight)
    assert not torch.equal(net.out.weight, given.out.weight)


def test_weights_that_nobody_can_draw_are_named():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(3))

    said = refusal(Own())
    assert "scale belongs to a Own without reset_parameters()" in said
    assert "init='given'" in said


@pytest.mark.parametrize(
    ("module", "init", "arguments", "said"),
    [
        ("Net", "fresh", {}, "module must be a class"),
        (Net(), "old", {}, "init must be one of"),
        (Net(), "fresh", {"width": 3}, "module__width is for a class"),
        (Net, "given", {}, "starts from the weights of an instance"),
    ],
)
def test_what_makes_no_network_is_refused(module, init, arguments, said):
    assert said in refusal(module, init, **arguments)


def test_a_network_of_skorch_is_refused_for_its_module():
    class NeuralNet:
        module = nn.Linear

    assert "Got a NeuralNet: give its module" in str(refusal(NeuralNet()))


def test_a_network_is_identified_by_its_code_its_arguments_and_its_weights():
    def one():
        return nn.Linear(2, 2)

    def other():
        return nn.Linear(2, 3)

    given = Net()
    different = [one, other, Net, nn.Linear, given, Net(), 3, "3", [3], (0.1, 0.2), None]
    assert len({identity_of(each) for each in different}) == len(different)
    assert identity_of(given) == identity_of(given)
    assert identity_of(Net) == identity_of(Net)


def test_the_code_of_every_part_counts():
    assert code_of(nn.Sequential(Net())) == code_of(nn.Sequential(Net(width=3)))
    assert code_of(nn.Sequential(Net())) != code_of(nn.Sequential(NormNet()))


def test_a_loss_is_identified_by_the_numbers_it_keeps():
    losses = [nn.CrossEntropyLoss(label_smoothing=each) for each in (0.0, 0.1)]
    assert identity_of(losses[0]) != identity_of(losses[1])


def test_what_a_function_closes_over_identifies_it():
    def making(weights):
        return lambda: nn.Linear(2, 2).requires_grad_(requires_grad=bool(weights.sum()))

    assert identity_of(partial(Net, width=2)) != identity_of(partial(Net, width=3))
    assert identity_of(lambda: Net(width=2)) != identity_of(lambda: Net(width=3))
    assert identity_of(making(torch.ones(2))) != identity_of(making(torch.zeros(2)))
    assert identity_of(making(torch.ones(2))) == identity_of(making(torch.ones(2)))


def test_a_module_has_the_last_word_on_the_weights_inside_of_it():
    class Zeroed(Net):
        def reset_parameters(self):
            nn.init.zeros_(self.out.weight)

    net = made_of(Zeroed())
    assert not net.out.weight.any()
    assert net.hidden.weight.all()
