"""Activations by the names that Keras gives them, and cells with those that the engine has no function for.

Many of these can be written by the functions that there are: relu6(z) = relu(z) - relu(z - 6). A cell in which one
takes the place of tanh or sigmoid is a cell with one more equation, z, and that text in place of the function.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rnnviz.engine.activations import NAMES
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.interop.names import printable
from rnnviz.scenario.errors import shown

_SAME = ("linear", "tanh", "sigmoid", "relu", "softmax", "elu", "softplus", "softsign", "hard_tanh", "exponential")
_CALL = re.compile(r"\b(tanh|sigmoid)\(")


@dataclass(frozen=True)
class Function:
    """
    name : of the engine's function; of a written one, what cells with it are called
    text : how it is written with the engine's functions of {z}, "" where it is one of them
    """

    name: str
    text: str = ""


_WRITTEN = {
    "relu6": "relu({z}) - relu({z} - 6)",
    "selu": "1.0507009873554805 * relu({z}) + 1.7580993408473766 * (elu({z}) - relu({z}))",
    "silu": "{z} * sigmoid({z})",
    "hard_silu": "{z} * hard_sigmoid({z})",
    "mish": "{z} * tanh(softplus({z}))",
    "tanh_shrink": "{z} - tanh({z})",
    "soft_shrink": "relu({z} - 0.5) - relu(-{z} - 0.5)",
    "log_sigmoid": "-softplus(-{z})",
}
_ALIASES = {"swish": "silu", "hard_swish": "hard_silu", "celu": "elu"}


def function_of(value: Any, keras: int) -> Function | str:
    """The activation in a configuration written by version `keras` of Keras; a text says what is not known."""
    match value:
        case None:
            return Function("linear")
        case str():
            return _named(value, keras)
        case {"class_name": "function", "config": str() as name}:
            registered = value.get("registered_name") or "function"
            return _named(name, keras) if registered in ("function", name) else f"by the function {printable(name)}"
        case {"class_name": str() as kind, "config": dict() as config}:
            return layer_function(kind, config)
        case {"class_name": str() as kind}:
            return f"by {printable(kind)}"
    return f"by {shown(value)}"


def layer_function(kind: str, config: Mapping[str, Any]) -> Function | str:
    """The activation that a layer of its own works out."""
    unknown = f"by {printable(kind)} with settings of its own"
    match kind:
        case "LeakyReLU":
            slope = config.get("negative_slope", config.get("alpha", 0.3))
            return _leaky(slope) if isinstance(slope, int | float) and 0 <= slope <= 1 else unknown
        case "ReLU":
            if config.get("max_value") is None and not any(config.get(key) for key in ("negative_slope", "threshold")):
                return Function("relu")
            return unknown
        case "ELU":
            return Function("elu") if config.get("alpha", 1.0) == 1.0 else unknown
        case "Softmax":
            return Function("softmax") if config.get("axis", -1) in (-1, [-1]) else unknown
    return f"by {printable(kind)}"


def _named(name: str, keras: int) -> Function | str:
    name = _ALIASES.get(name, name)
    if name in _SAME:
        return Function(name)
    if name == "hard_sigmoid":
        return Function("hard_sigmoid" if keras >= 3 else "hard_sigmoid_keras2")
    if name == "leaky_relu":
        return _leaky(0.2)
    if name in _WRITTEN:
        return Function(name, _WRITTEN[name])
    return f"by the activation {printable(name)}"


def _leaky(slope: float) -> Function:
    if slope == 0:
        return Function("relu")
    label = f"{slope:.6g}".replace(".", "_").replace("-", "m").replace("+", "")
    return Function(f"leaky_relu_{label}", f"relu({{z}}) - {float(slope)!r} * relu(-{{z}})")


def settings(cell: Cell, functions: Mapping[str, Function]) -> tuple[Cell, dict[str, str]]:
    """The cell with these functions in its slots, and the activations that a layer of it has to set."""
    written = tuple(sorted((slot, function) for slot, function in functions.items() if function.text))
    set_ = {
        slot: function.name
        for slot, function in functions.items()
        if not function.text and function.name != cell.slots[slot]
    }
    return (_written(cell.name, written) if written else cell), set_


@lru_cache(maxsize=64)
def _written(name: str, functions: tuple[tuple[str, Function], ...]) -> Cell:
    cell = CELLS[name]
    texts = dict(functions)
    lines = []
    for line in cell.equations.strip().splitlines():
        equation, _, meaning = (part.strip() for part in line.partition("#"))
        quantity = equation.split(" ", 1)[0]
        function = texts.get(quantity)
        lines += [line.strip()] if function is None else _line(quantity, equation, meaning, function.text)
    label = "_".join(dict.fromkeys(function.name for _, function in functions))
    slots = "_".join(slot for slot, _ in functions)
    return Cell(
        name=f"{cell.name}_{label}_{slots}",
        title=f"{cell.title} with {label.replace('_', ' ')}",
        equations="\n".join(lines),
        output=cell.output,
        source=cell.source,
    )


def _line(name: str, equation: str, meaning: str, text: str) -> list[str]:
    """The equation of a quantity with another function in it, after one for what the function is of."""
    match = _CALL.search(equation)
    assert match is not None  # every slot of the cells that Keras has is one of these two
    end = _closing(equation, match.end())
    operand = equation[match.end() : end]
    before = [] if operand.isidentifier() else [f"{name}_in = {operand}  # {meaning}, before its activation"]
    z = operand if operand.isidentifier() else f"{name}_in"
    return [*before, f"{equation[: match.start()]}({text.format(z=z)}){equation[end + 1 :]}  # {meaning}"]


def _closing(text: str, begin: int) -> int:
    """Where the bracket closes that was opened before `begin`."""
    depth = 1
    for place in range(begin, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError(text)


def is_of_the_engine(function: Function) -> bool:
    return not function.text and function.name in NAMES
