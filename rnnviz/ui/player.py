"""Plays a sequence: so many steps a second, never more than 60 redraws, and a stop at the end."""

import time

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from rnnviz.session.session import Session
from rnnviz.ui.walk import TimeWalk, Walk

SPEEDS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 60.0, 200.0, 1000.0)  # steps per second
_MOST_REDRAWS = 60


class Player(QObject):
    """Above 60 steps a second, several steps go into one redraw; a slow redraw is made up for by a longer stride."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self.walk: Walk = TimeWalk(session)
        self.speed = 1.0
        self._due_s = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def toggle(self) -> None:
        if self.is_playing:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Play on from here; from the start when everything has been played."""
        if self.walk.last == 0:
            return
        if self.walk.position >= self.walk.last:
            self.walk.seek(0)
        self._due_s = time.monotonic()
        self._timer.start(self._interval_ms())
        self.changed.emit()

    def stop(self) -> None:
        if self.is_playing:
            self._timer.stop()
            self.changed.emit()

    def set_speed(self, steps_per_s: float) -> None:
        self.speed = steps_per_s
        if self.is_playing:
            self._due_s = time.monotonic()
            self._timer.start(self._interval_ms())
        self.changed.emit()

    def faster(self) -> None:
        self.set_speed(next((speed for speed in SPEEDS if speed > self.speed), SPEEDS[-1]))

    def slower(self) -> None:
        self.set_speed(next((speed for speed in reversed(SPEEDS) if speed < self.speed), SPEEDS[0]))

    def _interval_ms(self) -> int:
        return round(1000 / min(self.speed, _MOST_REDRAWS))

    def _tick(self) -> None:
        now = time.monotonic()
        count = max(1, round((now - self._due_s) * self.speed))
        self._due_s = now
        self.walk.move(count)
        if self.walk.position >= self.walk.last:
            self.stop()
