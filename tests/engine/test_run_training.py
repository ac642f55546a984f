"""A run goes on from what it was only where that fits the rows of its fold."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Problem
from dropdecay.errors import BadStore
from dropdecay.settings import Regularization
from tests.contract.runs import ROWS, adaptive_runs, blobs

PROBLEM = Problem(ROWS, lambda fold: blobs())
[RUN] = adaptive_runs(Regularization(), folds=(0,))


def test_losses_of_other_blocks_than_those_of_the_fold_are_refused():
    # As a forged file could hold them: checksums tell damage, not intent.
    [paused] = train(PROBLEM, [RUN], n_jobs=1, keep_states=True, pause=2)
    n_epochs, n_blocks = paused.out_of_fold_loss.shape
    forged = replace(paused, out_of_fold_loss=np.zeros((n_epochs, n_blocks - 1), np.float32))
    with pytest.raises(BadStore, match=rf"{n_blocks - 1} losses an epoch for {n_blocks} blocks"):
        [*train(PROBLEM, [RUN], n_jobs=1, earlier={RUN: forged})]
