"""A model of Hugging Face's transformers: inputs by name, outputs with logits, no adapter."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from dropdecay.torch import ModuleClassifierCV
from tests.torch.small import QUICK, losses_of

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning"),
    pytest.mark.filterwarnings("ignore:::transformers"),
]
CONFIG = transformers.BertConfig(
    vocab_size=20, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
    intermediate_size=32, max_position_embeddings=12, num_labels=2,
)  # fmt: skip


def sentences(n_rows=48):
    """Return sentences that end at different places; a word of theirs is their class."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n_rows)
    words = rng.integers(3, 10, (n_rows, 8))
    words[:, 1] = 10 + y
    ends = rng.integers(3, 9, n_rows)
    mask = (np.arange(8) < ends[:, None]).astype(np.int64)
    return {"input_ids": words * mask, "attention_mask": mask}, y


def bert():
    return transformers.BertForSequenceClassification(CONFIG)


def test_a_classifier_of_transformers_has_a_surface():
    X, y = sentences()
    search = ModuleClassifierCV(bert, **QUICK).fit(X, y)

    assert np.isfinite(losses_of(search)).all()
    # After the embeddings; in each layer: attention, its output, the output; the classifier.
    assert sum(site.calls for site in search.sites_) == 1 + 3 * 2 + 1
    assert not any("mbedding" in name or "LayerNorm" in name for name in search.decayed_)
    assert any("attention.self.query.weight" in name for name in search.decayed_)
    with torch.no_grad():
        logits = search.best_module_(**{name: torch.from_numpy(each) for name, each in X.items()})
    np.testing.assert_allclose(
        search.predict_proba(X), torch.softmax(logits.logits, 1).numpy(), rtol=1e-4
    )


def test_fine_tuning_starts_from_the_weights_of_a_model_and_may_decay_towards_them():
    X, y = sentences()
    torch.manual_seed(0)
    given = bert()
    given.bert.embeddings.requires_grad_(requires_grad=False)
    search = ModuleClassifierCV(
        given, init="given", decay_to="start", sites="*.dropout*", **QUICK
    ).fit(X, y)

    embeddings = "bert.embeddings.word_embeddings.weight"
    assert torch.equal(search.best_module_.state_dict()[embeddings], given.state_dict()[embeddings])
    kept = {site.name for site in search.sites_ if site.calls and not site.picked}
    assert kept == {"dropout"}  # of the classifier, which has no dot before its name
    assert search.best_module_.dropout.p == given.dropout.p
