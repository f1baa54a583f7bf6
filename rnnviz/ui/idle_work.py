"""Work in the window's own process, a few milliseconds at a time between what else there is to do.

For what only reads the trace, which is here and may be too large to be sent away. The work is a generator; whoever
drops it has cancelled it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

SLICE_S = 0.006
PAUSE_MS = 4


class IdleWork(QObject):
    """`advanced` after every slice, `finished` after the last one."""

    advanced = Signal()
    finished = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._work: Iterator[object] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._slice)

    @property
    def is_busy(self) -> bool:
        return self._work is not None

    def begin(self, work: Iterator[object]) -> None:
        self._work = work
        self._timer.start()

    def finish_now(self, is_silent: bool = False) -> None:
        """All that is left, at once; silently for whoever goes on right after it."""
        self.blockSignals(is_silent)
        while self._work is not None:
            self._go_on(float("inf"))
        self.blockSignals(False)

    def cancel(self) -> None:
        self._work = None
        self._timer.stop()

    def pause(self) -> None:
        self._timer.stop()

    def go_on(self) -> None:
        if self._work is not None:
            self._timer.start()

    def _slice(self) -> None:
        self._go_on(SLICE_S)

    def _go_on(self, slice_s: float) -> None:
        until = time.perf_counter() + slice_s
        work = self._work
        while work is not None and work is self._work and time.perf_counter() < until:
            try:
                next(work)
            except StopIteration:
                self.cancel()
                self.finished.emit()
                return
        self.advanced.emit()
