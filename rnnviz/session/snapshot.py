"""All that can be drawn, frozen: a session makes a new one for every change and never touches an old one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from rnnviz.engine.explain import Explanation
from rnnviz.engine.trace import GradientAddress, Trace
from rnnviz.scenario.gradients import has_gradients
from rnnviz.scenario.run_scenario import explain_address
from rnnviz.scenario.types import Scenario
from rnnviz.session.change import Change
from rnnviz.session.cursor import Cursor
from rnnviz.session.descent_run import DescentRun
from rnnviz.session.places import Place, exists
from rnnviz.session.training_run import TrainingRun


class Selected:
    """One selected number of one trace, explained when the explanation is first read."""

    def __init__(self, scenario: Scenario, trace: Trace, place: Place) -> None:
        self.scenario = scenario
        self.trace = trace
        self.place = place

    @property
    def needs_loss(self) -> bool:
        """A derivative depends on the scenario's loss, which the trace does not know."""
        return isinstance(self.place, GradientAddress)

    @cached_property
    def explanation(self) -> Explanation:
        return explain_address(self.scenario, self.trace, self.place)


@dataclass(frozen=True)
class Snapshot:
    """
    scenario, trace : what is shown: the document, or while it is trained, one of the iterates
    document : the scenario of the history, which is what is saved; the same object where no iterate is shown
    training : the last training run of this network
    descent : the last descents on this task, in several ways from one start
    opened_layer : the recurrent layer whose cell is opened, "" where the network has none
    equations : how many sub-steps a step has: the equations of that cell
    trail : the numbers one came through to the selected one, oldest first
    ghost : the trace before the last edit that changed it
    generation : grows with every edit, undo and redo; the result of a job with an older one is out of date
    history : the labels of all edits, also of those undone; history_index says how many of them are done
    history_times_s : when each was made, seconds since 1970
    """

    scenario: Scenario
    trace: Trace
    cursor: Cursor
    opened_layer: str
    equations: int
    selected: Selected | None
    trail: tuple[Place, ...]
    ghost: Trace | None
    generation: int
    path: str | None
    is_modified: bool
    history: tuple[str, ...]
    history_times_s: tuple[float, ...]
    history_index: int
    document: Scenario
    training: TrainingRun | None = None
    descent: DescentRun | None = None

    @property
    def is_backward(self) -> bool:
        """Whether the derivatives of the loss are walked through, from the last step to the first."""
        return self.cursor.is_backward and has_gradients(self.scenario) and self.trace.steps > 0

    @property
    def selection(self) -> Place | None:
        return self.selected.place if self.selected else None

    @property
    def explanation(self) -> Explanation | None:
        """Of the selected number; worked out when it is first asked for."""
        return self.selected.explanation if self.selected else None


def with_network(before: Snapshot, scenario: Scenario, trace: Trace) -> Snapshot:
    """The same place in another network of this shape, such as an iterate of the document."""
    return replace(before, scenario=scenario, trace=trace, selected=selected_still(before, scenario, trace))


def selected_still(before: Snapshot, scenario: Scenario, trace: Trace) -> Selected | None:
    """The selected number in the new trace, or nothing where it is gone."""
    selected = before.selected
    if selected is None or (trace is before.trace and (scenario is before.scenario or not selected.needs_loss)):
        return selected
    there = exists(scenario, trace, selected.place)
    return Selected(scenario, trace, selected.place) if there else None


def changes_between(before: Snapshot, after: Snapshot) -> Change:
    """What a panel that shows `before` has to draw again."""
    change = Change(0)
    if (
        after.scenario is not before.scenario
        or after.document is not before.document
        or after.generation != before.generation
        or after.path != before.path
        or after.is_modified != before.is_modified
    ):
        change |= Change.SCENARIO
    if after.trace is not before.trace:
        change |= Change.TRACE
    if after.cursor != before.cursor or after.opened_layer != before.opened_layer:
        change |= Change.CURSOR
    if after.selected is not before.selected or after.trail != before.trail:
        change |= Change.SELECTION
    if after.training is not before.training:
        change |= Change.TRAINING
    if after.descent is not before.descent:
        change |= Change.DESCENT
    return change
