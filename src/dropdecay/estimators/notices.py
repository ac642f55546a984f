"""Notices of a search: told at once, and kept."""

from dropdecay.search import OnNotice


def heard_too(heard: list[str], on_notice: OnNotice | None) -> OnNotice:
    """Return what keeps a notice before it passes it on, each of them once."""

    def hear(sentence: str) -> None:
        if sentence in heard:
            return
        heard.append(sentence)
        if on_notice is not None:
            on_notice(sentence)

    return hear
