"""The page for users of torch: its code runs, and what it says is said is said."""

import re
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402  # torch is asked for first

from dropdecay.errors import DropdecayError  # noqa: E402
from dropdecay.torch import ModuleClassifierCV  # noqa: E402

PAGE = Path(__file__).parent.parent / "docs" / "your-own-module.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
OF_HUGGING_FACE = [block for block in BLOCKS if "from transformers" in block]

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")


def test_the_code_of_the_page_runs_from_top_to_bottom(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in BLOCKS:
        if block not in OF_HUGGING_FACE:
            exec(compile(block, PAGE.name, "exec"), names)
    said = capsys.readouterr().out.splitlines()
    shown = re.findall(r"^ *print\(.*\)  # (.*?)(?:: .*)?$", TEXT, re.MULTILINE)
    assert len(shown) > 5
    assert [line for line in shown if line not in said] == []


def test_the_block_of_hugging_face_runs():
    pytest.importorskip("transformers")
    (block,) = OF_HUGGING_FACE
    exec(compile(block, PAGE.name, "exec"), {})


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.drop, self.out = nn.Dropout(0.1), nn.Linear(4, 3)

    def forward(self, x):
        return self.out(self.drop(x))


class Softmax(Small):
    def forward(self, x):
        return super().forward(x).softmax(1)


class AlwaysDrops(Small):
    def forward(self, x):
        return self.out(nn.functional.dropout(x))


class Listed(Small):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4)]

    def forward(self, x):
        return super().forward(self.layers[0](x))


class Recurrent(Small):
    state = 0.0

    def forward(self, x):
        self.state = x.detach() + self.state
        return super().forward(self.state)


class Complex(Small):
    def __init__(self):
        super().__init__()
        self.turn = nn.Parameter(torch.ones(3, dtype=torch.complex64))


def by_batches(optimizer):
    return torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, epochs=1, steps_per_epoch=9)


class Endless(torch.utils.data.IterableDataset):
    def __iter__(self):
        return iter([])


def mean_loss(outputs, classes):
    return nn.functional.cross_entropy(outputs, classes)


X = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
CLASSES = np.arange(30) % 3
REFUSED = {
    "no dropout": (lambda: nn.Linear(4, 3), {}, X),
    "softmax": (Softmax, {}, X),
    "wrong rows": (Small, {}, X[:, :2]),
    "always": (AlwaysDrops, {}, X),
    "list": (Listed, {}, X),
    "too few outputs": (lambda: nn.Sequential(nn.Dropout(), nn.Linear(4, 2)), {}, X),
    "mean": (Small, {"loss": mean_loss}, X),
    "plateau": (Small, {"scheduler": torch.optim.lr_scheduler.ReduceLROnPlateau}, X),
    "an end": (Small, {"scheduler": "cosine", "max_epochs": "auto"}, X),
    "by batches": (Small, {"scheduler": by_batches}, X),
    "keeps a state": (Recurrent, {}, X),
    "complex": (Complex, {}, X),
    "made": (Small, {"optimizer": torch.optim.SGD([nn.Parameter(torch.ones(1))])}, X),
    "lbfgs": (Small, {"optimizer": torch.optim.LBFGS}, X),
    "own decay": (Small, {"optimizer__weight_decay": 0.1}, X),
    "meta": (Small().to("meta"), {"init": "given"}, X),
    "compiled": (torch.compile(Small(), backend="eager"), {"init": "given"}, X),
    "endless": (Small, {}, Endless()),
    "nan": (Small, {}, X * np.nan),
    "axis": (Small, {"axes": {"max_norm": (1, 2)}}, X),
}


@pytest.mark.parametrize(("module", "options", "rows"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_refused_in_the_words_of_the_page(module, options, rows):
    options = {"dropouts": (0, 0.3), "max_epochs": 1, "n_jobs": 1, **options}
    with pytest.raises(DropdecayError) as refused:
        ModuleClassifierCV(module, **options).fit(rows, CLASSES)
    table = TEXT.split("| You give | It says |")[1].split("|---|---|\n")[1].split("\n\n")[0]
    said = [
        words
        for row in table.splitlines()
        for words in re.findall("`(.*?)`", row[:-1].split(" | ")[1])
    ]
    assert len([words for words in said if words in str(refused.value)]) == 1, refused.value
