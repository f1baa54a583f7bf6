"""A line of mathematics that wraps, in which numbers are links: by mouse, by Tab and arrow keys, by Enter."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui import theme
from rnnviz.ui.theme import px


@dataclass(frozen=True)
class Piece:
    """A stretch of text that is not broken: plain, small and lowered (a subscript), or a link to somewhere.

    link : what `opened` hands over; None for plain text
    tip : what the link is, in words
    """

    text: str
    link: object = None
    tip: str = ""
    is_lowered: bool = False


class LinkedText(QWidget):
    opened = Signal(object)
    moved = Signal(QRect)  # where the keyboard cursor is now, so that it can be scrolled into view

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pieces: tuple[Piece, ...] = ()
        self._places: list[QRect] = []
        self._width = -1
        self._height = 0
        self._at = -1  # the piece under the keyboard cursor
        self._hovered = -1
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        return self._pieces

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self._pieces)

    def show_pieces(self, pieces: list[Piece]) -> None:
        if tuple(pieces) != self._pieces:
            self._at = self._hovered = -1
        self._pieces, self._width = tuple(pieces), -1
        has_links = any(piece.link is not None for piece in pieces)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if has_links else Qt.FocusPolicy.NoFocus)
        self.setAccessibleDescription(self.text)
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        self._width = -1
        self.updateGeometry()

    def link_at(self, point: QPoint) -> object:
        number = self._piece_at(point)
        return self._pieces[number].link if number >= 0 else None

    # --- layout -----------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(px(240), self.heightForWidth(self.width() or px(240)))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(80), self._line_height())

    def heightForWidth(self, width: int) -> int:
        self._lay_out(width)
        return self._height

    def height_to_link(self, width: int) -> int:
        """What its first lines need, down to the first link; one line where there is none."""
        self._lay_out(width)
        places = zip(self._pieces, self._places, strict=True)
        first = next((place for piece, place in places if piece.link is not None), None)
        return first.y() + first.height() if first is not None else self._line_height()

    def _line_height(self) -> int:
        return px(20)

    def _lay_out(self, width: int) -> None:
        if width == self._width:
            return
        body, small = QFontMetrics(theme.mono(12)), QFontMetrics(theme.mono(10))
        indent = body.horizontalAdvance("= ") if self.text.startswith("= ") else 0
        places, x, line = [], 0, 0
        for word in _words(self._pieces):
            widths = [
                (small if self._pieces[n].is_lowered else body).horizontalAdvance(self._pieces[n].text) for n in word
            ]
            visible = sum(widths) - (body.horizontalAdvance(" ") if self._pieces[word[-1]].text.endswith(" ") else 0)
            if x and x + visible > width:
                x, line = indent, line + 1
            for advance in widths:
                places.append(QRect(x, line * self._line_height(), advance, self._line_height()))
                x += advance
        self._places, self._width = places, width
        self._height = (line + 1) * self._line_height() if places else 0

    def resizeEvent(self, event: QEvent) -> None:
        self._lay_out(self.width())

    # --- painting ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        self._lay_out(self.width())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, (piece, place) in enumerate(zip(self._pieces, self._places, strict=True)):
            if place.intersects(event.rect()):
                self._paint_piece(painter, number, piece, place)

    def _paint_piece(self, painter: QPainter, number: int, piece: Piece, place: QRect) -> None:
        look = theme.current()
        painter.setFont(theme.mono(10) if piece.is_lowered else theme.mono(12))
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if piece.link is None:
            painter.setPen(look.ink)
            painter.drawText(place.translated(0, px(3) if piece.is_lowered else 0), middle, piece.text)
            return
        is_here = number == self._hovered or (self.hasFocus() and number == self._at)
        if is_here:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.accent_soft)
            painter.drawRoundedRect(place.adjusted(-px(2), px(2), px(2), -px(1)), px(3), px(3))
        painter.setPen(look.accent)
        painter.drawText(place, middle, piece.text)
        base = place.top() + (place.height() + painter.fontMetrics().ascent()) // 2 + px(1)
        painter.setPen(QPen(look.accent if is_here else theme.mix(look.panel, look.accent, 0.55), look.hairline))
        painter.drawLine(place.left(), base, place.right(), base)

    # --- links ------------------------------------------------------------------------------------------------------

    def _piece_at(self, point: QPoint) -> int:
        self._lay_out(self.width())
        for number, place in enumerate(self._places):
            if place.contains(point) and self._pieces[number].link is not None:
                return number
        return -1

    def _links(self) -> list[int]:
        return [number for number, piece in enumerate(self._pieces) if piece.link is not None]

    def _go(self, by: int) -> bool:
        """Move the keyboard cursor to another link; False at the ends."""
        links = self._links()
        at = links.index(self._at) + by if self._at in links else (0 if by > 0 else len(links) - 1)
        if not 0 <= at < len(links):
            return False
        self._at = links[at]
        piece = self._pieces[self._at]
        self.setAccessibleDescription(piece.tip or piece.text)
        self.update()
        if self._at < len(self._places):
            self.moved.emit(self._places[self._at])
        return True

    def focusNextPrevChild(self, go_on: bool) -> bool:
        return (self.hasFocus() and self._go(1 if go_on else -1)) or super().focusNextPrevChild(go_on)

    def focusInEvent(self, event: QEvent) -> None:
        super().focusInEvent(event)
        reason = event.reason()  # type: ignore[attr-defined]
        if reason == Qt.FocusReason.BacktabFocusReason:
            self._at = -1
            self._go(-1)
        elif self._at not in self._links() or reason == Qt.FocusReason.TabFocusReason:
            self._at = -1
            self._go(1)
        self.update()

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    _STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}  # noqa: RUF012

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if not event.modifiers() and Qt.Key(event.key()) in (*self._STEPS, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if not event.modifiers() and key in self._STEPS:
            self._go(self._STEPS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at in self._links():
            self.opened.emit(self._pieces[self._at].link)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._piece_at(event.position().toPoint())
        if number >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._at = number
            self.opened.emit(self._pieces[number].link)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._piece_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def _hover(self, number: int) -> None:
        if number != self._hovered:
            self._hovered = number
            self.setCursor(Qt.CursorShape.PointingHandCursor) if number >= 0 else self.unsetCursor()
            self.setToolTip(self._pieces[number].tip if number >= 0 else "")
            self.update()


def _words(pieces: tuple[Piece, ...]) -> list[list[int]]:
    """Pieces that may not be parted by a line break: a break is allowed after a piece that ends in a space."""
    words: list[list[int]] = [[]]
    for number, piece in enumerate(pieces):
        words[-1].append(number)
        if piece.text.endswith(" "):
            words.append([])
    return [word for word in words if word]
