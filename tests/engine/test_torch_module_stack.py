"""Stacked networks are those that are trained one by one, in float64 to 1e-9."""

import pickle
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from dropdecay.engine.protocol import CURVES
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.torch_module_engine import (
    ModuleEngine,
    _LatestRows,
    _Stacks,
    _together,
    kind_of,
)
from dropdecay.settings import Regularization
from tests.engine.modules import (
    ADAM,
    MODULES,
    POINTS,
    TABLE,
    Cnn,
    Mlp,
    Tied,
    surface_of,
    surface_of_specimen,
)

pytestmark = pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning")

ZOO_STACKED = ("ft_transformer", "transformer_classifier", "wide_deep", "siamese", "tcn", "gpt")


def alone(problem, runs, **options):
    return by_run(ModuleEngine(stack=False)(problem, runs, keep_states=True, **options))


def stacked(problem, runs, most=64, together=None, **options):
    engine = StackedEngine(_Stacks(_LatestRows()), kind_of, most, together)
    return by_run(engine(problem, runs, keep_states=True, **options))


def by_run(fits):
    return {(fit.run.setting.regularization, fit.run.fold, fit.run.seed): fit for fit in fits}


def assert_same(ones, others, rtol=1e-9):
    assert ones.keys() == others.keys()
    for key, one in ones.items():
        other = others[key]
        assert (one.end, one.ending, one.diverged) == (other.end, other.ending, other.diverged)
        for name in ("epochs", *CURVES):
            np.testing.assert_allclose(
                getattr(one, name), getattr(other, name), rtol=rtol, atol=1e-12, err_msg=name
            )


def assert_same_form(one, other):
    """The states have the same arrays, so that either way may go on from them."""
    assert one.arrays.keys() == other.arrays.keys()
    assert [*one.arrays] == [*other.arrays]
    for name, array in one.arrays.items():
        assert (array.shape, array.dtype) == (other.arrays[name].shape, other.arrays[name].dtype)
    for name in ("learning_rate", "steps", "epoch", "rows_seen"):
        assert getattr(one, name) == getattr(other, name)


@pytest.mark.parametrize("make", MODULES, ids=lambda make: make.__name__)
def test_a_stack_gives_what_its_networks_give_one_by_one(make):
    surface = surface_of(make, MODULES[make])
    problem, runs = surface.problem(), surface.runs()

    ones, others = alone(problem, runs), stacked(problem, runs)

    assert len({round(float(fit.training_loss[-1]), 9) for fit in ones.values()}) == len(runs)
    assert_same(ones, others)
    for key, one in ones.items():
        assert_same_form(one.state, others[key].state)


def in_one_stack(problem, runs, **options):
    """As on a GPU: folds and seeds take their steps as one."""
    return stacked(problem, runs, together=_together, **options)


@pytest.mark.parametrize("make", MODULES, ids=lambda make: make.__name__)
def test_folds_and_seeds_in_one_stack_give_what_their_networks_give_one_by_one(make):
    surface = surface_of(make, MODULES[make])
    problem = surface.problem()
    runs = [
        *surface.runs(),
        *surface.runs(folds=(2,), seed=1),
        *surface.runs(POINTS[:2], (1,), seed=3),
    ]

    ones, others = alone(problem, runs), in_one_stack(problem, runs)

    assert_same(ones, others)
    for key, one in ones.items():
        assert_same_form(one.state, others[key].state)


class Frozen(Mlp):
    """Its first layer is drawn with the seed and stays."""

    def __init__(self):
        super().__init__()
        self.hidden.requires_grad_(False)


def noisy(inputs, generator):
    return inputs + 0.1 * torch.randn(inputs.shape, generator=generator, dtype=inputs.dtype)


