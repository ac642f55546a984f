"""scikit-learn's callbacks, new in its version 1.9; before that, names that do nothing."""

from collections.abc import Callable
from typing import NoReturn, TypeVar

import sklearn

from dropdecay.errors import BadInput

__all__ = ["CallbackContext", "CallbackSupportMixin", "with_callbacks"]

Method = TypeVar("Method", bound=Callable[..., object])

try:
    from sklearn.callback import CallbackContext, CallbackSupportMixin, with_callbacks
except ModuleNotFoundError:

    class CallbackContext:  # type: ignore[no-redef]
        """A task of a fit that nobody listens to."""

        def subcontext(self, **described: object) -> "CallbackContext":
            """Return a task below this one."""
            return self

        def call_on_fit_task_begin(self, **data: object) -> None:
            """Tell nobody that the task begins."""

        def call_on_fit_task_end(self, **data: object) -> bool:
            """Tell nobody that the task is done; nobody asks to stop."""
            return False

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An estimator that takes no callbacks, and says so."""

        def set_callbacks(self, *callbacks: object) -> NoReturn:
            """Refuse callbacks, which would never be called."""
            raise BadInput(
                "Callbacks need scikit-learn 1.9 or later; this is version "
                f"{sklearn.__version__}. Update it, or fit without callbacks."
            )

        def _init_callback_context(self, max_subtasks: int | None) -> CallbackContext:
            return CallbackContext()

    def with_callbacks(method: Method) -> Method:
        """Return the method as it is."""
        return method
