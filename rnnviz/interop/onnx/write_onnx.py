"""A network as an ONNX file, operator set 17: recurrent layers as RNN, LSTM and GRU, steps and sequences left open.

    x        (time, batch, features), or ids (time, batch) as int64 for a network that begins with an embedding
    lengths  (batch,), int32, where the scenario has padding: the real steps of each sequence, which come first
    y        (time, batch, outputs), or (batch, outputs) where the network answers once

Weights are float32, since ONNX Runtime runs these operators in float32 alone; float64 is rounded to it. First states
that are not zero are constants, and fix the batch.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rnnviz
from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Pool, Recurrent
from rnnviz.interop.onnx.bytes import AttributeValue, NewNode, NewSlot, model_bytes
from rnnviz.interop.onnx.write_cells import operator_of, stacked, state_name
from rnnviz.interop.programs.sample import reads_on
from rnnviz.interop.samples import is_one_answer
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import write_bytes

OPSET = 17
_ACTIVATIONS: Mapping[str, tuple[str, dict[str, AttributeValue]]] = {
    "tanh": ("Tanh", {}),
    "sigmoid": ("Sigmoid", {}),
    "relu": ("Relu", {}),
    "softsign": ("Softsign", {}),
    "softplus": ("Softplus", {}),
    "elu": ("Elu", {"alpha": 1.0}),
    "exponential": ("Exp", {}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": 1.0 / 6.0, "beta": 0.5}),
    "hard_sigmoid_keras2": ("HardSigmoid", {"alpha": 0.2, "beta": 0.5}),
    "softmax": ("Softmax", {"axis": -1}),
}


def write_onnx(scenario: Scenario, path: str | os.PathLike[str]) -> None:
    """Raises ScenarioError, naming layer and reason, for what ONNX's operators cannot say."""
    write_bytes(onnx_bytes(scenario), path)


def onnx_files(scenario: Scenario, _name: str) -> dict[str, bytes]:
    """As `rnnviz.interop.export` asks for it."""
    return {".onnx": onnx_bytes(scenario)}


def onnx_bytes(scenario: Scenario) -> bytes:
    """The content of the file."""
    return _Writer(scenario).file()


