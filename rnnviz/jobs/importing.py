"""Reading a model file, as a job: it ends with a scenario, with questions, or with what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from rnnviz.interop.errors import ModelError, UndecidedError, UnsupportedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.question import Question
from rnnviz.jobs.job import Job
from rnnviz.scenario.types import Scenario


@dataclass(frozen=True)
class Outcome:
    """One of three: a scenario; questions, that hints have to answer; a problem, in one line.

    offers_part : the recurrent part alone could be shown, which the hint part="recurrent" asks for
    """

    scenario: Scenario | None = None
    questions: tuple[Question, ...] = ()
    problem: str = ""
    offers_part: bool = False

    def opened(self) -> Scenario | None:
        """The scenario, its mappings read-only again: such do not travel between processes."""
        if self.scenario is None:
            return None
        params, initial = MappingProxyType(self.scenario.params), MappingProxyType(self.scenario.initial)
        for array in (*params.values(), *initial.values(), self.scenario.inputs):
            array.flags.writeable = False
        return replace(self.scenario, params=params, initial=initial)


def import_job(path: str, hints: Mapping[str, str]) -> Job:
    """The job whose one result is the Outcome."""
    return Job(importing, (path, dict(hints)), "Import")


def importing(path: str, hints: Mapping[str, str]) -> Iterator[Outcome]:
    try:
        scenario = import_model(path, **hints)
    except UndecidedError as error:
        yield Outcome(questions=error.questions)
    except ModelError as error:
        yield Outcome(problem=str(error), offers_part=isinstance(error, UnsupportedError))
    else:
        yield Outcome(replace(scenario, params=dict(scenario.params), initial=dict(scenario.initial)))
