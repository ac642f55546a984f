"""What ``summary.json`` holds of the networks of the folds."""

from dropdecay.commands.options import FitOptions
from dropdecay.estimators.base_cv import BaseMLPCV
from dropdecay.estimators.fold_networks import KeptFolds
from dropdecay.selection.jsonable import JsonObject


def explained(options: FitOptions, estimator: BaseMLPCV) -> JsonObject:
    """Return the keys that ``report.summary_of_folds`` describes."""
    kept: KeptFolds = estimator._kept_folds
    importance, coverage = estimator.importance_, estimator.coverage_
    dependence: list[JsonObject] = [each.as_dict() for each in estimator.partial_dependence_]
    for each in dependence:
        if not hasattr(estimator, "classes_") and estimator._flat:
            each["output"] = options.target
    return {
        "fold_networks": kept.as_dict(),
        "importance": None if importance is None else importance.as_dict(),
        "partial_dependence": dependence or None,
        "intervals": None if coverage is None else coverage.as_dict(),
    }
