"""One self-contained page: the answer, the interactive surface, and what stands behind them.

The page loads nothing, and no name from the data can become markup: templates escape, data for the
script is JSON without ``<``, ``>`` and ``&``, and the page's content security policy allows only
the script with the hash it names. Each section is built by a file of ``sections`` and shown by one
of ``templates``; a section whose figures a run lacks is left out.
"""

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import PurePath

import xarray as xr
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dropdecay.report.sections.answer import answer_section_of
from dropdecay.report.sections.cells import cells_of
from dropdecay.report.sections.columns import dependence_of, importance_of
from dropdecay.report.sections.curves import learning_of
from dropdecay.report.sections.glossary import Terms, glossary_of
from dropdecay.report.sections.mistakes import confusion_of, odd_rows_of, ranking_of
from dropdecay.report.sections.parts import parts_of
from dropdecay.report.sections.record import record_of
from dropdecay.report.sections.run import run_of
from dropdecay.report.sections.script_data import as_json, script_data
from dropdecay.report.sections.sharpening import sharpening_of
from dropdecay.report.sections.table import table_of
from dropdecay.report.sections.trust import trust_of
from dropdecay.report.sections.tuned import tuned_of
from dropdecay.report.sections.use import use_of
from dropdecay.report.sections.weights import weights_section_of
from dropdecay.report.summary import Summary
from dropdecay.safe_text import visible_in_page

STYLES = ("base", "answer", "surface", "plots", "tables", "compare", "narrow", "print")
SCRIPTS = ("look", "terms", "surface", "curves", "pictures", "print")


def page_html(results: xr.Dataset, summary: Summary) -> str:
    """Return the whole page.

    Parameters
    ----------
    results : xarray.Dataset
    summary : mapping
        The contents of ``summary.json``.
    """
    run = run_of(results, summary)
    cells = cells_of(run)
    learning = learning_of(run, cells.views)
    glossary = glossary_of(run)
    return rendered(
        "page.html.jinja",
        SCRIPTS,
        Terms(glossary),
        data=Markup(as_json(script_data(run, cells, learning))),
        summary=summary,
        asked=summary["asked"],
        table_name=PurePath(summary["asked"]["table"]).name,
        answer=answer_section_of(run),
        cells=cells,
        learning=learning,
        parts=parts_of(run),
        sharpening=sharpening_of(run),
        trust=trust_of(run),
        importance=importance_of(run),
        confusion=confusion_of(run),
        ranking=ranking_of(run),
        odd=odd_rows_of(run),
        dependence=dependence_of(run),
        table=table_of(run),
        use=use_of(run),
        weights=weights_section_of(run),
        tuned=tuned_of(run),
        record=record_of(run),
        glossary=glossary,
    )


def rendered(template: str, scripts: Sequence[str], terms: Terms, **values: object) -> str:
    """Render a page with its styles and scripts inside, and the hash of the script."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_shown, loader=PackageLoader("dropdecay.report"),
    )  # fmt: skip
    environment.filters["terms"] = terms
    script = "".join(['"use strict";\n', *(_asset(f"{name}.js") for name in scripts)])
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return environment.get_template(template).render(
        style=Markup("".join(_asset(f"{name}.css") for name in STYLES)),
        script=Markup(script),
        script_hash=digest,
        **values,
    )


def _shown(value: object) -> object:
    """Return what stands in a page for a value; markup is our own."""
    return visible_in_page(value) if type(value) is str else value


def _asset(name: str) -> str:
    return (files("dropdecay.report") / "templates" / name).read_text(encoding="utf-8")
