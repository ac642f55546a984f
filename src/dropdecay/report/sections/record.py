"""The folded record: settings, how the answer was reached, and how to get the same again."""

import shlex
from dataclasses import dataclass

from dropdecay.report.numbers import duration, figure, with_true_minus
from dropdecay.report.sections.figures import count, decimals_of, range_text
from dropdecay.report.sections.run import Run
from dropdecay.report.verdict_label import ON_FOLDS
from dropdecay.selection.plain_curves import PLAIN_NAME
from dropdecay.selection.time_order import NO_CORRECTION


@dataclass(frozen=True)
class Record:
    """What the folded parts hold, as pairs of name and value and as sentences."""

    settings: tuple[tuple[str, str], ...]
    trained: str
    reasons: tuple[str, ...]
    on_folds: str
    comparisons: tuple[str, ...]
    command: str
    versions: tuple[tuple[str, str], ...]
    code: str


def record_of(run: Run) -> Record:
    """Return the folded record of a run."""
    summary = run.summary
    n_networks = int(run.results["diverged"].size)
    trained = int(run.results["validation_loss"].notnull().any("epoch").sum())
    wall = f" in {duration(summary['wall_s'])}" if "wall_s" in summary else ""
    of = "" if trained == n_networks else f" of {n_networks:,}"
    versions = [("dropdecay", summary["dropdecay"]), *summary.get("versions", {}).items()]
    return Record(
        settings=(
            ("table", summary["asked"]["table"]),
            ("target", summary["asked"]["target"]),
            ("task", summary["task"]),
            *((name, str(value)) for name, value in summary["settings"].items()),
        ),
        trained=f"{count(trained, 'network')}{of}{wall}",
        reasons=tuple(map(with_true_minus, _reasons(run))),
        on_folds=ON_FOLDS if summary["verdict"]["comparisons"] else "",
        comparisons=tuple(
            with_true_minus(each["sentence"]) for each in summary["verdict"]["comparisons"]
        ),
        command=" ".join(shlex.quote(part) for part in shlex.split(summary["command"])),
        versions=tuple(
            (name, str(value))
            for name, value in (
                ("versions", ", ".join(f"{name} {value}" for name, value in versions)),
                ("BLAS", summary.get("blas")),
                ("table SHA-256", summary.get("table_sha256")),
            )
            if value
        ),
        code=f"dropdecay {summary['dropdecay']}",
    )


def _reasons(run: Run) -> list[str]:
    """Return what the verdict rests on, a sentence each."""
    summary = run.summary
    said = [*summary["verdict"]["grounds"]]
    if (tuning := summary.get("tuning")) is not None:
        said.append(tuning["sentence"])
    if summary["optimism"] is None:
        said.append(NO_CORRECTION)
    best, plain = summary["choice"]["best"], run.results.attrs.get(PLAIN_NAME)
    if plain and best.get("plain_loss") is not None:
        error = best.get("plain_loss_standard_error")
        decimals = decimals_of([error])
        said.append(
            f"Without class weights the best setting has a {plain} of "
            f"{figure(best['plain_loss'], decimals)}."
        )
    if nested := summary.get("nested"):
        loss = nested["loss"]
        mean, lower, upper = (
            None if value is None else run.loss.value(value)
            for value in (loss["mean"], loss["lower"], loss["upper"])
        )
        decimals = decimals_of([run.loss.error(loss["mean"], loss["standard_error"])])
        chosen = ", ".join(f"{name} ({n})" for name, n in nested["settings"].items())
        ends = range_text(lower, upper, decimals)
        said.append(
            f"Nested cross-validation: {run.loss.name} {figure(mean, decimals)}"
            + (f" (95 % interval {ends})" if ends else "")
            + f"; chosen in {len(nested['folds'])} outer folds: {chosen}."
        )
    return said
