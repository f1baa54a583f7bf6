"""An ONNX model of one recurrent layer, written byte by byte: ONNX Runtime runs it, and nothing else is needed.

The form is that of onnx.proto (field numbers beside the names); only what one node needs is here.
"""

from __future__ import annotations

import numpy as np

# The order of ONNX's gates, and what its node is called.
GATES = {"elman": ("",), "gru_reset_after": ("_z", "_r", "_n"), "lstm": ("_i", "_o", "_f", "_g")}
NODES = {"elman": "RNN", "gru_reset_after": "GRU", "lstm": "LSTM"}
FLOAT, INT = 1, 2


def recurrent_model(cell: str, params: dict[str, np.ndarray], steps: int) -> bytes:
    """The model: "X" (steps, 1, inputs) to "Y" (steps, 1, 1, units), float32; parameters as "cell.W_i"."""

    def stacked(kind: str) -> np.ndarray:
        return np.concatenate([params[f"cell.{kind}{gate}"] for gate in GATES[cell]])[None]

    W, U, b = stacked("W"), stacked("U"), stacked("b")
    c = np.zeros_like(b)
    if cell == "gru_reset_after":
        c[0, -len(params["cell.c_n"]) :] = params["cell.c_n"]
    units, inputs = U.shape[2], W.shape[2]
    arrays = {"W": W, "R": U, "B": np.concatenate([b, c], axis=1)}
    attributes = {"hidden_size": units} | ({"linear_before_reset": 1} if cell == "gru_reset_after" else {})
    node = b"".join(_bytes(1, name.encode()) for name in ("X", *arrays)) + _bytes(2, b"Y")
    node += _bytes(4, NODES[cell].encode())
    for name, value in attributes.items():
        node += _bytes(5, _bytes(1, name.encode()) + _number(3, value) + _number(20, INT))
    graph = _bytes(1, node) + _bytes(2, b"layer")
    graph += b"".join(_bytes(5, _tensor(name, values)) for name, values in arrays.items())
    graph += _bytes(11, _shape("X", (steps, 1, inputs))) + _bytes(12, _shape("Y", (steps, 1, 1, units)))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 17))  # ir_version, graph, opset_import


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _tensor(name: str, values: np.ndarray) -> bytes:
    dims = b"".join(_number(1, size) for size in values.shape)
    return dims + _number(2, FLOAT) + _bytes(8, name.encode()) + _bytes(9, values.astype("<f4").tobytes())


def _shape(name: str, shape: tuple[int, ...]) -> bytes:
    dims = b"".join(_bytes(1, _number(1, size)) for size in shape)
    return _bytes(1, name.encode()) + _bytes(2, _bytes(1, _number(1, FLOAT) + _bytes(2, dims)))
