"""Parameters of module and optimizer by a prefix, as in skorch: ``module__width=64``."""

from collections.abc import Mapping
from typing import Any, Self

from sklearn.base import BaseEstimator

from dropdecay.torch.own_words import habit

PREFIXES = ("module__", "optimizer__")


class PrefixedParametersMixin(BaseEstimator):
    """An estimator whose ``__init__`` also takes any parameter that begins with a prefix."""

    _arguments: dict[str, Any]

    def _keep_parameters(self, given: Mapping[str, Any]) -> None:
        """Store the arguments of ``__init__`` unchanged, as scikit-learn requires."""
        arguments = given["arguments"]
        for name in arguments:
            if not name.startswith(PREFIXES):
                how = habit(name) or (
                    f"Arguments of the module are given as module__{name}=..., those of the "
                    f"optimizer as optimizer__{name}=..."
                )
                raise TypeError(f"{type(self).__name__} has no parameter {name!r}. {how}")
        for name in type(self)._get_param_names():
            setattr(self, name, given[name])
        self._arguments = dict(arguments)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return all parameters, those of module and optimizer included."""
        own = {name: getattr(self, name) for name in type(self)._get_param_names()}
        return {**own, **self._arguments}

    def set_params(self, **params: Any) -> Self:
        """Set parameters; those of module and optimizer by their prefixes."""
        own = set(type(self)._get_param_names())
        for name, value in params.items():
            if name.startswith(PREFIXES):
                self._arguments[name] = value
            elif name in own:
                setattr(self, name, value)
            else:
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}.")
        return self

    def _arguments_of(self, prefix: str) -> dict[str, Any]:
        return {
            name.removeprefix(prefix): value for name, value in self._arguments.items()
            if name.startswith(prefix)
        }  # fmt: skip
