"""Which parameters of a torch module weight decay acts on, and how that is said in words.

It acts on what multiplies activations: matrices and kernels. It leaves biases and norms, which
shift and scale but add no wiggles, and tables that are looked up, whose rare rows would shrink
while no gradient feeds them. Layers of torch are told by their type. A parameter that hangs in a
module of the user's own has no type, so its shape and its name must do.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from torch import nn
from torch.nn.parameter import UninitializedParameter
from torch.nn.utils.parametrizations import _WeightNorm
from torch.nn.utils.parametrize import ParametrizationList

from dropdecay.errors import BadInput

DecayRule = Callable[[str, nn.Parameter], bool]

_TABLES = (nn.Embedding, nn.EmbeddingBag)
_WIDE_NORMS = (nn.LayerNorm, nn.RMSNorm)
"""The norms whose weights may have several axes; those of the others are vectors."""

_NO_MATRIX = {"bias", "biases", "norm", "token", "tokens", "tokenizer"} | {
    *("emb", "embed", "embedding", "embeddings", "pos", "position", "positional", "positions")
}
"""Words in the name of the user's own parameter, or of its class, that say it is no matrix."""

_LENGTHS, _DIRECTIONS = "weight_norm lengths", "weight_norm directions"

_LISTED = 4
"""So many parameters of the user's own, those of equal blocks together, are named in a
description; the others are counted."""


def decayed(module: nn.Module, rule: DecayRule | None = None) -> tuple[str, ...]:
    """Return the names of the parameters that weight decay acts on.

    Without a rule: weights with two axes or more of torch's layers, but not of norms and
    embeddings (a matrix tied to an output layer is decayed, since that feeds every row of it); of
    a weight under ``weight_norm`` its length alone, since the network does not feel the length of
    the other part; of parameters in the user's own modules those that look like matrices.

    Parameters
    ----------
    module : torch.nn.Module
    rule : callable, optional
        Told the name and the parameter, says whether it is decayed, in place of all of that.

    Returns
    -------
    tuple of str
        As in ``named_parameters()``, in its order; each tensor once, under its first name. Frozen
        parameters never.

    Raises
    ------
    BadInput
        If a lazy layer has no shape yet.
    """
    for name, parameter in module.named_parameters():
        if isinstance(parameter, UninitializedParameter):
            raise BadInput(
                f"{name} has no shape yet. Run the module on one batch before it is handed over."
            )
    trained = ((name, each) for name, each in module.named_parameters() if each.requires_grad)
    if rule is not None:
        return tuple(name for name, parameter in trained if rule(name, parameter))
    places = _places(module)
    return tuple(
        name for name, parameter in trained if any(each.decays for each in places[parameter])
    )


def described_decay(module: nn.Module, names: Sequence[str]) -> list[str]:
    """Say in a few lines which parameters are decayed, which are not, and which are frozen.

    Parameters
    ----------
    module : torch.nn.Module
    names : sequence of str
        Those that are decayed.
    """
    places, chosen = _places(module), set(names)
    acts_on: list[nn.Parameter] = []
    leaves: list[nn.Parameter] = []
    frozen: list[nn.Parameter] = []
    for name, parameter in module.named_parameters():
        group = acts_on if name in chosen else leaves if parameter.requires_grad else frozen
        group.append(parameter)
    lines = [f"weight decay acts on {_counted(acts_on, places)}"]
    if leaves:
        lines.append(f"and leaves {_counted(leaves, places)}")
    if frozen:
        lines.append(f"frozen: {_counted(frozen, places)}")
    return lines


@dataclass(frozen=True)
class _Place:
    """One of the places where a parameter hangs.

    Parameters
    ----------
    name : str
        As in ``named_parameters()``.
    words : str
        What it is called in a description.
    guessed : bool
        Whether shape and name had to decide, so that a description names it.
    decays : bool
        Whether it would be decayed if it hung here alone.
    """

    name: str
    words: str
    guessed: bool
    decays: bool


