import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from dropdecay.commands.app import app

EVIL = '"><script>window.evil=1</script><img src=x onerror="window.evil=1">'


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory):
    """A finished run on a table whose names try to become markup."""
    folder = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3))
    said = np.where(x[:, 0] + 0.3 * rng.normal(size=80) > 0, "yes</script>", f"no{EVIL}")
    frame = pd.DataFrame(x, columns=["a", f"b{EVIL}", "</style>"]).assign(**{f"t{EVIL}": said})
    frame.to_csv(folder / "evil.csv", index=False)
    done = CliRunner().invoke(
        app,
        ["fit", str(folder / "evil.csv"), "--target", f"t{EVIL}", "--dropout", "0,0.2,0.4",
         "--weight-decay", "0,0.1,1", "--folds", "3", "--epochs", "8", "--hidden", "8", "--jobs",
         "1", "--out", str(folder / "out"), "--quiet",
         "--no-extend"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder / "out"


@pytest.fixture(scope="session")
def raced_folder(tmp_path_factory):
    """A finished run whose race ended points early, and one of whose decays made all diverge."""
    folder = tmp_path_factory.mktemp("raced")
    rng = np.random.default_rng(3)
    x = rng.normal(size=(240, 4))
    said = np.where(x[:, 0] + x[:, 1] * x[:, 2] + 0.5 * rng.normal(size=240) > 0, "yes", "no")
    frame = pd.DataFrame(x, columns=list("abcd")).assign(left=said)
    frame.to_csv(folder / "table.csv", index=False)
    done = CliRunner().invoke(
        app,
        ["fit", str(folder / "table.csv"), "--target", "left", "--dropout", "0,0.2,0.9",
         "--weight-decay", "0,0.01,0.3,100", "--decay", "l2", "--optimizer", "sgd", "--lr", "0.05",
         "--folds", "5", "--epochs", "60", "--hidden", "16", "--race", "on", "--jobs", "1",
         "--no-extend", "--out", str(folder / "out"), "--quiet"],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    return folder / "out"
