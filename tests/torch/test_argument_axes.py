"""Arguments of the user's module as axes: each value is another network, searched beside rates."""

from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from torch import nn

from dropdecay.errors import BadInput
from dropdecay.torch import ModuleClassifierCV
from tests.torch.small import N_COLUMNS, QUICK, Net, losses_of, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
X, Y = table(2)
ONE_RATE = {**QUICK, "dropouts": (0.4,), "weight_decays": (1,)}


class Deep(nn.Sequential):
    """As many layers, and so as many sites, as asked for; ``width`` has no default."""

    def __init__(self, width, n_layers=1, activation=nn.ReLU, n_outputs=2, **scales):
        sizes = (N_COLUMNS, *(width,) * n_layers)
        layers = [
            part for n_in, n_out in pairwise(sizes)
            for part in (nn.Linear(n_in, n_out), activation(), nn.Dropout(0.1))
        ]  # fmt: skip
        super().__init__(*layers, nn.Linear(width, n_outputs))


def fitted(module=Net, options=QUICK, **changes):
    return ModuleClassifierCV(module, **{**options, **changes}).fit(X, Y)


def refusal(module=Net, **changes):
    with pytest.raises(BadInput) as error:
        fitted(module, **changes)
    return str(error.value)


def test_the_networks_of_a_value_are_those_of_a_search_with_this_value():
    search = fitted(axes={"module__width": (3, 8)})
    assert search.results_["validation_loss"].dims[:3] == (
        "dropout", "weight_decay", "module__width",
    )  # fmt: skip
    for width in (3, 8):
        of_width = search.results_["validation_loss"].sel(module__width=width).to_numpy()
        np.testing.assert_array_equal(of_width, losses_of(fitted(module__width=width)))


def test_the_best_value_is_given_as_it_was_given_and_makes_the_network():
    search = fitted(axes={"module__width": (1, 16)}, max_epochs=8)
    width = search.best_params_["module__width"]
    assert width == 16
    assert isinstance(width, int)
    assert search.best_module_.hidden.out_features == 16
    assert [each["module__width"] for each in search.cv_results_["params"]] == [1, 16] * 4
    assert "module width: tuned; 16 was chosen" in str(search.verdict_.effects[-1].sentence).lower()
    assert search.predict(X).shape == Y.shape


def test_values_may_be_classes_truths_none_and_tuples():
    class Any(Net):
        def __init__(self, kind, sizes=(4,), is_wide=False):
            super().__init__(width=sizes[0] * (2 if is_wide else 1))
            self.kind = nn.Identity() if kind is None else kind()

    search = fitted(Any, ONE_RATE, axes={
        "module__kind": (nn.GELU, None), "module__sizes": [(4,), (2, 2)],
        "module__is_wide": (False, True),
    })  # fmt: skip
    best = search.best_params_
    assert best["module__kind"] in (nn.GELU, None)
    assert best["module__sizes"] in ((4,), (2, 2))
    assert isinstance(best["module__is_wide"], bool)
    assert search.results_["validation_loss"].shape[:5] == (1, 1, 2, 2, 2)
    assert search.best_module_.hidden.out_features == best["module__sizes"][0] * (
        2 if best["module__is_wide"] else 1
    )


def test_values_may_have_different_numbers_of_sites():
    search = fitted(Deep, axes={"module__n_layers": (1, 3)}, module__width=8)
    n_layers = search.best_params_["module__n_layers"]
    assert len(search.sites_) == n_layers
    assert len(search.decayed_) == n_layers + 1


def test_an_argument_without_default_may_be_an_axis_alone():
    assert fitted(Deep, ONE_RATE, axes={"module__width": 5}).best_module_[0].out_features == 5


def test_a_search_with_one_value_finds_its_networks_in_the_store(tmp_path, monkeypatch):
    from dropdecay.engine.torch_module_engine import ModuleTrainer

    begun = []
    initialize = ModuleTrainer.__init__

    def counted(self, run, *others):
        if run.fold >= 0 and not run.record:  # of the surface
            begun.append(run.fold)
        initialize(self, run, *others)

    monkeypatch.setattr(ModuleTrainer, "__init__", counted)
    store = tmp_path / "s.db"
    whole = fitted(options=ONE_RATE, axes={"module__width": (3, 8)}, store=store)
    assert sorted(begun) == [0, 0, 1, 1]
    begun.clear()
    part = fitted(options=ONE_RATE, module__width=3, store=store)
    assert begun == []
    np.testing.assert_array_equal(
        losses_of(part)[0, 0],
        whole.results_["validation_loss"].sel(module__width=3).to_numpy()[0, 0],
    )


def test_stacked_or_not_losses_are_the_same():
    alone, stacked = (
        fitted(axes={"module__width": (3, 8)}, precision="float64", stack=stack)
        for stack in (False, True)
    )
    np.testing.assert_allclose(losses_of(stacked), losses_of(alone), rtol=1e-9)


def test_surface_and_verdict_are_shown_for_such_axes():
    search = fitted(options=ONE_RATE, axes={"module__width": (3, 8), "module__rate": (0.1, 0.2)})
    assert "module width" in search._html_repr()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"module__width": 3}, "Use either module__width or axes={'module__width': ...}, not both"),
        ({"axes": {"module__width": ("3", "4")}}, "Give numbers alone, or names alone"),
        ({"axes": {"module__width": (object(),)}}, "cannot be an axis over <object"),
        ({"axes": {"module__width": (lambda: 1, lambda: 2)}}, "are called <lambda>"),
        ({"axes": {"module__width": ()}}, "module__width needs at least one value"),
        ({"axes": {"module__widht": (3, 4)}}, "unexpected keyword argument 'widht'"),
        ({"axes": {"module__n_inputs": (6, 7)}}, "With module n_inputs 7: Net cannot take these"),
        (
            {"axes": {"module__n_outputs": (2, 3)}},
            "shape (3,), but of shape (2,) before",
        ),
        ({"axes": {"width": (3, 4)}}, "arguments of the module, such as module__width"),
    ],
)
def test_what_cannot_be_an_axis_is_refused(changes, said):
    assert said in refusal(**{"axes": {"module__width": (3, 4)}, **changes})


def test_an_instance_has_no_arguments():
    assert "module__width is for a class" in refusal(Net(), axes={"module__width": (3, 4)})