def _places(module: nn.Module) -> dict[nn.Parameter, list[_Place]]:
    """Return every place of every parameter: shared ones have several."""
    found: dict[nn.Parameter, list[_Place]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        found.setdefault(parameter, []).append(_place(module, name, parameter))
    return found


def _place(module: nn.Module, name: str, parameter: nn.Parameter) -> _Place:
    path, _, attribute = name.rpartition(".")
    holder = module.get_submodule(path)
    part = ""
    if isinstance(holder, ParametrizationList):
        if isinstance(holder[0], _WeightNorm):
            part = {"original0": _LENGTHS, "original1": _DIRECTIONS}[attribute]
        path, _, attribute = f".{path}".rpartition(".parametrizations.")
        holder = module.get_submodule(path.lstrip("."))
    elif attribute.startswith("weight") and attribute.endswith(("_g", "_v")):
        part = _LENGTHS if attribute.endswith("_g") else _DIRECTIONS
    layer = _layer(holder)
    if layer is None or ("weight" not in attribute and "bias" not in attribute):
        decays = part == _LENGTHS if part else _looks_like_a_matrix(holder, name, parameter)
        guessed = parameter.ndim >= 2
        words = name if guessed else "vectors of your own"
        return _Place(name, words, guessed=guessed, decays=decays)
    if "bias" in attribute:
        return _Place(name, "biases", guessed=False, decays=False)
    # Under weight_norm the weight is length * direction / |direction|: it shrinks as its length.
    decays = part == _LENGTHS or (part != _DIRECTIONS and parameter.ndim >= 2)
    looked_up = issubclass(layer, _TABLES + _WIDE_NORMS)
    words = f"{layer.__name__} {part or 'weights'}"
    return _Place(name, words, guessed=False, decays=decays and not looked_up)


def _layer(holder: nn.Module) -> type[Any] | None:
    """Return the class of torch's that a module is or extends; None for the user's own."""
    for each in type(holder).__mro__:
        if each is not nn.Module and getattr(nn, each.__name__, None) is each:
            return cast(type[Any], each)
    return None


def _looks_like_a_matrix(holder: nn.Module, name: str, parameter: nn.Parameter) -> bool:
    """Two axes longer than one, none of one in front (a token, a position), no word against it."""
    long_axes = sum(length > 1 for length in parameter.shape)
    called = [part for part in name.split(".") if not part.isdigit()][-1:]
    words = {word for text in (*called, type(holder).__name__) for word in _words(text)}
    return long_axes >= 2 and parameter.shape[0] > 1 and not words & _NO_MATRIX


def _words(name: str) -> Iterator[str]:
    """Split PatchEmbed2d and pos_embed alike."""
    for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name):
        yield word.lower()


def _counted(parameters: list[nn.Parameter], places: dict[nn.Parameter, list[_Place]]) -> str:
    """Return how many tensors and numbers, and of what."""
    if not parameters:
        return "nothing"
    groups: Counter[str] = Counter()
    guessed: dict[str, list[str]] = {}
    for parameter in parameters:
        found = places[parameter]
        if found[0].guessed:
            alike = re.sub(r"(?<![^.])\d+(?![^.])", "*", found[0].name)
            guessed.setdefault(alike, []).append(found[0].name)
        else:
            groups[" tied to ".join(dict.fromkeys(each.words for each in found))] += 1
    parts = [f"{words} ({count})" for words, count in groups.items()]
    for alike, names in list(guessed.items())[:_LISTED]:
        parts.append(names[0] if len(names) == 1 else f"{alike} ({len(names)})")
    if unlisted := sum(map(len, list(guessed.values())[_LISTED:])):
        parts.append(f"and {unlisted} more of your own")
    n_tensors, n_numbers = len(parameters), sum(each.numel() for each in parameters)
    tensors = "1 tensor" if n_tensors == 1 else f"{n_tensors} tensors"
    return f"{tensors} of {n_numbers:,} numbers: {', '.join(parts)}"
