"""The command that makes a run again, from what the run was asked for."""

import shlex
from collections.abc import Mapping
from typing import Any

OPTIONS = {
    "dropouts": "dropout",
    "weight_decays": "weight-decay",
    "hidden_layer_sizes": "hidden",
    "n_seeds": "seeds",
    "max_iter": "epochs",
    "learning_rate": "lr",
    "solver": "optimizer",
    "n_jobs": "jobs",
}
"""Fields of a job whose option has another name."""

NOT_REPEATED = ("table", "out", "n_jobs", "quiet")
"""The table stands first; the others change no number."""


def fit_command(asked: Mapping[str, Any]) -> str:
    """Return the line for a shell, every option written out so that no default can change it."""
    parts = ["dropdecay", "fit", str(asked["table"])]
    for field, value in asked.items():
        if field in NOT_REPEATED or value is None:
            continue
        name = OPTIONS.get(field, field.replace("_", "-"))
        if field == "nested" and not value:  # a flag that has no opposite
            continue
        if isinstance(value, bool):
            parts.append(f"--{name}" if value else f"--no-{name}")
            continue
        option = f"--{name}"
        several = isinstance(value, (list, tuple))
        said = ",".join(map(_number, value)) if several else _number(value)
        # One word, so that a value that begins with a dash is not taken for an option.
        parts.append(f"{option}={said}")
    return shlex.join(parts)


def _number(value: object) -> str:
    """Write a number so that it is read back the same: 1.0 as 1, the rest in full."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
