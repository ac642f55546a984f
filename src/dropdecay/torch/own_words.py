"""The words of torch's users: what parameters are called here, and what habits become here."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from dropdecay.engine.torch_recipe import own_generator
from dropdecay.errors import BadSetting, DropdecayError, Parameter
from dropdecay.knobs import Knob
from dropdecay.torch.making import drawn_anew

LEARNING_RATE = "learning_rate_init"
"""The axis that is called ``lr`` here."""

NAMES = {LEARNING_RATE: "lr", "learning_rate": "scheduler", "max_iter": "max_epochs"}
"""What parameters are called everywhere else, and here."""

NOTHING_KEPT_BACK = "No rows are kept back, as each fold judges networks of the others; give cv=5."

EPOCHS_ARE_FOUND = (
    "Epochs are found by the mean curve of all folds; max_epochs= is the most, and fixed_epochs= "
    "for all."
)

HABITS = {
    "train_split": NOTHING_KEPT_BACK,
    "validation_split": NOTHING_KEPT_BACK,
    "callbacks": "Give scheduler=, max_grad_norm= or store= for what they did, and callbacks of "
    "scikit-learn by set_callbacks().",
    "iterator_train": "Batches are drawn here, shuffled anew in every epoch; give batch_size=.",
    "iterator_valid": "Batches are drawn here; give batch_size=.",
    "warm_start": "Give the instance as module with init='given' to start from its weights.",
    "predict_nonlinearity": "Probabilities follow from the loss; the module gives logits.",
    "dataset": "Give the Dataset to fit in place of X.",
    "epochs": "Give max_epochs=.",
    "metrics": "Give scoring=.",
    "accelerator": "Give device=.",
    "gradient_clip_val": "Give max_grad_norm=.",
    "momentum": "Give optimizer__momentum=.",
    "solver": "Give optimizer=, a class such as torch.optim.SGD.",
    "learning_rate": "The rate is lr= here, and its schedule scheduler=.",
    "learning_rate_init": "It is called lr here.",
    "n_ensemble": "Modules are not averaged: fit several with different random_state, and average "
    "their probabilities or values.",
    "max_iter": "It is called max_epochs here.",
    "n_epochs": "Give max_epochs=.",
    "validation_fraction": NOTHING_KEPT_BACK,
    "early_stopping": EPOCHS_ARE_FOUND,
    "patience": EPOCHS_ARE_FOUND,
    "shuffle": "Batches are always drawn anew in every epoch.",
    "num_workers": "Rows are read once, into memory; n_jobs= is how many networks train at once.",
    "lr_scheduler": "Give scheduler=.",
    "seed": "Give random_state=.",
    "compile": "Leave torch.compile out, which hides dropout.",
    "max_norm": "Give max_grad_norm= to limit gradients; weights of modules have no limit.",
}
"""Parameters of skorch, Keras, Lightning and our other estimators, and what to write here."""

FUNCTIONS = {
    "sites": "a pattern such as 'encoder.*', or a function from the name of a site to a bool",
    "decays": "a function from the name of a parameter and the parameter to a bool",
    "augment": "a function from the inputs of a batch and a torch.Generator to inputs",
}
"""Parameters that are functions, and of what."""

GROWN = 1.5
"""A tensor of which a number is larger than the largest of a fresh draw by this factor was trained,
or drawn in another way."""

FEW = 128
"""Of fewer numbers the largest is left to chance."""


def habit(name: str) -> str:
    """Return what to write in place of a parameter that there is not; "" if that is unknown."""
    prefix, has_prefix, _ = name.partition("__")
    if has_prefix and prefix in ("loss", "criterion"):
        return "Give the loss with its arguments, as loss=torch.nn.HuberLoss(delta=2.0)."
    return HABITS.get(prefix, "")


def check_criterion(criterion: object) -> None:
    """Refuse a loss where skorch would take it."""
    if not isinstance(criterion, str):
        name = getattr(criterion, "__name__", type(criterion).__name__)
        raise BadSetting(
            Parameter("criterion"), " says whether the 'loss' or the 'score' chooses. Give "
            f"{name} as ", Parameter("loss"), ".",
        )  # fmt: skip


def check_functions(search: object) -> None:
    """Refuse what is no function where one is asked for."""
    for name, function in FUNCTIONS.items():
        value = getattr(search, name)
        is_pattern = name == "sites" and isinstance(value, str)
        if value is not None and not callable(value) and not is_pattern:
            raise BadSetting(Parameter(name), f" must be {function}. Got {value!r}.")


def in_own_words(
    params: Mapping[str, Any], given: Mapping[str, Mapping[Any, Any]]
) -> dict[str, Any]:
    """Return a point, or columns of results, by the names that parameters have here.

    ``given`` are the values of axes over arguments as the user has them, by those of points.
    """
    found = {}
    for name, value in params.items():
        if name == "params":
            value = [in_own_words(each, given) for each in value]
        elif name in given:
            value = given[name][value]
        found[name.replace(LEARNING_RATE, NAMES[LEARNING_RATE])] = value
    return found


def how_to_give(knob: Knob) -> str:
    """Return how to give values of an axis, for messages."""
    if knob.name == LEARNING_RATE:
        return f"axes={{{NAMES[LEARNING_RATE]!r}: ...}}"
    return knob.parameter or knob.how_to_give


def no_dropout(name: str) -> str:
    """Say that a network has nothing that dropout could act on."""
    return (
        f"{name} has no dropout, so weight decay alone is searched. Add nn.Dropout layers where "
        "units shall be dropped to search both."
    )


def lost_weights(module: object, init: str) -> str:
    """Return a sentence if weights are drawn anew that are no fresh draw; "" if none are.

    A fresh draw cannot be told from another, so that an instance made on the spot is no news.
    """
    if not isinstance(module, nn.Module) or init != "fresh":
        return ""
    try:
        with own_generator("cpu"):
            torch.manual_seed(0)
            fresh = drawn_anew(module)
    except DropdecayError:
        return ""  # it is refused in its own words
    changed = [
        name for (name, own), other in zip(
            module.state_dict().items(), fresh.state_dict().values(), strict=True
        ) if not is_lazy(own) and _is_another(own, other)
    ]  # fmt: skip
    if not changed:
        return ""
    return (
        f"All networks start from new weights, since init is 'fresh', but those of the given "
        f"{type(module).__name__} are no fresh draw ({changed[0]}). To start from them: "
        "init='given'. To keep an initialization of your own: give the class."
    )


def unmade_weights(module: object, init: str) -> str:
    """Return a sentence if some of the weights to start from are not made yet; "" if all are."""
    if not isinstance(module, nn.Module) or init != "given":
        return ""
    unmade = [name for name, each in module.named_parameters() if is_lazy(each)]
    if not unmade:
        return ""
    return (
        f"{unmade[0]} of {type(module).__name__} belongs to a lazy layer and has no numbers yet: "
        "every network draws its own, and starts from the given weights elsewhere."
    )


def _is_another(own: torch.Tensor, fresh: torch.Tensor) -> bool:
    """Return whether a tensor differs from a fresh draw by more than chance."""
    ours, new = (each.detach().cpu().double().abs() for each in (own, fresh))
    if new.numel() < 2:  # a single number says nothing: it may be a constant or a draw
        return False
    if bool((new == new.flatten()[0]).all()):  # a constant: of norms, biases, running statistics
        return not torch.allclose(own.detach().cpu().double(), fresh.detach().cpu().double())
    return new.numel() >= FEW and bool(ours.max() > GROWN * new.max())
