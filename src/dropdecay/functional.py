"""Dropout and weight decay as functions on the user's own arrays."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Literal, TypeGuard, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike

from dropdecay.arrays import AnyArray, Bool, Floating, UInt32
from dropdecay.decay_memory import steps_per_epoch
from dropdecay.errors import BadSetting
from dropdecay.kernels.masks import ONE, dropout_flat, threshold_of
from dropdecay.settings import check_choice, check_count, check_nonnegative, check_positive

Name = TypeVar("Name")
Weights = ArrayLike | Sequence[ArrayLike] | Mapping[Name, ArrayLike]


@overload
def dropout(
    x: ArrayLike,
    rate: float,
    *,
    training: bool = True,
    rng: int | np.random.Generator | None = None,
    return_mask: Literal[False] = False,
) -> Floating: ...
@overload
def dropout(
    x: ArrayLike,
    rate: float,
    *,
    training: bool = True,
    rng: int | np.random.Generator | None = None,
    return_mask: Literal[True],
) -> tuple[Floating, Bool]: ...
def dropout(
    x: ArrayLike,
    rate: float,
    *,
    training: bool = True,
    rng: int | np.random.Generator | None = None,
    return_mask: bool = False,
) -> Floating | tuple[Floating, Bool]:
    """Zero each element with probability ``rate`` and scale the survivors up (inverted dropout).

    While training, ``x * mask / (1 - rate)``; otherwise the values of ``x`` unchanged (Srivastava
    et al. 2014, section 10). ``rate`` is the share that is **dropped**, as in torch and Keras,
    unlike the paper's p. It is rounded to round(rate * 65536) / 65536 and survivors are scaled by
    the rounded rate, so that the expectation is exact.

    Parameters
    ----------
    x : array_like of any shape
        float32 and float64 are kept, float16 becomes float32, integers and booleans float64.
    rate : float
        Probability that an element is zeroed, [0, 1]. 0 returns the values unchanged, 1 zeros.
    training : bool, default True
        False: nothing is dropped.
    rng : int, numpy.random.Generator or None, default None
        An int gives the same mask every time, on any machine; a Generator is advanced; None draws
        a fresh seed from the operating system.
    return_mask : bool, default False
        Also return which elements survived.

    Returns
    -------
    dropped : array of the shape of x
        New memory, C order; ``x`` is never changed.
    mask : bool array of the shape of x
        Only with ``return_mask``; True: the element survived.

    Raises
    ------
    ValueError
        If ``rate`` is NaN or outside [0, 1], or ``rng`` is none of these.
    TypeError
        If ``x`` does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from dropdecay import dropout
    >>> dropout(np.ones(6, np.float32), 0.5, rng=0)
    array([2., 0., 2., 2., 2., 2.], dtype=float32)
    >>> dropout(np.ones(3), 0.5, training=False)
    array([1., 1., 1.])
    """
    values = _real(x)
    threshold = threshold_of(_closed_rate(rate)) if training else 0
    key = _key_of(rng) if 0 < threshold < ONE else np.zeros(2, np.uint32)
    out = np.empty(values.shape, values.dtype)
    mask = np.empty(values.shape if return_mask else 0, np.bool_)
    dropout_flat(values.reshape(-1), threshold, key, out.reshape(-1), mask.reshape(-1))
    return (out, mask) if return_mask else out


def weight_decay(loss: float, weights: Weights[Name], lambda_: float) -> float:
    """Add the weight-decay penalty to a loss: L = L_data + lambda_ * sum(W ** 2).

    The sum runs over every element of every array, without a factor of 1/2, as in Keras' ``L2``
    and unlike torch's ``weight_decay``, whose penalty is half of it. Leave biases out of
    ``weights`` if they should not be decayed. Source: Krogh & Hertz 1991, who have the 1/2.

    Parameters
    ----------
    loss : float
        Loss on the data.
    weights : array, sequence of arrays or mapping of arrays
        Of any shape; for a mapping, its values.
    lambda_ : float
        Strength, in the unit of the loss per squared weight; finite and >= 0; 0 returns the loss
        unchanged.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If ``lambda_`` is negative, infinite or NaN.
    TypeError
        If ``weights`` does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from dropdecay import weight_decay
    >>> round(weight_decay(0.5, [np.array([1, 2, 3]), np.array([4, 5, 6])], 0.01), 10)
    1.41
    """
    strength = check_nonnegative("lambda_", lambda_)
    total = sum(float(np.sum(np.square(each, dtype=np.float64))) for each in _arrays(weights))
    # 0 * infinity is NaN, but without decay infinite weights must not change the loss.
    return float(loss) + strength * total if strength else float(loss)


@overload
def weight_decay_gradient(weights: AnyArray, lambda_: float) -> Floating: ...
@overload
def weight_decay_gradient(
    weights: Mapping[Name, ArrayLike], lambda_: float
) -> dict[Name, Floating]: ...
@overload
def weight_decay_gradient(
    weights: ArrayLike | Sequence[ArrayLike], lambda_: float
) -> Floating | list[Floating]: ...
def weight_decay_gradient(
    weights: Weights[Name], lambda_: float
) -> Floating | list[Floating] | dict[Name, Floating]:
    """Return the gradient of the weight-decay penalty: 2 * lambda_ * W (Krogh & Hertz 1991).

    Parameters
    ----------
    weights : array, sequence of arrays or mapping of arrays
        Of any shape.
    lambda_ : float
        Strength, in the unit of the loss per squared weight; finite and >= 0.

    Returns
    -------
    array, list of arrays or dict of arrays
        In the same form as ``weights``; float32 and float64 are kept, integers become float64.

    Raises
    ------
    ValueError
        If ``lambda_`` is negative, infinite or NaN.
    TypeError
        If ``weights`` does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from dropdecay import weight_decay_gradient
    >>> weight_decay_gradient(np.array([1.0, -2.0]), 0.25)
    array([ 0.5, -1. ])
    """
    factor = 2.0 * check_nonnegative("lambda_", lambda_)
    if isinstance(weights, Mapping):
        return {name: factor * _real(each) for name, each in weights.items()}
    if _is_sequence_of_arrays(weights):
        return [factor * _real(each) for each in weights]
    return factor * _real(weights)  # type: ignore[arg-type]  # mapping and sequence are gone


PENALTIES = ("sklearn", "torch", "keras_l2", "glmnet", "dropdecay_l2")
DECOUPLED = ("torch_adamw", "keras_adamw", "fastai", "tfa_adamw", "dropdecay")


def convert_decay(
    value: float,
    *,
    source: str,
    to: str,
    lr: float | None = None,
    batch_size: int | None = None,
    n_samples: int | None = None,
    to_n_samples: int | None = None,
) -> float:
    """Convert a weight-decay strength from one tool's convention to another's.

    Penalties, as multiples of (1/2) * sum(W ** 2) added to a mean loss: ``"sklearn"`` (alpha of
    the MLP: value / batch_size; with solver lbfgs the batch is all ``n_samples``), ``"torch"``
    (weight_decay of SGD and Adam: value), ``"keras_l2"`` and ``"dropdecay_l2"`` (2 * value),
    ``"glmnet"`` (value). Decoupled decays, as the share of a weight removed per step divided by
    the learning rate: ``"dropdecay"`` (the default of our estimators), ``"torch_adamw"``,
    ``"keras_adamw"`` (weight_decay of any Keras optimizer), ``"fastai"``; ``"tfa_adamw"`` is not
    divided by ``lr``.

    A penalty and a decoupled decay are equivalent only for plain gradient descent. For Adam no
    conversion exists (Loshchilov & Hutter 2019, proposition 2), so converting one into the other
    is an error.

    ``to_n_samples`` carries a decoupled decay found with Adam on one table to a table of another
    size, at the same batch size and learning rate: it keeps the memory, the number of epochs over
    which decay forgets, tau = 1 / (lr * decay * steps per epoch) (Wang & Aitchison 2025). That is
    one end of what was measured on seven tables of 300 to 10,000 rows: the best decay fell with a
    power of -0.69 to -0.85 of the rows, between -1/2 and the -1 of a constant memory. With another
    batch size take half of what a constant memory says, in powers: twice the decay for four times
    the batch. It does not hold for another learning rate: the best decay hardly moved with it.

    Parameters
    ----------
    value : float
        Strength in the convention of ``source``, >= 0.
    source, to : str
        One of the names above.
    lr : float, optional
        Learning rate; needed for ``"tfa_adamw"``.
    batch_size, n_samples : int, optional
        Rows per step, rows in total; ``"sklearn"`` needs the first, or the second for lbfgs;
        ``to_n_samples`` needs both.
    to_n_samples : int, optional
        Rows in total of the table that a decoupled decay is carried to. Default: the same table.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a name is unknown, a required number is missing, or no conversion exists, as for a
        penalty on a table of another size.

    Examples
    --------
    >>> from dropdecay import convert_decay
    >>> convert_decay(0.01, source="keras_l2", to="torch")
    0.02
    >>> convert_decay(0.5, source="torch", to="sklearn", batch_size=200)
    100.0
    >>> convert_decay(
    ...     1.0, source="dropdecay", to="torch_adamw", n_samples=800, batch_size=32,
    ...     to_n_samples=8000,
    ... )
    0.1
    """
    number = check_nonnegative("value", value)
    names = (*PENALTIES, *DECOUPLED)
    check_choice("source", source, names)
    check_choice("to", to, names)
    if (source in PENALTIES) != (to in PENALTIES):
        raise BadSetting(
            f"{source!r} cannot be converted to {to!r}: one is a penalty in the loss, the other a "
            "decay separate from the gradient step, and no number makes them equal. Search again "
            "with the other kind (decay='l2' or decay='decoupled')."
        )
    unit = {name: _unit(name, lr, batch_size, n_samples) for name in {source, to}}
    converted = number * unit[source] / unit[to]
    if to_n_samples is None:
        return converted
    return converted * _share_of_steps(source, batch_size, n_samples, to_n_samples)


def _share_of_steps(
    source: str, batch_size: int | None, n_samples: int | None, to_n_samples: int
) -> float:
    """Return the steps an epoch of one table, divided by those of another."""
    if source in PENALTIES:
        raise BadSetting(
            f"{source!r} is a penalty in the loss: how it changes with the rows was not measured. "
            "Omit to_n_samples, and search again on the other table."
        )
    if batch_size is None or n_samples is None:
        raise BadSetting("to_n_samples needs batch_size and n_samples, the rows the decay is from.")
    batch = check_count("batch_size", batch_size)
    before, after = (
        steps_per_epoch(check_count(name, rows), batch)
        for name, rows in (("n_samples", n_samples), ("to_n_samples", to_n_samples))
    )
    return before / after


def _unit(name: str, lr: float | None, batch_size: int | None, n_samples: int | None) -> float:
    """Return what a value of 1 means, as a multiple of (1/2) * sum(W ** 2) or decoupled."""
    if name == "sklearn":
        rows = batch_size if batch_size is not None else n_samples
        if rows is None:
            raise BadSetting(
                "scikit-learn divides alpha by the rows per batch. Give batch_size, or n_samples "
                "for solver='lbfgs'."
            )
        return 1.0 / check_count("batch_size", rows)
    if name == "tfa_adamw":
        if lr is None:
            raise BadSetting("'tfa_adamw' is not divided by the learning rate. Give lr.")
        return 1.0 / check_positive("lr", lr)
    return 2.0 if name in ("keras_l2", "dropdecay_l2") else 1.0


def _closed_rate(rate: float) -> float:
    """Return a rate in [0, 1]: unlike a network's dropout rate, it may be 1."""
    if isinstance(rate, (str, bytes)) or not 0.0 <= float(rate) <= 1.0:
        raise BadSetting(f"rate must lie in [0, 1]. Got {rate!r}.")
    return float(rate)


