"""Layers of Keras one after the other -> the engine's network, with the shapes of all weights checked on the way.

Keras hands on the outputs of a layer with go_backwards in the order in which they were worked out, so that the layers
after it see time reversed. Here time is never turned round: those layers read in the other direction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Direction, Embedding, Layer, Masking, Network, Pool, Recurrent
from rnnviz.interop.framework_layout import from_keras
from rnnviz.interop.keras.activations import settings
from rnnviz.interop.keras.config import LayerConfig
from rnnviz.interop.keras.layers import (
    Activated,
    Entrance,
    Flattened,
    Lookup,
    Nothing,
    NotShownError,
    Padding,
    Pooled,
    Readout,
    Recurrence,
    Spec,
    input_shape,
)
from rnnviz.interop.keras.weights import Weights
from rnnviz.interop.model import Precision, check_size
from rnnviz.interop.names import printable
from rnnviz.interop.weights.tensor import Array, Tensor, least_exact

MOST_IDENTITY = 1_024

# The slots of a cell that Keras' `activation` goes to; `recurrent_activation` goes to the others.
_SLOTS = {"lstm": ("g", "h"), "gru": ("n",), "elman": ("h",)}


@dataclass(frozen=True)
class Taken:
    """Weights of the file, and what they become: "lstm.W_i" -> array."""

    weights: tuple[Tensor, ...]
    params: Callable[..., dict[str, Array]]


@dataclass
class Builder:
    """The network so far, and how what the last layer hands on differs from what it is in Keras.

    name : what the next layer is to be called
    width : how many numbers a step has, 0 where that is not known yet
    is_sequence : whether there still is one answer for each step
    is_reversed : whether Keras has these steps in reversed order
    swapped : where the two halves stand the other way round in Keras, how many numbers each has
    """

    weights: Weights
    name: str = ""
    inputs: int = 0
    width: int = 0
    steps: int = 0
    sequences: int = 0
    is_sequence: bool = True
    is_masked: bool = False
    is_reversed: bool = False
    swapped: int = 0
    layers: list[Layer] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, layer: LayerConfig, spec: Spec) -> None:
        """Raises NotShownError, where this layer cannot be shown here, and ModelError."""
        self.name = name
        if not self.layers and not isinstance(spec, Entrance):
            said = input_shape(layer)
            if said is not None:
                self._enter(said)
        match spec:
            case Entrance():
                self._enter(spec)
            case Lookup():
                self._look_up(layer, spec)
            case Padding():
                self._mask(layer, spec)
            case Recurrence():
                self._recur(layer, spec)
            case Readout():
                self._read_out(layer, spec)
            case Activated():
                self._activate(spec)
            case Pooled():
                self._pool(spec)
            case Nothing(note):
                self.notes += [note] if note else []
            case Flattened():
                if self.is_sequence:
                    raise NotShownError("puts all steps into one row of numbers")

    def network(self) -> Network:
        """Raises NotShownError, ModelError, and EngineError for what does not fit together."""
        if self.swapped:
            raise NotShownError("hands on its backward half before its forward one")
        if self.is_sequence and self.is_reversed:
            self.notes.append("Keras hands out the outputs in reversed order; here each stands at its own step.")
        network = Network(self.inputs, tuple(self.layers))
        check_size(network)
        return network

    @property
    def precision(self) -> Precision:
        """Of the weights, the least exact one."""
        return least_exact(tensor for taken in self.taken for tensor in taken.weights)

    def _enter(self, entrance: Entrance) -> None:
        shape = entrance.shape
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] is None):
            raise NotShownError(f"takes inputs of shape {_shape(shape)}, not steps of numbers")
        self.steps, self.sequences = shape[0] or 0, entrance.sequences
        self.width = shape[1] or 0 if len(shape) == 2 else -1

    def _begin(self, width: int) -> None:
        """The first layer that reads numbers says how many."""
        if not self.layers:
            if self.width == -1:
                raise NotShownError("reads one row of numbers, not a sequence")
            self.width = self.width or width
            self.inputs = self.width

    def _look_up(self, layer: LayerConfig, spec: Lookup) -> None:
        if self.layers or self.width > 0:
            raise NotShownError("does not read one id a step")
        name = self.name
        (embeddings,) = self.weights.of(layer, "", 1)
        _check(layer, embeddings, "embeddings", (spec.vocabulary, spec.size))
        self.inputs, self.width, self.is_masked = 1, spec.size, spec.mask_zero
        self.layers.append(Embedding(name, spec.vocabulary, spec.size, mask_zero=spec.mask_zero))
        self.taken.append(Taken((embeddings,), lambda array: {f"{name}.E": array}))

    def _mask(self, layer: LayerConfig, spec: Padding) -> None:
        if self.is_masked:
            raise NotShownError("puts its own padding in the place of another one")
        self.is_masked = True
        if not self.layers:
            if self.width <= 0:
                raise layer.error("it is not said how many numbers a step has")
            self.inputs = self.width
        value = float(np.float32(spec.value))  # as the inputs of Keras are compared with it
        self.layers.append(Masking(self.name, value))

    def _recur(self, layer: LayerConfig, spec: Recurrence) -> None:
        if not self.is_sequence:
            raise NotShownError("reads one answer for the whole sequence")
        if self.is_masked and self.is_reversed:
            raise NotShownError("reads steps in reversed order with a mask that is not reversed")
        lanes = [self.weights.of(layer, place, 2 + spec.has_bias) for place in spec.places]
        self._begin(lanes[0][0].shape[0] if len(lanes[0][0].shape) == 2 else 0)
        is_after = _is_reset_after(spec, lanes[0])
        for lane in lanes:
            self._check_lane(layer, spec, lane, is_after)
        is_backward = spec.is_backwards != self.is_reversed
        record = self._recurrent(spec, is_after, is_backward)
        if record.masked_output == "zero" and is_backward and not spec.returns_sequences and self.is_masked:
            raise NotShownError("hands on zero at padding from its end")
        order = lanes[::-1] if is_backward and len(lanes) == 2 else lanes
        for direction, lane in zip(record.directions, order, strict=True):
            self._take(record, direction, spec, lane, is_after)
        self.layers.append(record)
        self._hand_on(spec, is_backward)
        self.notes += spec.notes
        if spec.is_backwards and len(lanes) == 1:
            self.notes.append(f"{printable(layer.name)} reads each sequence from its end (go_backwards).")

    def _recurrent(self, spec: Recurrence, is_after: bool, is_backward: bool) -> Recurrent:
        base = CELLS["gru_reset_after" if spec.kind == "gru" and is_after else spec.kind]
        own = _SLOTS[spec.kind]
        functions = {slot: spec.activation if slot in own else spec.gates for slot in base.slots}
        cell, activations = settings(base, functions)
        directions: tuple[Direction, ...] = ("forward", "backward")
        return Recurrent(
            self.name,
            cell,
            spec.units,
            direction="both" if len(spec.places) == 2 else directions[is_backward],
            merge=spec.merge,
            activations=activations,
            returns="sequence" if spec.returns_sequences else "final",
            masked_output="zero" if spec.is_zero_at_padding else "hold",
        )

    def _check_lane(self, layer: LayerConfig, spec: Recurrence, lane: Sequence[Tensor], is_after: bool) -> None:
        rows = spec.units * spec.gate_count
        _check(layer, lane[0], "kernel", (self.width, rows))
        _check(layer, lane[1], "recurrent_kernel", (spec.units, rows))
        if spec.has_bias:
            _check(layer, lane[2], "bias", _bias_shape(spec, is_after))

    def _take(
        self, record: Recurrent, direction: str, spec: Recurrence, lane: tuple[Tensor, ...], is_after: bool
    ) -> None:
        prefix, swapped = record.prefix(direction), self.swapped

        def params(kernel: Array, recurrent: Array, bias: Array | None = None) -> dict[str, Array]:
            bias = np.zeros(_bias_shape(spec, is_after), kernel.dtype) if bias is None else bias
            found = from_keras(spec.kind, _unswapped(kernel, swapped), recurrent, bias)
            return {prefix + name: array for name, array in found.items()}

        self.taken.append(Taken(lane, params))

    def _hand_on(self, spec: Recurrence, is_backward: bool) -> None:
        both = len(spec.places) == 2
        self.width = spec.units * (2 if both and spec.merge == "concat" else 1)
        self.swapped = spec.units if both and spec.merge == "concat" and is_backward else 0
        self.is_sequence = spec.returns_sequences
        self.is_reversed = is_backward and spec.returns_sequences

    def _read_out(self, layer: LayerConfig, spec: Readout) -> None:
        name, swapped = self.name, self.swapped
        weights = self.weights.of(layer, spec.place, 1 + spec.has_bias)
        self._begin(weights[0].shape[0] if len(weights[0].shape) == 2 else 0)
        _check(layer, weights[0], "kernel", (self.width, spec.units))
        if spec.has_bias:
            _check(layer, weights[1], "bias", (spec.units,))

        def params(kernel: Array, bias: Array | None = None) -> dict[str, Array]:
            bias = np.zeros(spec.units, kernel.dtype) if bias is None else bias
            return {f"{name}.V": _unswapped(kernel, swapped).T, f"{name}.b": bias}

        self.layers.append(
            Dense(name, spec.units, spec.activation.name, at="every step" if self.is_sequence else "last step")
        )
        self.taken.append(Taken(weights, params))
        self.width, self.swapped = spec.units, 0

    def _activate(self, spec: Activated) -> None:
        """An activation is part of a readout; where none stands before it, of one whose matrix is the identity."""
        function = spec.activation.name
        before = self.layers[-1] if self.layers else None
        if function == "linear":
            return
        if isinstance(before, Dense) and before.activation == "linear":
            self.layers[-1] = replace(before, activation=function)
            return
        if not 0 < self.width <= MOST_IDENTITY:
            raise NotShownError(f"activates more than {MOST_IDENTITY:,} numbers by themselves")
        self.inputs = self.inputs or self.width
        name, width = self.name, self.width
        at: Any = "every step" if self.is_sequence else "last step"
        self.layers.append(Dense(name, width, function, at=at))
        identity = {f"{name}.V": np.eye(width, dtype=np.float32), f"{name}.b": np.zeros(width, np.float32)}
        self.taken.append(Taken((), lambda: identity))
        self.notes.append(f"{name} is an activation alone, shown as a readout whose matrix is the identity.")

    def _pool(self, spec: Pooled) -> None:
        if not self.is_sequence:
            raise NotShownError("pools what is one answer already")
        if self.is_masked and (spec.kind == "max" or self.is_reversed):
            raise NotShownError("takes padding for steps")
        if not self.layers:
            raise NotShownError("comes first")
        self.layers.append(Pool(self.name, spec.kind))
        self.is_sequence, self.is_reversed = False, False


def _bias_shape(spec: Recurrence, is_after: bool) -> tuple[int, ...]:
    rows = spec.units * spec.gate_count
    return (2, rows) if spec.kind == "gru" and is_after else (rows,)


def _is_reset_after(spec: Recurrence, lane: Sequence[Tensor]) -> bool:
    """As said, else as the bias has it, which is in two rows then; else as Keras has it where nothing is said."""
    if spec.reset_after is not None:
        return spec.reset_after
    return len(lane[2].shape) == 2 if spec.has_bias else True


def _unswapped(kernel: Array, half: int) -> Array:
    """The rows for what comes from each direction, in the engine's order."""
    return np.concatenate([kernel[half:], kernel[:half]]) if half else kernel


def _check(layer: LayerConfig, weight: Tensor, what: str, shape: tuple[int, ...]) -> None:
    if weight.shape != shape:
        raise layer.error(f"the {what} has shape {weight.shape}, where the configuration needs {shape}")


def _shape(shape: tuple[int | None, ...]) -> str:
    return f"({', '.join('any' if side is None else str(side) for side in shape)})"
