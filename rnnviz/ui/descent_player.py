"""The player of descents: one step on or back, all of it, or from the start; beside it, which step it is."""

from typing import ClassVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from rnnviz.session import DescentRun, Session
from rnnviz.ui import icons, numbers, theme
from rnnviz.ui.player import Player

STEPS_PER_S = 4.0
KEYS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Space}


class DescentWalk:
    """Through the steps of the descents, 0 for their start."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def run(self) -> DescentRun | None:
        return self._session.snapshot.descent if self._session.snapshot is not None else None

    @property
    def position(self) -> int:
        return self.run.shown if self.run is not None else 0

    @property
    def last(self) -> int:
        return self.run.number if self.run is not None else 0

    def move(self, count: int) -> None:
        self.seek(self.position + count)

    def seek(self, position: int) -> None:
        if self.run is not None:
            self._session.seek_descent(min(max(position, 0), self.last))


class DescentPlayer(QWidget):
    """Playing waits for steps that are still being worked out."""

    _BUTTONS: ClassVar = ("first", "back", "play", "forward", "last")

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_playing = False
        self.walk = DescentWalk(session)
        self._player = Player(session, self)
        self._player.walk = self.walk
        self._player.set_speed(STEPS_PER_S)
        self._player.changed.connect(self.follow)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        tips = {
            "first": self.tr("Back to the start (Home)"),
            "back": self.tr("A step back (,)"),
            "play": self.tr("Play the descents, or pause (Shift+Space)"),
            "forward": self.tr("A step on (.)"),
            "last": self.tr("To the last step (End)"),
        }
        self.buttons = {name: self._button(name, tips[name]) for name in self._BUTTONS}
        for button in self.buttons.values():
            row.addWidget(button)
        self.said = QLabel(self)
        self.said.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        row.addWidget(self.said, 1)
        self.restyle()

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(self._clicked)
        return button

    def follow(self) -> None:
        """Call with all news, also while this is hidden: go on when there is more to be played, stop at the end."""
        run = self._run
        if self.is_playing and not self._player.is_playing:
            if run is not None and run.shown < run.number:
                self._player.start()
            else:
                self.is_playing = run is not None and run.state == "running"
        self._show_state()

    @property
    def _run(self) -> DescentRun | None:
        return self.walk.run

    def play_from_start(self) -> None:
        """Also before the first steps are known."""
        self._player.stop()
        self.is_playing = True

    def toggle(self) -> None:
        if self.is_playing:
            self.stop()
        elif self._run is not None and self._run.number:
            self.is_playing = True
            self._player.start()

    def stop(self) -> None:
        self.is_playing = False
        self._player.stop()
        self._show_state()

    def move(self, count: int) -> None:
        """By hand: that ends playing."""
        self.stop()
        self.walk.move(count)

    def take_key(self, event: QKeyEvent) -> bool:
        """Whether the key was one of the player's."""
        key = Qt.Key(event.key())
        if key not in KEYS or self._run is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if key == Qt.Key.Key_Space:
            self.toggle()
        else:
            moves = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -self.walk.last}
            self.move(moves.get(key, self.walk.last))
        return True

    def restyle(self) -> None:
        for button in self.buttons.values():
            button.setIconSize(QSize(theme.px(13), theme.px(13)))
        self.said.setFont(theme.sans(12, semibold=True))
        self._show_state()

    def _clicked(self) -> None:
        name = self.sender().objectName()
        if name == "play":
            self.toggle()
        else:
            self.move({"first": -self.walk.last, "back": -1, "forward": 1, "last": self.walk.last}[name])

    def _show_state(self) -> None:
        run = self._run
        is_there = run is not None and run.number > 0
        for name, button in self.buttons.items():
            button.setIcon(icons.icon("pause" if name == "play" and self.is_playing else name))
            at_end = is_there and run is not None and run.shown == (0 if name in ("first", "back") else run.number)
            button.setEnabled(is_there and not (at_end and name != "play"))
        if run is not None:
            step, last = numbers.count(run.shown), numbers.count(run.number)
            self.said.setText(self.tr("{0} / {1}").format(step, last))
            self.said.setToolTip(self.tr("Step {0} of {1}").format(step, last))
        else:
            self.said.setText("")
