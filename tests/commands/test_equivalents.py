"""The lines in other libraries' words mean, there, what the chosen setting means here.

Without inputs (all rows zero) the loss says nothing about the first weights: a step moves them by
the decay alone, by the same factor each, and factors can be compared between libraries.
"""

import re
import warnings

import numpy as np
import pytest
import sklearn.neural_network

from dropdecay import MLPRegressor
from dropdecay.commands.equivalents import equivalents
from dropdecay.commands.snippets import snippets
from dropdecay.decay_memory import Pace
from dropdecay.settings import Network, Regularization, Schedule, Setting

N_ROWS, BATCH, EPOCHS, LR = 64, 16, 3, 0.05
N_STEPS = EPOCHS * N_ROWS // BATCH
STRENGTHS = [0.003, 0.1, 1.5]
X, Y = np.zeros((N_ROWS, 3), np.float32), np.random.default_rng(0).normal(size=N_ROWS)


def setting(optimizer="adam", label_smoothing=0.0, **regularization):
    return Setting(
        Network(3, (5, 4), 3, label_smoothing=label_smoothing),
        Regularization(**regularization),
        Schedule(EPOCHS, BATCH, optimizer, LR),
    )


def lines(strength, decay, optimizer):
    """What the summary prints, by library."""
    said = equivalents(setting(optimizer, dropout=0.25, weight_decay=strength, decay=decay), None)
    return {line.split(":")[0]: line for line in said}


def number(line, name):
    """The number a line gives to a parameter."""
    return float(re.search(rf"{re.escape(name)}([0-9.e+-]+)", line).group(1).rstrip(".,"))


def our_factor(strength, decay, optimizer):
    """By how much training here shrinks the first weights."""
    weights = [first_weights(MLPRegressor, solver=optimizer, decay=decay, weight_decay=each)
               for each in (0.0, strength)]  # fmt: skip
    return common_factor(*weights)