def _key_of(rng: int | np.random.Generator | None) -> UInt32:
    """Return a Philox key."""
    if isinstance(rng, np.random.Generator):
        return rng.integers(2**32, size=2, dtype=np.uint32)
    if rng is None:
        number = secrets.randbits(64)
    elif isinstance(rng, (int, np.integer)) and 0 <= int(rng) < 2**64:
        number = int(rng)
    else:
        raise BadSetting(
            f"rng must be a whole number in [0, 2**64), a numpy.random.Generator or None. "
            f"Got {rng!r}."
        )
    return np.array([number & 0xFFFFFFFF, number >> 32], np.uint32)


def _real(x: ArrayLike) -> AnyArray:
    """Return ``x`` as a C-contiguous array of float32 or float64."""
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"Expected an array of real numbers. Got dtype {array.dtype}.")
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float32 if array.dtype == np.float16 else np.float64)
    return array.copy() if not array.flags.c_contiguous else array


def _is_sequence_of_arrays(
    weights: ArrayLike | Sequence[ArrayLike],
) -> TypeGuard[Sequence[ArrayLike]]:
    """Tell a list of arrays, which may differ in shape, from one array written as a list."""
    return isinstance(weights, (list, tuple)) and any(hasattr(each, "shape") for each in weights)


def _arrays(weights: Weights[Name]) -> list[AnyArray]:
    """Return all arrays of ``weights``."""
    if isinstance(weights, Mapping):
        return [_real(each) for each in weights.values()]
    if _is_sequence_of_arrays(weights):
        return [_real(each) for each in weights]
    return [_real(weights)]  # type: ignore[arg-type]  # mapping and sequence are gone
