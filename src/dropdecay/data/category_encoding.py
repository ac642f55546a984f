"""How categories reach a network: one-hot, or by embeddings that it learns."""

from dropdecay.data.encoding import Encoding
from dropdecay.errors import BadSetting, Parameter
from dropdecay.settings import check_choice

ONE_HOT, EMBEDDING = "one_hot", "embedding"
CATEGORY_ENCODINGS = (ONE_HOT, EMBEDDING)


def embeds(name: object) -> bool:
    """Return whether an encoding of categories is one by embeddings.

    Raises
    ------
    BadSetting
        If there is no encoding of this name.
    """
    return check_choice("category_encoding", name, CATEGORY_ENCODINGS) == EMBEDDING


def check_embeds(name: object, encoding: Encoding) -> None:
    """Refuse embeddings of categories where rows have none, or are encoded by a user's encoder.

    Raises
    ------
    BadSetting
    """
    if embeds(name) and encoding.reading is None:
        raise BadSetting(
            Parameter("category_encoding"), " needs a DataFrame and ",
            Parameter("encoder", "auto"), ", which knows its columns of categories. Give these, or "
            "leave it out.",
        )  # fmt: skip
