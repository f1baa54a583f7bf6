"""The equations of one step in their order, "i → f → g → c → o → h", with the one that was just computed lit."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import theme

_ARROW = " → "


class EquationChain(QWidget):
    """Emits `asked` with the number of equations to have done, when one of them is clicked."""

    asked = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self._done = 0
        self._is_whole = True
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip(self.tr("The equations of a step; Shift+Right and Shift+Left walk through them"))

    def show_step(self, names: tuple[str, ...], substep: int) -> None:
        """`substep` equations are done; 0 when all are."""
        if (names, substep) == (self._names, self._done):
            return
        is_other = names != self._names
        self._names, self._done, self._is_whole = names, substep, substep == 0
        self.setAccessibleDescription(self._described())
        if is_other:
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        right = self._places()[-1][1].right() + 1 if self._names else 0
        return QSize(right, theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        for index, (text, rect) in enumerate(self._places()):
            is_arrow, number = index % 2 == 1, index // 2 + 1
            is_lit = not self._is_whole and number == self._done and not is_arrow
            is_ahead = not self._is_whole and number > self._done
            faint = theme.mix(colours.paper, colours.muted, 0.55)
            painter.setPen(colours.accent if is_lit else faint if is_ahead or is_arrow else colours.muted)
            painter.setFont(theme.sans(theme.SMALL, semibold=is_lit))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for index, (_, rect) in enumerate(self._places()):
            if index % 2 == 0 and self._around(rect).contains(event.position().toPoint()):
                self.asked.emit(index // 2 + 1)

    def _places(self) -> list[tuple[str, QRect]]:
        """Names and arrows in turn, each with its rectangle; names as wide as they are when they are lit."""
        bold = QFontMetrics(theme.sans(theme.SMALL, semibold=True))
        x, places = 0, []
        for index, name in enumerate(self._names):
            for text in (_ARROW, name) if index else (name,):
                width = bold.horizontalAdvance(text) + (0 if text == _ARROW else 2)
                places.append((text, QRect(QPoint(x, 0), QSize(width, self.height()))))
                x += width
        return places

    def _around(self, rect: QRect) -> QRect:
        return rect.adjusted(-4, 0, 4, 0)

    def _described(self) -> str:
        if self._is_whole:
            return self.tr("All equations of the step are done: {0}").format(", ".join(self._names))
        done = self._names[self._done - 1]
        return self.tr("{0} is done, number {1} of {2}").format(done, self._done, len(self._names))
