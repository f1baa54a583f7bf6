"""What the axes of an array can stand for."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop.data.arrays import written
from rnnviz.interop.data.choices import Axes
from rnnviz.interop.data.errors import DataError

_BY_COUNT: dict[int, tuple[Axes, ...]] = {
    1: ("steps",),
    2: ("steps, features", "sequences, steps"),
    3: ("sequences, steps, features", "steps, sequences, features"),
}


def readings(shape: tuple[int, ...], features: int, sequences: tuple[int, ...] = ()) -> tuple[Axes, ...]:
    """What this shape can mean to a network that reads so many numbers a step (0: any).

    sequences : how many there are, as the first axes of targets and lengths that come with it let it appear
    """
    if len(shape) == 4 and shape[3] == 1:
        shape = shape[:3]
    found = [axes for axes in _BY_COUNT.get(len(shape), ()) if features in (0, sizes(shape, axes)[2])]
    if sequences and len(found) > 1:
        told = [axes for axes in found if sizes(shape, axes)[1] in sequences]
        found = told or found
    return tuple(found)


def sizes(shape: tuple[int, ...], axes: Axes) -> tuple[int, int, int]:
    """Steps, sequences, features."""
    of = dict(zip(axes.split(", "), shape, strict=True))
    return of["steps"], of.get("sequences", 1), of.get("features", 1)


def time_major(array: NDArray[Any], axes: Axes) -> NDArray[Any]:
    """A view (T, N, features). Raises DataError where the array has another number of axes."""
    if axes not in get_args(Axes) or axes not in _BY_COUNT.get(array.ndim, ()):
        can = " or ".join(_BY_COUNT.get(array.ndim, ())) or "none: arrays of sequences have 1 to 3 axes"
        raise DataError(f"an array of shape {written(array.shape)} can be {can}", where="axes")
    match axes:
        case "steps":
            return array[:, None, None]
        case "steps, features":
            return array[:, None]
        case "sequences, steps":
            return array.T[..., None]
        case "sequences, steps, features":
            return np.swapaxes(array, 0, 1)
    return array
