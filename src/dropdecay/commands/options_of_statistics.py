"""Options of ``dropdecay fit``: how points are judged and chosen."""

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import (
    CLASS_WEIGHTS,
    FLAG,
    SWITCH,
    TEXT,
    THRESHOLD,
    WHOLE,
    choice,
)

STATISTICS = in_group(
    "Statistics",
    Option("--folds", WHOLE, 5, "Cross-validation folds.", "cv", "folds"),
    Option("--seeds", WHOLE, 1, "Networks per point and fold.", "n_seeds", "seeds"),
    Option("--repeats", WHOLE, 10,
           "Cuts of the rows on which the contenders are trained again to sharpen the verdict, at "
           "most; 1: none.", "n_repeats", "repeats up to"),
    Option("--until-sure", FLAG, False, "Repeat up to 20 times before the verdict stays open.",
           "until_sure"),
    Option("--rule", choice("best", "one_se"), "best",
           "Which point to refit: the best, or among those as good the one with the smallest gap.",
           "rule", "rule"),
    Option("--criterion", choice("loss", "score"), "loss",
           "Choose by loss, or by the score of --scoring.",
           "criterion", "criterion", if_given=True),
    Option("--scoring", TEXT, None,
           "scikit-learn scorer to report. Default: accuracy (balanced accuracy if classes are "
           "imbalanced) or r2.", "scoring", "scoring", if_given=True,
           unset="auto"),
    Option("--class-weight", CLASS_WEIGHTS, None,
           "What a class weighs in training and in the loss that chooses, such as yes=5, others "
           "1; balanced: all classes alike. May be repeated.",
           setting="class weights", if_given=True),
    Option("--temperature", FLAG, False,
           "Scale the probabilities of classes so that they are as sure as they are right.",
           setting="temperature", if_given=True),
    Option("--threshold", THRESHOLD, None,
           "From which probability on the second of two classes is predicted: balanced_accuracy, "
           "f1, matthews_corrcoef or accuracy chooses the best on held-out rows, 1:5 the cheapest "
           "by the costs of a false positive and a false negative; or a number. Default: a half.",
           setting="threshold", if_given=True, unset="0.5"),
    Option("--nested", FLAG, False,
           "Add nested cross-validation; takes about --folds times longer.",
           "nested"),
    Option("--baselines", SWITCH, True,
           "Judge other models on the same folds: a constant, a linear one, gradient boosting.",
           "baselines"),
    Option("--random-state", WHOLE, 0,
           "Seed of all random numbers. --seed is an alias.", "random_state",
           "random state", aliases=("--seed",)),
)  # fmt: skip
