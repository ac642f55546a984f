"""The effect of an axis on the weights: their norm, the share near 0, and a sentence."""

import math

from dropdecay.knobs import knob_of
from dropdecay.report.layout import Paths
from dropdecay.report.line_plots import Plot, Series, line_plot
from dropdecay.report.plot_data import Surface, Weights


def weight_plots(surface: Surface, paths: Paths, weights: Weights) -> tuple[Plot, Plot]:
    """Return both plots: the norm, and the share near zero in percent."""
    out = surface.out_after > 0
    norm = Series("L2 norm of the weights", weights.norm, weights.norm_error, out, norm_text)
    share = Series(
        f"Weights closer to 0 than {weights.threshold:g}",
        100 * weights.share,
        100 * weights.share_error,
        out,
        "{:.2g} %".format,
        "{:g} %",
    )
    return line_plot(surface, paths, norm), line_plot(surface, paths, share)


def norm_text(norm: float) -> str:
    """Write three digits, including trailing zeros, so that a column lines up."""
    return f"{norm:,.0f}" if norm >= 99.95 else f"{norm:#.3g}"


def weight_sentence(surface: Surface, paths: Paths, weights: Weights) -> str:
    """Describe the weights of the chosen point, and those without this axis."""
    chosen = surface.chosen
    if chosen < 0 or not math.isfinite(weights.norm[chosen]):
        return ""
    chosen_weights = (
        f"At the chosen point the norm is {norm_text(weights.norm[chosen])}, and "
        f"{100 * weights.share[chosen]:.2g} % of the weights are closer to 0 than "
        f"{weights.threshold:g}"
    )
    none = _without(surface, paths)
    if none is None or none == chosen or not math.isfinite(weights.norm[none]):
        return f"{chosen_weights}."
    unregularized = f"{norm_text(weights.norm[none])} and {100 * weights.share[none]:.2g} %"
    printed = knob_of(paths.along.name).printed
    return f"{chosen_weights}; without {printed}, all else equal: {unregularized}."


def _without(surface: Surface, paths: Paths) -> int | None:
    """Return the point that differs from the chosen one only in the axis being neutral."""
    knob = knob_of(paths.along.name)
    for index, value in zip(paths.at[paths.chosen], paths.along.values, strict=True):
        if knob.is_neutral(value) and index >= 0:
            return int(index)
    return None
