"""A film being made while the window goes on: a few pictures between two events, then a worker that joins them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, QTimer, Signal

from rnnviz.engine.errors import EngineError
from rnnviz.jobs import Worker
from rnnviz.jobs.film import film_job, publish
from rnnviz.scenario.errors import ScenarioError
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui.export import camera

_SLICE_S = 0.03  # of pictures at a stretch
_PAUSE_MS = 5
_NEWS_MS = 33


@dataclass(frozen=True)
class Order:
    """pictures : how many snapshots there are; fps : pictures a second; loops : how often it is shown, 0 for ever"""

    shoot: camera.Shoot
    snapshots: Iterator[Snapshot]
    pictures: int
    out: Path
    fps: float
    loops: int


class Filming(QObject):
    """One film at a time. Until `done` there is nothing of it where it goes, and after `cancel` nothing at all."""

    progressed = Signal(float, str)
    done = Signal(str)
    failed = Signal(str)
    ended = Signal()  # however it did

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = Worker()
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go_on)
        self._order: Order | None = None
        self._taken: Iterator[Path] = iter(())
        self._paths: list[Path] = []
        self._folder: TemporaryDirectory[str] | None = None
        self._began_s = 0.0

    @property
    def is_busy(self) -> bool:
        return self._order is not None

    def start(self, order: Order) -> None:
        self.cancel()
        self._order, self._paths = order, []
        self._folder = TemporaryDirectory(prefix="rnnviz-film-")
        self._taken = camera.take(order.shoot, order.snapshots, Path(self._folder.name))
        self._began_s = time.monotonic()
        self.progressed.emit(0.0, self.tr("picture {0} of {1}").format(0, order.pictures))
        self._timer.start(_PAUSE_MS)

    def cancel(self) -> None:
        if self._order is not None:
            self._end()

    def close(self) -> None:
        self.cancel()
        self._worker.close()

    def _end(self) -> None:
        self._timer.stop()
        self._worker.close()  # what still writes into the folder has to be gone before it
        self._order, self._taken = None, iter(())
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self.ended.emit()

    def _go_on(self) -> None:
        try:
            if self._worker.is_busy:
                self._join()
            else:
                self._shoot()
        except (ScenarioError, EngineError, OSError) as error:
            self._fail(str(error.strerror if isinstance(error, OSError) and error.strerror else error))

    def _shoot(self) -> None:
        order = self._order
        assert order is not None, "the timer goes only while there is one"
        end = time.monotonic() + _SLICE_S
        while time.monotonic() < end:
            path = next(self._taken, None)
            if path is None:
                self._begin_to_join(order)
                return
            self._paths.append(path)
        self._tell(len(self._paths), order.pictures, self.tr("picture {0} of {1}"))
        self._timer.start(_PAUSE_MS)

    def _begin_to_join(self, order: Order) -> None:
        assert self._folder is not None, "it is made with the order"
        self._worker.start(film_job(self._paths, self._made(order), 1 / order.fps, order.loops), 0)
        self.progressed.emit(1.0, self.tr("putting {0} pictures together").format(len(self._paths)))
        self._timer.start(_NEWS_MS)

    def _made(self, order: Order) -> Path:
        assert self._folder is not None, "it is made with the order"
        return Path(self._folder.name) / f"film{order.out.suffix}"

    def _join(self) -> None:
        order = self._order
        assert order is not None, "the timer goes only while there is one"
        for batch in self._worker.poll():
            if batch.error:
                self._fail(batch.error)
                return
            if batch.ended:
                publish(self._made(order), order.out)
                self._end()
                self.done.emit(str(order.out))
                return
            if batch.results:
                self.progressed.emit(float(batch.results[-1]), self.tr("putting the pictures together"))
        self._timer.start(_NEWS_MS)

    def _tell(self, count: int, of: int, text: str) -> None:
        worked_s = time.monotonic() - self._began_s
        left = worked_s / count * (of - count)
        words = text.format(count, of)
        if left >= 1.0:
            words = self.tr("{0}, about {1:.0f} s left").format(words, left)
        self.progressed.emit(count / of, words)

    def _fail(self, why: str) -> None:
        out = self._order.out if self._order is not None else ""
        self._end()
        self.failed.emit(self.tr("{0} could not be written: {1}.").format(out, why.rstrip(".")))


def seconds_for(shoot: camera.Shoot, snapshot: Snapshot) -> tuple[float, tuple[int, int]]:
    """How long one picture takes, and its size in pixels."""
    began = time.monotonic()
    image = shoot(snapshot)
    return time.monotonic() - began, (image.width(), image.height())
