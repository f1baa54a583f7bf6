"""Loss surface: the loss over a plane of networks; every point is one, and a click makes it the one that is shown."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from PySide6.QtCore import QT_TRANSLATE_NOOP, QEvent, QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.loss_plane import Plane
from rnnviz.session import Change, Session, Snapshot
from rnnviz.ui import numbers, panel_menu, surface_fixed, surface_said, surface_words, theme
from rnnviz.ui.panel import AnyAddress, Grid, Panel
from rnnviz.ui.surface_beginnings import Beginnings
from rnnviz.ui.surface_descent import SurfaceDescent
from rnnviz.ui.surface_fixed_note import FixedPointsNote
from rnnviz.ui.surface_map import Look
from rnnviz.ui.surface_planes import Planes
from rnnviz.ui.surface_tools import SurfaceTools
from rnnviz.ui.surface_trail import Trail
from rnnviz.ui.surface_view import SurfaceView
from rnnviz.ui.surface_work import SurfaceWork
from rnnviz.ui.surface_zoom import Zoom
from rnnviz.ui.surface_zooming import Zooming

SLICE_PAUSE_MS, NEWS_MS = 0, 33
QWIDGETSIZE_MAX = (1 << 24) - 1
KEY_STEPS = 50  # presses of an arrow key from one edge to the other, where the grid is fine


class LossSurfacePanel(Panel):
    name = "loss_surface"
    title = QT_TRANSLATE_NOOP("panel", "Loss surface")
    subtitle = QT_TRANSLATE_NOOP("panel", "every point is one network")
    needs = Change.SCENARIO | Change.TRACE | Change.SURFACE | Change.TRAINING | Change.DESCENT
    place = "centre"
    order = 40
    weight = 1.27

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self.work: SurfaceWork | None = None
        self.is_stopped = False  # by the user, before all was known
        self._planes, self._trail = Planes(), Trail()
        self.map = SurfaceView(self)
        self.body_layout.addWidget(self.map, 1)
        self.watch(self.map)
        self.map.moved.connect(self._move_weights)
        self.beginnings = Beginnings(self)
        self.zooming = Zooming(self)
        self.descent = SurfaceDescent(self)
        self.tools = SurfaceTools(self)
        self._fixed_points = FixedPointsNote(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._advance)

    @classmethod
    def applies(cls, snapshot: Snapshot) -> bool:
        scenario = snapshot.scenario
        return scenario.targets is not None and scenario.loss is not None

    # --- drawing ----------------------------------------------------------------------------------------------------

    def present(self, snapshot: Snapshot, change: Change) -> None:
        """The figures of a run under way, many times a second, change nothing here: its weights come by themselves."""
        if change != Change.TRAINING or self.work is None:
            super().present(snapshot, change)

    def draw(self, snapshot: Snapshot) -> None:
        plane = self._plane(snapshot)
        is_low = snapshot.scenario.surface is None  # one sentence and a button leave their room to the others
        self.setMaximumHeight(theme.px(124) if is_low else QWIDGETSIZE_MAX)
        self.tools.show_for(snapshot, has_picture=plane is not None)
        if plane is None:
            self.set_subtitle(self.translated(self.subtitle))
            return
        self.show_content()
        if self.work is None or self.work.plane is not plane:
            self._begin(plane)
        assert self.work is not None
        place = plane.place_of(snapshot.scenario.params)
        marker = place or plane.nearest(snapshot.scenario.params)
        self._fixed_points.ask()
        self.map.show_surface(self.work, self._look(snapshot, is_beside=place is None), marker)
        self.set_subtitle(surface_said.here(self.map, snapshot))
        if not self.is_watched and not self.is_stopped:
            self.work.finish()  # drawn into a file: nobody waits for more
            self._fixed_points.work_out()
            self.renew_look()
            self.map.refresh()
            self.tools.show_progress(self.work.progress)
        elif not self.work.is_done and not self.is_stopped and not self._timer.isActive():
            self._timer.start(SLICE_PAUSE_MS)

    def _plane(self, snapshot: Snapshot) -> Plane | None:
        """The plane to show, or None when it is said instead why there is none."""
        if snapshot.scenario.surface is None:
            self._drop()
            self.beginnings.show_first()
            return None
        try:
            zoom = self.zooming.zoom
            plane = self._planes.of(snapshot, zoom.shown if zoom else None)
        except ScenarioError as error:
            self._drop()
            self.beginnings.show_problem(error.message, wants_path=self._planes.wants_path(snapshot))
            return None
        if zoom is None or zoom.whole != self._planes.whole:
            self.zooming.zoom = Zoom(self._planes.whole)
        return plane

    def _begin(self, plane: Plane) -> None:
        before = self.work
        self._drop()
        self.work = SurfaceWork(plane, before)
        self.is_stopped = False

    def _look(self, snapshot: Snapshot, is_beside: bool) -> Look:
        scenario = snapshot.scenario
        view = scenario.surface
        assert view is not None
        assert self.work is not None
        shows_fixed = self.tools.shows_fixed
        dotted = surface_fixed.start_curve(self.work.plane) if shows_fixed else None
        dashed = surface_fixed.border_curve(self.work.plane) if shows_fixed else None
        trail = self._trail.of(snapshot, self.work.plane)
        notes = [
            self.tr("line: the training run, from the dot on") if trail is not None else "",
            self.tr("dotted: the start is the unstable fixed point") if dotted is not None else "",
            self.tr("dashed: fixed points come and go") if dashed is not None else "",
            *self.descent.notes(snapshot, self.work),
            self._fixed_points.text,
        ]
        return Look(
            is_log=self.tools.log.isChecked(),
            cap=view.cap if self.tools.cap.isChecked() else None,
            slices=self.tools.slices.isChecked(),
            x_label=surface_words.of_axis(view.x, scenario),
            y_label=surface_words.of_axis(view.y, scenario),
            dotted=dotted,
            dashed=dashed,
            notes=tuple(note for note in notes if note),
            trail=trail,
            stairs=self._fixed_points.stairs,
            is_beside=is_beside,
            **self.descent.look(snapshot, self.work.plane),
            shared=self.shared,
            shared_stamp=self.shared_stamp,
        )

    def renew_look(self) -> None:
        """What is said on the map is another thing now."""
        if self.snapshot is not None and self.work is not None and self.map.look is not None:
            self.map.look = self._look(self.snapshot, self.map.look.is_beside)
            self.map.update()

    def describe(self, snapshot: Snapshot) -> str:
        if self.work is None or snapshot.scenario.surface is None:
            return self.translated(self.subtitle)
        return surface_said.all_of(self.map, snapshot)

    def restyle(self) -> None:
        self.map.restyle()

    # --- working it out ---------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        work = self.work
        if work is None or self.is_stopped:
            return
        if self.zooming.is_settled:
            work.begin()
        if (work.waits or work.problem or not work.has_picture) and work.advance():
            self.map.refresh()
            self.settle()
        self.tools.show_progress(work.progress)
        if not work.is_done or work.is_busy:
            self._timer.start(NEWS_MS if work.has_picture else SLICE_PAUSE_MS)
        elif self.snapshot is not None:
            self.renew_look()
            self.setAccessibleDescription(self.describe(self.snapshot))

    def stop(self) -> None:
        """Leave it as far as it is known, or go on with it."""
        if self.work is None or self.work.is_done:
            return
        self.is_stopped = not self.is_stopped
        if self.is_stopped:
            self._timer.stop()
            self.work.cancel()
        else:
            self._timer.start(SLICE_PAUSE_MS)
        self.tools.show_progress(self.work.progress)

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
        if self.work is not None and not self.work.is_done and not self.is_stopped:
            self._timer.start(SLICE_PAUSE_MS)

    # --- moving the weights -----------------------------------------------------------------------------------------

    def _move_weights(self, x: float, y: float, drag: object = None) -> None:
        """Make the network of this point the one that is shown: one entry in the history, however far one drags."""
        if self.work is None or self.snapshot is None or (x, y) == self.map.marker:
            return
        scenario = self.session.snapshot.scenario
        params = MappingProxyType(dict(self.work.plane.params_at(x, y)))
        self.beginnings.edit(self.tr("Move on the loss surface"), replace(scenario, params=params), drag)

    # --- menu and keys ----------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        panel_menu.show(self, event.globalPos(), self.tools.menu())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        is_plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        zooming = self.zooming
        zooms = {"+": zooming.closer, "=": zooming.closer, "-": zooming.further, "0": zooming.out}
        if key in self._MOVES and self.work is not None and is_plain:
            self._move_cursor(*self._MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.map.pointed is not None:
            x, y, _ = self.map.values_at(*self.map.pointed)
            self._move_weights(x, y)
        elif key == Qt.Key.Key_Backspace and not zooming.is_whole:
            zooming.back()
        elif event.text() in zooms and self.work is not None:
            zooms[event.text()]()
        else:
            super().keyPressEvent(event)

    def grid_keys(self) -> set[Qt.Key]:
        """Backspace leads back out, while one is zoomed in."""
        return super().grid_keys() | (set() if self.zooming.is_whole else {Qt.Key.Key_Backspace})

    def _move_cursor(self, down: int, right: int) -> None:
        """From the weights on, by grid lines; a fine grid is crossed in some fifty."""
        across, up = self.map.lines
        column, row = self.map.pointed or self.map.marker_lines()
        column += right * max(1, across // KEY_STEPS)
        row -= down * max(1, up // KEY_STEPS)
        self.map.pointed = self.map.nearest_known(min(max(column, 0), across - 1), min(max(row, 0), up - 1))
        self.map.update()
        self._fixed_points.ask()
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
