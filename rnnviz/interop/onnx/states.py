"""What a recurrent operator is given beside its weights: how long sequences are, and the states before them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnviz.engine.network import Recurrent
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Array
from rnnviz.interop.onnx.messages import Node
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.signals import cannot, floats
from rnnviz.interop.onnx.values import Dimension, Filled, Refused, Signal, Size, Sizes, Value, number_of


def lengths_of(node: Node, value: Value | None, time: Dimension, reading: Reading) -> tuple[int, ...] | str | None:
    """How long each sequence is; None where all have all steps, the name of an input that says it."""
    match value:
        case None:
            return None
        case np.ndarray() if value.ndim == 1 and value.dtype.kind in "iu" and 0 < value.size <= 65_536:
            numbers = tuple(int(length) for length in value)
            if any(length < 0 for length in numbers):
                raise ModelError("sequence_lens has negative numbers", where=node.where)
            return None if time and set(numbers) == {time[0].size} else numbers
        case Signal(is_input=True):
            reading.note(f"The length of each sequence comes from the input '{value.source}'; here all have all steps.")
            return value.source
        case Filled(value=length) if time and length == time[0].size:
            return None
        case Sizes(values=(Size() as size,)) if size == Size(time):
            return None
        case Refused():
            raise value.error
    raise cannot(node, "its sequence_lens are worked out from the inputs")


def initial_of(node: Node, inputs: Mapping[str, Value | None], layer: Recurrent, reading: Reading) -> dict[str, Array]:
    """Carried quantity -> (N, units), where the first state is a constant that is not zero."""
    found: dict[str, Array] = {}
    for name, quantity in (("initial_h", "h"), ("initial_c", "c")):
        array = _first_state(node, name, inputs.get(name), layer.units, reading)
        if array is None or not array.any():
            continue
        sides = array.swapaxes(0, 1) if is_batch_first(node) else array
        if len(sides) != len(layer.directions):
            raise ModelError(f"{name} is for {len(sides)} directions", where=node.where)
        for direction, state in zip(layer.directions, sides, strict=True):
            key = f"{direction}.{quantity}" if layer.direction == "both" else quantity
            found[key] = state
    return found


def _first_state(node: Node, name: str, value: Value | None, units: int, reading: Reading) -> Array | None:
    match value:
        case None:
            return None
        case np.ndarray() | Filled(value=0.0):
            shape = value.shape
            if len(shape) != 3 or number_of(shape[2]) not in (units, None):
                sizes = ", ".join(str(number_of(size) or "?") for size in shape)
                raise ModelError(f"{name} has the shape ({sizes}); {units} units are needed", where=node.where)
            return floats(value, node) if isinstance(value, np.ndarray) else None
        case Signal(is_input=True):
            _note_input(value.source, reading)
            return None
        case Refused(part_of=source) if source:
            _note_input(source, reading)
            return None
        case Refused():
            raise value.error
    raise cannot(node, f"its {name} is worked out from the inputs")


def _note_input(source: str, reading: Reading) -> None:
    reading.note(f"The first state comes from the input '{source}'; here it is zero, and can be typed.")


def is_batch_first(node: Node) -> bool:
    """Whether the batch is the first dimension of X, Y and states."""
    layout = node.integer("layout", 0)
    if layout not in (0, 1):
        raise ModelError(f"layout is {layout}; it must be 0 or 1", where=node.where)
    return layout == 1
