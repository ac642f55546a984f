"""Out-of-fold outputs that are typed in or drawn, without any training."""

import numpy as np

from dropdecay.trust.out_of_fold import OutOfFold


def drawn_classes(n_rows, n_classes, seed=0, sure=2.0):
    """Probabilities that are right by construction, and classes drawn from them."""
    rng = np.random.default_rng(seed)
    logits = sure * rng.normal(size=(n_rows, n_classes))
    said = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    true = (said.cumsum(axis=1) < rng.uniform(size=(n_rows, 1))).sum(axis=1)
    return said, np.minimum(true, n_classes - 1)


def found_of(true, outputs, *, fold=None, names=None, kind=None, **how):
    """Out-of-fold outputs with five folds, rows in order and weights of 1 unless said."""
    true, outputs = np.asarray(true), np.asarray(outputs, float)
    n_rows = len(true)
    kind = kind or ("classes" if true.ndim == 1 else "labels")
    names = names or tuple("abcdefgh"[: outputs.shape[1]])
    given = {
        "fold": np.arange(n_rows) % 5 if fold is None else np.asarray(fold),
        "row": np.arange(n_rows), "weight": np.ones(n_rows),
        "classes": np.array(names) if kind == "classes" else None, "is_squared": False,
        "unit": np.ones(1), "n_given": n_rows, "is_sample": False,
    }  # fmt: skip
    return OutOfFold(kind=kind, names=names, true=true, outputs=outputs, **{**given, **how})
