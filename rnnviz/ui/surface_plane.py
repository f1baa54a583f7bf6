"""The plane of networks that a loss surface shows: two axes through the weights of a scenario, and its loss there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.directions import Axis, coordinates, gradient_direction, random_direction, span
from rnnviz.engine.errors import EngineError
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Params
from rnnviz.engine.surface import surface
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.engine.training import Data, Settings
from rnnviz.jobs import Job
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import loss_weights
from rnnviz.scenario.types import Loss, Scenario, SurfaceAxis

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
        for tile in surface(*self._arguments(self.x[columns], self.y[rows])):
            found[np.ix_(tile.rows, tile.columns)] = tile.loss
        return found

    def job(self) -> Job:
        """All of it, for a worker process; the results are the engine's tiles."""
        return Job(surface, self._arguments(self.x, self.y))

    def _arguments(self, x: Array, y: Array) -> tuple[Any, ...]:
        centre = self.centre
        return centre.network, dict(centre.params), _data(centre), _settings(centre), self.x_axis, self.y_axis, x, y

    def place_of(self, params: Params) -> tuple[float, float] | None:
        """Where these weights lie on the plane; None where they are not on it."""
        a, b = coordinates(params, self.centre.params, self.x_axis, self.y_axis)
        there = self.params_at(a, b)
        on_it = all(np.allclose(there[name], params[name], rtol=1e-9, atol=1e-12) for name in there)
        if not on_it:
            return None
        own = [_own(axis, params) for axis in (self.x_axis, self.y_axis)]
        return (a if own[0] is None else own[0], b if own[1] is None else own[1])

    def params_at(self, a: float, b: float) -> Mapping[str, Array]:
        """The weights of a point; those that no axis moves are the same arrays as before."""
        spans = span(self.centre.params, self.x_axis, self.y_axis)
        moved = {name: each.at(a, b) for name, each in spans.items() if each.moves}
        for array in moved.values():
            array.setflags(write=False)
        return {name: moved.get(name, values) for name, values in self.centre.params.items()}

    def shows(self, scenario: Scenario) -> bool:
        """Whether this is still the plane of a scenario that may have been edited since."""
        old = self.centre
        same = all(
            getattr(old, name) is getattr(scenario, name)
            for name in ("network", "inputs", "lengths", "targets", "initial", "loss", "surface")
        )
        return same and self.place_of(scenario.params) is not None


def plane_of(scenario: Scenario) -> Plane:
    """The plane that a scenario's `surface` asks for. Raises EngineError where its axes cannot be had."""
    view = scenario.surface
    assert view is not None, "asked only where there is a surface"
    x_axis, y_axis = (_axis(form, scenario) for form in (view.x, view.y))
    span(scenario.params, x_axis, y_axis)  # raises what does not fit
    return Plane(scenario, x_axis, y_axis, _line(view.x, view.resolution), _line(view.y, view.resolution))


def loss_here(trace: Trace, scenario: Scenario) -> float:
    """The loss as the surface has it: summed over steps, averaged over sequences."""
    settings, data = _settings(scenario), _data(scenario)
    values, _ = loss(settings.loss, trace, data.targets, settings.last_only, data.weights)
    return float(values.sum() / data.sequences)


def slopes_here(trace: Trace, scenario: Scenario) -> Array:
    """How that loss changes with each output, (T, N, size)."""
    settings, data = _settings(scenario), _data(scenario)
    _, slope = loss(settings.loss, trace, data.targets, settings.last_only, data.weights)
    return slope / data.sequences


def _axis(form: SurfaceAxis, scenario: Scenario) -> Axis:
    match form.kind:
        case "parameter":
            return ParameterAddress(form.parameter, form.row, form.column)
        case "random":
            return random_direction(scenario.params, form.seed)
        case "gradient":
            trace = run(scenario)
            return gradient_direction(parameter_gradients(trace, {trace.output_name: slopes_here(trace, scenario)}))
        case _:
            raise EngineError("its axes are the main directions of a training path, and none is kept")


def _line(form: SurfaceAxis, count: int) -> Array:
    """Even grid lines without the dust of floating point, so that a weight moved there is a short number."""
    decimals = 4 - math.floor(math.log10((form.high - form.low) / (count - 1)))
    line = np.linspace(form.low, form.high, count)
    inner = np.round(line[1:-1], decimals) if decimals < 16 else line[1:-1]
    line[1:-1] = inner
    return line


def _own(axis: Axis, params: Params) -> float | None:
    """The weight that is an axis, every bit of it; None for a direction."""
    if not isinstance(axis, ParameterAddress):
        return None
    values = params[axis.parameter]
    return float(values.reshape(len(values), -1)[axis.row, axis.column])


def _data(scenario: Scenario) -> Data:
    assert scenario.targets is not None, "asked only where there are targets"
    steps, sequences, _ = scenario.inputs.shape
    weights = loss_weights(scenario, steps, sequences)
    return Data(scenario.inputs, scenario.targets, scenario.lengths, weights, dict(scenario.initial))


def _settings(scenario: Scenario) -> Settings:
    kind = scenario.loss
    assert isinstance(kind, Loss), "asked only where there is a loss"
    return Settings(loss=kind.kind, last_only=kind.at == "last step")
