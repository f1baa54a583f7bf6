"""A field that always stands there with a value in it; Enter or leaving takes what was typed, Escape puts it back."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.ui.number_field import CheckedLine


class SettingField(CheckedLine):
    def __init__(self, take: Callable[[str], None], parent: QWidget) -> None:
        super().__init__(take, parent)
        self._shown = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_value(self, text: str) -> None:
        """What there is now; what is being typed stays."""
        if text != self._shown or not self.hasFocus():
            self._shown = text
            if not self.is_wrong:
                self.setText(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.is_wrong or self.text() != self._shown):
            self._put_back()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.text() != self._shown and not self.finish():
            return
        self._put_back()

    def _put_back(self) -> None:
        self.forget()
        self.setText(self._shown)
        self.refused.emit("")
