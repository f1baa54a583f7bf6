"""A training run in a few lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from rnnviz.engine.training import Iterate, Score
from rnnviz.jobs.job import run_here
from rnnviz.jobs.training import Plan, job_of, plan_of
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.training import measured
from rnnviz.scenario.types import Scenario


@dataclass
class Summary:
    """What stays of a run when only its figures count; `add` every iterate."""

    first: Iterate | None = None
    last: Iterate | None = None
    validation: Score | None = None
    clipped: int = 0
    largest: float = 0.0
    steps: list[float] = field(default_factory=list)

    def add(self, iterate: Iterate) -> None:
        self.first = self.first or iterate
        self.last = iterate
        self.validation = iterate.validation or self.validation
        if iterate.clip is not None:
            self.clipped += iterate.clip.clipped
            self.largest = max(self.largest, iterate.clip.before)
        if iterate.number:
            self.steps.append(iterate.step)

    def lines(self, plan: Plan) -> Iterator[str]:
        """The final figures; a step is the length of an update of all weights."""
        if self.first is None or self.last is None:
            return
        why = "" if self.last.stopped == "done" else f" ({self.last.stopped})"
        yield f"updates: {self.last.number:,} of {plan.updates:,}{why}"
        yield f"loss: {self.first.score.loss:.6g} at first, {_in_words(self.last.score)} at last"
        if self.steps and not self.last.score.loss < self.first.score.loss:
            yield "the loss did not fall; a smaller rate or clipping may help"
        if self.validation is not None:
            yield f"validation: {_in_words(self.validation)}"
        clipping = plan.settings.clipping
        if clipping.kind != "none":
            count = f"{self.clipped:,} of {len(self.steps):,} updates"
            yield f"clipped ({clipping.kind}, limit {clipping.limit:g}): {count}"
        if self.steps:
            yield f"gradient: at most {self.largest:.6g} long, before clipping"
            yield f"steps: the first {self.steps[0]:.6g} long, the longest {max(self.steps):.6g}"


def in_the_scenarios_measure(scenario: Scenario) -> Iterator[str]:
    """A line with the figures that the scenario states for its training, where it states any. Raises ScenarioError."""
    reaches = scenario.training and scenario.training.reaches
    if reaches:
        bounds = [f"a loss of at most {reaches.loss:g}"] if reaches.loss is not None else []
        bounds += [f"{100 * reaches.accuracy:g} % right"] if reaches.accuracy is not None else []
        yield f"a step's mean loss: {_in_words(measured(scenario))}; the scenario states {' and '.join(bounds)}"


def first_steps(scenario: Scenario) -> Iterator[str]:
    """A line for each variant that is only trained in another way: how long its first step is.

    Raises ScenarioError.
    """
    for index, alternative in enumerate(scenario.alternatives):
        if "training" not in alternative.changes or alternative.changes.keys() - {"training", "params"}:
            continue
        yield f"{alternative.title}: {_first_step(apply_alternative(scenario, index))}"


def _first_step(scenario: Scenario) -> str:
    iterates = run_here(job_of(scenario, plan_of(scenario), keep_every=0))
    before, after = next(iterates, None), next(iterates, None)
    if before is None or after is None or before.clip is None:
        return "no step is made"
    clip = before.clip
    shortened = f", clipped to {clip.after:.6g}" if clip.clipped else ""
    return f"gradient {clip.before:.6g} long{shortened}; the first step is {after.step:.6g} long"


def _in_words(score: Score) -> str:
    right = "" if score.accuracy is None else f", {100 * score.accuracy:.1f} % right"
    return f"{score.loss:.6g}{right}"
