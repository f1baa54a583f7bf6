"""Matrix times vector for one sequence, over panels (see `rnnviz.fast.panels`), in numba's language.

Four sums are under way at once: that many it takes to start a multiplication in every cycle of the processor.
"""

from __future__ import annotations

from typing import Any

from numba import njit

from rnnviz.fast.lanes import add, load, spread, store, times_plus, zero


@njit(forceinline=True)
def add_product(
    sums: Any, first: int, rows: int, weights: Any, w: int, source: Any, s: int, columns: int, lanes: int
) -> None:
    """sums[first:first+rows] += (panels that begin at weights[w]) @ source[s:s+columns]; rows are whole vectors."""
    row = 0
    while row + 4 * lanes <= rows:
        z = first + row
        a, b = load(sums, z), load(sums, z + lanes)
        c, d = load(sums, z + 2 * lanes), load(sums, z + 3 * lanes)
        for column in range(columns):
            factor = spread(source, s + column)
            a = times_plus(load(weights, w), factor, a)
            b = times_plus(load(weights, w + lanes), factor, b)
            c = times_plus(load(weights, w + 2 * lanes), factor, c)
            d = times_plus(load(weights, w + 3 * lanes), factor, d)
            w += 4 * lanes
        store(sums, z, a)
        store(sums, z + lanes, b)
        store(sums, z + 2 * lanes, c)
        store(sums, z + 3 * lanes, d)
        row += 4 * lanes
    while row < rows:
        a = load(sums, first + row)
        b = c = d = zero(sums)
        whole = columns - columns % 4
        for column in range(0, whole, 4):
            a = times_plus(load(weights, w), spread(source, s + column), a)
            b = times_plus(load(weights, w + lanes), spread(source, s + column + 1), b)
            c = times_plus(load(weights, w + 2 * lanes), spread(source, s + column + 2), c)
            d = times_plus(load(weights, w + 3 * lanes), spread(source, s + column + 3), d)
            w += 4 * lanes
        for column in range(whole, columns):
            a = times_plus(load(weights, w), spread(source, s + column), a)
            w += lanes
        store(sums, first + row, add(add(a, b), add(c, d)))
        row += lanes
