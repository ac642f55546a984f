"""What a user sees of stacking: a parameter, a notice where it is impossible, equal losses."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadSetting
from dropdecay.torch import ModuleClassifierCV


class Net(nn.Module):
    def __init__(self, reads=False):
        super().__init__()
        self.hidden, self.drop, self.out = nn.Linear(4, 8), nn.Dropout(0.2), nn.Linear(8, 2)
        self.reads = reads

    def forward(self, x):
        hidden = torch.relu(self.hidden(x))
        if self.reads:
            hidden = hidden * min(1.0, 1.0 + hidden.detach().abs().sum().item())
        return self.out(self.drop(hidden))


def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4)).astype(np.float32)
    return X, (X[:, 0] + rng.normal(size=90) > 0).astype(int)


def fitted(**options):
    search = ModuleClassifierCV(
        Net, dropouts=(0, 0.3), weight_decays=(0, 1), max_epochs=3, fixed_epochs=True, cv=2,
        extend=False, n_repeats=1, random_state=0, n_jobs=1, device="cpu", precision="float64",
        **options,
    )  # fmt: skip
    return search.fit(*table())


def test_losses_are_the_same_stacked_or_not():
    alone, stacked = (fitted(stack=stack) for stack in (False, True))

    np.testing.assert_allclose(
        stacked.results_["validation_loss"], alone.results_["validation_loss"], rtol=1e-9
    )
    assert alone.notices_ == stacked.notices_ == ()


def test_a_notice_says_what_cannot_be_stacked_and_losses_are_the_same():
    heard = []
    search = fitted(module__reads=True, stack=False)
    plain = search.results_["validation_loss"]
    search = search.set_params(stack="auto")

    search.fit_with_hooks(*table(), on_notice=heard.append)

    (notice,) = search.notices_
    assert notice.startswith("Net cannot be stacked: forward line ")
    assert notice.endswith(
        "uses .item(). Networks are trained one by one; the results are the same."
    )
    assert heard == [notice]
    np.testing.assert_array_equal(search.results_["validation_loss"], plain)


@pytest.mark.parametrize("stack", ["yes", 2, None])
def test_other_values_are_refused(stack):
    with pytest.raises(BadSetting, match=r"stack must be 'auto', True or False\. Got"):
        fitted(stack=stack)
