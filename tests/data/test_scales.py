"""A single network warns of columns of very different scale, and of nothing else."""

import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.preprocessing import StandardScaler

from dropdecay import MLPClassifier
from dropdecay.data.scales import warn_of_scales
from dropdecay.errors import ScaleWarning

RNG = np.random.default_rng(0)


def warns(X):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warn_of_scales(X)
    return [each.category for each in caught] == [ScaleWarning]


@pytest.mark.parametrize(
    "X",
    [
        load_breast_cancer().data, load_wine().data,
        RNG.normal(size=(50, 2)) * [12, 30_000],
        np.column_stack([RNG.normal(size=(50, 9)), RNG.normal(size=50) * 1000]),
    ],
    ids=["breast cancer", "wine", "age and income", "one of ten"],
)  # fmt: skip
def test_raw_columns_of_very_different_scale_warn(X):
    assert warns(X)
    assert warns(X.astype(np.float32))
    assert not warns(StandardScaler().fit_transform(X))


@pytest.mark.parametrize(
    "X",
    [
        load_digits().data,
        np.column_stack([RNG.normal(size=(2000, 3)), RNG.random((2000, 40)) < 0.002]).astype(float),
        RNG.random((50, 4)) * [1, 1, 1, 1e-9],
        RNG.normal(size=(50, 4)) * 1000,
        np.column_stack([np.ones(50), RNG.normal(size=50) * 1000]),
        RNG.normal(size=(50, 1)) * 1000,
        np.ones((1, 5)),
        csr_array(RNG.normal(size=(50, 2)) * [12, 30_000]),
    ],
    ids=["pixels", "rare names", "tiny", "all wide", "constant", "one", "one row", "sparse"],
)  # fmt: skip
def test_other_columns_do_not(X):
    assert not warns(X)


@pytest.mark.filterwarnings("ignore:.*Maximum iterations")
def test_a_fit_warns_once_and_names_the_remedy():
    X, y = load_wine(return_X_y=True)
    network = MLPClassifier((4,), max_iter=1, random_state=0, warm_start=True)
    with pytest.warns(ScaleWarning, match=r"make_pipeline\(StandardScaler\(\), ...\)"):
        network.fit(X, y)
    network.fit(X, y)  # it goes on; a second warning would be an error
