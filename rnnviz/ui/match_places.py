"""The places at which the same units are on, best first: a score, where it is, and what is read there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from rnnviz.engine.match import Matched
from rnnviz.ui import theme
from rnnviz.ui.theme import px


@dataclass(frozen=True)
class Place:
    """A match as it is listed: where, in words, and what stands before it, at it, after it."""

    match: Matched
    where: str
    before: str
    middle: str
    after: str

    @property
    def text(self) -> str:
        read = f": {self.before}[{self.middle}]{self.after}" if self.middle else ""
        return f"{self.match.score:.2f}, {self.where}{read}"


class MatchPlaces(QListWidget):
    """`opened(place)` by Enter, a click or a double click."""

    opened = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.places: tuple[Place, ...] = ()
        self.where_width = 0  # that all of them have
        self.setObjectName("palette-list")
        self.setAccessibleName(name)
        self.setItemDelegate(_Row(self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.itemActivated.connect(self._open)
        self.itemClicked.connect(self._open)

    def show_places(self, places: Sequence[Place]) -> None:
        if tuple(places) == self.places:
            return
        self.places = tuple(places)
        metrics = QFontMetrics(theme.sans(theme.SMALL))
        self.where_width = max((metrics.horizontalAdvance(place.where) for place in places), default=0) + px(10)
        self.clear()
        for place in self.places:
            item = QListWidgetItem(place.text, self)
            item.setToolTip(place.text)

    def minimumSizeHint(self) -> QSize:
        return QSize(px(100), px(40))

    def sizeHint(self) -> QSize:
        return QSize(px(220), px(80))

    def _open(self, item: QListWidgetItem) -> None:
        self.opened.emit(self.places[self.row(item)])


class _Row(QStyledItemDelegate):
    """Score as a bar and a number, where, and the words with what matches on a ground of its own."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(px(160), QFontMetrics(theme.sans(theme.BODY)).height() + px(6))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view = self.parent()
        assert isinstance(view, MatchPlaces)
        place, look, rect = view.places[index.row()], theme.current(), QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.accent_soft)
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), px(4), px(4))
        left = self._score(painter, place, rect)
        painter.setFont(theme.sans(theme.SMALL))
        painter.setPen(look.muted)
        where = min(view.where_width, int(rect.width() / 2))
        box = QRectF(left, rect.top(), where - px(8), rect.height())
        metrics = QFontMetrics(theme.sans(theme.SMALL))
        text = metrics.elidedText(place.where, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        self._words(painter, place, rect.adjusted(left + where - rect.left(), 0, -px(4), 0))
        painter.restore()

    def _score(self, painter: QPainter, place: Place, rect: QRectF) -> float:
        look, width = theme.current(), px(26)
        track = QRectF(rect.left() + px(4), rect.center().y() - px(3), width, px(6))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.raised)
        painter.drawRect(track)
        painter.setBrush(theme.mix(look.panel, look.accent, 0.75))
        painter.drawRect(QRectF(track.left(), track.top(), width * place.match.score, track.height()))
        painter.setPen(look.ink)
        painter.setFont(theme.sans(theme.SMALL))
        box = QRectF(track.right() + px(6), rect.top(), px(30), rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{place.match.score:.2f}")
        return box.right() + px(4)

    def _words(self, painter: QPainter, place: Place, rect: QRectF) -> None:
        """What matches stands at the same place in every row."""
        if not place.middle or rect.width() < px(60):
            return
        look, font = theme.current(), theme.sans(theme.BODY)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setClipRect(rect)
        room = rect.width() * 0.45
        before = metrics.elidedText(place.before, Qt.TextElideMode.ElideLeft, int(room))
        width = metrics.horizontalAdvance(place.middle)
        at = QRectF(rect.left() + room, rect.top() + px(2), width + px(4), rect.height() - px(4))
        painter.setPen(look.muted)
        box = QRectF(rect.left(), rect.top(), room - px(1), rect.height())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, before)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix(look.panel, look.positive, 0.35))
        painter.drawRoundedRect(at, px(3), px(3))
        painter.setPen(look.ink)
        painter.drawText(at, Qt.AlignmentFlag.AlignCenter, place.middle)
        painter.setPen(look.muted)
        box = QRectF(at.right() + px(1), rect.top(), max(0.0, rect.right() - at.right()), rect.height())
        after = metrics.elidedText(place.after, Qt.TextElideMode.ElideRight, int(box.width()))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, after)
