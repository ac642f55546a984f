"""Parameters of the searches over modules: each does what it says, and the store goes on."""

from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn
from torch.optim import lr_scheduler

from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.errors import BadInput, BadSetting, DivergenceWarning, EveryRunDiverged
from dropdecay.torch import Dropout, ModuleClassifierCV
from tests.torch.small import N_ROWS, QUICK, Net, NormNet, losses_of, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
X, Y = table(2)


def search_of(module=Net, **changes):
    return ModuleClassifierCV(module, **{**QUICK, **changes})


def fitted(module=Net, **changes):
    return search_of(module, **changes).fit(X, Y)


def refusal(module=Net, data=(X, Y), **changes):
    """Return what a fit is refused with."""
    with pytest.raises(BadInput) as error:
        search_of(module, **changes).fit(*data)
    return str(error.value)


# Parameters by prefix


def test_arguments_of_module_and_optimizer_are_parameters():
    search = search_of(module__width=5, optimizer__eps=1e-6)
    assert search.get_params()["module__width"] == 5
    search.set_params(module__width=7, optimizer__betas=(0.8, 0.9), lr=0.1)
    assert search.get_params()["module__width"] == 7
    assert search.lr == 0.1
    assert search.fit(X, Y).best_module_.hidden.out_features == 7


def test_a_grid_search_may_vary_an_argument_of_the_module():
    from sklearn.model_selection import GridSearchCV

    grid = GridSearchCV(search_of(max_epochs=1), {"module__width": (2, 9)}, cv=2).fit(X, Y)
    assert grid.best_estimator_.best_module_.hidden.out_features in (2, 9)


def test_an_unknown_parameter_says_how_those_of_the_module_are_given():
    with pytest.raises(TypeError, match=r"no parameter 'width'.*module__width=.*optimizer__width"):
        search_of(width=3)
    with pytest.raises(ValueError, match="no parameter 'width'"):
        search_of().set_params(width=3)


def test_a_misspelt_argument_of_the_module_is_named():
    assert "unexpected keyword argument 'widht'" in refusal(module__widht=3)


def test_a_misspelt_argument_of_the_optimizer_is_named():
    said = refusal(optimizer__momentun=0.5, optimizer=torch.optim.SGD)
    assert "optimizer__momentun" in said
    assert "SGD" in said


@pytest.mark.parametrize(
    ("argument", "remedy"), [("lr", "use lr"), ("weight_decay", "use weight_decays")]
)
def test_rate_and_decay_are_not_the_optimizers_here(argument, remedy):
    assert remedy in refusal(**{f"optimizer__{argument}": 0.1})


def test_the_optimizers_own_decay_is_off():
    # SGD and AdamW without decay of their own; AdamW's default is 0.01.
    class Watched(torch.optim.AdamW):
        seen: ClassVar = []

        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            if len(self.param_groups[0]["params"]) > 1:  # those of a network
                self.seen.append(self.param_groups[0]["weight_decay"])

    fitted(optimizer=Watched, max_epochs=1)
    assert set(Watched.seen) == {0.0}


@pytest.mark.parametrize(
    "optimizer", [torch.optim.SGD, torch.optim.RMSprop, torch.optim.NAdam, torch.optim.Adagrad]
)
def test_any_optimizer_of_torch_trains(optimizer):
    search = fitted(optimizer=optimizer, max_epochs=10, lr=0.05)
    assert search.best_loss_ < 0.8 * search.results_.attrs["baseline_loss"]


def test_lbfgs_is_refused():
    assert "cannot be LBFGS" in refusal(optimizer=torch.optim.LBFGS)


def test_an_optimizer_must_be_a_class():
    assert "must be a class" in refusal(optimizer=torch.optim.SGD(Net().parameters()))


def test_sparse_gradients_are_refused():
    class Sparse(nn.Module):
        def __init__(self):
            super().__init__()
            self.table, self.drop = nn.Embedding(9, 4, sparse=True), nn.Dropout(0.1)
            self.out = nn.Linear(4, 2)

        def forward(self, x):
            return self.out(self.drop(self.table(x).mean(1)))

    numbers = np.arange(2 * N_ROWS).reshape(-1, 2) % 9
    said = refusal(Sparse, (numbers, Y))
    assert "sparse" in said
    assert "sparse=False" in said