class _Writer:
    """The graph as it grows: `self._now` is what the layers so far hand on."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario, self._network = scenario, scenario.network
        self._nodes: list[NewNode] = []
        self._tensors: dict[str, NDArray[Any]] = {}
        self._at_end = is_one_answer(self._network)
        self._is_padded = _is_padded(scenario)
        self._is_sequence = True  # until the last step is taken
        self._now = "x"
        self._batch: int | str = "batch"

    def file(self) -> bytes:
        for index, layer in enumerate(self._network.layers):
            self._layer(index, layer)
        if self._at_end and self._is_sequence:
            self._take_last("output")
        self._nodes.append(NewNode("Identity", [self._now], ["y"], name="/output/Identity"))
        return model_bytes(
            self._nodes, self._tensors, self._inputs(), [self._output()], OPSET, ("rnnviz", rnnviz.__version__)
        )

    def _inputs(self) -> list[NewSlot]:
        x = NewSlot("x", ("time", self._batch, self._network.inputs))
        if isinstance(self._network.layers[0], Embedding):
            x = NewSlot("x", ("time", self._batch), "<i8")
        return [x] + [NewSlot("lengths", (self._batch,), "<i4")] * self._is_padded

    def _output(self) -> NewSlot:
        steps = ("time",) if self._is_sequence else ()
        return NewSlot("y", (*steps, self._batch, self._network.output_size))

    # --- layers -----------------------------------------------------------------------------------------------------

    def _layer(self, index: int, layer: Layer) -> None:
        match layer:
            case Embedding(name=name):
                self._now = self._add(name, "Gather", [self._weights(f"{name}.E"), self._now], axis=0)
            case Masking():
                pass  # the padding that it finds is said by the lengths
            case Recurrent():
                self._recurrent(index, layer)
            case Dense():
                if self._at_end and self._is_sequence and not reads_on(self._network, index):
                    self._take_last(layer.name)
                self._dense(layer)
            case Pool():
                self._pool(index, layer)

    def _dense(self, layer: Dense) -> None:
        matrix = self._constant(f"{layer.name}.V", self._narrowed(f"{layer.name}.V").T)
        product = self._add(layer.name, "MatMul", [self._now, matrix])
        self._now = self._add(layer.name, "Add", [product, self._weights(f"{layer.name}.b")])
        match layer.activation:
            case "linear":
                return
            case "hard_tanh":
                bounds = [self._constant(f"{layer.name}.{bound:+d}", np.float32(bound)) for bound in (-1, 1)]
                self._now = self._add(layer.name, "Clip", [self._now, *bounds])
            case "hard":
                zero = self._constant(f"{layer.name}.0", np.float32(0))
                self._now = self._add(layer.name, "Cast", [self._add(layer.name, "Greater", [self._now, zero])], to=1)
            case activation:
                operator, attributes = _ACTIVATIONS[activation]
                self._now = self._add(layer.name, operator, [self._now], **attributes)

    def _recurrent(self, index: int, layer: Recurrent) -> None:
        operator = operator_of(layer)
        weights = stacked(layer, {name: self._narrowed(name) for name in self._names(layer)})
        inputs = [self._now, "", "", "", "lengths" * self._is_padded, *self._first_states(layer)]
        for place, name in ((1, "W"), (2, "R"), (3, "B"), (7, "P")):
            if name in weights:
                inputs += [""] * (place + 1 - len(inputs))
                inputs[place] = self._constant(f"{layer.name}.{name}", weights[name])
        while not inputs[-1]:
            inputs.pop()
        y, y_h = f"{layer.name}.Y", f"{layer.name}.Y_h"
        self._nodes.append(
            NewNode(operator.name, inputs, [y, y_h], operator.attributes, name=f"/{layer.name}/{operator.name}")
        )
        is_taken = self._at_end and not reads_on(self._network, index)
        if layer.returns == "final" and layer.direction != "forward" and not is_taken:
            raise _cannot(layer.name, "its final state goes into every step of the next layer")
        is_held = self._is_padded and layer.masked_output == "hold"
        if layer.returns == "final" and layer.direction != "forward" and self._is_padded and not is_held:
            raise _cannot(layer.name, "its final state is 0 where the last step is padding")
        is_end = layer.returns == "final" or (is_held and layer.direction == "forward")
        if is_taken and is_end and (is_held or not self._is_padded):
            self._now, self._is_sequence = self._side_by_side(layer, y_h, steps=False), False
            return
        if is_held and not reads_on(self._network, index):
            y = self._held(layer, y, y_h, inputs)
        self._now = self._side_by_side(layer, y, steps=True)

    def _held(self, layer: Recurrent, y: str, y_h: str, inputs: Sequence[str]) -> str:
        """Y with its last state at padding in place of 0; backward, padding comes first and has the first state."""
        sides = [1.0 if direction == "forward" else 0.0 for direction in layer.directions]
        forward = np.array(sides, np.float32)[:, None, None]
        filling = self._add(layer.name, "Mul", [y_h, self._constant(f"{layer.name}.is_forward", forward)])
        if len(inputs) > 5 and inputs[5]:
            first = self._constant(f"{layer.name}.first_backward", self._tensors[inputs[5]] * (1 - forward))
            filling = self._add(layer.name, "Add", [filling, first])
        return self._add(layer.name, "Where", [self._real([1, 3]), y, filling])

    def _real(self, axes: list[int]) -> str:
        """Where there is no padding, (time, batch) with more dimensions at `axes`."""
        zero, one = self._constant_ints("zero", 0), self._constant_ints("one", 1)
        steps = self._add("real", "Gather", [self._add("real", "Shape", ["x"]), zero], axis=0)
        counted = self._add("real", "Range", [zero, steps, one])
        column = self._add("real", "Unsqueeze", [counted, self._constant_ints("axis_1", [1])])
        is_real = self._add("real", "Less", [column, self._add("real", "Cast", ["lengths"], to=7)])
        name = "axes_" + "_".join(map(str, axes))
        return self._add("real", "Unsqueeze", [is_real, self._constant_ints(name, axes)])

    def _side_by_side(self, layer: Recurrent, stacked_directions: str, steps: bool) -> str:
        """The directions merged: (time, directions, batch, units) to (time, batch, outputs), or without steps."""
        axis = 1 if steps else 0
        if layer.direction != "both":
            return self._add(layer.name, "Squeeze", [stacked_directions, self._constant_ints(f"axis_{axis}", [axis])])
        if layer.merge == "concat":
            order = [0, 2, 1, 3] if steps else [1, 0, 2]
            turned = self._add(layer.name, "Transpose", [stacked_directions], perm=order)
            shape = [0, 0, -1] if steps else [0, -1]
            return self._add(layer.name, "Reshape", [turned, self._constant_ints(f"shape_{len(shape)}", shape)])
        sides = [
            self._add(layer.name, "Gather", [stacked_directions, self._constant_ints(f"index_{side}", side)], axis=axis)
            for side in (0, 1)
        ]
        merged = self._add(layer.name, "Mul" if layer.merge == "mul" else "Add", sides)
        if layer.merge != "mean":
            return merged
        return self._add(layer.name, "Mul", [merged, self._constant("half", np.float32(0.5))])

    def _pool(self, index: int, layer: Pool) -> None:
        if not self._at_end or reads_on(self._network, index):
            raise _cannot(layer.name, "it pools anew at every step")
        axes, entering = self._constant_ints("axis_0", [0]), self._now
        if self._is_padded:
            filling = self._constant(f"{layer.name}.filling", np.float32(-np.inf if layer.kind == "max" else 0.0))
            entering = self._add(layer.name, "Where", [self._real([2]), entering, filling])
        if layer.kind == "max":
            self._now = self._add(layer.name, "ReduceMax", [entering], axes=[0], keepdims=0)
        elif layer.kind == "mean" and not self._is_padded:
            self._now = self._add(layer.name, "ReduceMean", [entering], axes=[0], keepdims=0)
        else:
            self._now = self._add(layer.name, "ReduceSum", [entering, axes], keepdims=0)
        if layer.kind == "mean" and self._is_padded:
            count = self._add(layer.name, "Cast", ["lengths"], to=1)
            column = self._add(layer.name, "Unsqueeze", [count, self._constant_ints("axis_1", [1])])
            self._now = self._add(layer.name, "Div", [self._now, column])
        self._is_sequence = False

    def _take_last(self, name: str) -> None:
        index = self._constant_ints("index_last", -1)
        self._now, self._is_sequence = self._add(name, "Gather", [self._now, index], axis=0), False

    def _first_states(self, layer: Recurrent) -> list[str]:
        """initial_h and initial_c, each "" where it is zero."""
        batch = self._scenario.inputs.shape[1]
        found = {"h": "", "c": ""}
        for quantity in layer.cell.graph.carried:
            names = [layer.prefix(direction) + quantity for direction in layer.directions]
            states = [
                np.broadcast_to(self._scenario.initial.get(name, np.zeros(1)), (batch, layer.units)) for name in names
            ]
            if any(state.any() for state in states):
                self._batch = batch
                found[state_name(quantity)] = self._constant(
                    f"{layer.name}.first_{quantity}", np.stack(states).astype(np.float32)
                )
        return [found["h"], found["c"]]

    # --- the graph --------------------------------------------------------------------------------------------------

    def _add(self, layer: str, operator: str, inputs: Sequence[str], **attributes: AttributeValue) -> str:
        """An operator of a layer; returns the name of what it gives."""
        output = f"{layer}.{operator}"
        taken = {name for node in self._nodes for name in node.outputs} | self._tensors.keys()
        while output in taken:
            output += "_"
        name = f"/{layer}/{output.removeprefix(f'{layer}.')}"
        self._nodes.append(NewNode(operator, inputs, [output], attributes, name=name))
        return output

    def _names(self, layer: Recurrent) -> list[str]:
        return [
            layer.prefix(direction) + name for direction in layer.directions for name in layer.cell.graph.parameters
        ]

    def _weights(self, name: str) -> str:
        return self._constant(name, self._narrowed(name))

    def _constant(self, name: str, array: NDArray[np.generic] | np.generic) -> str:
        self._tensors[name] = np.asarray(array)
        return name

    def _constant_ints(self, name: str, numbers: list[int] | int) -> str:
        return self._constant(name, np.asarray(numbers, np.int64))

    def _narrowed(self, name: str) -> NDArray[np.float32]:
        array = self._scenario.params[name]
        with np.errstate(over="ignore"):
            narrow = array.astype(np.float32)
        if np.isinf(narrow).any() and not np.array_equal(np.isinf(narrow), np.isinf(array)):
            raise ScenarioError("has numbers that are too large for float32, which ONNX Runtime needs", where=name)
        return narrow


def _is_padded(scenario: Scenario) -> bool:
    """Whether there may be padding. Raises ScenarioError where it does not come last, which lengths cannot say."""
    first = next((layer for layer in scenario.network.layers if isinstance(layer, Masking)), None)
    words = scenario.network.layers[0]
    steps = len(scenario.inputs)
    real = np.ones(scenario.inputs.shape[:2], np.bool_)
    if scenario.lengths is not None:
        real &= np.arange(steps)[:, None] < np.asarray(scenario.lengths)
    if isinstance(words, Embedding) and words.mask_zero:
        real &= scenario.inputs[..., 0] != 0
    if first is not None and scenario.network.layers[0] is not first:
        raise _cannot(first.name, "it masks by what another layer hands on")
    if first is not None:
        real &= np.any(scenario.inputs != first.value, axis=-1)
    if np.any(real[1:] & ~real[:-1]):
        raise ScenarioError(
            "cannot be written as ONNX: there is padding before real steps, and lengths cannot say that"
        )
    finds_padding = first is not None or (isinstance(words, Embedding) and words.mask_zero)
    return finds_padding or not real.all()


def _cannot(layer: str, why: str) -> ScenarioError:
    return ScenarioError(f"cannot be written as ONNX: {why}", where=f"layer '{layer}'")
