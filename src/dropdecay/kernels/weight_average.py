"""The running average of parameters over steps."""

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import inner_kernel


@inner_kernel
def average_in(
    average: Floating,  # (n_params,), updated in place
    params: Floating,  # (n_params,) after the step
    memory: float,  # what an older step counts against the one after it, (0, 1)
    step: int,  # counts from 1
) -> None:
    """Make an average over steps one with the latest step in it.

    Step s of t counts memory ** (t - s): an exponential moving average whose bias towards its
    start is removed as Adam does it (Kingma & Ba 2015, section 7.2; Polyak & Juditsky 1992).
    """
    share = average.dtype.type((1.0 - memory) / (1.0 - memory**step))
    for i in range(average.size):
        average[i] += share * (params[i] - average[i])
