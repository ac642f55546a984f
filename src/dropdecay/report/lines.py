"""Figures in single lines of the terminal summary, with the digits that their errors justify."""

import math

from dropdecay.report.plot_data import digits_after_point, in_digits
from dropdecay.selection.choice import Choice, PointFigures
from dropdecay.selection.formatting import capitalized
from dropdecay.selection.nested import Nested
from dropdecay.selection.optimism import Optimism


def point_line(point: PointFigures, names: tuple[str, str], scale: float) -> str:
    """Describe the only point with its figures."""
    (loss_name, score_name), error = names, scale * point.standard_error
    gap = f"{scale * point.gap:+.{digits_after_point(error)}f}"
    return (
        f"One point, {point.point.described()}: validation {loss_name} "
        f"{with_error(scale * point.loss, error)}, gap {gap}, {score_name} "
        f"{with_error(point.score, point.score_standard_error)}, mean over folds, at epoch "
        f"{point.epochs}."
    )


def accuracy_line(choice: Choice) -> str:
    """Report plain accuracy in a line: another column would not fit in 80 characters."""
    best, one_standard_error = (
        with_error(point.accuracy, point.accuracy_standard_error)
        for point in (choice.best, choice.one_standard_error)
    )
    same = choice.best == choice.one_standard_error
    return f"Accuracy (inflated by the majority class): {best}" + (
        "." if same else f" (best), {one_standard_error} (one-SE)."
    )


def plain_loss_line(choice: Choice, name: str, scale: float = 1.0) -> str:
    """Report the loss without class weights beside the weighted one."""
    best, one_standard_error = (
        with_error(scale * point.plain_loss, scale * point.plain_loss_standard_error)
        for point in (choice.best, choice.one_standard_error)
    )
    said = f"{capitalized(name)} without class weights: {best}"
    same = choice.best == choice.one_standard_error
    return f"{said}." if same else f"{said} (best), {one_standard_error} (one-SE)."


def optimism_line(optimism: Optimism, loss_name: str, scale: float = 1.0) -> str:
    """Report the loss to expect on new rows, and the selection bias."""
    expected, low, high = (
        scale * value for value in (optimism.corrected, optimism.lower, optimism.upper)
    )
    decimals = digits_after_point((high - low) / 4)
    bias = f"{scale * optimism.optimism:.{decimals}f}"
    bias = bias if float(bias) > 0 else "negligible"
    return (
        f"Expect a {loss_name} of {expected:.{decimals}f} on new rows "
        f"({low:.{decimals}f} to {high:.{decimals}f}, 95 %); selection bias of the best point: "
        f"{bias} (BBC-CV)."
    )


def nested_line(nested: Nested, loss_name: str, score_name: str, scale: float = 1.0) -> str:
    """Report the performance on outer folds, and the settings chosen without each."""
    mean, error, low, high = (
        scale * value
        for value in (
            nested.loss.mean, nested.loss.standard_error, nested.loss.lower, nested.loss.upper,
        )
    )  # fmt: skip
    decimals = digits_after_point(error)
    score = with_error(nested.score.mean, nested.score.standard_error)
    settings = ", ".join(f"{name} ({count})" for name, count in nested.settings.items())
    return (
        f"Nested cross-validation: {loss_name} {with_error(mean, error)} "
        f"({low:.{decimals}f} to {high:.{decimals}f}, 95 %), {score_name} {score}; chosen in "
        f"{len(nested.folds)} outer folds: {settings}."
    )


def spread_line(point: PointFigures, loss_name: str, scale: float = 1.0) -> str:
    """Report how much the best point's loss varies over folds and seeds, as standard deviations."""
    fold, seed = (scale * math.sqrt(part) for part in (point.fold_variance, point.seed_variance))
    decimals = digits_after_point(max(fold, 0.0 if math.isnan(seed) else seed))
    from_folds = (
        f"The best point's {loss_name} varies by {fold:.{decimals}f} (SD) from fold to fold"
    )
    if math.isnan(seed):
        return f"{from_folds}; fold and seed variance cannot be separated with one seed."
    return f"{from_folds}, by {seed:.{decimals}f} from seed to seed."


def with_error(figure: float, error: float) -> str:
    """Write a figure and its standard error with the digits that the error justifies."""
    decimals = digits_after_point(error)
    return f"{in_digits(figure, decimals)} ± {in_digits(error, decimals)}"
