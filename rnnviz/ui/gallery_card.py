"""One scenario in the gallery: picture, title, a few words."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QWidget

from rnnviz.ui import gallery_picture, theme
from rnnviz.ui.gallery_picture import Picture


@dataclass(frozen=True)
class Item:
    """key : the name of a built-in scenario, or the path of a file"""

    key: str
    title: str
    group: str
    summary: str


class GalleryCard(QAbstractButton):
    """Picture, title, two lines of summary."""

    opened = Signal(str)

    def __init__(self, item: Item, parent: QWidget) -> None:
        super().__init__(parent)
        self.item = item
        self.is_found = True
        self.has_picture = False
        self._picture: Picture | None = None
        self._pixmap = QPixmap()
        self.setText(item.title)
        self.setAccessibleName(f"{item.group}: {item.title}")
        self.setAccessibleDescription(item.summary)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._open)

    def _open(self) -> None:
        self.opened.emit(self.item.key)

    def show_picture(self, picture: Picture | None) -> None:
        self.has_picture = True
        self._picture, self._pixmap = picture, QPixmap()
        self.update()

    def forget_picture(self) -> None:
        """It will be painted again, in other colours or another size."""
        self.has_picture = False
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(220), theme.px(196))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(196))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_lit = self.hasFocus() or self.underMouse()
        width = 2 if self.hasFocus() else colours.hairline
        painter.setPen(QPen(colours.accent if self.hasFocus() else colours.muted if is_lit else colours.line, width))
        painter.setBrush(colours.panel)
        edge = width / 2
        painter.drawRoundedRect(self.rect().toRectF().adjusted(edge, edge, -edge, -edge), theme.RADIUS, theme.RADIUS)
        top = self._picture_rect()
        if self._picture is not None:
            if self._pixmap.deviceIndependentSize().toSize() != top.size():
                self._pixmap = gallery_picture.paint(self._picture, top.size(), self.devicePixelRatioF())
            painter.drawPixmap(top, self._pixmap)
        painter.fillRect(QRect(1, top.bottom(), self.width() - 2, 1), colours.line)
        self._paint_text(painter, top.bottom())

    def _paint_text(self, painter: QPainter, top: int) -> None:
        colours = theme.current()
        pad = theme.px(12)
        room = QRect(pad, top + theme.px(10), self.width() - 2 * pad, self.height() - top - theme.px(16))
        font = theme.sans(theme.BODY, semibold=True)
        title = _fitting_lines(self.item.title, font, room, lines=2)
        painter.setFont(font)
        painter.setPen(colours.ink)
        painter.drawText(room, Qt.AlignmentFlag.AlignTop, title)
        title_lines = title.count("\n") + 1
        painter.setFont(theme.sans(theme.SMALL))
        painter.setPen(colours.muted)
        below = room.adjusted(0, title_lines * QFontMetrics(font).height() + 2, 0, 0)
        summary = _fitting_lines(self.item.summary, painter.font(), below, lines=3 - title_lines)
        painter.drawText(below, Qt.AlignmentFlag.AlignTop, summary)

    def _picture_rect(self) -> QRect:
        return QRect(1, 1, self.width() - 2, self.height() - theme.px(78))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open()
        elif event.key() == Qt.Key.Key_Space:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)


def _fitting_lines(text: str, font: QFont, room: QRect, lines: int) -> str:
    """The text wrapped into so many lines, the last one cut with an ellipsis."""
    metrics = QFontMetrics(font)
    out, words = [], text.split()
    while words and len(out) < lines:
        line = words.pop(0)
        while words and metrics.horizontalAdvance(f"{line} {words[0]}") <= room.width():
            line = f"{line} {words.pop(0)}"
        out.append(line)
    if words:
        out[-1] = metrics.elidedText(f"{out[-1]} {' '.join(words)}", Qt.TextElideMode.ElideRight, room.width())
    return "\n".join(out)
