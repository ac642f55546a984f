"""One thread: networks this small are slower on two, and far slower beside other work."""

from tests.zoo.conftest import _one_thread  # noqa: F401  # the same as there
