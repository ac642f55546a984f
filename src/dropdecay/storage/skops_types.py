"""The fitted encoder <-> bytes without code: a skops file, and the closed list of its types.

skops itself trusts all of scikit-learn and more. Here every type and every loader is looked up in
our own list before skops sees the file. The list contains what ``table.encode`` needs and the plain
scalers of scikit-learn. Before adding a type, read its code: could it run anything, import a module
or open a file because of the values of its attributes? ``encoder_contents`` says which it may have.
"""

import io
import json
import math
import zipfile
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dropdecay.checked_json import unique_keys
from dropdecay.errors import BadInput, BadModel
from dropdecay.file_limits import ENCODER
from dropdecay.safe_text import reason_of, visible
from dropdecay.selection.jsonable import JsonObject
from dropdecay.storage.encoder_contents import OddContents, check_contents
from dropdecay.storage.skops_nodes import PROTOCOL, Builder
from dropdecay.table.skrub_folder import need_no_home

LOADERS = {
    "DictNode": {"builtins.dict"},
    "ListNode": {"builtins.list"},
    "TupleNode": {"builtins.tuple"},
    "SetNode": {"builtins.set"},
    "SliceNode": {"builtins.slice"},
    "JsonNode": {"builtins.str"},
    "DTypeNode": {"numpy.dtype"},
    "TypeNode": {
        "builtins.bool",
        "builtins.float",
        "builtins.int",
        "builtins.str",
        "numpy.float32",
        "numpy.float64",
        "numpy.int64",
    },
    "NdArrayNode": {
        "numpy.bool",
        "numpy.float32",
        "numpy.float64",
        "numpy.int32",
        "numpy.int64",
        "numpy.ndarray",
        "numpy.str_",
    },
    "ObjectNode": {
        "dropdecay.table.columns.Columns",
        "dropdecay.table.encode.Matrix",
        "dropdecay.table.encode.Vectorizer",
        "dropdecay.table.numeric_encoding.Periodic",
        "dropdecay.table.numeric_encoding.PiecewiseLinear",
        "dropdecay.table.scaling.Scaler",
        "dropdecay.table.text.TextEncoder",
        "sklearn.decomposition._truncated_svd.TruncatedSVD",
        "sklearn.feature_extraction.text.TfidfTransformer",
        "sklearn.feature_extraction.text.TfidfVectorizer",
        "sklearn.pipeline.Pipeline",
        "sklearn.preprocessing._data.MaxAbsScaler",
        "sklearn.preprocessing._data.MinMaxScaler",
        "sklearn.preprocessing._data.RobustScaler",
        "sklearn.preprocessing._data.StandardScaler",
        "sklearn.preprocessing._encoders.OneHotEncoder",
        "skrub._datetime_encoder.DatetimeEncoder",
        "skrub._squashing_scaler.SquashingScaler",
        "skrub._squashing_scaler._MinMaxScaler",
        "skrub._to_str.ToStr",
    },
}
"""The loaders of skops that may be used, and the types that each may load."""

TRUSTED = sorted(set().union(*LOADERS.values()))


def encoder_bytes(encoder: object) -> bytes:
    """Return a fitted encoder as the bytes of a skops file.

    Raises
    ------
    BadInput
        If the encoder contains a type, or a type an attribute, that is not in the list and so could
        not be loaded.
    """
    # skops takes a second to import, two if torch is installed: import it only when needed.
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        data: bytes = skops.io.dumps(encoder, compression=zipfile.ZIP_DEFLATED)
        unlisted = _unlisted_types(_schema(data, "The encoder"))
        if not unlisted:
            check_contents(encoder)
    except (UnsupportedTypeException, TypeError, ValueError) as error:
        raise BadInput(f"This encoder cannot be saved: {reason_of(error)}. {_INSTEAD}") from None
    if unlisted:
        raise BadInput(
            f"This encoder cannot be saved: it contains {_named(unlisted)}, which could not be "
            f"loaded again, since loading must not run code. {_INSTEAD}"
        )
    return data


_INSTEAD = "Use encoder='auto', or encode the rows before fitting and pass encoder=None."


