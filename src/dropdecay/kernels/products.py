"""Matrix products: BLAS called through its address.

The address is an argument, never a global: a function pointer in a global would switch numba's
disk cache off. Numba's own ``np.dot`` uses SciPy's BLAS; the copy bundled with NumPy can be faster
for our shapes (109 against 140 microseconds per step), so it is looked up when first needed.
"""

import contextlib
import ctypes
from functools import cache
from typing import NamedTuple

import threadpoolctl
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import get_cython_function_address, intrinsic

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import kernel


class Blas(NamedTuple):
    """Addresses of Fortran's ``sgemm`` and ``dgemm``, and whether their integers have 64 bits."""

    sgemm: int
    dgemm: int
    wide: bool


_SYMBOLS = (  # float32, float64, whether integers have 64 bits; names differ between builds
    ("scipy_sgemm_64_", "scipy_dgemm_64_", True),
    ("sgemm_64_", "dgemm_64_", True),
    ("scipy_sgemm_", "scipy_dgemm_", False),
    ("sgemm_", "dgemm_", False),
)


@cache
def find_blas() -> tuple[Blas, str]:
    """Return the BLAS to call and a line that names it.

    NumPy's own copy if it can be found, otherwise the one SciPy exports to Cython, which always
    exists.
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


def _gemm_intrinsic(width: ir.IntType):  # type: ignore[no-untyped-def]  # returns a numba intrinsic
    """Build the call of a column-major Fortran ``gemm`` whose integers are of this width."""

    @intrinsic
    def call(typing, address, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc):  # type: ignore[no-untyped-def]
        signature = types.void(address, transpose_a, transpose_b, m, n, k, a, lda, b, ldb, c, ldc)

        def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
            number = context.get_value_type(a.dtype)

            def by_reference(value: ir.Value) -> ir.Value:
                return cgutils.alloca_once_value(builder, value)  # type: ignore[no-untyped-call]

            def letter(transposed: ir.Value) -> ir.Value:
                byte = ir.IntType(8)
                chosen = builder.select(
                    builder.trunc(transposed, ir.IntType(1)), byte(ord("T")), byte(ord("N"))
                )
                return by_reference(chosen)

            def integer(value: ir.Value) -> ir.Value:
                return by_reference(builder.trunc(value, width) if width.width < 64 else value)

            def data(position: int) -> ir.Value:
                array = context.make_array(sig.args[position])(context, builder, args[position])
                return array.data

            values = (
                letter(args[1]), letter(args[2]),
                integer(args[3]), integer(args[4]), integer(args[5]),
                by_reference(number(1.0)), data(6), integer(args[7]), data(8), integer(args[9]),
                by_reference(number(0.0)), data(10), integer(args[11]),
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
    transpose_a: int,  # 1: use the transpose of a
    transpose_b: int,  # 1: use the transpose of b
    a: Floating,  # 2-D, C order
    b: Floating,  # 2-D, C order
    out: Floating,  # 2-D, C order, written: op(a) @ op(b)
) -> None:
    """Multiply two matrices with BLAS; a C-order matrix is the transpose of a column-major one."""
    address = blas.sgemm if out.itemsize == 4 else blas.dgemm
    m, n = out.shape
    k = a.shape[0] if transpose_a else a.shape[1]
    lda, ldb = a.shape[1], b.shape[1]
    if blas.wide:
        _gemm_64(address, transpose_b, transpose_a, n, m, k, b, ldb, a, lda, out, n)
    else:
        _gemm_32(address, transpose_b, transpose_a, n, m, k, b, ldb, a, lda, out, n)
