"""From named columns and rows to pixels: the largest text that fits, then fewer digits, then fewer rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF, QRectF

from rnnviz.ui.stage.diagram import Column, Diagram, Place, Row

SMALLEST, LARGEST = 11, 16  # pixels of text
_SMALLEST_UNIT = 0.6
_WIDEST, _TALLEST = 1.7, 1.35  # how far a drawing is pulled apart, as a multiple of the least it needs


@dataclass(frozen=True)
class Grid:
    """Where the columns and rows stand. `unit` scales parts; `dropped` are rows there was no room for."""

    rect: QRectF
    x: dict[str, float]
    y: dict[str, float]
    unit: float
    text: int
    digits: int
    pill: float
    dropped: frozenset[str]

    def point(self, place: Place) -> QPointF:
        return QPointF(
            round(self.x[place.column] + place.dx * self.unit + place.pills * self.pill) + 0.5,
            round(self.y[place.row] + place.dy * self.unit) + 0.5,
        )

    def moved(self, dx: float, dy: float) -> Grid:
        x = {name: at + dx for name, at in self.x.items()}
        y = {name: at + dy for name, at in self.y.items()}
        return replace(self, rect=self.rect.translated(dx, dy), x=x, y=y)


def fit(
    diagram: Diagram, room: QRectF, digits: int, text_scale: float, pill_width: Callable[[int, int], float]
) -> Grid:
    """The grid, centred where the room is wide. pill_width(text, digits) measures the widest usual number."""
    largest = max(round(LARGEST * text_scale), SMALLEST)
    rows = diagram.rows
    text = next(
        (
            size
            for size in range(largest, SMALLEST, -1)
            if _length(diagram.columns, size, pill_width(size, digits)) <= room.width()
            and sum(row.gap for row in rows) * size / SMALLEST <= room.height()
        ),
        SMALLEST,
    )
    while digits > 2 and _length(diagram.columns, text, pill_width(text, digits)) > room.width():
        digits -= 1
    pill = pill_width(text, digits)
    unit = text / SMALLEST
    if _length(diagram.columns, text, pill) > room.width():  # the text can't shrink: parts and gaps must
        pills = sum(column.pills for column in diagram.columns) * pill
        unit = max((room.width() - pills) / sum(column.gap for column in diagram.columns), _SMALLEST_UNIT)
    kept = _kept(rows, room.height() / unit)
    gaps = [column.gap * unit + column.pills * pill for column in diagram.columns]
    width = min(room.width(), sum(gaps) * _WIDEST)
    x = _spread([c.name for c in diagram.columns], gaps, [c.stretch for c in diagram.columns], width)
    heights = [row.gap * unit for row in kept]
    height = min(room.height(), sum(heights) * _TALLEST)
    y = _spread([row.name for row in kept], heights, [row.stretch for row in kept], height)
    rect = QRectF(round(room.center().x() - width / 2), round(room.top()), round(width), round(height))
    return Grid(
        rect,
        {name: at + rect.left() for name, at in x.items()},
        _with_dropped({name: at + rect.top() for name, at in y.items()}, rows),
        unit,
        text,
        digits,
        pill,
        frozenset(row.name for row in rows) - {row.name for row in kept},
    )


def fits(diagram: Diagram, room: QRectF, pill_width: Callable[[int, int], float]) -> bool:
    """Whether the diagram can be drawn whole in the smallest text, if need be with three digits."""
    is_wide_enough = least_width(diagram, pill_width) <= room.width()
    return is_wide_enough and sum(row.gap for row in diagram.rows) <= room.height()


def least_width(diagram: Diagram, pill_width: Callable[[int, int], float]) -> float:
    """With less, parts lie over each other."""
    return _length(diagram.columns, SMALLEST, pill_width(SMALLEST, 3))


def _length(columns: tuple[Column, ...], text: int, pill: float) -> float:
    return sum(column.gap * text / SMALLEST + column.pills * pill for column in columns)


def _kept(rows: tuple[Row, ...], room: float) -> tuple[Row, ...]:
    """The rows that stay: the highest rank goes first."""
    kept = rows
    while sum(row.gap for row in kept) > room and any(row.rank for row in kept):
        worst = max(row.rank for row in kept)
        kept = _without(kept, worst)
    return kept


def _without(rows: tuple[Row, ...], rank: int) -> tuple[Row, ...]:
    """The row below one that goes keeps at least that one's distance from the row above."""
    kept: list[Row] = []
    gap = 0.0
    for row in rows:
        if row.rank == rank:
            gap = row.gap
            continue
        kept.append(replace(row, gap=max(row.gap, gap)))
        gap = 0.0
    return tuple(kept)


def _spread(names: list[str], gaps: list[float], stretches: list[float], length: float) -> dict[str, float]:
    """Places one gap after another, the spare length shared out by stretch; too little length presses all gaps."""
    spare = length - sum(gaps)
    if spare < 0:
        gaps, spare = [gap * length / sum(gaps) for gap in gaps], 0.0
    share = spare / (sum(stretches) or 1.0)
    places, at = {}, 0.0
    for name, gap, stretch in zip(names, gaps, stretches, strict=True):
        at += gap + share * stretch
        places[name] = at
    return places


def _with_dropped(places: dict[str, float], rows: tuple[Row, ...]) -> dict[str, float]:
    """A row that was dropped falls on the one above it, so that wires keep their shape."""
    above = places[rows[0].name]
    for row in rows:
        above = places.setdefault(row.name, above)
    return places
