"""The cell of an ONNX operator: a built-in one, or equations of its own for what only the standard's attributes say.

The functions of the standard in the engine's terms, z the net input, a and b the standard's alpha and beta:

    Affine           a z + b                          LeakyRelu         relu(z) - a relu(-z)
    ScaledTanh       a tanh(b z)                      ThresholdedRelu   z hard(z - a)
    HardSigmoid      hard_sigmoid(6 a z + 6 b - 3)    Elu               relu(z) + a (elu(z) - relu(z))
    clip to [-k, k]  k hard_tanh(z / k), of the net input
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.interop.errors import ModelError

Kind = Literal["RNN", "LSTM", "GRU"]


@dataclass(frozen=True)
class Function:
    """An activation of the standard; alpha and beta are 0 where it has none."""

    name: str
    alpha: float = 0.0
    beta: float = 0.0


@dataclass(frozen=True)
class CellSpec:
    """
    functions : for each direction those of the operator: gates, candidate and output of an LSTM, gates and candidate
        of a GRU, the one of an RNN
    clip : the bound of net inputs, 0 where there is none
    coupled : the forget gate is 1 - the input gate (input_forget)
    resets_after : the reset gate acts on the product (linear_before_reset)
    """

    kind: Kind
    functions: tuple[tuple[Function, ...], ...]
    clip: float = 0.0
    peepholes: bool = False
    coupled: bool = False
    resets_after: bool = False


@dataclass(frozen=True, eq=False)
class ChosenCell:
    """
    cell : built in, or one of `OwnCells`
    activations, constants : as `Recurrent` takes them
    selectors : parameter -> its number in each direction
    """

    cell: Cell
    activations: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    selectors: Mapping[str, tuple[float, ...]] = field(default_factory=dict)


def shortest(value: float) -> float:
    """0.2 was meant where the file has the float32 next to it."""
    return float(str(np.float32(value)))


class OwnCells:
    """The cells of their own in one file, each kept once: onnx_lstm, onnx_lstm_2, ..."""

    def __init__(self) -> None:
        self._cells: dict[str, Cell] = {}

    def cell(self, kind: Kind, equations: str, constants: tuple[str, ...]) -> Cell:
        if equations not in self._cells:
            number = sum(cell.title.startswith(kind) for cell in self._cells.values()) + 1
            self._cells[equations] = Cell(
                name=f"onnx_{kind.lower()}" + (f"_{number}" if number > 1 else ""),
                title=f"{kind} with attributes of ONNX",
                equations=equations,
                constants=dict.fromkeys(constants, 1.0),
                source=f"ONNX, operator {kind}",
            )
        return self._cells[equations]


_PLAIN = {"relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "softsign": "softsign", "softplus": "softplus"}
# Where alpha and beta make one of the engine's own functions of it.
_SPECIAL = {
    Function("affine", 1.0, 0.0): "linear",
    Function("elu", 1.0): "elu",
    Function("hardsigmoid", 0.2, 0.5): "hard_sigmoid_keras2",
    Function("hardsigmoid", shortest(1 / 6), 0.5): "hard_sigmoid",
}
# Whether a function takes alpha and beta, and what they are by default; None where the standard has no default.
_TAKES: dict[str, tuple[tuple[float | None, ...], tuple[float | None, ...]]] = {
    "affine": ((None,), (None,)),
    "scaledtanh": ((None,), (None,)),
    "hardsigmoid": ((0.2,), (0.5,)),
    "leakyrelu": ((0.01,), ()),
    "thresholdedrelu": ((1.0,), ()),
    "elu": ((1.0,), ()),
    **dict.fromkeys(_PLAIN, ((), ())),
}
FUNCTION_NAMES = (
    "Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign, Softplus"
)

# Which of an operator's functions stands where, by the slot of the built-in cell.
_SLOTS: dict[Kind, dict[str, int]] = {
    "RNN": {"h": 0},
    "LSTM": {"i": 0, "f": 0, "o": 0, "g": 1, "h": 2},
    "GRU": {"r": 0, "z": 0, "n": 1},
}
_ROLES: dict[Kind, tuple[str, ...]] = {
    "RNN": ("",),
    "LSTM": ("_gate", "_candidate", "_output"),
    "GRU": ("_gate", "_candidate"),
}


def read_functions(
    names: tuple[str, ...], alphas: tuple[float, ...], betas: tuple[float, ...], where: str
) -> tuple[Function, ...]:
    """The functions of an operator, in all directions. Each takes the next alpha and beta if it needs one.

    Raises ModelError for unknown names, and numbers that are missing or not finite.
    """
    left = list(alphas), list(betas)
    found = []
    for name in names:
        key = name.lower()
        if key not in _TAKES:
            raise ModelError(f"unknown activation '{name}'; the standard has {FUNCTION_NAMES}", where=where)
        numbers = [
            _next(rest, default, f"{name} needs activation_{which}", where)
            for which, rest, defaults in zip(("alpha", "beta"), left, _TAKES[key], strict=True)
            for default in defaults
        ]
        found.append(Function(key, *numbers))
    return tuple(found)


def _next(rest: list[float], default: float | None, needs: str, where: str) -> float:
    value = rest.pop(0) if rest else default
    if value is None:
        raise ModelError(f"{needs}, which the file does not have", where=where)
    if not math.isfinite(value):
        raise ModelError(f"{needs}, and {value} is none", where=where)
    return value


def cell_of(spec: CellSpec, own: OwnCells) -> ChosenCell:
    """The built-in cell with other activations where these can say it, else a cell of its own, from `own`."""
    names = [plain_name(function) for function in spec.functions[0]]
    is_plain = not spec.clip and not spec.coupled and len(set(spec.functions)) == 1
    if is_plain and all(names):
        cell = CELLS[_built_in(spec)]
        wanted = {slot: names[index] for slot, index in _SLOTS[spec.kind].items()}
        return ChosenCell(cell, {slot: name for slot, name in wanted.items() if cell.slots[slot] != name})
    return _Writer(spec).chosen(own)


def plain_name(function: Function) -> str:
    """The engine's own function that it is, "" where it is none."""
    return _PLAIN.get(function.name) or _SPECIAL.get(function, "")


