"""Options of ``dropdecay fit``: where and how a run works, and what it writes."""

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import ADDRESS, AUTO_ON_OFF, FLAG, PATH, TEXT, WHOLE, choice

OUTPUT = in_group(
    "Run and output",
    Option("--out", PATH, None,
           "Folder to create. Default: named after the table.",
           decides="place", metavar="DIR", aliases=("-o",)),
    Option("--force", FLAG, False,
           "Replace the folder if a finished run wrote it and nothing else is in it.",
           decides="output"),
    Option("--config", PATH, None,
           "TOML file of options, such as the run.toml that every run writes; typed options win.",
           decides="output", metavar="FILE"),
    Option("--keep-folds", AUTO_ON_OFF, "auto",
           "Keep the networks of the folds in the model's folder, for importance and for predict "
           "--interval; auto: up to 50 MB.", "keep_folds", decides="speed"),
    Option("--resume", PATH, None,
           "Continue the interrupted run that was writing this folder; needs no table.",
           decides="output", metavar="DIR"),
    Option("--dry-run", FLAG, False,
           "Show how the table is read, what was noticed, and networks, time and memory of the "
           "search; train nothing.", decides="output"),
    Option("--json", FLAG, False, "Print the summary as JSON.", decides="output"),
    Option("--quiet", FLAG, False, "Print errors only.", decides="output",
           aliases=("-q",)),
    Option("--verbose", FLAG, False, "Print versions, cores, folds and times too.",
           decides="output", aliases=("-v",)),
    Option("--log-file", PATH, None, "Write what is printed to this new file too, with times.",
           decides="output", metavar="FILE"),
    Option("--engine", choice("numba", "torch"), "numba",
           "What trains the networks: numba on the processor, or torch, if it is installed.",
           "engine", "engine", if_given=True),
    Option("--device", TEXT, "auto",
           "Where --engine torch trains: cpu, cuda, cuda:1; auto takes a GPU if there is one.",
           "device", "device", if_given=True),
    Option("--jobs", WHOLE, -1, "Threads, or processes; -1: all cores.", "n_jobs",
           decides="speed", aliases=("-j",)),
    Option("--cluster", ADDRESS, None,
           "Workers that train: processes (of this machine, as many as --jobs), tcp://HOST:8786 "
           "(Dask), ray://HOST:10001, ray (that this machine is part of); none: threads.",
           "cluster", decides="speed"),
)  # fmt: skip
