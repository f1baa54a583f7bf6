"""Arrays in a file: nested lists of numbers, or base64 of little-endian bytes; and back, in the shortest exact form."""

from __future__ import annotations

import base64
import binascii
import math
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from rnnviz.scenario import limits
from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.types import Array, ArrayForm, Encoded

A = TypeVar("A", bound=NDArray[Any])

_NUMBERS = {int, float}


def read_array(form: ArrayForm, where: str) -> Array:
    """A read-only float64 array. Raises ScenarioError, naming the key path, before anything is allocated for it."""
    return read_only(_in_double(form, where))


def read_parameter(form: ArrayForm, where: str) -> NDArray[np.floating]:
    """The same, but bytes of float32 stay what they are, which takes a third of the memory and of the time."""
    if isinstance(form, Encoded) and form.dtype == "<f4" and form.divided_by == 1:
        return read_only(_from_bytes(form, where))
    return read_array(form, where)


def _in_double(form: ArrayForm, where: str) -> Array:
    if not isinstance(form, Encoded):
        return _from_lists(form, where)
    array = _from_bytes(form, where).astype(np.float64)
    if form.divided_by != 1:
        array /= form.divided_by
        _check_finite(array, where)
    return array


def read_only(array: A) -> A:
    """The same array, which nobody writes into any more."""
    array.flags.writeable = False
    return array


def shape_of(form: ArrayForm, where: str) -> tuple[int, ...]:
    """The shape that the array will have, known without making it."""
    if isinstance(form, Encoded):
        return tuple(form.shape)
    return _checked_shape(form, where)


def _from_lists(rows: list[Any], where: str) -> Array:
    shape = _checked_shape(rows, where)
    try:
        return np.array(rows, dtype=np.float64).reshape(shape)
    except OverflowError:
        raise ScenarioError("holds a whole number beyond 1.8e308", where=where) from None


def _checked_shape(rows: list[Any], where: str) -> tuple[int, ...]:
    """The shape of nested lists; every list at one level must be as long as the others there."""
    shape, level = [len(rows)], rows
    while len(shape) < 4 and set(map(type, level)) == {list} and len(set(map(len, level))) == 1:
        shape.append(len(level[0]))
        level = list(chain.from_iterable(level))
    return tuple(shape) if set(map(type, level)) <= _NUMBERS else _shape_by_row(rows, where)


def _shape_by_row(rows: list[Any], where: str, depth: int = 1) -> tuple[int, ...]:
    """The same, slowly, with an error that says where the lists go wrong."""
    if depth > 4:
        raise ScenarioError("an array has at most 4 dimensions", where=where)
    kinds = set(map(type, rows))
    if kinds <= _NUMBERS:
        return (len(rows),)
    if kinds == {list}:
        shapes = [_shape_by_row(row, f"{where}[{index}]", depth + 1) for index, row in enumerate(rows)]
        odd = next((index for index, shape in enumerate(shapes) if shape != shapes[0]), None)
        if odd is None:
            return (len(rows), *shapes[0])
        message = f"has {_counted(shapes[odd])} where the lists before it have {_counted(shapes[0])}"
        raise ScenarioError(message, where=f"{where}[{odd}]")
    first = rows[0]
    right = "a list of numbers" if isinstance(first, list) else "a number"
    odd = next(i for i, item in enumerate(rows) if type(item) not in (_NUMBERS if type(first) in _NUMBERS else {list}))
    raise ScenarioError(f"expected {right}, found {shown(rows[odd])}", where=f"{where}[{odd}]")


def _counted(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} numbers" if len(shape) == 1 else "shape " + " x ".join(map(str, shape))


def _from_bytes(form: Encoded, where: str) -> NDArray[Any]:
    """The stored numbers, in the kind in which they are stored."""
    numbers = math.prod(form.shape)
    if numbers > limits.ARRAY_NUMBERS:
        raise ScenarioError(f"{numbers:,} numbers; at most {limits.ARRAY_NUMBERS:,} are read", where=f"{where}.shape")
    size = numbers * np.dtype(form.dtype).itemsize
    digits = 4 * math.ceil(size / 3)
    if len(form.base64) != digits:
        shape = " x ".join(map(str, form.shape))
        message = f"{len(form.base64):,} characters, but shape {shape} of {form.dtype} takes {digits:,}"
        raise ScenarioError(message, where=f"{where}.base64")
    try:
        data = base64.b64decode(form.base64, validate=True)
    except (binascii.Error, ValueError):
        raise ScenarioError("this is not base64", where=f"{where}.base64") from None
    if len(data) != size:
        raise ScenarioError(f"{len(data):,} bytes, but the shape takes {size:,}", where=f"{where}.base64")
    kind = np.dtype(form.dtype)
    array = np.frombuffer(data, dtype=kind).astype(kind.newbyteorder("="), copy=False).reshape(form.shape)
    _check_finite(array, where)
    return array


def _check_finite(array: NDArray[Any], where: str) -> None:
    if not np.isfinite(array).all():
        raise ScenarioError("every number must be finite: these bytes hold NaN or an infinity", where=f"{where}.base64")


def write_array(given: NDArray[np.floating]) -> list[Any] | dict[str, Any]:
    """The form of an array in a file: a list while it is short, else bytes of the narrowest exact kind."""
    array = np.asarray(given, dtype=np.float64)
    if array.size <= limits.LISTED_NUMBERS:
        return _lists(array)
    dtype, divisor = _narrowest(array)
    data = (np.rint(array * divisor) if divisor != 1 else array).astype(dtype).tobytes()
    text = base64.b64encode(data).decode("ascii")
    form: dict[str, Any] = {"dtype": dtype, "shape": list(array.shape), "base64": text}
    return form if divisor == 1 else form | {"divided_by": divisor}


def _lists(array: Array) -> list[Any]:
    if array.ndim > 1:
        return [_lists(row) for row in array]
    return [number(value) for value in array.tolist()]


def number(value: float) -> int | float:
    """A number as it is written: 3 for 3.0, and every other so that it is read back exactly."""
    whole = value.is_integer() and abs(value) < 1e15 and not (value == 0 and math.copysign(1.0, value) < 0)
    return int(value) if whole else value


def _is_whole(array: Array, divisor: int) -> bool:
    """Whether all of these are whole numbers divided by the divisor, to the last bit."""
    return np.array_equal(np.rint(array * divisor) / divisor, array)


def _narrowest(array: Array) -> tuple[str, int]:
    """The narrowest kind of number that holds every value exactly, and what the stored numbers are divided by."""
    if not np.signbit(array[array == 0]).any():
        for divisor in (1, 255):
            if not _is_whole(array.ravel()[:1000], divisor):  # as a rule that is enough to know
                continue
            stored = np.rint(array * divisor)
            if _is_whole(array, divisor):
                for dtype in ("|u1", "<i2", "<i4"):
                    kind = np.iinfo(dtype)
                    if kind.min <= stored.min() and stored.max() <= kind.max:
                        return dtype, divisor
    with np.errstate(over="ignore"):
        is_single = np.array_equal(array.astype("<f4").astype(np.float64), array)
    return ("<f4" if is_single else "<f8"), 1
