"""The page for users of scikit-learn: its code runs, and its statements on parameters are true."""

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import sklearn.neural_network
from sklearn.datasets import load_iris

import dropdecay

PAGE = Path(__file__).parent.parent / "docs" / "coming-from-scikit-learn.md"
KINDS = ["MLPClassifier", "MLPRegressor"]


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL))
def test_the_code_of_the_page_runs(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_theirs_is_ours_with_its_default(kind):
    ours, theirs = (
        inspect.signature(getattr(module, kind)).parameters
        for module in (dropdecay, sklearn.neural_network)
    )
    for name, parameter in theirs.items():
        assert ours[name].default == parameter.default, name
        assert ours[name].kind == parameter.kind, name


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stopping", [False, True])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_fitted_attribute_of_theirs_is_ours(kind, stopping):
    ours, theirs = (
        getattr(module, kind)(max_iter=3, early_stopping=stopping, random_state=0)
        .fit(*load_iris(return_X_y=True, as_frame=True))
        for module in (dropdecay, sklearn.neural_network)
    )  # fmt: skip
    public = {name for name in vars(theirs) if name.endswith("_") and not name.startswith("_")}
    assert len(public) > 12
    for name in public:
        mine, other = getattr(ours, name), getattr(theirs, name)
        assert isinstance(mine, type(other)) or isinstance(other, type(mine)), name
    assert (ours.t_, ours.n_iter_, ours.n_layers_) == (theirs.t_, theirs.n_iter_, theirs.n_layers_)
    assert (ours.n_outputs_, ours.out_activation_) == (theirs.n_outputs_, theirs.out_activation_)


def test_the_page_names_every_parameter_that_comes_in_addition():
    for kind in KINDS:
        ours, theirs = (
            set(inspect.signature(getattr(module, kind)).parameters)
            for module in (dropdecay, sklearn.neural_network)
        )
        for name in ours - theirs - {"loss"}:
            assert f"{name}=" in PAGE.read_text(), name
