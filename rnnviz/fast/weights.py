"""Which number of a cell's parameters goes where among the weights of a printed loop.

Weights are written down as places where their values are found, -1 for zero: numbers come in when a loop is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.equations import Graph
from rnnviz.engine.plan import Plan, Row
from rnnviz.fast.panels import filled, packed, whole
from rnnviz.fast.printer import Printed

Array = NDArray[np.floating]
Whole = NDArray[np.intp]


@dataclass(frozen=True)
class Order:
    """
    places : for each number of the weights, its place in [the cell's parameters, the printed numbers, 0]; where it is
        beyond the end of that, in the negatives of them
    """

    parameters: tuple[str, ...]
    numbers: tuple[float, ...]
    places: Whole
    has_negative: bool

    def values(self, params: Mapping[str, Array], out: Array) -> None:
        """Fill `out` with the weights."""
        numbers = np.array([*self.numbers, 0.0])
        found: Any = np.concatenate([*(params[name].ravel() for name in self.parameters), numbers], dtype=out.dtype)
        if self.has_negative:
            found = np.concatenate([found, -found])
        found.take(self.places, out=out, mode="clip")  # "raise" would work in a copy


class Weights:
    """Takes stretches of weights one after the other; all are filled up to whole vectors."""

    def __init__(self, graph: Graph, sizes: Mapping[str, int], plan: Plan, printed: Printed, lanes: int) -> None:
        self.graph, self.sizes, self.plan, self.printed, self.lanes = graph, sizes, plan, printed, lanes
        self.found = 0
        self.places = {name: self._found(shape) for name, shape in graph.parameters.items()}
        self.values = self.found + len(printed.numbers) + 1
        self.stretches: list[Whole] = []
        self.filled = 0
        self.sums = self.firsts(block.stop - block.start for block in plan.blocks)

    def _found(self, shape: tuple[str, ...]) -> Whole:
        """Where the values of a parameter are found."""
        sizes = [self.sizes[size] for size in shape]
        values = self.found + np.arange(int(np.prod(sizes))).reshape(sizes)
        self.found += values.size
        return values

    def order(self) -> Order:
        places = np.concatenate(self.stretches) if self.stretches else np.zeros(0, np.intp)
        places[places < 0] = self.values - 1
        has_negative = bool(np.any(places >= self.values))
        return Order(tuple(self.graph.parameters), self.printed.numbers, places, has_negative)

    def stack(self) -> Whole | None:
        """The stacked matrix; None where one of its numbers is a sum of two."""
        width = self.plan.sources.stop - self.plan.sources.start
        stack = np.full((self.plan.stack_rows, width), -1)
        for block in self.plan.blocks:
            for factor, name, column, columns in block.terms:
                part = stack[block.start : block.stop, column : column + columns]
                if np.any(part >= 0):
                    return None
                part[...] = self.places[name].reshape(part.shape) + (self.values if factor < 0 else 0)
        return stack

    def firsts(self, sizes: Any) -> list[int]:
        """Where each of some stretches begins, and where the last ends."""
        return [0, *accumulate(whole(size, self.lanes) for size in sizes)]

    def keep(self, stretch: Whole) -> int:
        """Put a stretch into the weights; its place."""
        self.stretches.append(filled(stretch, self.lanes, nothing=-1))
        self.filled += len(self.stretches[-1])
        return self.filled - len(self.stretches[-1])

    def keep_panels(self, matrix: Whole) -> int:
        return self.keep(packed(filled(matrix, self.lanes, nothing=-1), self.lanes))

    def keep_vectors(self) -> dict[str, int]:
        """Vector parameters that the code reads by themselves -> their places."""
        names = [str(needed.name) for needed in self.printed.needed if needed.kind == "vector"]
        return {name: self.keep(self.places[name]) for name in names}

    def keep_numbers(self) -> list[int]:
        return [self.keep(np.array([self.found + k])) for k in range(len(self.printed.numbers))]

    def meetings(self, stack: Whole) -> Iterator[tuple[str, int, int, Whole]]:
        """(source, first sum, end of the sums, matrix): neighbouring sums that meet the same source are one matrix."""
        blocks = self.plan.blocks
        for name, row in {**self.plan.previous, "x": self.plan.inputs}.items():
            columns = columns_of(self.plan, row)
            meets = [any(column == columns.start for _, _, column, _ in block.terms) for block in blocks]
            for is_met, group in groupby(range(len(meets)), meets.__getitem__):
                if is_met:
                    members = list(group)
                    rows = [stack[blocks[k].start : blocks[k].stop, columns] for k in members]
                    matrix = np.concatenate([filled(part, self.lanes, nothing=-1) for part in rows])
                    yield name, self.sums[members[0]], self.sums[members[-1] + 1], matrix


def columns_of(plan: Plan, row: Row) -> slice:
    """A stretch of the record as columns of the stacked matrix."""
    return slice(row.start - plan.sources.start, row.stop - plan.sources.start)
