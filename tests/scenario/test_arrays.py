"""Arrays come back exactly as they went, in the shortest form that allows it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from rnnviz.scenario import limits
from rnnviz.scenario.arrays import number, read_array, write_array
from rnnviz.scenario.decode import typed
from rnnviz.scenario.types import Array, ArrayForm


def there_and_back(array: Array) -> Array:
    return read_array(typed(write_array(array), ArrayForm, "x"), "x")  # type: ignore[arg-type]


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=FINITE))
def test_short_arrays_come_back_bit_for_bit(array: Array) -> None:
    back = there_and_back(array)
    assert back.shape == array.shape
    assert back.tobytes() == array.tobytes()
    assert not back.flags.writeable


@pytest.mark.parametrize(
    ("values", "dtype", "divided_by"),
    [
        (np.arange(5000) % 256, "|u1", None),
        ((np.arange(5000) % 256) / 255, "|u1", 255),
        (np.arange(5000) - 3000, "<i2", None),
        (np.arange(5000) * 1000, "<i4", None),
        (np.arange(5000) * 10.0**9, "<f8", None),
        (np.sqrt(np.arange(5000, dtype=np.float32)), "<f4", None),
        (np.sqrt(np.arange(5000)), "<f8", None),
        (np.arange(5000) * -0.0, "<f4", None),
        (np.full(5000, 1e300), "<f8", None),
    ],
)
def test_long_arrays_are_bytes_of_the_narrowest_exact_kind(values: Array, dtype: str, divided_by: int | None) -> None:
    array = np.asarray(values, dtype=np.float64).reshape(100, 50)
    form = write_array(array)
    assert isinstance(form, dict)
    assert (form["dtype"], form.get("divided_by")) == (dtype, divided_by)
    assert there_and_back(array).tobytes() == array.tobytes()


def test_the_longest_list_and_the_shortest_bytes_are_one_number_apart() -> None:
    assert isinstance(write_array(np.zeros(limits.LISTED_NUMBERS)), list)
    assert isinstance(write_array(np.zeros(limits.LISTED_NUMBERS + 1)), dict)


def test_whole_numbers_are_written_without_a_point_except_a_negative_zero() -> None:
    written = [repr(number(value)) for value in (3.0, -2.0, 0.0, -0.0, 0.5, 1e300)]
    assert written == ["3", "-2", "0", "-0.0", "0.5", "1e+300"]


def test_little_endian_bytes_made_elsewhere_are_read() -> None:
    # struct.pack("<2f", 1, -2) by hand: 00 00 80 3f, 00 00 00 c0
    form = {"dtype": "<f4", "shape": [2], "base64": "AACAPwAAAMA="}
    assert read_array(typed(form, ArrayForm, "x"), "x").tolist() == [1.0, -2.0]  # type: ignore[arg-type]
