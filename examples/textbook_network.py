"""Show what dropout and weight decay do to the small network of the textbooks.

20 inputs, 50 tanh units, one logistic output, mean squared error, one sample at a time, 100 epochs
on scikit-learn's ``make_classification``. The data are cut in two halves 10 times: one split of
1000 rows is too noisy to tell anything.
"""

import warnings

import numpy as np
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from dropdecay import MLPClassifier

SETTINGS = {
    "none": {},
    "dropout 0.5": {"dropout": 0.5},
    "weight decay": {"weight_decay": 1e-3},
    "both": {"dropout": 0.5, "weight_decay": 1e-3},
}
REPETITIONS = 10


def textbook_network(seed, **regularization):
    """Build the network; ``decay="l2"`` is L = L_data + weight_decay * sum(W ** 2)."""
    return MLPClassifier(
        50, "tanh", loss="squared_error", solver="sgd", momentum=0, learning_rate_init=0.05,
        batch_size=1, max_iter=100, tol=0, n_iter_no_change=100, alpha=0, decay="l2",
        random_state=seed, **regularization,
    )  # fmt: skip


def main():
    """Train every setting on the same halves and print accuracy on both."""
    X, y = make_classification(
        n_samples=1000, n_features=20, n_informative=2, n_redundant=10, random_state=42
    )
    accuracy = {name: [] for name in SETTINGS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 100 epochs are what the text says
        for seed in range(REPETITIONS):
            train, test, train_y, test_y = train_test_split(X, y, test_size=0.5, random_state=seed)
            for name, regularization in SETTINGS.items():
                network = textbook_network(seed, **regularization).fit(train, train_y)
                accuracy[name].append((network.score(train, train_y), network.score(test, test_y)))
    print("setting        training  test    against none (mean, standard error)")
    plain = np.array(accuracy["none"])[:, 1]
    for name, pairs in accuracy.items():
        training, test = np.array(pairs).T
        gain = test - plain
        error = gain.std(ddof=1) / np.sqrt(REPETITIONS)
        print(
            f"{name:<14} {training.mean():.3f}     {test.mean():.3f}   "
            f"{gain.mean():+.3f} +- {error:.3f}"
        )


if __name__ == "__main__":
    main()
