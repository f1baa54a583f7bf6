"""The snapshots of a film: the steps of a run, or the iterates of a training, as they would be shown one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal

from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.training import trained
from rnnviz.session.edit_error import EditError
from rnnviz.session.snapshot import Snapshot, with_network

Over = Literal["steps", "training"]


def places(snapshot: Snapshot, over: Over) -> tuple[int, ...]:
    """What a film can show: the steps, 0 for before the first; or the iterates whose weights are kept."""
    if over == "steps":
        return tuple(range(snapshot.trace.steps + 1))
    return snapshot.training.kept if snapshot.training is not None else ()


def chosen(
    snapshot: Snapshot, over: Over, first: int | None = None, last: int | None = None, every: int = 1
) -> tuple[int, ...]:
    """Every so many of the places from first to last, that one included. Raises EditError where there are none."""
    there = places(snapshot, over)
    if not there:
        raise EditError("there is no training to be shown; train first")
    inside = [k for k in there if (first is None or k >= first) and (last is None or k <= last)]
    if first is None and over == "steps":
        inside = [k for k in inside if k]  # before the first step there is nothing to see; it can be asked for
    if not inside:
        word = "step" if over == "steps" else "iterate"
        raise EditError(f"there is no {word} from {first} to {last}; they go from {there[0]} to {there[-1]}")
    taken = inside[::every]
    return tuple(taken) if taken[-1] == inside[-1] else (*taken, inside[-1])


def shots(snapshot: Snapshot, over: Over, numbers: Sequence[int]) -> Iterator[Snapshot]:
    """One after the other; walked backwards through time (BPTT), from the last step on."""
    if over == "training":
        for number in numbers:
            yield _of_iterate(snapshot, number)
        return
    for step in reversed(numbers) if snapshot.is_backward else numbers:
        yield replace(snapshot, cursor=replace(snapshot.cursor, step=step, substep=0))


def _of_iterate(snapshot: Snapshot, number: int) -> Snapshot:
    assert snapshot.training is not None, "chosen has looked"
    scenario = trained(snapshot.document, snapshot.training.params_of(number))
    return replace(with_network(snapshot, scenario, run(scenario)), training=replace(snapshot.training, cursor=number))
