import sys

import pytest

from dropdecay import MLPClassifierCV
from dropdecay.engine.choose import ChosenEngine, choose_engine, gpus_of
from dropdecay.engine.cpu import train
from dropdecay.errors import BadSetting


def test_the_engine_of_the_processor_is_the_default():
    chosen = choose_engine("numba", "auto", 2)
    assert chosen == ChosenEngine()
    assert chosen.train is train
    assert chosen.identity["name"] == "numba"


@pytest.mark.parametrize(
    ("name", "device", "message"),
    [
        ("tourch", "auto", "engine must be one of 'numba', 'torch'. Got 'tourch'."),
        ("numba", "cuda", "device='cuda' needs engine='torch'"),
    ],
)
def test_what_cannot_be_is_refused(name, device, message):
    with pytest.raises(BadSetting, match=message.replace(".", r"\.")):
        choose_engine(name, device, 1)


def test_without_torch_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    search = MLPClassifierCV(engine="torch")
    with pytest.raises(BadSetting, match=r'is not installed. Install it: pip install "dropdecay\['):
        search.fit([[0.0], [1.0]] * 10, [0, 1] * 10)


@pytest.mark.parametrize("device", ["gpu", "cuda:9"])
def test_a_device_that_is_not_there_is_named_with_what_is(device):
    torch = pytest.importorskip("torch")
    if device.startswith("cuda") and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(BadSetting, match=f"device='{device}' cannot be used here.*device='cpu'"):
        choose_engine("torch", device, 1)


def test_torch_on_the_processor_names_itself_and_its_version():
    torch = pytest.importorskip("torch")
    identity = choose_engine("torch", "cpu", 1).identity
    assert (identity["name"], identity["device"]) == ("torch", "cpu")
    assert identity["torch"] == torch.__version__


@pytest.mark.parametrize(
    ("device", "visible", "gpus"),
    [
        ("cpu", None, []),
        ("cuda", None, ["0", "1", "2"]),
        ("cuda", "2, GPU-a1", ["2", "GPU-a1"]),
        ("cuda:1", "2,5", [None]),
    ],
)
def test_a_process_for_each_gpu_sees_that_one_alone(monkeypatch, device, visible, gpus):
    torch = pytest.importorskip("torch")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    found = gpus_of(torch.device(device), torch)
    assert [each.get("CUDA_VISIBLE_DEVICES") for each in found] == gpus