# Learning rates and epochs


@pytest.mark.parametrize(
    "scheduler",
    [
        "cosine",
        "one_cycle",
        lambda optimizer: lr_scheduler.StepLR(optimizer, 1, gamma=0.1),
        lambda optimizer: lr_scheduler.CosineAnnealingLR(optimizer, 3),
        lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=4),
    ],
)
def test_a_schedule_changes_what_is_learned(scheduler):
    scheduled, plain = fitted(scheduler=scheduler), fitted()
    assert (losses_of(scheduled)[..., -1] != losses_of(plain)[..., -1]).all()


def test_a_schedule_of_ones_own_is_stepped_after_every_epoch():
    stopped = fitted(scheduler=lambda optimizer: lr_scheduler.StepLR(optimizer, 1, gamma=0.0))
    losses = stopped.results_["validation_loss"]
    assert (losses.isel(epoch=1) == losses.isel(epoch=0)).all()


def test_a_schedule_with_an_end_needs_a_number_of_epochs():
    for scheduler in (
        "cosine", lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=9),
    ):  # fmt: skip
        said = refusal(scheduler=scheduler, max_epochs="auto", fixed_epochs=False)
        assert said.startswith("scheduler falls along a number of epochs")
        assert "max_epochs=" in said


def test_a_schedule_that_ends_before_training_does_is_refused():
    said = refusal(
        scheduler=lambda optimizer: lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=2),
        max_epochs=6,
    )
    assert "scheduler" in said
    assert "6 epochs" in said


def test_a_plateau_is_refused():
    assert "cannot be ReduceLROnPlateau" in refusal(scheduler=lr_scheduler.ReduceLROnPlateau)


@pytest.mark.parametrize(
    ("name", "value"), [("lr", -1), ("lr", "fast"), ("max_epochs", 0), ("batch_size", 0),
                        ("max_grad_norm", 0), ("dropout_mode", "times"), ("decay", "l1"),
                        ("decay_to", "end"), ("init", "old"), ("precision", "fp16"),
                        ("scheduler", "linear"), ("dropouts", (0, 1.5)), ("weight_decays", (-1,)),
                        ("n_seeds", 0), ("rule", "worst")]
)  # fmt: skip
def test_a_value_that_is_not_allowed_is_refused_under_the_name_that_was_typed(name, value):
    said = refusal(**{name: value})
    assert name.rstrip("s") in said
    assert "learning_rate_init" not in said
    assert "max_iter" not in said


def test_a_decay_that_would_remove_whole_weights_speaks_of_lr():
    said = refusal(lr=0.5, weight_decays=(0, 3))
    assert "whole weight" in said
    assert "learning_rate_init" not in said


def test_epochs_end_by_the_points_own_curves():
    search = fitted(max_epochs="auto", fixed_epochs=False, lr=0.05, weight_decays=(0,))
    assert search.epochs_ >= 1
    assert set(np.ravel(search.results_["ending"])) <= {"flat", "past", "truncated"}


def test_points_that_could_not_catch_up_may_be_given_up():
    search = fitted(
        max_epochs="auto", fixed_epochs=False, futility=True, lr=0.05,
        dropouts=(0, 0.9), weight_decays=(0, 19),
    )  # fmt: skip
    assert np.isfinite(search.best_loss_)


def test_an_edge_may_be_moved_out():
    nothing_to_learn = np.random.default_rng(1).permutation(Y)
    search = search_of(
        dropouts=(0,), weight_decays=(0.1, 1), extend=True, max_epochs=20, lr=0.02
    ).fit(X, nothing_to_learn)  # fmt: skip
    assert search.results_.sizes["dropout"] + search.results_.sizes["weight_decay"] > 3


def test_a_race_drops_points():
    search = fitted(race=True, cv=4, dropouts=(0, 0.9), weight_decays=(0, 50))
    assert np.isfinite(search.best_loss_)


