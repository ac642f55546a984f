"""The summary in the terminal: the answer, the surface, what each part brings, what was noticed."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr
from rich.console import Console

from dropdecay.axes import Point
from dropdecay.decay_memory import described_with_memory, forgetting_of
from dropdecay.report import numbers
from dropdecay.report.answer import answer_of
from dropdecay.report.answer_facts import better_model, goes_without
from dropdecay.report.layout import lay_out, tau_labels
from dropdecay.report.measure import loss_measure, score_measure
from dropdecay.report.plot_data import Surface, surface_of
from dropdecay.report.powers import power_of
from dropdecay.report.repeats import repeats_in_words
from dropdecay.report.run_files import ROWS
from dropdecay.report.summary import Summary, point_of
from dropdecay.report.terminal.answer import print_answer, print_instead
from dropdecay.report.terminal.gains import bars_of, print_gains
from dropdecay.report.terminal.surface import print_surface
from dropdecay.report.terminal.writing import Page
from dropdecay.report.training_length import still_falling
from dropdecay.safe_text import shell_path, visible
from dropdecay.selection.ensemble import FOLDS_AVERAGED
from dropdecay.selection.judgement import is_decided
from dropdecay.selection.points import neutral_point
from dropdecay.selection.searched_part import about_refit
from dropdecay.selection.time_order import NO_CORRECTION
from dropdecay.selection.verdict import UNDERFITS


def print_summary(console: Console, results: xr.Dataset, summary: Summary) -> None:
    """Print the findings of a run.

    Parameters
    ----------
    console : rich.console.Console
    results : xarray.Dataset
    summary : mapping
        What ``summary.json`` holds.
    """
    page = Page(console)
    surface = surface_of(results, summary["choice"])
    loss = loss_measure(summary["loss"], summary["task"], power_of(surface.means.loss))
    score = score_measure(summary["score"])
    page.line("")
    answer = summary.get("answer") or answer_of(summary).as_dict()
    print_answer(page, answer, _saved(results, summary, surface))
    print_instead(page, summary)
    print_surface(page, surface, loss, score, _folds(results))
    judged = loss if surface.criterion == "loss" else score
    print_gains(page, bars_of(summary, surface, judged), judged)
    for sentence in _notes(results, summary):
        page.prose(sentence)


def _folds(results: xr.Dataset) -> int:
    return int(results.sizes["fold"])


def _saved(results: xr.Dataset, summary: Summary, surface: Surface) -> str:
    """Say which network was saved."""
    chosen = summary["choice"]["chosen"]
    if FOLDS_AVERAGED in results.attrs:
        n_epochs = numbers.count(chosen["epochs"])
        return f"the networks of the folds, averaged, each trained without its own, {n_epochs} " + (
            f"{'epoch' if chosen['epochs'] == 1 else 'epochs'} long."
        )
    part = about_refit(results.attrs)
    epochs = numbers.count(chosen["epochs"])
    told = part[:1].lower() + part[1:] if part else (
        f"refitted on all {numbers.count(summary['rows'])} rows for {epochs} "
        f"{'epoch' if chosen['epochs'] == 1 else 'epochs'}"
    )  # fmt: skip
    aside = "" if better_model(summary) is None else ", for comparison"
    memory = _memory(point_of(chosen["point"]), surface)
    ensemble = summary.get("ensemble")
    what = f"{ensemble['n_networks']} networks, averaged" if ensemble else "the network"
    return f"{what}, {told}{aside}.{memory}{_how_to_go_without(summary)}"


def _how_to_go_without(summary: Summary) -> str:
    """Say what the saved network has, where the advice is to go without."""
    if not goes_without(summary):
        return ""
    chosen = point_of(summary["choice"]["chosen"]["point"])
    neutral = neutral_point(chosen.active).described(" and ")
    return f" It has {chosen}, lowest on the surface; fit again with {neutral} alone to go without."


def _memory(point: Point, surface: Surface) -> str:
    shown = lay_out(surface)
    axis = shown.down or shown.across
    if not forgetting_of(point, surface.pace) or (axis and any(tau_labels(surface, axis))):
        return ""
    return f" It has {described_with_memory(point, surface.pace)}."


def _notes(results: xr.Dataset, summary: Summary) -> Sequence[str]:
    """Return what else is to be known: what settled it, and what the user should act on."""
    verdict, choice = summary["verdict"], summary["choice"]
    notes = [_how_settled(summary)]
    if (tuning := summary.get("tuning")) is not None:
        notes.append(tuning["sentence"])
    if (found := summary.get("mistakes")) and "threshold" in summary["settings"]:
        # Who asked for one is told which it is, and what it brings.
        notes += [found["threshold"]["sentence"]] if found["threshold"] else []
    time_order, nested = summary.get("time_order"), summary.get("nested")
    if time_order is not None:
        notes.append(time_order["sentence"])
    if summary["optimism"] is None:
        notes.append(NO_CORRECTION)
    if nested is not None:
        settings = ", ".join(f"{name} ({count})" for name, count in nested["settings"].items())
        notes.append(f"Chosen without each of {len(nested['folds'])} outer folds: {settings}.")
    notes += verdict["notes"]
    # What the facts do not say in other words: that a gain is only a bound.
    notes += [each for each in verdict["grounds"] if "still falling at the last epoch" in each
              and verdict["kind"] != UNDERFITS]  # fmt: skip
    told = [edge["sentence"] for edge in choice["edges"]]
    told += still_falling(results, point_of(choice["chosen"]["point"]))
    n_diverged = int(results["diverged"].sum())
    if n_diverged:
        told.append(
            f"{n_diverged} of {results['diverged'].size} networks diverged; their settings are "
            "left out. A smaller --lr may help."
        )
    notes += [f"Note: {each}" for each in told]
    return [numbers.with_true_minus(each) for each in notes if each]


def _how_settled(summary: Summary) -> str:
    """Say what the answer rests on."""
    gain, kind = summary["verdict"]["gain"], summary["verdict"]["kind"]
    if gain is None or gain["n_repeats"] < 2:
        return ""
    cuts = repeats_in_words(summary, gain["n_repeats"])
    if is_decided(kind):
        return f"{cuts} settled it."
    more = "; more networks would hardly add to it" if gain["is_exhausted"] else ""
    return f"{cuts} did not settle it{more}."


def print_files(
    console: Console, results: xr.Dataset, summary: Summary, out: Path, config: str = ""
) -> None:
    """Print how long it took, what was written, and what to do next.

    Parameters
    ----------
    config : str
        Name of the file of options, where there is one.
    """
    page = Page(console)
    trained = int(results["validation_loss"].notnull().any("epoch").sum())
    took = summary.get("wall_s")
    if took is not None:
        page.line(f"{numbers.count(trained)} networks for the surface, "
                  f"{numbers.duration(took)} in all.")  # fmt: skip
    page.line("")
    page.line(f"Written to {visible(out)}")
    page.line("  report.html  this, with pictures       model/        the network, ready to use")
    page.line("  results.nc   every learning curve      summary.json  every number above")
    options = f"{config:<12}  its options" if config else ""
    page.line(f"  {ROWS:<11}  {'every row, as held out':<26}{options}")
    proba = " --proba" if summary["task"] == "classification" else ""
    page.line(f"Next: dropdecay predict {shell_path(out)} new_rows.csv{proba}")
