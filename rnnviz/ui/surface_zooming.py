"""The zoom of a loss surface panel, by keys, wheel, frame and tools."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rnnviz.ui.surface_trail import window_around
from rnnviz.ui.surface_zoom import Window, Zoom

if TYPE_CHECKING:
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel

KEY_ZOOM = 0.5
# A worker process takes a while to start: while the wheel turns, only the first picture is worked out, here.
SETTLED_S = 0.3


class Zooming:
    """`zoom` is None until there is a surface."""

    def __init__(self, panel: LossSurfacePanel) -> None:
        self._panel = panel
        self.zoom: Zoom | None = None
        self._settled_at = 0.0
        panel.map.framed.connect(self.show_window)
        panel.map.turned.connect(self._turn)

    @property
    def is_whole(self) -> bool:
        return self.zoom is None or self.zoom.is_whole

    @property
    def is_settled(self) -> bool:
        return time.monotonic() >= self._settled_at

    def closer(self) -> None:
        self._by(KEY_ZOOM)

    def further(self) -> None:
        self._by(1 / KEY_ZOOM)

    def back(self) -> None:
        if self.zoom is not None:
            self._show(self.zoom.back())

    def out(self) -> None:
        if self.zoom is not None:
            self._show(self.zoom.out())

    def to_trail(self) -> None:
        """All of the last training run, also what lies beyond the whole range."""
        look = self._panel.map.look
        if look is not None and look.trail is not None:
            self.show_window(window_around(look.trail))

    def _by(self, factor: float) -> None:
        """Around the keyboard's cursor, or the weights where they are in the picture, or its middle."""
        canvas = self._panel.map
        if self.zoom is None or canvas.work is None:
            return
        window, (x, y) = self.zoom.shown, canvas.marker
        if canvas.pointed is not None:
            x, y, _ = canvas.values_at(*canvas.pointed)
        elif not window.holds(x, y):
            x, y = sum(window.x) / 2, sum(window.y) / 2
        self._show(self.zoom.by(factor, x, y))

    def show_window(self, window: Window) -> None:
        if self.zoom is not None:
            self._show(self.zoom.into(window))

    def _turn(self, factor: float, x: float, y: float) -> None:
        if self.zoom is not None:
            self._settled_at = time.monotonic() + SETTLED_S
            self._show(self.zoom.by(factor, x, y, is_fluid=True))

    def _show(self, zoom: Zoom) -> None:
        if zoom != self.zoom:
            self.zoom = zoom
            self._panel.map.pointed = None
            self._panel.draw_again()
