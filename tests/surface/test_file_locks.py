"""A file system without locks is told apart from a store that somebody uses."""

import errno
import sys

import pytest

from dropdecay.errors import BadStore
from dropdecay.surface.file_locks import has_locks
from dropdecay.surface.store import Store
from tests.surface.test_store import IDENTITY

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="locks of POSIX")


def test_an_ordinary_folder_has_locks(tmp_path):
    assert has_locks(tmp_path)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_where_the_system_knows_none_a_store_says_so(tmp_path, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, "no locks")

    with Store(tmp_path / "s", IDENTITY):
        monkeypatch.setattr("fcntl.lockf", refuse)
        with pytest.raises(BadStore, match="has no locks, so nothing would keep"):
            Store(tmp_path / "s", IDENTITY)


def test_a_lock_that_somebody_has_is_a_lock(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EAGAIN, "locked")

    monkeypatch.setattr("fcntl.lockf", refuse)
    assert has_locks(tmp_path)