# Regularization


def test_lr_may_be_an_axis():
    search = fitted(axes={"lr": (0.001, 0.05)})
    assert search.best_params_["lr"] == 0.05


def test_a_learning_rate_of_the_axis_is_checked_under_its_name():
    assert refusal(axes={"lr": (0.1, -1)}).startswith("lr must be")


def test_other_axes_are_refused_by_name():
    said = refusal(axes={"max_norm": (1, 2)})
    assert "no axis 'max_norm'" in said
    assert "lr" in said


def test_cautious_decay_is_refused_before_anything_is_trained():
    assert "decay must be one of 'decoupled', 'l2'. Got 'cautious'" in refusal(decay="cautious")


def test_a_single_rate_or_decay_takes_the_place_of_its_axis():
    search = fitted(dropouts="auto", weight_decays="auto", dropout=0.3, weight_decay=0.5)
    assert search.best_params_ == {"dropout": 0.3, "weight_decay": 0.5}


class TwoRates(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Dropout(0.1), nn.Dropout(0.4)
        self.hidden, self.out = nn.Linear(6, 8), nn.Linear(8, 2)

    def forward(self, x):
        return self.out(self.second(self.hidden(self.first(x)).relu()))


def test_rates_may_be_multiplied():
    search = fitted(TwoRates, dropout_mode="scale", dropouts=(0.5,), weight_decays=(0,))
    assert (search.best_module_.first.p, search.best_module_.second.p) == (0.05, 0.2)
    assert search.best_params_["dropout_factor"] == 0.5


def test_factor_1_is_the_module_as_it_is_written():
    scaled = fitted(TwoRates, dropout_mode="scale", dropouts=(1,))
    given = fitted(TwoRates, dropouts=((0.1, 0.4),))
    np.testing.assert_array_equal(losses_of(scaled).ravel(), losses_of(given).ravel())


def test_sites_may_be_picked_by_name():
    for sites in ("second", lambda name: name == "second"):
        search = fitted(TwoRates, sites=sites, dropouts=(0.3,), weight_decays=(0,))
        assert (search.best_module_.first.p, search.best_module_.second.p) == (0.1, 0.3)


def test_every_site_may_have_a_rate_of_its_own():
    search = fitted(TwoRates, dropouts=((0.2, 0.5),), weight_decays=(0,))
    assert (search.best_module_.first.p, search.best_module_.second.p) == (0.2, 0.5)


def test_a_pattern_that_picks_nothing_lists_the_sites():
    said = refusal(TwoRates, sites="third")
    assert "picks none" in said
    assert "first, second" in said


def test_a_module_without_dropout_is_refused_where_dropout_is_asked_for():
    said = refusal(nn.Linear, module__in_features=6, module__out_features=2)
    assert said.startswith("Linear has no dropout: add nn.Dropout")


def test_a_module_without_dropout_searches_weight_decay_alone():
    search = fitted(
        nn.Linear, module__in_features=6, module__out_features=2, dropouts="auto"
    )  # fmt: skip
    assert search.results_.sizes["dropout"] == 1


def test_our_dropout_marks_a_site_without_a_rate_of_its_own():
    class Marked(Net):
        def __init__(self):
            super().__init__()
            self.drop = Dropout()

    assert fitted(Marked, dropouts=(0.3,), weight_decays=(0,)).best_module_.drop.p == 0.3


def test_which_parameters_decay_may_be_said():
    search = fitted(decays=lambda name, parameter: name == "out.weight")
    assert search.decayed_ == ("out.weight",)


def test_decay_that_acts_on_nothing_is_refused():
    said = refusal(decays=lambda name, parameter: False)
    assert "acts on no parameter of Net" in said
    search = fitted(decays=lambda name, parameter: False, weight_decays=(0,))
    assert search.decayed_ == ()


def test_parameters_may_have_learning_rates_of_their_own(tmp_path):
    slow = {"optimizer__param_groups": [("hidden.*", {"lr": 1e-9})]}
    torch.manual_seed(0)
    given, store = Net(), tmp_path / "s.db"
    options = {"init": "given", "weight_decays": (0,), "store": store}
    plain, held = fitted(given, **options), fitted(given, **options, **slow)
    start = given.hidden.weight.detach()
    moved = [(each.best_module_.hidden.weight - start).abs().max() for each in (plain, held)]
    assert moved[0] > 1e-3
    assert moved[1] < 1e-6
    assert (losses_of(plain) != losses_of(held)).all()
    again = fitted(given, **options, **slow)
    np.testing.assert_array_equal(losses_of(again), losses_of(held))
    with pytest.raises(BadInput, match=r"No trained parameter of Net fits 'hiden.*They are called"):
        fitted(given, optimizer__param_groups=[("hiden.*", {"lr": 1e-4})])


def test_decay_towards_the_start_keeps_given_weights():
    given = Net()
    far = {"lr": 0.001, "weight_decays": (900,), "dropouts": (0,), "init": "given"}
    to_start, to_zero = (fitted(given, decay_to=to, **far) for to in ("start", "zero"))

    start = given.hidden.weight.detach().numpy()
    kept, shrunk = (
        each.best_module_.hidden.weight.detach().numpy() for each in (to_start, to_zero)
    )  # fmt: skip
    np.testing.assert_allclose(kept, start, atol=0.01)
    assert np.abs(shrunk).max() < 0.05


@pytest.mark.parametrize("decay", ["decoupled", "l2"])
def test_both_kinds_of_decay_shrink_the_weights(decay):
    weights = [
        fitted(decay=decay, weight_decays=(each,), dropouts=(0,), max_epochs=20)
        .best_module_.hidden.weight.norm().item()
        for each in (0, 5)
    ]  # fmt: skip
    assert weights[1] < 0.8 * weights[0]


def test_frozen_parameters_stay_what_they_were_given_as():
    given = Net()
    given.hidden.requires_grad_(requires_grad=False)
    search = fitted(given, init="given", weight_decays=(0, 9))

    assert torch.equal(search.best_module_.hidden.weight, given.hidden.weight)
    assert not torch.equal(search.best_module_.out.weight, given.out.weight)
    assert search.decayed_ == ("out.weight",)


def test_a_module_that_is_frozen_whole_is_refused():
    given = Net().requires_grad_(requires_grad=False)
    assert "no parameter to train" in refusal(given, init="given")


def test_augmentation_draws_the_same_for_every_point_and_in_training_alone():
    drawn = []

    def noisy(inputs, generator):
        noise = torch.randn(inputs.shape, generator=generator)
        drawn.append(float(noise.sum()))
        return inputs + noise

    search = fitted(augment=noisy, dropouts=(0, 0.4), weight_decays=(0,), cv=2, max_epochs=1)
    plain = fitted(dropouts=(0, 0.4), weight_decays=(0,), cv=2, max_epochs=1)

    assert (losses_of(search) != losses_of(plain)).all()
    tried, steps_of_folds_and_refit = 1, 2 * 3 + 6
    assert len(set(drawn)) == tried + steps_of_folds_and_refit < len(drawn)


def test_gradients_may_be_limited():
    assert (losses_of(fitted(max_grad_norm=1e-3, optimizer=torch.optim.SGD))
            != losses_of(fitted(optimizer=torch.optim.SGD))).all()  # fmt: skip


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-4), ("bf16", 0.05)])
def test_precision_changes_no_more_than_the_last_digits(precision, tolerance):
    other, plain = fitted(precision=precision), fitted()
    assert (losses_of(other) != losses_of(plain)).any()
    np.testing.assert_allclose(losses_of(other), losses_of(plain), rtol=tolerance)
    kind = torch.float64 if precision == "float64" else torch.float32
    assert other.best_module_.out.weight.dtype == kind
    assert other.predict(X).shape == (N_ROWS,)


