"""Options of ``dropdecay fit``: where and how a run works, and what it writes."""

from dropdecay.commands.option import Option, in_group
from dropdecay.commands.option_kinds import ADDRESS, FLAG, PATH, TEXT, WHOLE, choice

OUTPUT = in_group(
    "Run and output",
    Option("--out", PATH, None,
           "Folder to create. Default: named after the table.",
           decides="place", metavar="DIR", aliases=("-o",)),
    Option("--resume", PATH, None,
           "Continue the interrupted run that was writing this folder; needs no table.",
           decides="output", metavar="DIR"),
    Option("--dry-run", FLAG, False, "Look at the table and train nothing, like dropdecay check.",
           decides="output"),
    Option("--json", FLAG, False, "Print the summary as JSON.", decides="output"),
    Option("--quiet", FLAG, False, "Print errors only.", decides="output",
           aliases=("-q",)),
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
