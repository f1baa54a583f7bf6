"""RNN, LSTM and GRU with every attribute of the standard (operator sets 7 to 22) -> recurrent layers.

Weights of all gates lie stacked: W (D, G * H, inputs), R (D, G * H, H), B (D, 2 * G * H) with both biases, P (D, 3 * H)
for i, o, f; D is 2 where a layer runs in both directions. Past the end of a sequence the standard hands out 0 and keeps
the state, and the reverse direction begins at the end of each sequence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from rnnviz.engine.network import MAX_SIZE, Direction, Recurrent
from rnnviz.interop.errors import ModelError
from rnnviz.interop.framework_layout import ONNX_GATES, ONNX_PEEPHOLES, by_gate, suffixes
from rnnviz.interop.model import Array
from rnnviz.interop.onnx.cells import CellSpec, ChosenCell, Function, Kind, cell_of, read_functions, shortest
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.signals import cannot, closed, dimension_of, floats, width_of, with_layer
from rnnviz.interop.onnx.states import initial_of, is_batch_first, lengths_of
from rnnviz.interop.onnx.values import Atom, Dimension, Refused, Signal, Step, Value
from rnnviz.scenario import limits

MOST_LAYERS = limits.LAYERS
DIRECTIONS: dict[str, Direction] = {"forward": "forward", "reverse": "backward", "bidirectional": "both"}
_DEFAULTS = {"RNN": ("Tanh",), "LSTM": ("Sigmoid", "Tanh", "Tanh"), "GRU": ("Sigmoid", "Tanh")}
_INPUTS = ("X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c", "P")


@dataclass(frozen=True, eq=False)
class _Weights:
    W: Array
    R: Array
    B: Array | None
    P: Array | None

    @property
    def units(self) -> int:
        return int(self.R.shape[2])


def recurrent(node: Node, values: list[Value | None], reading: Reading) -> list[Value]:
    """Y, Y_h and, of an LSTM, Y_c. Raises ModelError for weights that do not fit, UnsupportedError for other data."""
    inputs = dict(zip(_INPUTS, values, strict=False))
    kind = cast(Kind, node.operator)
    direction = DIRECTIONS.get(node.text("direction", "forward"))
    if direction is None:
        raise ModelError(f"direction must be {', '.join(DIRECTIONS)}", where=node.where)
    sides = 2 if direction == "both" else 1
    if len(reading.recurrent) >= MOST_LAYERS:
        raise ModelError(f"more than {MOST_LAYERS} recurrent layers; such a file is not read", where=node.where)
    weights = _weights(node, inputs, kind, sides, reading)
    x = _data(node, inputs.get("X"), weights, reading)
    chosen = cell_of(_spec(node, kind, sides, weights, reading), reading.cells)
    time, batch = _axes(node, x, reading)
    lengths = lengths_of(node, inputs.get("sequence_lens"), time, reading)
    layer = Recurrent(
        reading.name(node, kind.lower()),
        chosen.cell,
        weights.units,
        direction=direction,
        activations=chosen.activations,
        constants=chosen.constants,
        masked_output="hold" if lengths is None else "zero",
    )
    step = Step(
        layer,
        _params(kind, weights, chosen, layer.directions),
        initial_of(node, inputs, layer, reading),
        lengths,
    )
    _warn(node, kind, reading)
    return _outputs(node, x, step, time, batch, reading)


def _weights(node: Node, inputs: Mapping[str, Value | None], kind: str, sides: int, reading: Reading) -> _Weights:
    found = {name: _known(node, name, inputs.get(name), reading) for name in "WRBP"}
    if found["W"] is None or found["R"] is None:
        raise ModelError("needs the weights W and R", where=node.where)
    units = _units(node, found["R"])
    gates = len(suffixes(ONNX_GATES[kind]))
    rows = gates * units
    wanted: dict[str, tuple[int | None, ...]] = {
        "W": (sides, rows, None),
        "R": (sides, rows, units),
        "B": (sides, 2 * rows),
        "P": (sides, 3 * units),
    }
    for name, shape in wanted.items():
        array = found[name]
        if array is not None and not _has_shape(array, shape):
            _refuse_shape(node, name, array, shape, gates)
    if found["W"].shape[2] < 1:
        raise ModelError(f"'{node.inputs[1]}' (W) has the shape {found['W'].shape}: no inputs", where=node.where)
    if found["P"] is not None and kind != "LSTM":
        raise ModelError(f"{kind} has no peepholes", where=node.where)
    return _Weights(found["W"], found["R"], found["B"], found["P"])


def _units(node: Node, recurrent_weights: Array) -> int:
    units = node.integer("hidden_size", recurrent_weights.shape[2] if recurrent_weights.ndim == 3 else 0)
    if not 1 <= units <= MAX_SIZE:
        raise ModelError(f"hidden_size is {units}; it must be from 1 to {MAX_SIZE:,}", where=node.where)
    return units


def _has_shape(array: Array, shape: tuple[int | None, ...]) -> bool:
    pairs = zip(array.shape, shape, strict=False)
    return array.ndim == len(shape) and all(there == wanted or wanted is None for there, wanted in pairs)


def _refuse_shape(node: Node, name: str, array: Array, shape: tuple[int | None, ...], gates: int) -> None:
    factor = f"{gates} * hidden_size" if gates > 1 else "hidden_size"
    meaning = {
        "W": f"(directions, {factor}, input)",
        "R": f"(directions, {factor}, hidden_size)",
        "B": f"(directions, {2 * gates} * hidden_size)",
        "P": "(directions, 3 * hidden_size)",
    }[name]
    sizes = ", ".join("input" if size is None else str(size) for size in shape)
    message = f"{name} must be {meaning}, here ({sizes}); '{node.inputs[_INPUTS.index(name)]}' is {array.shape}"
    raise ModelError(message, where=node.where)


def _known(node: Node, name: str, value: Value | None, reading: Reading) -> Any:
    match value:
        case None:
            return None
        case np.ndarray():
            reading.take(value.size if value.dtype == np.float16 else 0, node)
            return floats(value, node)
        case Refused():
            raise value.error
    raise cannot(node, f"its {name} is worked out from the inputs")


def _data(node: Node, value: Value | None, weights: _Weights, reading: Reading) -> Signal:
    """X, whose three dimensions are time and batch, in either order, and the inputs of a step."""
    inputs = weights.W.shape[2]
    match value:
        case Signal(at="steps", is_state=False):
            signal = value
        case Signal():
            raise cannot(node, "it reads one answer, or a state, as if it were a sequence")
        case Refused(error) if reading.leaves_out:
            reading.note(f"What comes before {node.where} is left out ({error}); the inputs are what that layer reads.")
            axes = Atom(), Atom()
            signal = Signal(node.inputs[0], (), ((axes[0],), (axes[1],), dimension_of(inputs)))
        case Refused():
            raise value.error
        case _:
            raise cannot(node, "its X is no input of the model")
    if len(signal.groups) != 3:
        message = f"X must have 3 dimensions; '{node.inputs[0]}' has {len(signal.groups)}"
        raise ModelError(message, where=node.where)
    if signal.features is not None and signal.groups[2] != signal.features:
        raise cannot(node, "it does not read all units of the layer before as its inputs")
    width = width_of(signal)
    if width is not None and width != inputs:
        message = (
            f"W must be (directions, rows, input), and is {weights.W.shape}; '{node.inputs[0]}' has {width} inputs"
        )
        raise ModelError(message, where=node.where)
    return signal


def _axes(node: Node, x: Signal, reading: Reading) -> tuple[Dimension, Dimension]:
    """The dimensions that are time and batch; the first layer decides which axes of the input these are."""
    time, batch = (x.groups[1], x.groups[0]) if is_batch_first(node) else (x.groups[0], x.groups[1])
    if len(time) > 1 or len(batch) > 1:
        raise cannot(node, "its steps or sequences are several axes merged into one")
    if time:
        reading.time = reading.time or time[0]
        if time != (reading.time,):
            raise cannot(node, "it takes another axis for time than the layer before")
    if batch:
        reading.batch = reading.batch or batch[0]
        if batch != (reading.batch,):
            raise cannot(node, "it takes another axis for the sequences than the layer before")
    if not time:
        reading.note("The file was made for one step at a time; here its layers are run over a sequence.")
    return time, batch


def _spec(node: Node, kind: Kind, sides: int, weights: _Weights, reading: Reading) -> CellSpec:
    clip = node.number("clip", math.inf)
    if not clip > 0:
        raise ModelError(f"clip is {clip:g}; it must be greater than 0", where=node.where)
    is_clipped = clip < 1e30  # a larger bound is none
    return CellSpec(
        kind,
        _functions(node, kind, sides, reading),
        clip=shortest(clip) if is_clipped else 0.0,
        peepholes=weights.P is not None,
        coupled=kind == "LSTM" and node.integer("input_forget", 0) != 0,
        resets_after=kind == "GRU" and node.integer("linear_before_reset", 0) != 0,
    )


def _functions(node: Node, kind: Kind, sides: int, reading: Reading) -> tuple[tuple[Function, ...], ...]:
    count = len(_DEFAULTS[kind])
    names = node.texts("activations") or _DEFAULTS[kind] * sides
    if len(names) != count * sides:
        message = f"has {len(names)} activations; in {sides} direction(s) it needs {count * sides}"
        raise ModelError(message, where=node.where)
    alphas, betas = (tuple(map(shortest, node.numbers(f"activation_{which}"))) for which in ("alpha", "beta"))
    found = read_functions(names, alphas, betas, node.where)
    if not alphas and "thresholdedrelu" in (function.name for function in found):
        reading.note(f"{node.where}: ThresholdedRelu without alpha begins at 1, as the standard says.")
    return tuple(found[side * count : (side + 1) * count] for side in range(sides))


def _params(kind: str, weights: _Weights, chosen: ChosenCell, directions: tuple[str, ...]) -> dict[str, Array]:
    params: dict[str, Array] = {}
    for side, direction in enumerate(directions):
        prefix = f"{direction}." if len(directions) > 1 else ""
        own = _params_of(kind, weights, side, "c_n" in chosen.cell.graph.parameters)
        own |= {
            name: np.full(weights.units, values[side], weights.W.dtype) for name, values in chosen.selectors.items()
        }
        params |= {prefix + name: own[name] for name in chosen.cell.graph.parameters}
    return params


def _params_of(kind: str, weights: _Weights, side: int, is_apart: bool) -> dict[str, Array]:
    """All that one direction has, by our names. is_apart : the reset gate acts on the product"""
    W, R = weights.W[side], weights.R[side]
    both = np.zeros(2 * len(W), W.dtype) if weights.B is None else weights.B[side]
    found = by_gate(ONNX_GATES[kind], W, R, np.split(both, 2), is_apart=is_apart)
    if weights.P is not None:
        parts = np.split(weights.P[side], len(ONNX_PEEPHOLES))
        found |= {f"p{suffix}": part for suffix, part in zip(suffixes(ONNX_PEEPHOLES), parts, strict=True)}
    return found


def _warn(node: Node, kind: str, reading: Reading) -> None:
    is_before = node.integer("linear_before_reset", 0) == 0
    if kind == "GRU" and is_before and "pytorch" in reading.producer.lower():
        reading.note(
            f"{node.where} resets before the product (linear_before_reset 0), and PyTorch's GRU resets after it: some "
            "versions export that wrongly. Compare with sample outputs, or import the state dict."
        )


def _outputs(node: Node, x: Signal, step: Step, time: Dimension, batch: Dimension, reading: Reading) -> list[Value]:
    assert isinstance(step.layer, Recurrent)
    units = dimension_of(step.layer.units)
    sides: Dimension = (Atom(2),) if step.layer.direction == "both" else ()
    chain = with_layer(closed(x, node), step, node)
    features = (*sides, *units)
    if is_batch_first(node):
        all_steps, ends = (batch, time, sides, units), (batch, sides, units)
    else:
        all_steps, ends = (time, sides, batch, units), (sides, batch, units)
    y = Signal(x.source, chain, all_steps, features)
    y_h = Signal(x.source, chain, ends, features, at="final")
    y_c = Signal(x.source, chain, ends, features, at="final", is_state=True)
    reading.recurrent.append(y)
    return [y, y_h, y_c]
