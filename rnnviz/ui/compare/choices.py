"""What the open document can be compared with: itself at other times, its variants, the scenarios of the gallery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QCoreApplication

from rnnviz.scenario import builtin
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.training import start_of, trained
from rnnviz.scenario.types import Scenario
from rnnviz.session.session import Session
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import numbers

MOST_ITERATES = 5  # that are offered unasked, the first and the newest among them


@dataclass(frozen=True)
class Choice:
    """
    what : what kind of thing it is, in a few words
    load : gives the scenario, None where one has thought better of it; raises ScenarioError or EngineError
    name : what a scenario calls it that wants to be compared with it: a variant's title, a built-in scenario's name
    """

    title: str
    what: str
    load: Callable[[], Scenario | None]
    name: str = ""


def choices(session: Session, file: Choice | None = None) -> list[Choice]:
    """The nearest first, then the one that asks for a file; what the scenario itself wants to be beside before all."""
    snapshot = session.snapshot
    if snapshot is None:
        return []
    near = [*_of_training(snapshot), *_of_history(session, snapshot), *_variants(snapshot)]
    found = [*near, *([file] if file else []), *_built_in(snapshot)]
    wanted = snapshot.document.view.compare
    return sorted(found, key=lambda choice: not wanted or choice.name != wanted)


def wanted_by(session: Session) -> Choice | None:
    """What the scenario wants to be compared with."""
    wanted = session.snapshot.document.view.compare if session.snapshot is not None else ""
    return next((choice for choice in choices(session) if wanted and choice.name == wanted), None)


def iterate(snapshot: Snapshot, number: int) -> Choice | None:
    """The kept iterate of training nearest to this one."""
    run = snapshot.training
    if run is None or not run.kept:
        return None
    nearest = run.nearest(number)
    scenario = partial(trained, snapshot.document, run.params_of(nearest))
    title = _tr("Before training") if nearest == 0 else _tr("Iterate {0}").format(numbers.count(nearest))
    return Choice(title, _tr("iterate {0} of training").format(numbers.count(nearest)), scenario)


def _of_training(snapshot: Snapshot) -> Iterator[Choice]:
    run, document = snapshot.training, snapshot.document
    if run is not None and run.kept:
        last = len(run.kept) - 1
        places = sorted({round(last * part / (MOST_ITERATES - 1)) for part in range(MOST_ITERATES)})
        yield from (found for place in places if (found := iterate(snapshot, run.kept[place])) is not None)
    elif document.training is not None and document.training.start is not None:
        start = partial(_at_start, document)
        yield Choice(_tr("Before training"), _tr("start of training"), start)


def _at_start(document: Scenario) -> Scenario:
    return trained(document, start_of(document))


def _of_history(session: Session, snapshot: Snapshot) -> Iterator[Choice]:
    done = snapshot.history_index
    if done:
        label = snapshot.history[done - 1]
        before = partial(session.scenario_after, done - 1)
        yield Choice(_tr("Before the last edit"), _tr("before “{0}”").format(label), before)
    if done > 1:
        yield Choice(_tr("As it was opened"), _tr("before all edits"), partial(session.scenario_after, 0))


def _variants(snapshot: Snapshot) -> Iterator[Choice]:
    document = snapshot.document
    for index, alternative in enumerate(document.alternatives):
        load = partial(apply_alternative, document, index)
        yield Choice(alternative.title, _tr("variant of this scenario"), load, alternative.title)


def _built_in(snapshot: Snapshot) -> Iterator[Choice]:
    for entry in builtin.entries():
        if entry.name != snapshot.document.name:
            yield Choice(entry.title, entry.group, partial(builtin.load, entry.name), entry.name)


def _tr(text: str) -> str:
    return QCoreApplication.translate("compare", text)
