"""An ONNX model of one recurrent layer alone, for ONNX Runtime to be timed with."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Recurrent
from rnnviz.interop.onnx.bytes import NewNode, NewSlot, model_bytes
from rnnviz.interop.onnx.write_cells import operator_of, stacked


def recurrent_model(cell: str, params: dict[str, np.ndarray], steps: int) -> bytes:
    """The model: "X" (steps, 1, inputs) to "Y" (steps, 1, 1, units), float32; parameters as "cell.W_i"."""
    units = len(next(array for name, array in params.items() if name.startswith("cell.b")))
    layer = Recurrent("cell", CELLS[cell], units)
    weights = stacked(layer, {name: array.astype(np.float32) for name, array in params.items()})
    operator = operator_of(layer)
    return model_bytes(
        [NewNode(operator.name, ["X", "W", "R", "B"], ["Y"], operator.attributes)],
        weights,
        [NewSlot("X", (steps, 1, weights["W"].shape[2]))],
        [NewSlot("Y", (steps, 1, 1, units))],
    )
