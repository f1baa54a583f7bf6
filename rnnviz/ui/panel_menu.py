"""The context menu of every panel: copy it as text, CSV or picture, write it to a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu

from rnnviz.ui import kinds, picture, surface_axes, words

if TYPE_CHECKING:
    from rnnviz.session.snapshot import Snapshot
    from rnnviz.ui.panel import AnyAddress, Grid, Panel

_PLACES = {
    "left": QT_TRANSLATE_NOOP("panel", "Left column"),
    "centre": QT_TRANSLATE_NOOP("panel", "Centre"),
    "right": QT_TRANSLATE_NOOP("panel", "Right column"),
    "bottom": QT_TRANSLATE_NOOP("panel", "Bottom row"),
}


def show(panel: Panel, where: QPoint, own: Sequence[tuple[str, Callable[[], None]]] = ()) -> None:
    """own : what this panel alone can do, first of all"""
    address = panel.address_at(panel.mapFromGlobal(where)) or (panel.address if panel.hasFocus() else None)
    menu = of_panel(panel, address, own)
    chosen = menu.exec(where)
    asked = chosen.data() if chosen is not None else ""
    menu.deleteLater()
    if asked and asked.startswith("move "):
        panel.move_asked.emit(asked.removeprefix("move "))
    elif asked:
        panel.export_asked.emit(panel, asked.removeprefix("export "))


def of_panel(panel: Panel, address: AnyAddress | None, own: Sequence[tuple[str, Callable[[], None]]]) -> QMenu:
    """What it can do by itself, in words; what it asks for stands in the data of the action."""
    menu = QMenu(panel)
    for text, act in (*own, *surface_axes.offered(panel, address)):
        menu.addAction(text, act)
    menu.addSeparator()
    menu.addAction(_translate("Copy as text"), panel.copy_text)
    has_numbers = panel.cells() is not None  # writing them all can take seconds
    if has_numbers:
        menu.addAction(_translate("Copy as CSV"), panel.copy_csv)
    menu.addAction(_translate("Copy as picture"), panel.copy_picture)
    menu.addSeparator()
    exports = menu.addMenu(_translate("Export"))
    for kind, (text, ending) in kinds.PANEL.items():
        if ending != ".csv" or has_numbers:
            action = QAction(f"{kinds.translated(text)}…", exports)
            action.setData(f"export {kind}")
            exports.addAction(action)
    move = menu.addMenu(_translate("Move to"))
    for place, name in _PLACES.items():
        action = QAction(_translate(name), move)
        action.setData(f"move {place}")
        move.addAction(action)
    return menu


def copy_text(panel: Panel) -> None:
    if panel.snapshot is not None:
        QGuiApplication.clipboard().setText(panel.describe(panel.snapshot))


def copy_picture(panel: Panel) -> None:
    """At twice the screen's pixels: it is for slides and pages."""
    with panel.posed():
        QGuiApplication.clipboard().setImage(picture.image(panel, 2))


def copy_csv(panel: Panel) -> None:
    QGuiApplication.clipboard().setText(csv_text(panel))


def csv_text(panel: Panel) -> str:
    """The panel's table, every digit of it; empty where the panel has no numbers."""
    rows = panel.table(panel.snapshot) if panel.snapshot is not None else []
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue()


def write(panel: Panel, path: str, scale: int = 2) -> None:
    """The panel as PNG, SVG, PDF or CSV, by the ending of the path; scale : of a PNG. Raises OSError."""
    with panel.posed():
        if path.lower().endswith(".csv"):
            Path(path).write_text(csv_text(panel), encoding="utf-8", newline="")
        else:
            picture.write(panel, path, scale=scale)


def rows_of_grid(grid: Grid | None, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
    """One row for each number of a grid: where it is in words, and every digit of it."""
    if grid is None:
        return []
    places = ((row, column) for row in range(grid.rows) for column in range(grid.columns))
    found = [address for place in places if (address := grid.address(*place)) is not None]
    heading: list[str | float] = [_translate("number"), _translate("value")]
    return [heading, *([words.of_place(at, snapshot), words.value(at, snapshot)] for at in found)]


def _translate(text: str) -> str:
    return QCoreApplication.translate("panel", text)
