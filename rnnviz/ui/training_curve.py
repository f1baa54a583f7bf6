"""The training curve: loss and validation over the iterates, clipped updates marked, the shown iterate under a cursor.

Iterate k stands at step k + 1 of the plot's axis, as iterates count from 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import numbers
from rnnviz.ui.iterate_plot import IteratePlot
from rnnviz.ui.plots import Line, Lines, Now, Style, TimeAxis, scale
from rnnviz.ui.plots.scale import Scale
from rnnviz.ui.plots.track import Place
from rnnviz.ui.training_figures import shown_iterate, texts_at

_TICK = 5  # pixels, of a clipped update
LOG_FROM = 20  # greatest over least loss, from which the first view is logarithmic


class Curves(Lines):
    """Lines over iterates; a tick at the top for each update whose gradient was clipped."""

    def __init__(self, lines: Sequence[Line], axis_scale: Scale, clipped: NDArray[np.bool_]) -> None:
        super().__init__(lines, axis_scale)
        self._clipped = np.flatnonzero(clipped) + 1

    def paint(self, painter: QPainter, place: Place, style: Style) -> None:
        super().paint(painter, place, style)
        first, last = place.axis.steps_in_sight()
        shown = self._clipped[(self._clipped >= first) & (self._clipped <= last)]
        if not shown.size:
            return
        top = place.plot.top() - 4.0
        painter.setPen(QPen(style.theme.muted, 1))
        for x in np.unique(np.rint([place.x(int(step)) for step in shown])).tolist():
            painter.drawLine(QPointF(x + 0.5, top), QPointF(x + 0.5, top + _TICK))
        text = QCoreApplication.translate("plots", "clipped")
        box = QRectF(place.plot.right() + 8, top - style.text_height / 2 + 2, style.width(text), style.text_height)
        style.text(painter, box, Qt.AlignmentFlag.AlignLeft, text)

    def right_width(self, style: Style, room: int, axis: TimeAxis) -> int:
        wanted = super().right_width(style, room, axis)
        clipped = QCoreApplication.translate("plots", "clipped")
        return max(wanted, style.width(clipped) + 10) if self._clipped.size else wanted

    def _paint_oddities(self, painter: QPainter, line: Line, place: Place, style: Style) -> None:
        odd = np.flatnonzero(~np.isfinite(line.values))
        if odd.size and line.quantity == "loss":
            text = QCoreApplication.translate("plots", "not finite from iterate {0}").format(int(odd[0]))
            self._paint_flag(painter, int(odd[0]) + 1, False, text, style.theme.error, place, style)


class TrainingCurve(IteratePlot):
    """A click or a drag anywhere, or the arrow keys, asks for the iterate there."""

    iterate_sought = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._run: TrainingRun | None = None
        self._shown: tuple[int, ...] = ()
        self.is_log = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(self.tr("Training curve"))
        self.sought.connect(self._ask_iterate)

    def show_run(self, run: TrainingRun, is_log: bool | None, shows_accuracy: bool = False) -> None:
        """`is_log` None: as the values suggest; it is the loss's axis. Accuracies go from 0 to 1."""
        self._run = run
        look = (id(run.losses), len(run.losses), -1 if is_log is None else int(is_log), int(shows_accuracy))
        if look != self._shown or not self.tracks:
            self._shown = look
            self.axis.set_steps(len(run.losses))
            self.show_tracks(self._accuracies(run) if shows_accuracy else self._curves(run, is_log))
        iterate = shown_iterate(run)
        self.show_now(Now(iterate + 1))
        said = ", ".join(f"{name} {text}" for name, text in texts_at(run, iterate).items())
        self.setAccessibleDescription(self.tr("iterate {0}: {1}").format(iterate, said))

    def _curves(self, run: TrainingRun, is_log: bool | None) -> list[Curves]:
        style = self.style_now()
        if not len(run.losses):
            return []
        lines = [Line(self.tr("loss"), run.losses, style.theme.negative, "loss")]
        validation = _held(run.validation_losses)
        if np.isfinite(validation).any():
            hue = style.theme.positive
            lines.append(Line(self.tr("validation"), validation, hue, "validation", dash=1, marker=1))
        values = [line.values for line in lines]
        self.is_log = offers_log(run) and (_spread(run) >= LOG_FROM if is_log is None else is_log)
        low, high = scale.finite_range(values)
        axis_scale = scale.logarithmic(scale.least_positive(values), high) if self.is_log else scale.linear(low, high)
        return [Curves(lines, axis_scale, run.clipped)]

    def _accuracies(self, run: TrainingRun) -> list[Curves]:
        """The share of right answers in each batch, and in what is held out."""
        self.is_log = False
        style = self.style_now()
        lines = [Line(self.tr("batch"), run.accuracies, style.theme.negative, "accuracy")]
        validation = _held(run.validation_accuracies)
        if np.isfinite(validation).any():
            lines.append(Line(self.tr("validation"), validation, style.theme.positive, "validation", dash=1, marker=1))
        return [Curves(lines, scale.UNIT, np.zeros(0, bool))]  # what is clipped belongs to the loss

    # --- what differs from a plot over time -------------------------------------------------------------------------

    def _step_word(self) -> str:
        return QCoreApplication.translate("plots", "iterate")

    def restyle(self) -> None:
        self._shown = ()
        super().restyle()

    def _ask_iterate(self, step: int) -> None:
        if self._run is not None and self._run.kept:
            self.iterate_sought.emit(step - 1)

    def event(self, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self._said_at(event.pos()), self)
            return True
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._move_of(event) is not None:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        target = self._move_of(event)
        if target is not None:
            self.iterate_sought.emit(target)
        elif not self.zoom_by_key(event):
            super().keyPressEvent(event)

    def _move_of(self, event: QKeyEvent) -> int | None:
        """The kept iterate to which a key leads."""
        run = self._run
        if run is None or not run.kept or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return None
        at = run.kept.index(run.nearest(shown_iterate(run)))
        moves = {Qt.Key.Key_Left: at - 1, Qt.Key.Key_Right: at + 1, Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(run.kept)}
        index = moves.get(Qt.Key(event.key()))
        return None if index is None else run.kept[min(max(index, 0), len(run.kept) - 1)]

    def _said_at(self, point: QPoint) -> str:
        run, places = self._run, self.places()
        if run is None or not places:
            return ""
        iterate = self.axis.step_at(point.x(), places[-1].plot.left(), places[-1].plot.width()) - 1
        lines = [self.tr("iterate {0}").format(numbers.count(iterate))]
        lines += [f"{name} {text}" for name, text in texts_at(run, iterate).items() if name != "clipped"]
        if iterate < len(run.norms_before) and np.isfinite(run.norms_before[iterate]):
            before, after = numbers.text(run.norms_before[iterate]), numbers.text(run.norms_after[iterate])
            said = self.tr("gradient norm {0}").format(before)
            lines.append(self.tr("{0}, clipped to {1}").format(said, after) if run.clipped[iterate] else said)
        return "\n".join(lines)


def has_accuracy(run: TrainingRun) -> bool:
    """Whether answers are classes, so that some are right."""
    return bool(np.isfinite(run.accuracies).any())


def offers_log(run: TrainingRun) -> bool:
    """Whether the losses of a run are spread so far that a log axis can tell more."""
    return _spread(run) > 3


def _spread(run: TrainingRun) -> float:
    """How many times the least positive loss the greatest one is."""
    values = run.losses[np.isfinite(run.losses) & (run.losses > 0)]
    return float(values.max() / values.min()) if values.size else 1.0


def _held(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each iterate's newest measurement; NaN before the first."""
    if not values.size:
        return values
    index = np.where(np.isnan(values), 0, np.arange(len(values)))
    return values[np.maximum.accumulate(index)]
