import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from dropdecay.engine.cpu import train
from dropdecay.errors import Unfinished
from dropdecay.surface.out_of_fold import OutOfFold
from tests.limits import fill, small_disk
from tests.surface.small import PLAN, PROBLEM


@pytest.fixture(scope="module")
def fits():
    return list(train(PROBLEM, PLAN.runs[:4]))


def test_losses_come_back_bit_for_bit_and_the_fit_is_rid_of_them(fits):
    with OutOfFold() as out_of_fold:
        kept = [out_of_fold.keep(fit) for fit in fits]
        for slim, fit in zip(kept, fits, strict=True):
            assert slim.out_of_fold_loss.size == 0
            assert out_of_fold.of(slim).tobytes() == fit.out_of_fold_loss.tobytes()
            whole = out_of_fold.whole(slim)
            assert np.array_equal(whole.out_of_fold_loss, fit.out_of_fold_loss)
            assert whole.validation_loss is fit.validation_loss


def test_a_run_that_goes_on_has_its_latest(fits):
    longer = replace(fits[0], out_of_fold_loss=np.ones((9, 4), np.float32))
    with OutOfFold() as out_of_fold:
        for fit in (fits[0], fits[1], longer):
            out_of_fold.keep(fit)
        assert np.array_equal(out_of_fold.of(longer), longer.out_of_fold_loss)
        assert np.array_equal(out_of_fold.of(fits[1]), fits[1].out_of_fold_loss)


def test_one_that_records_has_none(fits):
    without = replace(fits[0], out_of_fold_loss=np.empty((2, 0), np.float32))
    with OutOfFold() as out_of_fold:
        assert out_of_fold.of(out_of_fold.keep(without)).shape == (2, 0)


def test_memory_does_not_grow_with_the_number_of_runs(fits):
    losses = np.ones((100, 1000), np.float32)
    tracemalloc.start()
    with OutOfFold() as out_of_fold:
        kept = [
            out_of_fold.keep(replace(fits[0], run=replace(fits[0].run, seed=seed),
                                     out_of_fold_loss=losses.copy()))
            for seed in range(20)
        ]  # fmt: skip
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(kept) == 20
    assert peak < 4 * losses.nbytes


def test_a_full_disk_is_told_in_words(fits, tmp_path):
    large = replace(fits[0], out_of_fold_loss=np.ones((100, 1000), np.float32))
    with small_disk(tmp_path / "disk", 64) as disk, OutOfFold(disk) as out_of_fold:
        fill(disk, 4)
        with pytest.raises(Unfinished, match=r"^Out-of-fold losses could not .* Make room"):
            out_of_fold.keep(large)
