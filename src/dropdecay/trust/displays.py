"""Pictures of out-of-fold outputs, all of them scikit-learn's own displays."""

from typing import TYPE_CHECKING, Any

from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    PrecisionRecallDisplay,
    PredictionErrorDisplay,
    RocCurveDisplay,
)

from dropdecay.errors import BadInput, unknown_choice
from dropdecay.safe_text import quoted, visible_in_picture
from dropdecay.trust.calibration import BIN_ROWS, MOST_BINS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dropdecay.trust.out_of_fold import OutOfFold

OF_A_CLASS = {"roc": RocCurveDisplay, "precision_recall": PrecisionRecallDisplay}
PICTURES = (*OF_A_CLASS, "calibration", "confusion", "values")


def drawn(found: "OutOfFold", what: str, of: object, *, ax: "Axes | None", **how: object) -> Any:
    """Return the display that ``OutOfFold.display`` describes.

    Raises
    ------
    BadInput
        If there is no such picture of these outputs.
    """
    if what not in PICTURES:
        raise unknown_choice("what", what, PICTURES)
    if what == "values":
        return _of_values(found, of, ax=ax, **how)
    if what == "confusion":
        table = found.mistakes()
        if table is None:
            raise BadInput("A confusion matrix needs one class a row.")
        names = [visible_in_picture(each) for each in table.names]
        return ConfusionMatrixDisplay(table.counts, display_labels=names).plot(ax=ax, **how)
    name, said, truth = found.of_class(of)
    if what == "calibration":
        n_bins = min(MOST_BINS, max(1, said.size // BIN_ROWS))
        of_bins = {"strategy": "quantile", "n_bins": n_bins, "name": visible_in_picture(name)}
        return CalibrationDisplay.from_predictions(truth, said, ax=ax, **{**of_bins, **how})
    kind = OF_A_CLASS[what]
    given = {"sample_weight": found.weight, "name": visible_in_picture(name), **how}
    return kind.from_predictions(truth, said, ax=ax, **given)


def _of_values(found: "OutOfFold", of: object, *, ax: "Axes | None", **how: object) -> Any:
    """Draw predicted against true values; ``kind="residual_vs_predicted"`` draws residuals."""
    by_name = {each.name: each for each in found.values()}
    if not by_name:
        raise BadInput("Classes are no values: use 'confusion', 'roc' or 'calibration'.")
    name = next(iter(by_name)) if of is None else str(of)
    if name not in by_name:
        raise BadInput(f"There is no output {quoted(name)}. Name one of {', '.join(by_name)}.")
    given = {"kind": "actual_vs_predicted", "random_state": 0, **how}
    each = by_name[name]
    return PredictionErrorDisplay.from_predictions(each.true, each.predicted, ax=ax, **given)
