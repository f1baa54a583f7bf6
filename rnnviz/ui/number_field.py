"""A field over a number: it keeps what is typed until it is right, and says what is wrong."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QSizePolicy, QWidget

from rnnviz.ui import theme
from rnnviz.ui.theme import mix, px

Take = Callable[[str], None]


class Complaint(QLabel):
    """What is wrong, in words, under the place where it is wrong."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWordWrap(True)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)  # in a low panel, the end is cut
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setAccessibleName(self.tr("What is wrong"))
        self.hide()

    def say(self, message: str) -> None:
        look = theme.current()
        self.setFont(theme.sans(theme.SMALL))
        ground = mix(look.panel, look.error, 0.06).name()
        self.setStyleSheet(
            f"color: {look.error.name()}; background: {ground}; border: {look.hairline}px solid {look.error.name()};"
            f" border-radius: {px(4)}px; padding: {px(3)}px {px(6)}px;"
        )
        self.setText(message)
        self.setToolTip(message)
        self.setAccessibleDescription(message)
        self.show()
        self.raise_()

    def say_or_hide(self, message: str) -> None:
        """A slot for `refused`: "" says that all is well again."""
        if message:
            self.say(message)
        else:
            self.hide()

    def say_at(self, place: QRect, message: str) -> None:
        """Under the place, or above it where there is no room below; never outside the parent."""
        self.say(message)
        room = self.parentWidget().rect()
        width = min(px(240), room.width())
        height = self.heightForWidth(width)
        left = max(0, min(place.left(), room.width() - width))
        below = place.bottom() + px(3)
        top = below if below + height <= room.height() else max(0, place.top() - px(3) - height)
        self.setGeometry(left, top, width, height)


class CheckedLine(QLineEdit):
    """Hands its text to `take` on Enter; when that raises ValueError the text stays and the reason is shown."""

    refused = Signal(str)
    taken = Signal()

    def __init__(self, take: Take, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.take = take
        self._is_wrong = False
        self.setFont(theme.mono(12))
        self.textEdited.connect(self._forget_complaint)

    @property
    def is_wrong(self) -> bool:
        return self._is_wrong

    def finish(self) -> bool:
        """Hand the text over. False, with the reason shown, when it was refused."""
        try:
            self.take(self.text())
        except ValueError as error:
            self._mark(True)
            self.refused.emit(str(error))
            return False
        self._mark(False)
        self.taken.emit()
        return True

    def forget(self) -> None:
        """Another number is meant now: nothing is wrong with it."""
        self._mark(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        else:
            super().keyPressEvent(event)

    def _forget_complaint(self) -> None:
        if self._is_wrong:
            self._mark(False)
            self.refused.emit("")

    def _mark(self, is_wrong: bool) -> None:
        self._is_wrong = is_wrong
        self.setProperty("state", "error" if is_wrong else "")
        self.style().unpolish(self)
        self.style().polish(self)


class NumberField(CheckedLine):
    """Stands over one number of a canvas. Enter or leaving takes the text, Escape gives up, Tab goes on to the next."""

    left = Signal(int)  # closed: +1 go on to the next number, -1 to the one before, 0 stay

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_take_nothing, parent)
        self._complaint = Complaint(parent)
        self._before = ""
        self.refused.connect(self._complain)
        self.hide()

    def open(self, place: QRect, text: str, name: str, take: Take, typed: str = "") -> None:
        """Show the field over `place` with `text` selected, or with the first key already `typed`."""
        self.take = take
        self._before = text
        self._mark(False)
        self.setFont(theme.mono(12))
        self.setAccessibleName(name)
        self._complaint.hide()
        self.setText(typed or text)
        self.follow(place)
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        if not typed:
            self.selectAll()

    def follow(self, place: QRect) -> None:
        """Stay over the number when the canvas has scrolled; wide enough for what a person types.

        It grows to the left, and what is typed stays over the number; where there is no room there, to the right.
        """
        room = self.parentWidget().rect()
        width = min(max(place.width(), px(76)), room.width())
        left = place.right() + 1 - width
        self.setAlignment(Qt.AlignmentFlag.AlignRight if left >= 0 else Qt.AlignmentFlag.AlignLeft)
        left = max(0, min(left if left >= 0 else place.left(), room.width() - width))
        self.setGeometry(left, place.center().y() - px(12), width, px(25))
        if self._complaint.isVisible():
            self._complaint.say_at(self.geometry(), self._complaint.text())

    def close_field(self, direction: int = 0) -> None:
        if self.isVisible():
            self._complaint.hide()
            self.hide()
            self.left.emit(direction)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and _is_typing(event):
            event.accept()  # while typing, the window's keys (arrows, digits, letters) belong to the field
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self._finish_and_leave(1 if event.key() == Qt.Key.Key_Tab else -1)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._finish_and_leave(0)
        elif event.key() == Qt.Key.Key_Escape:
            self.close_field()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            return
        if self.isVisible() and not self.is_wrong:
            self._finish_and_leave(0)

    def _finish_and_leave(self, direction: int) -> None:
        if self.text() == self._before or self.finish():
            self.close_field(direction)

    def _complain(self, message: str) -> None:
        if message:
            self._complaint.say_at(self.geometry(), message)
        else:
            self._complaint.hide()


def _is_typing(event: QKeyEvent) -> bool:
    """Whether a key writes or moves in the field, and is no command such as Ctrl+S or F1."""
    keys = Qt.Key
    moves = (keys.Key_Left, keys.Key_Right, keys.Key_Up, keys.Key_Down, keys.Key_Home, keys.Key_End, keys.Key_Escape)
    commands = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    return not event.modifiers() & commands and (bool(event.text()) or event.key() in moves)


def _take_nothing(_text: str) -> None:
    pass
