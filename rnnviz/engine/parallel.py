"""Long sequences, parallel in time: chunks of one sequence run side by side as a batch, and the seams are verified.

A network whose memory fades is in nearly the same state after enough steps, wherever it began. So a chunk need not wait
for the one before it: it begins from what some steps of warm-up before it lead to, from zero. How many steps are enough
is measured first, in a few short windows; where they do not suffice, nothing more is spent. What comes out is checked,
not assumed: each chunk must begin where the one before it ended, but for rounding. Where it does not, the steps
after the seam are worked out again one after another, until they come to what is already there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.kernel import Kernel
from rnnviz.engine.plan import Plan

Array = NDArray[np.floating]

FEWEST_STEPS = 2000
ULPS = 32  # states may differ by so many units in the last place of their size
PIECE = 16  # steps between two looks at whether states have come together
GROWTH = 3  # so many times farther apart may two states come on their way together
CALLS_OF_LOOK = 5  # a look costs what so many calls cost at each of the steps before it
SHARE = 0.12  # of the cost of a run step after step: what it may cost to find out
RING_BYTES = 256 << 10  # what the second level of cache holds
FEW_LANES = 8  # a product with fewer vectors takes as long
TILE = 512  # numbers of a lane that are turned at once; they share lines of the first level of cache


def run_parallel(kernel: Kernel, params: Mapping[str, Array], records: Array, x: Array) -> int:
    """Work out the steps of `x`, (T, N, features), in chunks side by side, if the network's memory fades.

    kernel, records : as for the run step after step; the first states stand in record 0
    Returns how many steps are done: none where the memory does not fade; the others are left to be run. The same
    arguments give the same bits.
    """
    steps, batch = x.shape[:2]
    if steps < FEWEST_STEPS or not kernel.plan.previous:
        return 0
    cost = _cost_of_lane(kernel.plan, kernel.dtype.itemsize) * batch
    memory = _steps_of_memory(kernel, params, x, cost)
    if memory is None:
        return 0
    most = min(int((steps / (memory * cost)) ** 0.5), steps // memory)
    if most < 2 or not _pays(steps, batch, most, memory, cost):
        return 0
    count = min(range(most - most // 5, most + 1), key=steps.__mod__)
    length = steps // count
    shaped = records.reshape(len(records), kernel.plan.record, batch)
    parts = x[: count * length].reshape(count, length, batch, -1)
    sides = parts.transpose(1, 3, 0, 2)
    record_bytes = kernel.plan.record * count * batch * kernel.dtype.itemsize
    lanes = _Lanes(kernel, params, count * batch, min(PIECE, max(1, RING_BYTES // record_bytes)))
    lanes.run(sides[length - memory :])
    lanes.pass_on(shaped[0], batch)
    begun = lanes.states()
    lanes.run(sides, shaped[: count * length].reshape(count, length, kernel.plan.record, batch))
    ended = lanes.states()
    if not all(np.isfinite(state).all() for state in ended):
        return 0
    for rows, state in zip(kernel.plan.previous.values(), ended, strict=True):
        ends = state.reshape(-1, count, batch).transpose(1, 0, 2)
        shaped[length : count * length + 1 : length, rows.start : rows.stop] = ends
    return _Seams(kernel, records, begun, ended).mend(length)


def _cost_of_lane(plan: Plan, itemsize: int) -> float:
    """What one more lane adds to the time of a step, in what the calls of a step cost; measured, and about right.

    Sequences side by side cost 1 + lanes * cost. One alone costs 1 + 2 * cost, for a matrix times a vector is slow.
    """
    products = plan.stack_rows * (plan.sources.stop - plan.sources.start)
    return itemsize * (7e-6 * products + 4e-4 * plan.record) / len(plan.calls)


def _pays(steps: int, batch: int, count: int, memory: int, cost: float) -> bool:
    """Whether so many chunks are a quarter faster. A product with few vectors takes as long as one with more."""
    lanes = max(count * batch, FEW_LANES)
    alone = steps * (1.0 + cost * (2 if batch == 1 else batch))
    return (steps / count + memory) * (1.0 + lanes * cost) <= 0.75 * alone


def _longest_memory(steps: int, batch: int, cost: float, trial: float) -> int:
    """So many steps of warm-up may be looked for, and leave chunks at least a quarter faster.

    With chunks as many as is best, a run costs (sqrt(memory) + sqrt(steps * cost))^2, and a step of the trial `trial`.
    """
    one_after_another = 1.0 + cost * (2 if batch == 1 else 1)
    shortest = max(0.0, (0.75 * one_after_another) ** 0.5 - cost**0.5) ** 2
    return int(steps * min(1 / 16, shortest, SHARE * one_after_another / trial))


def _steps_of_memory(kernel: Kernel, params: Mapping[str, Array], x: Array, cost: float) -> int | None:
    """After how many steps two different states have come together, in windows all over `x`; None if they do not.

    Where they come together too slowly to be there in time, that is noticed early. Nor will it do that they part on the
    way: what blows up small differences for a while, blows up rounding, too.
    """
    steps, batch = x.shape[:2]
    windows = min(8, max(2, round(1 / cost)))
    trial = 1.0 + 2 * windows * cost + CALLS_OF_LOOK / len(kernel.plan.calls)
    longest = _longest_memory(steps, batch, cost, trial)
    if longest < 2 * PIECE:
        return None
    first = np.tile(np.arange(windows) * (steps - longest) // (windows - 1), 2)
    half = windows * batch
    lanes = _Lanes(kernel, params, 2 * half, PIECE)
    for rows in kernel.plan.previous.values():
        lanes.records[0, rows.start : rows.stop, half:] = _chequered(rows.stop - rows.start, half)
    least = np.full(half, np.inf)
    for done in range(PIECE, longest + 1, PIECE):
        lanes.run(x[first + np.arange(done - PIECE, done)[:, None]].transpose(0, 3, 1, 2))
        one, other = lanes.past(0, half), lanes.past(half, 2 * half)
        gaps = _gaps(one, other)
        least_so_far = np.minimum(np.minimum.accumulate(gaps), least)
        if not (gaps <= GROWTH * np.maximum(least_so_far, ULPS)).all():
            return None
        least, farthest = least_so_far[-1], float(gaps[-1].max())
        now, then = [states[-1] for states in one], [states[-1] for states in other]
        if farthest <= ULPS and (_apart(now, then, _usual(now)) <= ULPS).all():
            return done
        if done == PIECE:
            at_first = max(farthest, float(ULPS))
        elif not farthest <= at_first * (ULPS / at_first) ** ((done - PIECE) / (1.5 * (longest - PIECE))):
            return None  # NaN, too
    return None


def _chequered(units: int, lanes: int) -> Array:
    """States far from zero, 1 and -1 by turns."""
    return 1.0 - 2.0 * ((np.arange(units)[:, None] + np.arange(lanes)) % 2)


def _usual(states: Sequence[Array]) -> list[Array]:
    """The size of each unit, (units, 1): the largest over the lanes."""
    return [np.abs(state).max(axis=1, keepdims=True) for state in states]


def _gaps(states: Sequence[Array], others: Sequence[Array]) -> Array:
    """How far states, (steps, units, lanes), are apart: the mean over the units, in units in the last place of the
    largest state; (steps, lanes)."""
    number = np.finfo(states[0].dtype)
    gaps = []
    for state, other in zip(states, others, strict=True):
        units = state.shape[1]
        share = 1.0 / (units * number.eps * np.maximum(np.abs(state).max(), number.tiny))
        gaps.append(np.full(units, share, state.dtype) @ np.abs(state - other))  # faster than mean(axis=1)
    return np.asarray(np.max(gaps, axis=0))


def _apart(states: Sequence[Array], others: Sequence[Array], usual: Sequence[Array]) -> Array:
    """How far the states of each lane are apart, in units in the last place of their size; NaN where a state is NaN.

    The size is what a unit usually has, or, if that is less, the largest unit at the same moment.
    """
    apart = []
    for state, other, own in zip(states, others, usual, strict=True):
        number = np.finfo(state.dtype)
        size = np.maximum(np.minimum(np.abs(state).max(axis=0), own), number.tiny)
        apart.append((np.abs(state - other) / size).max(axis=0) / number.eps)
    return np.asarray(np.max(apart, axis=0))


class _Lanes:
    """A kernel for many stretches side by side, with a few records that are used again and again."""

    def __init__(self, kernel: Kernel, params: Mapping[str, Array], count: int, rows: int) -> None:
        self.plan = kernel.plan
        self._rows = rows
        self._tile = max(1, TILE // kernel.plan.record)
        self.records = np.zeros((self._rows + 1, kernel.plan.record, count), kernel.dtype)
        self.records[:, kernel.plan.one.start] = 1.0
        many = Kernel(kernel.plan, params, count, kernel.dtype)
        self._step = many.step
        self._views = [many.views(self.records, row) for row in range(self._rows)]

    def states(self) -> list[Array]:
        """The carried states now, each (units, lanes)."""
        return [self.records[0, rows.start : rows.stop].copy() for rows in self.plan.previous.values()]

    def past(self, first: int, last: int) -> list[Array]:
        """The carried states of some lanes after each of the last steps, each (steps, units, lanes)."""
        return [self.records[1:, rows.start : rows.stop, first:last] for rows in self.plan.previous.values()]

    def pass_on(self, first: Array, batch: int) -> None:
        """Every chunk goes on from the state of the chunk before it, the first one from record `first`."""
        for rows in self.plan.previous.values():
            state = self.records[0, rows.start : rows.stop]
            state[:, batch:] = state[:, :-batch].copy()
            state[:, :batch] = first[rows.start : rows.stop]

    def run(self, x: Array, kept: Array | None = None) -> None:
        """Go on by the steps of `x`, (steps, features, chunks, sequences).

        kept : (chunks, steps, numbers of a record, sequences) takes all that is worked out
        """
        step, inputs, records = self._step, self.plan.inputs, self.records
        split = records.reshape(*records.shape[:2], *x.shape[2:])
        for start in range(0, len(x), self._rows):
            rows = min(self._rows, len(x) - start)
            split[:rows, inputs.start : inputs.stop] = x[start : start + rows]
            for row in range(0, rows, self._tile):
                stop = min(row + self._tile, rows)
                for views in self._views[row:stop]:
                    step(views)
                if kept is not None:
                    kept[:, start + row : start + stop] = split[row:stop].transpose(2, 0, 1, 3)
            for place in self.plan.previous.values():
                records[0, place.start : place.stop] = records[rows, place.start : place.stop]


class _Seams:
    """Where chunks meet: what each began from, beside what the one before it ended at, which stands in the records."""

    def __init__(self, kernel: Kernel, records: Array, begun: Sequence[Array], ended: Sequence[Array]) -> None:
        self.kernel, self.records, self.begun = kernel, records, begun
        self.usual = _usual(ended)
        batch = kernel.batch
        before, after = [state[:, :-batch] for state in ended], [state[:, batch:] for state in begun]
        is_right = np.asarray(_apart(before, after, self.usual) <= ULPS)
        self.are_right: list[bool] = np.asarray(is_right.reshape(-1, batch).all(axis=1)).tolist()

    def mend(self, length: int) -> int:
        """Work steps out again after seams where the states differ; how many steps are right then.

        An eighth of all steps may be spent on that; nothing, where more than a tenth of the seams is wrong: then the
        windows told too little about this network.
        """
        right = (len(self.are_right) + 1) * length
        left = right // 8 if self.are_right.count(False) <= len(self.are_right) // 10 else 0
        has_moved = False  # whether the chunk before ends elsewhere now
        for chunk, is_right in enumerate(self.are_right, 1):
            if is_right and not has_moved:
                continue
            now, stop = chunk * length, (chunk + 1) * length
            lanes = slice(chunk * self.kernel.batch, (chunk + 1) * self.kernel.batch)
            there = [state[:, lanes] for state in self.begun]
            while now < stop and not (_apart(self._states(now), there, self.usual) <= ULPS).all():
                if left <= 0:
                    return now
                later = min(now + PIECE, stop)
                there = self._states(later)
                self.kernel.run(self.records, now, later)
                left -= later - now
                now = later
            has_moved = now == stop
        return right

    def _states(self, t: int) -> list[Array]:
        record = self.records[t].reshape(self.kernel.plan.record, -1)
        return [record[rows.start : rows.stop].copy() for rows in self.kernel.plan.previous.values()]
