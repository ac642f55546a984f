"""Nothing needs a home directory: containers and services have none that can be written to."""

import os
import subprocess
import sys

import pytest

from dropdecay.table import skrub_folder
from dropdecay.table.skrub_folder import VARIABLES, need_no_home


@pytest.fixture(autouse=True)
def _nothing_said(monkeypatch):
    for name in VARIABLES:
        monkeypatch.setenv(name, "")  # so that it is put back as it was
        monkeypatch.delenv(name)


def said():
    return {name: os.environ[name] for name in VARIABLES if name in os.environ}


def test_a_home_that_can_be_used_is_left_to_skrub(monkeypatch, tmp_path):
    monkeypatch.setattr(skrub_folder.Path, "home", lambda: tmp_path)
    need_no_home()
    assert said() == {}


def test_what_the_user_has_said_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(skrub_folder.Path, "home", lambda: tmp_path / "nowhere")
    monkeypatch.setenv("SKB_DATA_DIRECTORY", "/data")
    need_no_home()
    assert said() == {"SKB_DATA_DIRECTORY": "/data"}


@pytest.mark.skipif(sys.platform == "win32", reason="another variable is the home there")
@pytest.mark.parametrize("module", ["dropdecay.table.text"])
def test_tables_are_encoded_without_a_home(tmp_path, module):
    (tmp_path / "file").write_text("")
    given = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"], capture_output=True, text=True, check=False,
        env={**given, "HOME": str(tmp_path / "file" / "home")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
