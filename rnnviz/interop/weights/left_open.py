"""What weights do not say of a network: activations, and which steps the layers after the last recurrent one read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from rnnviz.engine.activations import ELEMENTWISE, NAMES
from rnnviz.engine.network import Dense, Embedding, Layer, Pool, Recurrent
from rnnviz.engine.pooling import Pooling
from rnnviz.interop.errors import ModelError, UndecidedError
from rnnviz.interop.model import Hints
from rnnviz.interop.names import layer_names, printable
from rnnviz.interop.question import READOUTS, Choice, Question

FINAL_STATES = "final states"
PLAIN = "elman"
_ACTIVATIONS = (
    Choice("tanh", "The hyperbolic tangent, which nn.RNN takes unless it is told otherwise."),
    Choice("relu", 'Rectified linear, nn.RNN(nonlinearity="relu").'),
)
_HIDDEN = (
    Choice("relu", "Rectified linear, the most usual one."),
    Choice("tanh", "The hyperbolic tangent."),
    Choice("sigmoid", "From 0 to 1."),
    Choice("linear", "None: one layer feeds the next as it is."),
)
_OUTPUT = (
    Choice("linear", "None: the outputs are logits, or numbers of any size."),
    Choice("softmax", "Probabilities that add up to 1."),
    Choice("sigmoid", "Each from 0 to 1."),
    Choice("tanh", "Each from -1 to 1."),
    Choice("relu", "Each at least 0."),
)
_FINAL = Choice(FINAL_STATES, "The last state of each direction: backward, that is the one at the first step.")
_AT_ONE_STEP = ("last step", FINAL_STATES)


@dataclass(frozen=True)
class Decided:
    """
    assumed : questions whose first answer was taken, see `rnnviz.interop.model.Model`
    """

    layers: tuple[Layer, ...]
    notes: tuple[str, ...]
    assumed: tuple[Question, ...]


def decided(layers: Sequence[Layer], hints: Hints) -> Decided:
    """Layers with all settings. Raises UndecidedError with all questions, ModelError for a hint that answers none."""
    asked = _questions(layers)
    said = {question.hint: _said(hints, question.hint, _answers(question)) for question in asked}
    missing = tuple(question for question in asked if said[question.hint] is None)
    if missing:
        raise UndecidedError(missing)
    output = _said(hints, "output_activation", NAMES)
    with_functions = [_with_activations(layers, k, said, output) for k in range(len(layers))]
    settled = _read_by(with_functions, said.get("readout"))
    end = layers[-1]
    if output is not None or not isinstance(end, Dense):
        return Decided(settled, (), ())
    note = f"What {end.name} gives is taken as it is, such as logits: no activation after it is in the file."
    question = Question("output_activation", f"Which activation follows {end.name}?", _OUTPUT, "It has no weights.")
    return Decided(settled, (note,), (question,))


def _with_activations(layers: Sequence[Layer], k: int, said: dict[str, str | None], output: str | None) -> Layer:
    match layers[k]:
        case Recurrent() as layer if layer.cell.name == PLAIN and (function := said["activation"]) != "tanh":
            return replace(layer, activations={"h": function or "tanh"})
        case Dense() as layer:
            activation = output if k == len(layers) - 1 else said["hidden_activation"]
            return replace(layer, activation=activation or "linear")
    return layers[k]


def _read_by(layers: Sequence[Layer], readout: str | None) -> tuple[Layer, ...]:
    """Layers of which those after the last recurrent one read what was said."""
    last = _last_recurrent(layers)
    before, after = list(layers[: last + 1]), list(layers[last + 1 :])
    if readout in _AT_ONE_STEP:
        after = [replace(layer, at="last step") if isinstance(layer, Dense) else layer for layer in after]
    if readout == FINAL_STATES and isinstance(recurrent := before[-1], Recurrent):
        before[-1] = replace(recurrent, returns="final")
    if readout is not None and readout in get_args(Pooling):
        names = layer_names([*(layer.name for layer in layers), readout])
        before.append(Pool(names[-1], readout))  # type: ignore[arg-type]  # it is one of them
    return (*before, *after)


def _questions(layers: Sequence[Layer]) -> tuple[Question, ...]:
    found: list[Question] = []
    plain = [layer for layer in layers if isinstance(layer, Recurrent) and layer.cell.name == PLAIN]
    if plain:
        name = plain[0].name
        why = f"{name} is a plain recurrent layer: nn.RNN has one of two activations, and its weights do not say which."
        found.append(Question("activation", f"Which activation has {name}?", _ACTIVATIONS, why))
    if 0 <= _last_recurrent(layers) < len(layers) - 1:
        found.append(_readout(layers))
    before_last = [layer for layer in layers[:-1] if isinstance(layer, Dense)]
    if before_last:
        name = before_last[0].name
        why = f"Activations have no weights, so that the file does not say what follows {name}."
        found.append(Question("hidden_activation", f"Which activation follows {name}?", _HIDDEN, why))
    return tuple(found)


def _readout(layers: Sequence[Layer]) -> Question:
    last = _last_recurrent(layers)
    recurrent, after = layers[last], layers[last + 1]
    choices = list(READOUTS)
    if isinstance(recurrent, Recurrent) and recurrent.direction == "both":
        choices.insert(0, _FINAL)
    why = f"{after.name} comes after {recurrent.name}, and the file does not say which of its steps are read."
    if _is_language_model(layers):
        choices.sort(key=lambda choice: choice.value != "every step")
        why += " There are as many outputs as ids, as in a network that foretells the next one."
    return Question("readout", f"What does {after.name} read of {recurrent.name}?", tuple(choices), why)


def _is_language_model(layers: Sequence[Layer]) -> bool:
    first, last = layers[0], layers[-1]
    return isinstance(first, Embedding) and isinstance(last, Dense) and first.vocabulary == last.units


def _last_recurrent(layers: Sequence[Layer]) -> int:
    return max((k for k, layer in enumerate(layers) if isinstance(layer, Recurrent)), default=-1)


def _answers(question: Question) -> tuple[str, ...]:
    """All that may be said, of which the likely ones are offered."""
    offered = tuple(choice.value for choice in question.choices)
    others = {"activation": ELEMENTWISE, "hidden_activation": NAMES, "readout": (*offered, "sum")}
    return others[question.hint]


def _said(hints: Hints, hint: str, answers: tuple[str, ...]) -> str | None:
    value = hints.get(hint)
    if value is not None and value not in answers:
        raise ModelError(f"{hint} cannot be '{printable(str(value))}' here; it can be {', '.join(answers)}")
    return value
