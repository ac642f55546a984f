"""What a fitted module predicts: the same for the same rows, whatever it draws."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.torch import ModuleRegressorCV
from tests.torch.small import QUICK, Net, table

X, Y = table(0)


class Drawing(Net):
    """Draws noise in evaluation mode too."""

    def forward(self, x):
        return super().forward(x + torch.randn_like(x))


def test_what_a_module_draws_in_evaluation_mode_it_draws_again_and_no_number_of_the_user_is_used():
    search = ModuleRegressorCV(Drawing, module__n_outputs=1, **QUICK).fit(X, Y)

    torch.manual_seed(5)
    first = search.predict(X)
    drawn = torch.rand(3)
    again = search.predict(X)

    np.testing.assert_array_equal(first, again)
    torch.manual_seed(5)
    assert torch.equal(torch.rand(3), drawn)
