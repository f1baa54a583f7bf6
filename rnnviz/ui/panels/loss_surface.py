"""Loss surface: the loss over a plane of networks; every point is one, and a click makes it the one that is shown."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QToolButton, QWidget

from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.loss_plane import loss_here, plane_of
from rnnviz.session import Change, Session, Snapshot
from rnnviz.ui import numbers, surface_words
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.surface_cliff import cliff_line
from rnnviz.ui.surface_map import Look, SurfaceMap
from rnnviz.ui.surface_work import SurfaceWork

SLICE_PAUSE_MS, NEWS_MS = 0, 33
KEY_STEPS = 50  # presses of an arrow key from one edge to the other, where the grid is fine


class LossSurfacePanel(Panel):
    name = "loss_surface"
    title = QT_TRANSLATE_NOOP("panel", "Loss surface")
    subtitle = QT_TRANSLATE_NOOP("panel", "every point is one network")
    needs = Change.SCENARIO | Change.TRACE | Change.SURFACE
    place = "centre"
    order = 40

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.work: SurfaceWork | None = None
        self.map = SurfaceMap(self)
        self.body_layout.addWidget(self.map, 1)
        self.watch(self.map)
        self.map.moved.connect(self._move_weights)
        self.slices = self._tool(self.tr("slices"), self.tr("Slices along both axes through the weights"))
        self.slices.setChecked(True)
        self.log = self._tool(self.tr("log"), self.tr("Logarithmic colours"))
        self.cap = self._tool(self.tr("cap"), self.tr("Give the colours to losses below the cap; the rest is hatched"))
        self.cap.setChecked(True)
        self._asked_of: object = None  # the surface whose own choice of scale is shown
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._advance)

    def _tool(self, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: self.redraw())
        self.add_tool(button)
        return button

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        scenario = snapshot.scenario
        return scenario.surface is not None and scenario.targets is not None and scenario.loss is not None

    # --- drawing ----------------------------------------------------------------------------------------------------

    def draw(self, snapshot: Snapshot) -> None:
        scenario = snapshot.scenario
        if self.work is None or not self.work.plane.shows(scenario):
            self._drop()
            try:
                self.work = SurfaceWork(plane_of(scenario))
            except ScenarioError as error:
                self.show_empty(self.tr("There is no surface to show: {why}.").format(why=error.message))
                return
        self.show_content()
        if scenario.surface is not self._asked_of and scenario.surface is not None:
            self._asked_of = scenario.surface
            self.log.setChecked(scenario.surface.scale == "log")
            self.cap.setText(self.tr("cap {loss}").format(loss=numbers.text(scenario.surface.cap or 0.0)))
            self.cap.setVisible(scenario.surface.cap is not None)
        marker = self.work.plane.place_of(scenario.params) or (0.0, 0.0)
        self.map.show_surface(self.work, self._look(snapshot), marker)
        self.set_subtitle(self._here(snapshot))
        if not self.isVisible():
            self.work.finish()  # drawn into a file: nobody waits for more
            self.map.refresh()
        elif not self.work.is_done and not self._timer.isActive():
            self.work.begin()
            self._timer.start(SLICE_PAUSE_MS)

    def _look(self, snapshot: Snapshot) -> Look:
        scenario = snapshot.scenario
        view = scenario.surface
        assert view is not None
        assert self.work is not None
        curve = cliff_line(self.work.plane)
        return Look(
            is_log=self.log.isChecked(),
            cap=view.cap if self.cap.isChecked() else None,
            slices=self.slices.isChecked(),
            x_label=surface_words.of_axis(view.x, scenario),
            y_label=surface_words.of_axis(view.y, scenario),
            curve=curve,
            curve_label=self.tr("dotted: the start is the unstable fixed point") if curve is not None else "",
        )

    def _here(self, snapshot: Snapshot) -> str:
        """What the weights are and lose."""
        assert self.work is not None
        view = snapshot.scenario.surface
        assert view is not None
        signs = [
            surface_words.of_short_axis(form, snapshot.scenario, sign) for form, sign in ((view.x, "x"), (view.y, "y"))
        ]
        values = [numbers.text(value) for value in self.map.marker]
        return self.tr("loss {loss} at {x} = {a}, {y} = {b} · {kind}").format(
            loss=numbers.text(loss_here(snapshot.trace, snapshot.scenario), underflow=True),
            x=signs[0],
            a=values[0],
            y=signs[1],
            b=values[1],
            kind=surface_words.of_loss(snapshot.scenario),
        )

    def describe(self, snapshot: Snapshot) -> str:
        if self.work is None:
            return self.translated(self.subtitle)
        view, scenario, plane = snapshot.scenario.surface, snapshot.scenario, self.work.plane
        assert view is not None
        said = [self.tr("Loss surface."), self._here(snapshot) + "."]
        for form, line in ((view.x, plane.x), (view.y, plane.y)):
            ends = [numbers.text(float(line[k])) for k in (0, -1)]
            said.append(f"{surface_words.of_axis(form, scenario)}: {ends[0]} … {ends[1]}.")
        shade = self.map.shade
        scale = self.tr("logarithmic colours") if shade.is_log else self.tr("linear colours")
        low, high = numbers.text(shade.low), numbers.text(shade.high)
        said.append(self.tr("Losses from {low} to {high}, {scale}.").format(low=low, high=high, scale=scale))
        if shade.hatched:
            said.append(self.tr("What is above is hatched."))
        if not self.work.is_done:
            said.append(self.tr("{part} worked out.").format(part=numbers.percent(self.work.progress, 2)))
        return " ".join(said)

    def restyle(self) -> None:
        self.map.restyle()

    # --- working it out ---------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self.work is None:
            return
        if self.work.advance():
            self.map.refresh()
        if not self.work.is_done:
            self._timer.start(NEWS_MS if self.work.waits else SLICE_PAUSE_MS)
        elif self.snapshot is not None:
            self.setAccessibleDescription(self.describe(self.snapshot))

    def _drop(self) -> None:
        self._timer.stop()
        if self.work is not None:
            self.work.cancel()
        self.work = None

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()
        if self.work is not None:
            self.work.cancel()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.work is not None and not self.work.is_done:
            self.work.begin()
            self._timer.start(SLICE_PAUSE_MS)

    # --- moving the weights -----------------------------------------------------------------------------------------

    def _move_weights(self, x: float, y: float, drag: object = None) -> None:
        """Make the network of this point the one that is shown: one entry in the history, however far one drags."""
        if self.work is None or self.snapshot is None or (x, y) == self.map.marker:
            return
        scenario = self.session.snapshot.scenario
        params = MappingProxyType(dict(self.work.plane.params_at(x, y)))
        self.session.edit(self.tr("Move on the loss surface"), replace(scenario, params=params), merge=drag)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in self._MOVES and self.work is not None and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self._move_cursor(*self._MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.map.pointed is not None:
            x, y, _ = self.map.values_at(*self.map.pointed)
            self._move_weights(x, y)
        else:
            super().keyPressEvent(event)

    def _move_cursor(self, down: int, right: int) -> None:
        """From the weights on, by grid lines; a fine grid is crossed in some fifty."""
        across, up = self.map.lines
        column, row = self.map.pointed or self.map.marker_lines()
        column += right * max(1, across // KEY_STEPS)
        row -= down * max(1, up // KEY_STEPS)
        self.map.pointed = self.map.nearest_known(min(max(column, 0), across - 1), min(max(row, 0), up - 1))
        self.map.update()
        x, y, loss = (numbers.text(value, 5) for value in self.map.values_at(*self.map.pointed))
        self.setAccessibleDescription(self.tr("{x}, {y}: loss {loss}").format(x=x, y=y, loss=loss))

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)
        self.map.pointed = None
        self.map.update()

    # --- numbers ----------------------------------------------------------------------------------------------------

    def _axes(self) -> list[ParameterAddress | None]:
        if self.work is None:
            return [None, None]
        axes = (self.work.plane.x_axis, self.work.plane.y_axis)
        return [axis if isinstance(axis, ParameterAddress) else None for axis in axes]

    def address_at(self, point: QPoint) -> AnyAddress | None:
        """The label of an axis stands for the weight that it is."""
        label = self.map.label_at(self.map.mapFrom(self, point))
        return None if label is None else self._axes()[label]

    def rect_of(self, address: AnyAddress) -> QRect | None:
        if self.work is None or address not in self._axes():
            return None
        place = self.map.places()
        rect = (place.x_label, place.y_label)[self._axes().index(address)]
        return rect.translated(self.map.mapTo(self, QPoint()))

    @property
    def address(self) -> AnyAddress | None:
        """The keyboard's cursor is a point of the map, which is no number of this network."""
        return None

    def cells(self) -> Grid | None:
        return None if self.work is None else Grid(1, 2, lambda _, column: self._axes()[column])

    def table(self, snapshot: Snapshot) -> Sequence[Sequence[str | float]]:
        """A row for each point that is known: x, y, loss."""
        view = snapshot.scenario.surface
        if self.work is None or view is None:
            return []
        heads = [surface_words.of_axis(form, snapshot.scenario) for form in (view.x, view.y)]
        plane, loss = self.work.plane, self.work.loss
        rows, columns = np.nonzero(~np.isnan(loss))
        known = np.stack([plane.x[columns], plane.y[rows], loss[rows, columns]], axis=1)
        return [[*heads, "loss"], *known.tolist()]
