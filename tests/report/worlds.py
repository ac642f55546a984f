"""Finished runs made without training: results of any axes with figures typed in, and a summary."""

import json
from html.parser import HTMLParser
from itertools import product

import numpy as np
import xarray as xr

from dropdecay.axes import Point
from dropdecay.files import write_file
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.knobs import AXES, Knob
from dropdecay.report.page import page_html
from dropdecay.report.run_files import PAGE
from dropdecay.report.stored import read_run, write_findings
from dropdecay.selection.choice import choose
from dropdecay.selection.optimism import estimate_optimism
from dropdecay.selection.plain_curves import LOSS_WEIGHT, PLAIN_NAME, WEIGHTED_BLOCKS
from dropdecay.selection.points import coordinates_of
from dropdecay.selection.verdict import reach_verdict

RUN = ("point", "fold", "seed")
N_BLOCKS = 4


def knob(name, printed, **more):
    """An axis as later rows of the table of axes have it."""
    parts = {"home": "regularization", "field": name, "check": lambda value: value,
             "torch": "", "keras": "", "sklearn": "", "strength": lambda value: value}  # fmt: skip
    return Knob(name=name, printed=printed, **{**parts, **more})


KNOBS = (
    knob("max_norm", "max-norm", neutral=None,
         strength=lambda value: -np.inf if value is None else -value),
    knob("learning_rate_init", "learning rate", regularizes=False),
    knob("activation", "activation", regularizes=False, strength=None),
)  # fmt: skip


def add_axes(monkeypatch):
    """Let there be axes of None, of names and one that is tuned, whichever the table has."""
    for each in KNOBS:
        if each.name not in AXES:
            monkeypatch.setitem(AXES, each.name, each)


def grid(**axes):
    """All points of a grid, the first axis slowest."""
    return [Point(tuple(zip(axes, row, strict=True))) for row in product(*axes.values())]


def results_at(
    points, loss, *, n_folds=4, n_epochs=12, eliminated=None, diverged=(), given_up=None,
    weights=True, attrs=None,
):  # fmt: skip
    """Make results by point.

    ``loss`` gives the mean loss of a point at its best epoch; ``eliminated`` maps an index of a
    point to the folds it was trained on; ``diverged`` holds indices; ``given_up`` maps indices to
    the epochs after which points were.
    """
    rng = np.random.default_rng(0)
    runs = (len(points), n_folds, 1)
    level = np.array([loss(point) for point in points])
    folds = rng.normal(0.0, 0.02, n_folds)
    noise = 0.004 * rng.normal(size=(len(points), n_folds))
    best = 2 + np.arange(len(points)) % (n_epochs - 3)
    course = 0.3 * ((np.arange(1, n_epochs + 1) - best[:, None]) / n_epochs) ** 2
    validation = (level[:, None] + folds + noise)[:, :, None, None] + course[:, None, None, :]
    training = validation - np.linspace(0.02, 0.2, n_epochs)
    falling = np.linspace(1.0, 0.6, n_epochs) * (3 + np.arange(len(points)) % 5)[:, None]
    norm = falling[:, None, None, :] * (1 + 0.1 * folds[:, None, None])
    curves = {
        "training_loss": training,
        "validation_loss": validation,
        "validation_score": 1.0 - validation,
        **({"weight_norm": norm, "near_zero_share": 0.05 / norm} if weights else {}),
    }
    blocks = validation[..., None] + 0.01 * rng.normal(size=(*validation.shape, N_BLOCKS))
    out = np.zeros(len(points), bool)
    gone = np.zeros(runs, bool)
    for index, kept in (eliminated or {}).items():
        out[index] = True
        for values in (*curves.values(), blocks):
            values[index, kept:] = np.nan
    for index in diverged:
        gone[index, 0] = True
        for values in (*curves.values(), blocks):
            values[index, 0] = np.nan
    end, ending = np.full(len(points), n_epochs), np.full(len(points), "flat", "U9")
    for index, kept in (given_up or {}).items():
        end[index], ending[index] = kept, "futile"
        for values in (*curves.values(), blocks):
            values[index, :, :, kept:] = np.nan
    ended = {"end": ("point", end), "ending": ("point", ending)} if given_up else {}
    meaning = {"near_zero_share": {"threshold": NEAR_ZERO}}
    by_class = {}
    if PLAIN_NAME in (attrs or {}):
        by_class = {
            WEIGHTED_BLOCKS: ((*RUN, "epoch", "block"), blocks.astype(np.float32)),
            LOSS_WEIGHT: (("fold", "block"), np.full((n_folds, N_BLOCKS), 15.0)),
        }
        blocks = blocks / 3
    return xr.Dataset(
        {
            **{
                name: ((*RUN, "epoch"), each, meaning.get(name, {}))
                for name, each in curves.items()
            },
            "out_of_fold_loss": ((*RUN, "epoch", "block"), blocks.astype(np.float32)),
            **by_class,
            "diverged": (RUN, gone),
            "eliminated": ("point", out),
            **ended,
            "block_rows": (("fold", "block"), np.full((n_folds, N_BLOCKS), 5)),
            "n_training": ("fold", np.full(n_folds, 20 * (n_folds - 1))),
            "n_validation": ("fold", np.full(n_folds, 20)),
        },
        {
            **coordinates_of(points),
            "fold": np.arange(n_folds),
            "repeat": ("fold", np.zeros(n_folds, int)),
            "seed": [0],
            "epoch": np.arange(1, n_epochs + 1),
        },
        {"loss_name": "log loss", "score_name": "accuracy", "task": "classification",
         **({"epochs": "adaptive"} if given_up else {}), **(attrs or {})},
    )  # fmt: skip


