"""Which sequence of the batch is shown: a name between two arrows, and for pictures a strip of small ones."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QToolButton, QToolTip, QWidget

from rnnviz.ui import theme
from rnnviz.ui.theme import px


class SequenceChooser(QWidget):
    """Previous, the name, next."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.names = QComboBox(self)
        self.names.setAccessibleName(self.tr("Sequence"))
        self.names.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.names.setMinimumContentsLength(6)
        self.names.activated.connect(self.chosen)
        self.previous = self._arrow(Qt.ArrowType.LeftArrow, self.tr("Previous sequence"), -1)
        self.next = self._arrow(Qt.ArrowType.RightArrow, self.tr("Next sequence"), 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(px(2))
        layout.addWidget(self.previous)
        layout.addWidget(self.names, 1)
        layout.addWidget(self.next)

    def show_names(self, names: tuple[str, ...], at: int) -> None:
        if tuple(self.names.itemText(n) for n in range(self.names.count())) != names:
            self.names.clear()
            self.names.addItems(names)
        self.names.setCurrentIndex(at)
        self.previous.setEnabled(at > 0)
        self.next.setEnabled(at < len(names) - 1)

    def _arrow(self, arrow: Qt.ArrowType, text: str, by: int) -> QToolButton:
        button = QToolButton(self)
        button.setArrowType(arrow)
        button.setToolTip(text)
        button.setAccessibleName(text)
        button.setProperty("by", by)
        button.clicked.connect(self._go)
        return button

    def _go(self) -> None:
        self.chosen.emit(self.names.currentIndex() + self.sender().property("by"))


class Thumbnails(QWidget):
    """The pictures of all sequences in one row; the chosen one stays in view. Arrow keys, wheel and click choose."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: NDArray[np.float64] = np.zeros((1, 0, 1))
        self._names: tuple[str, ...] = ()
        self._at = 0
        self._images: list[QImage] = []
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Pictures of all sequences"))

    def show_pictures(self, inputs: NDArray[np.float64], names: tuple[str, ...], at: int) -> None:
        """inputs : (T, N, features); each sequence is a picture of T rows"""
        if inputs is not self._pictures:
            self._pictures, self._images = inputs, []
        self._names, self._at = names, at
        self.setAccessibleDescription(names[at] if at < len(names) else "")
        self.update()

    def restyle(self) -> None:
        self._images = []
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(px(120), px(30))

    def _side(self) -> int:
        return px(28)

    def _step(self) -> int:
        return self._side() + px(4)

    def _shift(self) -> int:
        """How far the row is moved to the left, so that the chosen picture stands in the middle."""
        width = self._step() * self._pictures.shape[1] - px(4)
        middle = self._at * self._step() + self._side() // 2
        return max(0, min(middle - self.width() // 2, width - self.width()))

    def _number_at(self, point: QPoint) -> int:
        number = (point.x() + self._shift()) // self._step()
        return number if 0 <= number < self._pictures.shape[1] else -1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        look = theme.current()
        if not self._images:
            self._images = [ink_on_paper(self._pictures[:, n]) for n in range(self._pictures.shape[1])]
        for number, image in enumerate(self._images):
            rect = QRect(number * self._step() - self._shift(), px(1), self._side(), self._side())
            if rect.right() < 0 or rect.left() > self.width():
                continue
            painter.setOpacity(1 if number == self._at else 0.6)
            painter.drawImage(rect, image)
            painter.setOpacity(1)
            if number == self._at:
                painter.setPen(QPen(look.accent, px(2)))
                painter.drawRect(rect.adjusted(1, 1, -1, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._choose(self._at + by)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._choose(self._number_at(event.position().toPoint()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._number_at(event.position().toPoint())
        if 0 <= number < len(self._names):
            QToolTip.showText(event.globalPosition().toPoint(), self._names[number], self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._choose(self._at + (-1 if event.angleDelta().y() > 0 else 1))

    def _choose(self, number: int) -> None:
        if 0 <= number < self._pictures.shape[1] and number != self._at:
            self.chosen.emit(number)


def ink_on_paper(picture: NDArray[np.float64]) -> QImage:
    """(rows, columns) from 0, the colour of a raised cell, to the largest value, the ink of the theme."""
    look = theme.current()
    paper = np.array(look.raised.getRgb()[:3], float)
    ink = np.array(look.ink.getRgb()[:3], float)
    low, high = min(float(picture.min(initial=0)), 0.0), float(picture.max(initial=0))
    strength = (picture - low) / ((high - low) or 1.0)
    colours = np.rint(paper + (ink - paper) * strength[..., np.newaxis]).astype(np.uint8)
    rows, columns = picture.shape
    return QImage(
        np.ascontiguousarray(colours).tobytes(), columns, rows, 3 * columns, QImage.Format.Format_RGB888
    ).copy()
