"""Who calls a fit: nobody reads its verdict inside scikit-learn's searches and validations."""

import sys
from types import FrameType


def inside_cross_validation() -> bool:
    """Return whether one of scikit-learn's searches or validations calls the fit."""
    frame: FrameType | None = sys._getframe()
    while frame is not None and (frame := frame.f_back) is not None:
        if (
            frame.f_code.co_name in ("_fit_and_score", "_fit_and_predict")
            and frame.f_globals.get("__name__") == "sklearn.model_selection._validation"
        ):
            return True
    return False
