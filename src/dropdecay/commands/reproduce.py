"""The command that makes a run again, from what the run was asked for."""

import shlex

from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import ASKED, FitOptions, Option


def fit_command(options: FitOptions) -> str:
    """Return the line for a shell, every option written out so that no default can change it."""
    words = ["dropdecay", "fit"]
    for option in ASKED:
        if option.decides == "numbers":
            words += _words(option, options.values[option.key])
    return shlex.join(words)


def _words(option: Option, value: Value) -> list[str]:
    """Return the words that give an option this value; none where it is not given."""
    typed = option.written(value)
    if isinstance(typed, bool):
        name = option.name if typed else option.opposite
        return [name] if name else []
    texts = [typed] if isinstance(typed, str) else typed or []
    if option.is_argument:
        # A name that begins with a dash would be taken for an option.
        return [f"./{text}" if text.startswith("-") else text for text in texts]
    # One word, so that a value that begins with a dash is not taken for an option either.
    return [f"{option.name}={text}" for text in texts]
