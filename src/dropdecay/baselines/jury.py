"""A model's answers set against the network's way of choosing, and against no regularization."""

from collections.abc import Mapping

import numpy as np

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.axes import NONE
from dropdecay.baselines.ground import Ground
from dropdecay.baselines.rows import exact_targets
from dropdecay.data.output_losses import losses_of_outputs
from dropdecay.policies.contenders import folds_of_repeat
from dropdecay.search import Findings
from dropdecay.selection.baselines import Difference
from dropdecay.selection.contest import RepeatedContest
from dropdecay.selection.judgement import MARGIN
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_cost
from dropdecay.statistics.corrected import overlap_of, paired_difference
from dropdecay.statistics.folds import standard_error

Answers = Mapping[int, Floating]
"""Fold -> outputs of a model for its validation rows, (n_validation, n_outputs)."""


class Jury:
    """Judges models as the verdict judges contenders.

    "Cost" is what is compared: the loss, or where a score chooses minus the score.
    """

    def __init__(self, ground: Ground, findings: Findings) -> None:
        results, choice = findings.results, findings.choice
        self._ground, self.repeated = ground, findings.repeated
        self.by_loss = choice.criterion == "loss"
        self.measure = str(results.attrs["loss_name" if self.by_loss else "score_name"])
        self._targets = exact_targets(ground.target)
        self._overlap = overlap_of(results["n_training"].values, results["n_validation"].values)
        curves = curves_of(results)

        def cost(members: AnyArray) -> Float64:
            by_seed = left_out_cost(curves, members, choice.rule, choice.criterion)
            return np.asarray(by_seed.mean(axis=1))

        without = curves.members(NONE)
        self._picks, self._none = cost(curves.finished), cost(without) if without.any() else None
        if findings.ensemble is not None and self.by_loss:
            self._judge_ensembles(curves.repeat)
        folds_of_first = np.flatnonzero(curves.repeat == 0).size
        self._folds_per_repeat = folds_of_first if folds_of_first > 1 else None

    def _judge_ensembles(self, repeat: Int64) -> None:
        """Take what ensembles lose on the folds of the surface, where the contenders were those."""
        if self.repeated is None or len(self.repeated.losses.picks) <= repeat.max():
            return
        losses, weights = self.repeated.losses, self._ground.sample_weight

        def cost(by_row: Float64) -> Float64:
            found = []
            for fold, own in enumerate(repeat.tolist()):
                rows = self._ground.cuts[fold].validation
                of_rows = None if weights is None else weights[rows]
                found.append(np.average(by_row[own, rows], weights=of_rows))
            return np.array(found)

        self._picks, self._none = cost(losses.picks), cost(losses.none)

    def on_surface(self, answers: Answers) -> Answers:
        """Return the answers on the folds of the surface."""
        return {fold: answers[fold] for fold in range(self._picks.size)}

    def losses(self, answers: Answers) -> Float64:
        """Return the mean loss of each fold, (n_folds,), weighted as the networks' is."""
        weights, found = self._ground.sample_weight, []
        for fold in answers:
            rows = self._ground.cuts[fold].validation
            own = None if weights is None else weights[rows]
            found.append(np.average(self._losses_by_row(answers, fold), weights=own))
        return np.array(found)

    def scores(self, answers: Answers) -> Float64:
        """Return the score of each fold, (n_folds,); NaN where it is not defined."""
        return np.array(
            [
                self._ground.score.of(self._ground.cuts[fold].validation, outputs)
                for fold, outputs in answers.items()
            ]
        )

    def error(self, by_fold: Float64) -> float:
        """Return the standard error of a mean over the folds of the surface, as for its points."""
        return float(standard_error(by_fold, self._folds_per_repeat))

    def margin(self, network: float) -> float:
        """Return the difference in cost that is worth the name."""
        constant = 0.0
        if not self.by_loss and self._ground.score.constant is not None:
            constant = -self._ground.score.constant
        return MARGIN * abs(network - constant)

    def against(self, answers: Answers, n_repeats: int) -> tuple[Difference, float]:
        """Return what a model costs more than the network's way of choosing, and what that costs.

        ``n_repeats`` is how many repeats of the contenders it answered on; 1: the folds alone.
        """
        if n_repeats > 1:
            own, repeated = self._by_repeat(answers, n_repeats), self._of_contest()
            picks = repeated.losses.picks[:n_repeats]
            gain, network = repeated.counting.gain(picks, own)
            return _turned(Difference.of(gain)), network
        cost = self._costs(answers)
        found = paired_difference(cost - self._picks, self._overlap)
        return Difference.of(found), float(self._picks.mean())

    def against_none(self, answers: Answers, n_repeats: int) -> Difference | None:
        """Return what a model costs less than no regularization; None: the surface lacks that."""
        if n_repeats > 1:
            own, repeated = self._by_repeat(answers, n_repeats), self._of_contest()
            return Difference.of(repeated.counting.gain(repeated.losses.none[:n_repeats], own)[0])
        if self._none is None:
            return None
        return Difference.of(paired_difference(self._none - self._costs(answers), self._overlap))

    def is_defined(self, answers: Answers, repeat: int) -> bool:
        """Return whether a model's answers in a repeat can be judged row by row."""
        judged = ~np.isnan(self._of_contest().losses.picks[0])
        return not np.isnan(self._cost_by_row(answers, repeat)[judged]).any()

    def _costs(self, answers: Answers) -> Float64:
        on_surface = self.on_surface(answers)
        return self.losses(on_surface) if self.by_loss else -self.scores(on_surface)

    def _of_contest(self) -> RepeatedContest:
        assert self.repeated is not None  # or there are no repeats to ask about
        return self.repeated

    def _by_repeat(self, answers: Answers, n_repeats: int) -> Float64:
        return np.array([self._cost_by_row(answers, repeat) for repeat in range(n_repeats)])

    def _cost_by_row(self, answers: Answers, repeat: int) -> Float64:
        """Return the cost of every row in a repeat, (n_rows,): the mean where it is held out again.

        NaN: it is held out by no fold, or its share of the score is not defined.
        """
        cuts, repeated = self._ground.cuts, self._of_contest()
        sums, counts = np.zeros((2, cuts.n_rows))
        for fold in folds_of_repeat(cuts, repeated.contest, repeat):
            rows, blocks = cuts[fold].validation, repeated.counting.blocks
            counts[rows] += 1
            if blocks is None:
                sums[rows] += self._losses_by_row(answers, fold)
            else:
                sums[rows] -= self._ground.score.by_row(rows, answers[fold], blocks[rows])
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / np.where(counts > 0, counts, np.nan))

    def _losses_by_row(self, answers: Answers, fold: int) -> Float64:
        target, rows = self._ground.target, self._ground.cuts[fold].validation
        losses = losses_of_outputs(
            target.loss, np.asarray(answers[fold], np.float64), self._targets[rows]
        )
        return target.loss_scale * losses


def _turned(found: Difference) -> Difference:
    """Return the difference the other way round."""
    return Difference(-found.mean, found.standard_error, -found.upper, -found.lower)
