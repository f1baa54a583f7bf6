"""A loss surface being worked out: the first picture here, in short slices, the rest in a worker process."""

from __future__ import annotations

import time
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.surface import levels
from rnnviz.jobs import Worker
from rnnviz.jobs.surface import surface_job
from rnnviz.scenario.loss_plane import Plane

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]
Part = tuple[int, Index, Index]  # level, rows, columns

SLICE_S = 0.006
FIRST_POINTS = 16  # of which nobody knows yet how long they take


class SurfaceWork:
    """`loss` (y, x) has every point known so far, NaN elsewhere; `shown` is full as soon as the first level is.

    rows, columns : the grid lines that are known throughout
    problem : why the worker process ended before its time, "" where it did not; then the slices go on alone
    """

    def __init__(self, plane: Plane, before: SurfaceWork | None = None) -> None:
        """before : what was shown of the same plane; what it knows is shown until the first picture is there"""
        self.plane = plane
        shape = (len(plane.y), len(plane.x))
        self.loss = np.full(shape, np.nan)
        is_same = before is not None and before.plane.x_axis is plane.x_axis and before.plane.y_axis is plane.y_axis
        self.shown = _seen_from(before, plane) if before and is_same else np.full(shape, np.nan)
        self.rows = self.columns = np.empty(0, np.intp)
        self.problem = ""
        y_levels, x_levels = levels(shape[0]), levels(shape[1])
        count = max(len(y_levels), len(x_levels))
        self._levels = [(_last(y_levels, k), _last(x_levels, k)) for k in range(count)]
        self._known = 0  # how many levels are known throughout
        self._parts = self._all_parts()
        self._points_per_s = 0.0
        self._worker = Worker()

    @property
    def is_done(self) -> bool:
        return self._known == len(self._levels)

    @property
    def has_picture(self) -> bool:
        return bool(self._known)

    @property
    def is_busy(self) -> bool:
        """Whether the worker process has more to tell: its last bits count, also where all is known already."""
        return self._worker.is_busy

    @property
    def waits(self) -> bool:
        """Whether there is a picture already, and more comes from the worker process."""
        return self.has_picture and self._worker.is_busy

    @property
    def progress(self) -> float:
        return 1.0 if self.is_done else float(1 - np.isnan(self.loss).mean())

    def begin(self) -> None:
        """Start the worker process; `advance` has a first picture before that has news."""
        if not self.is_done and not self._worker.is_busy and not self.problem:
            self._worker.start(surface_job(self.plane), 0)

    def cancel(self) -> None:
        self._worker.cancel()

    def advance(self) -> bool:
        """Take what the worker has found, or work a little; call it some 30 times a second. Whether anything is new."""
        news = False
        for batch in self._worker.poll():
            for tile in batch.results:
                self._take(tile.level, tile.rows, tile.columns, tile.loss)
                news = True
            self.problem = batch.error or self.problem
        if not news and not self.is_done and not self.waits:
            self._work_for(SLICE_S)
            news = True
        return news

    def finish(self) -> None:
        """All of it here and now, for a picture in a file."""
        self.cancel()
        while not self.is_done:
            self._work(self.loss.size)

    def _work_for(self, seconds: float) -> None:
        end = time.thread_time() + seconds
        while not self.is_done and (left := end - time.thread_time()) > seconds / 3:
            points = max(1, int(left * self._points_per_s)) if self._points_per_s else FIRST_POINTS
            self._work(points)

    def _work(self, points: int) -> None:
        """The next points, about so many: whole rows of a level, or part of one."""
        level, rows, columns = self._parts.popleft()
        if len(rows) * len(columns) > points:
            width = min(len(columns), points)
            height = max(1, points // width)
            beside, below = (level, rows[:height], columns[width:]), (level, rows[height:], columns)
            self._parts.extendleft(part for part in (below, beside) if len(part[1]) and len(part[2]))
            rows, columns = rows[:height], columns[:width]
        if np.isnan(self.loss[np.ix_(rows, columns)]).any():
            start = time.thread_time()
            found = self.plane.losses(rows, columns)
            self._points_per_s = found.size / max(time.thread_time() - start, 1e-5)
            self._take(level, rows, columns, found)

    def _take(self, level: int, rows: Index, columns: Index, found: Array) -> None:
        """Each point fills the field around it, half way to the next lines of its level."""
        self.loss[np.ix_(rows, columns)] = found
        fields = [
            _fields(lines, all_lines, count)
            for lines, all_lines, count in zip((rows, columns), self._levels[level], self.loss.shape, strict=True)
        ]
        (y, row_of), (x, column_of) = fields
        self.shown[np.ix_(y, x)] = found[np.ix_(row_of, column_of)]
        while not self.is_done and not np.isnan(self.loss[np.ix_(*self._levels[self._known])]).any():
            self.rows, self.columns = self._levels[self._known]
            self._known += 1

    def _all_parts(self) -> deque[Part]:
        """A level adds its new columns in the rows before it, and its new rows."""
        parts: deque[Part] = deque()
        rows = columns = np.empty(0, np.intp)
        for level, (y, x) in enumerate(self._levels):
            parts.append((level, rows, np.setdiff1d(x, columns)))
            parts.append((level, np.setdiff1d(y, rows), x))
            rows, columns = y, x
        return deque(part for part in parts if len(part[1]) and len(part[2]))


def _fields(lines: Index, all_lines: Index, count: int) -> tuple[Index, Index]:
    """The grid lines nearer to these lines than to another one, and to which of them each belongs."""
    edges = np.concatenate([[0], (all_lines[:-1] + all_lines[1:] + 1) // 2, [count]])
    at = np.searchsorted(all_lines, lines)
    inside = np.concatenate([np.arange(edges[k], edges[k + 1]) for k in at])
    return inside, np.repeat(np.arange(len(lines)), edges[at + 1] - edges[at])


def _seen_from(before: SurfaceWork, plane: Plane) -> Array:
    """The picture of another part of the plane, field by field; NaN outside."""
    found = []
    for new, old in ((plane.y, before.plane.y), (plane.x, before.plane.x)):
        at = np.rint((new - old[0]) / (old[-1] - old[0]) * (len(old) - 1)).astype(np.intp)
        found.append((np.clip(at, 0, len(old) - 1), (at >= 0) & (at < len(old))))
    (rows, row_inside), (columns, column_inside) = found
    return np.where(row_inside[:, None] & column_inside, before.shown[np.ix_(rows, columns)], np.nan)


def _last(found: list[Index], k: int) -> Index:
    return found[min(k, len(found) - 1)]
