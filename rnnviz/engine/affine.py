"""The affine sums of a plan at many points of weight space: what is multiplied per point, and what all points share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.directions import Span
from rnnviz.engine.network import Dense
from rnnviz.engine.plan import Block, Call, Matrix, Place, Plan, Row, Scratch, Stack

Array = NDArray[np.floating]

FEW = 2


@dataclass(frozen=True)
class Weights:
    """A stacked matrix (G, C, R) along both axes."""

    start: Array
    slopes: tuple[Array | None, Array | None]

    @property
    def moves(self) -> bool:
        return any(slope is not None for slope in self.slopes)

    @property
    def is_dense(self) -> bool:
        """Whether the weights have to be made for every point."""
        return any(slope is not None and np.count_nonzero(slope) > FEW for slope in self.slopes)

    @property
    def moved(self) -> Iterator[tuple[int, int, int, int, float]]:
        """Single weights that move, as (axis, g, c, r, slope)."""
        if not self.is_dense:
            for axis, slope in enumerate(self.slopes):
                if slope is not None:
                    for g, c, r in np.argwhere(slope).tolist():
                        yield axis, g, c, r, float(slope[g, c, r])


@dataclass(frozen=True)
class Affine:
    """`blocks` sums of `rows` numbers each: products with places, and what all points share, (T or 1, G, 1 or 3, N R).

    shared : that at the start, and, where it moves, along both axes
    """

    blocks: int
    rows: int
    terms: tuple[tuple[Place, Weights], ...]
    shared: Array | None


class Sums:
    """Takes a plan's products apart into affine sums, given the inputs x, (T, N, features)."""

    def __init__(self, plan: Plan, spans: Mapping[str, Span], x: Array) -> None:
        self.plan, self.spans, self.x, self.dtype = plan, spans, x, x.dtype
        self.ones = np.ones((1, x.shape[1], 1), x.dtype)

    def of(self, call: Call) -> list[Affine]:
        """A product of the plan as affine sums of equal shape."""
        matrix, vector = call.operands
        if isinstance(matrix, Matrix):
            assert isinstance(vector, Row | Scratch)
            weights = self._stacked([(matrix.factor, matrix.parameter)])
            return [Affine(1, weights.start.shape[2], ((vector, weights),), None)]
        assert isinstance(matrix, Stack)
        blocks = [block for block in self.plan.blocks if matrix.start <= block.start < matrix.stop]
        groups: list[list[Block]] = []
        for block in blocks:
            if groups and self._shape(groups[-1][-1]) == self._shape(block):
                groups[-1].append(block)
            else:
                groups.append([block])
        return [self._group(group) for group in groups]

    def _shape(self, block: Block) -> tuple[int, list[str]]:
        return block.stop - block.start, [name for name in self.plan.previous if self._terms(block, name)]

    def _terms(self, block: Block, source: str) -> list[tuple[float, str]]:
        """(factor, parameter) of the products with a carried quantity, with "x", or with the constant 1 ("")."""
        row = {"x": self.plan.inputs, "": self.plan.one}.get(source) or self.plan.previous[source]
        first = row.start - self.plan.sources.start
        return [(factor, name) for factor, name, column, _ in block.terms if column == first]

    def _group(self, group: list[Block]) -> Affine:
        rows, sources = self._shape(group[0])
        terms = [(self.plan.previous[name], self._joined([self._terms(b, name) for b in group])) for name in sources]
        given: list[tuple[Array, Weights]] = []
        for source, values in (("x", self.x), ("", self.ones)):
            found = [self._terms(block, source) for block in group]
            if any(found):
                given.append((values, self._joined(found, (values.shape[2], rows))))
        return Affine(len(group), rows, tuple(terms), self._shared(given, len(group), rows))

    def _joined(self, blocks: list[list[tuple[float, str]]], shape: tuple[int, int] | None = None) -> Weights:
        """The weights of several blocks; (C, R) is the shape of those that have none."""
        found = [self._stacked(block) if block else None for block in blocks]
        like = shape or next(w.start.shape[1:] for w in found if w is not None)
        zero = np.zeros((1, *like), self.dtype)
        slopes: list[Array | None] = [None, None]
        for axis in (0, 1):
            parts = [None if w is None else w.slopes[axis] for w in found]
            if any(part is not None for part in parts):
                slopes[axis] = np.concatenate([zero if part is None else part for part in parts])
        start = np.concatenate([zero if w is None else w.start for w in found])
        return Weights(start, (slopes[0], slopes[1]))

    def _stacked(self, terms: list[tuple[float, str]]) -> Weights:
        """The sum of factor * parameter, turned over to (1, C, R)."""

        def total(parts: list[tuple[float, Array | None]]) -> Array | None:
            given = [factor * part.reshape(len(part), -1).T[None] for factor, part in parts if part is not None]
            return np.ascontiguousarray(sum(given[1:], given[0]), self.dtype) if given else None

        start = total([(factor, self.spans[name].start) for factor, name in terms])
        assert start is not None
        first, second = (total([(factor, self.spans[name].slopes[axis]) for factor, name in terms]) for axis in (0, 1))
        return Weights(start, (first, second))

    def _shared(self, given: list[tuple[Array, Weights]], blocks: int, rows: int) -> Array | None:
        """What is the same at every point but for the axes: products with x, and biases."""
        if not given:
            return None
        kinds = 3 if any(weights.moves for _, weights in given) else 1
        steps = max(len(values) for values, _ in given)
        shared = np.zeros((steps, blocks, kinds, self.x.shape[1], rows), self.dtype)
        for values, weights in given:
            for kind, part in enumerate((weights.start, *weights.slopes)[:kinds]):
                if part is not None:
                    shared[:, :, kind] += np.matmul(values[:, None], part[None])
        return shared.reshape(steps, blocks, kinds, self.x.shape[1] * rows)

    def readout(self, dense: Dense, output: Row) -> Affine:
        """The sums of a readout of `output`."""
        bias = self._shared([(self.ones, self._stacked([(1.0, "b")]))], 1, dense.units)
        return Affine(1, dense.units, ((output, self._stacked([(1.0, "V")])),), bias)
