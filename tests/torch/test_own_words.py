"""Searches over modules speak the words of torch's users, and answer their habits in a sentence."""

import warnings

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadInput, BadSetting, DropdecayWarning, EdgeWarning
from dropdecay.knobs import knob_of
from dropdecay.torch import ModuleClassifierCV, ModuleRegressorCV
from dropdecay.torch.own_words import HABITS, how_to_give, lost_weights
from tests.torch.small import QUICK, Net, NormNet, table


def trained(net):
    """Return an instance after some steps on noise."""
    torch.manual_seed(0)
    x, optimizer = torch.randn(64, 6), torch.optim.SGD(net.parameters(), lr=0.5)
    for _ in range(50):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(x), (x[:, 0] > 0).long()).backward()
        optimizer.step()
    return net


def test_the_learning_rate_is_called_lr_in_what_was_found():
    search = ModuleClassifierCV(Net, axes={"lr": (1e-3, 1e-2)}, **{**QUICK, "dropouts": (0,)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EdgeWarning)
        search.fit(*table())
    for found in (search.best_params_, search.chosen_params_, search.one_se_params_):
        assert set(found) == {"dropout", "weight_decay", "lr"}
    assert set(search.cv_results_["param_lr"]) == {1e-3, 1e-2}
    assert {each["lr"] for each in search.cv_results_["params"]} == {1e-3, 1e-2}
    assert not [name for name in search.cv_results_ if "learning_rate" in name]


def test_an_edge_is_told_in_the_words_of_the_search():
    search = ModuleClassifierCV(Net, axes={"lr": (1e-5, 1e-4)}, **{**QUICK, "dropouts": (0,)})
    with pytest.warns(EdgeWarning) as told:
        search.fit(*table())
    (of_rate,) = [str(each.message) for each in told if "learning rate" in str(each.message)]
    assert of_rate.endswith("(axes={'lr': ...}).")
    assert how_to_give(knob_of("dropout")) == "dropouts"


@pytest.mark.parametrize(
    ("habit", "instead"),
    [
        ({"train_split": None}, "give cv=5"),
        ({"callbacks": []}, "set_callbacks"),
        ({"iterator_train__shuffle": True}, "shuffled anew in every epoch"),
        ({"epochs": 3}, "max_epochs"),
        ({"learning_rate_init": 0.1}, "called lr"),
        ({"criterion__delta": 2.0}, "loss=torch.nn.HuberLoss"),
        ({"patience": 3}, "mean curve of all folds"),
        ({"shuffle": True}, "drawn anew"),
        ({"width": 3}, "module__width"),
    ],
)
def test_a_habit_from_elsewhere_is_answered_in_a_sentence(habit, instead):
    with pytest.raises(TypeError, match=instead) as error:
        ModuleClassifierCV(Net, **habit)
    assert str(error.value).count(". ") == 1


def test_no_habit_is_a_parameter():
    assert not set(HABITS) & set(ModuleRegressorCV(Net).get_params())


@pytest.mark.parametrize("given", [nn.CrossEntropyLoss, nn.CrossEntropyLoss()])
def test_a_loss_as_criterion_is_told_where_it_belongs(given):
    with pytest.raises(BadSetting, match="Give CrossEntropyLoss as loss"):
        ModuleClassifierCV(Net, criterion=given, **QUICK).fit(*table())


def test_an_optimizer_that_is_made_is_refused_without_its_contents():
    made = torch.optim.SGD(Net().parameters(), lr=0.1)
    with pytest.raises(BadSetting, match="not one that is made: SGD") as error:
        ModuleClassifierCV(Net, optimizer=made, **QUICK).fit(*table())
    assert len(str(error.value)) < 160


def test_a_function_that_makes_groups_of_parameters_is_told_how_to_give_them():
    def groups(params, lr):
        return torch.optim.SGD([{"params": [*params], "lr": 0.1 * lr}], lr)

    with pytest.raises(BadSetting, match=r"not a function: .* give optimizer__param_groups="):
        ModuleClassifierCV(Net, optimizer=groups, **QUICK).fit(*table())


@pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")
def test_a_module_without_dropout_is_told_of_where_nothing_was_asked_for():
    given = {name: each for name, each in QUICK.items() if name != "dropouts"}
    search = ModuleClassifierCV(nn.Linear(6, 2), **{**given, "baselines": False}).fit(*table())
    assert search.notices_[0].startswith("Linear has no dropout, so weight decay alone is searched")


def test_items_of_three_parts_do_not_say_which_is_the_target():
    X, y = table()
    rows = torch.utils.data.TensorDataset(*map(torch.from_numpy, (X, X, y)))
    with pytest.raises(BadInput, match=r"have 3 parts.*\(\(a, b\), target\)"):
        ModuleClassifierCV(Net, **QUICK).fit(rows, None)


def test_weights_that_are_lost_are_warned_of_once():
    X, y = table()
    with pytest.warns(DropdecayWarning, match="init='given'") as told:
        ModuleClassifierCV(trained(Net(width=32)), **QUICK).fit(X, y)
    assert sum("no fresh draw" in str(each.message) for each in told) == 1


def test_an_instance_that_is_made_on_the_spot_is_no_news():
    kinds = (
        Net, NormNet, lambda: nn.LSTM(6, 32, 2), lambda: nn.Embedding(50, 8),
        lambda: nn.TransformerEncoderLayer(16, 2), lambda: nn.Conv2d(3, 16, 3),
        lambda: nn.Linear(8, 1),  # one value: its bias is a single number
    )  # fmt: skip
    for kind in kinds:
        for seed in range(20):
            torch.manual_seed(seed)
            assert lost_weights(kind(), "fresh") == ""


def test_what_is_no_fresh_draw_is_seen_by_weights_norms_and_running_statistics():
    assert "hidden.weight" in lost_weights(trained(Net(width=32)), "fresh")
    seen = NormNet().train()
    seen(torch.randn(8, 6))
    assert "norm.running_mean" in lost_weights(seen, "fresh")
    own = Net(width=64)
    nn.init.normal_(own.hidden.weight)
    assert lost_weights(own, "fresh")
    assert lost_weights(own, "given") == ""
    assert lost_weights(Net, "fresh") == ""
    assert lost_weights(nn.Sequential(nn.LazyLinear(200), nn.Linear(200, 2)), "fresh") == ""


@pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
def test_a_head_without_numbers_beside_given_weights_is_drawn_by_every_network():
    X, y = table()
    body = nn.Linear(6, 8)
    net = nn.Sequential(body, nn.ReLU(), nn.Dropout(0.1), nn.LazyLinear(2))
    body.weight.requires_grad_(False)

    search = ModuleClassifierCV(net, init="given", **QUICK).fit(X, y)

    assert search.notices_[0].startswith("3.weight of Sequential belongs to a lazy layer")
    assert torch.equal(search.best_module_[0].weight, body.weight)
    assert search.best_module_[3].weight.shape == (2, 8)


def test_the_users_random_numbers_stay_what_they_are():
    net = Net()
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    lost_weights(net, "fresh")
    assert torch.equal(torch.rand(1), expected)


def test_a_search_without_a_number_of_epochs_ends_sooner_than_one_over_our_networks():
    X, y = table()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = ModuleClassifierCV(
            Net, **{**QUICK, "fixed_epochs": False, "max_epochs": "auto", "lr": 1e-6, "cv": 2,
                    "dropouts": (0,), "weight_decays": (0,)},
        ).fit(X, y)  # fmt: skip
    assert search.setting_.schedule.epochs == 300
    assert np.isfinite(search.best_loss_)
