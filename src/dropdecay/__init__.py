"""Find, prove and apply the right dropout and weight decay for a neural network.

Names are loaded on first use, so that ``import dropdecay`` itself is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dropdecay.cluster.find import on_cluster
    from dropdecay.estimators.check_table import check_table
    from dropdecay.estimators.mlp import MLPClassifier, MLPRegressor
    from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV
    from dropdecay.functional import convert_decay, dropout, weight_decay, weight_decay_gradient
    from dropdecay.report.baseline_display import BaselineDisplay
    from dropdecay.report.displays import LearningCurveDisplay, PathDisplay, SurfaceDisplay
    from dropdecay.report.explained_displays import DependenceDisplay, ImportanceDisplay
    from dropdecay.storage.models import load_model, save_model
    from dropdecay.table.files import parquet_files

__version__ = "0.2.0"

_HOMES = {
    "dropout": "functional",
    "weight_decay": "functional",
    "weight_decay_gradient": "functional",
    "convert_decay": "functional",
    "MLPClassifier": "estimators.mlp",
    "MLPRegressor": "estimators.mlp",
    "MLPClassifierCV": "estimators.mlp_cv",
    "MLPRegressorCV": "estimators.mlp_cv",
    "save_model": "storage.models",
    "load_model": "storage.models",
    "check_table": "estimators.check_table",
    "parquet_files": "table.files",
    "BaselineDisplay": "report.baseline_display",
    "SurfaceDisplay": "report.displays",
    "LearningCurveDisplay": "report.displays",
    "PathDisplay": "report.displays",
    "ImportanceDisplay": "report.explained_displays",
    "DependenceDisplay": "report.explained_displays",
    "on_cluster": "cluster.find",
}

__all__ = [
    "BaselineDisplay",
    "DependenceDisplay",
    "ImportanceDisplay",
    "LearningCurveDisplay",
    "MLPClassifier",
    "MLPClassifierCV",
    "MLPRegressor",
    "MLPRegressorCV",
    "PathDisplay",
    "SurfaceDisplay",
    "check_table",
    "convert_decay",
    "dropout",
    "load_model",
    "on_cluster",
    "parquet_files",
    "save_model",
    "weight_decay",
    "weight_decay_gradient",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
