"""A scheduler that was made for batches, or for other epochs, is told before training."""

import warnings
from functools import partial

import pytest

torch = pytest.importorskip("torch")
from torch.optim import lr_scheduler as lr

from dropdecay.errors import BadSetting, DropdecayWarning
from dropdecay.torch.scheduler_epochs import check_epochs

EPOCHS = 20


def check(make, epochs=EPOCHS):
    check_epochs(make, 0.1, epochs)


def warm_up(optimizer, steps=5, rest=15, total=None):
    first = lr.LinearLR(optimizer, 0.1, total_iters=total or steps)
    return lr.SequentialLR(optimizer, [first, lr.CosineAnnealingLR(optimizer, rest)], [steps])


RIGHT = {
    "cosine": partial(lr.CosineAnnealingLR, T_max=EPOCHS),
    "cosine whose last epoch has the lowest rate": partial(lr.CosineAnnealingLR, T_max=EPOCHS - 1),
    "cosine in three halves": partial(lr.CosineAnnealingLR, T_max=7),
    "restarts": partial(lr.CosineAnnealingWarmRestarts, T_0=5),
    "growing periods": partial(lr.CosineAnnealingWarmRestarts, T_0=3, T_mult=2),
    "one cycle": partial(lr.OneCycleLR, max_lr=0.1, total_steps=EPOCHS),
    "polynomial": partial(lr.PolynomialLR, total_iters=EPOCHS, power=0.9),
    "linear": partial(lr.LinearLR, start_factor=1.0, end_factor=0.1, total_iters=EPOCHS),
    "warm-up alone": partial(lr.LinearLR, start_factor=0.1, total_iters=5),
    "constant at first": partial(lr.ConstantLR, total_iters=5),
    "warm-up": warm_up,
    "steps": partial(lr.StepLR, step_size=10),
    "milestones of which one is never met": partial(lr.MultiStepLR, milestones=[10, 30]),
    "exponential": partial(lr.ExponentialLR, gamma=0.9),
    "own": partial(lr.LambdaLR, lr_lambda=lambda epoch: 0.95**epoch),
    "own, down to nothing": partial(lr.LambdaLR, lr_lambda=lambda epoch: 1 - epoch / EPOCHS),
    "nothing at all": partial(lr.LambdaLR, lr_lambda=lambda epoch: 1.0),
    "cycles": partial(lr.CyclicLR, base_lr=0.01, max_lr=0.1, step_size_up=2),
    "both at once": lambda optimizer: lr.ChainedScheduler(
        [lr.LinearLR(optimizer, 0.1, total_iters=4), lr.ExponentialLR(optimizer, 0.9)]
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_of_a_schedule_that_fits_nothing_is_said(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(RIGHT[name])


def test_of_two_epochs_that_somebody_tries_out_nothing_is_said():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(partial(lr.StepLR, step_size=30), epochs=2)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (partial(lr.PolynomialLR, total_iters=2000), "this PolynomialLR takes 2000 steps"),
        (partial(lr.LinearLR, total_iters=500), "this LinearLR takes 500 steps"),
        (partial(lr.ConstantLR, total_iters=500), "this ConstantLR takes 500 steps"),
        (partial(lr.CosineAnnealingLR, T_max=2000), "this CosineAnnealingLR takes 2000 steps"),
        (partial(lr.CosineAnnealingWarmRestarts, T_0=500), "takes 500 steps"),
        (partial(lr.CyclicLR, base_lr=0.01, max_lr=0.1), "this CyclicLR takes 4000 steps"),
        (partial(warm_up, rest=2000), "CosineAnnealingLR in this SequentialLR takes 2000 steps and "
                                      "has 15"),
        (partial(warm_up, total=9), "LinearLR in this SequentialLR takes 9 steps and has 5"),
        (partial(warm_up, steps=100, total=5),
         "part 2 of this SequentialLR, a CosineAnnealingLR, begins after 100 steps"),
        (partial(lr.LambdaLR, lr_lambda=lambda epoch: 1 - epoch / 10), "negative learning rate"),
        (lambda optimizer: lr.ChainedScheduler([lr.PolynomialLR(optimizer, 900)]),
         "PolynomialLR in this ChainedScheduler takes 900 steps and has 20"),
    ],
)  # fmt: skip
def test_a_schedule_that_would_stop_in_its_midst_is_refused(make, said):
    with pytest.raises(BadSetting) as error:
        check(make)
    assert said in str(error.value)
    assert "epoch" in str(error.value)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (partial(lr.CosineAnnealingLR, T_max=12), "rises until the end, from 0 in epoch 13 to 0.0"),
        (partial(lr.CosineAnnealingLR, T_max=10), "rises until the end"),
        (partial(lr.LambdaLR, lr_lambda=lambda step: min(1.0, (step + 1) / 500)),
         "rises until the end, from 0.0002 in epoch 1 to 0.004"),
        (partial(warm_up, rest=8), "rises until the end"),
        (partial(lr.PolynomialLR, total_iters=5), "is 0 in the last 15 epochs, where"),
        (partial(lr.LambdaLR, lr_lambda=lambda step: min(1.0, step / 4)), "is 0 in epoch 1,"),
        (partial(lr.StepLR, step_size=30), "does nothing: .* first changes after 30 steps"),
        (partial(lr.MultiStepLR, milestones=[300, 600]), "first changes after 300 steps"),
    ],
)  # fmt: skip
def test_a_schedule_that_can_hardly_be_meant_is_told(make, said):
    with pytest.warns(
        DropdecayWarning, match=f"stepped after every epoch, {EPOCHS} times, .*{said}"
    ):
        check(make)


def test_schedules_of_transformers_say_their_steps():
    optimization = pytest.importorskip("transformers.optimization")
    linear = optimization.get_linear_schedule_with_warmup
    with pytest.raises(BadSetting, match="this LambdaLR takes 3000 steps"):
        check(partial(linear, num_warmup_steps=100, num_training_steps=3000))
    with pytest.raises(BadSetting, match="this LambdaLR takes 100 steps"):
        check(partial(optimization.get_constant_schedule_with_warmup, num_warmup_steps=100))
    with pytest.warns(DropdecayWarning, match="is 0 in epoch 1, where nothing is learnt"):
        check(partial(linear, num_warmup_steps=2, num_training_steps=EPOCHS))
