"""The table: how it was read, how its classes are balanced, and what is worth knowing."""

from dataclasses import dataclass

from dropdecay.report.numbers import UNBROKEN, with_true_minus
from dropdecay.report.plot_data import NOWHERE
from dropdecay.report.sections.figures import count, share
from dropdecay.report.sections.parts import nothing_to_compare
from dropdecay.report.sections.run import Run
from dropdecay.report.summary import FindingRecord, TableColumnRecord
from dropdecay.report.training_length import still_falling, trained_until
from dropdecay.safe_text import visible
from dropdecay.selection.formatting import capitalized
from dropdecay.table.names import AS_THEY_STAND

MOST_COLUMNS = 200
"""So many columns of the table are listed on the page."""

MOST_CLASSES = 6

NOTHING_NOTICED = (
    "Looked for and not found: equal rows, columns that name the row, a column that gives the "
    "target away, {groups}, stand-ins for missing values."
)


@dataclass(frozen=True)
class Balance:
    """One class: its share of the rows in percent."""

    name: str
    text: str
    width: float


@dataclass(frozen=True)
class ReadColumn:
    """A row of the account of columns."""

    name: str
    read_as: str
    missing: str
    distinct: str
    noticed: str


@dataclass(frozen=True)
class TableSection:
    """The section."""

    sentence: str
    balance: tuple[Balance, ...]
    judged: str
    roles: str
    reason: str
    worth: tuple[tuple[str, str], ...]
    looked: str
    columns: tuple[ReadColumn, ...]
    n_columns: int
    n_more: int


def table_of(run: Run) -> TableSection:
    """Return the section; of older runs as much as their summary holds."""
    summary = run.summary
    found = summary.get("table")
    columns = found["columns"] if found else []
    findings = [each for each in found["findings"] if not each["grave"]] if found else []
    return TableSection(
        sentence=_sentence(run, columns),
        balance=_balance(run),
        judged=_judged(run),
        roles=" ".join(_roles(run)),
        reason=summary.get("task_reason", ""),
        worth=tuple(_worth(run, findings)),
        looked=_looked(run) if found and not found["findings"] else "",
        columns=tuple(_column(each) for each in columns[:MOST_COLUMNS]),
        n_columns=len(columns),
        n_more=max(0, len(columns) - MOST_COLUMNS),
    )


def _sentence(run: Run, columns: list[TableColumnRecord]) -> str:
    rows = count(run.summary["rows"], "row")
    if not columns:
        return f"{rows}, {count(run.summary['columns'], 'column')}."
    kinds: dict[str, int] = {}
    for each in columns:
        kind = "left out" if each["missing"] is None else _kind(each["read_as"])
        kinds[kind] = kinds.get(kind, 0) + 1
    out = kinds.pop("left out", 0)
    read = ", ".join(f"{count(n, 'column')} {kind}" for kind, n in kinds.items())
    missing = sum(bool(each["missing"]) for each in columns)
    without = f"{count(missing, 'column')} with missing values" if missing else "nothing missing"
    left = f"{count(out, 'column')} left out" if out else "no column left out"
    return f"{rows}: {read}; {without}, {left}."


def _kind(read_as: str) -> str:
    if " < " in read_as:
        return "of ordered words"
    for start, kind in (
        ("number", "of numbers"), ("category", "of names"), ("text", "of text"),
        ("date", "of dates"), ("boolean", "of yes and no"), ("time", "of times"),
    ):  # fmt: skip
        if read_as.startswith(start):
            return kind
    return f"read as {read_as}"


def _balance(run: Run) -> tuple[Balance, ...]:
    mistakes = run.summary.get("mistakes")
    if run.summary["task"] != "classification" or not mistakes:
        return ()
    sizes = [(str(name), sum(row)) for name, row in
             zip(mistakes["classes"], mistakes["counts"], strict=True)]  # fmt: skip
    total = sum(n for _, n in sizes)
    if not total:
        return ()
    if len(sizes) > MOST_CLASSES:
        sizes.sort(key=lambda each: -each[1])
        others = sum(n for _, n in sizes[MOST_CLASSES - 1 :])
        n_others = len(sizes) - MOST_CLASSES + 1
        sizes = [*sizes[: MOST_CLASSES - 1], (f"{n_others} others", others)]
    return tuple(
        Balance(name, f"{n:,} ({share(n / total)})", round(100 * n / total, 2)) for name, n in sizes
    )


def _judged(run: Run) -> str:
    """Say of which rows the balance of classes is, where it is not of all."""
    mistakes = run.summary.get("mistakes")
    if run.summary["task"] != "classification" or not mistakes:
        return ""
    total = sum(map(sum, mistakes["counts"]))
    return "" if total == run.summary["rows"] else f"Of the {count(total, 'row')} held out."


def _roles(run: Run) -> list[str]:
    """Say what columns are for that nothing is learnt from."""
    asked = run.summary["asked"]
    said = []
    if group := asked.get("group"):
        said.append(f"Rows with the same {visible(group, 60)} stay in one fold.")
    if time := asked.get("time"):
        order = (
            "as they stand in the table"
            if run.summary.get("rows_as_they_stand", time == AS_THEY_STAND)
            else (f"in the order of {visible(time, 60)}")
        )
        said.append(
            f"Rows are {order}: the later half is judged, in blocks, "
            "by networks trained on the rows before."
        )
    if weight := asked.get("weight"):
        said.append(f"Rows weigh what {visible(weight, 60)} says.")
    return said


def _looked(run: Run) -> str:
    """Name what was looked for in vain; groups that were given are no finding."""
    groups = "further groups" if run.summary["asked"].get("group") else "groups"
    return NOTHING_NOTICED.format(groups=groups)


def _worth(run: Run, findings: list[FindingRecord]) -> list[tuple[str, str]]:
    """Return what is worth knowing: of the table, the surface and the training."""
    said = [
        (each["column"] or "rows", each["sentence"] + (
            f" ({each['option']})" if each["option"] else ""))
        for each in findings
    ]  # fmt: skip
    said += [("edge", edge["sentence"]) for edge in run.summary["choice"]["edges"]]
    if run.surface.chosen != NOWHERE:
        falling = still_falling(run.results, run.surface.points[run.surface.chosen])
        said += [("epochs", capitalized(each)) for each in falling]
    n_diverged = int(run.results["diverged"].sum())
    if n_diverged:
        of = int(run.results["diverged"].size)
        said.append(
            ("diverged", f"{n_diverged:,} of {of:,} networks ended in NaN or infinity; their "
             "settings are left out. A smaller --lr may help.")
        )  # fmt: skip
    said += [("answer", each) for each in run.summary["verdict"]["notes"]]
    if why := nothing_to_compare(run):
        said.append(("gain", why))
    if time_order := run.summary.get("time_order"):
        said.append(("time", time_order["sentence"]))
    if length := trained_until(run.results):
        said.append(("training", length))
    return [(what, with_true_minus(sentence)) for what, sentence in said]


def _column(each: TableColumnRecord) -> ReadColumn:
    missing = each["missing"]
    text = "" if missing is None else share(missing, 1) if missing else "0"
    distinct = each["distinct"]
    return ReadColumn(
        name=each["column"],
        read_as=each["read_as"],
        missing=text.replace(f"<{UNBROKEN}", "<"),
        distinct="" if distinct is None else f"{distinct:,}",
        noticed=each["noticed"],
    )
