"""The adjoints of all steps' losses in one recurrent layer, followed back through time together.

    G[t, k - 1] = G[t, k] J_k        J_k the derivatives of step k's state by the state before it

Adjoints are (columns, state), a column for the loss L_t of each step. It joins at step t, so at step k the columns of
all t >= k are a stretch at the end, and one product takes them back. The last column is the whole loss, which gets its
share at every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.jacobians import StepJacobians
from rnnviz.engine.network import Recurrent
from rnnviz.engine.trace import ParameterAddress, Trace

Array = NDArray[np.floating]

# Adjoints outside 2 ** -FAR .. 2 ** FAR get a power of two taken out.
FAR = 100
# Squares of norms outside this range may be wrong.
SMALL, LARGE = 1e-280, 1e280
# Steps of so many bytes are followed before their norms are taken.
STRETCH_BYTES = 4 << 20


class Adjoints:
    """Follows adjoints back through a layer that reads forward.

    direct : the layer's quantity -> (T, N, size), the direct derivative of L_t by it at step t
    number : a parameter's number (in the layer's own names) whose parts are wanted: what each L_t adds at each step

    squares : carried quantity -> (T, T), row k column t: squared norm over sequences and units
    parts : (T, T), row k column t
    exponents : (T, T), the powers of two that were taken out of both (of squares: twice); None where none were
    totals : carried quantity -> (T, N, size), adjoint of the whole loss
    """

    def __init__(
        self, trace: Trace, layer: Recurrent, direct: Mapping[str, Array], number: ParameterAddress | None = None
    ) -> None:
        self.steps, self.batch = trace.steps, trace.batch
        # where a root reads another of the same step, an adjoint also reaches that one within the step
        self.jacobians = StepJacobians(trace, layer, direct, chained=True, number=number)
        self.seeds = np.zeros((self.steps, self.batch, self.jacobians.height))
        for name, array in direct.items():
            self.seeds[..., self.jacobians.rows[name]] = array
        self.joins = np.flatnonzero(self.seeds.any(axis=(1, 2)))
        self.count = len(self.joins) + 1
        self.firsts = np.searchsorted(self.joins, np.arange(self.steps + 1)).tolist()
        numbers = self.batch * self.jacobians.height * (self.count + self.jacobians.width)
        self.length = max(1, min(self.steps, STRETCH_BYTES // (8 * numbers)))
        self.run(scaled=False)
        if not self._is_sound():
            self.run(scaled=True)
        self.squares = {name: self._spread(kept) for name, kept in self.kept.items()}
        self.parts = self._spread(self.kept_parts)
        self.exponents = self._spread(self.taken) if self.taken.any() else None

    def _is_sound(self) -> bool:
        """Whether no norm is zero, too small or too large where something may arrive."""
        pairs = len(self.joins) + int(self.joins.sum())
        found = (kept[:, :-1] for kept in self.kept.values())
        return all(np.count_nonzero((squares > SMALL) & (squares < LARGE)) == pairs for squares in found)

    def _spread(self, kept: NDArray[Any]) -> NDArray[Any]:
        """From the columns that joined to all steps."""
        if len(self.joins) == self.steps:
            return kept[:, :-1]
        found: NDArray[Any] = np.zeros((self.steps, self.steps), kept.dtype)
        found[:, self.joins] = kept[:, :-1]
        return found

    def run(self, scaled: bool) -> None:
        """Follow all adjoints, in stretches of steps. With `scaled`, powers of two are taken out on the way."""
        states = self.jacobians.states
        self.kept = {name: np.zeros((self.steps, self.count)) for name in states}
        self.kept_parts = np.zeros((self.steps, self.count))
        self.taken = np.zeros((self.steps, self.count), np.int64)
        self.totals = {
            name: np.zeros((self.steps, self.batch, part.stop - part.start)) for name, part in states.items()
        }
        # row j holds what belongs to the step before step `start + j`
        adjoints = np.zeros((self.length + 1, self.batch, self.count, self.jacobians.height))
        stop = self.steps
        while stop:
            start = max(0, stop - self.length)
            jacobians = self.jacobians.of(start, stop)
            self._seed(adjoints, start, stop)
            self._follow(adjoints, jacobians, start, stop, scaled)
            self._keep(adjoints[1 : stop - start + 1], jacobians, start, stop)
            following = start - max(0, start - self.length)
            adjoints[following] = adjoints[0]
            stop = start

    def _seed(self, adjoints: Array, start: int, stop: int) -> None:
        """The direct derivative of each L_t, in its column, at its step; nothing has come there yet."""
        adjoints[1:, ..., self.jacobians.size :] = 0.0
        columns = np.arange(self.firsts[start], self.firsts[stop])
        steps = self.joins[columns]
        adjoints[steps - start + 1, :, columns] = self.seeds[steps]

    def _follow(self, adjoints: Array, jacobians: Array, start: int, stop: int, scaled: bool) -> None:
        size = self.jacobians.size
        back = jacobians[..., :size]
        single = self.batch == 1 and size == self.jacobians.height
        ends = adjoints[:, :, -1]
        for k in range(stop - 1, start - 1, -1):
            row, first = k - start + 1, self.firsts[k]
            np.add(ends[row], self.seeds[k], ends[row])
            if scaled:
                self._take_out(adjoints[row], k, first)
            if single:  # the cheapest way into BLAS
                adjoints[row, 0, first:].dot(back[row - 1, 0], adjoints[row - 1, 0, first:])
            else:
                np.matmul(adjoints[row, :, first:], back[row - 1], adjoints[row - 1, :, first:, :size])

    def _take_out(self, now: Array, k: int, first: int) -> None:
        """Take a power of two out of columns that are far from 1; the whole loss, in the last, stays as it is."""
        if k + 1 < self.steps:
            self.taken[k] = self.taken[k + 1]
        if first == len(self.joins):
            return
        columns = now[:, first:-1]
        largest = np.abs(columns).max(axis=(0, 2))
        exponent = np.frexp(largest)[1].astype(np.int64)
        exponent[(np.abs(exponent) <= FAR) | (largest == 0.0) | ~np.isfinite(largest)] = 0
        if exponent.any():
            self.taken[k, first:-1] += exponent
            columns[...] = np.ldexp(columns, -exponent[None, :, None])

    def _keep(self, adjoints: Array, jacobians: Array, start: int, stop: int) -> None:
        """Norms, parts, and the adjoints of the whole loss of a stretch, adjoints (steps, N, columns, roots)."""
        first = self.firsts[start]
        adjoints = adjoints[:, :, first:]
        later = np.append(self.joins[first:], self.steps) >= np.arange(start, stop)[:, None]
        if self.jacobians.number is not None:
            parts = np.matmul(adjoints, jacobians[..., self.jacobians.number_column])[..., 0].sum(axis=1)
            self.kept_parts[start:stop, first:] = np.where(later, parts, 0.0)
        own = jacobians[..., self.jacobians.own]
        whole = np.matmul(adjoints, own) if own.shape[-1] else adjoints
        for name, part in self.jacobians.states.items():
            bars = whole[..., part]
            self.kept[name][start:stop, first:] = np.where(later, np.vecdot(bars, bars).sum(axis=1), 0.0)
            self.totals[name][start:stop] = bars[:, :, -1]
