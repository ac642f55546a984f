import importlib.util
import io
import re
import threading
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from dropdecay import MLPClassifierCV
from dropdecay.errors import DropdecayWarning
from dropdecay.report import progress as module
from dropdecay.report.progress import Progress, progress_of
from dropdecay.surface.forecast import Forecast
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


@pytest.fixture
def clock(monkeypatch):
    """A clock that is moved by hand."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_without_a_terminal_a_line_tells_each_tenth_and_a_last_one_how_long_it_took(clock):
    said = io.StringIO()
    with Progress(Console(file=said, width=30), unit="networks") as progress:
        progress.begin("surface")
        for done in range(1, 241):
            clock[0] += 1.5
            progress.update(done, 240, "best so far: dropout 0")
    lines = said.getvalue().splitlines()
    assert len(lines) == 10
    assert lines[0] == (
        "surface  10 %, 24 of 240 networks, 36 s, about 6 min left; best so far: dropout 0"
    )
    assert lines[-1] == "surface done in 6:00, 240 networks; best so far: dropout 0"


def test_slow_networks_are_told_each_minute_and_fast_ones_not_at_all(clock):
    said = io.StringIO()
    with Progress(Console(file=said, width=100), unit="networks") as progress:
        progress.begin("sharpening, cut 2 of at most 10")
        for done in range(1, 11):
            clock[0] += 0.01
            progress.update(done, 10)
        assert said.getvalue() == ""
        progress.begin("surface")
        for done in (1, 2, 3):
            clock[0] += 61.0
            progress.update(done, 1000)
    assert [line[:20] for line in said.getvalue().splitlines()] == [
        "surface   0 %, 1 of ", "surface   0 %, 2 of ", "surface   0 %, 3 of ",
        "surface done in 3:03",
    ]  # fmt: skip


def test_a_part_that_was_interrupted_is_not_called_done(clock):
    said = io.StringIO()

    def interrupted():
        with Progress(Console(file=said), unit="networks") as progress:
            clock[0] += 30.0
            progress.update(1, 1000)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert "done in" not in said.getvalue()


def test_the_forecast_is_told_first():
    said = io.StringIO()
    with Progress(Console(file=said, width=40), unit="networks") as progress:
        progress.forecast(Forecast(100, 4.0, 0, seconds_of_repeats=6.0))
    assert said.getvalue() == (
        "About 10 s: 4 s for the surface (100 networks), up to 6 s to sharpen the answer.\n"
    )


def test_no_time_is_told_as_long_as_nothing_is_done_but_networks_wait(clock):
    said = io.StringIO()
    with Progress(Console(file=said, width=100), unit="networks") as progress:
        for done in (0, 0, 3):
            clock[0] += 70.0
            progress.update(done, 4)
        clock[0] += 70.0
        progress._print_line(clock[0])
    assert said.getvalue().splitlines()[:4] == [
        "training   0 %, 0 of 4 networks, 1:10",
        "training   0 %, 0 of 4 networks, 2:20",
        "training  75 %, 3 of 4 networks, 3:30",
        "training  75 %, 3 of 4 networks, 4:40, about 70 s left",
    ]


def fit_of(point, curve, fold=0, end=None):
    epochs = np.arange(1, len(curve) + 1)
    return SimpleNamespace(
        run=SimpleNamespace(point=point, fold=fold, seed=0, record=()), diverged=False,
        validation_loss=np.array(curve), counting_epochs=epochs[epochs <= (end or epochs[-1])],
    )  # fmt: skip


def best_after(*fits):
    said = []
    on_fit = progress_of(SimpleNamespace(update=lambda done, total, note: said.append(note)))
    for fit in fits:
        on_fit(fit, 1, 5)
    return said[-1]


def test_what_lies_beyond_the_end_of_a_fit_does_not_make_a_point_the_best():
    first, second = grid(dropout=(0.0, 0.2))
    beyond = fit_of(second, [0.8, 0.7, 0.1], end=2)
    assert best_after(fit_of(first, [0.6, 0.5]), beyond) == "best so far: dropout 0"


def test_a_network_that_waited_counts_once_with_what_it_has_become():
    first, second = grid(dropout=(0.0, 0.2))
    waiting, ended = fit_of(second, [0.9, 0.8]), fit_of(second, [0.9, 0.8, 0.3])
    assert best_after(waiting, fit_of(first, [0.5])) == "best so far: dropout 0"
    assert best_after(waiting, fit_of(first, [0.5]), ended) == "best so far: dropout 0.2"


def test_the_best_point_so_far_is_one_that_has_as_many_folds_as_any(more_axes):
    said = []
    progress = SimpleNamespace(update=lambda done, total, note: said.append(note))
    on_fit = progress_of(progress)
    first, second = grid(dropout=(0.0,), max_norm=(None, 2.0))
    losses = [(first, 0, [0.6, 0.5]), (second, 0, [0.1, 0.2]), (first, 1, [0.5]),
              (second, 1, [0.9]), (second, 2, [0.8])]  # fmt: skip
    for point, fold, curve in losses:
        on_fit(fit_of(point, curve, fold=fold), 1, 5)
    names = ["max-norm none", "max-norm 2", "max-norm none", "max-norm none", "max-norm 2"]
    assert said == [f"best so far: dropout 0, {name}" for name in names]


def test_a_terminal_gets_a_bar_that_leaves_nothing_behind():
    said = io.StringIO()
    with Progress(Console(file=said, force_terminal=True, width=100), unit="networks") as progress:
        progress.update(3, 4, "best so far: dropout 0")
        time.sleep(0.3)
    plain = re.sub(r"\x1b\[[\d;?]*\w", "", said.getvalue())
    assert re.search(r"3 of 4 .*\d s\s+best so far: dropout 0", plain, re.DOTALL)
    assert said.getvalue().endswith("\x1b[2K")


def test_a_fit_shows_progress_only_when_asked(capsys, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_LINES", 0.0)
    small_search()
    assert capsys.readouterr() == ("", "")
    small_search(verbose=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "surface  50 %, 6 of 12 networks" in err
    assert err.startswith("About ")
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
    assert re.search(r"(?:surface|sharpening.*|baselines): (\d+) of \1 networks trained", bars[0])
    assert "★" in shown[0]["text/html"]
    assert not any("<progress" in data.get("text/html", "") for data in silent)


class Heard(io.StringIO):
    """Tells another thread that something was printed."""

    def __init__(self):
        super().__init__()
        self.printed = threading.Event()

    def write(self, text):
        written = super().write(text)
        self.printed.set()
        return written


def test_a_line_is_printed_while_no_network_ends(monkeypatch):
    monkeypatch.setattr(module, "AT_LEAST_EVERY", 1e-3)
    said = Heard()
    with Progress(Console(file=said, width=100), unit="networks") as progress:
        progress.begin("surface")
        while "surface" not in said.getvalue():  # nobody calls update
            said.printed.clear()
            assert said.printed.wait(60)
    assert re.search(
        r"^surface: \d\.\d s, none of its networks is done yet$", said.getvalue(), re.M
    )


def test_nothing_is_printed_after_the_end(monkeypatch):
    monkeypatch.setattr(module, "AT_LEAST_EVERY", 1e-3)
    said = Heard()
    with Progress(Console(file=said, width=100), unit="networks"):
        assert said.printed.wait(60)
    before = said.getvalue()
    said.printed.clear()
    assert not said.printed.wait(0.05)
    assert said.getvalue() == before


def test_a_line_for_long_networks_tells_how_many_are_done(clock):
    said = io.StringIO()
    with Progress(Console(file=said, width=100), unit="networks") as progress:
        progress.begin("surface")
        progress.update(3, 40)
        clock[0] += 61.0
        progress._print_line(clock[0])
        progress._print_line(clock[0])
    assert said.getvalue().splitlines()[0].startswith("surface   7 %, 3 of 40 networks, 1:01")
    assert len(said.getvalue().splitlines()) == 2
