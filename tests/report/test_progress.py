import importlib.util
import io
import re
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from dropdecay import MLPClassifierCV
from dropdecay.errors import DropdecayWarning
from dropdecay.report import progress as module
from dropdecay.report.progress import Progress, progress_of
from tests.report.worlds import grid

needs_kernel = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("nbclient", "ipykernel")),
    reason="needs a notebook's kernel (pip install nbclient ipykernel)",
)
CELL = """
import numpy as np
from dropdecay import MLPClassifierCV
X = np.random.default_rng(0).normal(size=(60, 3))
search = MLPClassifierCV(4, dropouts=(0, 0.3), weight_decays=(0, 1), cv=3, max_iter=4,
                         extend=False, random_state=0, n_jobs=1, verbose={verbose})
search.fit(X, X[:, 0] > 0)
"""


def small_search(**options):
    X = np.random.default_rng(0).normal(size=(60, 3))
    search = MLPClassifierCV(4, dropouts=(0, 0.3), weight_decays=(0, 1), cv=3, max_iter=4,
                             extend=False, random_state=0, n_jobs=1, **options)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return search.fit(X, X[:, 0] > 0)


def test_without_a_terminal_a_line_says_what_is_done_and_how_long_it_takes(monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0.0)
    said = io.StringIO()
    with Progress(Console(file=said, width=100), unit="networks") as progress:
        for done in range(1, 5):
            progress.update(done, 4, "best so far: dropout 0")
    lines = said.getvalue().splitlines()
    assert lines == [
        f"training: {done} of 4 networks trained, about 0 s left; best so far: dropout 0"
        for done in (2, 3)
    ]


def test_the_best_point_so_far_is_one_that_has_as_many_folds_as_any(more_axes):
    said = []
    progress = SimpleNamespace(update=lambda done, total, note: said.append(note))
    on_fit = progress_of(progress)
    first, second = grid(dropout=(0.0,), max_norm=(None, 2.0))
    losses = [(first, [0.6, 0.5]), (second, [0.1, 0.2]), (first, [0.5]), (second, [0.9]),
              (second, [0.8])]  # fmt: skip
    for point, curve in losses:
        on_fit(SimpleNamespace(run=SimpleNamespace(point=point, record=(), fold=0), diverged=False,
                               validation_loss=np.array(curve)), 1, 5)  # fmt: skip
    names = ["max-norm none", "max-norm 2", "max-norm none", "max-norm none", "max-norm 2"]
    assert said == [f"best so far: dropout 0, {name}" for name in names]


def test_a_terminal_gets_a_bar_that_leaves_nothing_behind():
    said = io.StringIO()
    with Progress(Console(file=said, force_terminal=True, width=100), unit="networks") as progress:
        progress.update(3, 4, "best so far: dropout 0")
    assert re.search(r"3/4\S* networks", re.sub(r"\x1b\[[\d;]*m", "", said.getvalue()))
    assert said.getvalue().endswith("\x1b[2K")


def test_a_fit_shows_progress_only_when_asked(capsys, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0.0)
    small_search()
    assert capsys.readouterr() == ("", "")
    small_search(verbose=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "11 of 12 networks trained" in err
    assert "best so far: dropout" in err


@needs_kernel
def test_a_notebook_shows_a_bar_that_ends_filled_and_then_the_surface():
    import nbformat
    from nbclient import NotebookClient

    cells = [CELL.format(verbose=1), "search", CELL.format(verbose=0)]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the kernel's machinery
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    fitted, shown, silent = (
        [out["data"] for out in cell.outputs if "data" in out] for cell in notebook.cells
    )
    # One place that changed, not a line for every change.
    bars = [data["text/html"] for data in fitted if "<progress" in data.get("text/html", "")]
    assert len(bars) == 1
    assert re.search(r'value="(\d+)" max="\1"', bars[0])
    assert re.search(r"(?:surface|sharpening\D*.*): (\d+) of \1 networks trained", bars[0])
    assert "★" in shown[0]["text/html"]
    assert not any("<progress" in data.get("text/html", "") for data in silent)
