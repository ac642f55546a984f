"""Whether regularization helps: chosen against none, dropout alone and decay alone.

The chosen point was picked on the folds at hand, so its difference to any other, taken on the same
folds, flatters it. Each fold is therefore judged by a choice made on the others: pick on k - 1
folds, compare on the one left out. What is compared are ways of choosing, not lucky points.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64
from dropdecay.selection.choice import Choice, lowest, within_one_standard_error
from dropdecay.selection.epochs import Points, points_at_epochs
from dropdecay.statistics.corrected import PairedDifference, paired_difference, repeats_to_tell

HELPS, HELPS_NOT = "helps", "does not help"
UNCLEAR, UNDERFITS = "not enough data to tell", "underfits"

MARGIN = 0.01
"""A gain below this share of the loss is called none."""

FAMILIES = {"none": "no regularization", "dropout": "dropout alone", "decay": "weight decay alone"}


@dataclass(frozen=True)
class Comparison:
    """The chosen way against another: ``difference`` below 0 is in favour of the chosen.

    Parameters
    ----------
    against : str
        A key of ``FAMILIES``.
    difference : PairedDifference
        In the unit of the loss.
    sentence : str
    """

    against: str
    difference: PairedDifference
    sentence: str


@dataclass(frozen=True)
class Effect:
    """What a family of points brings over none; below 0 is a gain, in the unit of the loss."""

    name: str
    difference: PairedDifference


@dataclass(frozen=True)
class Verdict:
    """Whether regularization helps, in one sentence, and what it rests on.

    Parameters
    ----------
    kind : {"helps", "does not help", "not enough data to tell", "underfits"}
    sentence : str
    comparisons : tuple of Comparison
        Against none, dropout alone and decay alone, where the surface has them.
    effects : tuple of Effect
        Dropout alone, decay alone, both, and by how much both together differ from the sum.
    """

    kind: str
    sentence: str
    comparisons: tuple[Comparison, ...]
    effects: tuple[Effect, ...]

    def __str__(self) -> str:
        return self.sentence

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a comparison."""
        return tuple(each.sentence for each in self.comparisons)

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "comparisons": [asdict(each) for each in self.comparisons],
            "effects": [asdict(each) for each in self.effects],
        }


def reach_verdict(results: xr.Dataset, choice: Choice) -> Verdict:
    """Compare the chosen way with simpler ones and put the answer into words.

    A way helps if the 95 % corrected interval of its difference to none lies below 0. It does not
    help if none itself is chosen, or if even the favourable end of the interval is a gain of less
    than 1 % of the loss. It underfits if none is chosen, at the last epoch, with a validation loss
    within one standard error of its training loss. Otherwise the data do not tell.

    Parameters
    ----------
    results : xarray.Dataset
    choice : Choice

    Returns
    -------
    Verdict
    """
    points = points_at_epochs(results)
    loss_name = str(results.attrs.get("loss_name", "loss"))
    families = _families(points)
    everything = points.finished
    ways = {
        name: left_out_losses(points, members, choice)
        for name, members in {**families, "all": everything}.items()
    }
    comparisons = tuple(
        _compare(name, ways["all"] - ways[name], points.test_share, loss_name) for name in families
    )
    kind = _kind(points, choice, comparisons, ways, int(results["epoch"][-1]))
    return Verdict(
        kind=kind,
        sentence=_sentence(kind, choice, comparisons, ways, points, loss_name)
        + _beyond_baseline(results, choice, loss_name),
        comparisons=comparisons,
        effects=_effects(ways, points.test_share),
    )


def _families(points: Points) -> dict[str, Bool]:
    """Return which finished points belong to each simpler way that the surface has."""
    dropped, decayed = points.dropout > 0, points.weight_decay > 0
    families = {"none": ~dropped & ~decayed, "dropout": ~decayed, "decay": ~dropped}
    families = {name: members & points.finished for name, members in families.items()}
    several = {"dropout": dropped, "decay": decayed}
    return {
        name: members
        for name, members in families.items()
        if members.any() and (name == "none" or (members & several[name]).any())
    }


def left_out_losses(points: Points, members: Bool, choice: Choice) -> Float64:
    """Return each fold's loss at the point that the rule picks among members on the other folds."""
    indices = np.flatnonzero(members)
    cost = points.loss if choice.criterion == "loss" else -points.score
    n_folds = cost.shape[1]
    losses = np.empty(n_folds)
    for fold in range(n_folds):
        others = np.delete(np.arange(n_folds), fold)
        known = cost[np.ix_(indices, others)]
        picked = lowest(known)
        if choice.rule == "one_se":
            gap = (points.loss - points.training_loss)[np.ix_(indices, others)].mean(axis=1)
            as_good = within_one_standard_error(known, picked)
            picked = int(np.argmin(np.where(as_good, gap, np.inf)))
        losses[fold] = points.loss[indices[picked], fold]
    return losses


