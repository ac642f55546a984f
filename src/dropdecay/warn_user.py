"""Warn at the line of the user's own code that led to the warning."""

import os
import sys
import warnings
from pathlib import Path
from types import FrameType

import joblib
import sklearn

OURS = tuple(
    f"{Path(each).parent}{os.sep}" for each in (__file__, sklearn.__file__, joblib.__file__)
)
"""Whose frames lie between the user and a warning: scikit-learn puts as many around ``fit`` as its
version likes, and joblib calls it in a cross-validation."""


def warn_user(message: str | Warning, category: type[Warning] = UserWarning) -> None:
    """Warn, naming the innermost line that is none of ours, scikit-learn's or joblib's.

    Parameters
    ----------
    message : str or Warning
        A Warning brings its own category.
    category : type
        Of the warning.
    """
    level = 1
    frame: FrameType | None = sys._getframe()
    while frame is not None and frame.f_code.co_filename.startswith(OURS):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
