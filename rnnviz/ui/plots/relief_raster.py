"""The pixels of a height field seen at an angle, hidden surfaces right, in NumPy alone.

In each column of pixels the field is walked from front to back, and a sample is seen where it rises above everything
before it (the floating horizon, Wright 1973): one running maximum, however steep the field is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from rnnviz.ui.plots.relief import TALL, Field, View, between

Array = NDArray[np.floating[Any]]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Index = NDArray[np.int32]

PLATE = 0.03  # how far below the lowest value the block ends, in heights of the box
HATCH, VEIL = 7, 9  # pixels from line to line, on an even screen
PLAIN, HATCHED, VEILED, LINED = 1.0, 0.55, 0.75, 0.4  # what is left of a colour
MESH = 24  # fields of the mesh along each axis, where the grid is finer
LIGHT = np.array([-0.45, -0.35, 0.82], np.float32)  # from the left, the front and above, turning with the eye
DARKEST, BRIGHTEST, LIGHTS = 0.68, 1.16, 64  # what light may do to a colour; flat ground has the colour of the key


@dataclass(frozen=True, eq=False)
class Paint:
    """table (256, 3) : the colour of each height; wall : the sides of the block; dead : a veil lies above"""

    table: NDArray[np.uint8]
    wall: QColor
    ratio: float = 1.0  # pixels for each pixel of the widget
    dead: float = math.inf


@dataclass(frozen=True, eq=False)
class Raster:
    """What is seen of a field: pixels (x, y) as 0xAARRGGBB, and the depth of each, inf where there is nothing."""

    view: View
    pixels: NDArray[np.uint32]
    depths: Floats

    def image(self) -> QImage:
        rows = np.ascontiguousarray(self.pixels.T)
        height, width = rows.shape
        return QImage(rows.tobytes(), width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()

    def place_at(self, x: float, y: float) -> tuple[float, float] | None:
        """x and y in the box of what is seen at a pixel."""
        column, row = math.floor(x), math.floor(y)
        inside = 0 <= column < self.depths.shape[0] and 0 <= row < self.depths.shape[1]
        if not inside or not np.isfinite(self.depths[column, row]):
            return None
        right = np.array((column + 0.5 - self.view.x) / self.view.scale, np.float32)
        found = _place(self.view, right, self.depths[column, row])
        return min(max(float(found[0]), 0.0), 1.0), min(max(float(found[1]), 0.0), 1.0)

    def hides(self, points: Array, margin: float = 0.02) -> Flags:
        """Which projected points (..., 3), in pixels of this raster, lie behind the surface."""
        columns, rows = (np.floor(points[..., k]) for k in (0, 1))
        width, height = self.depths.shape
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        columns, rows = np.where(inside, columns, 0).astype(np.intp), np.where(inside, rows, 0).astype(np.intp)
        found: Flags = inside & (points[..., 2] > self.depths[columns, rows] + margin)
        return found


@dataclass(frozen=True, eq=False)
class Seen:
    """The pixels that show something, one after the other: where on the screen, in the box, and how high."""

    column: NDArray[np.int32]
    row: NDArray[np.int32]
    depth: Floats
    x: Floats
    y: Floats
    height: Floats
    is_wall: Flags


def render(field: Field, view: View, width: int, height: int, paint: Paint) -> Raster:
    """Everything on a screen of width x height pixels; `view` counts in them."""
    pixels, depths = np.zeros((width, height), np.uint32), np.full((width, height), np.inf, np.float32)
    seen = _seen(field, view, width, height)
    if seen is not None:
        at = seen.column * height + seen.row
        depths.reshape(-1)[at] = seen.depth
        pixels.reshape(-1)[at] = _coloured(field, view, seen, paint)
        _draw_mesh(pixels, field, at, seen)
    return Raster(view, pixels, depths)


def _seen(field: Field, view: View, width: int, height: int) -> Seen | None:
    columns, right, near, length = _rays(view, width)
    if not len(columns) or height < 1:
        return None
    steps = min(max(2 * max(field.heights.shape), 64), 800)
    away = length * np.linspace(0, 1, steps, dtype=np.float32)
    heights = between(field.heights, *_grid_place(field, *_place(view, right, near + away)))
    levels = _levels(view, near, away, heights)
    first = _first_seen(levels, view.y, height)
    line, row = (each.astype(np.int32) for each in np.nonzero((first > 0) & (first <= steps)))
    index = first[line, row]
    if np.isnan(heights).any():
        known = np.isfinite(heights[line, index - 1])
        line, row, index = line[known], row[known], index[known]
    at = line * np.int32(steps + 1) + index
    below, up = levels.take(at - 1), np.float32(view.y - 0.5) - row.astype(np.float32)
    share = np.clip((up - below) / np.maximum(levels.take(at) - below, np.float32(1e-6)), 0, 1)
    at = line * np.int32(steps) + index
    before, here = heights.take(np.maximum(at - 2, 0)), heights.take(at - 1)
    along = np.maximum(index + (share - np.float32(2)), np.float32(0)) * np.float32(1 / (steps - 1))
    depth = near[:, 0].take(line) + length[:, 0].take(line) * along
    x, y = _place(view, right[:, 0].take(line), depth)
    is_wall = (index == 1) | np.isnan(before)
    return Seen(columns.take(line), row, depth, x, y, before + share * (here - before), is_wall)


def _rays(view: View, width: int) -> tuple[Index, Floats, Floats, Floats]:
    """The columns of pixels that the box takes: each one's place to the right, nearest depth, and length of depths."""
    right = ((np.arange(width) + 0.5 - view.x) / view.scale).astype(np.float32)
    near, far = np.full(width, -np.inf, np.float32), np.full(width, np.inf, np.float32)
    cos, sin = view.turn
    for along, away, half in ((cos, sin, view.wide / 2), (-sin, cos, view.deep / 2)):
        if abs(away) < 1e-6:
            far[np.abs(right * along) > half] = -np.inf
            continue
        ends = (np.array([[-half], [half]]) - right * along) / away
        near, far = np.maximum(near, ends.min(axis=0)), np.minimum(far, ends.max(axis=0))
    columns = np.nonzero(far > near)[0].astype(np.int32)
    near, far = near.astype(np.float32)[columns, None], far.astype(np.float32)[columns, None]
    return columns, right[columns, None], near, far - near


