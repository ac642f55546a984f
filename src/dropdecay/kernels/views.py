"""Views of a flat buffer as vectors and matrices, without reference counting.

A slice or reshape inside a kernel updates a reference count with atomic instructions: twenty of
them cost half a step of a small network. These views are not counted, so they must not outlive the
call that received the buffer.
"""

# mypy: disable-error-code="no-untyped-call, no-untyped-def"
# The values below are numba and LLVM objects, which have no type annotations.

from collections.abc import Callable
from typing import TypeVar

from numba.core import cgutils, errors, types
from numba.extending import intrinsic, register_jitable
from numba.np.arrayobj import make_array, populate_array

from dropdecay.arrays import AnyArray
from dropdecay.kernels.transcendentals import COMPILED

Values = TypeVar("Values", bound=AnyArray)
View = TypeVar("View", bound=Callable[..., object])


def _same_order(flat: types.Array, n_dimensions: int) -> types.Array:
    """Return the numba type of a view into an array, which must be contiguous."""
    if flat.layout != "C":
        raise errors.TypingError(f"only an array in C order can be viewed, not {flat}")
    return types.Array(flat.dtype, n_dimensions, "C")


def _view(context, builder, of, flat, kind, start, shape):
    """Build the struct of an array that points into another one and owns no memory."""
    buffer = make_array(of)(context, builder, flat)
    view = make_array(kind)(context, builder)
    itemsize = context.get_constant(types.intp, context.get_abi_sizeof(
        context.get_data_type(of.dtype)
    ))  # fmt: skip
    strides = [itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        view, data=builder.gep(buffer.data, [start]), shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides), itemsize=itemsize, meminfo=None,
    )  # fmt: skip
    return view._getvalue()


@intrinsic
def _vector(typing, flat, start, length):
    kind = _same_order(flat, 1)
    signature = kind(flat, types.intp, types.intp)

    def generate(context, builder, sig, args):
        return _view(context, builder, sig.args[0], args[0], kind, args[1], [args[2]])

    return signature, generate


@intrinsic
def _matrix(typing, flat, start, n_rows, n_columns):
    kind = _same_order(flat, 2)
    signature = kind(flat, types.intp, types.intp, types.intp)

    def generate(context, builder, sig, args):
        return _view(context, builder, sig.args[0], args[0], kind, args[1], [args[2], args[3]])

    return signature, generate


def _inlined(function: View) -> View:
    return register_jitable(**COMPILED, forceinline=True)(function)


@_inlined
def vector_view(buffer: Values, start: int, length: int) -> Values:
    """View ``length`` elements of a buffer from ``start`` on."""
    return _vector(buffer, start, length)  # type: ignore[call-arg]  # no typing context


@_inlined
def matrix_view(buffer: Values, start: int, n_rows: int, n_columns: int) -> Values:
    """View elements of a buffer from ``start`` on as (n_rows, n_columns) in C order."""
    return _matrix(buffer, start, n_rows, n_columns)  # type: ignore[call-arg]  # no typing context


@_inlined
def flat_view(array: Values) -> Values:
    """View all elements of an array as one vector."""
    return _vector(array, 0, array.size)  # type: ignore[call-arg]  # no typing context
