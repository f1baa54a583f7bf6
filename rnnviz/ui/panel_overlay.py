"""What lies over a panel's content: rings around numbers, or a sentence where there is nothing to show."""

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from rnnviz.ui.labels import WrappedLabel

Ring = tuple[QRect, QColor, int]  # around this, in this colour, so many pixels wide


class PanelOverlay(QWidget):
    """Paints the rings above the content and lets every mouse event through."""

    def __init__(self, panel: QWidget, rings: Callable[[], list[Ring]]) -> None:
        super().__init__(panel)
        self._rings = rings
        self._dirty = QRect()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)

    def refresh(self) -> None:
        """Paint again where rings were and where they are now, and nowhere else."""
        fresh = QRect()
        for rect, _, _ in self._rings():
            fresh = fresh.united(rect.adjusted(-3, -3, 3, 3))
        if not self._dirty.isNull() or not fresh.isNull():
            self.update(self._dirty.united(fresh))
        self._dirty = fresh

    def paintEvent(self, event: QPaintEvent) -> None:
        rings = self._rings()
        if not rings:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for rect, colour, width in rings:
            painter.setPen(QPen(colour, width))
            painter.drawRoundedRect(rect.toRectF().adjusted(-0.5, -0.5, 0.5, 0.5), 4, 4)


class EmptyState(QWidget):
    """One sentence and at most one button."""

    def __init__(self, sentence: str, button: str = "", action: Callable[[], object] | None = None) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch()
        label = WrappedLabel(sentence)
        label.setProperty("role", "muted")
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(label)
        if button and action is not None:
            push = QPushButton(button)
            push.clicked.connect(action)
            layout.addWidget(push, 0, Qt.AlignmentFlag.AlignCenter)
        layout.addStretch()
