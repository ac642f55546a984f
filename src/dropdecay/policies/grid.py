"""The whole grid: every point on every fold and seed."""

from dropdecay.surface.known import Known, Proposal


def whole_grid(known: Known) -> Proposal | None:
    """Propose every run that is not trained yet."""
    runs = known.missing()
    return Proposal(runs) if runs else None
