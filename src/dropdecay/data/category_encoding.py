"""How categories reach a network: one-hot, or by embeddings that it learns."""

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


def check_embeds(name: object, encoder: object) -> None:
    """Refuse embeddings of categories that the user's own encoder would hide.

    Raises
    ------
    BadSetting
    """
    is_auto = isinstance(encoder, str) and encoder == "auto"
    if embeds(name) and not is_auto:
        raise BadSetting(
            Parameter("category_encoding"), " by embeddings needs ", Parameter("encoder", "auto"),
            ", which knows the columns of categories. Leave out one of the two.",
        )  # fmt: skip
