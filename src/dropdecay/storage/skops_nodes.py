"""Nodes of a skops file -> objects, for the few kinds of nodes that a fitted encoder has.

skops itself would do; but it imports what it could ever load, torch too where that is installed:
seconds for a command that predicts a few rows. Every type was looked up in our own list before.
"""

import io
import json
from collections.abc import Callable
from importlib import import_module
from zipfile import ZipFile

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.selection.jsonable import JsonObject

PROTOCOL = 2
"""The version of skops's format that is read here."""

Node = JsonObject


class Builder:
    """Builds the objects of one file; a node that is named twice becomes one object.

    Parameters
    ----------
    archive : ZipFile
    """

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self._built: dict[object, object] = {}

    def build(self, node: Node) -> object:
        """Return the object of a node, by the loader that the node names."""
        name = node.get("__id__")
        if name is not None and name in self._built:
            return self._built[name]
        made = BUILD[node["__loader__"]](self, node)
        if name is not None:
            self._built[name] = made
        return made

    def _each(self, nodes: object) -> list[object]:
        return [self.build(node) for node in nodes]  # type: ignore[attr-defined]  # a JSON list

    def _dict(self, node: Node) -> dict[object, object]:
        kinds: list[type] = self.build(node["key_types"])  # type: ignore[assignment]  # listed types
        found = zip(kinds, node["content"].items(), strict=True)
        return {kind(key): self.build(value) for kind, (key, value) in found}

    def _slice(self, node: Node) -> slice:
        content = node["content"]
        return slice(content["start"], content["stop"], content["step"])

    def _array(self, node: Node) -> object:
        if node["type"] == "numpy":
            data = io.BytesIO(self._archive.read(node["file"]))
            array: AnyArray = np.load(data, allow_pickle=False)
            kind = _type_of(node)
            return array if kind is np.ndarray else kind(array)
        shape: tuple[int, ...] = self.build(node["shape"])  # type: ignore[assignment]  # of a list
        array = np.empty(len(node["content"]), dtype=object)
        array[:] = self._each(node["content"])
        return array.reshape(shape)

    def _dtype(self, node: Node) -> object:
        return self.build(node["content"]).dtype  # type: ignore[attr-defined]  # an empty array

    def _object(self, node: Node) -> object:
        kind = _type_of(node)
        made: object = object.__new__(kind)
        state = None if node.get("content") is None else self.build(node["content"])
        if state is None:
            return made
        if hasattr(made, "__setstate__"):
            made.__setstate__(state)
        else:
            vars(made).update(state)  # type: ignore[call-overload]  # a dict of attributes
        return made


def _type_of(node: Node) -> type:
    kind: type = getattr(import_module(node["__module__"]), node["__class__"])
    return kind


BUILD: dict[str, Callable[[Builder, Node], object]] = {
    "DictNode": Builder._dict,
    "ListNode": lambda builder, node: builder._each(node["content"]),
    "TupleNode": lambda builder, node: tuple(builder._each(node["content"])),
    "SetNode": lambda builder, node: set(builder._each(node["content"])),
    "SliceNode": Builder._slice,
    "JsonNode": lambda _, node: json.loads(node["content"]),
    "TypeNode": lambda _, node: _type_of(node),
    "DTypeNode": Builder._dtype,
    "NdArrayNode": Builder._array,
    "ObjectNode": Builder._object,
}
