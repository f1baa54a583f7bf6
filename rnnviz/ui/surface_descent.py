"""Descents on the loss surface panel: their paths, where they left the picture, the plateau of a loss cap, the zoom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton

from rnnviz.scenario.loss_plane import Plane
from rnnviz.session import DescentRun, Snapshot
from rnnviz.ui import numbers, surface_plateau, surface_words
from rnnviz.ui.plots.relief import Path
from rnnviz.ui.surface_path_paint import Exit
from rnnviz.ui.surface_paths import Places, SurfacePath, paths_of, plateau_of, window_around

if TYPE_CHECKING:
    from rnnviz.ui.panels.loss_surface import LossSurfacePanel
    from rnnviz.ui.surface_work import SurfaceWork

DIGITS = 3


class SurfaceDescent(QObject):
    def __init__(self, panel: LossSurfacePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._places = Places()
        self._signs = ("x", "y")
        self.zoom = QToolButton(panel)
        self.zoom.setText(self.tr("paths"))
        self.zoom.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        tip = self.tr("Zoom to the descents, and back to the whole range (Z)")
        self.zoom.setToolTip(tip)
        self.zoom.setAccessibleName(tip)
        self.zoom.clicked.connect(self.zoom_to_paths)
        panel.add_tool(self.zoom)
        self.zoom.hide()

    def look(self, snapshot: Snapshot, plane: Plane) -> dict[str, Any]:
        """Fields of the map's look."""
        run, view = snapshot.descent, snapshot.scenario.surface
        self.zoom.setVisible(run is not None)
        if run is None or view is None or not run.has_steps:
            self._panel.map.paths = ()
            return {}
        self._signs = (
            surface_words.of_short_axis(view.x, snapshot.scenario, "x"),
            surface_words.of_short_axis(view.y, snapshot.scenario, "y"),
        )
        paths = paths_of(run, self._places.of(run, plane))
        self._panel.map.paths = tuple(in_relief(path) for path in paths)
        return {"paths": paths, "exit_words": self._went, "plateau": plateau_of(run, snapshot.scenario)}

    def notes(self, snapshot: Snapshot, work: SurfaceWork) -> list[str]:
        """Whether the paths lie on the plane; how much of the picture the plateau takes, once all of it is known."""
        found = self._beside(snapshot.descent, work.plane)
        cap = plateau_of(snapshot.descent, snapshot.scenario)
        part = surface_plateau.share(work.loss, cap) if cap is not None and work.is_done else 0.0
        if cap is None or not part:
            return found
        said = self.tr("lined: above the loss cap {cap} there is no gradient, {part} of this picture")
        return [*found, said.format(cap=numbers.text(cap), part=numbers.percent(part, DIGITS))]

    def _beside(self, run: DescentRun | None, plane: Plane) -> list[str]:
        """Two axes hold a path of more weights only as its shadow."""
        if run is None or not run.has_steps:
            return []
        ends = [path.weights[path.at(run.shown)] for path in run.paths]
        if all(plane.place_of(params) is not None for params in ends):
            return []
        return [self.tr("the paths run beside this plane: their own losses are in the table")]

    def zoom_to_paths(self) -> None:
        """All points that are within the whole range; from there, the whole range again."""
        snapshot, zooming = self._panel.snapshot, self._panel.zooming
        plane = self._panel.work.plane if self._panel.work is not None else None
        if snapshot is None or snapshot.descent is None or zooming.zoom is None or plane is None:
            return
        window = window_around(self._places.of(snapshot.descent, plane), zooming.zoom.whole)
        if window is None or window == zooming.zoom.shown:
            zooming.out()
        else:
            zooming.show_window(window)

    def _went(self, exits: Sequence[Exit]) -> str:
        """ "no clipping, loss cap: step 1 is 33.2 long, to U = 22.48, b = 25.62" """
        path, step = exits[0].path, exits[0].step
        x, y = (numbers.text(float(values[step])) for values in (path.x, path.y))
        said = self.tr("{ways}: step {step} is {length} long, to {x_sign} = {x}, {y_sign} = {y}")
        return said.format(
            ways=", ".join(each.path.name for each in exits),
            step=step,
            length=numbers.text(float(path.lengths[step]), DIGITS),
            x_sign=self._signs[0],
            x=x,
            y_sign=self._signs[1],
            y=y,
        )


def in_relief(path: SurfacePath) -> Path:
    """The same path as the relief takes it."""
    return Path(path.x, path.y, path.loss, path.numbers, QColor(path.look.on_map), path.look.marker)
