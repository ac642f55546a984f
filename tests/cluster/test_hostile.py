"""Whatever a scheduler does, the numbers are those of one process."""

from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropdecay.settings import Regularization
from tests.contract.hostile import Hostile
from tests.contract.runs import adaptive_runs, surface
from tests.contract.workers import WorkersContract, check_same, fits, local

RUNS = [*adaptive_runs(Regularization()), *surface()[:4]]
ALONE = local(RUNS)


class TestHostile(WorkersContract):
    """They cannot be told from each other."""

    @pytest.fixture(autouse=True)
    def _alike(self, monkeypatch):
        monkeypatch.setattr(Hostile, "leave_out", lambda self, worker: False)

    @staticmethod
    def opened(n_workers):
        return closing(Hostile(n_workers, n_workers))

    @staticmethod
    def n_shared(workers):
        return sum(value is not None for value in workers.shared.values())

    @pytest.mark.skip("they come and go")
    def test_there_are_as_many_slots_as_workers(self):
        pass

    @pytest.mark.skip("nothing is under way in between")
    def test_closing_the_iterator_stops_all_work(self):
        pass


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_the_numbers_are_those_of_one_process(seed):
    workers = Hostile(seed, most_slots=1 + seed % 4, n_unlike=seed % 3)
    check_same(fits(workers, RUNS), ALONE)


def test_all_that_is_promised_happens():
    workers = Hostile(3, n_unlike=2)
    fits(workers, surface())
    assert not workers.unlike
    assert workers.n_lost.total() > 3
    assert workers.n_twice > 3
