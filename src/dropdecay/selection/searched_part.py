"""Results of a search on a part of the rows: what they say of it."""

from collections.abc import Hashable, Mapping

SEARCHED_ROWS, ALL_ROWS = "searched_rows", "all_rows"
"""Attributes of results, where a part of the rows was searched."""

REFIT_EPOCHS, REFIT_DECAY = "refit_epochs", "refit_weight_decay"
"""How the chosen point was trained on all rows then."""


def about_part(attributes: Mapping[Hashable, object]) -> str | None:
    """Return a sentence on what was searched; None: all rows were."""
    if SEARCHED_ROWS not in attributes:
        return None
    searched, every = (int(str(attributes[name])) for name in (SEARCHED_ROWS, ALL_ROWS))
    return (
        f"All of this is said of networks on a random part of {searched:,} of {every:,} rows. "
        "Networks on more rows need less regularization."
    )


def about_refit(attributes: Mapping[Hashable, object]) -> str | None:
    """Return how the chosen point was trained on all rows; None: all rows were searched."""
    if REFIT_EPOCHS not in attributes:
        return None
    epochs, every = (int(str(attributes[name])) for name in (REFIT_EPOCHS, ALL_ROWS))
    decay = float(str(attributes[REFIT_DECAY]))
    said = ""
    if decay > 0.0:
        said = f" with weight decay {decay:.2g}, which forgets over as many epochs as on the part"
    trained = "1 epoch" if epochs == 1 else f"{epochs} epochs"
    return f"Refitted on all {every:,} rows for {trained}{said}"
