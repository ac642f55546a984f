"""Without dropout networks predict as well as scikit-learn's; ``make agreement`` uses 20 seeds."""

import pytest

from benchmarks.agreement import difference, validation_losses


@pytest.mark.parametrize("table", ["breast cancer", "diabetes"])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_validation_loss_is_that_of_scikit_learn_within_the_noise_of_seeds(table, solver):
    losses = validation_losses(table, 8, max_iter=80, solver=solver)
    apart, error = difference(losses)
    assert abs(apart) <= 3 * error
    assert error < 0.1 * losses.mean()
