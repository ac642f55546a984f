"""Labels that look wrong, by confident learning (Northcutt, Jiang & Chuang 2021).

A row counts as of another class than the given one if its probability of that class reaches what
rows of that class have on average, the class's threshold; of several such classes the likeliest
counts. These are the rows off the diagonal of the confident joint. Those whose given class is the
likeliest are left out.
"""

import numpy as np

from dropdecay.arrays import Float64, Int64


def looks_like(probabilities: Float64, given: Int64) -> Int64:
    """Return the class that a row looks like and was not given, (n_rows,); -1: there is none.

    Parameters
    ----------
    probabilities : shape (n_rows, n_classes)
        Out of fold.
    given : shape (n_rows,)
        Numbers of classes.
    """
    n_rows, n_classes = probabilities.shape
    own = probabilities[np.arange(n_rows), given]
    counts = np.bincount(given, minlength=n_classes)
    # A class without rows has no threshold that could be reached.
    means = np.bincount(given, own, minlength=n_classes) / np.maximum(counts, 1)
    thresholds = np.where(counts > 0, means, np.inf)
    reached = probabilities >= thresholds - 1e-6  # float32 outputs of constant predictions
    likeliest = np.where(reached, probabilities, -1.0).argmax(axis=1)
    is_other = reached.any(axis=1) & (likeliest != given) & (probabilities.argmax(axis=1) != given)
    return np.where(is_other, likeliest, -1)
