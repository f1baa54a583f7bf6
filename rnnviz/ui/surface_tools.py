"""The tools of the loss surface: in its header, and over the map while it is worked out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtWidgets import QToolButton

from rnnviz.session import Snapshot
from rnnviz.ui import icons, numbers, surface_fixed, theme
from rnnviz.ui.surface_settings import show_settings

if TYPE_CHECKING:
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel


class SurfaceTools(QObject):
    """What is only looked at is switched here; what the file says of a surface is changed in its settings."""

    def __init__(self, panel: LossSurfacePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._asked_of: object = None  # the surface whose own choice of scale is shown
        self._has_small_network = False
        self.axes = self._tool(self.tr("axes…"), self.tr("Choose the axes, their range and the colours"), self.settings)
        self.relief = self._switch(
            self.tr("3-D"), self.tr("Show the surface in relief: drag it to turn it, click it to move the weights (V)")
        )
        self.relief.toggled.connect(self._show_relief)
        panel.map.came_to_rest.connect(self._describe)
        self.slices = self._switch(self.tr("slices"), self.tr("Slices along both axes through the weights"))
        self.slices.setChecked(True)
        self.log = self._switch(self.tr("log"), self.tr("Logarithmic colours"))
        self.cap = self._switch(
            self.tr("cap"), self.tr("Give the colours to losses below the cap; the rest is hatched")
        )
        self.cap.setChecked(True)
        self.fixed = self._switch(
            self.tr("fixed points"), self.tr("Where the network's map has its fixed points, and where they come and go")
        )
        self.fixed.setChecked(True)
        self.frame = self._switch("", self.tr("Zoom: draw a frame on the map (or hold Shift, or turn the wheel)"))
        self.back = self._tool("", self.tr("Zoom back out (Backspace)"), panel.zooming.back)
        self.whole = self._tool("", self.tr("The whole range (0)"), panel.zooming.out)
        self.progress = QToolButton(panel.map)
        self.progress.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.progress.clicked.connect(panel.stop)
        self.progress.hide()
        theme.switch().changed.connect(self.restyle)
        self.restyle()

    @property
    def shows_fixed(self) -> bool:
        return self._has_small_network and self.fixed.isChecked()

    def settings(self) -> None:
        show_settings(self._panel)

    def menu(self) -> list[tuple[str, Callable[[], None]]]:
        """For the context menu of the panel."""
        if not self.axes.isVisibleTo(self.axes.parentWidget()):
            return []
        zooming = self._panel.zooming
        entries = [(self.tr("Axes, range and colours…"), self.settings), (self.tr("Zoom in") + "\t+", zooming.closer)]
        look = self._panel.map.look
        if look is not None and look.trail is not None:
            entries.append((self.tr("Zoom to the training run"), zooming.to_trail))
        if not zooming.is_whole:
            entries.append((self.tr("Zoom back out") + "\tBackspace", zooming.back))
            entries.append((self.tr("The whole range") + "\t0", zooming.out))
        return entries

    def show_for(self, snapshot: Snapshot, has_picture: bool) -> None:
        """Only what there is something for; scale and cap as the file says, until one switches them."""
        view = snapshot.scenario.surface
        self._has_small_network = has_picture and surface_fixed.can_have_points(snapshot.scenario)
        self.axes.setVisible(view is not None)
        for button in (self.relief, self.slices, self.log):
            button.setVisible(has_picture)
        self.frame.setVisible(has_picture and not self.relief.isChecked())
        self.fixed.setVisible(self._has_small_network)
        is_inside = has_picture and not self._panel.zooming.is_whole
        self.back.setVisible(is_inside)
        self.whole.setVisible(is_inside)
        self.cap.setVisible(has_picture and view is not None and view.cap is not None)
        if view is not None and view is not self._asked_of:
            self._asked_of = view
            self.log.setChecked(view.scale == "log")
            self.cap.setText(self.tr("cap {loss}").format(loss=numbers.text(view.cap or 0.0)))
        if not has_picture:
            self.progress.hide()

    def show_progress(self, part: float) -> None:
        """How much is known, and a button to leave it at that."""
        self.progress.setVisible(part < 1)
        if part >= 1:
            return
        is_stopped = self._panel.is_stopped
        text = self.tr("{part} · go on") if is_stopped else self.tr("{part} · stop")
        self.progress.setText(text.format(part=numbers.percent(part, 2)))
        tip = self.tr("Work out the rest") if is_stopped else self.tr("Leave the surface as far as it is known")
        self.progress.setToolTip(tip)
        self.progress.setAccessibleName(tip)
        area = self._panel.map.places().map
        size = self.progress.sizeHint()
        self.progress.setGeometry(area.right() - size.width() - theme.px(8), area.top() + theme.px(8),
                                  size.width(), size.height())  # fmt: skip

    def restyle(self) -> None:
        for button, name in ((self.frame, "search"), (self.back, "left"), (self.whole, "restore")):
            button.setIcon(icons.icon(name))
            button.setIconSize(QSize(theme.px(14), theme.px(14)))
        look = theme.current()
        self.progress.setFont(theme.sans(theme.SMALL))
        self.progress.setStyleSheet(
            f"QToolButton {{ background: {look.panel.name()}; color: {look.ink.name()}; border: none;"
            f" border-radius: {theme.px(4)}px; padding: {theme.px(2)}px {theme.px(6)}px; }}"
            f"QToolButton:focus, QToolButton:hover {{ color: {look.accent.name()}; }}"
        )

    def _switch(self, text: str, tip: str) -> QToolButton:
        button = self._tool(text, tip, self._switched)
        button.setCheckable(True)
        return button

    def _tool(self, text: str, tip: str, act: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(lambda: act())
        self._panel.add_tool(button)
        return button

    def _show_relief(self, in_3d: bool) -> None:
        self._panel.map.show_in_3d(in_3d)
        self._panel.draw_again()

    def _describe(self) -> None:
        if self._panel.snapshot is not None:
            self._panel.setAccessibleDescription(self._panel.describe(self._panel.snapshot))

    def _switched(self) -> None:
        self._panel.map.frames = self.frame.isChecked()
        self._panel.draw_again()
