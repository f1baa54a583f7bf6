"""A trace as a table: a small picture of each quantity over time, its shape, its least and greatest number."""

from __future__ import annotations

from html import escape

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.engine.notebook.page import NEGATIVE, POSITIVE, WRONG, muted, number, page, table
from rnnviz.engine.trace import Array, Trace

COLUMNS, ROWS = 96, 16  # of a picture at most
MOST_LINES = 3  # units up to which they are lines, and not a heat map
MOST_QUANTITIES = 24
_WIDTH, _HEIGHT = 288, 40
_LEVELS = 6


def html(trace: Trace) -> str:
    names = list(trace)
    rows = [_row(trace, name) for name in names[:MOST_QUANTITIES]]
    heads = ("quantity", "over time", "shape", "least", "greatest", "last")
    size = f"{counted(trace.steps, 'step')}, {counted(trace.batch, 'sequence')}"
    left = len(names) - len(rows)
    more = f"{counted(left, 'quantity', 'quantities')} more: {', '.join(names[-left:][:8])}." if left else ""
    return page(f"Trace of {size}", table(heads, rows, left=2), muted(_said(trace)), muted(more))


def _row(trace: Trace, name: str) -> tuple[str, ...]:
    values = trace[name][:, 0] if trace.batch else trace[name][:, :0].reshape(trace.steps, -1)
    shape = f"({', '.join(f'{n:,}' for n in trace[name].shape)})"
    if not values.size:
        return f"<code>{escape(name)}</code>", "", shape, "", "", ""
    finite = values[np.isfinite(values)]
    least, greatest = (float(finite.min()), float(finite.max())) if finite.size else (np.nan, np.nan)
    last = number(float(values[-1, 0])) if values.shape[1] == 1 else ""
    broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
    mark = f' <span style="color:{WRONG}">not finite from step {broken[0] + 1:,}</span>' if broken.size else ""
    picture = _lines(values) if values.shape[1] <= MOST_LINES else _heat_map(values)
    return f"<code>{escape(name)}</code>{mark}", picture, shape, number(least), number(greatest), last


def _said(trace: Trace) -> str:
    """What was left out so that the page stays small."""
    widest = max((array.shape[2] for array in trace.values()), default=0)
    said = [f"The pictures are of the first of {trace.batch:,} sequences."] if trace.batch > 1 else []
    steps = f"{trace.steps:,} steps stand in {COLUMNS} columns" if trace.steps > COLUMNS else ""
    units = f"up to {widest:,} units in {ROWS} rows" if widest > ROWS else ""
    joined = " and ".join(part for part in (steps, units) if part)
    if joined:
        said.append(f"{joined[0].upper()}{joined[1:]}: each place shows the number furthest from 0 of those there.")
    return " ".join(said)


# --- pictures -------------------------------------------------------------------------------------------------------


def furthest(values: Array, columns: int, rows: int) -> Array:
    """(T, units) in at most so many columns and rows: of those that fall together, the number furthest from 0.

    NaN counts as further than all, so that it is never lost.
    """
    for axis, most in ((0, columns), (1, rows)):
        if values.shape[axis] > most:
            starts = _starts(values.shape[axis], most)
            high, low = np.maximum.reduceat(values, starts, axis), np.minimum.reduceat(values, starts, axis)
            values = np.where(high >= -low, high, low)  # of NaN it is low, which is NaN too
    return values


def _starts(length: int, parts: int) -> NDArray[np.intp]:
    return (np.arange(parts) * length // parts).astype(np.intp)


def _heat_map(values: Array) -> str:
    """A path for each strength of each sign; 0 is the ground of the notebook."""
    cells = furthest(values, COLUMNS, ROWS).T
    finite = np.abs(cells[np.isfinite(cells)])
    scale = float(finite.max()) if finite.size and finite.max() > 0 else 1.0
    part = np.clip(np.nan_to_num(cells / scale, nan=0.0, posinf=1.0, neginf=-1.0), -1, 1)
    levels = np.rint(part * _LEVELS).astype(int)
    levels[np.isnan(cells)] = _LEVELS + 1
    rows, columns = levels.shape
    drawn = []
    for level in np.unique(levels[levels != 0]).tolist():
        colour = WRONG if level > _LEVELS else POSITIVE if level > 0 else NEGATIVE
        strength = min(abs(level), _LEVELS) / _LEVELS
        drawn.append(f'<path fill="{colour}" fill-opacity="{strength:.2g}" d="{_runs(levels == level)}"/>')
    return _svg(columns, rows, "".join(drawn), is_sharp=True)


def _runs(wanted: NDArray[np.bool_]) -> str:
    """Rectangles of one row each, as long as neighbours are alike."""
    path = []
    for row in range(len(wanted)):
        edges = np.flatnonzero(np.diff(np.concatenate([[False], wanted[row], [False]]).astype(np.int8)))
        ends = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        path += [f"M{a} {row}h{b - a}v1h-{b - a}z" for a, b in ends]
    return "".join(path)


def _lines(values: Array) -> str:
    """A line for each unit; where steps share a column, from their least number to their greatest."""
    finite = np.where(np.isfinite(values), values, 0.0)
    low, high = min(float(finite.min()), 0.0), max(float(finite.max()), 0.0)
    span = high - low or 1.0
    drawn = [f'<path d="M0 {_y(0.0, low, span)}H{_WIDTH}" stroke="currentColor" stroke-opacity=".25" fill="none"/>']
    for unit in range(values.shape[1]):
        points = _points(finite[:, unit])
        x = (np.arange(len(points)) + 0.5) * _WIDTH / len(points)
        line = " ".join(f"{a:.4g},{_y(b, low, span)}" for a, b in zip(x.tolist(), points.tolist(), strict=True))
        colour = (POSITIVE, NEGATIVE, "currentColor")[unit]
        drawn.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
    return _svg(_WIDTH, _HEIGHT, "".join(drawn), is_sharp=False)


def _points(values: Array) -> Array:
    if len(values) <= 2 * COLUMNS:
        return values
    starts = _starts(len(values), COLUMNS)
    both = np.stack([np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)], axis=1)
    return both.reshape(-1)


def _y(value: float, low: float, span: float) -> str:
    return f"{2 + (_HEIGHT - 4) * (1 - (value - low) / span):.4g}"


def _svg(width: int, height: int, content: str, is_sharp: bool) -> str:
    look = ' preserveAspectRatio="none" shape-rendering="crispEdges"' if is_sharp else ""
    size = f'width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {width} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}{look} aria-hidden="true">{content}</svg>'
