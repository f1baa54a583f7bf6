"""What the layers of Keras are in the engine's terms, by class name; all others are refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from rnnviz.engine.network import Merge
from rnnviz.engine.pooling import Pooling
from rnnviz.interop.framework_layout import KERAS_GATES, suffixes
from rnnviz.interop.keras.activations import Function, function_of, is_of_the_engine, layer_function
from rnnviz.interop.keras.config import LayerConfig
from rnnviz.interop.names import printable
from rnnviz.scenario import limits
from rnnviz.scenario.errors import shown

Kind = Literal["elman", "lstm", "gru"]


class NotShownError(Exception):
    """Why a layer cannot be shown, to be said after its class: "it has code of its own"."""


@dataclass(frozen=True)
class Entrance:
    """The shape of one input, without the number of sequences; None where it is left open."""

    shape: tuple[int | None, ...]
    sequences: int = 0


@dataclass(frozen=True)
class Lookup:
    vocabulary: int
    size: int
    mask_zero: bool


@dataclass(frozen=True)
class Padding:
    value: float


@dataclass(frozen=True)
class Recurrence:
    """
    places : where, below the layer's own place, the weights of its one or two directions are
    reset_after : of a GRU; None where only the bias can tell
    is_backwards : reads each sequence from its end and hands on outputs in that order; of two, the first one does
    """

    kind: Kind
    units: int
    activation: Function
    gates: Function
    has_bias: bool
    returns_sequences: bool
    is_backwards: bool
    is_zero_at_padding: bool
    reset_after: bool | None = None
    places: tuple[str, ...] = ("cell",)
    merge: Merge = "concat"
    notes: tuple[str, ...] = ()

    @property
    def gate_count(self) -> int:
        return len(suffixes(KERAS_GATES[self.kind]))


@dataclass(frozen=True)
class Readout:
    units: int
    activation: Function
    has_bias: bool
    place: str = ""


@dataclass(frozen=True)
class Activated:
    activation: Function


@dataclass(frozen=True)
class Pooled:
    kind: Pooling


@dataclass(frozen=True)
class Nothing:
    """A layer that changes nothing when predicting."""

    note: str = ""


@dataclass(frozen=True)
class Flattened:
    """Changes nothing where there is one answer for a sequence."""


Spec = Entrance | Lookup | Padding | Recurrence | Readout | Activated | Pooled | Nothing | Flattened


def spec_of(layer: LayerConfig, keras: int) -> Spec:
    """What a layer does, by version `keras` of Keras. Raises NotShownError; ModelError where settings make no sense."""
    if not layer.is_own:
        raise NotShownError(f"has code of its own ({printable(layer.kind)} of another module), which is never run")
    if layer.kind not in _LAYERS:
        said = "holds code, which is never run" if layer.kind == "Lambda" else "is of a kind that rnnviz does not have"
        raise NotShownError(said)
    return _LAYERS[layer.kind](layer, keras)


def input_shape(layer: LayerConfig) -> Entrance | None:
    """The shape that a layer says its inputs have, where it says so."""
    for key in ("batch_shape", "batch_input_shape"):
        shape = layer.config.get(key)
        if isinstance(shape, list) and shape and all(side is None or _is_size(side) for side in shape):
            return Entrance(tuple(shape[1:]), shape[0] or 0)
    return None


def _is_size(side: object) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 0 < side <= limits.STEPS


def _entrance(layer: LayerConfig, keras: int) -> Spec:
    found = input_shape(layer)
    if found is None:
        raise layer.error("it is not said which shape inputs have")
    return found


def _lookup(layer: LayerConfig, keras: int) -> Spec:
    return Lookup(
        layer.whole("input_dim", limits.VOCABULARY), layer.whole("output_dim", limits.UNITS), layer.flag("mask_zero")
    )


def _padding(layer: LayerConfig, keras: int) -> Spec:
    return Padding(layer.number("mask_value"))


def _recurrence(kind: Kind) -> Callable[[LayerConfig, int], Spec]:
    def read(layer: LayerConfig, keras: int) -> Spec:
        return _direction(layer, layer, kind, keras)

    return read


def _rnn(layer: LayerConfig, keras: int) -> Spec:
    cell = layer.inner("cell")
    if not cell.is_own or cell.kind not in _CELLS:
        raise NotShownError(f"has the cell {printable(cell.kind)}, which rnnviz does not have")
    return _direction(layer, cell, _CELLS[cell.kind], keras)


def _direction(layer: LayerConfig, cell: LayerConfig, kind: Kind, keras: int) -> Recurrence:
    """One direction; what concerns a step is in the configuration of the cell, which may be the layer itself."""
    if layer.flag("time_major"):
        raise NotShownError("has time as its first axis")
    gates = "hard_sigmoid" if keras < 2 else "sigmoid"
    return Recurrence(
        kind=kind,
        units=cell.whole("units", limits.UNITS),
        activation=_function(cell, "activation", "tanh", keras),
        gates=Function("sigmoid") if kind == "elman" else _function(cell, "recurrent_activation", gates, keras),
        has_bias=cell.flag("use_bias", True),
        returns_sequences=layer.flag("return_sequences"),
        is_backwards=layer.flag("go_backwards"),
        is_zero_at_padding=layer.flag("zero_output_for_mask"),
        reset_after=cell.flag("reset_after") if "reset_after" in cell.config else None,
        notes=tuple(_habits(layer, cell)),
    )


def _habits(layer: LayerConfig, cell: LayerConfig) -> list[str]:
    """What a layer does in training, or between batches, and not here."""
    found = []
    name = printable(layer.name)
    if any(cell.config.get(key) for key in ("dropout", "recurrent_dropout")):
        found.append(f"The dropout of {name} is left out: it does nothing when predicting.")
    if layer.flag("stateful"):
        found.append(f"{name} is stateful in Keras; here every sequence begins with a state of zeros.")
    return found


def _function(layer: LayerConfig, key: str, default: str, keras: int) -> Function:
    found = function_of(layer.config.get(key, default), keras)
    if isinstance(found, str):
        raise NotShownError(f"is activated {found}, which rnnviz does not have")
    if found.name == "softmax" and key != "readout" and layer.kind != "Dense":
        raise NotShownError("is activated by softmax")
    return found


_MERGES: dict[str, Merge] = {"concat": "concat", "sum": "sum", "ave": "mean", "mul": "mul"}


def _bidirectional(layer: LayerConfig, keras: int) -> Spec:
    mode = layer.config.get("merge_mode", "concat")
    if not isinstance(mode, str) or mode not in _MERGES:
        raise NotShownError(f"hands on its two directions apart (merge_mode {shown(mode)})")
    first = _inner_recurrence(layer.inner("layer"), keras)
    second = first
    if layer.config.get("backward_layer") is not None:
        second = _inner_recurrence(layer.inner("backward_layer"), keras)
    if replace(second, is_backwards=first.is_backwards, notes=first.notes) != first:
        raise NotShownError("has two directions that differ in more than their weights")
    below = [f"{place}/{part}" for place in ("forward_layer", "backward_layer") for part in first.places]
    return replace(
        first,
        places=tuple(below),
        merge=_MERGES[mode],
        is_zero_at_padding=first.returns_sequences,  # Keras sees to that, whatever the layer inside says
    )


def _inner_recurrence(layer: LayerConfig, keras: int) -> Recurrence:
    spec = spec_of(layer, keras)
    if not isinstance(spec, Recurrence) or len(spec.places) != 1:
        raise NotShownError(f"has a {printable(layer.kind)} inside")
    return spec


def _readout(layer: LayerConfig, keras: int) -> Spec:
    activation = _function(layer, "activation", "linear", keras)
    if not is_of_the_engine(activation):
        raise NotShownError(f"is activated by {activation.name}, which readouts do not have")
    return Readout(layer.whole("units", limits.UNITS), activation, layer.flag("use_bias", True))


def _time_distributed(layer: LayerConfig, keras: int) -> Spec:
    inner = layer.inner("layer")
    spec = spec_of(inner, keras)
    match spec:
        case Readout():
            return replace(spec, place="layer")
        case Activated() | Nothing():
            return spec
    raise NotShownError(f"has a {printable(inner.kind)} inside")


def _activation(layer: LayerConfig, keras: int) -> Spec:
    found = function_of(layer.config.get("activation"), keras)
    return _activated(found)


def _activation_layer(layer: LayerConfig, keras: int) -> Spec:
    return _activated(layer_function(layer.kind, layer.config))


def _activated(function: Function | str) -> Spec:
    if isinstance(function, str):
        raise NotShownError(f"activates {function}, which rnnviz does not have")
    if not is_of_the_engine(function):
        raise NotShownError(f"activates by {function.name}, which readouts do not have")
    return Activated(function)


def _pooled(kind: Pooling) -> Callable[[LayerConfig, int], Spec]:
    def read(layer: LayerConfig, keras: int) -> Spec:
        if layer.config.get("data_format", "channels_last") != "channels_last" or layer.flag("keepdims"):
            raise NotShownError("pools over another axis than time, or keeps it")
        return Pooled(kind)

    return read


def _nothing(layer: LayerConfig, keras: int) -> Spec:
    said = f"{printable(layer.kind)} {printable(layer.name)} is left out: it does nothing when predicting."
    return Nothing("" if layer.kind in ("Identity", "ActivityRegularization") else said)


def _flattened(layer: LayerConfig, keras: int) -> Spec:
    return Flattened()


_CELLS: dict[str, Kind] = {"SimpleRNNCell": "elman", "LSTMCell": "lstm", "GRUCell": "gru"}

_LAYERS: dict[str, Callable[[LayerConfig, int], Spec]] = {
    "InputLayer": _entrance,
    "Embedding": _lookup,
    "Masking": _padding,
    "SimpleRNN": _recurrence("elman"),
    "LSTM": _recurrence("lstm"),
    "GRU": _recurrence("gru"),
    "RNN": _rnn,
    "Bidirectional": _bidirectional,
    "Dense": _readout,
    "TimeDistributed": _time_distributed,
    "Activation": _activation,
    "Softmax": _activation_layer,
    "ReLU": _activation_layer,
    "LeakyReLU": _activation_layer,
    "ELU": _activation_layer,
    "GlobalAveragePooling1D": _pooled("mean"),
    "GlobalMaxPooling1D": _pooled("max"),
    "Flatten": _flattened,
    **dict.fromkeys(
        (
            "ActivityRegularization",
            "AlphaDropout",
            "Dropout",
            "GaussianDropout",
            "GaussianNoise",
            "Identity",
            "SpatialDropout1D",
        ),
        _nothing,
    ),
}

KINDS = tuple(_LAYERS)
