"""The stage as rows of numbers for the keyboard: up and down go to what lies nearest in the next row."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF

from rnnviz.ui.stage.compose import Stage
from rnnviz.ui.stage.places import AnyAddress, at_unit

_SAME_ROW = 6.0  # pixels


@dataclass(frozen=True)
class Rows:
    """Each row from left to right: the middle of a number and its address."""

    rows: tuple[tuple[tuple[float, AnyAddress], ...], ...]

    def moved(self, row: int, column: int, down: int, right: int) -> tuple[int, int]:
        """The place after one move; at an edge it stays."""
        if not self.rows:
            return row, column
        row = min(row, len(self.rows) - 1)
        column = min(column, len(self.rows[row]) - 1)
        if right:
            return row, min(max(column + right, 0), len(self.rows[row]) - 1)
        x = self.rows[row][column][0]
        row = min(max(row + down, 0), len(self.rows) - 1)
        return row, min(range(len(self.rows[row])), key=lambda k: abs(self.rows[row][k][0] - x))

    def address(self, row: int, column: int) -> AnyAddress | None:
        return self.rows[row][column][1] if column < len(self.rows[row]) else None


def rows_of(stage: Stage) -> Rows:
    """A valve or an activation stands for its number only where that is not written out."""
    items = list(stage.items())
    written = {item.address for item in items if item.text}
    places = [(item.rect, item.address) for item in items if item.text or item.address not in written]
    for strip in stage.cell.strips:
        addresses = (at_unit(strip.first, unit) for unit in range(len(strip.values)))
        places += [(rect, address) for address in addresses if (rect := strip.rect_of(address)) is not None]
    grid = stage.units
    if grid is not None:
        places += [(grid.rect_at(unit), at_unit(grid.first, unit)) for unit in range(len(grid.values))]
    return Rows(_in_rows(places))


def _in_rows(places: list[tuple[QRectF, AnyAddress]]) -> tuple[tuple[tuple[float, AnyAddress], ...], ...]:
    rows: list[dict[AnyAddress, float]] = []
    last = float("-inf")
    for rect, address in sorted(places, key=lambda place: place[0].center().y()):
        if rect.center().y() - last > _SAME_ROW:
            rows.append({})
            last = rect.center().y()
        rows[-1].setdefault(address, rect.center().x())
    return tuple(
        tuple(sorted(((x, address) for address, x in row.items()), key=lambda place: place[0])) for row in rows
    )
