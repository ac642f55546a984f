import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from dropdecay.engine.torch_masks import (
    decisions,
    draw_by_tensors,
    draw_decisions,
    draw_normals_by_tensors,
)
from dropdecay.kernels import masks, noise
from tests.reference.philox import decision, philox

CPU = torch.device("cpu")
WORDS = st.integers(0, 2**32 - 1)
CASES = [  # key, step, stream, n_elements, call
    ((0, 0), 1, 0, 1, 0),
    ((123456789, 987654321), 5, 2, 300, 0),
    ((2**32 - 1, 2**31), 2**31 + 7, 3 | 2 << 16, 128, 1),
    ((2**31, 2**32 - 1), 2**32 - 1, 2**32 - 1, 4097, 2**32 - 1),
    ((7, 1), 1, 1, 40000, 1),
]


def by_kernel(key, step, stream, n_elements, call):
    out = np.empty(masks.padded(n_elements), np.uint16)
    masks.draw_decisions(0, step, stream, call, np.array(key, np.uint32), out)
    return out[:n_elements].tolist()


def by_tensors(key, step, stream, n_elements, call, dtype=torch.int32):
    out = torch.empty(n_elements, dtype=dtype)
    draw_by_tensors(out, np.array(key, np.uint32), step, stream, call)
    return out.tolist()


@pytest.mark.parametrize(("key", "counter", "words"), [
    ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((2**32 - 1,) * 2, (0, *(2**32 - 1,) * 3), None),
    ((0xA4093822, 0x299F31D0), (0, 0x85A308D3, 0x13198A2E, 0x03707344), None),
])  # fmt: skip
def test_the_first_block_is_philox_of_the_counter(key, counter, words):
    """The first words are the known answer of Random123; the others are our reference's."""
    expected = words or philox(counter, key)
    halves = [half for word in expected for half in (word & 0xFFFF, word >> 16)]
    _, step, stream, call = counter
    assert by_tensors(key, step, stream, 128, call)[::16] == halves
    drawn = decisions(np.array(key, np.uint32), step, stream, 128, CPU, call)
    assert drawn[::16].tolist() == halves


def test_decisions_follow_the_layout_element_by_element():
    key = (123456789, 987654321)
    expected = [decision(element, 5, 2, key) for element in range(300)]
    assert decisions(np.array(key, np.uint32), 5, 2, 300, CPU).tolist() == expected
    assert by_tensors(key, 5, 2, 300, 0) == expected


@given(
    key=st.tuples(WORDS, WORDS), step=WORDS, stream=WORDS, call=WORDS,
    n_elements=st.integers(1, 3000),
)  # fmt: skip
def test_tensor_operations_give_the_bits_of_the_kernel(key, step, stream, n_elements, call):
    expected = by_kernel(key, step, stream, n_elements, call)
    assert by_tensors(key, step, stream, n_elements, call) == expected
    drawn = decisions(np.array(key, np.uint32), step, stream, n_elements, CPU, call)
    assert drawn.dtype == torch.int32
    assert drawn.tolist() == expected


@pytest.mark.parametrize("draw", [draw_decisions, draw_by_tensors])
@pytest.mark.parametrize("dtype", [torch.int32, torch.float32, torch.float64])
def test_a_step_may_be_a_tensor_and_decisions_may_be_floats(draw, dtype):
    key = np.array([1, 2], np.uint32)
    out = torch.empty((3, 50), dtype=dtype)
    draw(out, key, torch.tensor([9]), 4, 0)
    assert out.view(-1).tolist() == by_kernel((1, 2), 9, 4, 150, 0)


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="Triton is not installed")
def test_triton_gives_the_bits_of_the_kernel():
    """In Triton's interpreter, which must be switched on before Triton is imported."""
    code = f"""
import numpy as np, torch
from dropdecay.engine.torch_masks_triton import draw
for key, step, stream, n_elements, call in {CASES!r}:
    for number, dtype in ((step, torch.int32), (torch.tensor([step]), torch.float32)):
        out = torch.full((n_elements + 1,), -1, dtype=dtype)
        draw(out[:-1], np.array(key, np.uint32), number, stream, call)
        print(*out.int().tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "TRITON_INTERPRET": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    drawn = [[int(word) for word in line.split()] for line in done.stdout.splitlines()]
    expected = [[*by_kernel(*case), -1] for case in CASES for _ in range(2)]
    assert drawn == expected


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("dtype", [torch.int32, torch.float32, torch.float64])
def test_a_gpu_gives_the_bits_of_the_kernel(dtype):
    for key, step, stream, n_elements, call in CASES:
        for number in (step, torch.tensor([step], device="cuda")):
            out = torch.full((n_elements + 1,), -1, dtype=dtype, device="cuda")
            draw_decisions(out[:-1], np.array(key, np.uint32), number, stream, call)
            expected = by_kernel(key, step, stream, n_elements, call)
            assert out.cpu().int().tolist() == [*expected, -1]


@pytest.mark.parametrize("shape", [(1,), (7, 3), (64, 33)])
def test_normal_numbers_of_tensors_are_those_of_the_kernel(shape):
    key, theirs = np.array([2**31, 2**32 - 1], np.uint32), np.empty(shape)
    ours = torch.empty(shape, dtype=torch.float64)
    draw_normals_by_tensors(ours, key, torch.tensor([2**31 + 7]))
    noise.draw_normals(2**31 + 7, key, theirs.reshape(-1))
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-12, atol=1e-15)
