"""A height field in a box, and the eye that looks at it: where its points are on the screen. Orthographic."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]
Flags = NDArray[np.bool_]

TALL = 0.5  # the height of the box, where its shorter side on the floor is 1


@dataclass(frozen=True)
class Camera:
    """Degrees. azimuth : 0 has x to the right and y away, as on a map; elevation : 90 looks straight down."""

    azimuth: float = -35.0
    elevation: float = 32.0
    long_y: bool = False  # which axis is the longer one, where there is room for a long one

    def turned(self, right: float, up: float) -> Camera:
        azimuth = (self.azimuth + right + 180.0) % 360.0 - 180.0
        return replace(self, azimuth=azimuth, elevation=min(max(self.elevation + up, 8.0), 90.0))


@dataclass(frozen=True)
class View:
    """A camera in front of a screen. Points have x, y, height from 0 to 1 in the box, or pixels and their depth.

    x, y : the middle of the box on the screen; scale : pixels for the shorter side of the floor
    wide, deep : the sides along x and y; the shorter one is 1
    """

    camera: Camera
    x: float
    y: float
    scale: float
    wide: float = 1.0
    deep: float = 1.0

    @property
    def turn(self) -> tuple[float, float]:
        angle = math.radians(self.camera.azimuth)
        return math.cos(angle), math.sin(angle)

    @property
    def tilt(self) -> tuple[float, float]:
        """How many pixels up a step away from the eye is, and one along the height."""
        angle = math.radians(self.camera.elevation)
        return math.sin(angle) * self.scale, math.cos(angle) * TALL * self.scale

    def project(self, points: Array) -> Array:
        """Points (..., 3) of the box as pixels from the left and from the top, and depth away from the eye."""
        (cos, sin), (away, rise) = self.turn, self.tilt
        across, along = (points[..., 0] - 0.5) * self.wide, (points[..., 1] - 0.5) * self.deep
        depth = across * sin + along * cos
        right = self.x + (across * cos - along * sin) * self.scale
        down = self.y - depth * away - (points[..., 2] - 0.5) * rise
        return np.stack([right, down, depth], axis=-1)

    def at_scale(self, ratio: float) -> View:
        """The same view on a finer or coarser screen."""
        return replace(self, x=self.x * ratio, y=self.y * ratio, scale=self.scale * ratio)


@dataclass(frozen=True, eq=False)
class Field:
    """heights (y, x) : 0 to 1, NaN where nothing is known; above (y, x) : where the height is only the cap."""

    heights: NDArray[np.float32]
    above: Flags

    def heights_at(self, x: Array, y: Array) -> Array:
        """Between the grid points, x and y from 0 to 1."""
        rows, columns = self.heights.shape
        return between(self.heights, (x * (columns - 1)).astype(np.float32), (y * (rows - 1)).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Path:
    """A polyline over the field, such as a descent: values of both axes and losses; a text beside each point, or "".

    marker : its number among those of the plots, so that colour is never alone
    """

    x: Array
    y: Array
    loss: Array
    numbers: tuple[str, ...]
    colour: QColor
    marker: int = 0


def fitted(camera: Camera, left: float, top: float, width: float, height: float) -> View:
    """A view of the whole box that fills a rectangle; in a wide rectangle the floor is long too."""
    long = min(max(0.75 * width / max(height, 1.0), 1.0), 1.8)
    wide, deep = (1.0, long) if camera.long_y else (long, 1.0)
    seen = View(camera, 0.0, 0.0, 1.0, wide, deep)
    (cos, sin), (away, rise) = seen.turn, seen.tilt
    across, along = wide * abs(cos) + deep * abs(sin), wide * abs(sin) + deep * abs(cos)
    scale = min(width / across, height / (along * away + rise))
    return View(camera, left + width / 2, top + height / 2, max(scale, 1.0), wide, deep)


def field(heights: Array, above: Flags, most: int) -> Field:
    """At most so many grid lines each way; a peak or a hole that none of them meets is moved onto the nearest."""
    rows, columns = (np.unique(np.linspace(0, n - 1, min(n, most)).round().astype(np.intp)) for n in heights.shape)
    taken, marked = heights[np.ix_(rows, columns)], above[np.ix_(rows, columns)]
    if taken.size < heights.size:
        first, second = _fields(rows), _fields(columns)
        highest = np.fmax.reduceat(np.fmax.reduceat(heights, first, 0), second, 1)
        lowest = np.fmin.reduceat(np.fmin.reduceat(heights, first, 0), second, 1)
        over, under = highest - _around(taken, np.fmax), _around(taken, np.fmin) - lowest
        lost = np.logical_or.reduceat(np.logical_or.reduceat(above, first, 0), second, 1)
        peak, hole = (over > 0) & (over >= under), (under > 0) & (under > over)
        taken = np.where(peak, highest, np.where(hole, lowest, taken))
        marked = np.where(peak, lost, marked & ~hole)
    return Field(taken.astype(np.float32), marked)


def _fields(lines: Index) -> Index:
    """Where the field around each of these grid lines begins."""
    return np.concatenate([[0], (lines[:-1] + lines[1:] + 1) // 2])


def _around(values: Array, most: np.ufunc) -> Array:
    """The largest (or least) of each value and its eight neighbours."""
    wide = np.pad(values, 1, mode="edge")
    along = most(most(wide[:-2], wide[1:-1]), wide[2:])
    found: Array = most(most(along[:, :-2], along[:, 1:-1]), along[:, 2:])
    return found


def between(grid: NDArray[np.float32], x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bilinear; NaN in every field that has a corner without a value. x, y: in grid lines."""
    rows, columns = grid.shape
    column = np.clip(x, 0, columns - 2).astype(np.int32)
    row = np.clip(y, 0, rows - 2).astype(np.int32)
    part_x, part_y = x - column, y - row
    at, flat = row * columns + column, grid.reshape(-1)
    below, above = flat.take(at), flat.take(at + columns)
    below += part_x * (flat.take(at + 1) - below)
    above += part_x * (flat.take(at + columns + 1) - above)
    found: NDArray[np.float32] = below + part_y * (above - below)
    return found