def test_a_gpu_that_is_not_there_is_refused():
    if torch.cuda.is_available():
        pytest.skip("there is one")
    assert "cuda" in refusal(device="cuda")


# Training that goes wrong


def test_networks_that_diverge_are_left_out_and_the_warning_speaks_of_lr():
    with pytest.warns(DivergenceWarning, match="A smaller learning rate may help"):
        fitted(axes={"lr": (0.01, 1e30)}, optimizer=torch.optim.SGD, weight_decays=(0,))


def test_where_all_diverge_the_error_speaks_of_lr():
    with pytest.raises(EveryRunDiverged) as error:
        fitted(lr=1e30, optimizer=torch.optim.SGD, weight_decays=(0,))
    assert "learning_rate_init" not in str(error.value)


def test_a_search_whose_fit_failed_is_not_fitted():
    from sklearn.exceptions import NotFittedError

    search = search_of(optimizer=torch.optim.LBFGS)
    with pytest.raises(BadSetting):
        search.fit(X, Y)
    with pytest.raises(NotFittedError):
        search.predict(X)


# The store


@pytest.fixture
def trained(monkeypatch):
    """The runs that the engine is asked for."""
    runs, train = [], ModuleEngine.__call__

    def noted(engine, problem, asked, **options):
        runs.extend(asked)
        return train(engine, problem, asked, **options)

    monkeypatch.setattr(ModuleEngine, "__call__", noted)
    return runs


