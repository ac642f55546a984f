"""scikit-learn's tests of its networks, run against ours with only the import changed."""

from pathlib import Path

import pytest
import sklearn.neural_network

THEIR_TESTS = Path(sklearn.neural_network.__file__).parent / "tests" / "test_mlp.py"
THEIR_IMPORT = "from sklearn.neural_network import MLPClassifier, MLPRegressor"

NOT_OURS = {
    "test_gradient": "calls _loss_grad_lbfgs, a private method; tests/kernels checks our gradient",
    "test_mlp_regressor_dtypes_casting": (
        "float32 and float64 lie within 5e-4 of each other for most seeds, not for random_state=1 "
        "of our stream (of seeds 0..7 two of ours do not, one of theirs)"
    ),
}

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def global_random_seed():
    return 42


_source = THEIR_TESTS.read_text()
assert _source.count(THEIR_IMPORT) == 1
_code = _source.replace(THEIR_IMPORT, "from dropdecay import MLPClassifier, MLPRegressor")
exec(compile(_code, str(THEIR_TESTS), "exec"), globals())

for _name, _reason in NOT_OURS.items():
    globals()[_name] = pytest.mark.xfail(reason=_reason, strict=True)(globals()[_name])


def test_at_most_five_choices_are_listed():
    assert len(NOT_OURS) <= 5
    assert sum(name.startswith("test_") for name in globals()) >= 40
