"""Here other models have the time that users give them."""

import pytest

from dropdecay.baselines import judge


@pytest.fixture(scope="module", autouse=True)
def _time_of_users():
    before, judge.SECONDS = judge.SECONDS, 5.0
    yield
    judge.SECONDS = before
