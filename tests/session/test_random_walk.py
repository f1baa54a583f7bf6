"""A thousand random operations leave a history that leads back to the first state, bit for bit, and forth again."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.scenario.types import Alternative, Loss, Scenario
from rnnviz.scenario.write import to_text
from rnnviz.session import Change, EditError, Session, Snapshot, traces


def bits(snapshot: Snapshot) -> dict[str, object]:
    """All that a state consists of, so that == compares every bit."""
    scenario, trace = snapshot.scenario, snapshot.trace
    arrays = {"inputs": scenario.inputs, "targets": scenario.targets, "mask": trace.mask}
    arrays |= scenario.params
    arrays |= {f"initial {name}": array for name, array in scenario.initial.items()}
    arrays |= {f"trace {name}": array for name, array in trace.items()}
    arrays |= {f"before {name}": trace.before(name) for name in trace.carried}
    found: dict[str, object] = {k: (a.shape, a.tobytes()) for k, a in arrays.items() if a is not None}
    return found | {"text": to_text(scenario)}


class Walk:
    """A session under random operations, and beside it the history as it should be."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.session = Session(self._listen)
        self.told = 0
        self.session.open(scenario)
        self.first = self.session.snapshot
        self.states = [(self.first, bits(self.first))]  # after each edit of the history
        self.done = 0
        self.merge: object = None
        self.edits = self.refused = 0

    def _listen(self, snapshot: Snapshot, change: Change) -> None:
        assert self.session.snapshot is snapshot
        assert change
        self.told += 1

    def go(self) -> None:
        """One operation; one that is refused must leave everything as it was."""
        before, self.told = self.session.snapshot, 0
        acts = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("do_")]
        try:
            acts[self.random.integers(len(acts))]()
        except EditError:
            self.refused += 1
            assert self.session.snapshot is before
            assert self.told == 0
        now = self.session.snapshot
        assert self.told == (now is not before)
        assert now.history_index == self.done
        assert len(now.history) == len(self.states) - 1
        assert now.scenario is self.states[self.done][0].scenario
        assert 0 <= now.cursor.step <= now.trace.steps
        assert 0 <= now.cursor.substep < now.equations
        assert 0 <= now.cursor.sequence < now.trace.batch

    def whole(self, low: int, high: int) -> int:
        return int(self.random.integers(low, high))

    def edit(self, act, merge: object = None) -> None:
        """Make an edit, and write down what the history should be."""
        before = self.session.snapshot
        act()
        now = self.session.snapshot
        if now is before:
            return
        self.edits += 1
        goes_on = merge is not None and merge == self.merge and self.done == len(self.states) - 1
        if not goes_on:
            self.done += 1
        self.states[self.done :] = [(now, bits(now))]
        self.merge = merge

    # --- edits; some of them ask for what is not there ---

    def do_number(self) -> None:
        now = self.session.snapshot
        quantity = self.random.choice(["x", "target", "lstm.c", "gru.backward.h", "lstm.i"])
        step = self.whole(0, now.trace.steps + 3)
        place = Address(str(quantity), step, self.whole(0, now.trace.batch + 1), self.whole(0, 3))
        self.edit(lambda: self.session.edit_number(place, self.random.normal()))

    def do_weight(self) -> None:
        name = str(self.random.choice(list(self.session.snapshot.scenario.params)))
        place = ParameterAddress(name, self.whole(0, 4), self.whole(0, 3))
        self.edit(lambda: self.session.edit_number(place, self.random.normal()))

    def do_drag(self) -> None:
        key = self.whole(0, 2)
        place = ParameterAddress("lstm.W_f", 1, 1)
        self.edit(lambda: self.session.edit_number(place, self.random.normal(), merge=key), merge=key)

    def do_parameter(self) -> None:
        self.edit(lambda: self.session.set_parameter("lstm.b_o", self.random.normal(size=self.whole(3, 5))))

    def do_inputs(self) -> None:
        size = (self.whole(1, 9), self.session.snapshot.trace.batch, 2)
        self.edit(lambda: self.session.set_inputs(self.random.normal(size=size)))

    def do_paste(self) -> None:
        word = str(self.random.choice(["1", "-0", "2e-3", "x"]))
        step, unit = self.whole(1, self.session.snapshot.trace.steps + 3), self.whole(0, 2)
        self.edit(lambda: self.session.paste_inputs(step, unit, [["0.5"], [word]]))

    def do_feed(self) -> None:
        self.edit(lambda: self.session.feed(self.random.normal(size=self.whole(2, 4))))

    def do_insert(self) -> None:
        step = self.whole(0, self.session.snapshot.trace.steps + 2)
        self.edit(lambda: self.session.insert_step(step, self.random.normal(size=2)))

    def do_delete(self) -> None:
        steps = self.random.integers(1, self.session.snapshot.trace.steps + 2, size=self.whole(0, 4)).tolist()
        self.edit(lambda: self.session.delete_steps(steps))

    def do_move(self) -> None:
        steps = self.session.snapshot.trace.steps
        self.edit(lambda: self.session.move_step(self.whole(1, steps + 1), self.whole(1, steps + 2)))

    def do_activation(self) -> None:
        slot, function = self.random.choice(["i", "g", "q"]), self.random.choice(["hard", "tanh", "sigmoid", "linear"])
        self.edit(lambda: self.session.set_activation("lstm", str(slot), str(function)))

    def do_title(self) -> None:
        self.edit(lambda: self.session.set_title(f"Title {self.whole(0, 99)}"), merge="title")

    def do_story(self) -> None:
        story = str(self.random.choice(["## What it is\nc is {{lstm.c 1}}", "{{lstm.c one}}"]))
        self.edit(lambda: self.session.set_story(story), merge="story")

    def do_alternative(self) -> None:
        self.edit(lambda: self.session.apply_alternative(self.whole(0, 2)))

    def do_any_edit(self) -> None:
        scenario = replace(self.session.snapshot.scenario, group=f"Group {self.whole(0, 9)}")
        self.edit(lambda: self.session.edit("Change the group", scenario))

    # --- history ---

    def _went_to(self, done: int) -> None:
        if done != self.done:
            self.done, self.merge = done, None
            assert bits(self.session.snapshot) == self.states[done][1]

    def do_undo(self) -> None:
        self.session.undo()
        self._went_to(max(0, self.done - 1))

    def do_redo(self) -> None:
        self.session.redo()
        self._went_to(min(len(self.states) - 1, self.done + 1))

    def do_history(self) -> None:
        done = self.done + self.whole(-3, 4)
        self.session.go_to_history(done)
        self._went_to(done)

    def do_save(self) -> None:
        self.session.mark_saved("walk.rnnviz")
        self.merge = None
        assert not self.session.snapshot.is_modified

    # --- looking around ---

    def do_step(self) -> None:
        self.session.step(self.whole(-3, 4))

    def do_substep(self) -> None:
        self.session.substep(self.whole(-9, 10))

    def do_seek(self) -> None:
        self.session.seek(self.whole(-1, self.session.snapshot.trace.steps + 2))

    def do_sequence(self) -> None:
        self.session.seek_sequence(self.whole(0, 4))

    def do_layer(self) -> None:
        self.session.open_layer(str(self.random.choice(["lstm", "gru", "readout"])))

    def do_select(self) -> None:
        place = Address("lstm.c", self.whole(0, 8), self.whole(0, 3), self.whole(0, 3))
        self.session.select(place)
        assert self.session.snapshot.explanation.value == self.session.snapshot.trace.number(place)

    def do_back(self) -> None:
        self.session.back()

    def do_walk_back(self) -> None:
        self.session.walk_back(bool(self.whole(0, 2)))

    def do_select_derivative(self) -> None:
        of = Address("lstm.c", self.whole(0, 8), self.whole(0, 3), self.whole(0, 3))
        self.session.select(GradientAddress(of))
        assert np.isfinite(self.session.snapshot.explanation.value)


