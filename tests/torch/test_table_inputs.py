"""A DataFrame reaches a module of two inputs as numbers and codes, any other as one matrix."""

import warnings

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadInput, BadSetting, UnseenWarning
from dropdecay.torch import ModuleClassifierCV, ModuleRegressorCV
from dropdecay.torch.table_inputs import table_encoding
from tests.torch.small import QUICK, losses_of
from tests.zoo import ft_transformer

N_ROWS = 120


class Tabular(nn.Module):
    """An embedding a column, as in fastai and pytorch-tabular."""

    def __init__(self, n_numeric, cardinalities, n_outputs, width=4):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(number, width) for number in cardinalities)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(n_numeric + width * len(cardinalities), n_outputs)

    def forward(self, x_num, x_cat):
        embedded = [each(x_cat[:, place]) for place, each in enumerate(self.tables)]
        return self.out(self.drop(torch.cat([x_num, *embedded], dim=1)))


class Optional(Tabular):
    def forward(self, x_num, x_cat=None):
        return self.out(self.drop(x_num)) if x_cat is None else super().forward(x_num, x_cat)


def frame():
    """Three towns decide the class; numbers and towns have gaps."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame({
        "size": rng.normal(size=N_ROWS),
        "town": rng.choice(["Rome", "Paris", "Oslo"], N_ROWS),
        "age": rng.normal(size=N_ROWS),
        "paid": rng.random(N_ROWS) < 0.5,
    })  # fmt: skip
    y = ((X["town"] == "Rome") | (X["age"] > 1)).to_numpy().astype(int)
    X.loc[::9, "size"] = np.nan
    X.loc[::11, "town"] = None
    return X, y


def search_of(module=Tabular, kind=ModuleClassifierCV, **given):
    return kind(module, **{**QUICK, "max_epochs": 12, "lr": 0.03, **given})


def test_numbers_and_codes_are_what_forward_gets_and_the_module_is_made_for_them():
    X, y = frame()
    search = search_of().fit(X, y)

    assert [each.num_embeddings for each in search.best_module_.tables] == [5, 4]
    numbers, codes = search.encoder_.transform(X)
    assert search.best_module_.out.in_features == numbers.shape[1] + 2 * 4
    with torch.no_grad():
        logits = search.best_module_(torch.from_numpy(numbers), torch.from_numpy(codes))
    np.testing.assert_allclose(search.predict_proba(X), torch.softmax(logits, 1), rtol=1e-5)
    assert search.score(X, y) > 0.9  # towns count, and they are in the codes alone
    assert search.decayed_ == ("out.weight",)


def test_a_later_table_may_have_its_columns_in_another_order_and_new_categories():
    X, y = frame()
    search = search_of().fit(X, y)
    later = X[["paid", "age", "town", "size"]].iloc[:6].copy()
    np.testing.assert_array_equal(search.predict_proba(later), search.predict_proba(X.iloc[:6]))
    later.loc[1, "town"] = "Bonn"
    with pytest.warns(UnseenWarning, match="Column 'town', 1 row: the model has not seen 'Bonn'"):
        assert np.isfinite(search.predict_proba(later)).all()


@pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")
def test_a_category_of_validation_rows_alone_is_as_new_there_as_it_will_be_later():
    X, y = frame()
    number = np.arange(N_ROWS)
    X["town"] = np.where(number < 60, "Rome", np.where(number % 2, "Oslo", "Bonn"))
    swapped = X.assign(town=X["town"].replace({"Oslo": "Bonn", "Bonn": "Oslo"}))
    folds = [(np.arange(60), part) for part in (np.arange(60, 90), np.arange(90, 120))]
    one, other = (search_of(cv=folds, max_epochs=2).fit(each, y) for each in (X, swapped))
    np.testing.assert_array_equal(losses_of(one), losses_of(other))


def test_folds_share_the_length_of_their_embeddings_when_one_lacks_a_category():
    X, y = frame()
    X.loc[[0, 1], "town"] = "Bonn"
    search = search_of(cv=5, max_epochs=1).fit(X, y)
    assert np.isfinite(losses_of(search)).all()
    assert search.best_module_.tables[0].num_embeddings == 6


def test_the_ft_transformer_takes_a_dataframe():
    def net(n_numeric, cardinalities):
        return ft_transformer.Net(n_numeric, cardinalities)

    X, y = frame()
    search = search_of(net, ModuleRegressorCV, max_epochs=2).fit(X, y.astype(float))
    assert search.predict(X).shape == (N_ROWS,)


def test_a_function_or_an_instance_of_two_inputs_gets_them_too():
    X, y = frame()
    wide = Tabular(3, (5, 4), 2)  # size, that it is missing, age
    for module in (wide, lambda: Tabular(3, (5, 4), 2)):
        search = search_of(module, max_epochs=1).fit(X, y)
        assert isinstance(search.encoder_.transform(X), tuple)


def test_numbers_alone_stay_one_tensor():
    X, y = frame()
    search = search_of(Optional, max_epochs=1).fit(X[["size", "age"]], y)
    assert search.encoder_.transform(X).shape == (N_ROWS, 3)
    assert len(search.best_module_.tables) == 0


def test_a_module_of_two_inputs_needs_a_column_of_categories():
    X, y = frame()
    with pytest.raises(BadInput, match="X has no column of categories"):
        search_of().fit(X[["size", "age"]], y)


def test_cardinalities_that_are_too_small_are_refused_before_training():
    X, y = frame()
    with pytest.raises(BadInput, match=r"cannot take .* index out of range"):
        search_of(module__cardinalities=(3, 4)).fit(X, y)


def test_an_encoder_of_the_users_own_is_left_alone():
    X, _ = frame()
    own = object()
    assert table_encoding(X, own, None, Tabular, {}).transformer is own


def test_a_module_of_one_input_gets_one_matrix():
    X, _ = frame()

    def line(n_inputs):
        return nn.Linear(n_inputs, 2)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoding = table_encoding(X, "auto", None, line, {})
    assert not hasattr(encoding.transformer, "cardinalities")


def test_arrays_say_nothing_of_codes():
    X, y = frame()
    with pytest.raises(BadSetting, match=r"cannot be made: .*cardinalities"):
        search_of().fit((X[["age"]].to_numpy("f4"), np.zeros((N_ROWS, 1), int)), y)


def test_runs_are_found_again_in_a_store(tmp_path):
    X, y = frame()
    first, second = (
        search_of(max_epochs=1, store=tmp_path / "store.db").fit(X, y) for _ in range(2)
    )
    np.testing.assert_array_equal(losses_of(first), losses_of(second))
