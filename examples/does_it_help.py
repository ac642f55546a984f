"""Does regularization help on this table, and how sure is that?

    python -m examples.does_it_help

A small search on 569 tumours, with contenders repeated on new cuts of the rows.
"""

import warnings

from sklearn.datasets import load_breast_cancer

from dropdecay import MLPClassifierCV


def main():
    """Search and print the verdict."""
    X, y = load_breast_cancer(return_X_y=True)
    search = MLPClassifierCV(
        (32,), dropouts=(0, 0.4), weight_decays=(0, 3), max_iter=80, n_repeats=3, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the axes are short on purpose
        search.fit(X, y)
    gain = search.verdict_.gain
    print(search.verdict_)
    print(f"label: {search.verdict_.kind}")
    print(f"gain in log loss: {gain.mean:.3f}, 95 % interval {gain.lower:.3f} to {gain.upper:.3f}")


if __name__ == "__main__":
    main()
