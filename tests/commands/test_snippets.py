"""The code to copy does what the chosen setting did."""

import pytest

from dropdecay.commands.snippets import snippets
from tests.commands.test_equivalents import setting

DECOUPLED = ("adam",)
OF_L2 = ("adam", "sgd", "momentum", "nesterov")


def torch_optimizer(code, weights, biases):
    """Run the part of a block that makes the optimizer."""
    torch = pytest.importorskip("torch")
    lines = code.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("optim."))
    names = {"optim": torch.optim, "weights": weights, "biases": biases}
    return eval("\n".join(lines[start:]), names)


@pytest.mark.parametrize("optimizer", DECOUPLED)
def test_a_step_of_torchs_without_gradient_takes_our_share_of_weights_and_leaves_biases(optimizer):
    torch = pytest.importorskip("torch")
    weight, bias = (torch.nn.Parameter(torch.full((3,), 2.0)) for _ in range(2))
    of = setting(optimizer, weight_decay=0.7)
    made = torch_optimizer(snippets(of)["torch"], [weight], [bias])
    for each in (weight, bias):
        each.grad = torch.zeros(3)
    made.step()
    kept = 1 - of.schedule.learning_rate * 0.7
    torch.testing.assert_close(weight.data, torch.full((3,), 2.0 * kept))
    torch.testing.assert_close(bias.data, torch.full((3,), 2.0))


@pytest.mark.parametrize("optimizer", OF_L2)
def test_torchs_l2_adds_twice_our_strength_to_the_gradient_of_weights_alone(optimizer):
    pytest.importorskip("torch")
    code = snippets(setting(optimizer, weight_decay=0.25, decay="l2"))["torch"]
    made = torch_optimizer(code, [_parameter()], [_parameter()])
    # The gradient of 0.25 * W ** 2 is 0.5 * W.
    assert [group["weight_decay"] for group in made.param_groups] == [0.5, 0]
    assert made.param_groups[0].get("nesterov", False) == (optimizer == "nesterov")


def _parameter():
    import torch

    return torch.nn.Parameter(torch.zeros(1))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
def test_torch_has_no_sgd_with_decoupled_decay_and_keras_has(optimizer):
    found = snippets(setting(optimizer, weight_decay=0.1))
    assert list(found) == ["Keras"]
    assert "SGD(" in found["Keras"]
    assert 'exclude_from_weight_decay(var_names=["bias"])' in found["Keras"]


def test_dropout_stands_once_or_by_layer_and_not_where_there_is_none():
    assert "nn.Dropout(0.25)\n" in snippets(setting(dropout=0.25))["torch"]
    by_layer = snippets(setting(dropout=(0.5, 0.25)))
    assert by_layer["torch"].startswith("nn.Dropout(0.5)  # layer 1\nnn.Dropout(0.25)  # layer 2\n")
    assert by_layer["Keras"].startswith("layers.Dropout(0.5)  # layer 1\n")
    assert "Dropout" not in snippets(setting(dropout=0.0))["torch"]
