"""The loss over a plane in the space of all weights, computed coarse to fine.

    E(a, b) = loss at theta(a, b)      a on the x axis, b on the y axis

An axis is one weight (its values are then the weight's) or a direction (how many times it is added to the weights).
The loss is that of training: summed over steps, averaged over sequences. Where it is not finite it is kept as inf.

Source: Li et al. 2018 for directions; Pascanu, Mikolov & Bengio 2013 for the two weights of a cliff.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.chunk import Evaluator
from rnnviz.engine.directions import Axis, Span, span
from rnnviz.engine.errors import LimitError, ShapeError
from rnnviz.engine.loss import loss, step_counts
from rnnviz.engine.network import Dense, Network, Params, Recurrent, merges
from rnnviz.engine.points import Points, Setting
from rnnviz.engine.run import MAX_BYTES, run
from rnnviz.engine.trace import Trace
from rnnviz.engine.training import Data, Settings

Array = NDArray[np.floating]
Index = NDArray[np.intp]
Evaluate = Callable[[Array, Array], tuple[Array, Array | None]]

FIRST_LINES = 25
# Multiplications in a tile: some tens of milliseconds.
TILE_WORK = 300_000_000


@dataclass(frozen=True)
class Tile:
    """The points where rows (of y) and columns (of x) cross.

    level : 0 for the first picture, then finer; see `levels`
    loss : (rows, columns); gradient_norm : the same, where wanted
    """

    level: int
    rows: Index
    columns: Index
    loss: Array
    gradient_norm: Array | None


@dataclass(frozen=True)
class Surface:
    """x (nx,), y (ny,), loss (ny, nx), and where wanted the length of the gradient along both axes, (ny, nx)."""

    x: Array
    y: Array
    loss: Array
    gradient_norm: Array | None


def surface(
    network: Network,
    params: Params,
    data: Data,
    settings: Settings,
    x_axis: Axis,
    y_axis: Axis,
    x: ArrayLike,
    y: ArrayLike,
    *,
    gradient: bool = False,
    dtype: Any = np.float64,
    threads: int = 1,
) -> Iterator[Tile]:
    """The loss over a grid, coarse to fine; no point is computed twice, and the iterator may be left at any time.

    settings : its `loss` and `last_only` are used
    threads : how many tiles are worked on at once (with one BLAS thread each)
    Raises EngineError before the first tile when anything does not fit, LimitError before memory is taken.
    """
    lines = [_checked_line("x", x), _checked_line("y", y)]
    _check_size(len(lines[0]), len(lines[1]), gradient)
    spans = span(params, x_axis, y_axis)
    trace = run(
        network,
        params,
        data.inputs,
        lengths=data.lengths,
        initial=data.initial,
        targets=data.targets,
        dtype=dtype,
    )
    with np.errstate(all="ignore"):  # raises what does not fit
        loss(settings.loss, trace, data.targets, settings.last_only, data.weights)
    work = _Surface(network, spans, data, settings, trace, gradient)
    return work.tiles(lines[0], lines[1], threads)


def whole(
    network: Network,
    params: Params,
    data: Data,
    settings: Settings,
    x_axis: Axis,
    y_axis: Axis,
    x: ArrayLike,
    y: ArrayLike,
    *,
    gradient: bool = False,
    dtype: Any = np.float64,
    threads: int = 1,
) -> Surface:
    """All tiles of `surface` put together."""
    tiles = surface(
        network, params, data, settings, x_axis, y_axis, x, y, gradient=gradient, dtype=dtype, threads=threads
    )
    x, y = _checked_line("x", x), _checked_line("y", y)
    found = np.empty((len(y), len(x)))
    norms = np.empty_like(found) if gradient else None
    for tile in tiles:
        place = np.ix_(tile.rows, tile.columns)
        found[place] = tile.loss
        if norms is not None:
            norms[place] = tile.gradient_norm
    for array in (x, y, found, norms):
        if array is not None:
            array.setflags(write=False)
    return Surface(x, y, found, norms)


def levels(count: int) -> list[Index]:
    """Which of `count` grid lines each level has: at most 25 at first, then also those half way between two."""
    lines = np.unique(np.linspace(0, count - 1, min(count, FIRST_LINES)).round().astype(np.intp))
    found = [lines]
    while len(lines) < count:
        lines = np.union1d(lines, (lines[:-1] + lines[1:]) // 2)
        found.append(lines)
    return found


def _checked_line(name: str, values: ArrayLike) -> Array:
    line = np.array(values, np.float64)
    if line.ndim != 1 or not len(line) or not np.isfinite(line).all():
        raise ShapeError(
            f"the values of the {name} axis must be one row of finite numbers; their shape is {line.shape}"
        )
    return line


def _check_size(columns: int, rows: int, gradient: bool) -> None:
    needed = columns * rows * 8 * (4 if gradient else 2)
    if needed > MAX_BYTES:
        raise LimitError(
            f"a surface of {columns} x {rows} points would take {needed / 2**30:.1f} GiB; "
            f"at most {MAX_BYTES / 2**30:.0f} GiB are allowed: choose a smaller resolution"
        )


class _Surface:
    """A surface under way; `trace` is the run at the centre, whose shapes all points have."""

    def __init__(
        self, network: Network, spans: dict[str, Span], data: Data, settings: Settings, trace: Trace, gradient: bool
    ) -> None:
        self.network, self.spans, self.data, self.settings = network, spans, data, settings
        self.trace, self.gradient = trace, gradient
        setting = self._setting()
        self.points = None if setting is None else Points(setting, gradient)
        sizes = sum(values.start.size for values in spans.values())
        self.tile_points = max(1, TILE_WORK // max(1, sizes * trace.steps * trace.batch * (3 if gradient else 1)))
        if self.points is not None and self.tile_points > self.points.chunk:
            self.tile_points -= self.tile_points % self.points.chunk

    def tiles(self, x: Array, y: Array, threads: int) -> Iterator[Tile]:
        """Tiles in the order of their places; some are worked on ahead where there are several threads."""
        places = self._places(len(x), len(y))
        if threads <= 1:
            evaluate = self._evaluate()
            for level, rows, columns in places:
                yield self._tile(evaluate, level, rows, columns, x, y)
            return
        idle = deque(self._evaluate() for _ in range(threads))

        def work(level: int, rows: Index, columns: Index) -> Tile:
            evaluate = idle.popleft()
            try:
                return self._tile(evaluate, level, rows, columns, x, y)
            finally:
                idle.append(evaluate)

        with ThreadPoolExecutor(threads) as pool:
            waiting: deque[Future[Tile]] = deque()
            try:
                for place in places:
                    waiting.append(pool.submit(work, *place))
                    if len(waiting) > threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                for future in waiting:
                    future.cancel()

    def _places(self, columns: int, rows: int) -> Iterator[tuple[int, Index, Index]]:
        """(level, rows, columns) of every tile: a level adds its new rows, and its new columns in the rows before."""
        x_levels, y_levels = levels(columns), levels(rows)
        nothing = np.empty(0, np.intp)
        x_before, y_before = nothing, nothing
        for level in range(max(len(x_levels), len(y_levels))):
            x_now, y_now = x_levels[min(level, len(x_levels) - 1)], y_levels[min(level, len(y_levels) - 1)]
            y_new, x_new = np.setdiff1d(y_now, y_before), np.setdiff1d(x_now, x_before)
            for some_rows, some_columns in ((y_new, x_now), (y_before, x_new)):
                for r, c in self._cut(some_rows, some_columns):
                    yield level, r, c
            x_before, y_before = x_now, y_now

    def _cut(self, rows: Index, columns: Index) -> Iterator[tuple[Index, Index]]:
        """Rows x columns in parts of about `tile_points` points."""
        if not (len(rows) and len(columns)):
            return
        width = min(len(columns), self.tile_points)
        height = max(1, self.tile_points // width)
        for r in range(0, len(rows), height):
            for c in range(0, len(columns), width):
                yield rows[r : r + height], columns[c : c + width]

    def _tile(self, evaluate: Evaluate, level: int, rows: Index, columns: Index, x: Array, y: Array) -> Tile:
        shape = (len(rows), len(columns))
        a, b = (np.ravel(values) for values in np.broadcast_arrays(x[columns], y[rows][:, None]))
        losses, slopes = evaluate(a, b)
        norms = None if slopes is None else np.hypot(*slopes).reshape(shape)
        return Tile(level, rows, columns, losses.reshape(shape), norms)

    def _evaluate(self) -> Evaluate:
        """A function for one thread: points -> losses and slopes along the axes."""
        return self._one_by_one if self.points is None else Evaluator(self.points).evaluate

    def _setting(self) -> Setting | None:
        """The setting of the fast way: one recurrent layer that reads forward, and perhaps a readout."""
        match self.network.layers:
            case (Recurrent() as layer,):
                dense = None
            case (Recurrent() as layer, Dense() as dense):
                pass
            case _:
                return None
        if layer.direction != "forward" or merges(layer) or layer.teacher_forcing:
            return None
        counts = step_counts(self.trace, self.settings.last_only).astype(np.float64)
        if self.data.weights is not None:
            counts = counts * self.data.weights
        dtype = self.trace["x"].dtype
        return Setting(
            layer,
            dense,
            self.spans,
            self.trace["x"],
            {name: self.trace.initial(name) for name in self.trace.carried},
            np.asarray(self.data.targets, dtype),
            (counts / self.data.sequences).astype(dtype),
            self.settings.loss,
            dtype,
        )

    def _one_by_one(self, a: Array, b: Array) -> tuple[Array, Array | None]:
        """Any network: a run for every point."""
        losses = np.empty(len(a))
        slopes = np.empty((2, len(a))) if self.gradient else None
        with np.errstate(all="ignore"):
            for k in range(len(a)):
                losses[k], along = self._point(float(a[k]), float(b[k]))
                if slopes is not None:
                    slopes[:, k] = along
        losses[~np.isfinite(losses)] = np.inf
        if slopes is not None:
            slopes[:, ~(np.isfinite(slopes).all(axis=0) & np.isfinite(losses))] = np.inf
        return losses, slopes

    def _point(self, a: float, b: float) -> tuple[float, tuple[float, float]]:
        data, settings, trace = self.data, self.settings, self.trace
        params = {name: values.at(a, b) for name, values in self.spans.items()}
        found = run(
            self.network,
            params,
            data.inputs,
            lengths=data.lengths,
            initial=data.initial,
            targets=data.targets,
            dtype=trace["x"].dtype,
        )
        values, slope = loss(settings.loss, found, data.targets, settings.last_only, data.weights)
        total = float(values.sum() / data.sequences)
        if not self.gradient:
            return total, (0.0, 0.0)
        gradients = parameter_gradients(found, {found.output_name: slope / data.sequences})
        along = [0.0, 0.0]
        for name, values_ in self.spans.items():
            for axis, direction in enumerate(values_.slopes):
                if direction is not None:
                    along[axis] += float((gradients[name] * direction).sum())
        return total, (along[0], along[1])
