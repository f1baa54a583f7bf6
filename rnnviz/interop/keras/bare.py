"""Files of weights alone: which layers they are of, from groups, names and shapes; what these do not say is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnviz.engine.activations import ELEMENTWISE, NAMES
from rnnviz.interop.errors import ModelError, UndecidedError, UnsupportedError
from rnnviz.interop.keras.chain import OFFER, RECURRENT
from rnnviz.interop.keras.config import LayerConfig, snake_case
from rnnviz.interop.keras.hdf5_file import Contents
from rnnviz.interop.keras.layers import KINDS
from rnnviz.interop.keras.weights import tree_of
from rnnviz.interop.names import printable
from rnnviz.interop.question import READOUTS, Choice, Question

MOST_ORDERS, MOST_OFFERED = 256, 4
MOST_TRIED = 20_000

_BY_GROUP = {snake_case(kind): kind for kind in KINDS}
_NUMBERED = re.compile(r"(.+?)_(\d{1,9})")
_GATES = {1: "SimpleRNN", 3: "GRU", 4: "LSTM"}
_POOLS = {"mean": "GlobalAveragePooling1D", "max": "GlobalMaxPooling1D"}
_ACTIVATIONS = ("Activation", "Softmax", "ReLU", "LeakyReLU", "ELU")
_MERGES = (
    Choice("sum", "The sum of both directions."),
    Choice("mean", "The mean of both directions."),
    Choice("mul", "Their product."),
)
_KERAS_MERGES = {"concat": "concat", "sum": "sum", "mean": "ave", "mul": "mul"}

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Found:
    """A layer of which the file has something: the shapes of its weights, those of the forward direction first."""

    name: str
    kind: str
    number: int
    path: str
    shapes: tuple[Shape, ...]

    @property
    def is_recurrent(self) -> bool:
        return self.kind in RECURRENT

    @property
    def is_readout(self) -> bool:
        return self.kind in ("Dense", "TimeDistributed")

    @property
    def lane(self) -> tuple[Shape, ...]:
        """The shapes of one direction."""
        return self.shapes[: len(self.shapes) // 2] if self.kind == "Bidirectional" else self.shapes

    @property
    def reads(self) -> int:
        """How many numbers enter it at a step; 0 for ids."""
        return 0 if self.kind == "Embedding" else self.shapes[0][0]

    @property
    def hands_on(self) -> tuple[int, ...]:
        """How many numbers may leave it."""
        if not self.is_recurrent:
            return (self.shapes[0][1],)
        units = self.lane[1][0]
        return (2 * units, units) if self.kind == "Bidirectional" else (units,)


@dataclass
class _Answers:
    """The hints that were given, and the questions that are still open."""

    hints: Mapping[str, Any]
    open: list[Question]
    used: set[str]

    def to(self, question: Question, others: Sequence[str] = ()) -> str:
        """The answer; of an open question, the likeliest one for now. `others` may be said too."""
        values = [choice.value for choice in question.choices]
        self.used.add(question.hint)
        said = self.hints.get(question.hint)
        if said is None:
            if all(other.hint != question.hint for other in self.open):
                self.open.append(question)
            return values[0]
        if said not in (*values, *others):
            raise ModelError(f"the hint {question.hint} cannot be '{said}' here; {question.in_a_line()}")
        return str(said)

    def check(self) -> None:
        """Raises UndecidedError with all open questions, ModelError for a hint that answers none."""
        if self.open:
            raise UndecidedError(tuple(self.open))
        for name in self.hints:
            if name not in self.used and name != "part":
                raise ModelError(f"the hint '{name}' says nothing about this file; leave it out")


def bare_layers(contents: Contents, hints: Mapping[str, Any]) -> tuple[tuple[LayerConfig, ...], tuple[str, ...]]:
    """The layers in order, as if they had been configured, and notes on what was taken for granted.

    Raises UndecidedError with everything that has to be asked, UnsupportedError naming a layer that cannot be shown.
    """
    found = list(_listed(contents) if contents.list_of_texts("", "layer_names") is not None else _in_tree(contents))
    found = _shown(found, hints.get("part") == "recurrent")
    answers = _Answers(hints, [], set())
    rows = _in_row(found, contents, answers)
    layers = tuple(_configured(found, rows, answers))
    answers.check()
    return layers, tuple(_notes(found, rows))


# --- what is there ----------------------------------------------------------------------------------------------------


def _in_tree(contents: Contents) -> Iterator[Found]:
    root = tree_of(contents)
    for path in contents.groups:
        if path.startswith(f"{root}/") and path.count("/") == root.count("/") + 1:
            group = path.rpartition("/")[2]
            kind, number = _kind_and_number(group)
            name = contents.text(f"{path}/vars", "name") or group
            yield Found(name, kind, number, f"layers/{group}", _tree_shapes(contents, path))


def _kind_and_number(group: str) -> tuple[str, int]:
    """The class whose name in small letters a group has; the group itself where there is none."""
    match = _NUMBERED.fullmatch(group)
    if group not in _BY_GROUP and match is not None and match[1] in _BY_GROUP:
        return _BY_GROUP[match[1]], int(match[2])
    return _BY_GROUP.get(group, group), 0


def _tree_shapes(contents: Contents, path: str) -> tuple[Shape, ...]:
    below = f"{path}/"
    names = [name for name in contents.arrays if name.startswith(below)]
    order = sorted(names, key=lambda name: (not name.startswith(f"{below}forward_layer/"), name))
    return tuple(contents.arrays[name].shape for name in order)


def _listed(contents: Contents) -> Iterator[Found]:
    for number, name in enumerate(contents.list_of_texts("", "layer_names") or ()):
        names = contents.list_of_texts(name, "weight_names") or ()
        missing = [weight for weight in names if f"{name}/{weight}" not in contents.arrays]
        if missing:
            raise ModelError("these weights are listed, but not in the file", where=printable(missing[0]))
        shapes = tuple(contents.arrays[f"{name}/{weight}"].shape for weight in names)
        yield Found(name, _kind_of_listed(name, names, shapes), number, f"layers/{name}", shapes)


def _kind_of_listed(name: str, names: Sequence[str], shapes: Sequence[Shape]) -> str:
    """By what its weights are called, which no user chooses; where there are none, by the name of the layer."""
    ends = [weight.rpartition("/")[2].partition(":")[0] for weight in names]
    lane = ["kernel", "recurrent_kernel", "bias"]
    if not names:
        return _kind_and_number(name)[0]
    if ends == ["embeddings"]:
        return "Embedding"
    if ends in (lane, lane[:2]) and all(len(shape) == 2 for shape in shapes[:2]):
        return _GATES.get(shapes[1][1] // max(1, shapes[1][0]), name)
    if ends in (lane * 2, lane[:2] * 2):
        return "Bidirectional"
    if ends in (["kernel"], ["kernel", "bias"]) and len(shapes[0]) == 2:
        return "Dense"
    return name


def _shown(found: list[Found], is_part: bool) -> list[Found]:
    """Those that can be shown. UnsupportedError names the first of the others, unless only a part is asked for."""
    kept = []
    for layer in found:
        if _is_known(layer):
            kept.append(layer)
        elif not is_part:
            message = f"the layer {printable(layer.name)} is one that rnnviz does not have, or has weights of its own"
            if any(other.is_recurrent and _is_known(other) for other in found):
                raise UnsupportedError(f"{message}; {OFFER}", where=printable(layer.path))
            raise ModelError(f"{message}, and there is no recurrent layer", where=printable(layer.path))
    if not any(layer.is_recurrent for layer in kept):
        raise ModelError("there are no weights of a recurrent layer in this file")
    return kept


def _is_known(layer: Found) -> bool:
    dimensions = [len(shape) for shape in layer.lane]
    match layer.kind:
        case "Embedding":
            return dimensions == [2]
        case "Dense" | "TimeDistributed":
            return dimensions in ([2], [2, 1])
        case "Bidirectional" | "SimpleRNN" | "LSTM" | "GRU" | "RNN":
            fits = dimensions in ([2, 2], [2, 2, 1], [2, 2, 2])
            return fits and len(layer.shapes) in (2, 3, 4, 6) and _cell_kind(layer) is not None
    return layer.kind in KINDS and not layer.shapes


def _cell_kind(layer: Found) -> str | None:
    rows, columns = layer.lane[1]
    return _GATES.get(columns // rows) if rows and columns % rows == 0 else None


# --- in which order ---------------------------------------------------------------------------------------------------


def _in_row(found: Sequence[Found], contents: Contents, answers: _Answers) -> tuple[Found, ...]:
    """The layers with weights, in order: as listed, or as their widths allow."""
    weighty = [layer for layer in found if layer.shapes]
    if contents.list_of_texts("", "layer_names") is not None:
        return tuple(weighty)
    rows = _Rows(weighty).found
    if not rows:
        names = ", ".join(printable(layer.name) for layer in weighty)
        raise ModelError(f"the layers {names} do not fit one after the other: no order has matching shapes")
    least = min(map(_readouts_before, rows))
    usual = [row for row in rows if _readouts_before(row) == least]  # dense layers mostly come after the recurrent ones
    if len(usual) == 1:
        return usual[0]
    by_name = {", ".join(layer.name for layer in row): row for row in (*usual, *rows)}
    choices = tuple(Choice(", ".join(layer.name for layer in row), "In this order.") for row in usual[:MOST_OFFERED])
    why = "More than one order fits to the shapes of their weights."
    answer = answers.to(Question("order", "In which order do the layers follow one another?", choices, why), [*by_name])
    return by_name[answer]


def _readouts_before(row: Sequence[Found]) -> int:
    """How many dense layers come before a recurrent one."""
    last = max(index for index, layer in enumerate(row) if layer.is_recurrent)
    return sum(layer.is_readout for layer in row[:last])


class _Rows:
    """Orders in which each layer reads what the one before hands on, and layers of one class stand by their numbers."""

    def __init__(self, layers: Sequence[Found]) -> None:
        self.found: list[tuple[Found, ...]] = []
        self._tried = 0
        self._extend((), sorted(layers, key=lambda layer: (layer.kind, layer.number)))

    def _extend(self, row: tuple[Found, ...], left: list[Found]) -> None:
        self._tried += 1
        if not left:
            self.found.append(row)
        seen: set[str] = set()
        for index, layer in enumerate(left):
            if len(self.found) >= MOST_ORDERS or self._tried > MOST_TRIED:
                return
            if layer.kind not in seen and self._fits(row, layer):
                self._extend((*row, layer), left[:index] + left[index + 1 :])
            seen.add(layer.kind)

    def _fits(self, row: tuple[Found, ...], layer: Found) -> bool:
        return layer.reads in row[-1].hands_on if row else True


# --- as if it had been configured -------------------------------------------------------------------------------------


def _configured(found: Sequence[Found], row: Sequence[Found], answers: _Answers) -> Iterator[LayerConfig]:
    readout = _readout(found, row, answers)
    last = max(index for index, layer in enumerate(row) if layer.is_recurrent)
    dense = [layer for layer in row if layer.is_readout]
    if row[0].kind != "Embedding":
        yield _layer("InputLayer", "input", {"batch_shape": [None, None, row[0].reads]})
    for layer in found:
        if layer.kind == "Masking":
            yield _layer("Masking", layer.name, {"mask_value": 0.0})
    for index, layer in enumerate(row):
        following = row[index + 1] if index + 1 < len(row) else None
        match layer.kind:
            case "Embedding":
                rows, columns = layer.shapes[0]
                config: dict[str, Any] = {"input_dim": rows, "output_dim": columns, "mask_zero": _masks(answers)}
            case "Dense" | "TimeDistributed":
                activation = _output(layer, row, answers) if layer is dense[-1] else _hidden(answers)
                config = _dense(layer, activation)
            case _:
                config = _recurrent(layer, index < last or readout not in _ONE_ANSWER, following, answers)
        yield _layer(layer.kind, layer.name, config, layer.path)
        if index == last and readout in _POOLS:
            yield _layer(_POOLS[readout], "pool", {})


def _layer(kind: str, name: str, config: dict[str, Any], path: str = "") -> LayerConfig:
    return LayerConfig(kind, name, True, config, None, path, name)


def _dense(layer: Found, activation: str) -> dict[str, Any]:
    config = {"units": layer.shapes[0][1], "use_bias": len(layer.shapes) == 2, "activation": activation}
    return {"layer": {"class_name": "Dense", "config": config}} if layer.kind == "TimeDistributed" else config


def _recurrent(layer: Found, sequences: bool, following: Found | None, answers: _Answers) -> dict[str, Any]:
    kind = _cell_kind(layer) or ""
    cell: dict[str, Any] = {"units": layer.lane[1][0], "use_bias": len(layer.lane) == 3}
    if kind == "SimpleRNN":
        cell["activation"] = answers.to(_ACTIVATION, ELEMENTWISE)
    around = {"return_sequences": sequences}
    match layer.kind:
        case "RNN":
            return {"cell": {"class_name": f"{kind}Cell", "config": cell}, **around}
        case "Bidirectional":
            merge = _merge(layer, following, answers)
            return {"layer": {"class_name": kind, "config": cell | around}, "merge_mode": merge}
    return cell | around


# --- what is asked ----------------------------------------------------------------------------------------------------

_FINAL = Choice("final states", "The last state of each direction: backward, that is the one at the first step.")
_ONE_ANSWER = ("last step", "final states")
_WEIGHTS_ALONE = "The file holds weights alone."
_ACTIVATION = Question(
    "activation",
    "Which activation has the plain recurrent layer?",
    (Choice("tanh", "As Keras has it unless told otherwise."), Choice("relu", "Rectified.")),
    _WEIGHTS_ALONE,
)
_MASKING = Question(
    "masking",
    "Are steps of id 0 padding?",
    (Choice("id 0", "The embedding was made with mask_zero=True."), Choice("none", "Every step counts.")),
    _WEIGHTS_ALONE,
)


def _masks(answers: _Answers) -> bool:
    return answers.to(_MASKING) == "id 0"


def _readout(found: Sequence[Found], row: Sequence[Found], answers: _Answers) -> str:
    for readout, kind in _POOLS.items():
        if any(layer.kind == kind for layer in found):
            return readout
    recurrent = [layer for layer in row if layer.is_recurrent]
    final = _FINAL if recurrent[-1].kind == "Bidirectional" else READOUTS[0]
    choices = (final, *READOUTS[1:])
    why = "The shapes of the weights are the same in all cases."
    return answers.to(Question("readout", "What is read of the last recurrent layer?", choices, why))


def _hidden(answers: _Answers) -> str:
    choices = tuple(Choice(name, "") for name in ("relu", "linear", "tanh", "sigmoid"))
    return answers.to(Question("hidden_activation", "Which activation have the inner dense layers?", choices), NAMES)


def _output(layer: Found, row: Sequence[Found], answers: _Answers) -> str:
    units = layer.shapes[0][1]
    names = ("softmax", "linear", "sigmoid") if units > 1 else ("linear", "sigmoid")
    if units == 1 and row[0].kind == "Embedding":
        names = ("sigmoid", "linear")
    choices = tuple(Choice(name, _OUTPUTS[name]) for name in names)
    why = f"It has {units} output{'s' * (units > 1)}."
    return answers.to(Question("output_activation", "Which activation has the last dense layer?", choices, why), NAMES)


_OUTPUTS = {
    "softmax": "Probabilities of classes, which add up to 1.",
    "linear": "Numbers as they are: regression, or scores.",
    "sigmoid": "Probabilities of yes, each by itself.",
}


def _merge(layer: Found, following: Found | None, answers: _Answers) -> str:
    """By the width that the next layer reads; at the end, side by side as Keras has it unless told otherwise."""
    if following is None or following.reads == layer.hands_on[0]:
        return "concat"
    why = f"The next layer reads {following.reads} numbers, as many as one direction has."
    answer = answers.to(Question("merge", "How do two directions become one output?", _MERGES, why))
    return _KERAS_MERGES[answer]


def _notes(found: Sequence[Found], row: Sequence[Found]) -> Iterator[str]:
    order = ", ".join(printable(layer.name) for layer in row)
    yield f"The file holds weights alone. The order {order} is that in which their shapes fit."
    yield "Gates and candidates are taken to have the activations that Keras gives them unless told otherwise."
    if any(layer.kind == "Masking" for layer in found):
        yield "Padding is taken to be steps whose inputs are all 0, as Keras has it unless told otherwise."
    if any(layer.is_recurrent and _cell_kind(layer) == "GRU" and len(layer.lane) == 2 for layer in row):
        yield "The GRU has no bias, so its reset gate is taken to act after the product, as Keras has it by itself."
    for layer in found:
        if layer.kind in _ACTIVATIONS:
            yield f"{printable(layer.name)} is an activation; which one, and where, is taken from what was answered."
