"""What a Keras model does with its layers, one after the other; or the pieces of it in which that is so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.keras.config import MODELS, LayerConfig, inner_model
from rnnviz.interop.names import printable
from rnnviz.scenario.errors import shown

RECURRENT = ("SimpleRNN", "LSTM", "GRU", "RNN", "Bidirectional")
OFFER = 'the recurrent part alone can be shown: part="recurrent"'
MOST_DEPTH = 8


@dataclass(frozen=True)
class Call:
    """A layer, and the paths of the layers whose outputs enter it. `beside` says what it gets beside one sequence."""

    layer: LayerConfig
    inputs: tuple[str, ...] = ()
    beside: str = ""


@dataclass(frozen=True)
class _Tensor:
    """An output of a layer: output 0 is what it works out, further ones are its states."""

    name: str
    output: int


@dataclass(frozen=True)
class Graph:
    """The layers of a model in order, those of a model among them in its place, and what its outputs come from."""

    calls: tuple[Call, ...]
    outputs: tuple[str, ...]


def graph_of(model: LayerConfig) -> Graph:
    """Raises ModelError."""
    found: list[Call] = []
    outputs = _expand(model, (), 0, found)
    return Graph(tuple(found), outputs)


def chain(graph: Graph) -> tuple[LayerConfig, ...]:
    """The layers of a model in which each one reads the one before. UnsupportedError names where that is not so."""
    calls = graph.calls
    users = _users(calls)
    before: tuple[str, ...] = ()
    for call in calls:
        if call.beside:
            raise unsupported(call.layer, call.beside, calls)
        if len(call.inputs) > 1:
            raise unsupported(call.layer, "reads several layers", calls)
        if call.inputs != before:
            raise unsupported(call.layer, "stands beside other layers", calls)
        if users[call.layer.path] > 1:
            raise unsupported(call.layer, "is read by several layers", calls)
        before = (call.layer.path,)
    if graph.outputs != before:
        count = len(graph.outputs)
        said = f"is in a model of {count} outputs" if count > 1 else "is not what the model hands out"
        raise unsupported(calls[-1].layer, said, calls)
    return tuple(call.layer for call in calls)


def pieces(calls: Sequence[Call]) -> tuple[tuple[LayerConfig, ...], ...]:
    """The longest pieces in which each layer reads the one before it, and that one alone, and nothing beside."""
    users = _users(calls)
    found: dict[str, list[LayerConfig]] = {}
    for call in calls:
        if call.beside:
            continue
        before = call.inputs[0] if len(call.inputs) == 1 else ""
        piece = found.pop(before) if before in found and users[before] == 1 else []
        found[call.layer.path] = [*piece, call.layer]
    return tuple(tuple(piece) for piece in found.values())


def unsupported(layer: LayerConfig, said: str, calls: Sequence[Call]) -> ModelError:
    """With the offer of the recurrent part, where there is one."""
    message = f"this {printable(layer.kind)} layer cannot be shown: it {said}"
    if any(is_recurrent(call.layer) for call in calls):
        return UnsupportedError(f"{message}; {OFFER}", where=printable(layer.name))
    return ModelError(f"{message}; there is no recurrent layer in this model", where=printable(layer.name))


def is_recurrent(layer: LayerConfig) -> bool:
    return layer.kind in RECURRENT and layer.is_own


def _users(calls: Sequence[Call]) -> Counter[str]:
    return Counter(name for call in calls for name in call.inputs)


def _expand(model: LayerConfig, entrance: tuple[str, ...], depth: int, found: list[Call]) -> tuple[str, ...]:
    """Note the layers of a model that reads `entrance`; what it hands on is that of the layer of the returned path."""
    if depth > MOST_DEPTH:
        raise ModelError(f"models are nested more than {MOST_DEPTH} deep in each other", where=printable(model.name))
    if model.kind == "Sequential":
        for layer in inner_model(model):
            entrance = _place(layer, entrance, "", depth, found)
        return entrance
    return _expand_functional(model, entrance, depth, found)


def _place(layer: LayerConfig, inputs: tuple[str, ...], beside: str, depth: int, found: list[Call]) -> tuple[str, ...]:
    if layer.kind in MODELS and layer.is_own and not beside:
        return _expand(layer, inputs, depth + 1, found)
    if layer.kind == "InputLayer" and inputs:
        return inputs
    found.append(Call(layer, inputs, beside))
    return (layer.path,)


def _expand_functional(model: LayerConfig, entrance: tuple[str, ...], depth: int, found: list[Call]) -> tuple[str, ...]:
    layers = inner_model(model)
    masks = _masks(layers)
    placed: dict[str, tuple[str, ...]] = {}
    for layer in layers:
        if layer.name in placed:
            raise ModelError("two layers of the configuration have this name", where=printable(layer.name))
        if layer.name in masks:
            continue
        tensors, beside = _inputs(layer, masks)
        if layer.kind == "InputLayer" and entrance:
            placed[layer.name] = entrance
            continue
        for tensor in tensors:
            if tensor.name not in placed:
                said = f"reads {printable(tensor.name)}, which does not come before it"
                raise ModelError(f"the {printable(layer.kind)} layer {said}", where=printable(layer.name))
        inputs = tuple(path for tensor in tensors for path in placed[tensor.name])
        placed[layer.name] = _place(layer, inputs, beside, depth, found)
    return _exit(model, placed)


def _exit(model: LayerConfig, placed: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """What the outputs of a model come from."""
    value = model.config.get("output_layers")
    entries: list[Any] = value if isinstance(value, list) else []
    outputs = [entries] if _is_tensor(entries) else entries
    tensors = [_Tensor(output[0], output[2]) for output in outputs if _is_tensor(output)]
    if not tensors or any(tensor.name not in placed for tensor in tensors):
        raise ModelError("the configuration does not say what the model's outputs are", where=printable(model.name))
    return tuple(_state(path, tensor) for tensor in tensors for path in placed[tensor.name])


def _state(path: str, tensor: _Tensor) -> str:
    """A state of a layer is not what the layer works out."""
    return f"{path}, output {tensor.output}" if tensor.output else path


def _inputs(layer: LayerConfig, masks: Mapping[str, str]) -> tuple[tuple[_Tensor, ...], str]:
    """The tensors that a layer reads, and what is not plain about that."""
    nodes: list[Any] = layer.call if isinstance(layer.call, list) else []
    if len(nodes) > 1:
        return (), "is used at several places"
    match nodes:
        case []:
            return (), ""
        case [{"args": list() as arguments, **more}]:
            return _of_keras_3(arguments, more.get("kwargs"), masks)
        case [list() as node]:
            return _of_keras_2(node, layer)
    raise _unknown(layer)


def _of_keras_3(arguments: list[Any], named: Any, masks: Mapping[str, str]) -> tuple[tuple[_Tensor, ...], str]:
    tensors = tuple(_tensors(arguments[:1]))
    beside = "is given a second input" if any(_tensors(arguments[1:])) else ""
    for name, value in (named if isinstance(named, dict) else {}).items():
        given = tuple(_tensors(value))
        if name == "mask" and any(tensor.name not in masks for tensor in given):
            beside = "is given a mask of its own"
        elif name != "mask" and given:
            beside = f"is given {printable(name)}"
    return tensors, beside or _of_states(tensors)


def _of_keras_2(node: list[Any], layer: LayerConfig) -> tuple[tuple[_Tensor, ...], str]:
    entries = [node] if _is_tensor(node) else node
    if not all(_is_tensor(entry) for entry in entries):
        raise _unknown(layer)
    tensors = tuple(_Tensor(entry[0], entry[2]) for entry in entries)
    named = [entry[3] for entry in entries if len(entry) > 3 and isinstance(entry[3], dict)]
    for name in ("initial_state", "constants", "mask"):
        if any(values.get(name) is not None for values in named):
            return tensors, f"is given {name}"
    return tensors, _of_states(tensors)


def _unknown(layer: LayerConfig) -> ModelError:
    return layer.error(f"it is not said in a known way what it reads, but {shown(layer.call)}")


def _of_states(tensors: Sequence[_Tensor]) -> str:
    return "reads states of another layer" if any(tensor.output for tensor in tensors) else ""


def _is_tensor(value: Any) -> bool:
    """Whether this is [name of a layer, which call of it, which output, ...]."""
    return (
        isinstance(value, list)
        and len(value) >= 3
        and isinstance(value[0], str)
        and all(isinstance(number, int) for number in value[1:3])
    )


def _tensors(value: Any) -> Iterator[_Tensor]:
    """Those of Keras 3, wherever they stand in a value."""
    match value:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": history}} if _is_tensor(history):
            yield _Tensor(history[0], history[2])
        case list():
            for item in value:
                yield from _tensors(item)
        case dict():
            for item in value.values():
                yield from _tensors(item)


def _masks(layers: Sequence[LayerConfig]) -> dict[str, str]:
    """The operations by which Keras 3 works out the masks of Embedding and Masking layers, which do so themselves here:
    operation -> the layer that is compared."""
    compared = set()
    for layer in layers:
        if layer.kind == "Embedding" and layer.config.get("mask_zero") is True:
            compared |= {(tensor.name, 0.0) for tensor in _inputs(layer, {})[0]}
        elif layer.kind == "Masking":
            compared |= {(tensor.name, layer.number("mask_value")) for tensor in _inputs(layer, {})[0]}
    found: dict[str, str] = {}
    for layer in layers:
        match layer.kind, layer.call:
            case "NotEqual", [{"args": [tensor, int() | float() as value]}]:
                source = next(_tensors(tensor), None)
                if source is not None and (source.name, value) in compared:
                    found[layer.name] = source.name
            case "Any", [{"args": [tensor]}]:
                source = next(_tensors(tensor), None)
                if source is not None and source.name in found:
                    found[layer.name] = found[source.name]
    return found
