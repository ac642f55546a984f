"""Other models beside a module of the user's own, and a sentence where there can be none."""

import numpy as np
import pandas as pd
import pytest

torch = pytest.importorskip("torch")

from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss, mean_squared_error

from dropdecay import MLPClassifierCV
from dropdecay.errors import BadSetting
from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from tests.torch.small import N_COLUMNS, QUICK, Net, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")


def folds_of(n_rows, n_folds=3):
    parts = np.array_split(np.arange(n_rows), n_folds)
    return [(np.setdiff1d(np.arange(n_rows), part), part) for part in parts]


def by_name(search):
    return {each.name: each for each in search.baselines_.models}


@pytest.mark.parametrize("n_classes", [2, 3])
def test_other_models_are_judged_on_the_folds_of_a_module(n_classes):
    X, y = table(n_classes, 120)
    folds = folds_of(120)
    search = ModuleClassifierCV(Net, **{**QUICK, "cv": folds}).fit(X, y)
    found = by_name(search)
    assert list(found) == ["always the same odds", "logistic regression", "gradient boosting"]
    expected = []
    for training, held_out in folds:
        dummy = DummyClassifier(strategy="prior").fit(X[training], y[training])
        said = dummy.predict_proba(X[held_out])
        expected.append(log_loss(y[held_out], said, labels=range(n_classes)))
    assert found["always the same odds"].loss == pytest.approx(np.mean(expected), rel=1e-6)
    own = MLPClassifierCV(
        4, dropouts=(0,), weight_decays=(0,), max_iter=1, cv=folds, encoder=None, n_repeats=1,
        random_state=0, extend=False,
    ).fit(X, y)  # fmt: skip
    for name, model in by_name(own).items():
        assert found[name].loss == pytest.approx(model.loss, rel=1e-6)
    assert found["logistic regression"].against_network.lower < 0.0


def test_values_are_compared_in_the_units_of_the_module():
    X, y = table(0, 120)
    y = 7.0 + 3.0 * y
    search = ModuleRegressorCV(
        Net, module__n_outputs=1, baselines=True, **{**QUICK, "cv": folds_of(120)}
    ).fit(X, y)
    expected = [
        mean_squared_error(y[held_out], np.full(held_out.size, y[training].mean()))
        for training, held_out in folds_of(120)
    ]
    assert by_name(search)["always the mean"].loss == pytest.approx(np.mean(expected), rel=1e-5)
    assert by_name(search)["ridge regression"].loss < 0.2


class Embedded(torch.nn.Module):
    def __init__(self, n_numeric, cardinalities, n_outputs):
        super().__init__()
        self.tables = torch.nn.ModuleList(torch.nn.Embedding(n, 3) for n in cardinalities)
        self.drop = torch.nn.Dropout(0.1)
        self.out = torch.nn.Linear(n_numeric + 3 * len(cardinalities), n_outputs)

    def forward(self, numbers, codes):
        found = [each(codes[:, i]) for i, each in enumerate(self.tables)]
        return self.out(self.drop(torch.cat([numbers, *found], dim=1)))


def test_codes_become_categories_for_other_models():
    rng = np.random.default_rng(0)
    colour = rng.choice(["red", "green", "blue", "black"], 160)
    frame = pd.DataFrame({"age": rng.normal(size=160), "colour": pd.Categorical(colour)})
    y = (np.isin(colour, ["red", "blue"]) ^ (rng.random(160) < 0.05)).astype(int)
    search = ModuleClassifierCV(Embedded, **QUICK).fit(frame, y)
    found = by_name(search)
    assert found["logistic regression"].score > 0.9
    assert found["gradient boosting"].score > 0.9


def without(kind, *given, **parameters):
    """Return what a search says of why there are no other models, before it trains."""
    search, told = kind(**{**QUICK, **parameters}), []
    search.fit_with_hooks(
        *given, on_notice=told.append, on_fit=lambda *_: told.append("a network is trained")
    )
    assert search.baselines_ is None
    assert told.index(told[0]) < told.index("a network is trained")
    return search, told[0]


def test_rows_that_are_no_columns_of_numbers_are_left_to_the_network():
    X, y = table()
    image = X.reshape(len(X), 1, 2, N_COLUMNS // 2)
    net = torch.nn.Sequential(torch.nn.Flatten(), Net())
    search, said = without(ModuleClassifierCV, image, y, module=net)
    assert said == (
        "Other models are not judged beside this network: they need rows that are columns of "
        "decimal numbers, or a DataFrame."
    )
    assert search.notices_[0] == said


def test_a_loss_of_the_users_own_is_not_compared():
    X, y = table(0)
    _, said = without(
        ModuleRegressorCV, X, y, module=Net, module__n_outputs=1, loss=torch.nn.L1Loss
    )
    assert said.startswith("Other models are not judged beside this network: it is judged by ")
    assert said.endswith(", they by log loss or by the squared error of one value.")


@pytest.mark.parametrize(
    "loss", [torch.nn.CrossEntropyLoss(label_smoothing=0.1), torch.nn.functional.cross_entropy]
)
def test_the_usual_loss_is_compared_however_it_is_given(loss):
    X, y = table(n_rows=120)
    given = {**QUICK, "cv": folds_of(120), "max_epochs": 1}
    search = ModuleClassifierCV(Net, loss=loss, **given).fit(X, y)
    usual = ModuleClassifierCV(Net, **given).fit(X, y)
    found = {name: each.loss for name, each in by_name(search).items()}
    assert found == pytest.approx({name: each.loss for name, each in by_name(usual).items()})


def test_nothing_is_said_to_who_asks_for_none():
    X, y = table(0)
    search = ModuleRegressorCV(
        Net, module__n_outputs=1, loss=torch.nn.L1Loss, baselines=False, **QUICK
    ).fit(X, y)
    assert search.baselines_ is None
    assert not any("Other models" in each for each in search.notices_)


def test_a_search_under_any_loss_has_no_other_models():
    X, y = table(0)
    given = {**QUICK, "module": Net, "module__n_outputs": 1}
    given["loss"] = lambda said, true: (said[:, 0] - true) ** 2
    search = ModuleCV(**given).fit(X, y)
    assert search.baselines_ is None
    assert not any("Other models" in each for each in search.notices_)
    with pytest.raises(BadSetting, match="baselines has no meaning for a ModuleCV"):
        ModuleCV(**given, baselines=[DummyClassifier()]).fit(X, y)
