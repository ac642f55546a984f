"""The contents of ``summary.json``: findings, options and versions as plain JSON values."""

import platform
from importlib.metadata import version
from typing import cast

import xarray as xr

import dropdecay
from dropdecay.axes import Axis
from dropdecay.commands.equivalents import equivalents
from dropdecay.commands.explained import explained
from dropdecay.commands.given import Given
from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import OPTIONS, FitOptions
from dropdecay.commands.snippets import snippets
from dropdecay.decay_memory import decays_in_words, pace_in
from dropdecay.estimators.base_cv import BaseMLPCV
from dropdecay.kernels.products import find_blas
from dropdecay.policies.contenders import repeats_at_most
from dropdecay.report.trust_records import trust_records
from dropdecay.selection.jsonable import JsonObject

SEARCHED = "searched"


def summarise(
    options: FitOptions,
    estimator: BaseMLPCV,
    given: Given,
    wall_s: float,
) -> JsonObject:
    """Return the findings of a run and what it was given."""
    return {
        "dropdecay": dropdecay.__version__,
        "task": given.found.task,
        "task_reason": given.found.reason,
        "rows": given.n_rows,
        "columns": given.found.features.shape[1],
        "loss": estimator.results_.attrs["loss_name"],
        "score": estimator.results_.attrs["score_name"],
        "verdict": estimator.verdict_.as_dict(),
        "choice": estimator.choice_.as_dict(),
        "baselines": None if estimator.baselines_ is None else estimator.baselines_.as_dict(),
        "optimism": None if estimator.optimism_ is None else estimator.optimism_.as_dict(),
        "ensemble": None if estimator.ensemble_ is None else estimator.ensemble_.as_dict(),
        "time_order": None if estimator.time_order_ is None else estimator.time_order_.as_dict(),
        "tuning": None if estimator.tuning_ is None else estimator.tuning_.as_dict(),
        "set_aside": None if estimator.set_aside_ is None else estimator.set_aside_.as_dict(),
        "nested": None if estimator.nested_ is None else estimator.nested_.as_dict(),
        "notices": list(estimator.notices_),
        **trust_records(estimator.out_of_fold(), given.found.kept),
        "axes": [_axis(axis) for axis in estimator.axes_],
        "settings": trained_settings(options, estimator),
        "carry": equivalents(
            estimator.choice_.chosen.point.applied_to(estimator.setting_),
            pace_in(estimator.results_.attrs),
        ),
        "elsewhere": snippets(estimator.choice_.chosen.point.applied_to(estimator.setting_)),
        "asked": options.as_dict(),
        "rows_as_they_stand": given.found.roles.take_rows_as_they_stand,
        "wall_s": round(wall_s, 2),
        "blas": find_blas()[1],
        "versions": versions(),
        "table_sha256": given.identity(),
        **explained(options, estimator),
    }


def _axis(axis: Axis) -> dict[str, object]:
    return {
        "name": axis.name,
        "printed": axis.knob.printed,
        "values": list(axis.values),
        "regularizes": axis.knob.regularizes,
    }


def versions() -> dict[str, str]:
    """Return the versions of all libraries that the numbers may depend on."""
    names = ("numpy", "numba", "scikit-learn", "skrub")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def trained_settings(options: FitOptions, estimator: BaseMLPCV) -> dict[str, Value]:
    """Return the settings of the surface: automatic values resolved, searched ones as "searched".

    A setting that is an axis has no one value for the whole surface. Weight decays are listed with
    their memories, where they have any.
    """
    results = estimator.results_
    schedule = estimator.setting_.schedule
    found = {
        "folds": folds_in_words(results),
        "seeds": results.sizes["seed"],
        "epochs": schedule.epochs if estimator.fixed_epochs else f"up to {schedule.epochs}",
        "batch_size": schedule.batch_size,
        "repeats": repeats_at_most(estimator.n_repeats, estimator.until_sure),
    }
    tuned = {} if estimator.tuning_ is None else estimator.tuning_.params
    taken = {each.key: tuned[each.parameter] for each in OPTIONS if each.parameter in tuned}
    values = {**options.values, **cast(dict[str, Value], taken), **found}
    settings = {
        each.setting: (
            SEARCHED if each.parameter in estimator.axes_.names else _listed(values[each.key])
        )
        for each in OPTIONS
        if each.setting and not (each.if_given and values[each.key] == each.default)
    }
    return {**settings, **decays_in_words(estimator.axes_, pace_in(results.attrs))}


def _listed(value: Value) -> Value:
    if value is True:
        return "on"
    if not isinstance(value, tuple):
        return value
    joint = ", " if all(isinstance(each, str) for each in value) else "-"
    return joint.join(map(str, value))


def folds_in_words(results: xr.Dataset) -> int | str:
    """Return the number of folds, or "5 x 2" for two repeats of five."""
    n_folds, n_repeats = results.sizes["fold"], int(results["repeat"].max()) + 1
    repeated = 1 < n_repeats < n_folds
    return f"{n_folds // n_repeats} x {n_repeats}" if repeated else n_folds
