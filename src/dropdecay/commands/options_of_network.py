"""Options of ``dropdecay fit``: what is trained at every point."""

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import (
    AUTO_OR_WHOLE,
    FLAG,
    NUMBER,
    WHOLE_OR_FOLDS,
    WHOLES,
    choice,
)
from dropdecay.estimators.defaults import HIDDEN_LAYER_SIZES

NETWORK = in_group(
    "Network",
    Option("--hidden", WHOLES, HIDDEN_LAYER_SIZES, "Units in each hidden layer.",
           "hidden_layer_sizes", "hidden"),
    Option("--activation", choice("relu", "tanh", "logistic", "gelu", "silu", "identity"), "relu",
           "Activation of the hidden units.",
           "activation", "activation"),
    Option("--numeric-encoding", choice("quantile", "target", "periodic"), None,
           "What each number becomes: one number per bin, between quantiles or between cuts that "
           "tell the target, or waves. Default: one number, scaled.",
           "numeric_encoding", "numeric encoding", if_given=True),
    Option("--category-encoding", choice("one_hot", "embedding"), "one_hot",
           "How the network sees categories: by a column each, or by 8 numbers each that it "
           "learns, where a column has 9 categories or more.",
           "category_encoding", "category encoding", if_given=True),
    Option("--input-dropout", NUMBER, 0.0, "Dropout rate on the inputs.", "input_dropout"),
    Option("--optimizer", choice("adam", "sgd"), "adam", "What takes the steps.",
           "solver", "optimizer"),
    Option("--lr", NUMBER, 0.001, "Learning rate.", "learning_rate_init", "learning rate"),
    Option("--schedule", choice("constant", "cosine", "one_cycle"), "constant",
           "Learning-rate schedule; cosine and one_cycle run along --epochs, a number.",
           "learning_rate", "schedule"),
    Option("--decay", choice("decoupled", "cautious", "l2"), "decoupled",
           "Kind of weight decay: decoupled (as in AdamW), cautious (that, but only of "
           "weights that a step takes towards zero) or l2 (penalty in the loss).",
           "decay", "decay"),
    Option("--batch-size", AUTO_OR_WHOLE, "auto",
           "Rows per step; auto: about rows / 64, from 32 to 256.", "batch_size", "batch size"),
    Option("--epochs", AUTO_OR_WHOLE, "auto",
           "Most epochs: each point is trained until its loss curve is flat or past its minimum. "
           "auto: enough for 40,000 steps, 200 to 1000.", "max_iter", "epochs"),
    Option("--ensemble", WHOLE_OR_FOLDS, 1,
           "Networks of the chosen setting, with different seeds, whose outputs are averaged; "
           "folds: those of the folds, in place of a network that is trained on all rows.",
           "n_ensemble", "networks averaged", if_given=True),
    Option("--fixed-epochs", FLAG, False,
           "Train every point for --epochs epochs; auto is then a tenth.", "fixed_epochs"),
)  # fmt: skip
