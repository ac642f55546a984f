"""What the chosen networks said of every row while it was held out, beside what is true of it.

Every figure of this room is a method here, and none of them trains anything.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64, Int64
from dropdecay.data.output_losses import losses_of_outputs
from dropdecay.data.scoring import MIN_IMBALANCE
from dropdecay.errors import BadInput
from dropdecay.safe_text import quoted
from dropdecay.trust.calibration import Calibration, calibration_curve
from dropdecay.trust.curves import ClassCurve, Mistakes, mistakes, precision_recall, roc
from dropdecay.trust.labels import looks_like
from dropdecay.trust.odd_folds import OddFold, odd_folds
from dropdecay.trust.rows_table import rows_table
from dropdecay.trust.temperature import at_temperature, fit_temperature, without_each_fold
from dropdecay.trust.threshold import Threshold, Wanted, choose_threshold
from dropdecay.trust.values import Values, values_of

SQUARED = "half_squared_error"
"""The loss whose rows are squared errors."""

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class OutOfFold:
    """Outputs of the chosen point for rows that its networks had not seen.

    Rows that no fold holds out, and those of weight 0, are left out.

    Parameters
    ----------
    kind : {"classes", "labels", "values"}
        What is predicted: one class a row, several labels of 0 and 1, or numbers.
    names : tuple of str
        Of the classes, labels or values, in the order of the columns of ``outputs``.
    true : shape (n_rows,), (n_rows, n_labels) or (n_rows, n_outputs)
        Numbers of classes; 0 and 1; or values in the user's units.
    outputs : shape (n_rows, n_classes), (n_rows, n_labels) or (n_rows, n_outputs), float64
        Probabilities, or values in the user's units.
    fold : shape (n_rows,)
        Which one held the row out, from 0.
    row : shape (n_rows,)
        Position in the table given to ``fit``, from 0.
    weight : shape (n_rows,)
        Sample weights; 1 without.
    classes : shape (n_classes,) or None
        The user's classes.
    is_squared : bool
        Whether classes or labels were trained by squared error.
    unit : shape (n_outputs,)
        What errors of values are divided by, where there are several outputs; else 1.
    n_given : int
        Rows of the table.
    is_sample : bool
        Whether outputs were kept for a random sample of rows.
    temperature : float or None
        What the model's logits are divided by. ``outputs`` are scaled too, each fold by the
        temperature of the others.
    threshold : Threshold or None
        From which probability on the second class is predicted; each fold by that of the others.
    """

    kind: str
    names: tuple[str, ...]
    true: AnyArray
    outputs: Float64
    fold: Int64
    row: Int64
    weight: Float64
    classes: AnyArray | None
    is_squared: bool
    unit: Float64
    n_given: int
    is_sample: bool
    temperature: float | None = None
    threshold: Threshold | None = None

    @property
    def y(self) -> AnyArray:
        """What is true, as it was given to ``fit``."""
        if self.kind == "classes":
            return np.asarray(self.classes)[self.true]
        flat = self.kind == "values" and self.true.shape[1] == 1
        return self.true[:, 0] if flat else self.true

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes."""
        return self.kind == "classes" and len(self.names) == 2

    @property
    def cuts(self) -> Float64 | None:
        """The threshold by row, (n_rows,); None: the likeliest class is predicted."""
        if self.threshold is None:
            return None
        return np.array([self.threshold.by_fold[each] for each in self.fold.tolist()])

    @cached_property
    def predicted(self) -> AnyArray:
        """What is predicted, in the form of ``true``."""
        if self.kind == "values":
            return self.outputs
        if self.kind == "labels":
            return np.asarray(self.outputs > 0.5, np.int64)
        if (cuts := self.cuts) is not None:
            return np.asarray(self.outputs[:, 1] >= cuts, np.int64)
        return np.asarray(self.outputs.argmax(axis=1), np.int64)

    @cached_property
    def loss(self) -> Float64:
        """Log loss or squared error of each row, (n_rows,).

        As the surface has it: summed over labels, a mean over values, which several outputs have in
        units of each one's variance.
        """
        if self.kind == "values":
            return losses_of_outputs(SQUARED, self.outputs / self.unit, self.true / self.unit)
        if self.is_squared:
            true = self.true[:, None] if self.kind == "classes" else self.true
            said = self.outputs[:, 1:] if self.kind == "classes" else self.outputs
            return losses_of_outputs(SQUARED, said, true)
        if self.kind == "classes":
            return losses_of_outputs("categorical_cross_entropy", self.outputs, self.true[:, None])
        return losses_of_outputs("binary_cross_entropy", self.outputs, self.true)

    @cached_property
    def label_looks_like(self) -> Int64:
        """The class that a row looks like where its label looks wrong, (n_rows,); else -1."""
        if self.kind != "classes":
            return np.full(self.row.size, -1)
        return looks_like(self.outputs, self.true)

    @cached_property
    def odd_folds(self) -> tuple[OddFold, ...]:
        """Folds that are predicted worse than the others."""
        return odd_folds(self.loss, self.weight, self.fold)

    def of_class(self, name: object = None) -> tuple[str, Float64, Int64]:
        """Return name, probability (n_rows,) and truth (n_rows,) of a class or label.

        Parameters
        ----------
        name : class or label, optional
            Default: the second of two classes.

        Raises
        ------
        BadInput
            If there are no classes, or no such class, or one must be named.
        """
        if self.kind == "values":
            raise BadInput("Values have no classes: use values().")
        if name is None and self.is_binary:
            name = self.names[1]
        if name is None or str(name) not in self.names:
            listed = ", ".join(map(quoted, self.names[:10]))
            got = "" if name is None else f" Got {quoted(name)}."
            raise BadInput(f"Name one of {listed}.{got}")
        at = self.names.index(str(name))
        truth = self.true == at if self.kind == "classes" else self.true[:, at] == 1
        return self.names[at], self.outputs[:, at], truth.astype(np.int64)

    @property
    def shown(self) -> tuple[str, ...]:
        """The classes or labels that curves are of: of two classes, the second."""
        if self.kind == "values":
            return ()
        return self.names[1:] if self.is_binary else self.names

    @property
    def sentence(self) -> str:
        """Which rows are worth a look, and of how many that is said."""
        n_doubtful = int((self.label_looks_like >= 0).sum())
        found = [each.sentence for each in self.odd_folds]
        if n_doubtful:
            labels = "1 label looks" if n_doubtful == 1 else f"{n_doubtful:,} labels look"
            found.insert(0, f"{labels} wrong; where classes overlap, many such labels are right.")
        if self.row.size < self.n_given:
            why = "a random sample" if self.is_sample else "those that a fold held out"
            found.append(f"Of the {self.n_given:,} rows {self.row.size:,} are judged: {why}.")
        return " ".join(found) or "No label looks wrong, and no fold is harder than the others."

    def calibration(self) -> Calibration | None:
        """Return whether probabilities can be taken at their word; None: values are predicted.

        A temperature that was not asked for is fitted here, and its log loss is taken with that of
        the other folds.
        """
        if self.kind == "values":
            return None
        curves = tuple(
            calibration_curve(*self.of_class(name), weight=self.weight) for name in self.shown
        )
        temperature, loss, after = self.temperature, None, None
        if self.temperature is None and not self.is_squared:
            loss = float(np.average(self.loss, weights=self.weight))
            cooler = self.cooled()
            temperature = cooler.temperature
            after = float(np.average(cooler.loss, weights=self.weight))
        elif not self.is_squared:
            loss = after = float(np.average(self.loss, weights=self.weight))
        return Calibration(
            curves, float(np.mean([curve.error for curve in curves])),
            float(np.mean([curve.by_chance for curve in curves])), temperature, loss, after,
            is_applied=self.temperature is not None,
        )  # fmt: skip

    def cooled(self) -> "OutOfFold":
        """Return these outputs at the best temperature, each fold at that of the other folds."""
        given = self.outputs, self.true, self.weight
        of_all = fit_temperature(*given)
        outputs = np.empty_like(self.outputs)
        for fold, temperature in without_each_fold(*given, self.fold, of_all).items():
            here = self.fold == fold
            outputs[here] = at_temperature(
                self.outputs[here], temperature, of_labels=self.kind == "labels"
            )
        return replace(self, outputs=outputs, temperature=of_all)

    def choose_threshold(self, wanted: Wanted) -> Threshold:
        """Return the threshold that is best by a measure or by costs, and what it gains.

        Parameters
        ----------
        wanted : str, float or pair of float
            As the parameter ``threshold``.

        Raises
        ------
        BadInput
            If there are not two classes.
        """
        if not self.is_binary:
            raise BadInput("A threshold needs two classes.")
        name, said, truth = self.of_class()
        return choose_threshold(wanted, said, truth == 1, self.weight, self.fold, name)

    def suggested_threshold(self) -> Threshold | None:
        """Return a threshold worth having where classes are imbalanced; None: there is none.

        It is the best by balanced accuracy, if the interval of its gain is above 0.
        """
        counts = np.bincount(self.true, minlength=2) if self.is_binary else np.ones(1)
        if counts.min() == 0 or counts.max() < MIN_IMBALANCE * counts.min():
            return None
        found = self.choose_threshold("balanced_accuracy")
        is_sure = found.gain is not None and found.gain.lower > 0.0
        return replace(found, is_applied=False) if is_sure else None

    def roc(self) -> tuple[ClassCurve, ...]:
        """Return the ROC curve of each class or label; of two classes, of the second."""
        found = (roc(*self.of_class(name), weight=self.weight) for name in self.shown)
        return tuple(curve for curve in found if curve is not None)

    def precision_recall(self) -> tuple[ClassCurve, ...]:
        """Return the precision-recall curve of each class or label; of two, of the second."""
        found = (precision_recall(*self.of_class(name), weight=self.weight) for name in self.shown)
        return tuple(curve for curve in found if curve is not None)

    def mistakes(self) -> Mistakes | None:
        """Return how often one class is taken for another; None: there is not one class a row."""
        if self.kind != "classes":
            return None
        return mistakes(self.names, self.true, self.predicted)

    def values(self) -> tuple[Values, ...]:
        """Return predicted against true values, output by output."""
        if self.kind != "values":
            return ()
        return tuple(
            values_of(name, self.true[:, i], self.outputs[:, i], self.weight)
            for i, name in enumerate(self.names)
        )

    def rows(self) -> pd.DataFrame:
        """Return every row with what is noted about it, those predicted worst first.

        Returns
        -------
        DataFrame
            ``row`` (position in the table given to ``fit``) and ``fold``, both from 0, ``true``,
            ``predicted``, of classes the ``probability`` of the true one, ``loss``, and ``noted``:
            the hardest rows, labels that look wrong, rows of an odd fold. Several labels or values
            have a column each.
        """
        return rows_table(self)

    def display(
        self, what: str, of: object = None, *, ax: "Axes | None" = None, **how: object
    ) -> Any:
        """Draw with scikit-learn's own displays, which need matplotlib, and return the display.

        Parameters
        ----------
        what : {"roc", "precision_recall", "calibration", "confusion", "values"}
        of : class, label or output, optional
            Of which one. Default: the second of two classes, or the first output.
        ax : matplotlib axes, optional
        **how
            Passed to the display's ``from_predictions``.
        """
        from dropdecay.trust.displays import drawn

        return drawn(self, what, of, ax=ax, **how)
