"""The networks of the folds <-> what a model's folder keeps of them: JSON, arrays, encoders."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import cast

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.data.encoding import Transformer
from dropdecay.engine.buffers import n_params
from dropdecay.explain.fold_networks import FoldNetwork, FoldNetworks
from dropdecay.selection.jsonable import JsonObject
from dropdecay.storage.coherence import network_of
from dropdecay.storage.model_folder import StoredModel

PARTS = ("params", "rows", "misfits")


def stored_folds(
    networks: FoldNetworks, encoder: object | None
) -> tuple[list[JsonObject], dict[str, AnyArray], Sequence[object] | None]:
    """Return the settings and arrays of all folds, and their encoders.

    The encoders are None where all folds have the one that the model has.
    """
    settings = [asdict(each.network) for each in networks.folds]
    arrays = {
        f"{part}_{number}": getattr(each, part)
        for number, each in enumerate(networks.folds)
        for part in PARTS
    }
    encoders = [each.encoder for each in networks.folds]
    return settings, arrays, None if all(each is encoder for each in encoders) else encoders


def rebuilt_folds(stored: StoredModel) -> FoldNetworks:
    """Return the networks that :func:`stored_folds` has stored.

    Raises
    ------
    KeyError, TypeError, ValueError
        If what is stored does not go together.
    """
    settings, arrays = stored.settings["folds"], stored.fold_arrays
    encoders = stored.fold_encoders
    if encoders is None:
        encoders = [stored.encoder] * len(settings)
    folds = [
        _rebuilt(described, {part: arrays[f"{part}_{number}"] for part in PARTS}, encoder)
        for number, (described, encoder) in enumerate(zip(settings, encoders, strict=True))
    ]
    if not folds or len(arrays) != len(PARTS) * len(folds):
        raise ValueError("other arrays than its folds have")
    if len({fold.misfits.shape[1] for fold in folds}) != 1:
        raise ValueError("folds with different numbers of outputs")
    return FoldNetworks(tuple(folds))


def _rebuilt(described: JsonObject, arrays: Mapping[str, AnyArray], encoder: object) -> FoldNetwork:
    params, rows, misfits = (arrays[part] for part in PARTS)
    network = network_of(described)
    if params.dtype != np.float32 or params.shape != (len(params), n_params(network)):
        raise ValueError(f"a fold's parameters have shape {params.shape}")
    if not len(params) or rows.dtype != np.int64 or rows.ndim != 1:
        raise ValueError("a fold without networks or rows")
    if misfits.dtype != np.float64 or misfits.ndim != 2 or len(misfits) > rows.size:
        raise ValueError(f"a fold's misfits have shape {misfits.shape}")
    return FoldNetwork(network, params, cast(Transformer | None, encoder), rows, misfits)
