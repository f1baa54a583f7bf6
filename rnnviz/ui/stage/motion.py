"""The short ease of valves and highlight after a step by hand. It only looks: the numbers are there at once."""

from __future__ import annotations

import time

from PySide6.QtCore import QEasingCurve, QVariantAnimation
from PySide6.QtWidgets import QStyle, QWidget

from rnnviz.ui.stage.compose import Stage
from rnnviz.ui.stage.diagram import Valve

DURATION_MS = 120
_PLAYING_S = 0.2  # steps that follow each other faster are not eased


class Motion:
    """`openings` and `at` are what is painted now; a new step goes on from there, so no key ever waits."""

    def __init__(self, canvas: QWidget) -> None:
        self.openings: dict[str, float] = {}
        self.at = 0.0
        self._canvas = canvas
        self._start: dict[str, float] = {}
        self._end: dict[str, float] = {}
        self._at_start = self._at_end = 0.0
        self._shown: tuple[object, ...] = ()
        self._last_s = 0.0
        self._animation = QVariantAnimation(canvas)
        self._animation.setDuration(DURATION_MS)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._animation.valueChanged.connect(self._move)

    @property
    def is_running(self) -> bool:
        return self._animation.state() == QVariantAnimation.State.Running

    def stop(self) -> None:
        """Be where the last step ends."""
        self._animation.stop()
        self.openings, self.at = dict(self._end), self._at_end

    def go_to(self, stage: Stage, is_wanted: bool) -> None:
        """Ease to the stage's valves and step where that helps the eye, else be there at once."""
        now_s = time.monotonic()
        shown = _identity(stage)
        eases = is_wanted and shown == self._shown and now_s - self._last_s >= _PLAYING_S and self._is_allowed()
        self._shown, self._last_s = shown, now_s
        self._end, self._at_end = _openings(stage), float(stage.picture.snapshot.cursor.step)
        self._animation.stop()
        if not eases or (self._end == self.openings and self._at_end == self.at):
            self.stop()
            return
        self._start, self._at_start = dict(self.openings), self.at
        if abs(self._at_end - self._at_start) > 1.5:
            self._at_start = self._at_end
        self._move(0.0)
        self._animation.start()

    def _move(self, part: float) -> None:
        if part >= 1:  # the sum below would miss the value by a rounding
            self.openings, self.at = dict(self._end), self._at_end
            self._canvas.update()
            return
        self.openings = {
            key: self._start.get(key, end) + (end - self._start.get(key, end)) * part for key, end in self._end.items()
        }
        self.at = self._at_start + (self._at_end - self._at_start) * part
        self._canvas.update()

    def _is_allowed(self) -> bool:
        """The system may ask for less motion."""
        return self._canvas.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration, None, self._canvas) > 0


def _identity(stage: Stage) -> tuple[object, ...]:
    """What must stay the same for two pictures to be the same drawing at another moment."""
    window = stage.strip.steps if stage.strip is not None else None
    return stage.picture.storey.prefix, stage.picture.unit, window, stage.frame.getRect(), stage.cell.plan.diagram


def _openings(stage: Stage) -> dict[str, float]:
    picture = stage.picture
    valves = (part for part in stage.cell.plan.diagram.parts if isinstance(part, Valve))
    return {valve.key: picture.value(valve.key) for valve in valves if picture.has_number(valve.key)}
