"""``dropdecay info``: what is installed, for bug reports; and the schemas of ``--json``."""

import json
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from importlib.util import find_spec

from joblib import cpu_count
from rich.console import Console

import dropdecay
from dropdecay.errors import unknown_choice
from dropdecay.kernels.compiled import CACHE, are_compiled
from dropdecay.kernels.products import find_blas
from dropdecay.safe_text import visible
from dropdecay.selection.jsonable import JsonObject

INFO_SCHEMA = 1
"""The version of what --json prints."""

PACKAGES = (
    "numpy", "scipy", "numba", "scikit-learn", "pandas", "pyarrow", "skrub", "skops", "xarray",
    "typer",
)  # fmt: skip
EXTRAS = {
    "pictures": "matplotlib", "onnx": "onnx", "torch": "torch", "dask": "distributed",
    "ray": "ray", "excel": "openpyxl",
}  # fmt: skip
"""Of every extra, the module that it brings."""

SCHEMAS = ("fit", "check", "compare", "predict", "report", "export", "info", "demo", "warm-up")
"""Commands with a JSON Schema of what --json prints."""


def installation() -> JsonObject:
    """Return versions, BLAS, cores, extras and the cache of kernels as JSON values."""
    return {
        "schema": INFO_SCHEMA,
        "dropdecay": dropdecay.__version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "extras": {name: find_spec(module) is not None for name, module in EXTRAS.items()},
        "blas": find_blas()[1],
        "cores": cpu_count(),
        "kernels": {"folder": str(CACHE), "compiled": are_compiled()},
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def print_installation(*, as_json: bool) -> None:
    """Print what :func:`installation` finds."""
    found = installation()
    if as_json:
        print(json.dumps(found, indent=1))  # noqa: T201  # --json asks for this output
        return
    kernels = found["kernels"]
    ready = "compiled" if kernels["compiled"] else "not compiled yet: dropdecay warm-up does it"
    extras = [name if there else f"({name})" for name, there in found["extras"].items()]
    lines = {
        "dropdecay": found["dropdecay"],
        "Python": f"{found['python']} on {found['platform']}",
        "packages": ", ".join(f"{name} {number}" for name, number in found["packages"].items()),
        "extras": f"{' '.join(extras)}; in brackets: not installed",
        "BLAS": found["blas"],
        "cores": found["cores"],
        "kernels": f"{ready}, in {kernels['folder']}",
    }
    console = Console()
    for name, text in lines.items():
        console.print(f"{name:<10} {visible(text, None)}", markup=False, highlight=False,
                      soft_wrap=True)  # fmt: skip


def print_schema(command: str) -> None:
    """Print the JSON Schema of what a command prints with --json.

    Raises
    ------
    BadSetting
        If there is none; near names are suggested.
    """
    if command not in SCHEMAS:
        raise unknown_choice("--schema", command, SCHEMAS)
    print(schema_text(command), end="")  # noqa: T201  # what was asked for


def schema_text(command: str) -> str:
    """Return the JSON Schema of what a command prints with --json."""
    folder = files("dropdecay.commands") / "schemas"
    return (folder / f"{command}.schema.json").read_text(encoding="utf-8")
