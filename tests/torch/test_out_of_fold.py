"""Out-of-fold outputs of the user's own modules, their temperature and threshold."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadInput, BadSetting
from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from tests.torch.small import QUICK, Net, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def logits_of(module, X):
    with torch.no_grad():
        return module.eval()(torch.tensor(X)).numpy().astype(float)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logits_are_divided_by_the_temperature_and_the_module_stays_as_it_is(n_classes):
    X, y = table(n_classes)
    plain, scaled = (
        ModuleClassifierCV(Net, **QUICK, temperature=each).fit(X, y) for each in (False, True)
    )
    logits = logits_of(scaled.best_module_, X)
    assert (logits == logits_of(plain.best_module_, X)).all()
    found = np.log(scaled.predict_proba(X).astype(float))
    expected = logits / scaled.temperature_
    np.testing.assert_allclose(
        found - found[:, :1], expected - expected[:, :1], rtol=1e-3, atol=1e-4
    )
    assert scaled.temperature_ != 1.0
    assert plain.temperature_ is None


def test_a_single_logit_and_two_are_cut_at_the_threshold():
    X, y = table()
    two = ModuleClassifierCV(Net, **QUICK, threshold=(1, 20), temperature=True).fit(X, y)
    one = ModuleClassifierCV(
        Net, **QUICK, module__n_outputs=1, loss=nn.BCEWithLogitsLoss, threshold=(1, 20)
    ).fit(X, y)
    for search in (one, two):
        assert search.threshold_ < 0.5
        expected = search.predict_proba(X)[:, 1] >= search.threshold_
        assert (search.predict(X) == expected).all()
        assert search.out_of_fold().mistakes().n_rows == 90


def test_values_and_labels_have_their_figures():
    X, y = table(0)
    values = ModuleRegressorCV(Net, **QUICK, module__n_outputs=1).fit(X, y).out_of_fold()
    assert values.values()[0].rmse > 0
    X, y = table(2)
    labels = (
        ModuleClassifierCV(Net, **QUICK).fit(X, np.column_stack([y, X[:, 0] > 0])).out_of_fold()
    )
    assert len(labels.calibration().curves) == 2


def test_what_is_neither_has_none_and_another_loss_no_temperature():
    X, y = table(2)
    any_loss = ModuleCV(Net, **QUICK, loss=nn.CrossEntropyLoss()).fit(X, y)
    with pytest.raises(BadInput, match="There are no out-of-fold outputs"):
        any_loss.out_of_fold()
    with pytest.raises(BadSetting, match="temperature=True is found by log loss"):
        ModuleClassifierCV(
            Net, **QUICK, temperature=True, loss=nn.MultiMarginLoss(reduction="none")
        ).fit(X, y)
