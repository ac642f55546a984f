import pytest

from tests.report.worlds import add_axes, bowl, grid, results_at, summary_of, write_folder

EVIL = '"><script>window.evil=1</script><img src=x onerror="window.evil=1">'


@pytest.fixture
def more_axes(monkeypatch):
    add_axes(monkeypatch)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A finished run of three rates and three decays whose names try to become markup."""
    points = grid(dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))
    results = results_at(points, bowl(dropout=0.2, weight_decay=0.1), n_epochs=8)
    summary = summary_of(
        results,
        asked={"table": f"evil{EVIL}.csv", "target": f"t{EVIL}</title>"},
        settings={"folds": 4, "seeds": 1, "activation": f"relu{EVIL}", "random state": 0},
        command=f"dropdecay fit evil.csv '--target=t{EVIL}' --dropout=0,0.2,0.4 --random-state=0",
        task_reason=f"It holds yes</script> and no{EVIL}.",
    )
    return write_folder(tmp_path_factory.mktemp("run") / "out", results, summary)


@pytest.fixture(scope="session")
def raced_folder(tmp_path_factory):
    """A finished run whose race ended points early, and whose strongest decay made all diverge."""
    points = grid(dropout=(0.0, 0.2, 0.9), weight_decay=(0.0, 0.01, 0.3, 100.0))
    results = results_at(
        points, bowl(dropout=0.2, weight_decay=0.01), n_folds=5, n_epochs=60,
        eliminated={2: 4, 8: 3, 9: 3, 10: 3}, diverged=(3, 7, 11),
    )  # fmt: skip
    # The chosen rate is not the last, so that an order by choice shows.
    return write_folder(tmp_path_factory.mktemp("raced") / "out", results, summary_of(results))


@pytest.fixture(scope="session")
def cut_folder(tmp_path_factory):
    """A finished run of which two points were given up, one of them after three of five folds."""
    points = grid(dropout=(0.0, 0.2, 0.9), weight_decay=(0.0, 0.01))
    results = results_at(
        points, bowl(dropout=0.2, weight_decay=0.01), n_folds=5, given_up={4: 7, 5: 9},
        eliminated={5: 3},
    )  # fmt: skip
    results["eliminated"][5] = False
    return write_folder(tmp_path_factory.mktemp("cut") / "out", results, summary_of(results))


@pytest.fixture(scope="session")
def every_way_out(tmp_path_factory):
    """A finished run with a point of each kind that has no figure on all folds.

    Points 2 and 5 were eliminated by the race, 6 diverged, 7 was given up, 8 dropped on a pilot.
    """
    points = grid(dropout=(0.0, 0.2, 0.9), weight_decay=(0.0, 0.01, 0.3))
    results = results_at(
        points, bowl(dropout=0.2, weight_decay=0.01), n_folds=5,
        eliminated={2: 3, 5: 4, 8: 0}, diverged=(6,), given_up={7: 7},
    )  # fmt: skip
    return write_folder(tmp_path_factory.mktemp("every") / "out", results, summary_of(results))


@pytest.fixture
def many(more_axes):
    """A run of four axes: rates by layer, decays, a norm that may be none, and names."""
    points = grid(
        dropout=(0.0, (0.1, 0.3), 0.5), weight_decay=(0.0, 1.0), max_norm=(None, 4.0, 2.0),
        activation=("tanh", "gelu"),
    )  # fmt: skip
    results = results_at(points, bowl(weight_decay=1.0, max_norm=4.0, activation="gelu"))
    return results, summary_of(results)
