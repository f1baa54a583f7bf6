"""How PyTorch and Keras lay out the weights of a recurrent layer: the order of the gates, the biases, the names.

Numbers are moved and never worked with, so that weights which go out and come back are the same bit for bit.

    ours      W_i (units, inputs), U_i (units, units), b_i (units,), one array a gate
    PyTorch   gates under each other: i f g o; r z n. Two biases are added; only a GRU needs both, for c_n
    Keras     inputs in rows, gates side by side: i f g o; z r n. A GRU with reset after has its biases in two rows
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Recurrent

Array = NDArray[np.floating]

# Cell -> the letters of its gates in the order of the framework; "" for a cell with one equation.
TORCH_GATES = {"lstm": "ifgo", "lstm_projected": "ifgo", "gru_reset_after": "rzn", "elman": ""}
KERAS_GATES = {"lstm": "ifgo", "gru": "zrn", "gru_reset_after": "zrn", "elman": ""}

_SIGMOIDS = ("i", "f", "o", "r", "z")


def torch_class(layer: Recurrent) -> str:
    """The class of torch.nn that does the same as a layer, "" where there is none."""
    functions, slots = layer.functions(), layer.cell.slots
    if layer.teacher_forcing or layer.cell != CELLS.get(layer.cell.name):
        return ""
    match layer.cell.name:
        case "elman" if functions["h"] in ("tanh", "relu"):
            return "RNN"
        case "lstm" if functions == slots:
            return "LSTM"
        case "lstm_projected" if functions == slots and layer.outputs < layer.units:
            return "LSTM"
        case "gru_reset_after" if functions == slots:
            return "GRU"
    return ""


def keras_class(layer: Recurrent) -> str:
    """The class of keras.layers that does the same as a layer, "" where there is none."""
    functions = layer.functions()
    if layer.teacher_forcing or layer.cell != CELLS.get(layer.cell.name):
        return ""
    if layer.cell.name == "elman":
        return "SimpleRNN"
    gates = {function for slot, function in functions.items() if slot in _SIGMOIDS}
    others = {function for slot, function in functions.items() if slot not in _SIGMOIDS}
    if layer.cell.name not in KERAS_GATES or len(gates) > 1 or len(others) > 1:
        return ""
    return "LSTM" if layer.cell.name == "lstm" else "GRU"


def torch_weights(cell: str, own: Mapping[str, Array]) -> dict[str, Array]:
    """One direction of a layer: our parameters -> weight_ih, weight_hh, bias_ih, bias_hh, weight_hr."""
    gates = TORCH_GATES[cell]
    found = {
        "weight_ih": _under_each_other(_letters("W", gates), own),
        "weight_hh": _under_each_other(_letters("U", gates), own),
        "bias_ih": _under_each_other(_letters("b", gates), own),
    }
    found["bias_hh"] = np.zeros_like(found["bias_ih"])
    if "c_n" in own:
        found["bias_hh"][-len(own["c_n"]) :] = own["c_n"]
    if "V_h" in own:
        found["weight_hr"] = own["V_h"]
    return found


def keras_weights(cell: str, own: Mapping[str, Array]) -> dict[str, Array]:
    """One direction of a layer: our parameters -> kernel, recurrent_kernel, bias."""
    gates = KERAS_GATES[cell]
    bias = _under_each_other(_letters("b", gates), own)
    if "c_n" in own:
        recurrent = np.zeros_like(bias)
        recurrent[-len(own["c_n"]) :] = own["c_n"]
        bias = np.stack([bias, recurrent])
    return {
        "kernel": _under_each_other(_letters("W", gates), own).T,
        "recurrent_kernel": _under_each_other(_letters("U", gates), own).T,
        "bias": bias,
    }


def _letters(letter: str, gates: str) -> list[str]:
    return [f"{letter}_{gate}" for gate in gates] or [letter]


def _under_each_other(names: Iterable[str], own: Mapping[str, Array]) -> Array:
    return np.concatenate([own[name] for name in names])
