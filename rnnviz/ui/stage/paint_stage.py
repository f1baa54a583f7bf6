"""Paints the whole stage: beam, frame, head, cell, strip, units, readout."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from rnnviz.ui.stage import readout, units
from rnnviz.ui.stage.compose import Stage
from rnnviz.ui.stage.paint_cell import CellPainter
from rnnviz.ui.stage.paint_unrolled import UnrolledPainter
from rnnviz.ui.stage.shades import mix
from rnnviz.ui.theme import Theme


def paint(painter: QPainter, stage: Stage, theme: Theme, openings: Mapping[str, float], at: float) -> None:
    """openings : the valves' openings while they move; at : the step that the highlight stands at."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _beam(painter, stage, theme, at)
    _frame(painter, stage, theme)
    if stage.strip is not None:
        UnrolledPainter(painter, stage.strip, theme, at).paint()
    CellPainter(painter, stage.cell, theme, openings).paint()
    if stage.units is not None:
        units.paint(painter, stage.units, theme)
    if stage.readout is not None:
        readout.paint(painter, stage.readout, stage.picture.snapshot.selection, theme)


def _beam(painter: QPainter, stage: Stage, theme: Theme, at: float) -> None:
    """From the current step's box down to the opened cell."""
    strip = stage.strip
    if strip is None or not strip.steps.start - 1 < at < strip.steps.stop:
        return
    line = next((line for line in strip.lines if line.is_open), strip.lines[-1])
    box = strip.box_of(line, at)
    top, bottom = box.bottom() - 1, stage.frame.top()
    edge = 6.0
    corners = [
        QPointF(box.left() + edge, top),
        QPointF(box.right() - edge, top),
        QPointF(stage.frame.right() - edge, bottom),
        QPointF(stage.frame.left() + edge, bottom),
    ]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(mix(theme.panel, theme.accent_soft, 0.55))
    painter.drawPolygon(QPolygonF(corners))


def _frame(painter: QPainter, stage: Stage, theme: Theme) -> None:
    painter.setPen(QPen(theme.line, theme.hairline))
    painter.setBrush(theme.panel)
    painter.drawRoundedRect(stage.frame.adjusted(0.5, 0.5, -0.5, -0.5), 10, 10)
    setter, frame = stage.type, stage.frame
    left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    head = QRectF(frame.left() + 16, frame.top() + 3, frame.width() - 32, setter.size * 2)
    is_masked = stage.picture.is_masked
    painter.setPen(theme.ink if is_masked else theme.muted)
    painter.setFont(setter.name if is_masked else setter.sans)
    painter.drawText(head, right, stage.note)
    painter.setPen(theme.muted)
    painter.setFont(setter.sans)
    if not stage.tabs:
        painter.drawText(head, left, stage.picture.storey.cell.title)
    for tab in stage.tabs:
        painter.setPen(theme.ink if tab.is_open else theme.muted)
        painter.setFont(setter.name if tab.is_open else setter.sans)
        title = painter.fontMetrics().elidedText(tab.storey.title, Qt.TextElideMode.ElideRight, int(tab.rect.width()))
        painter.drawText(tab.rect, int(Qt.AlignmentFlag.AlignCenter), title)
        if tab.is_open:
            painter.setPen(QPen(theme.accent, 2))
            painter.drawLine(
                QPointF(tab.rect.left() + 6, tab.rect.bottom()), QPointF(tab.rect.right() - 6, tab.rect.bottom())
            )