@pytest.mark.parametrize(
    ("make", "changes"),
    [
        (Frozen, {}),
        (Mlp, {"augment": noisy}),
        (Mlp, {"decay_to": "start"}),
        (Cnn, {"optimizer": partial(torch.optim.SGD, momentum=0.9)}),
        (Mlp, {"scheduler": lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)}),
    ],
    ids=["frozen", "augment", "start", "SGD", "scheduler"],
)
def test_whatever_differs_between_folds_does_so_in_one_stack_too(make, changes):
    surface = surface_of(make, MODULES.get(make, TABLE), **changes)
    problem, runs = surface.problem(), [*surface.runs(), *surface.runs(seed=1)]
    assert_same(alone(problem, runs), in_one_stack(problem, runs))


def test_rows_of_weight_0_are_as_good_as_left_out_in_one_stack_too():
    surface = surface_of(Mlp)
    weights = np.random.default_rng(0).integers(0, 3, len(surface.data.y)).astype(np.float64)
    problem, runs = surface.problem(sample_weight=weights), surface.runs()
    assert_same(alone(problem, runs), in_one_stack(problem, runs))


def test_networks_leave_a_stack_of_several_folds_and_go_on_alone():
    surface = surface_of(Cnn, MODULES[Cnn])
    problem = surface.problem()
    whole = alone(problem, surface.runs(epochs=4))
    half = in_one_stack(problem, surface.runs(epochs=2))
    runs = surface.runs(epochs=4)
    earlier = {run: half[run.setting.regularization, run.fold, run.seed] for run in runs}
    earlier = {run: replace(fit, run=run) for run, fit in earlier.items()}
    for go_on in (alone, in_one_stack):
        assert_same(whole, go_on(problem, runs, earlier=earlier))


@pytest.mark.parametrize("name", ZOO_STACKED)
def test_a_stack_of_the_zoo_gives_what_its_networks_give_one_by_one(name):
    surface = surface_of_specimen(name)
    problem, runs = surface.problem(), surface.runs(POINTS[:2], (0,), epochs=2)

    assert_same(alone(problem, runs), stacked(problem, runs))


def test_running_statistics_are_each_networks_own():
    surface = surface_of(Cnn, MODULES[Cnn])
    problem, runs = surface.problem(), surface.runs(folds=(0,))

    ones, others = alone(problem, runs), stacked(problem, runs)

    means = {}
    for key, one in ones.items():
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            name = f"module/norm.{name}"
            np.testing.assert_allclose(
                one.state.arrays[name], others[key].state.arrays[name], rtol=1e-7
            )
        means[key] = one.state.arrays["module/norm.running_mean"].tolist()
    assert len({*map(tuple, means.values())}) == len(runs)


def test_a_buffer_that_forward_replaces_is_each_networks_own():
    class Counting(Mlp):
        def __init__(self):
            super().__init__()
            self.register_buffer("size", torch.ones(()))

        def forward(self, x):
            if self.training:
                self.size = 0.9 * self.size + 0.1 * self.hidden.weight.detach().abs().sum()
            return super().forward(x) / self.size

    surface = surface_of(Counting)
    problem, runs = surface.problem(), surface.runs(folds=(0,))

    others = stacked(problem, runs)

    assert_same(alone(problem, runs), others)
    assert len({float(fit.state.arrays["module/size"]) for fit in others.values()}) == len(runs)


def test_tied_weights_stay_one_tensor_and_frozen_ones_stay_as_they_are():
    surface = surface_of(Tied, MODULES[Tied])
    problem, runs = surface.problem(), surface.runs(folds=(0,))

    states = [fit.state.arrays for fit in stacked(problem, runs).values()]

    assert all("module/out.weight" not in each for each in states)
    places = [each["module/places"] for each in states]
    assert all(np.array_equal(each, places[0]) for each in places)


@pytest.mark.parametrize(
    "options",
    [
        {"max_grad_norm": 0.1},
        {"learning_rate_schedule": "cosine"},
        {"learning_rate_schedule": "one_cycle", "max_grad_norm": 1.0},
        {"shuffle": False, "batch_size": 1000},
    ],
    ids=str,
)
def test_schedules_and_limits_act_as_they_do_on_one(options):
    surface = surface_of(Mlp, optimizer=torch.optim.SGD)  # Adam would hardly feel a limit
    problem, runs = surface.problem(), surface.runs(**options)

    assert_same(alone(problem, runs), stacked(problem, runs))


