"""The fixed points at the point of a loss surface that is looked at, worked out as soon as the mouse rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from rnnviz.ui import surface_fixed

if TYPE_CHECKING:
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel

REST_MS = 60


class FixedPointsNote(QObject):
    """`text` says them; "" where they are not to be shown."""

    def __init__(self, panel: LossSurfacePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._text = ""
        self._stairs: surface_fixed.Staircase | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self.work_out)
        panel.map.pointed_at.connect(self.ask)

    @property
    def text(self) -> str:
        return self._text if self._panel.tools.shows_fixed else ""

    @property
    def stairs(self) -> surface_fixed.Staircase | None:
        return self._stairs if self._panel.tools.shows_fixed else None

    def ask(self) -> None:
        """Soon, at the point under the mouse or the cursor, else at the weights."""
        if self._panel.tools.shows_fixed:
            self._timer.start()

    def work_out(self) -> None:
        canvas, snapshot = self._panel.map, self._panel.snapshot
        if canvas.work is None or snapshot is None or not self._panel.tools.shows_fixed:
            return
        pointed = canvas.hovered or canvas.pointed
        x, y = canvas.values_at(*pointed)[:2] if pointed else canvas.marker
        points = surface_fixed.points_at(canvas.work.plane, x, y)
        self._text = surface_fixed.in_words(points, snapshot.scenario)
        self._stairs = surface_fixed.staircase(canvas.work.plane, x, y, points)
        self._panel.renew_look()
