"""The three searches over modules: what goes in, what comes out, and that it is scikit-learn's."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import accuracy_score, r2_score

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadInput, DropdecayWarning
from dropdecay.storage.models import save_model
from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from tests.torch.small import N_ROWS, QUICK, Net, losses_of, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")


def classifier(module=Net, **changes):
    return ModuleClassifierCV(module, **{**QUICK, **changes})


def regressor(module=Net, **changes):
    return ModuleRegressorCV(module, **{**QUICK, **changes})


def other(module=Net, **changes):
    return ModuleCV(module, **{**QUICK, **changes})


def of_module(search, X):
    """Return what the exported module gives by itself."""
    with torch.no_grad():
        return search.best_module_(torch.as_tensor(X)).numpy()


def test_a_classifier_predicts_what_its_exported_module_does():
    X, y = table(3)
    search = classifier(max_epochs=15).fit(X, y)

    probabilities = search.predict_proba(X)
    expected = torch.softmax(torch.from_numpy(of_module(search, X)), 1).numpy()
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)
    np.testing.assert_array_equal(search.predict(X), probabilities.argmax(1))
    np.testing.assert_allclose(np.exp(search.predict_log_proba(X)), probabilities, rtol=1e-5)
    assert search.score(X, y) == accuracy_score(y, search.predict(X)) > 0.7


def test_classes_keep_their_names_and_order():
    X, y = table(3)
    names = np.array(["rose", "iris", "aster"])[y]
    search = classifier(max_epochs=15).fit(X, names)

    assert search.classes_.tolist() == ["aster", "iris", "rose"]
    assert set(search.predict(X)) <= set(names)
    assert search.score(X, names) > 0.7


def test_two_classes_may_have_a_single_logit():
    X, y = table(2)
    search = classifier(module__n_outputs=1, max_epochs=15).fit(X, y)

    probabilities = search.predict_proba(X)
    assert probabilities.shape == (N_ROWS, 2)
    np.testing.assert_allclose(
        probabilities[:, 1], 1 / (1 + np.exp(-of_module(search, X)[:, 0])), rtol=1e-5
    )
    assert search.score(X, y) > 0.7
    assert search.results_.attrs["loss_name"] == "log loss"


def test_a_single_logit_learns_what_two_logits_do():
    X, y = table(2)
    single = classifier(module__n_outputs=1, max_epochs=20).fit(X, y)
    double = classifier(max_epochs=20).fit(X, y)
    assert single.best_loss_ == pytest.approx(double.best_loss_, rel=0.35)


def test_many_labels_are_a_table_of_0_and_1():
    X, _ = table(3)
    labels = np.column_stack([X[:, 0] > 0, X[:, 1] > 0, X[:, 2] > 1]).astype(int)
    search = classifier(max_epochs=15).fit(X, labels)

    predicted = search.predict(X)
    assert predicted.shape == labels.shape
    assert (predicted == labels).mean() > 0.7
    expected = 1 / (1 + np.exp(-of_module(search, X)))
    np.testing.assert_allclose(search.predict_proba(X), expected, rtol=1e-5)


def test_classes_in_one_hot_form_are_warned_of():
    X, y = table(3)
    with pytest.warns(DropdecayWarning, match=r"exactly one of its 3 labels.*y.argmax\(axis=1\)"):
        classifier(max_epochs=1).fit(X, np.eye(3)[y])


def test_complex_numbers_that_are_not_trained_stay_complex():
    class Rotated(Net):
        def __init__(self):
            super().__init__()
            self.register_buffer("turns", torch.polar(torch.ones(4), torch.arange(4.0)))

        def forward(self, x):
            return super().forward(torch.fft.irfft(torch.fft.rfft(x) * self.turns, n=6))

    search = classifier(Rotated, max_epochs=1).fit(*table())
    assert search.best_module_.turns.dtype == torch.complex64
    assert torch.equal(search.best_module_.turns, Rotated().turns)


def test_a_network_that_ends_in_a_log_softmax_goes_with_nll():
    class LogNet(Net):
        def forward(self, x):
            return super().forward(x).log_softmax(1)

    X, y = table(3)
    search = classifier(LogNet, loss=nn.NLLLoss, max_epochs=2).fit(X, y)
    plain = classifier(max_epochs=2).fit(X, y)

    np.testing.assert_allclose(losses_of(search), losses_of(plain), rtol=1e-5)
    np.testing.assert_allclose(search.predict_proba(X).sum(1), 1, rtol=1e-5)


def test_a_regressor_predicts_what_its_exported_module_does():
    X, y = table(0)
    search = regressor(max_epochs=30).fit(X, y)

    predicted = search.predict(X)
    assert predicted.shape == (N_ROWS,)
    np.testing.assert_allclose(predicted, of_module(search, X)[:, 0], rtol=1e-5)
    assert search.score(X, y) == pytest.approx(r2_score(y, predicted))
    assert search.score(X, y) > 0.5


def test_outputs_without_an_axis_of_their_own_are_values_too():
    class Flat(Net):
        def forward(self, x):
            return super().forward(x)[:, 0]

    X, y = table(0)
    flat, plain = (
        regressor(module, module__n_outputs=1).fit(X, y) for module in (Flat, Net)
    )  # fmt: skip
    np.testing.assert_array_equal(losses_of(flat), losses_of(plain))
    np.testing.assert_array_equal(flat.predict(X), plain.predict(X))


def test_several_values_a_row():
    X, y = table(0)
    both = np.column_stack([y, -y])
    search = regressor(max_epochs=30).fit(X, both)

    assert search.predict(X).shape == (N_ROWS, 2)
    assert search.score(X, both) > 0.5
    # In units of y, since nothing is standardized.
    assert search.results_.attrs["loss_name"] == "mean squared error"
    assert search.results_.attrs["baseline_loss"] == pytest.approx(both.var(0).mean(), rel=1e-4)


def test_losses_are_mean_squared_errors_of_the_values_as_they_are():
    X, y = table(0)
    search = regressor(max_epochs=1).fit(X, 3 * y)
    assert search.results_.attrs["baseline_loss"] == pytest.approx(9 * y.var(), rel=1e-4)
    assert search.results_.attrs["loss_name"] == "mean squared error"


def test_any_loss_of_torch_chooses():
    X, y = table(0)
    search = regressor(loss=nn.L1Loss(), max_epochs=2).fit(X, y)

    assert search.results_.attrs["loss_name"] == "mean absolute error"
    best = np.abs(y - np.median(y)).mean()
    assert search.results_.attrs["baseline_loss"] == pytest.approx(best, rel=1e-3)


def test_a_loss_of_ones_own_is_a_function_of_outputs_and_targets():
    def pinball(outputs, targets):
        error = targets - outputs
        return torch.maximum(0.9 * error, -0.1 * error)

    X, y = table(0)
    search = regressor(loss=pinball, max_epochs=30).fit(X, y)
    assert search.results_.attrs["loss_name"] == "pinball"
    assert (y < search.predict(X)).mean() > 0.7


def test_label_smoothing_is_trained_with_and_not_measured():
    X, y = table(3)
    smooth, plain = (
        classifier(loss=loss, max_epochs=1, lr=1e-9).fit(X, y)
        for loss in (nn.CrossEntropyLoss(label_smoothing=0.2), nn.CrossEntropyLoss())
    )  # fmt: skip
    np.testing.assert_allclose(losses_of(smooth), losses_of(plain), rtol=1e-5)
    assert (np.array(smooth.loss_curve_) != np.array(plain.loss_curve_)).all()


def test_any_module_under_any_loss():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop, self.out = nn.Dropout(0.1), nn.Linear(6, 12)

        def forward(self, x):
            return self.out(self.drop(x)).view(-1, 3, 4)

    def loss(outputs, targets):
        return (outputs - targets).square()

    X, _ = table(0)
    y = np.stack([X[:, :4]] * 3, axis=1)
    search = other(Two, loss=loss, max_epochs=5).fit(X, y)

    assert search.predict(X).shape == (N_ROWS, 3, 4)
    np.testing.assert_allclose(search.predict(X), of_module(search, X), rtol=1e-5)
    assert search.results_.attrs["score_name"] == "minus loss"
    shares = search.results_["validation_loss"].to_numpy()
    np.testing.assert_allclose(search.results_["validation_score"].to_numpy(), -shares, rtol=1e-6)


def test_tensors_and_arrays_are_the_same():
    X, y = table(3)
    of_arrays = classifier().fit(X, y)
    of_tensors = classifier().fit(torch.from_numpy(X), torch.from_numpy(y))
    np.testing.assert_array_equal(losses_of(of_tensors), losses_of(of_arrays))
    np.testing.assert_array_equal(of_tensors.predict(torch.from_numpy(X)), of_arrays.predict(X))


class Pair(nn.Module):
    """Two inputs: numbers, and the number of a category."""

    def __init__(self, n_outputs=2):
        super().__init__()
        self.table = nn.Embedding(5, 3)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(9, n_outputs)

    def forward(self, numbers, category):
        return self.out(self.drop(torch.cat([numbers, self.table(category)], 1)))


def test_a_tuple_or_a_dict_is_what_forward_is_called_with():
    X, y = table(2)
    category = np.arange(N_ROWS) % 5
    of_tuple = classifier(Pair).fit((X, category), y)
    of_dict = classifier(Pair).fit({"category": category, "numbers": X}, y)

    np.testing.assert_array_equal(losses_of(of_tuple), losses_of(of_dict))
    probabilities = of_tuple.predict_proba((X, category))
    np.testing.assert_array_equal(of_dict.predict_proba({"numbers": X, "category": category}),
                                  probabilities)  # fmt: skip
    assert "table.weight" not in of_tuple.decayed_


class Rows(torch.utils.data.Dataset):
    def __init__(self, X, y):
        self.X, self.y = torch.from_numpy(X), torch.from_numpy(y)

    def __len__(self):
        return len(self.X)

    def __getitem__(self, number):
        return self.X[number], self.y[number]


def test_a_map_style_dataset_is_read_for_inputs_and_targets():
    X, y = table(2)
    of_rows = classifier().fit(Rows(X, y), None)
    plain = classifier().fit(X, y)
    np.testing.assert_array_equal(losses_of(of_rows), losses_of(plain))
    np.testing.assert_array_equal(of_rows.predict(Rows(X, y)), plain.predict(X))


def frame():
    """Numbers with gaps, and categories."""
    X, y = table(2)
    table_ = pd.DataFrame(X[:, :3], columns=["one", "two", "three"])
    table_.loc[::7, "one"] = np.nan
    table_["colour"] = pd.Categorical(np.array(["red", "green", "blue"])[np.arange(N_ROWS) % 3])
    return table_, y


def test_a_dataframe_becomes_one_matrix_and_the_module_is_told_its_width():
    class Wide(Net):
        def __init__(self, n_inputs, n_outputs):
            super().__init__(n_inputs, n_outputs)

    X, y = frame()
    search = classifier(Wide, max_epochs=15).fit(X, y)

    n_inputs = search.best_module_.hidden.in_features
    assert n_inputs > 4
    encoded = search.encoder_.transform(X)
    np.testing.assert_allclose(
        search.predict_proba(X),
        torch.softmax(torch.from_numpy(of_module(search, np.asarray(encoded, "f4"))), 1),
        rtol=1e-5,
    )
    assert search.score(X, y) > 0.6


def test_a_category_that_one_fold_lacks_makes_its_networks_narrower():
    X, y = frame()
    X["colour"] = X["colour"].cat.add_categories("rare")
    X.loc[0, "colour"] = "rare"
    search = classifier(max_epochs=1).fit(X, y)
    assert np.isfinite(losses_of(search)).all()


def test_weights_count_in_training_and_choice():
    X, y = table(2)
    weights = np.where(np.arange(N_ROWS) < 60, 1.0, 0.0)
    weighted, plain = (
        classifier().fit(X, y, sample_weight=each) for each in (weights, None)
    )  # fmt: skip
    assert (losses_of(weighted) != losses_of(plain)).all()
    doubled = classifier().fit(X, y, sample_weight=np.full(N_ROWS, 2.0))
    np.testing.assert_allclose(losses_of(doubled), losses_of(plain), rtol=1e-5)


def test_weights_of_classes_are_told_of_by_the_name_of_the_loss():
    X, y = table(2)
    y[:60] = 0
    search = classifier(class_weight="balanced").fit(X, y)
    assert search.results_.attrs["loss_name"] == "weighted log loss"


def test_rows_of_a_group_stay_together():
    X, y = table(2)
    groups = np.repeat(np.arange(9), 10)
    search = classifier(cv=3).fit(X, y, groups=groups)
    assert np.isfinite(losses_of(search)).all()


def test_folds_may_be_blocks_of_time():
    X, y = table(0)
    search = regressor(cv=2).fit(X, y, times=np.arange(N_ROWS))
    assert search.time_order_ is not None


def test_several_seeds_draw_other_weights():
    X, y = table(2)
    search = classifier(n_seeds=2).fit(X, y)
    by_seed = search.results_["validation_loss"]
    assert by_seed.sizes["seed"] == 2
    assert (by_seed.isel(seed=0) != by_seed.isel(seed=1)).all()


def test_nested_folds_give_an_honest_loss():
    X, y = table(2)
    search = classifier(nested=True).fit(X, y)
    assert np.isfinite(search.nested_.loss.mean)


def test_the_same_numbers_twice_and_torchs_generator_is_untouched():
    X, y = table(2)
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    first, second, third = (
        classifier(random_state=state).fit(X, y) for state in (0, 0, 1)
    )  # fmt: skip
    assert torch.equal(torch.rand(3), expected)
    np.testing.assert_array_equal(losses_of(first), losses_of(second))
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    assert (losses_of(first) != losses_of(third)).all()


def test_a_clone_is_unfitted_and_fits_to_the_same():
    X, y = table(2)
    search = classifier(module__width=5, optimizer__betas=(0.8, 0.99)).fit(X, y)
    again = clone(search)

    assert not hasattr(again, "best_module_")
    assert again.get_params()["module__width"] == 5
    np.testing.assert_array_equal(losses_of(again.fit(X, y)), losses_of(search))


def test_a_fitted_search_may_be_pickled():
    X, y = table(2)
    search = classifier().fit(X, y)
    again = pickle.loads(pickle.dumps(search))
    np.testing.assert_array_equal(again.predict_proba(X), search.predict_proba(X))
    assert again.best_params_ == search.best_params_


def test_the_exported_module_has_the_users_names_and_the_chosen_rates():
    X, y = table(2)
    search = classifier(dropouts=(0.4,), weight_decays=(0,)).fit(X, y)

    module = search.best_module_
    assert type(module) is Net
    assert not module.training
    assert [*module.state_dict()] == [*Net().state_dict()]
    assert module.drop.p == 0.4
    assert all(each.device.type == "cpu" for each in module.parameters())
    fresh = Net(6, 2)
    fresh.load_state_dict(module.state_dict())


def test_an_instance_is_left_alone():
    X, y = table(2)
    given = Net()
    before = {name: each.clone() for name, each in given.state_dict().items()}
    search = classifier(given, init="given").fit(X, y)

    assert search.best_module_ is not given
    assert given.training
    assert given.drop.p == 0.2
    for name, each in given.state_dict().items():
        assert torch.equal(each, before[name])


def test_values_far_from_0_are_warned_of():
    X, y = table(0)
    with pytest.warns(DropdecayWarning, match="y reaches far from 0"):
        regressor(max_epochs=1).fit(X, 1000 * y + 5000)


def test_what_is_printed_with_verbose_names_sites_and_decayed_parameters(capsys):
    X, y = table(2)
    classifier(verbose=True, max_epochs=1).fit(X, y)
    said = "".join(capsys.readouterr())
    assert "drop (nn.Dropout): rate 0.2 is replaced" in said
    assert "weight decay acts on 2 tensors" in said


def test_verdict_and_report_are_those_of_every_search():
    X, y = table(2)
    search = classifier(max_epochs=8).fit(X, y)
    assert str(search.verdict_)
    assert "<table" in search._repr_html_inner()
    assert search.choice_.best.point.as_dict() == search.best_params_


def test_no_rows_have_no_prediction():
    X, y = table(2)
    search = classifier(max_epochs=1).fit(X, y)
    with pytest.raises(BadInput, match="X has no rows"):
        search.predict(X[:0])


def test_save_model_says_what_keeps_a_search_over_modules(tmp_path):
    search = classifier(max_epochs=1).fit(*table(2))
    with pytest.raises(BadInput, match=r"torch\.save\(search\.best_module_.*joblib\.dump"):
        save_model(search, tmp_path / "model")
