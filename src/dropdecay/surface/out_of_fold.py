"""The out-of-fold losses of finished runs, in a file: of a fit they are most of what it takes.

They are read again when results are assembled, which hold them too.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.protocol import Fit, Run
from dropdecay.surface.unnamed_file import UnnamedFile


class OutOfFold(UnnamedFile):
    """Out-of-fold losses by run; use it in a ``with`` block, by one thread.

    Parameters
    ----------
    folder : path, optional
        Where the file lies. Default: the system's place for temporary files.
    """

    def __init__(self, folder: Path | None = None) -> None:
        super().__init__(folder, "Out-of-fold losses")
        self._places: dict[Run, tuple[int, tuple[int, ...]]] = {}
        self._end = 0

    def keep(self, fit: Fit) -> Fit:
        """Keep the losses of a fit, in place of those that its run had; return it without them.

        Raises
        ------
        Unfinished
            If they cannot be written, for instance because the disk is full.
        """
        losses = np.asarray(fit.out_of_fold_loss, np.float32)
        self.write(self._end, losses.tobytes())
        self._places[fit.run] = self._end, losses.shape
        self._end += losses.nbytes
        return replace(fit, out_of_fold_loss=losses[:0].copy())

    def of(self, fit: Fit) -> Floating:
        """Return the losses of a fit that is kept, (n_epochs, n_blocks)."""
        offset, shape = self._places[fit.run]
        losses = np.frombuffer(self.read(offset, 4 * shape[0] * shape[1]), np.float32)
        return losses.reshape(shape)

    def whole(self, fit: Fit) -> Fit:
        """Return a fit that is kept with its losses."""
        return replace(fit, out_of_fold_loss=self.of(fit))
