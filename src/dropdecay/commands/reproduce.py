"""The command that reproduces a run, built from the options of the run."""

import shlex

from dropdecay.commands.option import Option
from dropdecay.commands.option_kinds import Value
from dropdecay.commands.options import ASKED, FitOptions


def fit_command(options: FitOptions) -> str:
    """Return the shell command with every option written out, so that no default can change it."""
    words = ["dropdecay", "fit"]
    for option in ASKED:
        if option.decides == "numbers":
            words += _words(option, options.values[option.key])
    return shlex.join(words)


def _words(option: Option, value: Value) -> list[str]:
    """Return the words that give an option this value; none if it has no value."""
    typed = option.written(value)
    if isinstance(typed, bool):
        name = option.name if typed else option.opposite
        return [name] if name else []
    texts = [typed] if isinstance(typed, str) else typed or []
    if option.is_argument:
        # A name with a leading dash would be mistaken for an option; a dash alone is no name.
        dashed = (text.startswith("-") and text != "-" for text in texts)
        return [f"./{text}" if is_dashed else text
                for text, is_dashed in zip(texts, dashed, strict=True)]  # fmt: skip
    # In one word, so that a value with a leading dash is not mistaken for an option either.
    return [f"{option.name}={text}" for text in texts]
