"""Docstrings that the package composes when it is imported, for the reference.

mkdocstrings reads sources without running them; the docstrings of estimators are put together of
parts that several share, so their text is asked of the class itself.
"""

from importlib import import_module
from typing import Any

from griffe import Class, Docstring, Extension


class ComposedDocstrings(Extension):
    """Give every class without a docstring in its source the one that it has when imported."""

    def on_class_instance(self, *, cls: Class, **_: Any) -> None:
        """Fill in the docstring of one class."""
        if cls.docstring is not None or cls.parent is None or not cls.parent.is_module:
            return
        if not cls.path.startswith(("dropdecay.estimators.", "dropdecay.torch.")):
            return
        found = getattr(import_module(cls.parent.path), cls.name, None)
        if found is not None and found.__doc__:
            cls.docstring = Docstring(found.__doc__, parent=cls, parser="numpy")
