"""Matrix products: BLAS called by address.

The address is an argument, never a global: a function pointer in a global would switch numba's
disk cache off. Numba's own ``np.dot`` uses SciPy's BLAS; the copy NumPy brings can be faster on
our shapes (109 against 140 microseconds a step), so it is looked up at start-up by what is there.
"""

import contextlib
import ctypes
from functools import cache
from typing import Any, NamedTuple

import threadpoolctl
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import get_cython_function_address, intrinsic

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import kernel


class Blas(NamedTuple):
    """Where the Fortran routines ``sgemm`` and ``dgemm`` lie, and whether they count in 64 bits."""

    sgemm: int
    dgemm: int
    wide: bool


_SYMBOLS = (  # 32-bit routine, 64-bit routine, counts in 64 bits; names differ between builds
    ("scipy_sgemm_64_", "scipy_dgemm_64_", True),
    ("sgemm_64_", "dgemm_64_", True),
    ("scipy_sgemm_", "scipy_dgemm_", False),
    ("sgemm_", "dgemm_", False),
)


@cache
def find_blas() -> tuple[Blas, str]:
    """Return the BLAS to call and a line that names it.

    NumPy's own copy where it can be found, else the one SciPy exports to Cython, which is always
    there.
    """
    loaded = [part for part in threadpoolctl.threadpool_info() if part["user_api"] == "blas"]
    loaded.sort(key=lambda part: "numpy" not in part["filepath"])
    for part in loaded:
        library = ctypes.CDLL(part["filepath"])
        for single, double, wide in _SYMBOLS:
            with contextlib.suppress(AttributeError):
                sgemm, dgemm = (
                    ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
                    for name in (single, double)
                )
                name = f"{part['internal_api']} {part['version']} ({part.get('architecture', '?')})"
                return Blas(sgemm, dgemm, wide), name
    return scipy_blas(), "SciPy's BLAS"


def scipy_blas() -> Blas:
    """Return the BLAS that SciPy exports to Cython."""
    module = "scipy.linalg.cython_blas"
    single, double = (get_cython_function_address(module, name) for name in ("sgemm", "dgemm"))
    return Blas(single, double, wide=False)


def _gemm_intrinsic(integer: ir.IntType):  # type: ignore[no-untyped-def]  # returns numba's own kind
    """Build the call of a column-major Fortran ``gemm`` whose integers are of this width."""

    @intrinsic
    def call(typing, address, turn_a, turn_b, m, n, k, a, lda, b, ldb, c, ldc):  # type: ignore[no-untyped-def]
        signature = types.void(address, turn_a, turn_b, m, n, k, a, lda, b, ldb, c, ldc)

        def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
            number = context.get_value_type(a.dtype)

            def by_reference(value: Any) -> Any:
                return cgutils.alloca_once_value(builder, value)  # type: ignore[no-untyped-call]

            def letter(turned: Any) -> Any:
                byte = ir.IntType(8)
                chosen = builder.select(
                    builder.trunc(turned, ir.IntType(1)), byte(ord("T")), byte(ord("N"))
                )
                return by_reference(chosen)

            def count(value: Any) -> Any:
                return by_reference(builder.trunc(value, integer) if integer.width < 64 else value)

            def data(position: int) -> Any:
                array = context.make_array(sig.args[position])(context, builder, args[position])
                return array.data

            values = (
                letter(args[1]), letter(args[2]), count(args[3]), count(args[4]), count(args[5]),
                by_reference(number(1.0)), data(6), count(args[7]), data(8), count(args[9]),
                by_reference(number(0.0)), data(10), count(args[11]),
            )  # fmt: skip
            kind = ir.FunctionType(ir.VoidType(), [value.type for value in values])
            builder.call(builder.inttoptr(args[0], kind.as_pointer()), values)
            return context.get_dummy_value()

        return signature, generate

    return call


_gemm_32 = _gemm_intrinsic(ir.IntType(32))
_gemm_64 = _gemm_intrinsic(ir.IntType(64))


@kernel
def blas_product(
    blas: Blas,
    turn_a: int,  # 1: use the transpose of a
    turn_b: int,  # 1: use the transpose of b
    a: Floating,  # 2-D, C order
    b: Floating,  # 2-D, C order
    out: Floating,  # 2-D, C order, written: op(a) @ op(b)
) -> None:
    """Multiply two matrices with the BLAS; C order is column-major read the other way round."""
    address = blas.sgemm if out.itemsize == 4 else blas.dgemm
    m, n = out.shape
    k = a.shape[0] if turn_a else a.shape[1]
    lda, ldb = a.shape[1], b.shape[1]
    if blas.wide:
        _gemm_64(address, turn_b, turn_a, n, m, k, b, ldb, a, lda, out, n)
    else:
        _gemm_32(address, turn_b, turn_a, n, m, k, b, ldb, a, lda, out, n)
