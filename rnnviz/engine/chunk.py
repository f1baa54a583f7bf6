"""The calls of a plan's step for many points of weight space beside each other, on arrays made beforehand.

A stretch of `size` numbers of a record becomes size * P * N numbers, laid out quantity by quantity as (P, N, size): a
product is then P small ones, (N, C) @ (C, R), and all other calls of the plan work on whole stretches as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import SLOPE
from rnnviz.engine.affine import Affine, Weights
from rnnviz.engine.in_place import activate, unfolding
from rnnviz.engine.plan import Call, Fixed, Row, Scratch, Vector
from rnnviz.engine.points import Points
from rnnviz.engine.tally import Tally

Array = NDArray[np.floating]
Work = tuple[Callable[..., object], tuple[Any, ...]]

# Chunks of fewer points are not split further.
MANY = 16


class Evaluator:
    """Runs points; it has working memory of its own, so that every thread has one of these."""

    def __init__(self, points: Points) -> None:
        self.points = points
        self._chunks: dict[int, Chunk] = {}

    def evaluate(self, a: Array, b: Array) -> tuple[Array, Array | None]:
        """The losses at the points (a_k, b_k), and their slopes along both axes, (2, points); inf where not finite."""
        losses = np.empty(len(a))
        slopes = np.empty((2, len(a))) if self.points.gradient else None
        with np.errstate(all="ignore"):
            start = 0
            while start < len(a):
                size = self._size(len(a) - start)
                part = slice(start, min(start + size, len(a)))
                count = part.stop - start
                points = [np.pad(values[part], (0, size - count), "edge") for values in (a, b)]
                losses_now, slopes_now = self._sized(size).run(*points)
                losses[part] = losses_now[:count]
                if slopes is not None:
                    slopes[:, part] = slopes_now[:, :count]
                start = part.stop
        losses[~np.isfinite(losses)] = np.inf
        if slopes is not None:
            slopes[:, ~(np.isfinite(slopes).all(axis=0) & np.isfinite(losses))] = np.inf
        return losses, slopes

    def _size(self, left: int) -> int:
        """The size of the next chunk: sizes are the largest halved again and again, so that few have to be made."""
        size = self.points.chunk
        while size > 1 and left <= size // 2:
            size //= 2
        # a chunk that would be less than three quarters full is split
        return size if left >= 0.75 * size or size < MANY else size // 2

    def _sized(self, count: int) -> Chunk:
        if count not in self._chunks:
            self._chunks[count] = Chunk(self.points, count)
        return self._chunks[count]


class Chunk:
    """`count` points at once; the records of even and odd steps change places."""

    def __init__(self, points: Points, count: int) -> None:
        self.points, self.count = points, count
        self.plan, self.batch, self.dtype = points.plan, points.batch, points.dtype
        columns = count * self.batch
        self.tangents = 2 if points.gradient else 0
        self.records = np.zeros((2, self.plan.record, columns), self.dtype)
        self.record_slopes = np.zeros((2, self.tangents, self.plan.record, columns), self.dtype)
        self.scratch = [self._empty(size) for size in self.plan.scratch]
        self.scratch_slopes = [self._empty(size, self.tangents) for size in self.plan.scratch]
        self.coefficients = np.ones((count, 3), self.dtype)
        self.axis = [np.empty((count, 1), self.dtype) for _ in range(2)]
        self.fill: list[Work] = []
        self.feeds: list[tuple[Array, Array]] = []
        self.fixed: dict[object, Any] = {}
        self.calls = [[work for call in self.plan.calls for work in self._call(call, parity)] for parity in (0, 1)]
        self._prepare_output()
        self.tally = Tally(points, count)

    def _empty(self, size: int, *first: int) -> Array:
        return np.empty((*first, size, self.count * self.batch), self.dtype)

    def _once(self, key: object, make: Callable[[], Any]) -> Any:
        if key not in self.fixed:
            self.fixed[key] = make()
        return self.fixed[key]

    def _room(self, use: str, shape: tuple[int, ...]) -> Array:
        """Working memory that is free again after the next few calls."""
        found: Array = self._once((use, shape), lambda: np.empty(shape, self.dtype))
        return found

    # -- running -------------------------------------------------------------------------------------------------------

    def run(self, a: Array, b: Array) -> tuple[Array, Array]:
        """The losses (P), and where wanted their slopes (2, P)."""
        for k, values in enumerate((a, b)):
            self.coefficients[:, 1 + k] = values
            self.axis[k][:, 0] = values
        for function, arguments in self.fill:
            function(*arguments)
        for name, row in self.plan.previous.items():
            self._pointwise(self.records[0, row.start : row.stop])[...] = self.points.initial[name]
        self.record_slopes[0] = 0.0
        tally = self.tally
        tally.clear()
        inputs = self._pointwise(self.records[:, self.plan.inputs.start : self.plan.inputs.stop])
        for t in range(max(tally.counted, default=-1) + 1):
            for place, values in self.feeds:
                place[...] = values[t]
            if self.points.reads_x:
                inputs[t & 1] = self.points.setting.x[t]
            for function, arguments in self.calls[t & 1]:
                function(*arguments)
            if t in tally.counted:
                for function, arguments in self.outputs[t & 1]:
                    function(*arguments)
                tally.add(t, *self.output[t & 1])
        tally.add_up()
        return tally.loss, tally.loss_slopes

    def _pointwise(self, stretch: Array) -> Array:
        """(..., size, P N) -> (..., P, N, size)."""
        return stretch.reshape(*stretch.shape[:-2], self.count, self.batch, stretch.shape[-2])

    def _prepare_output(self) -> None:
        """Where the network's output lies after even and odd steps, and the calls that bring it there."""
        points = self.points
        self.output = [self._place(points.output, parity) for parity in (0, 1)]
        self.outputs: list[list[Work]] = [[], []]
        if points.readout is not None:
            value, slope = self._empty(points.outputs), self._empty(points.outputs, self.tangents)
            self.outputs = [list(self._affine(points.readout, parity, value, slope)) for parity in (0, 1)]
            self.output = [(value, slope)] * 2

    # -- places --------------------------------------------------------------------------------------------------------

    def _place(self, place: object, parity: int) -> tuple[Any, Any]:
        """A place's numbers, and how they change along the axes (None: not at all)."""
        match place:
            case Row(start, stop, ahead):
                record = parity ^ ahead
                return self.records[record, start:stop], self.record_slopes[record, :, start:stop]
            case Scratch(index, start, stop):
                return self.scratch[index][start:stop], self.scratch_slopes[index][:, start:stop]
            case Fixed(value):
                return self.dtype.type(value), None
            case Vector(parameter, factor, size):
                key = (parameter, factor)
                found: tuple[Array, Array | None] = self._once(key, lambda: self._vector(parameter, factor, size))
                return found
        raise AssertionError(place)

    def _vector(self, parameter: str, factor: float, size: int) -> tuple[Array, Array | None]:
        span = self.points.spans[parameter]
        values = self._empty(size)
        if not span.moves:
            self._pointwise(values)[...] = factor * span.start
            return values, None
        kinds = np.array([np.zeros(size) if part is None else factor * part for part in (span.start, *span.slopes)])
        made = np.empty((self.count, 1, size), self.dtype)
        self.fill.append((np.matmul, (self.coefficients, kinds.astype(self.dtype), made[:, 0])))
        self.fill.append((np.copyto, (self._pointwise(values), made)))
        slopes = self._empty(size, self.tangents)
        self._pointwise(slopes)[...] = kinds[1 : 1 + self.tangents, None, None]
        return values, slopes

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _call(self, call: Call, parity: int) -> Iterator[Work]:
        result, change = self._place(call.result, parity)
        assert change is not None
        if call.name == "dot":
            start = 0
            for affine in self.points.affines[call]:
                stop = start + affine.blocks * affine.rows
                yield from self._affine(affine, parity, result[start:stop], change[:, start:stop])
                start = stop
            return
        operands = [self._place(place, parity) for place in call.operands]
        if call.name in ("add", "subtract", "multiply"):
            if self.tangents:
                yield from self._change_of_two(call.name, operands, change)
            yield getattr(np, call.name), (operands[0][0], operands[1][0], result)
        elif call.name in ("negative", "positive"):
            ((value, slope),) = operands
            if self.tangents:
                yield getattr(np, call.name), (0.0 if slope is None else slope, change)
            yield getattr(np, call.name), (value, result)
        else:
            ((value, slope),) = operands
            work = value if isinstance(call.operands[0], Scratch) else result
            yield activate, (call.name, call.folded, value, work, result)
            if self.tangents:
                yield self._change_of_activation, (call.name, call.folded, result, slope, change)

    def _change_of_two(self, name: str, operands: list[tuple[Any, Array | None]], change: Array) -> Iterator[Work]:
        """Sum and product rule; before the values, whose place may be that of an operand."""
        (left, left_slope), (right, right_slope) = operands
        if name == "multiply":
            if left_slope is not None and right_slope is not None:
                work = self._room("product", change.shape)
                yield np.multiply, (left_slope, right, work)
                yield np.multiply, (left, right_slope, change)
                yield np.add, (change, work, change)
                return
            slope, factor = (left_slope, right) if left_slope is not None else (right_slope, left)
            yield np.multiply, (0.0 if slope is None else slope, factor, change)
            return
        operation = np.add if name == "add" else np.subtract
        yield operation, (*(0.0 if slope is None else slope for slope in (left_slope, right_slope)), change)

    def _change_of_activation(self, name: str, folded: bool, value: Array, slope: Array | None, change: Array) -> None:
        if slope is None:
            change[...] = 0.0
            return
        np.multiply(slope, SLOPE[name](value), change)
        if folded:
            np.multiply(change, unfolding(self.dtype), change)

    # -- products ------------------------------------------------------------------------------------------------------

    def _affine(self, affine: Affine, parity: int, result: Array, change: Array) -> Iterator[Work]:
        """Work out affine sums into `result`, (G R, P N), and how they change into `change`, (2, G R, P N)."""
        count, batch, blocks, rows = self.count, self.batch, affine.blocks, affine.rows
        z = result.reshape(blocks, count, batch, rows)
        dz = change.reshape(self.tangents, blocks, count, batch, rows)
        shared = None if affine.shared is None else self._feed(affine.shared)
        more = self._room("more", z.shape)
        more_change = self._room("more", dz.shape)
        for k, (place, weights) in enumerate(affine.terms):
            source, slope = self._place(place, parity)
            assert slope is not None
            source, slope = self._pointwise(source), self._pointwise(slope)
            matrix = self._made(weights)
            yield from self._product(source[None], matrix, more if k else z)
            if k:
                yield np.add, (z, more, z)
            yield from self._moved(weights, source, z)
            if self.tangents:
                yield from self._product(slope[:, None], matrix, more_change if k else dz)
                if k:
                    yield np.add, (dz, more_change, dz)
                yield from self._moved_change(weights, source, slope, more, dz)
        yield from self._add_shared(shared, bool(affine.terms), z, dz)

    def _feed(self, shared: Array) -> Array:
        """What all points share in this step; each step puts its own there."""

        def make() -> Array:
            now: Array = shared[0].copy()
            if len(shared) > 1:
                self.feeds.append((now, shared))
            return now

        found: Array = self._once(("shared", id(shared)), make)
        return found

    def _made(self, weights: Weights) -> Array:
        """The weights, (G, 1, C, R), or where they have to be made for every point, (G, P, C, R)."""
        if not weights.is_dense:
            return weights.start[:, None]
        blocks, columns, rows = weights.start.shape

        def make() -> Array:
            kinds = np.zeros((blocks, 3, columns * rows), self.dtype)
            for kind, part in enumerate((weights.start, *weights.slopes)):
                if part is not None:
                    kinds[:, kind] = part.reshape(blocks, columns * rows)
            made = np.empty((blocks, self.count, columns * rows), self.dtype)
            self.fill.append((np.matmul, (self.coefficients, kinds, made)))
            return made.reshape(blocks, self.count, columns, rows)

        found: Array = self._once(("weights", id(weights)), make)
        return found

    def _product(self, source: Array, matrix: Array, result: Array) -> Iterator[Work]:
        """(..., 1, P, N, C) times (G, P or 1, C, R) -> (..., G, P, N, R)."""
        if source.shape[-1] == 1:
            yield np.multiply, (source, matrix, result)
        elif matrix.shape[1] == 1:
            columns = self.count * self.batch
            wide = source.reshape(*source.shape[:-3], columns, source.shape[-1])
            yield np.matmul, (wide, matrix[:, 0], result.reshape(*result.shape[:-3], columns, result.shape[-1]))
        else:
            yield np.matmul, (source, matrix, result)

    def _moved(self, weights: Weights, source: Array, result: Array) -> Iterator[Work]:
        """Add what single weights that move add to (..., G, P, N, R), their start being in already."""
        work = self._room("moved", source[..., 0].shape)
        for axis, g, c, r, slope in weights.moved:
            target = result[..., g, :, :, r]
            yield np.multiply, (source[..., c], self._scaled(axis, slope), work)
            yield np.add, (target, work, target)

    def _scaled(self, axis: int, slope: float) -> Array:
        """An axis's values times a slope, (P, 1), made anew for every chunk."""
        if slope == 1.0:
            return self.axis[axis]

        def make() -> Array:
            values = np.empty((self.count, 1), self.dtype)
            self.fill.append((np.multiply, (self.axis[axis], self.dtype.type(slope), values)))
            return values

        found: Array = self._once(("axis", axis, slope), make)
        return found

    def _moved_change(self, weights: Weights, source: Array, slope: Array, work: Array, dz: Array) -> Iterator[Work]:
        """The change of the weights times the source; for single weights also the rest of weights times the change."""
        yield from self._moved(weights, slope, dz)
        for axis, g, c, r, factor in weights.moved:
            target = dz[axis, g, :, :, r]
            part = self._room("moved", target.shape)
            yield np.multiply, (source[..., c], self.dtype.type(factor), part)
            yield np.add, (target, part, target)
        if weights.is_dense:
            for axis, direction in enumerate(weights.slopes):
                if direction is not None:
                    yield from self._product(source[None], direction[:, None], work)
                    yield np.add, (dz[axis], work, dz[axis])

    def _add_shared(self, shared: Array | None, has_terms: bool, z: Array, dz: Array) -> Iterator[Work]:
        """Add what all points share, (G, 1 or 3, N R)."""
        numbers = z.shape[2] * z.shape[3]
        flat = z.reshape(*z.shape[:2], numbers)
        flat_change = dz.reshape(*dz.shape[:3], numbers)
        if not has_terms:
            yield np.copyto, (dz, 0.0)
        if shared is None:
            return
        if shared.shape[1] == 1:
            yield (np.add, (flat, shared, flat)) if has_terms else (np.copyto, (flat, shared))
            return
        if has_terms:
            work = self._room("shared", flat.shape)
            yield np.matmul, (self.coefficients, shared, work)
            yield np.add, (flat, work, flat)
        else:
            yield np.matmul, (self.coefficients, shared, flat)
        for axis in range(self.tangents):
            yield np.add, (flat_change[axis], shared[:, 1 + axis : 2 + axis], flat_change[axis])
