"""Reading a file: a small one at once, a large one in a worker process, with progress, and to be cancelled."""

from __future__ import annotations

from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from rnnviz.interop.data.source import Format
from rnnviz.jobs import Worker
from rnnviz.jobs.reading import Found, Progress, read_file, read_job

SMALL_BYTES = 400_000
_EVERY_MS = 33


class Reader(QObject):
    progressed = Signal(float)
    found = Signal(object)  # a Found

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = Worker()
        self._clock = QTimer(self, interval=_EVERY_MS)
        self._clock.timeout.connect(self._look)

    @property
    def is_busy(self) -> bool:
        return self._worker.is_busy

    def read(self, path: str, how: Format) -> None:
        """`found` says what is in the file, at once where it is small."""
        self.cancel()
        if _size(path) <= SMALL_BYTES:
            (last,) = deque(read_file(path, how), maxlen=1)
            self.found.emit(last)
            return
        self.progressed.emit(0.0)
        self._worker.start(read_job(path, how), 0)
        self._clock.start()

    def cancel(self) -> None:
        self._clock.stop()
        self._worker.cancel()

    def close(self) -> None:
        """End the work, and wait for its process."""
        self.cancel()
        self._worker.close()

    def _look(self) -> None:
        for batch in self._worker.poll():
            for result in batch.results:
                if isinstance(result, Progress):
                    self.progressed.emit(result.share)
                else:
                    self._clock.stop()
                    self.found.emit(result)
                    return
            if batch.ended:
                self._clock.stop()
                self.found.emit(Found(problem=batch.error))
                return


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except (OSError, ValueError):
        return 0  # what is wrong with it is said when it is read