def encoder_from_bytes(data: bytes, file: str) -> object:
    """Return the fitted encoder in the bytes of a skops file; no code can run.

    Raises
    ------
    BadModel
        If the bytes are not such a file, if it asks for too much memory, or if it contains a type,
        or a type an attribute, that is not in the list.
    """
    try:
        schema = _schema(data, file)
        unlisted = _unlisted_types(schema)
        if not unlisted:
            _check_identities(schema)
            _check_memory(data)
            encoder = _built(data, schema)
            check_contents(encoder)
    except BadModel:
        raise
    except OddContents as error:
        raise BadModel(
            f"{file} was not written by dropdecay: {reason_of(error)}. The file may be malicious. "
            "Do not use it."
        ) from None
    except Exception as error:  # noqa: BLE001  # damaged bytes fail anywhere inside zip, JSON, numpy and skops
        raise BadModel(
            f"{file} is damaged ({type(error).__name__}). Copy the model again or fit it again."
        ) from None
    if unlisted:
        raise BadModel(
            f"{file} contains {_named(unlisted)}, which no dropdecay model contains. The file may "
            "be malicious. Do not use it."
        )
    return encoder


def _built(data: bytes, schema: JsonObject) -> object:
    need_no_home()
    if schema.get("protocol") == PROTOCOL:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return Builder(archive).build(schema)
    import skops.io  # only when needed, as above

    return skops.io.loads(data, trusted=TRUSTED)


def _schema(data: bytes, file: str) -> JsonObject:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        ENCODER.check(file, size, len(data), BadModel)
        schema: JsonObject = json.loads(archive.read("schema.json"), object_pairs_hook=unique_keys)
        return schema


def _unlisted_types(schema: JsonObject) -> list[str]:
    """Return the types in a schema that are not in the list."""
    unlisted = set()
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        loader, name = node["__loader__"], _type_name(node)
        if loader not in LOADERS:
            unlisted.add(f"{name} (by {loader})")
        elif name not in LOADERS[loader]:
            unlisted.add(name)
        else:
            waiting.extend(_parts(loader, name, node))
    return sorted(unlisted)


def _type_name(node: JsonObject) -> str:
    return f"{node['__module__']}.{node['__class__']}"


def _named(unlisted: Sequence[str]) -> str:
    return ", ".join(visible(each, 100) for each in unlisted[:3])


def _parts(loader: str, name: str, node: JsonObject) -> Iterable[JsonObject]:
    """Return the nodes that skops would load along with this one."""
    content = node.get("content")
    if loader == "DictNode":
        return [node["key_types"], *node["content"].values()]
    if loader in ("ListNode", "TupleNode", "SetNode"):
        return node["content"]  # type: ignore[no-any-return]  # JSON
    if loader == "NdArrayNode":
        return [node["shape"], *node["content"]] if node["type"] == "json" else []
    if loader == "ObjectNode" and content is not None:
        if name.endswith(".Pipeline") and content["content"]["memory"]["content"] != "null":
            raise ValueError("a pipeline with a cache, which would be read with pickle")
        return [content]
    return [node["content"]] if loader == "DTypeNode" else []


def _check_identities(schema: JsonObject) -> None:
    """Reject a node that stands for another one, and an array file that is read more than once.

    Of nodes with the same name only the first is built, so what is checked in another one would
    not be what is used.
    """
    first: dict[object, JsonObject] = {}
    files: dict[object, object] = {}
    for node in _nodes(schema):
        name = node.get("__id__")
        same = first.setdefault(name, node)
        if name is not None and same is not node and _nameless(same) != _nameless(node):
            raise OddContents("two different parts have the same name")
        if "file" in node and files.setdefault(node["file"], name) != name:
            raise OddContents("two parts share an array")


def _nameless(node: object) -> object:
    """Return a node without names: parts of an object that is saved twice get new ones."""
    if isinstance(node, dict):
        return {key: _nameless(value) for key, value in node.items() if key != "__id__"}
    return list(map(_nameless, node)) if isinstance(node, list) else node


def _nodes(schema: JsonObject) -> Iterator[JsonObject]:
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(_parts(node["__loader__"], _type_name(node), node))


def _check_memory(data: bytes) -> None:
    """Reject an array whose header claims more memory than its bytes fill."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".npy"):
                continue
            with archive.open(entry) as stream:
                if np.lib.format.read_magic(stream) != (1, 0):
                    raise ValueError("an array in a format other than ours")
                shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
                if math.prod(shape) * dtype.itemsize > entry.file_size:
                    raise ValueError("an array larger than its file")
