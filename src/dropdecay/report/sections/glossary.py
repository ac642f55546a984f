"""The words that explain themselves: on hover, on focus, on tap, and in the folded glossary."""

import re
from dataclasses import dataclass

from markupsafe import Markup

from dropdecay.report.measure import ROOT
from dropdecay.report.sections.run import Run
from dropdecay.safe_text import visible_in_page


@dataclass(frozen=True)
class Entry:
    """A word, what it means, and the spellings that are underlined in sentences."""

    key: str
    word: str
    text: str
    spellings: tuple[str, ...]


def glossary_of(run: Run) -> tuple[Entry, ...]:
    """Return all entries, by word."""
    measure = run.judged.name
    corrected = (
        " This figure is corrected for having chosen the best of "
        f"{len(run.surface.points):,} settings (BBC-CV, Tsamardinos et al. 2018)."
        if run.summary["optimism"] is not None
        else ""
    )
    entries = [
        Entry("interval", "95 % interval",
              "Made so that in 95 of 100 such runs it holds the true value.",
              ("95 % interval",)),
        Entry("asgood", "as good as the best",
              f"At most one standard error behind the best {measure}; the error is that of the "
              "difference, over the folds that both share. These folds cannot tell such settings "
              "apart.", ("as good as the best",)),
        Entry("baseline", "baseline",
              "Another model, judged on the very folds that judge the network.",
              ("baselines", "baseline")),
        Entry("calib", "calibration", "Whether rows given 90 % turn out true in 90 of 100 cases.",
              ("calibration",)),
        Entry("chance", "chance",
              "How much of the likely range lies on this side, with no prior opinion.",
              ("chance that it helps", "chance")),
        Entry("cut", "cut",
              "One division of the rows into folds. Each cut is new, with new starting weights; "
              "this averages out luck.", ("cuts", "cut")),
        Entry("dropout", "dropout",
              "The share of units silenced at random in each training step.", ()),
        Entry("epoch", "epoch",
              "One pass through all training rows. The number of epochs is found, not given: the "
              "lowest point of each setting\N{RIGHT SINGLE QUOTATION MARK}s mean curve.", ()),
        Entry("gap", "gap",
              "Loss on held-out rows minus loss on training rows, both with nothing dropped: how "
              "much the network overfits.", ()),
        Entry("heldout", "held-out rows",
              "Rows that judge a network which never trained on them. The rows are cut into "
              "folds: all but one train, the last one judges, each in turn.",
              ("held-out rows",)),
        Entry("import", "importance",
              "How much the loss on held-out rows rises when one column is shuffled among them.",
              ("importance",)),
        Entry("loss", run.loss.name, _loss_text(run), (run.loss.name,)),
        Entry("none", "no regularization",
              "Every axis of the surface off, judged at its own best epoch: stopping early "
              "regularizes too, so this is a fair rival.",
              ("no regularization", "without regularization", "Without regularization")),
        Entry("new", "on new rows", f"The best of many figures flatters itself.{corrected}",
              ("on new rows",)),
        Entry("onese", "one-SE choice",
              "Among the settings as good as the best, the one that overfits least.", ()),
        Entry("stopped", "stopped",
              "A setting that was clearly behind the leader after some folds, so that it was not "
              "trained on the rest. Its mean would be of other folds than its "
              "neighbours\N{RIGHT SINGLE QUOTATION MARK}, so none is shown.", ()),
        Entry("decay", "weight decay",
              "How strongly weights are pulled towards zero at each training step.", ()),
        Entry("se", "± (standard error)",
              "How far the mean would wander if the folds were other folds. Two means that "
              "overlap may still differ clearly, because all settings see the same folds.",
              ("standard error",)),
        Entry("tau", "τ (timescale)",
              "For how many epochs the weights remember an update: 1 / (learning rate "
              "\N{MULTIPLICATION SIGN} decay \N{MULTIPLICATION SIGN} "
              "batches per epoch). Far above the epochs trained, decay hardly acts; below 1, it "
              "forgets at once.", ()),
    ]  # fmt: skip
    if run.surface.pace is None:  # its decays have no memory
        entries = [entry for entry in entries if entry.key != "tau"]
    return tuple(sorted(entries, key=lambda entry: entry.word.lower()))


def _loss_text(run: Run) -> str:
    if run.loss.name == ROOT:
        return (
            "Root mean squared error: the typical miss, in the unit of the target. Large misses "
            "count more than small ones."
        )
    if "log loss" in run.loss.name:
        return (
            "How surprised the network is by the true answers, averaged over rows. 0 is perfect. "
            "It punishes confident mistakes."
        )
    return "What training makes small: how far predictions are from the truth. 0 is perfect."


UNBOUND = re.compile(r"(\d) %")
"""A percent sign that a line could break before."""

BUTTON = Markup('<button class="term" type="button" popovertarget="g-{}">{}</button>')


TOUCHING = re.compile(
    r'\(<button class="term"[^>]*>[^<]*</button>[.,;:)]*|'
    r'<button class="term"[^>]*>[^<]*</button>[.,;:)]+'
)
"""A button with the signs around it, which a line could end between."""


class Terms:
    """Underlines the words of the glossary in sentences, each the first time it is met there."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self._keys = {
            spelling.replace("\N{NO-BREAK SPACE}", " "): entry.key
            for entry in entries
            for spelling in entry.spellings
        }
        words = sorted(self._keys, key=len, reverse=True)
        spelled = "|".join(re.escape(word).replace(r"\ ", "[ \N{NO-BREAK SPACE}]")
                           for word in words)  # fmt: skip
        self._pattern = re.compile(rf"(?<![\w-])({spelled})(?![\w-])")

    def __call__(self, sentence: str) -> Markup:
        """Return a sentence, escaped, with buttons for the words it explains."""
        met: set[str] = set()
        parts = []
        shown = visible_in_page(str(sentence))
        bound = UNBOUND.sub("\\1\N{NO-BREAK SPACE}%", shown)
        for k, part in enumerate(self._pattern.split(bound)):
            key = self._keys.get(part.replace("\N{NO-BREAK SPACE}", " ")) if k % 2 else None
            if key is None or key in met:
                parts.append(Markup.escape(part))
                continue
            met.add(key)
            parts.append(BUTTON.format(key, part))
        held = TOUCHING.sub(r'<span class="held">\g<0></span>', str(Markup("").join(parts)))
        return Markup(held)
