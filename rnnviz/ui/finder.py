"""A field and a list above the window: what is wanted is found by a few of its letters."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QIcon, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from rnnviz.ui import theme
from rnnviz.ui.popover import Popover

_SHOWN_ROWS = 10
_DATA, _DETAIL = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True)
class Item:
    """A line: `detail` stands at its right end, `data` is what comes back when it is chosen."""

    text: str
    data: object
    detail: str = ""
    icon: QIcon | None = None


class Finder(Popover):
    """Up, down and Enter, or a click, choose; then it closes and `chosen` comes with the data of the item."""

    chosen = Signal(object)

    def __init__(self, title: str, items: Sequence[Item], window: QWidget) -> None:
        super().__init__("", window, 560, 0.12)
        self.setAccessibleName(title)
        self._items = tuple(items)
        self._field = QLineEdit(self.card)
        self._field.setObjectName("palette-field")
        self._field.setPlaceholderText(title)
        self._field.setAccessibleName(title)
        self._field.setFont(theme.sans(theme.LARGE))
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._list = QListWidget(self.card)
        self._list.setObjectName("palette-list")
        self._list.setAccessibleName(self.tr("Found"))
        self._list.setItemDelegate(_Row(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(self._choose)
        self.content.setContentsMargins(theme.px(8), theme.px(8), theme.px(8), theme.px(8))
        self.content.setSpacing(theme.px(6))
        self.add(self._field)
        self.add(self._list)
        self._list.setFixedHeight(_SHOWN_ROWS * theme.px(32) + 2)
        self._search("")
        self._field.setFocus()

    def names(self) -> list[str]:
        """What is found now, best first."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def items_for(self, wanted: str) -> Sequence[Item]:
        """What is searched through; another finder may make more of what was typed."""
        return self._items

    def _search(self, wanted: str) -> None:
        found = [(_fit(wanted, item), item) for item in self.items_for(wanted)]
        self._list.clear()
        for points, item in sorted(found, key=lambda pair: -pair[0]):
            if points > 0:
                row = QListWidgetItem(item.icon or QIcon(), item.text, self._list)
                row.setData(_DATA, item.data)
                row.setData(_DETAIL, item.detail)
        self._list.setCurrentRow(0)

    def _choose(self) -> None:
        row = self._list.currentItem()
        self.close()
        if row is not None:
            self.chosen.emit(row.data(_DATA))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The field keeps the focus; up, down and Enter move in the list."""
        if watched is not self._field or not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return super().eventFilter(watched, event)
        rows = max(self._list.count(), 1)
        moves = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        key = Qt.Key(event.key())
        if key in moves:
            self._list.setCurrentRow((self._list.currentRow() + moves[key]) % rows)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._choose()
        else:
            return super().eventFilter(watched, event)
        return True


class _Row(QStyledItemDelegate):
    """Icon, name, and at the right end what there is to say about it, such as its key."""

    def sizeHint(self, option: QStyleOptionViewItem, index: object) -> QSize:
        return QSize(100, theme.px(32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: object) -> None:
        colours = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.accent_soft)
            painter.drawRoundedRect(option.rect.adjusted(2, 1, -2, -1), 5, 5)
        rect = option.rect.adjusted(theme.px(10), 0, -theme.px(10), 0)
        side = theme.px(15)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if icon is not None:
            icon.paint(painter, QRect(rect.left(), rect.center().y() - side // 2, side, side))
        painter.setFont(theme.sans(theme.SMALL))
        painter.setPen(colours.muted)
        detail = index.data(_DETAIL) or ""
        width = QFontMetrics(painter.font()).horizontalAdvance(detail)
        painter.drawText(rect.adjusted(rect.width() - width - 2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, detail)
        painter.setFont(theme.sans(theme.BODY))
        painter.setPen(colours.ink)
        room = rect.adjusted(theme.px(26), 0, -width - theme.px(16), 0)
        name = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        painter.restore()


def _fit(wanted: str, item: Item) -> float:
    return score(wanted, item.text) or 0.5 * score(wanted, item.detail)


def score(wanted: str, name: str) -> float:
    """How well the letters of `wanted` fit into a name, in order: starts of words and runs count more; 0 for no fit."""
    if not wanted:
        return 1.0
    wanted, name = wanted.casefold().replace(" ", ""), name.casefold()
    points, at, run = 1.0, 0, 0
    for letter in wanted:
        place = name.find(letter, at)
        if place < 0:
            return 0.0
        starts_word = place == 0 or not name[place - 1].isalnum()
        run = run + 1 if place == at and at else 0
        points += 1 + 2 * starts_word + run - 0.05 * (place - at)
        at = place + 1
    return max(points - 0.01 * len(name), 0.01)
