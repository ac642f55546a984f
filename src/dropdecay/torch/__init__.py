"""Surfaces over networks of the user's own: any ``torch.nn.Module``.

Importing it imports torch, which ``pip install "dropdecay[torch]"`` brings.
"""

from dropdecay.engine.choose import import_torch
from dropdecay.errors import Parameter

import_torch(Parameter("dropdecay.torch"))

from dropdecay.torch.dropout import Dropout  # noqa: E402  # after torch is known to be there
from dropdecay.torch.module_cv import (  # noqa: E402
    ModuleClassifierCV,
    ModuleCV,
    ModuleRegressorCV,
)

__all__ = ["Dropout", "ModuleCV", "ModuleClassifierCV", "ModuleRegressorCV"]