def _place(view: View, right: Floats, depth: Floats) -> tuple[Floats, Floats]:
    """x and y in the box."""
    cos, sin = (np.float32(each) for each in view.turn)
    half = np.float32(0.5)
    across, along = right * cos + depth * sin, depth * cos - right * sin
    return across / np.float32(view.wide) + half, along / np.float32(view.deep) + half


def _grid_place(field: Field, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    rows, columns = field.heights.shape
    return x * np.float32(columns - 1), y * np.float32(rows - 1)


def _levels(view: View, near: Floats, away: Floats, heights: Floats) -> Floats:
    """How high on the screen each sample is, from the foot of the front wall on; the floor where nothing is known."""
    step, rise = (np.float32(each) for each in view.tilt)
    floor = np.float32(-0.5 - PLATE)
    levels = np.empty((heights.shape[0], heights.shape[1] + 1), np.float32)
    levels[:, :1] = near * step + floor * rise
    levels[:, 1:] = (near + away) * step + np.where(np.isnan(heights), floor, heights - np.float32(0.5)) * rise
    return levels


def _first_seen(levels: Floats, middle: float, height: int) -> Index:
    """For each column and row of pixels the first of `levels` that reaches it: 0 below all, their number above all."""
    top = np.ceil(np.float32(middle - 0.5) - np.maximum.accumulate(levels, axis=1))
    top = np.clip(top, 0, height).astype(np.int32)
    rises = np.ones(top.shape, bool)
    rises[:, 1:] = top[:, 1:] < top[:, :-1]
    column, index = np.nonzero(rises)
    first = np.full((len(top), height + 1), levels.shape[1], np.int32)
    first[column, top[rises]] = index
    found: Index = np.minimum.accumulate(first, axis=1)[:, :height]
    return found


def _coloured(field: Field, view: View, seen: Seen, paint: Paint) -> NDArray[np.uint32]:
    """The colour of each height under the light; hatched above the cap; the block's own colour on its sides."""
    column, row = _grid_place(field, seen.x, seen.y)
    light = between(_light(field, view), column, row)
    code = np.nan_to_num(seen.height * np.float32(255) + np.float32(0.5)).astype(np.int32)
    code += 256 * ((light - DARKEST) * np.float32((LIGHTS - 1) / (BRIGHTEST - DARKEST)) + np.float32(0.5)).astype(
        np.int32
    )
    if field.above.any():
        nearest = np.rint(row).astype(np.int32) * np.int32(field.above.shape[1]) + np.rint(column).astype(np.int32)
        lines = (seen.column + seen.row) % max(2, round(HATCH * paint.ratio)) < max(1, round(paint.ratio))
        code[field.above.take(nearest) & lines] += 256 * LIGHTS
    if paint.dead < 1:
        lines = (seen.column - seen.row) % max(3, round(VEIL * paint.ratio)) < max(1, round(paint.ratio))
        dead = (seen.height > paint.dead) & (code < 256 * LIGHTS)
        code[dead] += (256 * LIGHTS * np.where(lines, 3, 2))[dead]
    cos, sin = view.turn
    is_x_face = np.abs(seen.x - 0.5) > 0.499
    code[seen.is_wall] = 4 * 256 * LIGHTS + (is_x_face == (abs(sin) > abs(cos)))[seen.is_wall]
    return _palette(paint).take(code)


def _palette(paint: Paint) -> NDArray[np.uint32]:
    """256 heights under LIGHTS lights, plain, hatched, veiled and lined, and the two sides of the block."""
    left = np.array([PLAIN, HATCHED, VEILED, LINED])[:, None, None, None]
    light = left * np.linspace(DARKEST, BRIGHTEST, LIGHTS)[:, None, None]
    surface = np.minimum(paint.table * light, 255).reshape(-1, 3)
    wall = np.array(paint.wall.getRgb()[:3])
    channels = np.concatenate([surface, [wall * 0.9], [wall]]).astype(np.uint32)
    found: NDArray[np.uint32] = 0xFF000000 | channels[:, 0] << 16 | channels[:, 1] << 8 | channels[:, 2]
    return found


def _light(field: Field, view: View) -> Floats:
    """A factor for each grid point: 1 where it is flat, less on slopes away from the light."""
    heights, (cos, sin) = np.nan_to_num(field.heights), view.turn
    rows, columns = heights.shape
    slope_x = np.gradient(heights, axis=1) * np.float32((columns - 1) * TALL / view.wide)
    slope_y = np.gradient(heights, axis=0) * np.float32((rows - 1) * TALL / view.deep)
    across, along = cos * LIGHT[0] + sin * LIGHT[1], cos * LIGHT[1] - sin * LIGHT[0]
    lit = (LIGHT[2] - across * slope_x - along * slope_y) / np.sqrt(1 + slope_x**2 + slope_y**2)
    found: Floats = np.clip(1 + 0.45 * (lit - LIGHT[2]), DARKEST, BRIGHTEST).astype(np.float32)
    return found


def _draw_mesh(pixels: NDArray[np.uint32], field: Field, at: NDArray[np.int32], seen: Seen) -> None:
    """Fine lines along the axes, where neighbouring pixels belong to different fields of a coarse mesh."""
    rows, columns = (min(count - 1, MESH) for count in field.heights.shape)
    cell = np.clip(seen.y * rows, 0, rows - 1).astype(np.int16) * np.int16(columns)
    cell += np.clip(seen.x * columns, 0, columns - 1).astype(np.int16)
    cell[seen.is_wall] = -1
    cells = np.full(pixels.shape, -1, np.int16)
    cells.reshape(-1)[at] = cell
    lines = np.zeros(pixels.shape, bool)
    for ahead, behind in ((np.s_[1:, :], np.s_[:-1, :]), (np.s_[:, 1:], np.s_[:, :-1])):
        lines[ahead] |= (cells[ahead] != cells[behind]) & (cells[ahead] >= 0) & (cells[behind] >= 0)
    found = pixels[lines]
    channels = [(found >> shift) & 255 for shift in (16, 8, 0)]
    target = np.where(channels[1] < 110, 255, 0).astype(np.uint32)  # lighter on dark, darker on light
    mixed = [(each * 27 + target * 5) >> 5 for each in channels]
    pixels[lines] = 0xFF000000 | mixed[0] << 16 | mixed[1] << 8 | mixed[2]
