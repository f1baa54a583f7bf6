"""Which keys the widget with the focus keeps for itself: no action fires while one types or moves in a list."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from rnnviz.ui.panel import Panel

Key = Qt.Key
_MOVES = {Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_Home, Key.Key_End}
_ENTER = {Key.Key_Return, Key.Key_Enter}
_COMMANDS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


def keeps_from_actions(event: QEvent) -> bool:
    """Called by a window with every event: accepts the key, so that no action fires, where the focus needs it."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if keeps(QApplication.focusWidget(), event):
        event.accept()
        return True
    return False


def keeps(widget: QWidget | None, event: QKeyEvent) -> bool:
    """Whether the key belongs to the widget and not to the actions of the window."""
    if widget is None or event.modifiers() & _COMMANDS:
        return False
    key = Key(event.key())
    if _takes_text(widget):
        return key not in {Key.Key_F1, Key.Key_F11}
    if isinstance(widget, QAbstractItemView):
        types_into_it = bool(widget.editTriggers() & QAbstractItemView.EditTrigger.AnyKeyPressed)
        return key in _MOVES | _ENTER or (types_into_it and event.text().isprintable() and bool(event.text()))
    if isinstance(widget, QComboBox):
        return key in _ENTER | {Key.Key_Up, Key.Key_Down, Key.Key_Space}
    if isinstance(widget, QTextEdit):
        return key in _ENTER | {Key.Key_Up, Key.Key_Down}
    if isinstance(widget, QAbstractButton):
        return key == Key.Key_Space
    if isinstance(widget, Panel):
        return key in widget.grid_keys() and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
    return False


def _takes_text(widget: QWidget) -> bool:
    if isinstance(widget, (QTextEdit, QPlainTextEdit)):
        return not widget.isReadOnly()
    return isinstance(widget, (QLineEdit, QAbstractSpinBox))
