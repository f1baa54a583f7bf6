"""How far a film is, in the corner of the window, with a way to stop it. It is in no picture."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from rnnviz.ui import theme

_WIDTH, _MARGIN, _ABOVE = 300, 16, 72


class FilmProgress(QFrame):
    cancelled = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("role", "popover")
        self.setObjectName("film-progress")
        self.setAccessibleName(self.tr("Film"))
        self._text = QLabel(self)
        self._bar = QProgressBar(self)
        self._bar.setTextVisible(False)
        self._bar.setMaximum(1000)
        self._bar.setAccessibleName(self.tr("How much of the film is done"))
        self.button = QPushButton(self.tr("Cancel"), self)
        self.button.setAccessibleName(self.tr("Cancel the film"))
        self.button.clicked.connect(self.cancelled)
        title = QLabel(self.tr("Making a film"), self)
        title.setFont(theme.sans(12, semibold=True))
        self._text.setFont(theme.sans(theme.SMALL))
        self._text.setProperty("role", "muted")
        row = QHBoxLayout()
        row.addWidget(self._bar, 1)
        row.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.PADDING, theme.PADDING, theme.PADDING, theme.PADDING)
        column.setSpacing(theme.px(6))
        column.addWidget(title)
        column.addLayout(row)
        column.addWidget(self._text)
        window.installEventFilter(self)
        self.hide()

    def show_share(self, share: float, text: str) -> None:
        self._bar.setValue(round(1000 * share))
        self._bar.setAccessibleDescription(text)
        self._text.setText(text)
        if self.isHidden():
            self._place()
            self.show()
            self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def keyPressEvent(self, event: QEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def _place(self) -> None:
        window = self.parentWidget()
        self.setFixedWidth(theme.px(_WIDTH))
        self.adjustSize()
        x = window.width() - self.width() - theme.px(_MARGIN)
        self.move(x, window.height() - self.height() - theme.px(_ABOVE))
