"""Each of the zoo's modules has its surface by one call and without an edit."""

from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.torch import ModuleClassifierCV, ModuleCV, ModuleRegressorCV
from tests.zoo.specimens import ZOO

FACES = {"classification": ModuleClassifierCV, "regression": ModuleRegressorCV, "other": ModuleCV}
N_ROWS = 80


def search_of(specimen):
    given = {"loss": partial(specimen.loss, reduction="none")} if specimen.task == "other" else {}
    return FACES[specimen.task](
        specimen.make, dropouts=(0, 0.3), weight_decays=(0, 0.1), max_epochs=2, fixed_epochs=True,
        batch_size=16, cv=2, n_repeats=1, extend=False, race=False, n_jobs=1, random_state=0,
        **given,
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
@pytest.mark.parametrize("specimen", ZOO, ids=lambda each: each.name)
def test_a_surface_by_one_call(specimen):
    X, y = specimen.make_data(N_ROWS, 0)
    search = search_of(specimen).fit(X, y)

    assert search.results_.sizes["dropout"] == search.results_.sizes["weight_decay"] == 2
    losses = search.results_["validation_loss"].to_numpy()
    assert np.isfinite(losses).all()
    modules = {site.name for site in search.sites_ if not site.line and site.calls > 0}
    assert modules >= {*specimen.sites, *specimen.inside}
    assert sum(site.calls for site in search.sites_ if site.line) == specimen.n_functional
    assert search.decayed_ == specimen.decayed
    names = [*specimen.make().state_dict()]
    assert [*search.best_module_.state_dict()] == names
    assert not search.best_module_.training
    assert len(search.predict(X)) == N_ROWS
