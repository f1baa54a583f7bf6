"""Ctrl+K: every action by name, found by a few of its letters."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics, QKeyEvent, QPainter
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
from rnnviz.ui.actions import key_text
from rnnviz.ui.popover import Popover

_SHOWN_ROWS = 10


class CommandPalette(Popover):
    def __init__(self, actions: Sequence[QAction], window: QWidget) -> None:
        super().__init__("", window, 560, 0.12)
        self.setAccessibleName(self.tr("Find any action"))
        self._actions = [action for action in actions if action.isEnabled()]
        self._field = QLineEdit(self.card)
        self._field.setObjectName("palette-field")
        self._field.setPlaceholderText(self.tr("Find any action"))
        self._field.setAccessibleName(self.tr("Name of an action"))
        self._field.setFont(theme.sans(theme.LARGE))
        self._field.textChanged.connect(self._search)
        self._field.installEventFilter(self)
        self._list = QListWidget(self.card)
        self._list.setObjectName("palette-list")
        self._list.setAccessibleName(self.tr("Actions"))
        self._list.setItemDelegate(_Row(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.itemClicked.connect(self._run)
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

    def _search(self, wanted: str) -> None:
        found = [(score(wanted, action.text()), action) for action in self._actions]
        self._list.clear()
        for points, action in sorted(found, key=lambda pair: -pair[0]):
            if points > 0:
                item = QListWidgetItem(action.icon(), _plain(action.text()), self._list)
                item.setData(Qt.ItemDataRole.UserRole, action)
                item.setData(Qt.ItemDataRole.UserRole + 1, key_text(action))
        self._list.setCurrentRow(0)

    def _run(self) -> None:
        item = self._list.currentItem()
        action = item.data(Qt.ItemDataRole.UserRole) if item else None
        self.close()
        if action is not None:
            action.trigger()

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
            self._run()
        else:
            return super().eventFilter(watched, event)
        return True


class _Row(QStyledItemDelegate):
    """Icon, name, and the key at the right end."""

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
        painter.setFont(theme.sans(theme.BODY))
        painter.setPen(colours.ink)
        painter.drawText(rect.adjusted(theme.px(26), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, index.data())
        painter.setPen(colours.muted)
        painter.setFont(theme.sans(theme.SMALL))
        key = index.data(Qt.ItemDataRole.UserRole + 1) or ""
        width = QFontMetrics(painter.font()).horizontalAdvance(key)
        painter.drawText(rect.adjusted(rect.width() - width - 2, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, key)
        painter.restore()


def score(wanted: str, name: str) -> float:
    """How well the letters of `wanted` fit into a name, in order: starts of words and runs count more; 0 for no fit."""
    if not wanted:
        return 1.0
    wanted, name = wanted.casefold().replace(" ", ""), _plain(name).casefold()
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


def _plain(text: str) -> str:
    return text.replace("&", "")