@pytest.mark.parametrize(
    "optimizer",
    [
        partial(torch.optim.SGD, momentum=0.9, nesterov=True),
        torch.optim.SGD,
        partial(torch.optim.AdamW, weight_decay=0.0, fused=True),
        partial(torch.optim.Adam, amsgrad=True),
        torch.optim.NAdam,
        torch.optim.RAdam,
        torch.optim.Adamax,
        partial(torch.optim.RMSprop, momentum=0.5, centered=True),
        torch.optim.Adagrad,
        torch.optim.Adadelta,
        torch.optim.ASGD,
    ],
    ids=str,
)
def test_every_elementwise_optimizer_is_the_same_on_a_stack_paused_or_not(optimizer):
    surface = surface_of(Mlp, optimizer=optimizer)
    problem, runs = surface.problem(), surface.runs(folds=(0,))

    ones = alone(problem, runs)

    assert_same(ones, stacked(problem, runs))
    assert_same(ones, paused(problem, runs, stacked, stacked))


@pytest.mark.parametrize("optimizer", [torch.optim.AdamW, torch.optim.SGD, torch.optim.Adagrad])
def test_fused_optimizers_read_gradients_that_lie_in_another_order(optimizer):
    class Looked(Tied):
        def __init__(self):
            super().__init__()
            self.out = torch.nn.Linear(6, 5)  # the gradient of the table alone is transposed

    surface = surface_of(
        Looked, MODULES[Tied], optimizer=partial(optimizer, weight_decay=0, fused=True)
    )
    problem, runs = surface.problem(), surface.runs(folds=(0,))
    assert_same(alone(problem, runs), stacked(problem, runs))


def paused(problem, runs, first, then):
    """Train for an epoch in one way, and to the end in another."""
    pieces = {run: replace(run, epochs=1) for run in runs}
    half = first(problem, [*pieces.values()])
    key = lambda run: (run.setting.regularization, run.fold, run.seed)  # noqa: E731
    earlier = {}
    for run in runs:
        fit = half[key(run)]
        earlier[run] = replace(fit, run=run, state=pickle.loads(pickle.dumps(fit.state)))
    return then(problem, runs, earlier=earlier)


@pytest.mark.parametrize("make", [Mlp, Cnn, Tied], ids=lambda make: make.__name__)
def test_networks_may_go_on_alone_or_stacked(make):
    surface = surface_of(make, MODULES[make])
    problem, runs = surface.problem(), surface.runs(folds=(0,))
    whole = alone(problem, runs)

    for first, then in ((alone, stacked), (stacked, alone), (stacked, partial(stacked, most=2))):
        assert_same(whole, paused(problem, runs, first, then))


def test_a_scheduler_of_torch_goes_on_where_it_was():
    surface = surface_of(
        Mlp, scheduler=lambda optimizer: torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.3)
    )
    problem, runs = surface.problem(), surface.runs(folds=(0,))
    whole = alone(problem, runs)

    assert_same(whole, stacked(problem, runs))
    assert_same(whole, paused(problem, runs, alone, stacked))
    fit = next(iter(stacked(problem, runs).values()))
    assert fit.state.learning_rate == pytest.approx(1e-2 * 0.3**3)


def test_decay_towards_the_start_pulls_every_network_to_where_it_began():
    surface = surface_of(Mlp, decay_to="start")
    points = [
        Regularization(weight_decay=30.0),
        Regularization(weight_decay=30.0, decay="l2"),
        Regularization(),
    ]
    problem, runs = surface.problem(), surface.runs(points, (0,))
    ones, others = alone(problem, runs), stacked(problem, runs)

    assert_same(ones, others)
    start = surface.recipe.masked(runs[0].key, surface.data.X[:4]).module.hidden.weight.detach()
    pulled, _, free = (
        np.abs(fit.state.arrays["module/hidden.weight"] - start.numpy()).max()
        for fit in others.values()
    )
    assert pulled < 0.3 * free


