"""Whatever is changed in the description of a model: it is refused, or the model can predict."""

import json
import warnings

import numpy as np
import pytest

from dropdecay import load_model, save_model
from dropdecay.checked_json import CHECKSUM, json_text
from dropdecay.errors import BadInput, BadModel
from tests.storage.test_models import CASES

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.LeakWarning"),
]

ABSENT = object()
OTHERS = (ABSENT, None, -1, "x", ["x"])


@pytest.mark.parametrize("case", CASES)
def test_a_model_that_is_read_predicts_or_is_refused_when_it_is_read(case, tmp_path):
    build, rows, target = CASES[case]
    save_model(build().fit(rows, target), tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    whole = json.loads(path.read_text())
    del whole[CHECKSUM]
    n_refused = 0
    for inside, name in places(whole["settings"]):
        for other in OTHERS:
            before = inside[name]
            put(inside, name, other)
            path.write_text(json_text(whole, finite=False))
            try:
                model = load_model(tmp_path / "model")
            except BadModel:
                n_refused += 1
            else:
                predict(model, rows)
            inside[name] = before
    assert n_refused > 20


def places(settings):
    """Return where something may be put: the parts of the settings, and what stands in them."""
    listed = [(settings, name) for name in settings]
    for part in ("plain", "network", "classes"):
        listed += [(settings[part], name) for name in settings.get(part, {})]
    return listed


def put(inside, name, value):
    if value is ABSENT:
        del inside[name]
    else:
        inside[name] = value


def predict(model, rows):
    """Let a model say all that it can; what it cannot, it refuses in a sentence."""
    for asked in ("predict", "predict_proba", "predict_interval", "predict_set"):
        if hasattr(model, asked):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    found = np.asarray(getattr(model, asked)(rows))
                except BadInput as error:
                    assert 20 < len(str(error)) < 1200  # noqa: PT017
                else:
                    assert len(found) == len(rows)
