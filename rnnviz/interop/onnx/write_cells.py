"""Which operator of ONNX a recurrent layer is, with its attributes, and its weights stacked as it wants them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Recurrent
from rnnviz.interop.framework_layout import ONNX_GATES, ONNX_PEEPHOLES, two_biases, under_each_other
from rnnviz.interop.onnx.bytes import AttributeValue
from rnnviz.scenario.errors import ScenarioError

Array = NDArray[np.floating]

_OPERATORS = {"elman": "RNN", "lstm": "LSTM", "lstm_peephole": "LSTM", "gru": "GRU", "gru_reset_after": "GRU"}
# The slots that one function of the operator stands for, in the order of its attribute `activations`.
_FUNCTIONS = {"RNN": (("h",),), "LSTM": (("i", "f", "o"), ("g",), ("h",)), "GRU": (("r", "z"), ("n",))}
_NAMES: Mapping[str, tuple[str, tuple[float, ...], tuple[float, ...]]] = {
    "tanh": ("Tanh", (), ()),
    "sigmoid": ("Sigmoid", (), ()),
    "relu": ("Relu", (), ()),
    "softsign": ("Softsign", (), ()),
    "softplus": ("Softplus", (), ()),
    "elu": ("Elu", (1.0,), ()),
    "linear": ("Affine", (1.0,), (0.0,)),
    "hard_sigmoid": ("HardSigmoid", (1.0 / 6.0,), (0.5,)),
    "hard_sigmoid_keras2": ("HardSigmoid", (0.2,), (0.5,)),
}
_DIRECTIONS = {"forward": "forward", "backward": "reverse", "both": "bidirectional"}


@dataclass(frozen=True, eq=False)
class Operator:
    name: str
    attributes: Mapping[str, AttributeValue]


def operator_of(layer: Recurrent) -> Operator:
    """Raises ScenarioError for a cell, or activations, that no operator of the standard has."""
    cell = layer.cell
    name = _OPERATORS.get(cell.name, "")
    if not name or cell != CELLS[cell.name] or layer.teacher_forcing:
        why = "is forced to its targets" if layer.teacher_forcing else f"is of the cell '{cell.name}'"
        raise _cannot(layer, f"it {why}, which no operator of the standard is")
    attributes: dict[str, AttributeValue] = {"hidden_size": layer.units, "direction": _DIRECTIONS[layer.direction]}
    if cell.name == "gru_reset_after":
        attributes["linear_before_reset"] = 1
    if layer.functions() != dict(cell.slots):
        attributes |= _activations(layer, name)
    return Operator(name, attributes)


def _activations(layer: Recurrent, operator: str) -> dict[str, AttributeValue]:
    functions = layer.functions()
    chosen = []
    for slots in _FUNCTIONS[operator]:
        names = {functions[slot] for slot in slots}
        if len(names) > 1:
            raise _cannot(layer, f"its gates {', '.join(slots)} have different activations")
        activation = names.pop()
        if activation not in _NAMES:
            raise _cannot(layer, f"the operators of the standard have no {activation}")
        chosen.append(_NAMES[activation])
    chosen = chosen * len(layer.directions)
    attributes: dict[str, AttributeValue] = {"activations": [name for name, _, _ in chosen]}
    alphas = [alpha for _, numbers, _ in chosen for alpha in numbers]
    betas = [beta for _, _, numbers in chosen for beta in numbers]
    return attributes | ({"activation_alpha": alphas} if alphas else {}) | ({"activation_beta": betas} if betas else {})


def stacked(layer: Recurrent, params: Mapping[str, Array]) -> dict[str, Array]:
    """W, R, B and, with peepholes, P. params : "layer.W_i", or with the direction, -> array"""
    gates = ONNX_GATES[_OPERATORS[layer.cell.name]]
    prefixes = [layer.prefix(direction) for direction in layer.directions]
    sides = [
        _one_side(gates, {name: params[prefix + name] for name in layer.cell.graph.parameters}) for prefix in prefixes
    ]
    return {name: np.stack([side[name] for side in sides]) for name in sides[0]}


def _one_side(gates: str, own: Mapping[str, Array]) -> dict[str, Array]:
    found = {
        "W": under_each_other("W", gates, own),
        "R": under_each_other("U", gates, own),
        "B": np.concatenate(two_biases(gates, own)),
    }
    if "p_i" in own:
        found["P"] = under_each_other("p", ONNX_PEEPHOLES, own)
    return found


def state_name(quantity: str) -> str:
    """Whether a carried quantity is the operator's h or c."""
    return "c" if quantity == "c" else "h"


def _cannot(layer: Recurrent, why: str) -> ScenarioError:
    return ScenarioError(f"cannot be written as ONNX: {why}", where=f"layer '{layer.name}'")
