"""Keeping the networks of the folds: the chosen point again, to the bits that were recorded.

The search has trained it on each fold, but keeps no parameters. Training it once more, while the
encoded folds are still there, costs one point of the surface; the round that records outputs by row
would have to carry parameters through every engine, store and worker to spare that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cloudpickle
import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.axes import Point
from dropdecay.data.encoded_folds import EncodedFolds
from dropdecay.data.encoding import Transformer
from dropdecay.data.targets import Target, class_probabilities
from dropdecay.engine.buffers import n_params
from dropdecay.engine.embeddings import outcome_of
from dropdecay.engine.protocol import Dataset, Fit
from dropdecay.engine.state import NetworkState
from dropdecay.errors import BadSetting, Parameter
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.explain.fold_networks import FoldNetwork, FoldNetworks
from dropdecay.request import Request
from dropdecay.search import Findings
from dropdecay.surface.row_outputs import first_fold_of_row

MOST_BYTES = 50_000_000
"""``keep_folds="auto"`` keeps networks and encoders up to this size."""

NEEDED = "needed"
"""In place of ``keep_folds``: the model predicts by them."""


@dataclass(frozen=True)
class KeptFolds:
    """The networks of the folds, or why there are none.

    Parameters
    ----------
    networks : FoldNetworks or None
    n_bytes : int
        What they take, encoders included; or would.
    why_not : str
        "" where they are kept.
    """

    networks: FoldNetworks | None
    n_bytes: int
    why_not: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return this as JSON values."""
        kept = self.networks is not None
        return {"kept": kept, "bytes": self.n_bytes if kept else 0, "why_not": self.why_not}


INSIDE = KeptFolds(None, 0, "nobody reads them inside cross-validation")


def check_keep_folds(value: object) -> bool | str:
    """Return ``keep_folds``, or refuse it."""
    if value is True or value is False or (isinstance(value, str) and value == "auto"):
        return value
    raise BadSetting(Parameter("keep_folds"), f" must be 'auto', True or False. Got {value!r}.")


def keep_folds(
    wish: bool | str, task: SurfaceTask, findings: Findings, request: Request, encoded: EncodedFolds
) -> KeptFolds:
    """Train the chosen point on each fold to its epoch, and keep the networks.

    Parameters
    ----------
    wish : bool, "auto" or NEEDED
        "auto": up to ``MOST_BYTES``; NEEDED: wherever the search runs.
    task : SurfaceTask
    findings : Findings
    request : Request
        What was searched.
    encoded : EncodedFolds
        The data of its folds.
    """
    if not task.records and wish != NEEDED:
        return INSIDE
    if wish is False:
        return KeptFolds(None, 0, "switched off")
    chosen = findings.choice.chosen
    layers = chosen.point.applied_to(task.setting).layers
    network = layers.of_inputs(encoded(0).X.shape[1])
    n_networks = len(task.folds) * request.plan.n_recorded
    size = n_networks * n_params(network) * np.dtype(np.float32).itemsize
    if wish == "auto" and size > MOST_BYTES:
        return _too_large(size)
    networks = trained_on_folds(task, request, encoded, chosen.point, chosen.epochs)
    size = networks.n_bytes + _bytes_of_encoders([each.encoder for each in networks.folds])
    if wish == "auto" and size > MOST_BYTES:
        return _too_large(size)
    return KeptFolds(networks, size)


def _too_large(size: int) -> KeptFolds:
    more = f"they would take {size / 1e6:,.0f} MB, more than {MOST_BYTES / 1e6:g} MB"
    return KeptFolds(None, size, more)


def _bytes_of_encoders(encoders: Sequence[Transformer | None]) -> int:
    different = {id(each): each for each in encoders if each is not None}
    return sum(len(cloudpickle.dumps(each)) for each in different.values())


def trained_on_folds(
    task: SurfaceTask, request: Request, encoded: EncodedFolds, point: Point, epochs: int
) -> FoldNetworks:
    """Train a point on each fold to an epoch; all random numbers are those of the search."""
    plan, n_folds = request.plan, len(task.folds)
    runs = [run for fold in range(n_folds) for run in plan.recording_runs(point, fold, (epochs,))]
    fits: dict[int, list[Fit]] = {fold: [] for fold in range(n_folds)}
    for fit in task.train(request.problem, runs, n_jobs=task.n_jobs, keep_states=True):
        fits[fit.run.fold].append(fit)
    judge = first_fold_of_row(request.problem.rows, task.n_rows)
    folds = []
    for fold, of_fold in fits.items():
        # A further network of an ensemble may have diverged; the first did not on the surface.
        finished = (fit for fit in of_fold if fit.recorded is not None)
        of_seeds = sorted(finished, key=lambda fit: fit.run.seed)
        held_out = request.problem.rows[fold].validation
        taken = judge[held_out] == fold
        said = np.array([_outputs(fit) for fit in of_seeds], np.float64)
        outputs: Float64 = np.asarray(said.mean(axis=0))
        encoder = encoded.encoder(fold) if task.encoded is None else task.encoded.encoder
        layers = of_seeds[0].run.setting.layers
        folds.append(
            FoldNetwork(
                network=layers.of_inputs(encoded(fold).X.shape[1]),
                params=np.array([_params(fit, encoded(fold)) for fit in of_seeds]),
                encoder=encoder,
                rows=held_out if task.numbers is None else np.array(task.numbers[held_out]),
                misfits=misfits_of(task.target, held_out[taken], outputs[taken]),
            )
        )
    return FoldNetworks(tuple(folds))


def _outputs(fit: Fit) -> Floating:
    assert fit.recorded is not None  # the point is chosen, so it did not diverge
    outputs: Floating = fit.recorded.outputs[0]
    return outputs


def _params(fit: Fit, dataset: Dataset) -> Floating:
    assert isinstance(fit.state, NetworkState)  # the engines of these networks give it
    return outcome_of(fit.run.setting.layers, dataset, fit.state)


def misfits_of(target: Target, rows: Int64, outputs: Floating) -> Float64:
    """Return how far the targets of some rows are from outputs for them.

    Parameters
    ----------
    target : Target
    rows : shape (n,)
    outputs : shape (n, n_outputs)
        In the units of the network.

    Returns
    -------
    shape (n, n_outputs) for values, (n, 1) for classes, (0, 1) for many labels
    """
    if target.classes is None:
        assert target.values is not None  # values keep what the user gave
        return np.asarray(np.abs(target.values[rows] - (target.center + target.scale * outputs)))
    if target.labels is None:
        return np.empty((0, 1))
    of_true = class_probabilities(outputs)[np.arange(rows.size), target.matrix[rows, 0].astype(int)]
    return np.asarray(1.0 - of_true, np.float64)[:, None]
