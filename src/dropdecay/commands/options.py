"""The options of ``dropdecay fit``: one table, and the values that a user gave.

An option is one row. The command line with its help and defaults, the parameters of the estimator,
the job file of ``--resume``, the settings in the summary and the command that reproduces a run are
all derived from the rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from pathlib import Path
from typing import Any, Literal, cast

from dropdecay.commands.option_kinds import (
    ADDRESS,
    AUTO_ON_OFF,
    AUTO_OR_DECAYS,
    AUTO_OR_RATES,
    AUTO_OR_WHOLE,
    AXES,
    DURATION,
    FLAG,
    NUMBER,
    PATH,
    SWITCH,
    TEXT,
    TEXTS,
    THRESHOLD,
    WHOLE,
    WHOLES,
    Kind,
    Typed,
    Value,
    written,
)
from dropdecay.errors import BadInput, BadSetting, Parameter, Said
from dropdecay.estimators.defaults import AUTO, HIDDEN_LAYER_SIZES


@dataclass(frozen=True)
class Option:
    """One option of ``dropdecay fit``.

    Parameters
    ----------
    name : str
        As typed; a name without dashes is a positional argument.
    kind : Kind
        How its value is typed and parsed.
    default : value
        None: the option has no value unless it is given.
    help : str
        Its text in ``--help``.
    parameter : str
        The estimator parameter that it sets; "": the command itself uses it.
    setting : str
        Its name among the settings of a summary; "": it is not listed there.
    if_given : bool
        Whether it is listed only where it is not the default.
    decides : {"numbers", "place", "speed", "output"}
        What depends on it. Numbers: part of the command that reproduces a run, and fixed when the
        run is resumed. Place: fixed when the run is resumed. Speed: may change on resuming.
        Output: not stored with the run.
    metavar : str
        Placeholder of the value in ``--help``; "": that of its kind.
    aliases : tuple of str
        Other accepted names.
    """

    name: str
    kind: Kind
    default: Value
    help: str
    parameter: str = ""
    setting: str = ""
    decides: Literal["numbers", "place", "speed", "output"] = "numbers"
    metavar: str = ""
    aliases: tuple[str, ...] = ()
    if_given: bool = False

    @property
    def key(self) -> str:
        """The name of the option in Python and JSON."""
        key = self.name.lstrip("-").replace("-", "_")
        return f"{key}_" if iskeyword(key) else key

    @property
    def is_argument(self) -> bool:
        """Whether it is a positional argument."""
        return not self.name.startswith("-")

    @property
    def opposite(self) -> str:
        """The name that switches it off; "": there is none."""
        return f"--no-{self.name.lstrip('-')}" if self.kind.form == "switch" else ""

    def read(self, typed: Typed) -> Value:
        """Parse what was typed.

        Raises
        ------
        BadSetting
            If it cannot be parsed; the message names the option.
        """
        if typed is None and self.default is None:
            return None
        return self.kind.read(self.name, typed)

    def written(self, value: Value) -> Typed:
        """Return what a user would type to give this value."""
        return written(self.kind, value)


OPTIONS = (
    Option("table", PATH, None,
           "CSV, TSV or other text (.gz, .bz2, .xz, .zst and .zip too), Parquet or Feather file; "
           "or a folder or quoted pattern of Parquet files, which may be larger than memory."),
    Option("--target", TEXT, None, "The column to predict.", metavar="COLUMN"),
    Option("--out", PATH, None,
           "Folder to create. Default: named after the table.",
           decides="place", metavar="DIR"),
    Option("--task", TEXT, "auto", "auto, classification or regression."),
    Option("--group", TEXT, None,
           "Column of groups (patients, customers): a group is never split across folds.",
           metavar="COLUMN"),
    Option("--time", TEXT, None,
           "Column of dates or numbers: the later half of the rows is validated in --folds blocks, "
           "each by networks trained on the rows before it. Nothing is learnt from the column.",
           metavar="COLUMN"),
    Option("--drop-missing-target", FLAG, False, "Leave rows without a target out."),
    Option("--weight", TEXT, None, "Column of the rows' weights, 0 or larger.", metavar="COLUMN"),
    Option("--id", TEXTS, None,
           "Column that names the rows, such as a customer number: nothing is learnt from it, and "
           "predict copies it in front of the predictions. May be repeated."),
    Option("--drop", TEXTS, None, "Column to leave out. May be repeated."),
    Option("--categorical", TEXTS, None,
           "Column of names, though they may be numbers: --as COLUMN=category. May be repeated."),
    Option("--as", TEXTS, None,
           "Read a column as number, category, date or boolean. May be repeated.",
           metavar="COLUMN=KIND"),
    Option("--ordinal", TEXTS, None,
           "Words of a column in their order, such as 'size=small<medium<large'. May be repeated.",
           metavar="COLUMN=A<B<C"),
    Option("--missing", TEXT, None,
           "Words and numbers that stand for a missing value, such as -999,unknown, in place of "
           "those that are found; none: no further ones.", metavar="WORDS"),
    Option("--decimal", TEXT, None, "Mark of decimals: a point or a comma. Default: found.",
           metavar="MARK"),
    Option("--thousands", TEXT, None, "Mark of thousands. Default: found.", metavar="MARK"),
    Option("--ignore", TEXTS, None, "Finding not to tell of. May be repeated.", metavar="CODE"),
    Option("--fail-on", TEXTS, None,
           "Stop before training if this is found. May be repeated.", metavar="CODE"),
    Option("--encoding", TEXT, None,
           "Encoding of a text file, such as cp1252, gb18030 or shift_jis. Default: found out from "
           "its bytes.", metavar="NAME"),
    Option("--dropout", AUTO_OR_RATES, AUTO,
           "Dropout rates to try, in [0, 1); 0.4/0.2: one per layer; auto: 0 to 0.5, from 256 "
           "units on 0.7.", "dropouts"),
    Option("--weight-decay", AUTO_OR_DECAYS, AUTO,
           "Weight decays to try, 0 or larger; tau:none,400,40: in epochs of memory; auto: "
           "tau:none,400,130,40,13,4.", "weight_decays"),
    Option("--axis", AXES, None,
           "Another setting to search over, such as max_norm=none,2,4. May be repeated.", "axes"),
    Option("--input-dropout", NUMBER, 0.0, "Dropout rate on the inputs.", "input_dropout"),
    Option("--hidden", WHOLES, HIDDEN_LAYER_SIZES, "Units in each hidden layer.",
           "hidden_layer_sizes", "hidden"),
    Option("--activation", TEXT, "relu", "relu, tanh, logistic, gelu, silu or identity.",
           "activation", "activation"),
    Option("--folds", WHOLE, 5, "Cross-validation folds.", "cv", "folds"),
    Option("--seeds", WHOLE, 1, "Networks per point and fold.", "n_seeds", "seeds"),
    Option("--epochs", AUTO_OR_WHOLE, "auto",
           "Most epochs: each point is trained until its loss curve is flat or past its minimum. "
           "auto: enough for 40,000 steps, 200 to 1000.", "max_iter", "epochs"),
    Option("--fixed-epochs", FLAG, False,
           "Train every point for --epochs epochs; auto is then a tenth.", "fixed_epochs"),
    Option("--batch-size", AUTO_OR_WHOLE, "auto",
           "Rows per step; auto: about rows / 64, from 32 to 256.", "batch_size", "batch size"),
    Option("--lr", NUMBER, 0.001, "Learning rate.", "learning_rate_init", "learning rate"),
    Option("--schedule", TEXT, "constant",
           "Learning-rate schedule: constant, or cosine or one_cycle along --epochs, a number.",
           "learning_rate", "schedule"),
    Option("--optimizer", TEXT, "adam", "adam or sgd.", "solver", "optimizer"),
    Option("--decay", TEXT, "decoupled",
           "Kind of weight decay: decoupled (as in AdamW) or l2 (penalty in the loss).",
           "decay", "decay"),
    Option("--rule", TEXT, "best", "Which point to refit: best or one_se.", "rule", "rule"),
    Option("--scoring", TEXT, None,
           "scikit-learn scorer to report. Default: accuracy (balanced accuracy if classes are "
           "imbalanced) or r2.", "scoring", "scoring", if_given=True),
    Option("--criterion", TEXT, "loss", "Choose by loss, or by the score of --scoring.",
           "criterion", "criterion", if_given=True),
    Option("--temperature", FLAG, False,
           "Scale the probabilities of classes so that they are as sure as they are right.",
           setting="temperature", if_given=True),
    Option("--threshold", THRESHOLD, None,
           "From which probability on the second of two classes is predicted: balanced_accuracy, "
           "f1, matthews_corrcoef or accuracy chooses the best on held-out rows, 1:5 the cheapest "
           "by the costs of a false positive and a false negative; or a number. Default: a half.",
           setting="threshold", if_given=True),
    Option("--extend", SWITCH, True, "Extend an axis while the best point lies at its end.",
           "extend"),
    Option("--race", AUTO_ON_OFF, "auto",
           "Drop points that fall behind after three folds, on large tables on a pilot before: "
           "auto, on or off.", "race"),
    Option("--futility", FLAG, False,
           "Give points up whose loss could not catch up by its own fall; not with "
           "--fixed-epochs, --criterion score or a --schedule but constant.", "futility",
           "futility", if_given=True),
    Option("--nested", FLAG, False,
           "Add nested cross-validation; takes about --folds times longer.",
           "nested"),
    Option("--repeats", WHOLE, 10,
           "Cuts of the rows on which the contenders are trained again to sharpen the verdict, at "
           "most; 1: none.", "n_repeats", "repeats up to"),
    Option("--until-sure", FLAG, False, "Repeat up to 20 times before the verdict stays open.",
           "until_sure"),
    Option("--budget", DURATION, None,
           "Time for everything but --nested, such as 90s, 10m or 2h: the surface first, then "
           "repeats while there is time.", "budget", metavar="TIME"),
    Option("--search-rows", WHOLE, None,
           "Rows to search on, drawn at random; the choice is then trained on all. Default: all.",
           "search_rows", "search rows", if_given=True),
    Option("--encoder-rows", WHOLE, None,
           "Rows, drawn at random, that teach the encoder of Parquet files, and that no fold "
           "validates. Default: 100,000 from a million rows on; smaller tables are read into "
           "memory."),
    Option("--random-state", WHOLE, 0,
           "Seed of all random numbers. --seed is an alias.", "random_state",
           "random state", aliases=("--seed",)),
    Option("--engine", TEXT, "numba",
           "What trains the networks: numba on the processor, or torch, if it is installed.",
           "engine", "engine", if_given=True),
    Option("--device", TEXT, "auto",
           "Where --engine torch trains: cpu, cuda, cuda:1; auto takes a GPU if there is one.",
           "device", "device", if_given=True),
    Option("--jobs", WHOLE, -1, "Threads, or processes; -1: all cores.", "n_jobs",
           decides="speed"),
    Option("--cluster", ADDRESS, None,
           "Workers that train: processes (of this machine, as many as --jobs), tcp://HOST:8786 "
           "(Dask), ray://HOST:10001, ray (that this machine is part of); none: threads.",
           "cluster", decides="speed"),
    Option("--dry-run", FLAG, False, "Look at the table and train nothing, like dropdecay check.",
           decides="output"),
    Option("--json", FLAG, False, "Print the summary as JSON.", decides="output"),
    Option("--quiet", FLAG, False, "Print errors only.", decides="output",
           aliases=("-q",)),
    Option("--resume", PATH, None,
           "Continue the interrupted run that was writing this folder; needs no table.",
           decides="output", metavar="DIR"),
)  # fmt: skip
"""Every option, in the order of ``--help``."""

READING = (
    "table", "--target", "--task", "--group", "--time", "--weight", "--drop-missing-target",
    "--id", "--drop", "--categorical", "--as", "--ordinal", "--missing", "--decimal",
    "--thousands", "--encoding", "--folds", "--ignore", "--encoder-rows",
)  # fmt: skip
"""The options that say how a table is read: those of ``dropdecay check``."""

CHECK_OPTIONS = (
    Option("--all", FLAG, False, "List every column.", decides="output"),
    Option("--json", FLAG, False, "Print as JSON.", decides="output"),
)
"""What ``dropdecay check`` takes besides."""

ASKED = tuple(option for option in OPTIONS if option.decides != "output")
"""The options that are stored with a run: all but those of its output."""


def spelled(parameter: Parameter) -> str:
    """Return a parameter as it is given on the command line; as in Python if it has no option."""
    by_name = {option.key: option for option in OPTIONS}
    by_name |= {option.parameter: option for option in OPTIONS if option.parameter}
    option = by_name.get(parameter.name)
    if option is None:
        return str(parameter)
    if parameter.value is Said.NOTHING:
        return option.name
    typed = option.written(cast(Value, parameter.value))
    if isinstance(typed, bool) or typed is None:
        return option.opposite or option.name if typed is False else option.name
    each = [typed] if isinstance(typed, str) else typed
    return " ".join(f"{option.name} {one}" for one in each)


@dataclass(frozen=True)
class FitOptions:
    """The options that a run of ``dropdecay fit`` was given.

    Parameters
    ----------
    values : mapping
        A value for every option of ``ASKED``, by its key.

    Raises
    ------
    BadInput
        If there is no table or no target.
    """

    values: Mapping[str, Value]

    def __post_init__(self) -> None:
        if others := {option.key for option in ASKED} ^ set(self.values):
            raise TypeError(f"options that are missing or unknown: {sorted(others)}")
        for key, missing in (("table", "a table"), ("target", "--target COLUMN")):
            if self.values[key] is None:
                raise BadInput(f"fit needs {missing}: dropdecay fit TABLE --target COLUMN.")

    @property
    def table(self) -> Path:
        """The file with the rows."""
        return cast(Path, self.values["table"])

    @property
    def target(self) -> str:
        """The column to predict."""
        return cast(str, self.values["target"])

    @property
    def out(self) -> Path | None:
        """The folder to write; None: one named after the table."""
        return cast(Path | None, self.values["out"])

    @property
    def task(self) -> str:
        """The task, or "auto"."""
        return cast(str, self.values["task"])

    @property
    def group(self) -> str | None:
        """The column of groups that are never split across folds."""
        return cast(str | None, self.values["group"])

    @property
    def ignored(self) -> tuple[str, ...]:
        """Codes of findings that are not told."""
        return cast(tuple[str, ...], self.values["ignore"] or ())

    @property
    def fatal(self) -> tuple[str, ...]:
        """Codes of findings that stop the run before it begins."""
        return cast(tuple[str, ...], self.values["fail_on"] or ())

    @property
    def encoder_rows(self) -> int | None:
        """How many rows of files teach the encoder; None: as many as are usual."""
        return cast(int | None, self.values["encoder_rows"])

    @property
    def encoding(self) -> str | None:
        """The encoding of the table; None: found out."""
        return cast(str | None, self.values["encoding"])

    def changed(self, **values: Value) -> "FitOptions":
        """Return these options with some values changed."""
        return FitOptions({**self.values, **values})

    def parameters(self) -> dict[str, Any]:
        """Return the parameters of the estimators; an option without a value sets none."""
        return {
            option.parameter: self.values[option.key] for option in ASKED
            if option.parameter and self.values[option.key] is not None
        }  # fmt: skip

    def as_dict(self) -> dict[str, object]:
        """Return the values in a form that JSON can hold."""
        return {
            name: str(value) if isinstance(value, Path) else value
            for name, value in self.values.items()
        }


def fit_options(**values: Value) -> FitOptions:
    """Return options with these values, by key, and defaults for the others."""
    return FitOptions({**{option.key: option.default for option in ASKED}, **values})


def read_options(typed: Mapping[str, Typed]) -> dict[str, Value]:
    """Parse options as they were typed, by key.

    Raises
    ------
    BadSetting
        If an option is unknown or its value cannot be parsed.
    """
    known = {option.key: option for option in OPTIONS}
    if unknown := set(typed) - set(known):
        raise BadSetting(f"There is no option {min(unknown)!r}.")
    return {key: known[key].read(each) for key, each in typed.items()}
