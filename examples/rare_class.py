"""From which probability on should a rare class be predicted, if a miss costs twenty false alarms?

    python -m examples.rare_class

Five of a hundred made-up rows are of the rare class. The threshold is found on rows that the
networks had not seen, and judged on folds that had no part in finding it.
"""

import warnings

from sklearn.datasets import make_classification

from dropdecay import MLPClassifierCV

MISS, FALSE_ALARM = 20, 1


def cost(search):
    """Return the false alarms, the misses and what they cost, over the held-out rows."""
    (_, alarms), (misses, _) = search.out_of_fold().mistakes().counts
    return alarms, misses, FALSE_ALARM * alarms + MISS * misses


def main():
    """Search with the usual threshold and with one that knows the costs, and print both."""
    X, y = make_classification(1200, 10, weights=[0.95], class_sep=0.8, random_state=0)
    for threshold in (None, (FALSE_ALARM, MISS)):
        search = MLPClassifierCV((16,), dropouts=(0, 0.3), weight_decays=(0, 1), max_iter=40,
                                 threshold=threshold, n_repeats=1, random_state=0)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y)
        alarms, misses, price = cost(search)
        name = "from a half on" if threshold is None else f"from {search.threshold_:.2f} on"
        print(f"{name}: {alarms} false alarms, {misses} misses, cost {price}")


if __name__ == "__main__":
    main()
