"""The loss surface that a scenario asks for, as a job and as one call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.directions import Axis, gradient_direction, path_directions, random_direction
from rnnviz.engine.errors import EngineError
from rnnviz.engine.loss import loss
from rnnviz.engine.surface import Surface, surface, whole
from rnnviz.engine.trace import ParameterAddress
from rnnviz.engine.training import Data, Settings
from rnnviz.jobs.job import Job, run_here
from rnnviz.jobs.training import job_of, plan_of
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import training_of
from rnnviz.scenario.types import Array, Scenario, SurfaceAxis

# The main directions of a path need no more of its points.
PATH_POINTS = 200


@dataclass(frozen=True)
class Grid:
    """Two axes through the weights, and the values on them."""

    x_axis: Axis
    y_axis: Axis
    x: Array
    y: Array


def grid_of(scenario: Scenario) -> Grid:
    """The grid that the scenario's `surface` describes. Axes along the training path need a training run.

    Raises ScenarioError.
    """
    view = scenario.surface
    if view is None:
        raise ScenarioError('there are no axes to draw its loss over: "surface" is missing')
    plane: tuple[Axis, Axis] | None = None
    if "path" in (view.x.kind, view.y.kind):
        plane = _path_plane(scenario)
    x, y = (np.linspace(form.low, form.high, view.resolution) for form in (view.x, view.y))
    x_axis = plane[0] if plane and view.x.kind == "path" else _axis(view.x, scenario)
    # A path has two main directions: the second is y's, or the first where x is no path.
    y_axis = plane[view.x.kind == "path"] if plane and view.y.kind == "path" else _axis(view.y, scenario)
    return Grid(x_axis, y_axis, x, y)


def surface_job(scenario: Scenario) -> Job:
    """The job whose results are tiles, coarse to fine. Raises ScenarioError."""
    return Job(surface, _arguments(scenario), "Loss surface")


def loss_surface(scenario: Scenario) -> Surface:
    """The whole surface, with the length of the gradient along both axes; over the scenario's own sequences.

    Raises ScenarioError.
    """
    try:
        return whole(*_arguments(scenario), gradient=True)
    except EngineError as error:
        raise ScenarioError(str(error), where="surface") from error


def _arguments(scenario: Scenario) -> tuple[Any, ...]:
    grid = grid_of(scenario)
    data, settings = _lesson(scenario)
    data = replace(data, initial=dict(data.initial))
    return scenario.network, dict(scenario.params), data, settings, grid.x_axis, grid.y_axis, grid.x, grid.y


def _lesson(scenario: Scenario) -> tuple[Data, Settings]:
    """What the scenario shows is what its surface is about, also where it is trained on more."""
    if scenario.training is not None:
        scenario = replace(scenario, training=msgspec.structs.replace(scenario.training, data=None))
    return training_of(scenario)


def _axis(form: SurfaceAxis, scenario: Scenario) -> Axis:
    match form.kind:
        case "parameter":
            return ParameterAddress(form.parameter, form.row, form.column)
        case "random":
            return random_direction(scenario.params, form.seed)
        case _:
            return _gradient(scenario)


def _gradient(scenario: Scenario) -> Axis:
    data, settings = _lesson(scenario)
    trace = run(scenario)
    try:
        _, slope = loss(settings.loss, trace, data.targets, settings.last_only, data.weights)
        return gradient_direction(parameter_gradients(trace, {trace.output_name: slope / data.sequences}))
    except EngineError as error:
        raise ScenarioError(str(error), where="surface") from error


def _path_plane(scenario: Scenario) -> tuple[Axis, Axis]:
    """The main directions of a training run that begins as the scenario says."""
    plan = plan_of(scenario)
    job = job_of(scenario, plan, keep_every=max(1, plan.updates // PATH_POINTS))
    path = [iterate.params for iterate in run_here(job) if iterate.params is not None]
    try:
        plane = path_directions(path)
    except EngineError as error:
        raise ScenarioError(str(error), where="surface") from error
    return plane.x, plane.y