def summary_of(results, *, rule="best", criterion="loss", **more):
    """What ``summary.json`` holds of results, as JSON gives it back."""
    choice = choose(results, rule=rule, criterion=criterion)
    found = {
        "dropdecay": "0.0",
        "task": "classification",
        "rows": 80,
        "columns": 3,
        "loss": results.attrs["loss_name"],
        "score": results.attrs["score_name"],
        "verdict": reach_verdict(results, choice).as_dict(),
        "choice": choice.as_dict(),
        "optimism": estimate_optimism(results, choice).as_dict(),
        "nested": None,
        "settings": {"folds": results.sizes["fold"], "seeds": 1, "activation": "relu",
                     "random state": 0},
        "carry": ["torch: optim.AdamW(weights, lr=0.001)"],
        "command": "dropdecay fit table.csv --target=y --dropout=0,0.2,0.4",
        "asked": {"table": "table.csv", "target": "y"},
        "versions": {"numpy": "2"},
        "table_sha256": "0123",
        **more,
    }  # fmt: skip
    return json.loads(json.dumps(found))


def repeated(summary, **gain):
    """The summary as it is after three repeats."""
    intervals = [[0.05, -0.1, 0.2], [0.06, 0.01, 0.11]]
    found = {**summary["verdict"]["gain"], "n_repeats": 3, "by_repeat": [0.04, 0.06, 0.08],
             "intervals": intervals, **gain}  # fmt: skip
    return {**summary, "verdict": {**summary["verdict"], "gain": found}}


def write_folder(folder, results, summary):
    """Write a run folder as far as reports read one, the page included."""
    folder.mkdir()
    write_findings(folder, results, summary)
    run = read_run(folder)
    write_file(folder / PAGE, page_html(run.results, run.summary))
    return folder


def bowl(**best):
    """Return a loss that is lowest at these values and grows with the distance on each axis."""

    def loss(point):
        far = 0.0
        for name, value in best.items():
            there = point[name]
            number = isinstance(there, (int, float)) and isinstance(value, (int, float))
            far += abs(there - value) / (1 + abs(there)) if number else 0.3 * (there != value)
        return 0.5 + 0.2 * far

    return loss


class Cells(HTMLParser):
    """Collects the texts of all cells of the surface, or the first table, without the script."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.inside = [], False
        begin = text.index('<table class="heat"' if 'class="heat"' in text else "<table")
        self.feed(text[begin : text.index("</table>", begin)])

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data
