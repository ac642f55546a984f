"""The house's own rules: rooms, sizes of files, first lines, public names."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import dropdecay

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))


def room(path):
    parts = path.relative_to(ROOT / "src" / "dropdecay").parts
    return parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_file_says_what_it_is_for_and_stays_short(path):
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), "no first line"
    assert len(text.splitlines()) <= 400
    assert not {"utils", "helpers", "common"} & {path.stem, path.parent.name}


CONTRACT = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "contracts"
][0]
ROOMS = [set(layer.split(" | ")) for layer in CONTRACT["layers"]]


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_room_imports_only_from_rooms_below_it(path):
    height = {name: -i for i, names in enumerate(ROOMS) for name in names}
    mine = room(path)
    if mine == "__init__":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dropdecay."):
            other = node.module.split(".")[1]
            assert other == mine or height[other] < height[mine], f"{mine} imports {other}"


def test_every_public_name_can_be_loaded():
    for name in dropdecay.__all__:
        assert getattr(dropdecay, name).__doc__


def test_an_unknown_name_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = dropdecay.nonsense


def test_importing_the_package_loads_nothing_heavy():
    heavy = "numpy, numba, sklearn, pandas, xarray, torch, dask, distributed, ray"
    code = f"import sys, dropdecay; print([m for m in '{heavy}'.split(', ') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
