"""The state of a module and its optimizer: what is needed to go on, bit for bit."""

import pickle
from dataclasses import replace
from functools import partial

import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.torch_module_engine import ModuleEngine
from dropdecay.settings import Regularization, Schedule
from dropdecay.surface.stored_fit import blob_of, state_of
from tests.contract.engine import EngineContract
from tests.contract.modules import as_modules
from tests.contract.runs import make_run, same, same_state

WITH_MOMENTS = [
    torch.optim.Adam, torch.optim.AdamW, torch.optim.NAdam, torch.optim.RAdam,
    torch.optim.Adamax, torch.optim.Adadelta, torch.optim.Adagrad, torch.optim.RMSprop,
    torch.optim.Rprop, torch.optim.ASGD, torch.optim.SGD,
    partial(torch.optim.SGD, momentum=0.9), partial(torch.optim.Adam, amsgrad=True),
    partial(torch.optim.RMSprop, centered=True, momentum=0.5),
    partial(torch.optim.AdamW, fused=True),
]  # fmt: skip


def title(optimizer):
    if isinstance(optimizer, partial):
        return f"{optimizer.func.__name__} {optimizer.keywords}"
    return optimizer.__name__


@pytest.mark.parametrize("optimizer", WITH_MOMENTS, ids=title)
def test_a_paused_run_goes_on_with_moments_and_running_statistics(optimizer):
    contract = type(
        "Normed", (EngineContract,),
        {"train": as_modules(ModuleEngine(), optimizer=optimizer, normed=True)},
    )()  # fmt: skip
    run = make_run(Regularization(0.4, weight_decay=0.1), schedule=Schedule(5, 16))
    (whole,) = contract.fits([run], keep_states=True)
    pieces = contract.in_pieces(run, (2, 3, 5))

    assert same(pieces[-1], whole)
    assert same_state(pieces[-1].state, whole.state)
    assert any("running_mean" in name for name in whole.state.arrays)


def test_states_go_through_the_store_bit_for_bit():
    contract = type(
        "Normed", (EngineContract,), {"train": as_modules(ModuleEngine(), normed=True)}
    )()
    run = make_run(Regularization(0.4))
    (half,) = contract.fits([replace(run, epochs=2)], keep_states=True)
    again = state_of(blob_of(half.state))
    assert same_state(again, half.state)
    stored = replace(half, state=again, run=replace(run, epochs=2))

    (whole,), (on,) = (contract.fits([run], earlier=each) for each in (None, {run: stored}))
    assert same(on, whole)


def test_fits_can_be_pickled():
    contract = type("Plain", (EngineContract,), {"train": as_modules(ModuleEngine())})()
    (fit,) = contract.fits([make_run()], keep_states=True)
    assert same(pickle.loads(pickle.dumps(fit)), fit)
