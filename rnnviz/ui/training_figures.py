"""How far training is, and its numbers at the iterate that is shown: loss, validation, accuracy, clipped updates."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import numbers, theme, training_words


class ProgressLine(QWidget):
    """A thin line that fills."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Progress of training"))

    def show_share(self, share: float) -> None:
        if share != self._share:
            self._share = share
            self.setAccessibleDescription(numbers.percent(round(share, 3)))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(80, theme.px(4))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(colours.line)
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            painter.setBrush(colours.accent)
            width = max(self.width() * min(self._share, 1.0), 2 * radius)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)


class Figures(QWidget):
    """A row for each number that there is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.line = ProgressLine(self)
        self.said = QLabel(self)
        self.said.setProperty("role", "muted")
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 2, 0, 2)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self.line, 0, 0, 1, 2)
        self._grid.addWidget(self.said, 1, 0, 1, 2)
        self._rows = {
            name: self._row(index, text)
            for index, (name, text) in enumerate(
                (
                    ("loss", self.tr("loss")),
                    ("validation", self.tr("validation")),
                    ("accuracy", self.tr("accuracy")),
                    ("clipped", self.tr("clipped")),
                ),
                start=2,
            )
        }
        self.restyle()

    def show_run(self, run: TrainingRun) -> None:
        self.line.show_share(run.progress)
        self.said.setText(training_words.progress(run))
        texts = texts_at(run, shown_iterate(run))
        is_held_out = best_known_accuracy(run) is run.validation_accuracies
        self._rows["accuracy"][0].setText(
            self.tr("accuracy, held out") if is_held_out else self.tr("accuracy, learned")
        )
        for name, (label, value) in self._rows.items():
            text = texts.get(name, "")
            label.setVisible(bool(text))
            value.setVisible(bool(text))
            value.setText(text)

    def text(self) -> str:
        """For screen readers and for copying."""
        rows = [f"{label.text()} {value.text()}" for label, value in self._rows.values() if value.text()]
        return ", ".join([self.said.text(), *rows])

    def restyle(self) -> None:
        self.said.setFont(theme.sans(theme.SMALL))
        for label, value in self._rows.values():
            label.setFont(theme.sans(theme.SMALL))
            value.setFont(theme.sans(theme.BODY, semibold=True))
        self.line.updateGeometry()

    def _row(self, index: int, text: str) -> tuple[QLabel, QLabel]:
        label, value = QLabel(text, self), QLabel(self)
        label.setProperty("role", "muted")
        value.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._grid.addWidget(label, index, 0)
        self._grid.addWidget(value, index, 1)
        return label, value


def shown_iterate(run: TrainingRun) -> int:
    return run.number if run.cursor is None else run.cursor


def texts_at(run: TrainingRun, iterate: int) -> dict[str, str]:
    """ "loss", "validation", "accuracy", "clipped" -> what to write; what was not measured is left out."""
    texts = {}
    if iterate < len(run.losses):
        texts["loss"] = numbers.text(run.losses[iterate])
    for name, values in (("validation", run.validation_losses), ("accuracy", best_known_accuracy(run))):
        known = last_known(values, iterate)
        if known is not None:
            texts[name] = numbers.percent(known) if name == "accuracy" else numbers.text(known)
    count = int(run.clipped[: iterate + 1].sum())
    if count:
        gradients = int(np.isfinite(run.norms_before[: iterate + 1]).sum())  # the last iterate has none
        texts["clipped"] = f"{numbers.count(count)} / {numbers.count(gradients)}"
    return texts


def best_known_accuracy(run: TrainingRun) -> NDArray[np.float64]:
    """On the held-out sequences where there are such."""
    return run.validation_accuracies if np.isfinite(run.validation_accuracies).any() else run.accuracies


def last_known(values: NDArray[np.float64], iterate: int) -> float | None:
    """The newest measured value up to an iterate."""
    known = np.flatnonzero(~np.isnan(values[: iterate + 1]))
    return float(values[known[-1]]) if known.size else None
