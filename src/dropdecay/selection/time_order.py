"""Rows that come in time: what shuffled folds say of the choice beside what later rows do."""

import math
from dataclasses import dataclass

from dropdecay.selection.formatting import R2, capitalized, number
from dropdecay.selection.jsonable import Plain, plain_fields

BY_TIME = "by_time"
"""Attribute of results: whether the folds are blocks of time."""

NO_CORRECTION = (
    "The selection bias of the best point is not corrected: BBC-CV draws rows as if they were "
    "independent, and rows in time are not."
)
"""Why there is no loss to expect on new rows."""


@dataclass(frozen=True)
class TimeOrder:
    """The chosen point on blocks of time and on shuffled folds of the same rows.

    Parameters
    ----------
    loss_name, score_name : str
    loss, score : float
        Of later rows, by networks trained on earlier ones: means over blocks.
    shuffled_loss, shuffled_score : float
        Of the same rows, by networks trained on as many rows of any time; NaN if one diverged.
    """

    loss_name: str
    score_name: str
    loss: float
    score: float
    shuffled_loss: float
    shuffled_score: float

    def __str__(self) -> str:
        if math.isnan(self.shuffled_loss):
            return (
                f"{capitalized(self.loss_name)} of later rows: "
                f"{_figures(self.loss, self.score_name, self.score)}, which is what you will "
                "predict. On shuffled folds the training diverged."
            )
        shuffled = _figures(self.shuffled_loss, self.score_name, self.shuffled_score)
        later = _figures(self.loss, self.score_name, self.score)
        return (
            f"Shuffled folds would say a {self.loss_name} of {shuffled}; later rows give {later}, "
            "which is what you will predict."
        )

    def as_dict(self) -> dict[str, Plain]:
        """Return plain JSON values."""
        return {**plain_fields(self), "sentence": str(self)}


def _figures(loss: float, score_name: str, score: float) -> str:
    if math.isnan(score):
        return number(loss)
    name = R2 if score_name == "r2" else score_name
    return f"{number(loss)} ({name} {score:.2f})"
