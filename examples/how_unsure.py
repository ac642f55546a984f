"""How wide must an interval be to hold nine of ten new values?

    python -m examples.how_unsure

300 patients teach, 142 others judge: whether the progress of their diabetes lies inside.
"""

import warnings

from sklearn.datasets import load_diabetes

from dropdecay import MLPRegressorCV


def main():
    """Search, then print how many of the others are inside at three levels, and the width."""
    X, y = load_diabetes(return_X_y=True)
    search = MLPRegressorCV((16,), dropouts=(0, 0.2), weight_decays=(0, 1), max_iter=40,
                            n_repeats=1, random_state=0)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search.fit(X[:300], y[:300])
    for level in (0.5, 0.8, 0.9):
        lower, upper = search.predict_interval(X[300:], level=level).T
        inside = (lower <= y[300:]) & (y[300:] <= upper)
        width = (upper - lower).mean()
        print(f"level {level:.0%}: {inside.mean():.0%} of 142 inside, {width:.0f} wide")


if __name__ == "__main__":
    main()
