"""The fitted encoder <-> bytes that hold no code: a skops file, and the closed list of its types.

skops alone trusts all of scikit-learn and more. Here every type and every way of loading is looked
up in our own list, before skops sees the file; the list is what ``table.encode`` needs, and the
plain scalers of scikit-learn. To add a type, read its code first: does anything of it run, import
or open a file because of what its attributes hold?
"""

import io
import json
import math
import zipfile
from collections.abc import Iterable, Sequence

import numpy as np

from dropdecay.errors import BadInput, BadModel
from dropdecay.safe_text import reason_of, visible
from dropdecay.selection.jsonable import JsonObject

MAX_ENCODER_BYTES = 2**29  # unpacked
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
"""How skops may load what: the loader, and the types it may load."""

TRUSTED = sorted(set().union(*LOADERS.values()))


def encoder_bytes(encoder: object) -> bytes:
    """Return a fitted encoder as the bytes of a skops file.

    Raises
    ------
    BadInput
        If the encoder is too large, or has a type outside the list and so could not be loaded.
    """
    # skops takes a second to import, two where torch is installed: not before an encoder is there.
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        data: bytes = skops.io.dumps(encoder, compression=zipfile.ZIP_DEFLATED)
        strange = _strange_types(_schema(data))
    except (UnsupportedTypeException, TypeError, ValueError) as error:
        raise BadInput(f"This encoder cannot be saved: {reason_of(error)}. {_INSTEAD}") from None
    if strange:
        raise BadInput(
            f"This encoder cannot be saved: it holds {_named(strange)}, which would not be "
            f"loaded again, since loading must not run code. {_INSTEAD}"
        )
    return data


_INSTEAD = "Use encoder='auto', or encode the rows before the fit and pass encoder=None."


def encoder_from_bytes(data: bytes, file: str) -> object:
    """Return the fitted encoder in the bytes of a skops file; nothing in them can run.

    Raises
    ------
    BadModel
        If the bytes are no such file, or it names a type outside the list.
    """
    try:
        strange = _strange_types(_schema(data))
        if not strange:
            import skops.io  # late, as above

            _check_memory(data)
            encoder = skops.io.loads(data, trusted=TRUSTED)
    except Exception as error:  # noqa: BLE001  # damaged bytes fail anywhere inside zip, JSON, numpy and skops
        raise BadModel(
            f"{file} is damaged ({type(error).__name__}). Copy the model again or fit it again."
        ) from None
    if strange:
        raise BadModel(
            f"{file} holds {_named(strange)}, which no model of dropdecay has. It may be "
            "made to do harm. Do not use it."
        )
    return encoder


def _schema(data: bytes) -> JsonObject:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
        if size > MAX_ENCODER_BYTES:
            raise ValueError("larger than any encoder")
        schema: JsonObject = json.loads(archive.read("schema.json"), object_pairs_hook=unique_keys)
        return schema


def unique_keys(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Make a JSON object without duplicate keys: readers differ in which of them counts."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def _strange_types(schema: JsonObject) -> list[str]:
    """Return what the schema would load that is not in the list."""
    strange = set()
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        loader, name = node["__loader__"], f"{node['__module__']}.{node['__class__']}"
        if loader not in LOADERS:
            strange.add(f"{name} (by {loader})")
        elif name not in LOADERS[loader]:
            strange.add(name)
        else:
            waiting.extend(_parts(loader, name, node))
    return sorted(strange)


def _named(strange: Sequence[str]) -> str:
    return ", ".join(visible(each, 100) for each in strange[:3])


def _parts(loader: str, name: str, node: JsonObject) -> Iterable[JsonObject]:
    """Return the nodes that skops would load with this one."""
    content = node.get("content")
    if loader == "DictNode":
        return [node["key_types"], *node["content"].values()]
    if loader in ("ListNode", "TupleNode", "SetNode"):
        return node["content"]  # type: ignore[no-any-return]  # JSON
    if loader == "NdArrayNode":
        return [node["shape"], *node["content"]] if node["type"] == "json" else []
    if loader == "ObjectNode" and content is not None:
        if name.endswith(".Pipeline") and content["content"]["memory"]["content"] != "null":
            raise ValueError("a pipeline with a cache, which is read with pickle")
        return [content]
    return [node["content"]] if loader == "DTypeNode" else []


def _check_memory(data: bytes) -> None:
    """Refuse an array whose header asks for more memory than its bytes fill."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for entry in archive.infolist():
            if not entry.filename.endswith(".npy"):
                continue
            with archive.open(entry) as stream:
                if np.lib.format.read_magic(stream) != (1, 0):
                    raise ValueError("an array in another format than ours")
                shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
                if math.prod(shape) * dtype.itemsize > entry.file_size:
                    raise ValueError("an array larger than its file")