def _built_in(spec: CellSpec) -> str:
    match spec.kind:
        case "RNN":
            return "elman"
        case "LSTM":
            return "lstm_peephole" if spec.peepholes else "lstm"
        case "GRU":
            return "gru_reset_after" if spec.resets_after else "gru"


class _Writer:
    """Writes the equations of a cell, and gathers the constants and selectors that they need."""

    def __init__(self, spec: CellSpec) -> None:
        self._spec = spec
        self._constants: dict[str, float] = {}
        self._selectors: dict[str, tuple[float, ...]] = {}
        if spec.clip:
            self._constants |= {"clip": spec.clip, "unclip": 1.0 / spec.clip}

    def chosen(self, own: OwnCells) -> ChosenCell:
        lines = {"RNN": self._elman, "LSTM": self._lstm, "GRU": self._gru}[self._spec.kind]()
        cell = own.cell(self._spec.kind, "\n".join(lines), tuple(self._constants))
        return ChosenCell(cell, {}, self._constants, self._selectors)

    def _elman(self) -> list[str]:
        return [self._net("h", "W @ x + U @ h_prev + b", "hidden state"), self._line("h", "", 0, "hidden state")]

    def _lstm(self) -> list[str]:
        spec, c_i, c_o = self._spec, "", ""
        if spec.peepholes:
            c_i, c_o = " + p_i * c_prev", " + p_o * c"
        lines = [
            self._net("g", "W_g @ x + U_g @ h_prev + b_g", "candidate"),
            self._line("g", "net_g", 1, "candidate"),
            self._net("i", f"W_i @ x + U_i @ h_prev{c_i} + b_i", "input gate"),
            self._line("i", "net_i", 0, "input gate"),
        ]
        if spec.coupled:
            lines += ["f = 1 - i    # forget gate, coupled to the input gate"]
        else:
            lines += [
                self._net("f", f"W_f @ x + U_f @ h_prev{c_i.replace('_i', '_f')} + b_f", "forget gate"),
                self._line("f", "net_f", 0, "forget gate"),
            ]
        return [
            *lines,
            "c = f * c_prev + i * g    # memory cell",
            self._net("o", f"W_o @ x + U_o @ h_prev{c_o} + b_o", "output gate"),
            self._line("o", "net_o", 0, "output gate"),
            f"h = o * ({self._applied('c', 2)})    # hidden state",
        ]

    def _gru(self) -> list[str]:
        n = "W_n @ x + U_n @ (r * h_prev) + b_n"
        if self._spec.resets_after:
            n = "W_n @ x + b_n + r * (U_n @ h_prev + c_n)"
        return [
            self._net("r", "W_r @ x + U_r @ h_prev + b_r", "reset gate"),
            self._line("r", "net_r", 0, "reset gate"),
            self._net("z", "W_z @ x + U_z @ h_prev + b_z", "update gate"),
            self._line("z", "net_z", 0, "update gate"),
            self._net("n", n, "candidate"),
            self._line("n", "net_n", 1, "candidate"),
            "h = (1 - z) * n + z * h_prev    # hidden state",
        ]

    def _net(self, letter: str, text: str, meaning: str) -> str:
        if self._spec.clip:
            return f"net_{letter} = clip * hard_tanh(unclip * ({text}))    # net input of the {meaning}, at most clip"
        return f"net_{letter} = {text}    # net input of the {meaning}"

    def _line(self, letter: str, net: str, function: int, meaning: str) -> str:
        different = "" if self._is_shared(function) else ", of each direction its own"
        return f"{letter} = {self._applied(net or f'net_{letter}', function)}    # {meaning}{different}"

    def _is_shared(self, index: int) -> bool:
        return len({functions[index] for functions in self._spec.functions}) == 1

    def _applied(self, z: str, index: int) -> str:
        """Function `index` of the operator on z; two of them and a selector where directions differ."""
        role = _ROLES[self._spec.kind][index]
        if self._is_shared(index):
            return self._function(self._spec.functions[0][index], z, role)
        self._selectors |= {"q_forward": (1.0, 0.0), "q_backward": (0.0, 1.0)}
        forward, backward = (functions[index] for functions in self._spec.functions)
        one = self._function(forward, z, f"{role}_forward")
        other = self._function(backward, z, f"{role}_backward")
        return f"q_forward * ({one}) + q_backward * ({other})"

    def _function(self, function: Function, z: str, role: str) -> str:
        plain = plain_name(function)
        if plain:
            return f"{plain}({z})"
        a, b = f"alpha{role}", f"beta{role}"
        match function.name:
            case "affine":
                self._constants |= {a: function.alpha, b: function.beta}
                return f"{a} * {z} + {b}"
            case "scaledtanh":
                self._constants |= {a: function.alpha, b: function.beta}
                return f"{a} * tanh({b} * {z})"
            case "hardsigmoid":
                self._constants |= {a: 6.0 * function.alpha, b: 6.0 * function.beta - 3.0}
                return f"hard_sigmoid({a} * {z} + {b})"
        self._constants[a] = function.alpha
        match function.name:
            case "leakyrelu":
                return f"relu({z}) - {a} * relu(-{z})"
            case "thresholdedrelu":
                return f"{z} * hard({z} - {a})"
            case _:
                return f"relu({z}) + {a} * (elu({z}) - relu({z}))"
