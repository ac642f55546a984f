"""How wrong is a score if rows of one person are on both sides of a fold?

    python -m examples.groups_stay_together

Thirty made-up people have twenty rows each. What is predicted is random, but equal in all rows of
a person, so nothing can be learnt about new people.
"""

import warnings

import numpy as np

from dropdecay import MLPClassifierCV


def people(seed=0):
    """Return columns, classes and the person of each row."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(30), 20)
    look, label = rng.normal(size=(30, 8)), rng.permutation(np.arange(30) % 2)
    return look[who] + 0.3 * rng.normal(size=(600, 8)), label[who], who


def main():
    """Search with and without groups and print both losses."""
    X, y, who = people()
    for name, groups in (("rows cut at random", None), ("people kept together", who)):
        search = MLPClassifierCV((16,), dropouts=(0, 0.3), weight_decays=(0, 1), max_iter=40,
                                 n_repeats=1, random_state=0)  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search.fit(X, y, groups=groups)
        print(f"{name}: log loss {search.choice_.best.loss:.2f}, by chance {np.log(2):.2f}")


if __name__ == "__main__":
    main()
