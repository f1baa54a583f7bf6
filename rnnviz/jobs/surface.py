"""The loss surface that a scenario asks for, as a job and as one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Params
from rnnviz.engine.surface import Surface, surface, whole
from rnnviz.jobs.job import Job, run_here
from rnnviz.jobs.training import job_of, plan_of
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.loss_plane import Plane, plane_of
from rnnviz.scenario.types import Scenario

# The main directions of a path need no more of its points.
PATH_POINTS = 200


def surface_job(plane: Plane) -> Job:
    """The job whose results are tiles, coarse to fine."""
    return Job(surface, plane.arguments(), "Loss surface")


def loss_surface(scenario: Scenario) -> Surface:
    """The whole surface, with the length of the gradient along both axes; over the scenario's own sequences.

    Where an axis is a direction of the training path, the scenario is trained first. Raises ScenarioError.
    """
    view = scenario.surface
    path = _path(scenario) if view is not None and "path" in (view.x.kind, view.y.kind) else ()
    arguments = plane_of(scenario, path).arguments()
    try:
        found = whole(*arguments)  # without gradients, as the window does it: with them the last bits are others
        return replace(found, gradient_norm=whole(*arguments, gradient=True).gradient_norm)
    except EngineError as error:
        raise ScenarioError(str(error), where="surface") from error


def on_path(kept: Sequence[int], planned: int) -> list[int]:
    """Of the kept iterates of a run, those that its main directions are taken from."""
    stride = _stride(planned)
    return [number for number in kept if number % stride == 0 or number == kept[-1]]


def _path(scenario: Scenario) -> list[Params]:
    """The iterates of a training run that begins as the scenario says."""
    plan = plan_of(scenario)
    job = job_of(scenario, plan, keep_every=_stride(plan.updates))
    return [iterate.params for iterate in run_here(job) if iterate.params is not None]


def _stride(updates: int) -> int:
    return max(1, updates // PATH_POINTS)