def _compare(name: str, differences: Float64, test_share: float, loss_name: str) -> Comparison:
    difference = paired_difference(differences, test_share)
    low, high = difference.lower, difference.upper
    judgement = "better" if high < 0 else "worse" if low > 0 else "no clear difference"
    sentence = (
        f"Against {FAMILIES[name]}: {loss_name} {difference.mean:+.3g} "
        f"({low:+.3g} to {high:+.3g}), {judgement}."
    )
    return Comparison(name, difference, sentence)


def _kind(
    points: Points,
    choice: Choice,
    comparisons: tuple[Comparison, ...],
    ways: dict[str, Float64],
    last_epoch: int,
) -> str:
    none = next((each for each in comparisons if each.against == "none"), None)
    chosen = choice.chosen
    if (chosen.dropout, chosen.weight_decay) == (0.0, 0.0):
        close = abs(chosen.gap) <= chosen.standard_error
        return UNDERFITS if close and chosen.epochs == last_epoch else HELPS_NOT
    if none is None:
        return UNCLEAR
    if none.difference.upper < 0:
        return HELPS
    if none.difference.lower > -MARGIN * float(ways["none"].mean()):
        return HELPS_NOT
    return UNCLEAR


def _sentence(
    kind: str,
    choice: Choice,
    comparisons: tuple[Comparison, ...],
    ways: dict[str, Float64],
    points: Points,
    loss_name: str,
) -> str:
    chosen = choice.chosen
    setting = f"dropout {chosen.dropout:g} with weight decay {chosen.weight_decay:g}"
    if kind == UNDERFITS:
        return (
            "The network underfits: it is best without regularization, at the last epoch, and does "
            "as well on new rows as on its own. Try more epochs, a larger learning rate or wider "
            "layers."
        )
    none = next((each for each in comparisons if each.against == "none"), None)
    if none is None:
        return (
            "The surface has no point without regularization, so its help cannot be told. Put 0 "
            "on both axes."
        )
    change = -none.difference.mean / float(ways["none"].mean())
    if kind == HELPS:
        low, high = none.difference.lower, none.difference.upper
        return (
            f"Regularization helps: {setting} lowers the {loss_name} by {change:.0%} "
            f"(difference {none.difference.mean:+.3g}, 95 % interval {low:+.3g} to {high:+.3g})."
        )
    if kind == HELPS_NOT:
        if (chosen.dropout, chosen.weight_decay) == (0.0, 0.0):
            return "Regularization does not help here: no point is better than none."
        return (
            f"Regularization does not help here: any gain over none is below {MARGIN:.0%} of the "
            f"{loss_name}."
        )
    return (
        f"Not enough data to tell whether regularization helps: {setting} is best, but its "
        f"{loss_name} may be higher than that of none. {_what_would_tell(ways, points)}"
    )


def _what_would_tell(ways: dict[str, Float64], points: Points) -> str:
    """Say how many more folds would tell, at the difference and spread seen so far."""
    differences = ways["all"] - ways["none"]
    repeats = repeats_to_tell(differences, points.test_share)
    if repeats is None or repeats < 2:
        return "More folds of these rows would not tell either; more rows would."
    more = (repeats - 1) * differences.size
    return f"About {more} more folds (other cuts of the same rows) would tell."


def _beyond_baseline(results: xr.Dataset, choice: Choice, loss_name: str) -> str:
    """Warn where the network is no better than always saying the same."""
    baseline = results.attrs.get("baseline_loss")
    if baseline is None or choice.chosen.loss < baseline - choice.chosen.standard_error:
        return ""
    return (
        f" Mind: always predicting the same gives a {loss_name} of {baseline:.3g}, about as good "
        "as this network."
    )


def _effects(ways: dict[str, Float64], test_share: float) -> tuple[Effect, ...]:
    """Return what each family brings over none, and whether the two add up."""
    if "none" not in ways:
        return ()
    names = {"dropout": "dropout alone", "decay": "weight decay alone", "all": "both"}
    gains = {name: ways[name] - ways["none"] for name in names if name in ways}
    effects = [
        Effect(names[name], paired_difference(gain, test_share)) for name, gain in gains.items()
    ]
    if len(gains) == len(names):
        beyond = gains["all"] - gains["dropout"] - gains["decay"]
        effects.append(Effect("both beyond the sum", paired_difference(beyond, test_share)))
    return tuple(effects)
