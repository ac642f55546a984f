"""matplotlib, which only those need who draw pictures."""

from types import ModuleType

from dropdecay.errors import BadInput


def pyplot() -> ModuleType:
    """Return matplotlib's pyplot; an error says how to install it."""
    try:
        from matplotlib import pyplot
    except ImportError:
        raise BadInput(
            'Pictures need matplotlib. Install it: pip install "dropdecay[pictures]".'
        ) from None
    return pyplot
