"""The last training run as a line over a loss surface: each kept iterate where it is nearest to the plane."""

from __future__ import annotations

import numpy as np

from rnnviz.scenario.loss_plane import Plane
from rnnviz.session import Snapshot
from rnnviz.session.training_run import TrainingRun
from rnnviz.ui.surface_fixed import Curve
from rnnviz.ui.surface_zoom import Range, Window

MOST_POINTS = 400
# Numbers in all points: of a run under way no more are laid on the plane, for that is done again and again.
QUICK = 200_000
MARGIN = 0.12


class Trail:
    """Keeps the line of the newest plane and run, for it takes a moment to lay thousands of weights on a plane."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._curve: Curve | None = None

    def of(self, snapshot: Snapshot, plane: Plane) -> Curve | None:
        """None where there was no run, or too large a one is still under way."""
        run = snapshot.training
        if run is None or len(run.kept) < 2 or not _is_quick(run, snapshot):
            return None
        key = (plane.x_axis, plane.y_axis, plane.centre.params, run.weights, len(run.kept))
        if len(key) != len(self._of) or any(mine is not yours for mine, yours in zip(key, self._of, strict=True)):
            stride = -(-len(run.kept) // MOST_POINTS)
            numbers = [*run.kept[:-1:stride], run.kept[-1]]
            places = plane.nearest_of([run.params_of(number) for number in numbers])
            self._of, self._curve = key, Curve(places[:, 0], places[:, 1])
        return self._curve


def window_around(curve: Curve) -> Window:
    """What shows all of the line; as wide as it is high where it does not move along one axis."""
    sizes = [float(np.ptp(values)) for values in (curve.x, curve.y)]
    largest = max(*sizes, 1e-6)
    return Window(*(_range(values, size or largest) for values, size in zip((curve.x, curve.y), sizes, strict=True)))


def _range(values: np.ndarray, size: float) -> Range:
    middle, half = float(values.max() + values.min()) / 2, (0.5 + MARGIN) * size
    return middle - half, middle + half


def _is_quick(run: TrainingRun, snapshot: Snapshot) -> bool:
    points = min(len(run.kept), MOST_POINTS)
    return not run.is_running or points * snapshot.scenario.network.parameter_count <= QUICK
