"""What the card of an import says: what will happen, and what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rnnviz.interop.data.guess import LARGE
from rnnviz.interop.data.in_words import targets_in_words
from rnnviz.ui.data.state import State

MOST = 200
NOTES = 3


def tr(text: str) -> str:
    return QCoreApplication.translate("data", text)


def outcome(state: State) -> str:
    """What comes of the choices, in one sentence."""
    return f"{state.found.sentence}; {targets_in_words(state.found)}." if state.found is not None else ""


def notes(state: State) -> str:
    """What was done to the numbers and rows; it will stand in the story."""
    if state.found is None or state.problem:
        return ""
    more = len(state.found.notes) - NOTES
    said = [*_hint(state), *state.found.notes[:NOTES]]
    return " ".join([*said, tr("And {0} more, in the story.").format(more)] if more > 0 else said)


def wrong(state: State) -> str:
    """The heading of the list of problems."""
    if state.found is None or not state.found.problems:
        return ""
    count = state.found.wrong
    what = tr("1 row is wrong") if count == 1 else tr("{0} rows are wrong").format(f"{count:,}")
    if state.found.decided:
        return what
    return tr("{0}: choose what to do with them").format(what)


def accept(state: State) -> str:
    """The button that does it."""
    if state.found is None:
        return tr("Use the data")
    count, (least, most) = state.found.inputs.shape[1], state.found.steps
    sequences = tr("1 sequence") if count == 1 else tr("{0} sequences").format(f"{count:,}")
    steps = tr("1 step") if most == 1 else tr("{0} steps").format(f"{most:,}")
    if least != most:
        steps = tr("{0} to {1} steps").format(f"{least:,}", f"{most:,}")
    if state.is_new:
        return tr("New network for {0} of {1}").format(sequences, steps)
    return tr("Use {0} of {1}").format(sequences, steps)


def _hint(state: State) -> list[str]:
    """Numbers far from 1 drive every unit to its end."""
    found = state.found
    if found is None or found.vocabulary is not None or state.choices.scale != "none" or not found.inputs.size:
        return []
    least, most = float(found.inputs.min()), float(found.inputs.max())
    if max(abs(least), abs(most)) <= LARGE:
        return []
    said = tr("Numbers go from {0} to {1}: networks read numbers around 1 better, see “Numbers are”.")
    return [said.format(f"{least:g}", f"{most:g}")]
