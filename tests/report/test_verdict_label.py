import pytest

from dropdecay.report.verdict_label import label_of, tone_of
from dropdecay.selection.judgement import LABELS


@pytest.mark.parametrize(
    ("kind", "label", "tone"),
    [
        ("helps", "regularization helps", "better"),
        ("probably helps", "probably helps", "better"),
        ("hurts", "regularization hurts", "worse"),
        ("probably hurts", "probably hurts", "worse"),
        ("makes no difference", "makes no difference", "unclear"),
        ("open", "open", "unclear"),
        ("underfits", "the network underfits", "worse"),
        ("of a later version", "of a later version", "unclear"),
    ],
)
def test_every_kind_of_verdict_has_a_label_and_a_tone(kind, label, tone):
    assert (label_of(kind), tone_of(kind)) == (label, tone)


def test_labels_fit_behind_a_headline():
    assert max(len(label_of(kind)) for kind in LABELS) <= 24
