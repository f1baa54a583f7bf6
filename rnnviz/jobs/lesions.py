"""Lesions as a job: some units at a time, with the loss of the scenario where it has one."""

from __future__ import annotations

from collections.abc import Iterator

from rnnviz.engine.lesion import Lesions, Value
from rnnviz.jobs.job import Job
from rnnviz.scenario.inside import lesions
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Scenario


def lesion_job(scenario: Scenario, quantity: str, sequence: int, value: Value) -> Job:
    """The job whose results are Lesions, part by part."""
    return Job(found_lesions, (scenario, quantity, sequence, value), "Lesions")


def found_lesions(scenario: Scenario, quantity: str, sequence: int, value: Value) -> Iterator[Lesions]:
    yield from lesions(scenario, run(scenario), quantity, sequence, value)
