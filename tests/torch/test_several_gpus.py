"""Several GPUs deal cohorts: two processes with a device each, here the same processor."""

import os
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.torch import ModuleClassifierCV, base_module_cv
from tests.torch.small import QUICK, Net, losses_of, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
DEVICES = tuple({"CUDA_VISIBLE_DEVICES": name} for name in ("0", "1"))


class Seen(Net):
    """Leaves the device of its process in a folder, and whether it is one of a stack."""

    def __init__(self, folder):
        super().__init__()
        self.folder = folder

    def forward(self, x):
        if torch.is_grad_enabled() and (device := os.environ.get("CUDA_VISIBLE_DEVICES")):
            is_stacked = torch._C._functorch.maybe_get_level(self.out.weight) >= 0
            (Path(self.folder) / f"{device} {'stacked' if is_stacked else 'alone'}").touch()
        return super().forward(x)


def test_each_device_trains_its_part_as_stacks_of_its_own(tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    X, y = table(2)
    options = {
        **QUICK, "max_epochs": 2, "precision": "float64", "module__folder": str(tmp_path / "seen")
    }  # fmt: skip
    (tmp_path / "seen").mkdir()
    alone = ModuleClassifierCV(Seen, **options).fit(X, y)
    assert not [*(tmp_path / "seen").iterdir()]

    monkeypatch.setattr(base_module_cv, "gpus_of", lambda device, torch: DEVICES)
    # As on a GPU, where stacking pays.
    monkeypatch.setattr(base_module_cv, "ModuleEngine", lambda stack, notice: ModuleEngine(True))
    dealt = ModuleClassifierCV(Seen, cluster="processes", **options).fit(X, y)

    seen = {each.name for each in (tmp_path / "seen").iterdir()}
    assert {"0 stacked", "1 stacked"} <= seen
    np.testing.assert_allclose(losses_of(dealt), losses_of(alone), rtol=1e-9)
