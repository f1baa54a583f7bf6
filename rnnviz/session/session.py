"""The one object that changes: an open scenario, where one looks, what is selected, and every edit made so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from numpy.typing import ArrayLike

from rnnviz.engine.clipping import Clipping
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.trace import Trace
from rnnviz.interop.data.sequences import Sequences
from rnnviz.jobs import Worker
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.gradients import has_gradients
from rnnviz.scenario.mark_edited import mark_edited
from rnnviz.scenario.opening import opened_number
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.template import templates
from rnnviz.scenario.training import trained
from rnnviz.scenario.types import Scenario
from rnnviz.session import edit_data, edit_network, edit_numbers, edit_steps
from rnnviz.session.change import Change
from rnnviz.session.cursor import Cursor, kept_inside, moved_by_equations, moved_by_steps
from rnnviz.session.descent_job import DescentJob
from rnnviz.session.descent_run import DescentRun
from rnnviz.session.edit_error import EditError, refusing
from rnnviz.session.history import Entry, History
from rnnviz.session.places import Place, called, check_exists, check_index, exists
from rnnviz.session.snapshot import Selected, Snapshot, changes_between, selected_still, with_network
from rnnviz.session.traces import Traces
from rnnviz.session.training_job import TrainingJob
from rnnviz.session.training_run import TrainingRun, Weights

Listener = Callable[[Snapshot, Change], None]
EVERYTHING_OPEN = Change.SCENARIO | Change.TRACE | Change.CURSOR | Change.SELECTION | Change.TRAINING


class Session:
    """`snapshot` is all that can be drawn, None until something is open. Only the methods here make a new one.

    The listener is called once for every call that changes anything, with the new snapshot and what differs. An edit
    that cannot be made raises EditError and changes nothing. Steps count from 1 (0 is the start, before the first
    step), units, rows, columns and sequences from 0.
    """

    def __init__(self, listener: Listener | None = None) -> None:
        self.listener = listener
        self.snapshot: Snapshot | None = None
        self.refusal = ""  # why nothing may be edited here, "" where it may
        self._history: History
        self._saved: Scenario
        self._traces = Traces()
        self._generation = 0
        self._trainer, self._descender = Worker(), Worker()  # each sees off the processes of all its jobs
        self._training: TrainingJob | None = None
        self._descent: DescentJob | None = None

    def close(self) -> None:
        """End the worker processes, if there are any, and forget what they did."""
        self._trainer.close()
        self._descender.close()
        self._training = self._descent = None

    # --- documents --------------------------------------------------------------------------------------------------

    def open(self, scenario: Scenario, path: str | None = None) -> None:
        """Begin with this scenario; its history is empty, and cursor and opened number are those that its view says."""
        trace = self._run(scenario)
        self.close()
        self._history, self._saved = History(scenario), scenario
        self._generation += 1
        layer = _opened_layer(scenario.network, "")
        equations = _equations(scenario.network, layer)
        start = Cursor(scenario.view.step, 0, scenario.view.sequence)
        number = opened_number(scenario.view, trace)
        snapshot = Snapshot(
            scenario=scenario,
            trace=trace,
            cursor=kept_inside(start, trace.steps, trace.batch, equations),
            opened_layer=layer,
            equations=equations,
            selected=None if number is None else Selected(scenario, trace, number),
            trail=(),
            ghost=None,
            generation=self._generation,
            path=path,
            is_modified=False,
            history=(),
            history_times_s=(),
            history_index=0,
            document=scenario,
        )
        self._publish(snapshot, EVERYTHING_OPEN)

    def mark_saved(self, path: str) -> None:
        """Call when the document is safe on the disk under this path."""
        now = self._now
        self._history, self._saved = self._history.with_merge_ended(), now.document
        self._publish(replace(now, path=path, is_modified=False))

    # --- edits ------------------------------------------------------------------------------------------------------

    def edit(self, label: str, scenario: Scenario, merge: Hashable | None = None) -> None:
        """Go on with another scenario, such as the open one with a field replaced.

        label : what the history calls it, such as "Set lstm.b_i[0] to 3"
        merge : edits in a row with the same key become one entry; give every drag a key of its own
        """
        self._commit(label, scenario, merge)

    def edit_number(self, place: Place, value: float, merge: Hashable | None = None) -> None:
        """Set a weight, an input ("x"), a target ("target") or an initial state (a carried quantity at step 0)."""
        now = self._now
        scenario = edit_numbers.with_number(now.scenario, now.trace, place, value)
        self._commit(f"Set {called(now.scenario, place)} to {value:.6g}", scenario, merge)

    def set_parameter(self, name: str, values: ArrayLike, merge: Hashable | None = None) -> None:
        self._commit(f"Set {name}", edit_numbers.with_parameter(self._now.scenario, name, values), merge)

    def set_inputs(self, inputs: ArrayLike, label: str = "Set the inputs", merge: Hashable | None = None) -> None:
        """Replace all inputs (steps, sequences, features); the number of steps may be another."""
        self._commit(label, edit_steps.with_inputs(self._now.scenario, inputs), merge)

    def set_data(self, sequences: Sequences) -> None:
        """Let the network read these sequences, from the first step of the first; the history names their file."""
        with refusing():
            scenario = edit_data.with_decided(self._now.scenario, sequences)
        self._commit(f"Use {sequences.source}", scenario, cursor=Cursor(1, 0, 0), is_new_data=True)

    def paste_inputs(self, step: int, unit: int, table: edit_steps.Table) -> None:
        """Put a table, a row per step, over the inputs of the sequence one looks at, from this step and unit on."""
        now = self._now
        scenario = edit_steps.with_pasted(now.scenario, now.cursor.sequence, step, unit, table)
        self._commit(f"Paste {len(table)} × {len(table[0])} inputs at step {step}", scenario)

    def feed(self, values: ArrayLike) -> None:
        """Append a step with these inputs to the sequence one looks at, and go there."""
        now = self._now
        step = edit_steps.length_of(now.scenario, now.cursor.sequence) + 1
        scenario = edit_steps.with_step(now.scenario, now.cursor.sequence, step, values)
        self._commit(f"Feed step {step}", scenario, cursor=replace(now.cursor, step=step, substep=0))

    def insert_step(self, step: int, values: ArrayLike) -> None:
        """Make these inputs step number `step` of the sequence one looks at; the steps from there on come one later."""
        now = self._now
        scenario = edit_steps.with_step(now.scenario, now.cursor.sequence, step, values)
        self._commit(f"Insert step {step}", scenario)

    def delete_steps(self, steps: Collection[int]) -> None:
        """Delete steps of the sequence one looks at."""
        now = self._now
        numbers = sorted(set(steps))
        scenario = edit_steps.without_steps(now.scenario, now.cursor.sequence, numbers)
        word = "step" if len(numbers) == 1 else "steps"
        self._commit(f"Delete {word} {', '.join(map(str, numbers))}", scenario)

    def move_step(self, step: int, to: int) -> None:
        """Make this step of the sequence one looks at number `to`."""
        now = self._now
        scenario = edit_steps.with_step_moved(now.scenario, now.cursor.sequence, step, to)
        self._commit(f"Move step {step} to {to}", scenario)

    def set_activation(self, layer: str, slot: str, function: str) -> None:
        """Let a quantity of a layer, such as "i" of "lstm", go through another function, such as "hard"."""
        scenario = edit_network.with_activation(self._now.scenario, layer, slot, function)
        self._commit(f"Set the activation of {layer}.{slot} to {function}", scenario)

    def apply_alternative(self, index: int) -> None:
        """Go on with a variant that the scenario offers, `scenario.alternatives[index]`."""
        scenario = self._now.scenario
        check_index("alternative", index, 0, len(scenario.alternatives) - 1, "alternatives")
        with refusing():
            varied = apply_alternative(scenario, index)
        self._commit(scenario.alternatives[index].title, varied)

    def set_title(self, title: str) -> None:
        self._commit("Change the title", replace(self._now.scenario, title=title), merge="title")

    def set_story(self, story: str) -> None:
        """Replace the story; its templates must be ones that can be understood."""
        with refusing():
            templates(story)
        self._commit("Change the story", replace(self._now.scenario, story=story), merge="story")

    # --- time -------------------------------------------------------------------------------------------------------

    def step(self, count: int = 1) -> None:
        """Go so many steps on, or back when negative; stops at both ends."""
        now = self._now
        self._look(moved_by_steps(now.cursor, count, now.trace.steps))

    def substep(self, count: int = 1) -> None:
        """Go so many equations of the opened cell on, or back when negative; stops at both ends.

        Backwards through time, so many steps back: derivatives arrive at all equations of a step at once.
        """
        now = self._now
        if now.is_backward:
            self.seek(min(max(now.cursor.step - count, 1), now.trace.steps))
            return
        self._look(moved_by_equations(now.cursor, count, now.trace.steps, now.equations))

    def seek(self, step: int) -> None:
        """Go to the end of this step, 0 to T."""
        now = self._now
        check_index("step", step, 0, now.trace.steps, "go to")
        self._look(replace(now.cursor, step=step, substep=0))

    def walk_back(self, is_wanted: bool) -> None:
        """Begin at the last step to walk back through time, with the derivatives of the loss (BPTT); or end that."""
        now = self._now
        if is_wanted and not (has_gradients(now.scenario) and now.trace.steps):
            raise EditError("there is nothing to go back from: the scenario has no loss, no targets or no steps")
        step = now.trace.steps if is_wanted else now.cursor.step
        self._look(replace(now.cursor, step=step, substep=0, is_backward=is_wanted))

    def look(self, cursor: Cursor) -> None:
        """Look there, or at what is nearest to it here."""
        now = self._now
        self._look(self._kept_inside(cursor, now.scenario, now.trace))

    def seek_sequence(self, sequence: int) -> None:
        """Look at another sequence of the batch."""
        now = self._now
        check_index("sequence", sequence, 0, now.trace.batch - 1, "go to")
        self._look(replace(now.cursor, sequence=sequence))

    def open_layer(self, name: str) -> None:
        """Open the cell of another recurrent layer; sub-steps walk through its equations."""
        now = self._now
        network = now.scenario.network
        if _opened_layer(network, name) != name:
            raise EditError(f"the recurrent layers are {', '.join(_recurrent(network))}", name)
        whole = replace(now.cursor, substep=0)
        self._publish(replace(now, opened_layer=name, equations=_equations(network, name), cursor=whole))

    @contextmanager
    def showing(self, snapshot: Snapshot) -> Iterator[None]:
        """For a picture: show another snapshot, such as one of another step, and then what was shown before."""
        now = self._now
        self._publish(snapshot)
        try:
            yield
        finally:
            self._publish(now)

    # --- training ---------------------------------------------------------------------------------------------------

    @property
    def is_busy(self) -> bool:
        """Training is under way, if paused."""
        return self._training is not None and self._training.is_busy

    @property
    def has_work(self) -> bool:
        """Training or descents are under way: call `poll` about 30 times a second."""
        return self.is_busy or (self._descent is not None and self._descent.is_busy)

    def start_training(self, go_on: bool = False) -> None:
        """Train the document in a worker process, as it says; what comes of it will be one entry of the history.

        go_on : begin with the weights that are shown, also where the scenario's training says what to begin with
        """
        now = self._now
        self._refuse_edits()
        base = now.scenario if go_on else now.document
        with refusing():
            job = TrainingJob(self._trainer, base, self._generation + 1, go_on)
        if go_on:
            self._history = self._history_with_shown()
        self._training = job
        self._show_history(now, self._run(self._history.scenario), now.cursor)

    def pause_job(self) -> None:
        """Let training rest after the update that it is at."""
        self._set_paused(True)

    def resume_job(self) -> None:
        self._set_paused(False)

    def cancel_job(self) -> None:
        """End training now. The last whole iterate is kept, as an entry of the history that undo takes back."""
        job = self._training
        if job is not None and job.is_busy:
            job.cancel()
            self._end_training(job)

    def poll(self) -> None:
        """Take in what the worker processes have told; tells the listener at most once for each."""
        if self._descent is not None and self._descent.is_busy:
            self._descent.poll()
            self._publish(replace(self._now, descent=self._descent.run))
        job = self._training
        if job is None or not job.is_busy:
            return
        job.poll()
        now = replace(self._now, training=job.run)
        if not job.is_busy:
            self._end_training(job)
        elif job.is_due:
            began = time.monotonic()
            self._publish(self._with_iterate(now, job.take_newest()))
            job.rest(time.monotonic() - began)
        else:
            self._publish(now)

    def seek_iterate(self, number: int | None) -> None:
        """Show the kept iterate nearest to this number; None for the newest, or the document when training has ended.

        Nothing is edited by that. An edit goes on from the iterate that is shown.
        """
        now, job = self._now, self._training
        if job is None or now.training is None or (number is not None and not now.training.kept):
            raise EditError("no iterates of training are kept; train first")
        nearest = None if number is None else now.training.nearest(number)
        if nearest == now.training.cursor:
            return
        if nearest is not None:
            shown = self._with_iterate(now, now.training.params_of(nearest))
        else:
            shown = self._with_iterate(now, job.take_newest() if job.is_busy else None)
        job.look_at(nearest)
        self._publish(replace(shown, training=job.run))

    def keep_iterate(self) -> None:
        """Make the iterate that is shown the document: an entry of the history."""
        now = self._now
        self._refuse_edits()
        if now.scenario is not now.document:
            self._history = self._history_with_shown()
            self._show_history(now, now.trace, now.cursor)

    def _set_paused(self, is_paused: bool) -> None:
        job = self._training
        if job is not None and job.is_busy:
            job.pause(is_paused)
            self._publish(replace(self._now, training=job.run))

    def _refuse_edits(self) -> None:
        """Where nothing may be edited, now or ever."""
        if self.refusal:
            raise EditError(self.refusal)
        if self.is_busy:
            raise EditError("training is running; stop it first (its last iterate is kept), or wait until it is done")

    def _end_training(self, job: TrainingJob) -> None:
        """The last whole iterate becomes the document; where there is none, the document stays as it was."""
        now = self._now
        if job.newest is not None and job.newest[0] > 0:
            number, params = job.newest
            document = trained(self._history.scenario, params)
            label = f"Train {number:,} {'iteration' if number == 1 else 'iterations'}"
            entry = Entry(label, time.time(), document, now.cursor, now.cursor)
            self._history = self._history.with_entry(entry)
        if job.run.cursor is None:
            self._show_history(now, self._run(self._history.scenario), now.cursor)
        else:  # one looks at an iterate, and goes on looking at it
            self._publish(replace(self._with_history(now), training=job.run))

    def _with_iterate(self, now: Snapshot, weights: Weights | None) -> Snapshot:
        """The document with these weights is looked at; None for the document itself."""
        if weights is None:
            return with_network(now, now.document, self._run(now.document))
        scenario = trained(now.document, weights)
        with refusing():
            return with_network(now, scenario, run(scenario))  # there are too many to keep the traces of all

    def _training_of(self, network: Network) -> TrainingRun | None:
        """The last run, where it is one of this network."""
        found = self._training.run if self._training is not None else None
        return found if found is not None and found.network == network else None

    def _history_with_shown(self) -> History:
        """The history; where an iterate is shown, with an entry that goes on from it."""
        now = self._now
        if now.scenario is now.document:
            return self._history
        assert now.training is not None, "no other network is shown"
        self._traces.keep(now.scenario, now.trace)
        label = f"Go on from iterate {now.training.cursor:,}"
        return self._history.with_entry(Entry(label, time.time(), now.scenario, now.cursor, now.cursor))

    # --- descents ---------------------------------------------------------------------------------------------------

    def start_descent(self, ways: Sequence[Clipping], steps: int) -> None:
        """Train from the weights that are shown in each of these ways, in a worker process; nothing is edited by it.

        At first step 0 is shown, the start; see `seek_descent`.
        """
        now = self._now
        with refusing():
            job = DescentJob(self._descender, now.scenario, ways, steps)  # which ends those under way
        self._descent = job
        self._publish(replace(now, descent=job.run))

    def cancel_descent(self) -> None:
        """End the descents now, and keep the steps that all of them have made."""
        job = self._descent
        if job is not None and job.is_busy:
            job.cancel()
            self._publish(replace(self._now, descent=job.run))

    def seek_descent(self, step: int | None) -> None:
        """Show the descents up to this step; None for the newest."""
        job = self._descent
        if job is None:
            raise EditError("there are no descents; let some run first")
        if step is not None:
            check_index("step", step, 0, job.run.number, "go to")
        job.look_at(step)
        self._publish(replace(self._now, descent=job.run))

    def go_on_from_descent(self, way: int) -> None:
        """Make the weights of one of the descents, at the step that is shown, those of the document."""
        now = self._now
        if now.descent is None or not now.descent.has_steps:
            raise EditError("there are no descents; let some run first")
        check_index("descent", way, 0, len(now.descent.paths) - 1, "descents")
        path = now.descent.paths[way]
        step = path.at(now.descent.shown)
        kind = path.clipping.kind if path.clipping.kind != "none" else "no clipping"
        self._commit(f"Go on from step {step} of the descent ({kind})", trained(now.scenario, path.weights[step]))

    def _descent_of(self, scenario: Scenario) -> DescentRun | None:
        """The last descents, where they are about this task; those of another one end."""
        if self._descent is not None and not self._descent.run.is_about(scenario):
            self._descender.cancel()
            self._descent = None
        return self._descent.run if self._descent is not None else None

    # --- selection --------------------------------------------------------------------------------------------------

    def select(self, place: Place | None) -> None:
        """Select a number and keep the one before it on the trail; None lets go of both."""
        now = self._now
        if place is None:
            self._publish(replace(now, selected=None, trail=()))
        elif place != now.selection:
            check_exists(now.scenario, now.trace, place)
            trail = now.trail if now.selection is None else (*now.trail, now.selection)
            self._publish(replace(now, selected=Selected(now.scenario, now.trace, place), trail=trail))

    def back(self) -> None:
        """Select the number one came from; at the beginning of the trail, nothing."""
        now = self._now
        if not now.trail:
            self.select(None)
            return
        selected = Selected(now.scenario, now.trace, now.trail[-1])
        self._publish(replace(now, selected=selected, trail=now.trail[:-1]))

    # --- history ----------------------------------------------------------------------------------------------------

    @property
    def can_undo(self) -> bool:
        return self.snapshot is not None and not self.is_busy and self._history.done > 0

    @property
    def can_redo(self) -> bool:
        return self.snapshot is not None and not self.is_busy and self._history.done < len(self._history.entries)

    @property
    def undo_label(self) -> str:
        """What undo would take back, "" where there is nothing."""
        return self._history.labels[self._history.done - 1] if self.can_undo else ""

    @property
    def redo_label(self) -> str:
        """What redo would do again, "" where there is nothing."""
        return self._history.labels[self._history.done] if self.can_redo else ""

    def scenario_after(self, edits: int) -> Scenario:
        """The document as it was after so many edits of its history, 0 for as it was opened."""
        check_index("entry", edits, 0, len(self._history.entries), "history")
        return self._history.scenario_after(edits)

    def undo(self) -> None:
        if self.can_undo:
            self.go_to_history(self._history.done - 1)

    def redo(self) -> None:
        if self.can_redo:
            self.go_to_history(self._history.done + 1)

    def go_to_history(self, done: int) -> None:
        """Go to where this many edits of the history are done, 0 for the scenario as it was opened."""
        now = self._now
        self._refuse_edits()
        check_index("entry", done, 0, len(self._history.entries), "history")
        if done == self._history.done:
            return
        entries = self._history.entries
        cursor = entries[done].before if done < self._history.done else entries[done - 1].after
        cursor = replace(cursor, is_backward=now.cursor.is_backward)  # undo changes numbers, not the way one walks
        trace = self._run(self._history.scenario_after(done))
        self._history = self._history.at(done)
        self._show_history(now, trace, cursor)

    # --- how a snapshot is made -------------------------------------------------------------------------------------

    @property
    def _now(self) -> Snapshot:
        if self.snapshot is None:
            raise EditError("nothing is open yet")
        return self.snapshot

    def _commit(
        self,
        label: str,
        scenario: Scenario,
        merge: Hashable | None = None,
        cursor: Cursor | None = None,
        is_new_data: bool = False,
    ) -> None:
        now = self._now
        self._refuse_edits()
        if scenario is now.scenario:
            return
        scenario = mark_edited(now.scenario, scenario)
        trace = self._run(scenario)
        after = self._kept_inside(cursor or now.cursor, scenario, trace)
        entry = Entry(label, time.time(), scenario, now.cursor, after, merge, is_new_data)
        merged = now.scenario is now.document and self._history.merges(merge)
        history = self._history_with_shown()
        self._history = history.with_merged(entry) if merged else history.with_entry(entry)
        self._show_history(now, trace, after)
        if merged:
            self._forget_on_the_way(now)

    def _show_history(self, now: Snapshot, trace: Trace, cursor: Cursor) -> None:
        """Publish the state that the history is at."""
        scenario = self._history.scenario
        layer = _opened_layer(scenario.network, now.opened_layer)
        if self._training is not None:
            self._training.look_at(None)
        snapshot = replace(
            self._with_history(now),
            scenario=scenario,
            trace=trace,
            cursor=self._kept_inside(cursor, scenario, trace),
            opened_layer=layer,
            equations=_equations(scenario.network, layer),
            selected=selected_still(now, scenario, trace),
            trail=tuple(place for place in now.trail if exists(scenario, trace, place)),
            ghost=self._ghost(trace),
            training=self._training_of(scenario.network),
            descent=self._descent_of(scenario),
        )
        self._publish(snapshot)

    def _with_history(self, now: Snapshot) -> Snapshot:
        """What the history says; what is shown stays."""
        self._generation += 1
        return replace(
            now,
            document=self._history.scenario,
            generation=self._generation,
            is_modified=self._history.scenario is not self._saved,
            history=self._history.labels,
            history_times_s=self._history.times_s,
            history_index=self._history.done,
        )

    def _run(self, scenario: Scenario) -> Trace:
        with refusing():
            return self._traces.of(scenario)

    def _kept_inside(self, cursor: Cursor, scenario: Scenario, trace: Trace) -> Cursor:
        layer = _opened_layer(scenario.network, self._now.opened_layer)
        return kept_inside(cursor, trace.steps, trace.batch, _equations(scenario.network, layer))

    def _ghost(self, trace: Trace) -> Trace | None:
        """The last trace in the history that is another than this; None where there is none, it was dropped, or it is
        of other data."""
        for done in range(self._history.done - 1, -1, -1):
            if self._history.entries[done].is_new_data:
                return None
            older = self._traces.kept(self._history.scenario_after(done))
            if older is not trace:
                return older
        return None

    def _forget_on_the_way(self, before: Snapshot) -> None:
        """Drop the trace that a merged edit has replaced; nothing leads back to it."""
        kept = (self._now.trace, self._now.ghost)
        if not any(before.trace is trace for trace in kept):
            self._traces.forget(before.scenario)

    def _look(self, cursor: Cursor) -> None:
        if cursor != self._now.cursor:
            self._publish(replace(self._now, cursor=cursor), Change.CURSOR)

    def _publish(self, snapshot: Snapshot, change: Change | None = None) -> None:
        if change is None:
            change = changes_between(self._now, snapshot)
        if change:
            self.snapshot = snapshot
            if self.listener is not None:
                self.listener(snapshot, change)


def _recurrent(network: Network) -> dict[str, Recurrent]:
    return {layer.name: layer for layer in network.layers if isinstance(layer, Recurrent)}


def _opened_layer(network: Network, wanted: str) -> str:
    """The wanted layer, or the first recurrent one, or "" where there is none."""
    names = _recurrent(network)
    return wanted if wanted in names else next(iter(names), "")


def _equations(network: Network, layer: str) -> int:
    return len(_recurrent(network)[layer].cell.graph.equations) if layer else 1
