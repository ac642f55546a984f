"""The kind of a verdict as the label beside its recommendation."""

from dropdecay.selection.judgement import HELPS, HURTS, PROBABLY_HELPS, PROBABLY_HURTS
from dropdecay.selection.verdict import UNDERFITS

WORDS = {
    HELPS: "regularization helps",
    HURTS: "regularization hurts",
    UNDERFITS: "the network underfits",
}
"""Kinds that would not be understood by themselves."""

BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"
TONES = {
    HELPS: BETTER,
    PROBABLY_HELPS: BETTER,
    HURTS: WORSE,
    PROBABLY_HURTS: WORSE,
    UNDERFITS: WORSE,
}

ON_FOLDS = "From one cut alone, the folds of the surface; each interval by itself:"
"""Stands before the comparisons, which no repeat has sharpened."""


def label_of(kind: str) -> str:
    """Return the label; a kind that a later version wrote is its own label."""
    return WORDS.get(kind, kind)


def tone_of(kind: str) -> str:
    """Return what the colour of the label says: "better", "worse" or "unclear"."""
    return TONES.get(kind, UNCLEAR)
