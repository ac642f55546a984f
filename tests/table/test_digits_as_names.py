"""Digits that are names are told from quantities, and why is said."""

import pytest

from dropdecay.table.digits_as_names import power_in, why_names


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["01234", "90210"], "its numbers have leading zeros"),
        (["007", "120"], "its numbers have leading zeros"),
        (["01", "02"], ""),
        (["0123", "12"], ""),
        (["123", "456"], ""),
        (["1234", "2E15", "1E05"], "2E15 would be a power of ten"),
        (["1234", "2e15"], ""),
        (["1E+05", "2E+06"], ""),
        (["1.5E5", "2E5"], ""),
        (["0.5", "2E5"], ""),
        (["197.251.209.101", "10.20.30.4"], "it holds addresses of networks"),
        (["197.251.209.101", "10.20.30.256"], ""),
    ],
)
def test_names_have_leading_zeros_or_a_capital_e_without_a_sign(texts, expected):
    assert why_names(texts) == expected


def test_only_beside_whole_numbers_is_a_power_doubtful():
    assert power_in(["1234", "2e15", "3E7"]) == "3E7"
    assert power_in(["1234", "2e15"]) == "2e15"
    assert power_in(["1234.5", "2e15"]) == ""
    assert power_in(["1234", "15"]) == ""
