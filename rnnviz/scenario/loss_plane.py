"""The plane of networks that a loss surface shows: two axes through the weights of a scenario, and its loss there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.directions import (
    Axis,
    coordinates,
    coordinates_of,
    gradient_direction,
    path_directions,
    random_direction,
    span,
)
from rnnviz.engine.errors import EngineError
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Params
from rnnviz.engine.surface import surface
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.engine.training import Data, Settings
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import training_of
from rnnviz.scenario.types import Scenario, SurfaceAxis

Array = NDArray[np.floating[Any]]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Plane:
    """Where a surface lies: `x` and `y` are the values on its grid lines.

    centre : the scenario whose weights the directions are added to; weights that are axes themselves do not matter
    """

    centre: Scenario
    x_axis: Axis
    y_axis: Axis
    x: Array
    y: Array

    def losses(self, rows: Index, columns: Index) -> Array:
        """The loss where these grid lines cross, (rows, columns); inf where it is not finite."""
        found = np.empty((len(rows), len(columns)))
        for tile in surface(*replace(self, x=self.x[columns], y=self.y[rows]).arguments()):
            found[np.ix_(tile.rows, tile.columns)] = tile.loss
        return found

    def arguments(self) -> tuple[Any, ...]:
        """What `rnnviz.engine.surface.surface` takes, fit for another process."""
        centre = self.centre
        data, settings = own_lesson(centre)
        data = replace(data, initial=dict(data.initial))
        return centre.network, dict(centre.params), data, settings, self.x_axis, self.y_axis, self.x, self.y

    def nearest(self, params: Params) -> tuple[float, float]:
        """The point of the plane that is nearest to these weights; a weight that is an axis keeps every bit."""
        found = coordinates(params, self.centre.params, self.x_axis, self.y_axis)
        own = [_own(axis, params) for axis in (self.x_axis, self.y_axis)]
        x, y = (here if exact is None else exact for here, exact in zip(found, own, strict=True))
        return x, y

    def nearest_of(self, path: Sequence[Params]) -> Array:
        """The same for many weights, (n, 2)."""
        found = coordinates_of(path, self.centre.params, self.x_axis, self.y_axis)
        for column, axis in enumerate((self.x_axis, self.y_axis)):
            own = [_own(axis, params) for params in path]
            found[:, column] = [
                here if exact is None else exact for here, exact in zip(found[:, column], own, strict=True)
            ]
        return found

    def place_of(self, params: Params) -> tuple[float, float] | None:
        """Where these weights lie on the plane; None where they are not on it."""
        place = self.nearest(params)
        there = self.params_at(*place)
        on_it = all(np.allclose(there[name], params[name], rtol=1e-9, atol=1e-12) for name in there)
        return place if on_it else None

    def params_at(self, a: float, b: float) -> Mapping[str, Array]:
        """The weights of a point; those that no axis moves are the same arrays as before."""
        spans = span(self.centre.params, self.x_axis, self.y_axis)
        moved = {name: each.at(a, b) for name, each in spans.items() if each.moves}
        for array in moved.values():
            array.setflags(write=False)
        return {name: moved.get(name, values) for name, values in self.centre.params.items()}

    def has_axes_of(self, scenario: Scenario) -> bool:
        """Whether these are the axes and this is the task of a scenario that may have been edited since."""
        old, view = self.centre, scenario.surface
        names = ("network", "inputs", "lengths", "targets", "initial", "loss")
        return (
            all(getattr(old, name) is getattr(scenario, name) for name in names)
            and old.surface is not None
            and view is not None
            and all(_same_axis(*pair) for pair in ((old.surface.x, view.x), (old.surface.y, view.y)))
        )

    def shows(self, scenario: Scenario) -> bool:
        """The same, and its weights lie on this plane."""
        return self.has_axes_of(scenario) and self.place_of(scenario.params) is not None

    def over(self, x: tuple[float, float], y: tuple[float, float], count: int) -> Plane:
        """The same plane from here to there, on so many grid lines each way."""
        return replace(self, x=line(*x, count), y=line(*y, count))


def plane_of(scenario: Scenario, path: Sequence[Params] = ()) -> Plane:
    """The plane that a scenario's `surface` asks for.

    path : iterates of a training run, where an axis is one of its main directions
    Raises ScenarioError where there is no such plane.
    """
    view = scenario.surface
    if view is None:
        raise ScenarioError('there are no axes to draw its loss over: "surface" is missing')
    own_lesson(scenario)  # raises where there is nothing to learn
    try:
        x_axis, y_axis = _axes(scenario, path)
        span(scenario.params, x_axis, y_axis)  # raises what does not fit
    except EngineError as error:
        raise ScenarioError(str(error), where="surface") from error
    lines = (line(form.low, form.high, view.resolution) for form in (view.x, view.y))
    return Plane(scenario, x_axis, y_axis, *lines)


def own_lesson(scenario: Scenario) -> tuple[Data, Settings]:
    """What the scenario shows is what its surface is about, also where it is trained on more. Raises ScenarioError."""
    if scenario.training is not None:
        scenario = replace(scenario, training=msgspec.structs.replace(scenario.training, data=None))
    return training_of(scenario)


def loss_here(trace: Trace, scenario: Scenario) -> float:
    """The loss as the surface has it: summed over steps, averaged over sequences."""
    data, settings = own_lesson(scenario)
    values, _ = loss(settings.loss, trace, data.targets, settings.last_only, data.weights)
    return float(values.sum() / data.sequences)


def slopes_here(trace: Trace, scenario: Scenario) -> Array:
    """How that loss changes with each output, (T, N, size)."""
    data, settings = own_lesson(scenario)
    _, slope = loss(settings.loss, trace, data.targets, settings.last_only, data.weights)
    return slope / data.sequences


def line(low: float, high: float, count: int) -> Array:
    """Even grid lines without the dust of floating point, so that a weight moved there is a short number."""
    decimals = 4 - math.floor(math.log10((high - low) / (count - 1)))
    found = np.linspace(low, high, count)
    inner = np.round(found[1:-1], decimals) if decimals < 16 else found[1:-1]
    found[1:-1] = inner
    return found


def _axes(scenario: Scenario, path: Sequence[Params]) -> tuple[Axis, Axis]:
    view = scenario.surface
    assert view is not None, "checked by plane_of"
    kinds = view.x.kind, view.y.kind
    plane = path_directions(path) if "path" in kinds else None
    x = plane.x if plane and kinds[0] == "path" else _axis(view.x, scenario)
    # A path has two main directions: the second is y's, or the first where x is no path.
    y = (plane.y if kinds[0] == "path" else plane.x) if plane and kinds[1] == "path" else _axis(view.y, scenario)
    return x, y


def _axis(form: SurfaceAxis, scenario: Scenario) -> Axis:
    if form.kind == "parameter":
        return ParameterAddress(form.parameter, form.row, form.column)
    if form.kind == "random":
        return random_direction(scenario.params, form.seed)
    trace = run(scenario)
    return gradient_direction(parameter_gradients(trace, {trace.output_name: slopes_here(trace, scenario)}))


def _same_axis(old: SurfaceAxis, new: SurfaceAxis) -> bool:
    """But for the range."""
    return old == msgspec.structs.replace(new, low=old.low, high=old.high)


def _own(axis: Axis, params: Params) -> float | None:
    """The weight that is an axis, every bit of it; None for a direction."""
    if not isinstance(axis, ParameterAddress):
        return None
    values = params[axis.parameter]
    return float(values.reshape(len(values), -1)[axis.row, axis.column])
