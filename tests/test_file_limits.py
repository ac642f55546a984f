"""What a file asks for is compared with one list of limits, which the user may raise."""

import pytest

from dropdecay.errors import BadModel, BadSetting
from dropdecay.file_limits import VARIABLE, Limit, in_bytes


def refused(limit, asked, size=0):
    with pytest.raises(BadModel) as caught:
        limit.check("x.skops", asked, size, BadModel)
    return str(caught.value)


def test_what_asks_for_more_is_refused_with_the_remedy():
    Limit(1000).check("x.skops", 1000)
    assert refused(Limit(1000), 4_200_000_000) == (
        "x.skops asks for 4.2 GB, more than the 1 kB that such a file may take. If you trust it, "
        "set DROPDECAY_FILE_LIMITS=4200000 in the environment."
    )


def test_a_larger_file_may_unpack_to_more():
    limit = Limit(1000, ratio=10)
    limit.check("x", 5000, size=500)
    refused(limit, 5001, size=500)
    refused(limit, 1001, size=5)


def test_the_remedy_helps(monkeypatch):
    said = refused(Limit(1000), 2500)
    assert f"{VARIABLE}=3" in said
    monkeypatch.setenv(VARIABLE, "3")
    Limit(1000).check("x", 2500)
    assert f"{VARIABLE}=6" in refused(Limit(1000), 5100)


@pytest.mark.parametrize("written", ["", "0", "nan", "inf", "-1", "many", "1e9"])
def test_anything_but_a_factor_is_refused(monkeypatch, written):
    monkeypatch.setenv(VARIABLE, written)
    with pytest.raises(BadSetting, match="must be a number from 1 to 1,000,000"):
        Limit(1000).check("x", 1)


@pytest.mark.parametrize(
    ("count", "said"),
    [(12, "12 bytes"), (2**30, "1.07 GB"), (10**400, "1e+06 TB"), (4 * 10**13, "40 TB")],
)
def test_bytes_are_written_for_people(count, said):
    assert in_bytes(count) == said
