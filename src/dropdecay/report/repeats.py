"""What the repeats behind a verdict are called: other cuts of the rows, or the same folds again."""

from dropdecay.report.summary import Summary


def repeats_in_words(summary: Summary, count: int) -> str:
    """Return "10 cuts of the same rows"; rows in time cannot be cut anew."""
    if summary["optimism"] is None:
        return f"{count} trainings on the same blocks of time"
    return f"{count} cuts of the same rows"
