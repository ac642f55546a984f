"""Who is compared by accuracy: other people's models, and ours in all its forms."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks import accuracy_rivals as rivals
from benchmarks.accuracy_tables import IMBALANCED, LARGE, OF_CLASSES, Split
from dropdecay import MLPClassifierCV, MLPRegressorCV

SMALL, MINUTES = 3000, 60.0
"""Tuning has two minutes up to so many rows, and ten above."""

PART = 3000
"""Rows that are searched on tables of more than 10,000, where a search of all takes up to an hour
of one core; the choice is trained on all."""

OF_CHOICE_ALONE = {"n_repeats": 1, "baselines": False, "keep_folds": False, "n_jobs": 1}
"""Without what explains a choice and does not change it: verdict, other models, importance."""

NO_DROPOUT, NO_DECAY = {"dropouts": (0.0,)}, {"weight_decays": (0.0,)}


@dataclass(frozen=True)
class Contender:
    """A model that is fitted to every split.

    Parameters
    ----------
    fit : callable or None
        (split, seed, seconds) -> what predicts; None: ours.
    ours : mapping
        Parameters of our estimators beside the default ones.
    libraries : tuple of str
        Whose versions count.
    takes_missing : bool
        Whether it takes missing numbers, and does with them what it likes.
    as_long_as : str
        The contender whose seconds on the same split it may use.
    is_tuned : bool
        Whether it has a budget by the number of rows.
    tables : tuple of str
        Where alone it makes sense; empty: everywhere.
    """

    fit: Callable[[Split, int, float], Any] | None = None
    ours: Mapping[str, Any] = field(default_factory=dict)
    libraries: tuple[str, ...] = ("scikit-learn",)
    takes_missing: bool = True
    as_long_as: str = ""
    is_tuned: bool = False
    tables: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        """Whether our estimators have the parameters that it takes."""
        return set(self.ours) <= set(MLPClassifierCV().get_params())


PYTABKIT = {"libraries": ("pytabkit", "torch"), "takes_missing": False}
OURS = ("numba",)
TUNED = Contender(ours={"tune": True}, libraries=OURS, is_tuned=True)

CONTENDERS = {
    "linear": Contender(rivals.linear),
    "boosting": Contender(rivals.boosting),
    "sklearn MLP": Contender(rivals.sklearn_network),
    "ours, none": Contender(ours=NO_DROPOUT | NO_DECAY, libraries=OURS),
    "ours": Contender(libraries=OURS),
    "RealMLP-TD-S": Contender(rivals.pytabkit("RealMLP_TD_S"), **PYTABKIT),
    "ours, dropout only": Contender(ours=NO_DECAY, libraries=OURS),
    "ours, decay only": Contender(ours=NO_DROPOUT, libraries=OURS),
    "ours, ensemble": Contender(ours={"n_ensemble": 5}, libraries=OURS),
    "boosting, tuned": Contender(rivals.boosting_tuned, as_long_as="ours"),
    "RealMLP-TD": Contender(rivals.pytabkit("RealMLP_TD"), **PYTABKIT),
    "sklearn MLP, grid": Contender(rivals.sklearn_network_grid),
    "ours, class weights": Contender(
        ours={"class_weight": "balanced"}, libraries=OURS, tables=IMBALANCED
    ),
    "ours, threshold": Contender(
        ours={"threshold": "balanced_accuracy"}, libraries=OURS, tables=IMBALANCED
    ),
    "ours, temperature": Contender(ours={"temperature": True}, libraries=OURS, tables=OF_CLASSES),
    "ours, part searched": Contender(ours={"search_rows": PART}, libraries=OURS, tables=LARGE),
    "TabM": Contender(rivals.pytabkit("TabM_D"), **PYTABKIT),
    "ours, tuned": TUNED,
    "ours, tuned ensemble": replace(TUNED, ours={"tune": True, "n_ensemble": 5}),
}
"""The quick ones first."""


def fitted(contender: Contender, split: Split, seed: int, seconds: float) -> Any:
    """Return the contender, fitted to the rows that it may learn from.

    Parameters
    ----------
    contender : Contender
    split : Split
        Other people's models: as they take it.
    seed : int
    seconds : float
        Those that it may use, where it has as many as another one.
    """
    if contender.fit is not None:
        return contender.fit(split, seed, seconds)
    kind = MLPClassifierCV if split.is_classes else MLPRegressorCV
    budget = None
    if contender.is_tuned:
        budget = (2 if len(split.X) <= SMALL else 10) * MINUTES
    return kind(**OF_CHOICE_ALONE, **contender.ours, budget=budget, random_state=seed).fit(
        split.X, split.y
    )
