"""How PyTorch, Keras and ONNX lay out the weights of a recurrent layer: the order of the gates, the biases, the names.

Numbers are moved and not worked with, but for two biases that are added; one of them is 0 in what is written here, so
that weights which go out come back the same.

    ours      W_i (units, inputs), U_i (units, units), b_i (units,), one array a gate
    PyTorch   gates under each other: i f g o; r z n. Two biases are added; only a GRU needs both, for c_n
    Keras     inputs in rows, gates side by side: i f g o; z r n. A GRU with reset after has its biases in two rows
    ONNX      gates under each other: i o f g; z r n; two biases as in PyTorch; peepholes for i o f
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Recurrent

Array = NDArray[np.floating]

# Cell, or operator of ONNX -> the letters of its gates in the order of the framework; "" where there is one equation.
TORCH_GATES = {"lstm": "ifgo", "lstm_projected": "ifgo", "gru_reset_after": "rzn", "elman": ""}
KERAS_GATES = {"lstm": "ifgo", "gru": "zrn", "gru_reset_after": "zrn", "elman": ""}
ONNX_GATES = {"LSTM": "iofg", "GRU": "zrn", "RNN": ""}
ONNX_PEEPHOLES = "iof"

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
    found = {"weight_ih": under_each_other("W", gates, own), "weight_hh": under_each_other("U", gates, own)}
    found["bias_ih"], found["bias_hh"] = two_biases(gates, own)
    if "V_h" in own:
        found["weight_hr"] = own["V_h"]
    return found


def keras_weights(cell: str, own: Mapping[str, Array]) -> dict[str, Array]:
    """One direction of a layer: our parameters -> kernel, recurrent_kernel, bias."""
    gates = KERAS_GATES[cell]
    biases = two_biases(gates, own)
    return {
        "kernel": under_each_other("W", gates, own).T,
        "recurrent_kernel": under_each_other("U", gates, own).T,
        "bias": np.stack(biases) if "c_n" in own else biases[0],
    }


def from_torch(cell: str, weight_ih: Array, weight_hh: Array, bias_ih: Array, bias_hh: Array) -> dict[str, Array]:
    """One direction of a layer -> our parameters, without V_h."""
    is_apart = cell == "gru_reset_after"
    return by_gate(TORCH_GATES[cell], weight_ih, weight_hh, (bias_ih, bias_hh), is_apart=is_apart)


def from_keras(cell: str, kernel: Array, recurrent_kernel: Array, bias: Array) -> dict[str, Array]:
    """One direction of a layer -> our parameters. bias : in two rows where the reset gate comes after the product"""
    biases = bias if bias.ndim == 2 else bias[None]
    return by_gate(KERAS_GATES[cell], kernel.T, recurrent_kernel.T, tuple(biases), is_apart=bias.ndim == 2)


def under_each_other(letter: str, gates: str, own: Mapping[str, Array]) -> Array:
    """Our parameters of one letter, such as W_i and W_f, as one array."""
    return np.concatenate([own[letter + suffix] for suffix in suffixes(gates)])


def two_biases(gates: str, own: Mapping[str, Array]) -> tuple[Array, Array]:
    """That of the inputs and that of the states, which is 0 but for the candidate n of a GRU: the last gate of it."""
    of_inputs = under_each_other("b", gates, own)
    of_states = np.zeros_like(of_inputs)
    if "c_n" in own:
        of_states[-len(own["c_n"]) :] = own["c_n"]
    return of_inputs, of_states


def by_gate(gates: str, W: Array, U: Array, biases: Sequence[Array], *, is_apart: bool) -> dict[str, Array]:
    """Our parameters from weights that have the gates under each other: views, but for the sum of two biases.

    W : (gates * units, inputs); U : (gates * units, outputs); biases : one or two, each (gates * units,)
    is_apart : whether those of the candidate n stay apart, b_n and c_n: the reset gate of a GRU comes between them
    """
    units = len(W) // len(suffixes(gates))
    found: dict[str, Array] = {}
    for k, suffix in enumerate(suffixes(gates)):
        rows = slice(k * units, (k + 1) * units)
        found |= {f"W{suffix}": W[rows], f"U{suffix}": U[rows]}
        parts = [bias[rows] for bias in biases]
        if is_apart and suffix == "_n":
            found["b_n"], found["c_n"] = parts
        else:
            with np.errstate(over="ignore", invalid="ignore"):  # weights may be infinite
                found[f"b{suffix}"] = parts[0] if len(parts) == 1 else parts[0] + parts[1]
    return found


def suffixes(gates: str) -> tuple[str, ...]:
    """What follows the letter in the name of a parameter, gate by gate: _i in W_i, nothing where there are no gates."""
    return tuple(f"_{gate}" for gate in gates) or ("",)
