"""Descents as lines over a loss surface: where each step lies on the plane, for the map and for the relief alike."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.scenario.loss_plane import Plane
from rnnviz.scenario.types import Scenario
from rnnviz.session.descent_run import DescentRun
from rnnviz.ui.descent_look import LOOKS, WayLook, name_of
from rnnviz.ui.surface_zoom import Window

Array = NDArray[np.floating[Any]]
MARGIN = 0.16  # around the paths, of their own width
THINNEST = 1 / 2000  # of the whole range: nobody zooms into less


@dataclass(frozen=True, eq=False)
class SurfacePath:
    """Up to the step that is played: values on both axes, losses, and how long each step was; index k is step k.

    name, look : of its way of clipping
    """

    x: Array
    y: Array
    loss: Array
    lengths: Array
    name: str
    look: WayLook

    @property
    def last(self) -> int:
        return len(self.x) - 1

    @property
    def numbers(self) -> tuple[str, ...]:
        return tuple(map(str, range(len(self.x))))


class Places:
    """Where all steps of the descents lie on a plane; those that are known are not looked for again."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._known: list[Array] = []

    def of(self, run: DescentRun, plane: Plane) -> list[Array]:
        """For each descent (steps, 2)."""
        starts = [path.weights[0] if path.weights else None for path in run.paths]
        key = (plane.x_axis, plane.y_axis, plane.centre.params, *starts)
        if len(key) != len(self._of) or any(map(operator.is_not, key, self._of)):
            self._of, self._known = key, [np.empty((0, 2)) for _ in run.paths]
        for way, path in enumerate(run.paths):
            fresh = path.weights[len(self._known[way]) :]
            if fresh:
                self._known[way] = np.concatenate([self._known[way], plane.nearest_of(fresh)])
        return self._known


def paths_of(run: DescentRun, places: list[Array]) -> tuple[SurfacePath, ...]:
    """Up to the step that is shown."""
    found = []
    for path, place in zip(run.paths, places, strict=True):
        count = min(run.shown + 1, len(place))
        if count:
            look = LOOKS[path.clipping.kind]
            parts = (place[:count, 0], place[:count, 1], path.losses[:count], path.steps[:count])
            found.append(SurfacePath(*parts, name=name_of(path.clipping), look=look))
    return tuple(found)


def window_around(places: list[Array], whole: Window) -> Window | None:
    """What to zoom to, so that all points of the descents within the whole range are seen; None where there are none.

    A step that leaves the range leaves the picture.
    """
    points = np.concatenate([np.empty((0, 2)), *places])
    inside = (points >= (whole.x[0], whole.y[0])) & (points <= (whole.x[1], whole.y[1]))
    points = points[inside.all(axis=1)]
    if not len(points):
        return None
    sides = []
    for column, (low, high) in enumerate((whole.x, whole.y)):
        least, most = float(points[:, column].min()), float(points[:, column].max())
        half = max((most - least) * (0.5 + MARGIN), (high - low) * THINNEST)
        middle = (least + most) / 2
        sides.append((max(middle - half, low), min(middle + half, high)))
    return Window(*sides)


def plateau_of(run: DescentRun | None, scenario: Scenario) -> float | None:
    """The loss above which one of the descents has no gradient; None where none has, or the surface is of another loss.

    That of a batch, or of what is held out from, is another at every step.
    """
    if run is None:
        return None
    training = scenario.training
    if training is not None and (training.data is not None or training.batch_size or training.validation):
        return None
    caps = [path.clipping.limit for path in run.paths if path.clipping.kind == "loss cap"]
    return caps[0] if caps else None
