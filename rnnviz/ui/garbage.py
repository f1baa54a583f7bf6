"""Python's search for garbage, made between events only.

Left to itself Python may search at any moment, also while Qt lays out or paints; a widget that is freed then takes the
program down with it. So the automatic search is off, and a timer of the event loop does the same work.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500


class GarbageTimer(QTimer):
    """Searches as often as Python would: the young objects often, the old ones seldom."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self.setInterval(INTERVAL_MS)
        self.timeout.connect(self.collect)
        self.start()

    def collect(self) -> None:
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
