"""Everything that a fit trains goes through the engine that was chosen, and can be sent away."""

import pickle

import numpy as np
import pytest
from sklearn.metrics import f1_score, make_scorer

from dropdecay import MLPClassifierCV, MLPRegressorCV
from dropdecay.data import pilot_rows
from dropdecay.engine import cpu, machine
from dropdecay.engine.choose import ChosenEngine
from dropdecay.engine.machine import machine_fingerprint
from dropdecay.engine.protocol import REFIT_FOLD
from dropdecay.errors import BadStore

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")

SMALL = {
    "hidden_layer_sizes": 4, "dropouts": (0, 0.3), "weight_decays": (0, 1), "cv": 3,
    "max_iter": 6, "extend": False, "random_state": 0, "encoder": None, "n_repeats": 2,
}  # fmt: skip
RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
VALUES = X[:, 0] + RNG.normal(size=120)
CLASSES = (VALUES > 0).astype(int)
RARE = (VALUES > 1.2).astype(int)


class Watched:
    """Trains as the usual engine does, and keeps what it was asked for."""

    def __init__(self):
        self.problems, self.runs = [], []

    def __call__(self, problem, runs, **how):
        self.problems.append(problem)
        self.runs += runs
        return cpu.train(problem, runs, **how)


def watched(kind, y, *, times=None, **how):
    search, engine = kind(**{**SMALL, **how}), Watched()
    search._engine = lambda: ChosenEngine(engine)
    search.fit(X, y, times=times)
    return engine


@pytest.mark.parametrize(
    "how", [{"nested": True}, {"times": np.arange(120)}, {"max_iter": "auto"}, {"race": True}]
)
def test_no_network_is_trained_but_by_the_chosen_engine(monkeypatch, how):
    trained = []

    class Counted(cpu.CpuTrainer):
        def __init__(self, run, *rest):
            trained.append(run)
            super().__init__(run, *rest)

    monkeypatch.setattr(cpu, "CpuTrainer", Counted)
    engine = watched(MLPClassifierCV, CLASSES, **how)
    assert engine.runs[-1].fold == REFIT_FOLD
    named = [{(run.point, run.fold, run.seed) for run in each} for each in (trained, engine.runs)]
    assert named[0] == named[1]


@pytest.fixture
def small_tables_count_as_large(monkeypatch):
    monkeypatch.setattr(pilot_rows, "FROM_ROWS", 100)
    monkeypatch.setattr(pilot_rows, "SHARE", 1 / 3)
    return {"dropouts": (0, 0.1, 0.2, 0.3), "weight_decays": (0, 0.5, 1, 2, 3)}


SCORES = [
    (MLPClassifierCV, CLASSES, {}),
    (MLPClassifierCV, RARE, {}),
    (MLPClassifierCV, CLASSES, {"scoring": "roc_auc"}),
    (MLPClassifierCV, CLASSES, {"scoring": make_scorer(f1_score), "criterion": "score"}),
    (MLPRegressorCV, VALUES, {}),
    (MLPRegressorCV, VALUES, {"scoring": "neg_mean_absolute_error"}),
]


@pytest.mark.parametrize(("kind", "y", "how"), SCORES)
def test_every_score_survives_a_process_border(small_tables_count_as_large, kind, y, how):
    engine = watched(kind, y, **{**how, **small_tables_count_as_large})
    scored = [each for each in engine.problems if each.score is not None]
    assert scored or not how
    for problem in scored:
        rows = next(iter(problem.rows.values())).validation
        outputs = RNG.uniform(0.1, 0.9, (rows.size, 1)).astype(np.float32)
        score = pickle.loads(pickle.dumps(problem.score))
        assert score(rows, outputs) == problem.score(rows, outputs)


def test_a_store_is_not_continued_on_another_kind_of_processor(monkeypatch, tmp_path):
    how = {**SMALL, "store": tmp_path / "runs.db"}
    MLPClassifierCV(**how).fit(X, CLASSES)
    other = {**machine_fingerprint(), "processor": "x86_64 other"}
    monkeypatch.setattr(machine, "machine_fingerprint", lambda: other)
    with pytest.raises(BadStore, match=r"engine processor was .*, now 'x86_64 other'\. The numb"):
        MLPClassifierCV(**how).fit(X, CLASSES)


def test_a_run_is_small_however_many_rows_there_are():
    sizes = []
    for n_rows in (120, 12_000):
        engine = Watched()
        search = MLPClassifierCV(**{**SMALL, "max_iter": 1, "n_repeats": 1, "batch_size": 60})
        search._engine = lambda engine=engine: ChosenEngine(engine)
        search.fit(np.resize(X, (n_rows, 3)), np.resize(CLASSES, n_rows))
        sizes.append(len(pickle.dumps(engine.runs[0])))
    assert sizes[0] == sizes[1] < 2000
