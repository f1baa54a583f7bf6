"""The two axes of a loss surface: single weights, or directions in the space of all weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import AddressError, EngineError, ShapeError
from rnnviz.engine.network import Params
from rnnviz.engine.trace import ParameterAddress

Array = NDArray[np.floating]
Direction = Mapping[str, Array]
# The value on an axis is the weight itself (an address), or how many times the direction is added to the weights.
Axis = ParameterAddress | Direction


@dataclass(frozen=True)
class Span:
    """One parameter along both axes: `start` + a `slopes[0]` + b `slopes[1]`; None where an axis leaves it alone."""

    start: Array
    slopes: tuple[Array | None, Array | None]

    def at(self, a: float, b: float) -> Array:
        """The parameter where the axes have the values a and b."""
        values = self.start
        for value, slope in zip((a, b), self.slopes, strict=True):
            if slope is not None:
                values = values + value * slope
        return values

    @property
    def moves(self) -> bool:
        return any(slope is not None for slope in self.slopes)


def span(params: Params, x_axis: Axis, y_axis: Axis) -> dict[str, Span]:
    """Every parameter along both axes.

    A weight that is an axis starts at 0, so that it is exactly the value on its axis.
    Raises AddressError, ShapeError or EngineError for an axis that does not fit the parameters.
    """
    if isinstance(x_axis, ParameterAddress) and x_axis == y_axis:
        raise EngineError(f"both axes are {x_axis}; choose two different weights")
    directions = [_as_direction(params, axis) for axis in (x_axis, y_axis)]
    spans = {}
    for name, values in params.items():
        start = np.array(values, np.float64)
        for axis in (x_axis, y_axis):
            if isinstance(axis, ParameterAddress) and axis.parameter == name:
                start.reshape(len(start), -1)[axis.row, axis.column] = 0.0
        spans[name] = Span(start, (directions[0].get(name), directions[1].get(name)))
    return spans


def _as_direction(params: Params, axis: Axis) -> dict[str, Array]:
    """Parameter -> how it changes along an axis; parameters that do not change are missing."""
    if isinstance(axis, ParameterAddress):
        return {axis.parameter: _unit(params, axis)}
    for name, values in axis.items():
        if name not in params:
            raise AddressError(f"a direction has the parameter '{name}'; the network has {', '.join(params)}")
        if values.shape != params[name].shape:
            raise ShapeError(f"a direction's '{name}' has shape {values.shape}; the parameter has {params[name].shape}")
        if not np.isfinite(values).all():
            raise EngineError(f"a direction's '{name}' has a number that is not finite")
    moved: dict[str, Array] = {name: np.asarray(values, np.float64) for name, values in axis.items() if np.any(values)}
    if not moved:
        raise EngineError("a direction is zero everywhere; choose one that changes a weight")
    return moved


def _unit(params: Params, address: ParameterAddress) -> Array:
    """1 at the address, 0 elsewhere."""
    if address.parameter not in params:
        raise AddressError(f"no parameter is called '{address.parameter}'; there is {', '.join(params)}")
    direction = np.zeros(params[address.parameter].shape)
    table = direction.reshape(len(direction), -1)
    if not (0 <= address.row < table.shape[0] and 0 <= address.column < table.shape[1]):
        raise AddressError(f"'{address.parameter}' has shape {direction.shape}; there is no {address}")
    table[address.row, address.column] = 1.0
    return direction


def random_direction(params: Params, seed: int) -> dict[str, Array]:
    """A random direction in which every unit moves in proportion to its own weights.

        d_i <- d_i |w_i| / |d_i|      for the weights w_i that enter unit i through one matrix (a "filter")

    Source: Li et al. 2018, section 4. Departure: they leave biases alone; here a vector counts as one filter.
    """
    random = np.random.default_rng(seed)
    direction = {}
    for name, values in params.items():
        rows = np.asarray(values, np.float64).reshape(len(values) if values.ndim > 1 else 1, -1)
        drawn = random.standard_normal(rows.shape)
        scale = np.linalg.norm(rows, axis=1) / np.linalg.norm(drawn, axis=1)
        direction[name] = (drawn * scale[:, None]).reshape(values.shape)
    return direction


def gradient_direction(gradient: Mapping[str, Array]) -> dict[str, Array]:
    """The direction of steepest ascent, of length 1. Raises EngineError where the gradient is zero or not finite."""
    length = float(np.linalg.norm([np.linalg.norm(values) for values in gradient.values()]))
    if not (np.isfinite(length) and length > 0.0):
        raise EngineError("the gradient is zero or not finite here: it has no direction; choose other axes")
    return {name: np.asarray(values) / length for name, values in gradient.items()}


@dataclass(frozen=True)
class PathPlane:
    """The plane in which a training path mostly runs.

    x, y : its two directions, of length 1, at right angles
    explained : the share of the path's squared distances from its end that each direction holds
    """

    x: Direction
    y: Direction
    explained: tuple[float, float]


def path_directions(path: Sequence[Params]) -> PathPlane:
    """The two main directions of a training path, seen from its last point.

    Principal components of [theta_0 - theta_n, ..., theta_{n-1} - theta_n]. Source: Li et al. 2018, section 7.
    Raises EngineError for a path that spans no plane.
    """
    if len(path) < 3:
        raise EngineError(f"a path of {len(path)} points spans no plane; keep at least 3 iterates")
    end = _flat(path[-1])
    steps = np.array([_flat(params) - end for params in path[:-1]])
    _, lengths, directions = np.linalg.svd(steps, full_matrices=False)
    if not np.isfinite(lengths).all() or lengths[1] <= 1e-12 * lengths[0]:
        raise EngineError("the training path is a straight line or stands still: it spans no plane; choose other axes")
    shares = lengths**2 / (lengths**2).sum()
    x, y = (_shaped(direction, path[-1]) for direction in directions[:2])
    return PathPlane(x, y, (float(shares[0]), float(shares[1])))


def coordinates(params: Params, centre: Params, x_axis: Axis, y_axis: Axis) -> tuple[float, float]:
    """Where weights lie on a surface around `centre`: the nearest point of its plane (least squares)."""
    ((x, y),) = coordinates_of([params], centre, x_axis, y_axis).tolist()
    return x, y


def coordinates_of(path: Sequence[Params], centre: Params, x_axis: Axis, y_axis: Axis) -> Array:
    """The same for many weights at once, (n, 2)."""
    spans = span(centre, x_axis, y_axis)
    columns = [
        _flat({name: _or_zero(spans[name].slopes[axis], values) for name, values in centre.items()}) for axis in (0, 1)
    ]
    start = _flat({name: spans[name].start for name in centre})
    offsets = [_flat({name: params[name] for name in centre}) - start for params in path]
    found, *_ = np.linalg.lstsq(np.stack(columns, axis=1), np.stack(offsets, axis=1))
    return np.asarray(found.T, np.float64)


def _or_zero(slope: Array | None, like: Array) -> Array:
    return np.zeros_like(like, np.float64) if slope is None else slope


def _flat(params: Params) -> Array:
    return np.concatenate([np.ravel(values) for values in params.values()], dtype=np.float64)


def _shaped(flat: Array, like: Params) -> dict[str, Array]:
    found, start = {}, 0
    for name, values in like.items():
        found[name] = flat[start : start + values.size].reshape(values.shape)
        start += values.size
    return found
