"""A dropout layer for modules that are written with a surface in mind."""

from torch import nn


class Dropout(nn.Dropout):
    """``torch.nn.Dropout``, by a name that says a surface sets its rate.

    Any dropout of torch is found without it; it marks a place where dropout shall be tried although
    its own rate is 0.

    Parameters
    ----------
    p : float, default 0.0
        The rate outside a surface.
    """

    def __init__(self, p: float = 0.0) -> None:
        super().__init__(p)
