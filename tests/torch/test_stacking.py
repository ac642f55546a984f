"""What a user sees of stacking: a parameter, a notice where it is impossible, equal losses."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadSetting
from dropdecay.surface.store import Store
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
    search = ModuleClassifierCV(Net, **{
        "dropouts": (0, 0.3), "weight_decays": (0, 1), "max_epochs": 3, "fixed_epochs": True,
        "cv": 2, "extend": False, "n_repeats": 1, "random_state": 0, "n_jobs": 1, "device": "cpu",
        "precision": "float64", **options,
    })  # fmt: skip
    return search.fit(*table())


def test_losses_are_the_same_stacked_or_not():
    alone, stacked = (fitted(stack=stack) for stack in (False, True))

    np.testing.assert_allclose(
        stacked.results_["validation_loss"], alone.results_["validation_loss"], rtol=1e-9
    )
    assert alone.notices_ == stacked.notices_ == ()


def test_what_cannot_be_stacked_is_refused_with_the_reason():
    with pytest.raises(BadSetting, match=r"Net cannot be stacked: forward line \d+ uses \.item"):
        fitted(module__reads=True, stack=True)


def test_on_a_processor_nothing_is_stacked_unless_it_is_asked_for():
    one_by_one, auto = (fitted(stack=stack).results_ for stack in (False, "auto"))
    np.testing.assert_array_equal(auto["validation_loss"], one_by_one["validation_loss"])


@pytest.mark.parametrize("stack", ["yes", 2, None])
def test_other_values_are_refused(stack):
    with pytest.raises(BadSetting, match=r"stack must be 'auto', True or False\. Got"):
        fitted(stack=stack)


class Killed(Exception):
    """The end of a process."""


@pytest.mark.parametrize("n_told", [1, 3])
def test_a_stacked_search_that_goes_on_after_a_kill_has_the_same_bits(
    tmp_path, monkeypatch, n_told
):
    """In float32 and stacked, the last digits of a network depend on its company."""
    monkeypatch.setattr("dropdecay.engine.stacked.is_long_ago", lambda told: True)
    options = {"fixed_epochs": False, "max_epochs": 30, "precision": "float32", "stack": True}
    whole = fitted(**options).results_
    kept = Store.keep

    def killing(self, *fits, left=[n_told]):  # noqa: B006  # counts over all calls
        kept(self, *fits)
        left[0] -= 1
        if not left[0]:
            raise Killed

    monkeypatch.setattr(Store, "keep", killing)
    with pytest.raises(Killed):
        fitted(store=tmp_path / "s.db", **options)
    monkeypatch.setattr(Store, "keep", kept)
    resumed = fitted(store=tmp_path / "s.db", **options).results_
    assert resumed.drop_vars("wall_s").identical(whole.drop_vars("wall_s"))


def test_how_many_are_stacked_is_decided_once_and_kept(tmp_path, monkeypatch):
    store = tmp_path / "s.db"
    fitted(stack=True, store=store)
    monkeypatch.setattr("dropdecay.engine.torch_module_engine.largest_stack", None)
    fitted(stack=True, store=store, dropouts=(0, 0.2, 0.3, 0.4))  # trains some more
