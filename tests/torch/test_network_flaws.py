"""What is wrong with a network whatever its loss is, is said before it is trained."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.engine.torch_rows import as_inputs
from dropdecay.errors import BadInput
from dropdecay.torch import ModuleClassifierCV
from dropdecay.torch.network_flaws import foreign_numbers
from tests.torch.small import QUICK, Net, losses_of, table

X, Y = table()
ONCE = {**QUICK, "max_epochs": 1, "dropouts": (0.4,), "weight_decays": (0,), "baselines": False}

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def fitted(module):
    return ModuleClassifierCV(module, **ONCE).fit(X, Y)


def of_numpy(shape):
    """Return noise that no seed of torch's decides."""
    return torch.from_numpy(np.random.default_rng().normal(size=shape)).float()


class KeepsItsState(Net):
    """As a recurrent network that goes on where the batch before ended."""

    state = None

    def forward(self, x):
        self.state = x.detach() if self.state is None else x.detach() + 0.5 * self.state
        return super().forward(self.state)


class KeepsAMean(Net):
    """Of whatever size the batch was."""

    mean = 0.0

    def forward(self, x):
        x, self.mean = x - self.mean, x.detach().mean(0)
        return super().forward(x)


class NoiseOfNumpy(Net):
    def forward(self, x):
        return super().forward(x + of_numpy(x.shape))


class OneSize(Net):
    def forward(self, x):
        return super().forward(x.view(8, 6))


class AsksForOneSize(Net):
    def forward(self, x):
        if len(x) != 8:
            raise ValueError("a batch has 8 rows")
        return super().forward(x)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        (KeepsItsState, "takes 8 rows, and fails on 5 afterwards .*keep nothing of the batch"),
        (OneSize, "takes 8 rows, and fails on 5 afterwards .*take any number of rows"),
        (AsksForOneSize, "fails on 5 afterwards .a batch has 8 rows.*take any number of rows"),
        (KeepsAMean, "gives other outputs for the same rows .*keep nothing of the batch"),
        (NoiseOfNumpy, "gives other outputs for the same rows .*draw by torch alone"),
    ],
)
def test_outputs_may_depend_on_nothing_but_rows_and_weights(module, said):
    with pytest.raises(BadInput, match=said):
        fitted(module)


class NoiseInTraining(Net):
    def forward(self, x):
        if self.training:
            x = x + of_numpy(x.shape)
        return super().forward(x)


class WeightsOfNumpy(Net):
    def __init__(self):
        super().__init__()
        self.hidden.weight.data = of_numpy((8, 6))


@pytest.mark.parametrize("module", [NoiseInTraining, WeightsOfNumpy])
def test_numbers_that_torch_does_not_draw_are_told_of(module):
    (said,) = fitted(module).notices_
    assert said.startswith(f"{module.__name__} draws weights or noise by another generator")


class NoiseOfTorch(Net):
    """With running statistics as well, which move in training."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(6)

    def forward(self, x):
        return super().forward(self.norm(x) + torch.randn_like(x))


def test_noise_of_torch_is_no_news_and_the_same_again():
    one, other = fitted(NoiseOfTorch), fitted(NoiseOfTorch)
    assert one.notices_ == ()
    np.testing.assert_array_equal(losses_of(one), losses_of(other))


def test_looking_for_foreign_numbers_moves_no_generator_of_torch():
    search = fitted(NoiseOfTorch)
    recipe, before = search._tried_recipe, torch.get_rng_state()
    assert foreign_numbers(recipe, as_inputs(X[:8])) == ""
    assert torch.equal(torch.get_rng_state(), before)
