"""What ``--verbose`` prints: the machine, the folds and the times, through the package's logger."""

import logging

from dropdecay.commands.heard import LOGGER
from dropdecay.estimators.base_cv import BaseMLPCV


def tell_machine() -> None:
    """Log versions, BLAS and cores; nothing is looked up unless somebody hears it."""
    if not LOGGER.isEnabledFor(logging.INFO):
        return
    from dropdecay.commands.about_install import installation

    found = installation()
    versions = ", ".join(f"{name} {number}" for name, number in found["packages"].items())
    LOGGER.info("dropdecay %s, Python %s, %s", found["dropdecay"], found["python"], versions)
    LOGGER.info("%s; %s cores", found["blas"], found["cores"])


def tell_fit(estimator: BaseMLPCV, fit_s: float) -> None:
    """Log folds of a fit and how long it took, in seconds."""
    sizes = estimator.results_.sizes
    LOGGER.info("%d folds, %d points, networks a point and fold: %d", sizes["fold"],
                estimator.axes_.n_points, sizes["seed"])  # fmt: skip
    LOGGER.info("%.1f s to train", fit_s)
