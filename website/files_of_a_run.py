"""The files of a run and the JSON of every command, field by field, from the published schemas."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dropdecay.commands.about_install import SCHEMAS, schema_text

Schema = Mapping[str, Any]

HEAD = "| field | type | what it is |\n|---|---|---|"


def files_of_a_run() -> str:
    """Return a section for each schema, with a row for every field."""
    return "\n\n".join(map(_section, SCHEMAS))


def _section(command: str) -> str:
    rows = [f"| {' | '.join(row)} |" for row in fields_of(command)]
    also = " and `summary.json`" if command == "fit" else ""
    return "\n\n".join([
        f"## dropdecay {command} --json{also}",
        f"`dropdecay info --schema {command}` prints the schema itself.",
        "\n".join([HEAD, *rows]),
    ])  # fmt: skip


def fields_of(command: str) -> list[tuple[str, str, str]]:
    """Return path, type and description of every field that a command prints with --json."""
    schema = json.loads(schema_text(command))
    return list(_rows(schema, schema, ""))


def _rows(schema: Schema, root: Schema, above: str) -> Iterator[tuple[str, str, str]]:
    for name, given in schema.get("properties", {}).items():
        field = _resolved(given, root)
        path = f"{above}{name}"
        optional = "" if name in schema.get("required", ()) else " Not always there."
        text = f"{field.get('description', '')}{optional}".strip()
        yield f"`{path}`", _type(field), text.replace("|", "\\|")
        inner = _resolved(field.get("items", {}), root) if "items" in field else field
        dots = "[]." if "items" in field else "."
        yield from _rows(inner, root, f"{path}{dots}")


def _resolved(field: Schema, root: Schema) -> Schema:
    reference = field.get("$ref")
    if reference is None:
        return field
    found: Schema = root["$defs"][reference.removeprefix("#/$defs/")]
    return {**found, **{key: value for key, value in field.items() if key != "$ref"}}


def _type(field: Schema) -> str:
    if "const" in field:
        return f"always {json.dumps(field['const'])}"
    if "enum" in field:
        return ", ".join(json.dumps(each) for each in field["enum"])
    kinds = field.get("type", "any")
    return " or ".join([kinds] if isinstance(kinds, str) else kinds)
