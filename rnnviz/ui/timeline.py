"""The row along the bottom: transport, speed, track, step, the equations of the step, the sequence of the batch."""

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QWidget

from rnnviz.scenario.gradients import has_gradients
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import icons, numbers, theme
from rnnviz.ui.actions import Actions, key_text
from rnnviz.ui.equation_chain import EquationChain
from rnnviz.ui.player import SPEEDS, Player
from rnnviz.ui.sequence_picker import SequencePicker
from rnnviz.ui.step_field import StepField
from rnnviz.ui.track import Track
from rnnviz.ui.walk import BackwardWalk, TimeWalk, TrainingWalk, Walk

_TRANSPORT = ("first", "back", "play", "forward", "last")
_BACKWARD = {"first": "last", "back": "forward", "forward": "back", "last": "first"}  # the icons when one walks back
_FRAME_MS = 16


class Timeline(QWidget):
    def __init__(self, session: Session, player: Player, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._player, self._actions = session, player, actions
        self._time: Walk = TimeWalk(session)
        self._back = BackwardWalk(self._time)
        self._training = TrainingWalk(session)
        self._is_training_wanted = False
        self._wanted_step = 0
        self._scrub_timer = QTimer(self, singleShot=True, interval=_FRAME_MS)
        self._scrub_timer.timeout.connect(self._scrub)
        self._buttons = {name: self._transport(name) for name in _TRANSPORT}
        self._speed = self._speed_button()
        self._sequence = SequencePicker(session, self)
        self._mode = self._mode_button()
        self._way = self._way_button()
        self._icons_point_back = False
        self._track = Track(self)
        self._track.setAccessibleName(self.tr("Step"))
        self._track.valueChanged.connect(self._dragged)
        self._iterate = QLabel(self)
        self._step = QPushButton(self)
        self._step.setObjectName("step")
        self._step.setFlat(True)
        self._step.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._step.setToolTip(self.tr("Go to a step (G)"))
        self._step.clicked.connect(self.ask_step)
        self._field = StepField(self)
        self._field.done.connect(self._end_ask)
        self._chain = EquationChain(self)
        self._chain.setAccessibleName(self.tr("Equations of the step"))
        self._chain.asked.connect(self._go_to_equation)
        self._lay_out()
        player.changed.connect(self._show_player)
        theme.switch().changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.GAP, 0, theme.PADDING + 2, 0)
        row.setSpacing(theme.GAP)
        for button in self._buttons.values():
            row.addWidget(button)
        row.addWidget(self._speed)
        row.addWidget(self._sequence)
        row.addWidget(self._mode)
        row.addWidget(self._way)
        row.addWidget(self._track, 1)
        row.addWidget(self._iterate)
        row.addWidget(self._step)
        row.addWidget(self._field)
        row.addWidget(self._chain)
        self._field.hide()

    # --- what it shows ----------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        cursor = snapshot.cursor
        self._show_mode()
        position, last = self._on_track.position, self._on_track.last
        self._track.is_backward = self.is_backward
        self._track.blockSignals(True)
        self._track.setMaximum(last)
        self._track.setValue(position)
        self._track.blockSignals(False)
        where = self.tr("iterate {0} of {1}") if self.is_training else self.tr("step {0} of {1}")
        if self.is_backward:
            where = self.tr("backwards through time, step {0}")
        self._track.setAccessibleDescription(where.format(position, last))
        self._iterate.setText(where.format(numbers.count(position), numbers.count(last)))
        step, steps = self._time.position, self._time.last
        self._step.setText(self.tr("t = {0} / {1}").format(numbers.count(step), numbers.count(steps)))
        self._step.setAccessibleName(self.tr("Step {0} of {1}, go to a step").format(step, steps))
        self._chain.show_step(equation_names(snapshot), cursor.substep)
        self._sequence.draw(snapshot)

    # --- time or training -------------------------------------------------------------------------------------------

    @property
    def is_training(self) -> bool:
        """Whether one walks through the iterates of training; asked for, and there are some."""
        return self._is_training_wanted and self._training.last > 0

    @property
    def walk(self) -> Walk:
        return self._training if self.is_training else self._back if self.is_backward else self._time

    @property
    def is_backward(self) -> bool:
        """Whether one walks from the last step to the first, with the derivatives of the loss."""
        snapshot = self._session.snapshot
        return snapshot is not None and snapshot.is_backward and not self.is_training

    @property
    def _on_track(self) -> Walk:
        """On the track, time always goes to the right."""
        return self._time if self.is_backward else self.walk

    def walk_through(self, time: Walk) -> None:
        """Through the steps of these from now on."""
        self._time, self._back = time, BackwardWalk(time)

    def set_training(self, is_training: bool) -> None:
        """Walk through the iterates of training, or through the steps again; what is shown stays."""
        self._player.stop()
        self._is_training_wanted = is_training
        if self._session.snapshot is not None:
            self.draw(self._session.snapshot)

    def toggle_training(self) -> None:
        self.set_training(not self.is_training)

    def _show_mode(self) -> None:
        if self._player.walk is not self.walk:
            self._player.walk = self.walk
            self._player.stop()
        self._mode.setVisible(self._training.last > 0)
        self._mode.setText(self.tr("training") if self.is_training else self.tr("time"))
        self._iterate.setVisible(self.is_training or self.is_backward)
        self._chain.setVisible(not self.is_training and not self.is_backward)
        snapshot = self._session.snapshot
        self._way.setVisible(snapshot is not None and has_gradients(snapshot.scenario) and not self.is_training)
        self._way.setText(self.tr("◀ BPTT") if self.is_backward else self.tr("BPTT"))
        self._way.setChecked(self.is_backward)
        if self._icons_point_back != self.is_backward:
            self._icons_point_back = self.is_backward
            self._show_way()
        self._track.pointed_text = self.tr("iterate {0}") if self.is_training else self.tr("t = {0}")
        self._track.setAccessibleName(self.tr("Iterate") if self.is_training else self.tr("Step"))

    def _show_way(self) -> None:
        """The buttons point the way that they go."""
        for name, other in _BACKWARD.items():
            icon = self._actions.by_id[other if self.is_backward else name].icon()
            self._buttons[name].setIcon(icon)
        self._show_player()

    def _way_button(self) -> QToolButton:
        action = self._actions.by_id["bptt"]
        button = QToolButton(self)
        button.setObjectName("speed")
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        tip = self.tr("Step back through time with the derivatives of the loss, from the last step to the first")
        button.setToolTip(f"{tip}  {key_text(action)}")
        button.clicked.connect(action.trigger)
        button.hide()
        return button

    def _mode_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("speed")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(self.tr("Time or training"))
        button.setToolTip(self.tr("Walk through the steps, or through the iterates of training (I)"))
        button.clicked.connect(self.toggle_training)
        button.hide()
        return button

    def _show_player(self) -> None:
        playing = self._player.is_playing
        self._buttons["play"].setIcon(
            icons.icon("pause" if playing else "back" if self.is_backward else "play", theme.current().on_accent)
        )
        self._buttons["play"].setAccessibleName(self.tr("Pause") if playing else self.tr("Play"))
        speed = self._player.speed
        unit = self.tr("step / s") if speed == 1 else self.tr("steps / s")
        self._speed.setText(f"{speed:g} {unit}")
        for action in self._speed.menu().actions():
            action.setChecked(action.data() == speed)

    def _restyle(self) -> None:
        colours = theme.current()
        for name, button in self._buttons.items():
            side, icon_side = (30, 13) if name == "play" else (28, 14)
            button.setFixedSize(theme.px(side), theme.px(side))
            button.setIconSize(QSize(theme.px(icon_side), theme.px(icon_side)))
        radius = theme.px(30) // 2
        self._buttons["play"].setStyleSheet(
            f"QToolButton {{ background: {colours.accent.name()}; border-radius: {radius}px; padding: 0; }}"
            f"QToolButton:hover {{ background: {theme.mix(colours.accent, colours.ink, 0.12).name()}; }}"
            f"QToolButton:focus {{ border: 2px solid {colours.ink.name()}; }}"
        )
        self._step.setFont(theme.sans(theme.BODY, semibold=True))
        self._iterate.setFont(theme.sans(theme.BODY, semibold=True))
        self._speed.setFont(theme.sans(theme.SMALL))
        self._mode.setFont(theme.sans(theme.SMALL))
        self._way.setFont(theme.sans(theme.SMALL))
        self.setFixedHeight(theme.px(30) + 18)
        self._show_player()
        self.updateGeometry()

    # --- what it does -----------------------------------------------------------------------------------------------

    def ask_step(self) -> None:
        """Put a field in the place of the step."""
        self._step.hide()
        self._field.begin(self._step.width(), self._time)

    def _end_ask(self) -> None:
        self._field.hide()
        self._step.show()

    def _dragged(self, step: int) -> None:
        """Not faster than the screen: the newest wish counts."""
        self._player.stop()
        self._wanted_step = step
        if not self._scrub_timer.isActive():
            self._scrub_timer.start()

    def _scrub(self) -> None:
        wanted = max(self._wanted_step, int(self.is_backward))
        if self._session.snapshot is not None and self._on_track.position != wanted:
            self._on_track.seek(wanted)

    def _go_to_equation(self, number: int) -> None:
        snapshot = self._session.snapshot
        if snapshot is None:
            return
        self._player.stop()
        done = snapshot.cursor.substep or snapshot.equations
        if snapshot.cursor.step == 0:
            done = 0
        self._session.substep(number - done)

    def _transport(self, name: str) -> QToolButton:
        """A button of an action, that can be reached with Tab."""
        action = self._actions.by_id[name]
        button = QToolButton(self)
        button.setIcon(action.icon())
        button.setAutoRaise(True)
        button.setAutoRepeat(name in ("back", "forward"))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        button.setToolTip(f"{action.text()}  {key_text(action)}")
        button.clicked.connect(action.trigger)
        return button

    def _speed_button(self) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName("speed")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setAccessibleName(self.tr("Speed"))
        button.setToolTip(self.tr("Speed; [ is slower, ] is faster"))
        menu = QMenu(button)
        group = QActionGroup(menu)
        for speed in SPEEDS:
            action = QAction(self.tr("{0} steps / s").format(f"{speed:g}"), group)
            action.setCheckable(True)
            action.setData(speed)
            menu.addAction(action)
        group.triggered.connect(self._choose_speed)
        button.setMenu(menu)
        return button

    def _choose_speed(self, action: QAction) -> None:
        self._player.set_speed(action.data())


def equation_names(snapshot: Snapshot) -> tuple[str, ...]:
    """The quantities of the opened cell in the order in which they are computed."""
    layers = {layer.name: layer for layer in snapshot.scenario.network.layers}
    cell = getattr(layers.get(snapshot.opened_layer), "cell", None)
    return tuple(equation.name for equation in cell.graph.equations) if cell else ()
