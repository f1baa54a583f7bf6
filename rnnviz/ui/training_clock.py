"""Asks the session for news of its jobs, 30 times a second, as long as any is under way."""

from PySide6.QtCore import QObject, QTimer

from rnnviz.session.session import Session

_EVERY_MS = 33


class JobClock(QObject):
    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._timer = QTimer(self, interval=_EVERY_MS)
        self._timer.timeout.connect(self._tick)

    def follow(self) -> None:
        """Call after every change of the session: the clock goes exactly while a job does."""
        if self._session.has_work != self._timer.isActive():
            self._timer.start() if self._session.has_work else self._timer.stop()

    def _tick(self) -> None:
        self._session.poll()
        self.follow()
