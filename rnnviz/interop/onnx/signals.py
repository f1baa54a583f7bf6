"""What operators do to data, told as layers: a matrix is a dense layer, an index of time its last step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Direction, Merge, Recurrent
from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.model import Array
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.values import Atom, Dimension, Signal, Step, count_of
from rnnviz.scenario import limits


def cannot(node: Node, why: str) -> UnsupportedError:
    return UnsupportedError(f"cannot be shown: {why}", where=node.where)


def dimension_of(size: int) -> Dimension:
    return () if size == 1 else (Atom(size),)


def floats(array: NDArray[Any], node: Node) -> Array:
    """Weights as they will be: float64 and float32 as they are, half precision widened."""
    if array.dtype.kind != "f":
        raise ModelError(f"needs weights of floating point, not {array.dtype}", where=node.where)
    return array.astype(np.float32) if array.dtype == np.float16 else array


def width_of(signal: Signal) -> int | None:
    """How many units data has, None for an input whose size is open."""
    return count_of(signal.groups[-1] if signal.features is None else signal.features)


def with_units_last(signal: Signal, node: Node) -> Signal:
    """The data, if its last dimension is its units and nothing else."""
    if signal.is_state:
        raise cannot(node, "it reads the memory cell of a layer")
    if signal.is_logarithm:
        raise cannot(node, "it works on logarithms of probabilities")
    if not signal.groups:
        raise cannot(node, "it reads a single number")
    if signal.features is None:
        return replace(signal, features=signal.groups[-1])
    if signal.groups[-1] != signal.features:
        merged = set(signal.groups[-1]) - set(signal.features)
        why = "it reads several steps or sequences at once" if merged else "it does not read all units of a step"
        raise cannot(node, why)
    return signal


def dense(signal: Signal, matrix: Array, bias: Array, node: Node, reading: Reading, kind: str = "dense") -> Signal:
    """A dense layer behind data. matrix : (units, inputs)"""
    signal = with_units_last(signal, node)
    width = width_of(signal)
    if width is not None and width != matrix.shape[1]:
        message = f"the weights are for {matrix.shape[1]} inputs; '{node.inputs[0]}' has {width}"
        raise ModelError(message, where=node.where)
    units = dimension_of(len(matrix))
    layer = Dense(reading.name(node, kind), len(matrix), at="every step" if signal.at == "steps" else "last step")
    return replace(
        signal,
        chain=with_layer(closed(signal, node), Step(layer, {"V": matrix, "b": bias}), node),
        groups=(*signal.groups[:-1], units),
        features=units,
        at=signal.at if signal.at == "steps" else "answer",
        lane=None,
    )


def scaled(signal: Signal, scale: Array | None, shift: Array | None, node: Node, reading: Reading) -> Signal:
    """Units times and plus numbers, each (1,) or (units,): folded into a dense layer before, else one of its own."""
    signal = with_units_last(signal, node)
    if not _ends_linear(signal):
        width = width_of(signal) or max(1 if part is None else len(part) for part in (scale, shift))
        signal = _own_dense(signal, width, _dtype_of(scale, shift), node, reading)
    last = signal.chain[-1]
    matrix, bias = last.params["V"], last.params["b"]
    for part in (scale, shift):
        if part is not None and len(part) not in (1, len(bias)):
            raise ModelError(f"{len(part)} numbers do not fit {len(bias)} units", where=node.where)
    reading.take(bias.size + (0 if scale is None else matrix.size), node)
    if scale is not None:
        matrix, bias = matrix * scale[:, None], bias * scale
    if shift is not None:
        bias = bias + shift
    return _with_last(signal, replace(last, params={"V": matrix, "b": bias}))


def activated(signal: Signal, activation: str, node: Node, reading: Reading) -> Signal:
    """An activation on every unit: that of a dense layer before, else of one of its own that changes nothing."""
    signal = with_units_last(signal, node)
    if not _ends_linear(signal):
        width = width_of(signal)
        if width is None:
            raise cannot(node, "how many numbers it reads is open")
        signal = _own_dense(signal, width, np.dtype(np.float32), node, reading)
    last = signal.chain[-1]
    assert isinstance(last.layer, Dense)
    return _with_last(signal, replace(last, layer=replace(last.layer, activation=activation)))


def _ends_linear(signal: Signal) -> bool:
    layer = signal.chain[-1].layer if signal.chain else None
    return isinstance(layer, Dense) and layer.activation == "linear" and signal.at in ("steps", "answer", "last")


def _own_dense(signal: Signal, width: int, dtype: np.dtype[Any], node: Node, reading: Reading) -> Signal:
    reading.take(width * width, node)
    unity = np.eye(width, dtype=dtype)
    return dense(signal, unity, np.zeros(width, dtype), node, reading, node.operator.lower())


def _dtype_of(*parts: Array | None) -> np.dtype[Any]:
    return np.result_type(*(part for part in parts if part is not None))


def _with_last(signal: Signal, step: Step) -> Signal:
    return replace(signal, chain=(*signal.chain[:-1], step))


def with_layer(chain: tuple[Step, ...], step: Step, node: Node) -> tuple[Step, ...]:
    """The layers and one more, as many as a scenario may have."""
    if len(chain) >= limits.LAYERS:
        raise ModelError(f"more than {limits.LAYERS} layers follow each other", where=node.where)
    return (*chain, step)


def closed(signal: Signal, node: Node) -> tuple[Step, ...]:
    """The layers up to here, the last one such that what follows may read the steps that it reads."""
    if signal.is_input:
        return ()
    chain = _one_lane(signal) if signal.lane is not None else signal.chain
    last = chain[-1]
    match signal.at:
        case "last" if isinstance(last.layer, Dense):
            return (*chain[:-1], replace(last, layer=replace(last.layer, at="last step")))
        case "first":
            if not (isinstance(last.layer, Recurrent) and last.layer.direction == "backward"):
                raise cannot(node, "it reads the first step alone")
            return _ending(chain)
        case "final":
            return _ending(chain)
    return chain


def _ending(chain: tuple[Step, ...]) -> tuple[Step, ...]:
    """The last layer hands on the state that each direction reaches."""
    last = chain[-1]
    assert isinstance(last.layer, Recurrent)
    layer = replace(last.layer, returns="final", masked_output="hold")
    return (*chain[:-1], replace(last, layer=layer))


def _one_lane(signal: Signal) -> tuple[Step, ...]:
    """A layer of two directions of which one is left."""
    last = signal.chain[-1]
    assert isinstance(last.layer, Recurrent)
    direction: Direction = "backward" if signal.lane else "forward"
    layer = replace(last.layer, direction=direction)
    step = replace(last, layer=layer, params=_of(last.params, direction), initial=_of(last.initial, direction))
    return (*signal.chain[:-1], step)


def _of(arrays: Mapping[str, Array], direction: str) -> dict[str, Array]:
    prefix = f"{direction}."
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def both_directions(forward: Signal, backward: Signal, merge: Merge, node: Node) -> Signal:
    """Two directions made one: of one layer, or of two layers that read the same. The last dimension is their units."""
    pair = with_units_last(forward, node), with_units_last(backward, node)
    last = _joined_step(*pair, merge, node)
    at = _joined_at(forward, backward, last, node)
    features = _joined_features(pair[0], merge)
    return replace(
        forward,
        chain=(*forward.chain[:-1], last),
        groups=(*forward.groups[:-1], features),
        features=features,
        at=at,
        lane=None,
    )


def _joined_features(forward: Signal, merge: Merge) -> Dimension:
    units = forward.features or ()
    return (Atom(2), *units) if merge == "concat" else units


def _joined_at(forward: Signal, backward: Signal, last: Step, node: Node) -> Any:
    if forward.groups[:-1] != backward.groups[:-1]:
        raise cannot(node, "it joins data of different steps")
    if forward.at == backward.at:
        return forward.at
    ends = ("final",) if last.lengths is not None else ("final", "last")
    starts = ("final",) if last.lengths is not None else ("final", "first")
    if forward.at in ends and backward.at in starts:
        return "final"
    raise cannot(node, f"it joins the {forward.at} step of one direction and the {backward.at} one of the other")


def _joined_step(forward: Signal, backward: Signal, merge: Merge, node: Node) -> Step:
    one, other = forward.chain[-1], backward.chain[-1]
    if (forward.lane, backward.lane) == (0, 1) and one is other:
        assert isinstance(one.layer, Recurrent)
        return replace(one, layer=replace(one.layer, merge=merge))
    if (forward.lane, backward.lane) != (None, None) or not _are_a_pair(forward, backward):
        raise cannot(node, "it joins what are not the forward and the backward direction of one layer, in this order")
    assert isinstance(one.layer, Recurrent)
    return replace(
        one,
        layer=replace(one.layer, direction="both", merge=merge),
        params=_paired(one.params, other.params),
        initial=_paired(one.initial, other.initial),
    )


def _are_a_pair(forward: Signal, backward: Signal) -> bool:
    if forward.is_input or len(forward.chain) != len(backward.chain):
        return False
    if forward.source != backward.source:
        return False
    if any(one is not other for one, other in zip(forward.chain[:-1], backward.chain[:-1], strict=True)):
        return False
    one, other = forward.chain[-1], backward.chain[-1]
    if not isinstance(one.layer, Recurrent) or not isinstance(other.layer, Recurrent):
        return False
    same = replace(other.layer, name=one.layer.name, direction="forward") == one.layer
    return same and other.layer.direction == "backward" and one.lengths == other.lengths


def _paired(forward: Mapping[str, Array], backward: Mapping[str, Array]) -> dict[str, Array]:
    named = ("forward", forward), ("backward", backward)
    return {f"{direction}.{name}": array for direction, arrays in named for name, array in arrays.items()}


def selected(signal: Signal, axis: int, index: int, keeps: bool, node: Node, reading: Reading) -> Signal:
    """One index of a dimension: of time, of the directions, or of one that has only one. keeps : as a size of 1"""
    group = signal.groups[axis]
    groups = (*signal.groups[:axis], *(((),) if keeps else ()), *signal.groups[axis + 1 :])
    size = count_of(group)
    if size is not None and not -size <= index < size:
        raise ModelError(f"index {index} lies outside of a dimension of {size}", where=node.where)
    if not group:
        return replace(signal, groups=groups)
    if reading.is_time(group) and signal.at == "steps":
        if index == -1 or (size is not None and index == size - 1):
            return replace(signal, groups=groups, at="last")
        if index == 0:
            return replace(signal, groups=groups, at="first")
        raise cannot(node, "it takes out a single step that is neither the first nor the last")
    if _is_direction(signal, group):
        assert signal.features is not None
        return replace(signal, groups=groups, features=signal.features[1:], lane=index % 2)
    raise cannot(node, "it takes a part out of units, steps or sequences")


def _is_direction(signal: Signal, group: Dimension) -> bool:
    if not signal.chain or signal.lane is not None or not signal.features or group != signal.features[:1]:
        return False
    layer = signal.chain[-1].layer
    return isinstance(layer, Recurrent) and layer.direction == "both" and group[0].size == 2


def sliced(signal: Signal, axis: int, start: int, stop: int | None, node: Node, reading: Reading) -> Signal:
    """The indices from start to stop (None: the end) of a dimension; negative ones count from its end."""
    group = signal.groups[axis]
    size = count_of(group)
    if size is not None:
        start, stop = _from_front(start, size), size if stop is None else _from_front(stop, size)
        if stop - start == size:
            return signal
        if stop - start == 1:
            return selected(signal, axis, start, True, node, reading)
    elif start == 0 and stop is None:
        return signal
    elif (start, stop) == (-1, None):
        return selected(signal, axis, -1, True, node, reading)
    elif (start, stop) == (0, 1):
        return selected(signal, axis, 0, True, node, reading)
    if signal.features == group and _is_direction(signal, group[:1]) and count_of(group[1:]) == (stop or 0) - start:
        units = count_of(group[1:]) or 1
        if start in (0, units):
            groups = (*signal.groups[:axis], group[1:], *signal.groups[axis + 1 :])
            return replace(signal, groups=groups, features=group[1:], lane=start // units)
    raise cannot(node, "it takes a part out of units, steps or sequences")


def _from_front(index: int, size: int) -> int:
    return min(max(index + size if index < 0 else index, 0), size)
