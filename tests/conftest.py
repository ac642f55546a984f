"""What all tests share: hypothesis without deadline, since first calls compile; derandomized.

Models beside the network are fitted on the folds of the surface in most tests, on further cuts in
their own alone: that is most of what a small fit takes.
"""

import importlib.util

from hypothesis import HealthCheck, settings

from dropdecay.baselines import judge

judge.SECONDS = 0.3

settings.register_profile(
    "house",
    deadline=None,
    derandomize=True,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")

if importlib.util.find_spec("torch"):
    import torch

    torch.set_num_threads(1)  # the small products of tests are many times slower with more
