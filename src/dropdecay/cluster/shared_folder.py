"""The folder in which this process shares values with others of its machine."""

import tempfile
from pathlib import Path

from dropdecay.cluster.messages import unsendable
from dropdecay.cluster.shared_files import remove_shared, write_shared
from dropdecay.errors import Unfinished
from dropdecay.files import why_not_written


class SharedFolder:
    """A folder of values for the processes of this machine.

    Parameters
    ----------
    folder : path, optional
        Where it lies. Default: the system's place for temporary files.

    Raises
    ------
    Unfinished
        If nothing can be written there.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._where = Path(tempfile.gettempdir()) if folder is None else folder
        try:
            self._files = tempfile.TemporaryDirectory(prefix="dropdecay-", dir=self._where)
        except OSError as error:
            raise self._not_shared(error) from None
        self._n_named = 0

    @property
    def name(self) -> str:
        """Its path."""
        return self._files.name

    def new_path(self) -> Path:
        """Return a path in it that no other call returns."""
        self._n_named += 1
        return Path(self._files.name) / str(self._n_named)

    def share(self, value: object) -> Path:
        """Write a value into files; return what ``read_shared`` takes.

        Raises
        ------
        Unfinished
            If it cannot be written, for instance because the disk is full.
        NotShared
            If it cannot be pickled.
        """
        path = self.new_path()
        try:
            write_shared(value, path)
        except OSError as error:
            remove_shared(path)
            raise self._not_shared(error) from None
        except Exception as error:
            # Whatever keeps an object of the user's from being pickled.
            raise unsendable(error) from error
        return path

    def close(self) -> None:
        """Remove it with all files."""
        self._files.cleanup()

    def _not_shared(self, error: OSError) -> Unfinished:
        why = why_not_written(self._where, error, "Make the folder writable.")
        return Unfinished(f"Data could not be shared with the workers: {why}")