@pytest.mark.parametrize(("seed", "budget"), [(1, traces.BUDGET), (2, 0)])
def test_a_thousand_random_operations_can_be_undone_and_done_again_bit_for_bit(mixed, monkeypatch, seed, budget):
    monkeypatch.setattr(traces, "BUDGET", budget)  # with 0 nearly every trace is dropped and run again
    change = {"network": {"layers": {"gru": {"merge": "sum"}}}, "params": {"readout.V": [[1, 2], [3, 4]]}}
    loss = Loss(kind="squared error")
    walk = Walk(replace(mixed, loss=loss, alternatives=(Alternative(title="Sum", changes=change),)), seed)
    for _ in range(1_000):
        walk.go()
    assert walk.edits > 300
    assert walk.refused > 50

    while walk.session.can_redo:
        walk.session.redo()
    last = walk.session.snapshot
    assert bits(last) == walk.states[-1][1]
    undone = 0
    while walk.session.can_undo:
        walk.session.undo()
        undone += 1
    assert undone == len(walk.states) - 1 > 20
    now = walk.session.snapshot
    assert now.scenario is walk.first.scenario
    assert bits(now) == bits(walk.first) == walk.states[0][1]
    assert now.ghost is None

    for _ in range(undone):
        walk.session.redo()
    assert walk.session.snapshot.scenario is last.scenario
    assert bits(walk.session.snapshot) == walk.states[-1][1]
    assert walk.session.snapshot.history == last.history
