"""An engine whose losses are known beforehand: worlds for racing and searching."""

import hashlib

import numpy as np

from dropdecay.engine.protocol import Dataset, Fit
from dropdecay.settings import Network
from dropdecay.surface.execute import FoldData

ORDER = np.random.default_rng(0).permutation(100)
FOLDS = [(np.delete(ORDER, held), ORDER[held]) for held in (slice(i, i + 20) for i in
         range(0, 100, 20))]  # fmt: skip
DATA = FoldData(Network(2, (3,), 2), Dataset(np.zeros((100, 2)), np.zeros((100, 1))))
EPOCHS = 2


def known_engine(loss_of, trained=None, noise=0.0, score_of=None):
    """Return an engine whose runs end at ``loss_of(dropout, weight_decay, fold)``; NaN diverges.

    The score is minus the loss unless ``score_of``, asked likewise, says otherwise.
    """

    def engine(network, dataset, runs, schedule, **_):
        for run in runs:
            if trained is not None:
                trained.append(run)
            point = run.regularization
            place = repr((point.dropout, point.weight_decay, run.fold, run.seed)).encode()
            seed = int.from_bytes(hashlib.blake2b(place, digest_size=4).digest())
            own = noise * np.random.default_rng(seed).normal()
            loss = loss_of(point.dropout, point.weight_decay, run.fold) + own
            curve = np.array([loss + 1, loss])
            place = point.dropout, point.weight_decay, run.fold
            score = np.full(2, score_of(*place) + own) if score_of else -curve
            yield Fit(
                run=run,
                training_loss=curve - 0.1,
                validation_loss=curve,
                validation_score=score,
                validation_accuracy=score + 1,
                descent_loss=curve,
                weight_norm=np.full(2, 2.0),
                near_zero_share=np.full(2, 0.25),
                out_of_fold_loss=np.repeat(curve[:, None], run.rows.blocks.max() + 1, axis=1),
                diverged=bool(np.isnan(loss)),
                wall_s=0.0,
            )

    return engine
