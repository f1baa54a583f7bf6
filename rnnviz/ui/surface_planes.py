"""The plane that a loss surface panel shows: kept while the weights move on it, made anew when they leave it."""

from __future__ import annotations

from rnnviz.engine.network import Params
from rnnviz.jobs.surface import on_path
from rnnviz.scenario.loss_plane import Plane, plane_of
from rnnviz.scenario.types import Scenario, SurfaceView
from rnnviz.session import Snapshot
from rnnviz.ui.surface_zoom import Window


class Planes:
    """`whole` is the range that the scenario asks for."""

    def __init__(self) -> None:
        self.whole = Window((0.0, 1.0), (0.0, 1.0))
        self._view: SurfaceView | None = None
        self._plane: Plane | None = None
        self._shown: tuple[Plane, Window, Plane] | None = None  # of this plane this window is that

    def of(self, snapshot: Snapshot, window: Window | None) -> Plane:
        """The plane of this snapshot over a window, the same object as long as nothing differs. Raises ScenarioError.

        window : None for the whole range; taken only as long as the range of the scenario is the same
        """
        view = snapshot.scenario.surface
        assert view is not None, "asked only where there is a surface"
        if self._plane is None or not self._stays(self._plane, snapshot):
            self._plane = plane_of(_centre(snapshot), path_of(snapshot))
            self._view = view
        elif view is not self._view:
            self._plane = self._plane.over((view.x.low, view.x.high), (view.y.low, view.y.high), view.resolution)
            self._view = view
        whole = Window((view.x.low, view.x.high), (view.y.low, view.y.high))
        is_same, self.whole = whole == self.whole, whole
        if window is None or window == whole or not is_same:
            return self._plane
        if self._shown is None or self._shown[0] is not self._plane or self._shown[1] != window:
            self._shown = self._plane, window, self._plane.over(window.x, window.y, view.resolution)
        return self._shown[2]

    @staticmethod
    def wants_path(snapshot: Snapshot) -> bool:
        """Whether an axis is a direction of a training path, and no run is there to take it from."""
        view = snapshot.scenario.surface
        has_path = len(path_of(snapshot)) >= 3
        return view is not None and "path" in (view.x.kind, view.y.kind) and not has_path

    @staticmethod
    def _stays(plane: Plane, snapshot: Snapshot) -> bool:
        """While training runs the surface rests, for it would be another one with every update."""
        run = snapshot.training
        if run is not None and run.is_running:
            return plane.has_axes_of(snapshot.scenario)
        return plane.shows(_centre(snapshot))


def _centre(snapshot: Snapshot) -> Scenario:
    """Directions go through the document's weights, so that the iterates of its training can be seen beside them."""
    view = snapshot.scenario.surface
    assert view is not None, "asked only where there is a surface"
    are_weights = view.x.kind == view.y.kind == "parameter"
    return snapshot.scenario if are_weights else snapshot.document


def path_of(snapshot: Snapshot) -> list[Params]:
    run = snapshot.training
    if run is None or run.is_running:
        return []
    return [run.params_of(number) for number in on_path(run.kept, run.planned)] if run.kept else []