@pytest.mark.parametrize("module", [Net, NormNet])
def test_an_interrupted_search_goes_on_to_the_same_numbers(module, tmp_path, trained):
    class Stop(Exception):
        pass

    def stop(fit, done, total):
        if done == 3:
            raise Stop

    search = search_of(module, store=tmp_path / "net.sqlite")
    with pytest.raises(Stop):
        search.fit_with_hooks(X, Y, on_fit=stop)
    trained.clear()
    whole = fitted(module)
    n_whole = len(trained)
    trained.clear()
    search.fit(X, Y)

    assert 0 < len(trained) < n_whole
    np.testing.assert_array_equal(losses_of(search), losses_of(whole))
    np.testing.assert_array_equal(search.predict_proba(X), whole.predict_proba(X))


def test_a_larger_search_reuses_a_smaller_one(tmp_path, trained):
    store = tmp_path / "net.sqlite"
    fitted(store=store)
    trained.clear()
    fitted(store=store, dropouts=(0, 0.4, 0.6))
    known = [run for run in trained if run.fold >= 0 and run.point.as_dict()["dropout"] != 0.6]
    assert not known


class Wider(Net):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    "changes",
    [
        {"module__width": 9}, {"optimizer": torch.optim.SGD}, {"optimizer__eps": 1e-3},
        {"loss": nn.CrossEntropyLoss(label_smoothing=0.1)}, {"decays": lambda name, each: True},
        {"decay_to": "start"}, {"precision": "bf16"}, {"module": Wider},
        {"scheduler": lambda optimizer: lr_scheduler.StepLR(optimizer, 1)},
        {"augment": lambda inputs, generator: inputs + 1},
        {"optimizer__param_groups": [("hidden.*", {"lr": 1e-4})]},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_store_never_answers_for_another_network(changes, tmp_path, trained):
    store = tmp_path / "net.sqlite"
    fitted(store=store, max_epochs=1)
    trained.clear()
    other = fitted(**{"store": store, "max_epochs": 1, **changes})
    n_stored = len(trained)
    trained.clear()
    alone = fitted(**{"max_epochs": 1, **changes})
    assert n_stored == len(trained)
    np.testing.assert_array_equal(losses_of(other), losses_of(alone))


def test_a_store_knows_what_share_of_a_rate_that_is_an_axis_some_parameters_have(tmp_path):
    options = {
        "optimizer__param_groups": [("hidden.*", {"lr": 1e-3})], "axes": {"lr": (0.005, 0.01)},
        "max_epochs": 1,
    }  # fmt: skip
    store = tmp_path / "net.sqlite"
    fitted(store=store, lr=0.01, **options)
    other = fitted(store=store, lr=0.1, **options)
    np.testing.assert_array_equal(losses_of(other), losses_of(fitted(lr=0.1, **options)))
