"""Actions on the loss surface from anywhere in the window: a weight as an axis, its settings, its zoom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QToolTip

from rnnviz.engine.trace import ParameterAddress
from rnnviz.session import Session, Snapshot
from rnnviz.session.edit_error import EditError
from rnnviz.session.edit_surface import Side, with_weight

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow
    from rnnviz.ui.panel import Panel
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel

NAME = "loss_surface"
TURNS = {"left": (-7.5, 0.0), "right": (7.5, 0.0), "up": (0.0, 5.0), "down": (0.0, -5.0)}  # degrees


def can_have_surface(snapshot: Snapshot) -> bool:
    return snapshot.scenario.targets is not None and snapshot.scenario.loss is not None


def take_axis(session: Session, side: Side, address: ParameterAddress) -> None:
    """Make a weight an axis of the surface, as one edit. Raises EditError."""
    now = session.snapshot
    assert now is not None, "asked only where something is open"
    scenario = with_weight(now.scenario, now.trace, side, address)
    session.edit(_translate("Make {weight} the {side} axis").format(weight=address, side=side), scenario)


def offered(panel: Panel, address: object) -> Sequence[tuple[str, Callable[[], None]]]:
    """For the context menu of a panel: what can be done with the number under the mouse or the cursor."""
    if panel.snapshot is None or not isinstance(address, ParameterAddress) or not can_have_surface(panel.snapshot):
        return ()
    return (
        (_translate("X axis of the loss surface") + "\tX", partial(_take_or_say, panel, "x", address)),
        (_translate("Y axis of the loss surface") + "\tY", partial(_take_or_say, panel, "y", address)),
    )


def _take_or_say(panel: Panel, side: Side, address: ParameterAddress) -> None:
    try:
        take_axis(panel.session, side, address)
    except EditError as error:
        QToolTip.showText(QCursor.pos(), str(error), panel)


class SurfaceAxes:
    """What the table of actions calls; every one opens the panel first, where it is closed."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def take(self, side: Side) -> None:
        """The weight under the keyboard cursor, or the selected one."""
        window, snapshot = self._window, self._window.session.snapshot
        panel = window.current_panel()
        address = panel.address if panel is not None and panel.hasFocus() else None
        if not isinstance(address, ParameterAddress):
            address = snapshot.selection if snapshot is not None else None
        if not isinstance(address, ParameterAddress):
            window.message_bar.show_note(_translate("Select a weight first, then press X or Y."))
            return
        try:
            take_axis(window.session, side, address)
        except EditError as error:
            window.message_bar.show_error(str(error))
        else:
            self._panel()

    def settings(self) -> None:
        panel = self._panel()
        if not self._has_axes():
            panel.beginnings.draw_first()
        if self._has_axes():
            panel.tools.settings()

    def zoom_in(self) -> None:
        self._panel().zooming.closer()

    def zoom_out(self) -> None:
        self._panel().zooming.further()

    def back(self) -> None:
        self._panel().zooming.back()

    def whole(self) -> None:
        self._panel().zooming.out()

    def to_trail(self) -> None:
        self._panel().zooming.to_trail()

    def stop(self) -> None:
        self._panel().stop()

    def to_paths(self) -> None:
        self._panel().descent.zoom_to_paths()

    def begin(self) -> None:
        """Show the surface as it was looked at last, from above or in relief, and remember it from now on."""
        relief = cast("LossSurfacePanel", self._window.workspace.panels[NAME]).tools.relief
        relief.setChecked(self._window.settings.surface_in_3d)
        relief.toggled.connect(self._remember_3d)

    def _remember_3d(self, in_3d: bool) -> None:
        self._window.settings.surface_in_3d = in_3d

    def toggle_3d(self) -> None:
        self._panel().tools.relief.click()  # a click also switches the panel beside it

    def turn(self, where: str) -> None:
        """Turn the relief a little to the "left", "right", "up" or "down"; "back" is where one looked from at first."""
        panel = self._panel()
        if not panel.tools.relief.isChecked():
            panel.tools.relief.click()
        if where == "back":
            panel.map.turn_back()
        else:
            panel.map.turn(*TURNS[where])

    def _has_axes(self) -> bool:
        snapshot = self._window.session.snapshot
        return snapshot is not None and snapshot.scenario.surface is not None

    def _panel(self) -> LossSurfacePanel:
        """In a comparison the one in use, or that of the document; else the one of the workspace."""
        window, current = self._window, self._window.current_panel()
        if window.comparing.is_open:
            window.comparing.view.show_kind(NAME)
            there = [panel for panel in window.shown_panels() if panel.name == NAME]
            if there:
                return cast("LossSurfacePanel", current if current in there else there[0])
        return cast("LossSurfacePanel", self._window.bring_up(NAME))


def _translate(text: str) -> str:
    return QCoreApplication.translate("surface", text)
