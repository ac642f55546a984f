"""The whole grid: every point on every fold and seed."""

from dropdecay.surface.known import Known, Proposal


def whole_grid(known: Known) -> Proposal | None:
    """Ask for every run that is yet to be trained."""
    runs = known.missing()
    return Proposal(runs) if runs else None
