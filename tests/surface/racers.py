"""An engine whose losses are known beforehand: worlds for racing and searching."""

import hashlib

import numpy as np

from dropdecay.data.fold_rows import rows_of_folds
from dropdecay.engine.protocol import CURVES, Dataset, Fit, Problem, Recorded
from dropdecay.settings import Network, Regularization, Schedule, Setting

ORDER = np.random.default_rng(0).permutation(100)
FOLDS = [(np.delete(ORDER, held), ORDER[held]) for held in (slice(i, i + 20) for i in
         range(0, 100, 20))]  # fmt: skip
ROWS = rows_of_folds(FOLDS, 0)
DATA = Dataset(np.zeros((100, 2)), np.zeros((100, 1)))
PROBLEM = Problem(ROWS, lambda fold: DATA)
EPOCHS = 2


def setting(decay="decoupled", lr=1e-3):
    return Setting(
        Network(None, (3,), 2), Regularization(decay=decay), Schedule(EPOCHS, 10, learning_rate=lr)
    )


def known_engine(loss_of, trained=None, noise=0.0, score_of=None, rounds=None, losses_of=None):
    """Return an engine whose runs end at ``loss_of(*values of the axes, fold)``; NaN diverges.

    The score is minus the loss unless ``score_of``, asked likewise, says otherwise. A run that
    records gives ``losses_of(run, epoch, validation rows)``; None where it diverges. Its first
    output is minus the loss.
    """

    def engine(problem, runs, **_):
        if rounds is not None:
            rounds.append(list(runs))
        for run in runs:
            if trained is not None:
                trained.append(run)
            if run.record:
                yield recorded_fit(run, problem.rows[run.fold].validation, losses_of)
                continue
            place = (*(value for _, value in run.point.values), run.fold)
            seed = int.from_bytes(
                hashlib.blake2b(repr((*place, run.seed)).encode(), digest_size=4).digest()
            )
            own = noise * np.random.default_rng(seed).normal()
            loss = loss_of(*place) + own
            curve = np.array([loss + 1, loss])
            score = np.full(2, score_of(*place) + own) if score_of else -curve
            n_blocks = problem.rows[run.fold].blocks.max() + 1
            yield Fit(
                run=run,
                epochs=np.arange(1, 3),
                end=EPOCHS,
                training_loss=curve - 0.1,
                validation_loss=curve,
                validation_score=score,
                validation_accuracy=score + 1,
                descent_loss=curve,
                weight_norm=np.full(2, 2.0),
                near_zero_share=np.full(2, 0.25),
                out_of_fold_loss=np.repeat(curve[:, None], n_blocks, axis=1),
                diverged=bool(np.isnan(loss)),
                wall_s=0.0,
            )

    return engine


def recorded_fit(run, rows, losses_of):
    """Return the fit of a run that records, with losses that are known beforehand."""
    losses = [losses_of(run, epoch, rows) for epoch in run.record]
    diverged = any(each is None for each in losses)
    outputs = np.zeros((len(run.record), rows.size, 2), np.float32)
    if not diverged:
        outputs[:, :, 0] = -np.array(losses)
    return Fit(
        run=run,
        epochs=np.array(run.record),
        end=run.epochs,
        **dict.fromkeys(CURVES, np.full(len(run.record), np.nan)),
        out_of_fold_loss=np.empty((len(run.record), 0), np.float32),
        diverged=diverged,
        wall_s=1.0,
        recorded=None if diverged else Recorded(np.array(losses, float), outputs),
    )
