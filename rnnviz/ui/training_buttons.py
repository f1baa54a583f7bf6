"""Start, pause, go on, stop: the buttons of a training run, and which of them make sense now."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from rnnviz.session import Session
from rnnviz.session.edit_error import EditError
from rnnviz.session.training_run import TrainingRun
from rnnviz.ui import icons, theme


class TrainingButtons(QWidget):
    """Idle: Start (from the beginning) and Go on (from these weights); else Pause or Resume, and Cancel."""

    refused = Signal(str)  # why it could not be done; "" when it was done

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._run: TrainingRun | None = None
        self.main, self.other = QPushButton(self), QPushButton(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for button, handler in ((self.main, self._main), (self.other, self._other)):
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(handler)
            row.addWidget(button, 1)
        self.restyle()

    def show_run(self, run: TrainingRun | None) -> None:
        self._run = run
        if run is None or not run.is_running:
            self._show(self.main, self.tr("Start"), "play", self.tr("Train from the beginning"))
            self._show(self.other, self.tr("Go on"), "forward", self.tr("Train on from the weights that are there now"))
        else:
            if run.state == "paused":
                self._show(self.main, self.tr("Resume"), "play", self.tr("Go on where training was paused"))
            else:
                self._show(self.main, self.tr("Pause"), "pause", self.tr("Pause training"))
            tip = self.tr("Stop training; the weights reached so far are kept, and undo takes them back")
            self._show(self.other, self.tr("Cancel"), "close", tip)

    def restyle(self) -> None:
        for button in (self.main, self.other):
            button.setIconSize(QSize(theme.px(12), theme.px(12)))

    def _show(self, button: QPushButton, text: str, icon: str, tip: str) -> None:
        if button.text() != text:
            button.setText(text)
            button.setIcon(icons.icon(icon))
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)

    def _main(self) -> None:
        if self._run is None or not self._run.is_running:
            self._ask(self._session.start_training)
        elif self._run.state == "paused":
            self._ask(self._session.resume_job)
        else:
            self._ask(self._session.pause_job)

    def _other(self) -> None:
        if self._run is not None and self._run.is_running:
            self._ask(self._session.cancel_job)
        else:
            self._ask(lambda: self._session.start_training(go_on=True))

    def _ask(self, wish: Callable[[], object]) -> None:
        try:
            wish()
        except EditError as error:
            self.refused.emit(str(error))
        else:
            self.refused.emit("")