def first_weights(kind, alpha=0.0, **settings):
    network = kind(
        hidden_layer_sizes=5, learning_rate_init=LR, batch_size=BATCH, max_iter=EPOCHS, tol=0,
        random_state=0, n_iter_no_change=1000, momentum=0, nesterovs_momentum=False, alpha=alpha,
        **settings,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return network.fit(X, Y).coefs_[0]


def common_factor(before, after):
    """The one factor between two matrices."""
    factors = after / before
    np.testing.assert_allclose(factors, factors[0, 0], rtol=1e-4)
    return factors.mean()


def same(found, wanted):
    """Equal as far as four printed digits say."""
    assert wanted < 0.999
    np.testing.assert_allclose(np.log(found), np.log(wanted), rtol=2e-3)


@pytest.mark.parametrize("strength", STRENGTHS)
def test_scikit_learns_alpha_shrinks_the_weights_as_much(strength):
    alpha = number(lines(strength, "l2", "sgd")["scikit-learn"], "alpha=")

    weights = [first_weights(sklearn.neural_network.MLPRegressor, solver="sgd", alpha=each)
               for each in (0.0, alpha)]  # fmt: skip

    same(common_factor(*weights), our_factor(strength, "l2", "sgd"))


@pytest.mark.parametrize("strength", STRENGTHS)
def test_torchs_sgd_shrinks_the_weights_as_much(strength):
    decay = number(lines(strength, "l2", "sgd")["torch"], "weight_decay=")

    # torch.optim.SGD: the gradient grows by weight_decay * w.
    same((1 - LR * decay) ** N_STEPS, our_factor(strength, "l2", "sgd"))


@pytest.mark.parametrize("strength", STRENGTHS)
def test_keras_penalty_shrinks_the_weights_as_much(strength):
    factor = number(lines(strength, "l2", "sgd")["Keras"], "L2(")

    # keras.regularizers.L2: the loss grows by factor * sum of w ** 2.
    same((1 - LR * 2 * factor) ** N_STEPS, our_factor(strength, "l2", "sgd"))


@pytest.mark.parametrize("strength", STRENGTHS)
def test_torchs_adamw_shrinks_the_weights_as_much(strength):
    decay = number(lines(strength, "decoupled", "adam")["torch"], "weight_decay=")

    # torch.optim.AdamW: w becomes (1 - lr * weight_decay) * w before the step of Adam, here none.
    same((1 - LR * decay) ** N_STEPS, our_factor(strength, "decoupled", "adam"))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("strength", STRENGTHS)
def test_keras_decoupled_decay_shrinks_the_weights_as_much(strength, optimizer):
    decay = number(lines(strength, "decoupled", optimizer)["Keras"], "weight_decay=")

    # keras.optimizers.Optimizer: w becomes w - w * weight_decay * lr, whichever the optimizer.
    same((1 - LR * decay) ** N_STEPS, our_factor(strength, "decoupled", optimizer))


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize(
    ("decay", "optimizer"), [("l2", "sgd"), ("l2", "adam"), ("decoupled", "adam")]
)
def test_torch_itself_ends_with_the_same_weights(strength, decay, optimizer):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    line = lines(strength, decay, optimizer)["torch"]
    rule = {"AdamW": torch.optim.AdamW, "Adam": torch.optim.Adam, "SGD": torch.optim.SGD}
    begin = first_weights(MLPRegressor, solver=optimizer, decay="decoupled", weight_decay=0.0)
    weights = torch.nn.Parameter(torch.from_numpy(np.array(begin)))
    stepping = rule[re.search(r"optim\.(\w+)\(", line).group(1)](
        [weights], lr=number(line, "lr="), weight_decay=number(line, "weight_decay=")
    )

    for _ in range(N_STEPS):
        weights.grad = torch.zeros_like(weights)
        stepping.step()

    ours = first_weights(MLPRegressor, solver=optimizer, decay=decay, weight_decay=strength)
    found = weights.detach().numpy()
    np.testing.assert_allclose(found, ours, rtol=2e-3, atol=2e-4)
    assert np.abs(found - begin).max() > 1e-4


def test_plain_sgd_with_decoupled_decay_has_no_number_in_torch():
    said = lines(0.1, "decoupled", "sgd")

    assert "weight_decay=" not in said["torch"]
    assert "--decay l2" in said["torch"]
    assert "scikit-learn" not in said


def test_cautious_decay_is_told_as_a_rule_since_no_library_has_it():
    said = equivalents(setting(weight_decay=0.3, decay="cautious"), None)
    assert said == [
        "torch and Keras have no cautious decay: of every weight w of which Adam(lr=0.05) "
        "subtracts a u with u * w >= 0, also subtract 0.05 * 0.3 * w; nn.Dropout(0), "
        "layers.Dropout(0)"
    ]
    assert snippets(setting(weight_decay=0.3, decay="cautious")) == {}


@pytest.mark.parametrize(("decay", "optimizer"), [("l2", "adam"), ("decoupled", "adam")])
def test_every_line_names_the_rate_and_the_learning_rate(decay, optimizer):
    for library, line in lines(0.1, decay, optimizer).items():
        if library != "scikit-learn":
            assert "Dropout(0.25)" in line
            assert f"{LR:g}" in line


def test_momentum_is_named_where_it_ran():
    said = equivalents(setting("nesterov", weight_decay=0.1, decay="l2"), None)
    for line in said[:2]:
        assert "momentum=0.9, nesterov=True)" in line
    assert "momentum" not in equivalents(setting("sgd", weight_decay=0.1, decay="l2"), None)[0]


def test_rates_of_several_layers_are_all_named():
    said = equivalents(setting(dropout=(0.5, 0.25)), None)
    assert "nn.Dropout(0.5), Dropout(0.25), layer by layer" in said[0]


def test_every_further_knob_that_regularizes_has_a_line():
    knobs = {"max_norm": 3.0, "input_dropout": 0.2, "l1": 0.1, "weight_average": 0.99}
    said = equivalents(setting(label_smoothing=0.1, **knobs), None)
    assert [line.split(":")[0] for line in said[2:]] == [
        "L1 0.1", "weight average 0.99", "input dropout 0.2", "max-norm 3", "label smoothing 0.1",
    ]  # fmt: skip
    assert "constraints.MaxNorm(3)" in said[5]
    assert len(equivalents(setting(), None)) == 2


def test_the_decay_for_a_table_of_another_size_keeps_its_memory():
    *_, last = equivalents(setting(weight_decay=3.0), Pace(0.001, 25))
    assert number(last, "weight_decay=") == 3.0 * 25
    # 1 / (0.05 * 3 * 25): at the learning rate of the setting.
    assert "(forgets over 0.27 epochs), with the same learning rate and batch size" in last


def test_nothing_is_said_of_other_tables_where_nothing_is_forgotten():
    for strength, pace in ((0.0, Pace(0.001, 25)), (3.0, None)):
        assert "another size" not in " ".join(equivalents(setting(weight_decay=strength), pace))
