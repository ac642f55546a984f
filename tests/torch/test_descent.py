"""Optimizer and schedule are checked before anything is trained, and made as they were given."""

import pytest

torch = pytest.importorskip("torch")
from torch.optim import lr_scheduler

from dropdecay.errors import BadSetting
from dropdecay.torch.descent import check_steps, has_end, lr_factors_of, optimizer_of, scheduler_of


def made(optimizer, **arguments):
    parameters = [torch.nn.Parameter(torch.ones(2, 2))]
    return optimizer_of(optimizer, 0.1, arguments)(parameters, lr=0.1)


@pytest.mark.parametrize(
    "optimizer", [None, torch.optim.Adam, torch.optim.SGD, torch.optim.Adagrad, torch.optim.Muon]
)
def test_an_optimizer_decays_nothing_by_itself(optimizer):
    assert made(optimizer).defaults["weight_decay"] == 0


def test_its_arguments_are_those_that_were_given():
    assert made(torch.optim.SGD, momentum=0.5).defaults["momentum"] == 0.5
    assert made(None, betas=(0.8, 0.9)).defaults["betas"] == (0.8, 0.9)


def test_where_torch_can_take_a_step_in_one_pass_it_does_unless_told_otherwise():
    assert made(torch.optim.AdamW).defaults["fused"]
    assert not made(torch.optim.AdamW, foreach=True).defaults["fused"]


@pytest.mark.parametrize(
    ("optimizer", "arguments", "said"),
    [
        (torch.optim.SGD, {"momentun": 0.5}, "arguments are given as optimizer__momentun"),
        (torch.optim.Adam, {"betas": (2, 3)}, "Invalid beta"),
        (torch.optim.Adam, {"lr": 3}, "use lr"),
        (torch.optim.LBFGS, {}, "cannot be LBFGS"),
        ("adam", {}, "must be a class"),
    ],
)
def test_what_cannot_be_made_is_refused(optimizer, arguments, said):
    with pytest.raises(BadSetting, match=said):
        optimizer_of(optimizer, 0.1, arguments)


def test_groups_have_shares_of_the_learning_rate():
    groups = {"param_groups": [("body.*", {"lr": 0.01}), ("head.bias", {"lr": 0.1})]}
    assert lr_factors_of(groups, 0.1) == (("body.*", pytest.approx(0.1)), ("head.bias", 1.0))
    assert lr_factors_of({}, 0.1) == ()
    assert "param_groups" not in made(torch.optim.SGD, **groups).defaults


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        ([("body.*", {"lr": 0.2})], "The lr of 'body.*', 0.2, is above that of all others"),
        ([("body.*", {"lr": 0})], "the lr of 'body.*' must be"),
        ([("body.*", {"lr": 0.01, "weight_decay": 1})], "must be pairs of a pattern of names"),
        ([("body.*", 0.01)], "must be pairs"),
        ([{"params": [], "lr": 0.1}], "must be pairs"),
        ({"body.*": 0.01}, "must be pairs"),
        ("body", "must be pairs"),
    ],
)
def test_groups_of_another_form_are_refused(groups, said):
    with pytest.raises(BadSetting) as error:
        lr_factors_of({"param_groups": groups}, 0.1)
    assert said in str(error.value)


@pytest.mark.parametrize("rate", [0, -1, "fast", None])
def test_the_learning_rate_is_checked_under_its_name(rate):
    with pytest.raises(BadSetting, match=r"^lr must be"):
        optimizer_of(None, rate, {})


@pytest.mark.parametrize(
    ("scheduler", "expected"),
    [
        (None, False), ("constant", False), ("cosine", True), ("one_cycle", True),
        (lambda each: lr_scheduler.StepLR(each, 3), False),
        (lambda each: lr_scheduler.OneCycleLR(each, 0.1, total_steps=9), True),
        (lambda each: lr_scheduler.CosineAnnealingLR(each, 9), True),
    ],
)  # fmt: skip
def test_some_schedules_have_an_end(scheduler, expected):
    assert has_end(scheduler, 0.1) is expected


def test_a_schedule_may_end_with_training_but_not_before():
    def one_cycle(optimizer):
        return lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=4)

    check_steps(one_cycle, 0.1, 4)
    with pytest.raises(BadSetting, match="cannot be stepped after each of 5 epochs"):
        check_steps(one_cycle, 0.1, 5)


@pytest.mark.parametrize(
    ("scheduler", "said"),
    [
        ("linear", "scheduler must be one of"), (3, "scheduler must be 'cosine'"),
        (lambda each: None, "must return a scheduler"),
        (lr_scheduler.ReduceLROnPlateau, "cannot be ReduceLROnPlateau"),
        (lr_scheduler.OneCycleLR, "cannot be made .*max_lr.*function of the optimizer alone"),
        (lr_scheduler.StepLR(torch.optim.SGD([torch.zeros(1)], 0.1), 2), "is made: StepLR"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused(scheduler, said):
    with pytest.raises(BadSetting, match=said):
        scheduler_of(scheduler, 0.1)


@pytest.mark.parametrize(
    ("scheduler", "n_steps"),
    [
        (lambda each: lr_scheduler.OneCycleLR(each, 0.1, epochs=4, steps_per_epoch=50), 200),
        (lambda each: lr_scheduler.CosineAnnealingLR(each, 200), 200),
    ],
)
def test_a_schedule_made_to_be_stepped_by_batches_is_refused(scheduler, n_steps):
    with pytest.raises(BadSetting, match=f"after every epoch, 4 times, .* takes {n_steps} steps"):
        check_steps(scheduler, 0.1, 4)
    check_steps(scheduler, 0.1, n_steps)
