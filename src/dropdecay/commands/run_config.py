"""``run.toml``: options of ``dropdecay fit`` in a file, written by every run and read by --config.

Keys are the long names of options; values are numbers, true and false, lists, or what would be
typed.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from dropdecay.commands.option import Option
from dropdecay.commands.option_kinds import NUMBER, PATH, WHOLE, Typed
from dropdecay.commands.options import ASKED, OPTIONS, FitOptions
from dropdecay.errors import BadInput, BadSetting
from dropdecay.file_limits import OPTIONS as OPTIONS_LIMIT
from dropdecay.near_names import near_matches, suggestion
from dropdecay.safe_text import reason_of, visible
from dropdecay.table.names import did_you_mean_path

STANDARD_INPUT = "-"
NOT_HERE = ("config", "resume", "log_file")
"""Options that a file cannot give."""

ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def config_text(options: FitOptions) -> str:
    """Return a file that gives every option on which the numbers of a run depend.

    The table is named by its whole path, so that the file may be moved.
    """
    head = "# dropdecay fit --config THIS_FILE trains this run again; typed options win.\n"
    given = [
        f"{_key(option)} = {_toml(option, options)}\n"
        for option in ASKED
        if option.decides == "numbers" and options.values[option.key] is not None
    ]
    return head + "".join(given)


def _toml(option: Option, options: FitOptions) -> str:
    value = options.values[option.key]
    if option.key == "table" and str(value) != STANDARD_INPUT:
        value = options.table.absolute()
    typed = option.written(value)
    if isinstance(typed, bool):
        return str(typed).lower()
    if isinstance(typed, str):
        return typed if _is_bare(option, typed) else quoted_toml(typed)
    return f"[{', '.join(map(quoted_toml, typed or ()))}]"


def _is_bare(option: Option, typed: str) -> bool:
    """Whether a value is written without quotes: TOML spells infinity and exponents its own way."""
    return option.kind in (WHOLE, NUMBER) and typed.lstrip("-").replace(".", "", 1).isdigit()


def quoted_toml(text: str) -> str:
    """Return a text as a basic string of TOML.

    Half a surrogate pair, as in a name of a file that is not UTF-8, is no character for TOML; it is
    written as it is printed elsewhere.
    """
    text = text.encode(errors="backslashreplace").decode()
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(character: str) -> str:
    if character in ESCAPES:
        return ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 2**16 else f"\\U{code:08X}"


def read_config(path: Path) -> dict[str, Typed]:
    """Return the options of a file as they would be typed, by key.

    A relative path of a table starts at the folder of the file.

    Raises
    ------
    BadSetting
        If the file cannot be read, or gives what is no option; near names are suggested.
    """
    name = visible(path)
    if not path.exists():
        raise BadSetting(
            f"--config: there is no file {name}.{did_you_mean_path(path)} Check the path."
        )
    if not path.is_file():  # reading a pipe may never end
        raise BadSetting(f"--config {name} is not a regular file. Save the options to a file.")
    try:
        OPTIONS_LIMIT.check(name, path.stat().st_size)
        stored = tomllib.loads(path.read_text(encoding="utf-8"))
    except BadInput:
        raise
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # a bad TOML is a ValueError, and so is bad UTF-8
        raise BadSetting(f"--config {name} cannot be read: {reason_of(error)}.") from None
    known = {_key(option): option for option in OPTIONS if option.key not in NOT_HERE}
    found = {}
    for key, value in stored.items():
        option = known.get(key.replace("_", "-"))
        if option is None:
            hint = suggestion(near_matches(key, known), str)
            raise BadSetting(f"{name}: there is no option {visible(key)}.{hint}")
        found[option.key] = _typed(option, value, name)
    if isinstance(table := found.get("table"), str) and table != STANDARD_INPUT:
        found["table"] = str(path.parent / table)
    return found


def with_config(typed: Mapping[str, Typed], on_line: Mapping[str, Typed]) -> dict[str, Typed]:
    """Return what was typed, and for the rest what the file of ``--config`` gives.

    Parameters
    ----------
    typed : mapping
        Every option by key, at its default if it was not typed.
    on_line : mapping
        Those that were typed.
    """
    config = typed.get("config")
    if not isinstance(config, str):
        return dict(typed)
    if "resume" in on_line:
        raise BadSetting("--resume knows the options of its run. Omit --config.")
    return {**typed, **read_config(Path(config)), **on_line}


def _key(option: Option) -> str:
    return option.name.lstrip("-")


def _typed(option: Option, value: object, file: str) -> Typed:
    """Return a value of TOML as it would be typed."""
    if option.kind.is_flag:
        if not isinstance(value, bool):
            raise BadSetting(f"{file}: {_key(option)} must be true or false.")
        return value
    if option.kind.form == "repeated":
        return list(_texts(value if isinstance(value, list) else [value], option, file))
    parts = value if isinstance(value, list) else [value]
    if option.kind is PATH and len(parts) != 1:
        raise BadSetting(f"{file}: {_key(option)} must be one path.")
    return ",".join(_texts(parts, option, file))


def _texts(values: list[object], option: Option, file: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, bool) and option.kind.choices:
            yield "on" if value else "off"
        elif isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield str(value)
        else:
            raise BadSetting(f"{file}: {_key(option)} must be a number, a text or a list of them.")
