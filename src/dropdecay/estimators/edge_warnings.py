"""What warns of a surface that is trained: a best point at an edge, runs that diverged."""

from collections.abc import Callable

from dropdecay.errors import DivergenceWarning, EdgeWarning
from dropdecay.knobs import Knob, knob_of
from dropdecay.search import Findings
from dropdecay.warn_user import warn_user


def warn_of_edges_and_divergence(findings: Findings, how_to_give: Callable[[Knob], str]) -> None:
    """Warn if the best point is at an edge of the surface, or if runs diverged."""
    for edge in findings.choice.edges:
        warn_user(edge.told(how_to_give(knob_of(edge.axis))), EdgeWarning)
    n_diverged = int(findings.results["diverged"].sum())
    if n_diverged:
        warn_user(
            f"{n_diverged} of {findings.results['diverged'].size} runs diverged, and their points "
            "are left out. A smaller learning rate may help.",
            DivergenceWarning,
        )
