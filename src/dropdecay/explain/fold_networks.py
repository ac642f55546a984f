"""The networks of the folds: the chosen point, trained without what each fold holds out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.data.encoding import Transformer
from dropdecay.engine.predict import predict
from dropdecay.engine.protocol import Matrix
from dropdecay.settings import Network


@dataclass(frozen=True)
class FoldNetwork:
    """What a fold's training rows have taught.

    Parameters
    ----------
    network : Network
        Its number of inputs is that of the encoder of the fold.
    params : shape (n_seeds, n_params), float32
        Of the networks, one a seed, after the epochs of the choice.
    encoder : transformer or None
        Fitted on the training rows; None: rows are used as they are.
    rows : shape (n_validation,), int64
        Which rows are held out, by their number in the table given to ``fit``.
    misfits : shape (n_judged, n_outputs) or (n_judged, 1), float64
        How far the true targets of held-out rows are from what the networks say: for values the
        distance in their units, for classes 1 - the probability of the true class. Only of the
        rows that no earlier fold holds out; empty for many labels.
    """

    network: Network
    params: Floating = field(repr=False)
    encoder: Transformer | None = field(repr=False)
    rows: Int64 = field(repr=False)
    misfits: Float64 = field(repr=False)

    def outputs(self, X: Matrix) -> Floating:
        """Return the mean outputs over seeds for rows encoded by its encoder, (n_rows, n_outputs).

        Probabilities or values, in the units of the network.

        Raises
        ------
        ValueError
            If there are more or fewer numbers in a row than inputs: the encoder is another's.
        """
        if X.shape[1] != self.network.n_inputs:
            raise ValueError(f"{X.shape[1]} numbers in a row for {self.network.n_inputs} inputs")
        X = X.astype(self.params.dtype, copy=False)
        mean: Floating = np.mean([predict(self.network, each, X) for each in self.params], axis=0)
        return mean

    @property
    def n_bytes(self) -> int:
        """What its arrays take."""
        return self.params.nbytes + self.rows.nbytes + self.misfits.nbytes


@dataclass(frozen=True)
class FoldNetworks:
    """The networks of all folds.

    Parameters
    ----------
    folds : tuple of FoldNetwork
    """

    folds: tuple[FoldNetwork, ...]

    def outputs(self, encoded: Callable[[Transformer | None], Matrix]) -> Floating:
        """Return what each fold says of the same rows, (n_folds, n_rows, n_outputs).

        Parameters
        ----------
        encoded : callable
            Returns the rows, encoded by an encoder.
        """
        return np.stack([each.outputs(encoded(each.encoder)) for each in self.judging])

    @property
    def judging(self) -> tuple[FoldNetwork, ...]:
        """The folds that hold out rows which no earlier one does; of repeats, those of the first.

        Where nothing can be judged by misfits, these are all.
        """
        return tuple(each for each in self.folds if len(each.misfits)) or self.folds

    def misfits(self, output: int) -> Sequence[Float64]:
        """Return the misfits of an output, an array for each fold of ``judging``."""
        return [each.misfits[:, output] for each in self.judging]

    @property
    def n_bytes(self) -> int:
        """What all arrays take."""
        return sum(each.n_bytes for each in self.folds)