def test_weights_of_rows_count_in_a_stack():
    surface = surface_of(Mlp)
    weights = np.random.default_rng(0).uniform(size=150)
    weights[:40] = 0.0
    problem, runs = surface.problem(sample_weight=weights), surface.runs(folds=(0,))

    weighted = stacked(problem, runs)

    assert_same(alone(problem, runs), weighted)
    plain = stacked(surface.problem(), runs)
    assert all(
        (fit.training_loss != plain[key].training_loss).all() for key, fit in weighted.items()
    )


def test_rates_may_be_factors_of_a_sites_own_and_sites_may_keep_theirs():
    surface = surface_of(Cnn, MODULES[Cnn], mode="scale", sites="drop")
    points = [Regularization(dropout_factor=factor) for factor in (0.0, 1.0, 2.0)]
    problem, runs = surface.problem(), surface.runs(points, (0,))

    ones = alone(problem, runs)

    assert_same(ones, stacked(problem, runs))
    assert len({float(fit.training_loss[-1]) for fit in ones.values()}) == 3


def test_augmentation_is_drawn_once_for_the_whole_stack():
    calls = []

    def augment(x, generator):
        calls.append(x.shape)
        return x + torch.randn(x.shape, generator=generator, dtype=x.dtype) + torch.rand(())

    surface = surface_of(Mlp, augment=augment)
    problem, runs = surface.problem(), surface.runs(folds=(0,))
    ones = alone(problem, runs)
    n_alone = len(calls)
    calls.clear()

    assert_same(ones, stacked(problem, runs))
    assert len(calls) == n_alone // len(runs)


def test_a_network_that_diverges_leaves_the_others_as_they_are():
    surface = surface_of(Mlp, optimizer=torch.optim.SGD)
    wild = Regularization(weight_decay=1e300, decay="l2")
    problem = surface.problem()
    runs = surface.runs([POINTS[1], wild, POINTS[0]], (0,), max_grad_norm=None)

    fits = stacked(problem, runs)

    assert fits[(wild, 0, 0)].diverged
    del fits[(wild, 0, 0)]
    assert_same(alone(problem, [runs[0], runs[2]]), fits)


def test_outputs_of_validation_rows_are_recorded_network_by_network():
    surface = surface_of(Mlp)
    problem = surface.problem()
    runs = [replace(run, record=(1, 3)) for run in surface.runs(folds=(0,))]

    ones, others = alone(problem, runs), stacked(problem, runs)

    for key, one in ones.items():
        assert one.recorded.outputs.shape == (2, 30, 3)
        np.testing.assert_allclose(
            one.recorded.outputs, others[key].recorded.outputs, rtol=1e-6, atol=1e-7
        )


def test_members_that_ended_leave_the_others_as_they_are():
    surface = surface_of(Mlp)
    points = [Regularization(weight_decay=decay) for decay in (0.0, 3.0, 90.0)]
    runs = [replace(run, adaptive=True) for run in surface.runs(points, epochs=300, batch_size=32)]
    problem = surface.problem()

    ones, others = alone(problem, runs), stacked(problem, runs)

    assert len({fit.end for fit in ones.values()}) > 1
    assert_same(ones, others, rtol=1e-7)  # rounding has more epochs to grow in


def test_noise_of_torch_itself_is_the_same_for_all_networks_of_a_fold_and_seed():
    class Noisy(Mlp):
        def forward(self, x):
            return super().forward(x + torch.randn_like(x))

    surface = surface_of(Noisy, TABLE, optimizer=ADAM)
    problem, runs = surface.problem(), surface.runs()
    assert_same(alone(problem, runs), stacked(problem, runs))
    with pytest.raises(RuntimeError, match="randomness"):
        in_one_stack(problem, runs)
