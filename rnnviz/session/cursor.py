"""Where in time one looks: a step, how far into it, which sequence of the batch, and which way one walks."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Cursor:
    """step 0 is before the first step. substep 0 means that the step is complete, k that its first k equations are.

    is_backward : one walks from the last step to the first, with the derivatives of the loss (BPTT)
    """

    step: int = 0
    substep: int = 0
    sequence: int = 0
    is_backward: bool = False


def moved_by_steps(cursor: Cursor, count: int, steps: int) -> Cursor:
    """The cursor `count` whole steps on, stopped at both ends; a step that is half done is finished, or taken back."""
    complete = cursor.step - 1 if cursor.substep and count > 0 else cursor.step
    return replace(cursor, step=_clamped(complete + count, steps), substep=0) if count else cursor


def moved_by_equations(cursor: Cursor, count: int, steps: int, equations: int) -> Cursor:
    """The cursor `count` equations on, stopped at both ends.

    Counted in equations since the beginning, step t is complete at t * equations.
    """
    done = cursor.step * equations if not cursor.substep else (cursor.step - 1) * equations + cursor.substep
    done = _clamped(done + count, steps * equations)
    return replace(cursor, step=-(-done // equations), substep=done % equations)


def kept_inside(cursor: Cursor, steps: int, batch: int, equations: int) -> Cursor:
    """The nearest cursor that exists after an edit."""
    step = _clamped(cursor.step, steps)
    substep = cursor.substep if step == cursor.step and cursor.substep < equations else 0
    return Cursor(step, substep, _clamped(cursor.sequence, batch - 1), cursor.is_backward)


def _clamped(value: int, highest: int) -> int:
    return max(0, min(value, highest))
