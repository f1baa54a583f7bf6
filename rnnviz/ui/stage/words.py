"""The stage in words: what a person who does not see it has to know about this moment."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.network import Dense
from rnnviz.ui import numbers
from rnnviz.ui.stage.picture import Picture
from rnnviz.ui.stage.storeys import Pooled, embedding_of, levels_of


def described(picture: Picture) -> str:
    """Such as: Step 4 of 5. LSTM, unit 0. forget gate 0.99995, ..., memory cell before 6.9998, after 6.9995, ..."""
    translate = QCoreApplication.translate
    snapshot, cell = picture.snapshot, picture.storey.cell
    cursor, steps = snapshot.cursor, snapshot.trace.steps
    if cursor.step == 0:
        where = translate("stage", "Before the first of {0} steps.").format(numbers.count(steps))
    else:
        where = translate("stage", "Step {0} of {1}.").format(numbers.count(cursor.step), numbers.count(steps))
    if picture.gradients is not None:
        where = translate("stage", "Backwards through time, step {0} of {1}: derivatives of the loss.")
        where = where.format(numbers.count(picture.step), numbers.count(steps))
    sentences = [where, *_word(picture)]
    sentences.append(translate("stage", "{0}, unit {1}.").format(cell.title, picture.unit))
    if picture.is_masked:
        sentences.append(translate("stage", "Masked: the state is held."))
    if picture.current:
        sentences.append(translate("stage", "Worked out up to {0}.").format(cell.meaning(picture.current)))
    numbers_of_cell = [*_quantities(picture), *_pooled(picture), *_output(picture)]
    return " ".join(sentences) + (" " + ", ".join(numbers_of_cell) + "." if numbers_of_cell else "")


def _word(picture: Picture) -> list[str]:
    scenario, cursor = picture.snapshot.scenario, picture.snapshot.cursor
    if embedding_of(scenario.network) is None or not scenario.tokens or cursor.step == 0:
        return []
    token = int(picture.trace["x"][cursor.step - 1, cursor.sequence, 0])
    word = scenario.tokens[token] if 0 <= token < len(scenario.tokens) else str(token)
    return [QCoreApplication.translate("stage", "Word “{0}”.").format(word)]


def _quantities(picture: Picture) -> list[str]:
    """Each quantity with its number; of what is carried, the number before the step too."""
    translate = QCoreApplication.translate
    cell = picture.storey.cell
    parts = []
    for equation in cell.graph.equations:
        name, meaning = equation.name, equation.meaning or equation.name
        is_known = name in picture.done
        after = numbers.text(picture.shown(name).value) if is_known else ""
        if name in cell.graph.carried and picture.has_number(f"{name}_prev"):
            before = numbers.text(picture.shown(f"{name}_prev").value)
            parts.append(translate("stage", "{0} before {1}").format(meaning, before))
            parts += [translate("stage", "after {0}").format(after)] if is_known else []
        elif is_known:
            parts.append(f"{meaning} {after}")
    return parts


def _pooled(picture: Picture) -> list[str]:
    """What is pooled over time so far of the opened unit."""
    cursor, trace = picture.snapshot.cursor, picture.trace
    if cursor.step == 0 or cursor.substep or picture.gradients is not None:
        return []
    parts = []
    for level in levels_of(picture.snapshot.scenario.network):
        if isinstance(level, Pooled) and level.shows_unit_of == picture.storey.prefix:
            number = float(trace[f"{level.prefix}.y"][cursor.step - 1, cursor.sequence, picture.unit])
            parts.append(f"{level.title} {numbers.text(number)}")
    return parts


def _output(picture: Picture) -> list[str]:
    """The network's output, once it is worked out; of classes, the likeliest."""
    translate = QCoreApplication.translate
    snapshot = picture.snapshot
    cursor, trace = snapshot.cursor, snapshot.trace
    if cursor.step == 0 or cursor.substep or picture.gradients is not None:
        return []
    values = trace.output[cursor.step - 1, cursor.sequence]
    last, names = snapshot.scenario.network.layers[-1], snapshot.scenario.output_names
    if isinstance(last, Dense) and last.activation == "softmax":
        best = int(values.argmax())
        name = names[best] if best < len(names) else str(best)
        return [translate("stage", "likeliest output {0} with {1}").format(name, numbers.text(float(values[best])))]
    if len(values) > 4:
        return [translate("stage", "{0} outputs").format(numbers.count(len(values)))]
    return [translate("stage", "output {0}").format(" ".join(numbers.text(float(value)) for value in values))]
