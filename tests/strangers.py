"""Untrusted text for tests, and what a message that contains it must look like."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from dropdecay.errors import BadInput

FORGED = "\nerror: run rm -rf ~"
SIGNS = st.one_of(
    st.characters(codec="utf-8"),
    st.sampled_from(["\n", "\r", "\t", "\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\u202e", "\u2066",
                     "\u2028", "\u200b", "\ufeff", "[bold red]", "'", '"', "\\", FORGED]),
)  # fmt: skip
NASTY = st.lists(SIGNS, min_size=1, max_size=12).map("".join)
LONG = st.builds(lambda text, n: text * n, NASTY, st.sampled_from([1, 1, 1, 300]))
EACH = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def refused(step, *given):
    """Return the one-line error with which the step rejects its input, checked to be clean."""
    with pytest.raises(BadInput) as caught:
        step(*given)
    return clean(str(caught.value))


def clean(said):
    assert said.isprintable(), repr(said)
    assert len(said) < 1200
    return said
