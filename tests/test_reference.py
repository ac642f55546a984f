"""The reference: public names say shapes, errors and sources, and their examples are right."""

import doctest
import importlib.util
import inspect
import re
from typing import Self

import pytest

import dropdecay
from dropdecay import errors

PUBLIC = [getattr(dropdecay, name) for name in dropdecay.__all__]
if importlib.util.find_spec("torch") is not None:
    import dropdecay.torch

    PUBLIC += [getattr(dropdecay.torch, name) for name in dropdecay.torch.__all__]

OF_ROWS = {"X", "y", "sample_weight", "groups", "times"}
"""Parameters whose shape is to be said."""

PUBLISHED = {
    "dropout": "Srivastava", "weight_decay": "Krogh & Hertz 1991",
    "weight_decay_gradient": "Krogh & Hertz 1991", "convert_decay": "Loshchilov & Hutter 2019",
    "MLPClassifier": "Loshchilov & Hutter 2019", "MLPRegressor": "Loshchilov & Hutter 2019",
    "MLPClassifierCV": "Breiman et al. 1984", "MLPRegressorCV": "Breiman et al. 1984",
    "ModuleClassifierCV": "Li et al. 2018",
}  # fmt: skip
"""Names that do what others published, and whom they name."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def section(text, title):
    found = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+$|\Z)", text, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""


def described(text):
    """Return what a section Parameters says of each of them."""
    entries = re.split(r"^(?=\S)", section(text, "Parameters"), flags=re.MULTILINE)
    return {
        name.strip().lstrip("*"): entry
        for entry in entries if entry.strip()
        for name in entry.partition(":")[0].splitlines()[0].split(",")
    }  # fmt: skip


def own_methods(public):
    """Return the public methods of a class that this package defines."""
    return {
        name: method
        for name, method in inspect.getmembers(public, callable)
        if not name.startswith("_") and name not in ("fit_with_hooks", "get_params", "set_params")
        and str(getattr(method, "__module__", "")).startswith("dropdecay")
    }  # fmt: skip


CALLABLES = {public.__name__: public for public in PUBLIC} | {
    f"{public.__name__}.{name}": method
    for public in PUBLIC if inspect.isclass(public)
    for name, method in own_methods(public).items()
}  # fmt: skip


def parameters_of(thing):
    signature = inspect.signature(thing)
    return [name for name in signature.parameters if name not in ("self", "args", "kwargs")]


@pytest.mark.parametrize("name", CALLABLES)
def test_every_parameter_is_described(name):
    text = inspect.getdoc(CALLABLES[name])
    asked = parameters_of(CALLABLES[name])
    if asked == ["X"]:  # the rows of fit again: what comes out has its shape in the first line
        assert re.search(r"\(n_rows|DataFrame|float", text), name
        return
    if name.endswith("Display"):  # made by from_estimator
        return
    assert set(asked) <= set(described(text)), name


@pytest.mark.parametrize("name", CALLABLES)
def test_rows_have_a_shape(name):
    said = described(inspect.getdoc(CALLABLES[name]))
    assert [each for each in OF_ROWS & set(said) if "shape (" not in said[each]
            and "DataFrame" not in said[each]] == []  # fmt: skip


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.__name__)
def test_errors_are_listed_and_are_ours(public):
    texts = [inspect.getdoc(each) for each in (public, *(
        own_methods(public).values() if inspect.isclass(public) else ()
    ))]  # fmt: skip
    listed = [
        line for text in texts for line in section(text, "Raises").splitlines()
        if re.match(r"\w", line)
    ]  # fmt: skip
    assert listed or public.__name__ == "Dropout"
    for each in re.split(r", | or ", ", ".join(listed)):
        assert hasattr(errors, each) or each in ("ValueError", "TypeError", ""), each


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.__name__)
def test_a_function_says_what_it_returns(public):
    if inspect.isclass(public):
        return
    returned = inspect.signature(public).return_annotation
    if returned not in (None, "None", Self) and "Iterator" not in str(returned):
        text = inspect.getdoc(public)
        assert section(text, "Returns") or text.startswith("Return "), public.__name__


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_source_is_named(name):
    found = [each for each in PUBLIC if each.__name__ == name]
    for public in found:
        assert PUBLISHED[name] in " ".join(inspect.getdoc(public).split())


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """The search of the examples, what it was fitted on, and a folder to write into."""
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True)
    search = dropdecay.MLPClassifierCV(
        16, dropouts=(0, 0.3), weight_decays=(0, 0.1, 1), max_iter=30, random_state=0,
        keep_folds=True,
    )  # fmt: skip
    return {"search": search.fit(X, y), "X": X, "y": y}


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.__name__)
def test_the_examples_are_right(public, fitted, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if public is dropdecay.load_model:
        dropdecay.save_model(fitted["search"], "model")
    told = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    examples = 0
    for test in doctest.DocTestFinder(recurse=False).find(public, globs=dict(fitted)):
        examples += len(test.examples)
        runner.run(test, out=told.append)
    assert examples or public.__name__ == "Dropout"
    assert runner.failures == 0, "".join(told)
