"""One thread: networks this small are slower on two, and far slower beside other work."""

import pytest


@pytest.fixture(autouse=True)
def _one_thread():
    import torch  # here, since without it the tests of this folder are skipped

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
