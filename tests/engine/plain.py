"""A second way to run a cell: its graph, walked node by node for one step after another, with nothing fused.

It shares no code with rnnviz.engine.plan, kernel, run and backward; only the parsed equations are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from rnnviz.engine.expression import (
    Activation,
    Constant,
    Minus,
    Negative,
    Node,
    Number,
    Parameter,
    Plus,
    Product,
    Times,
    Variable,
)
from rnnviz.engine.network import Network, Recurrent

Arrays = Mapping[str, np.ndarray]
# (quantity, step from 1, value (N, size)) -> what takes its place before anything reads it.
Change = Callable[[str, int, np.ndarray], np.ndarray]

FUNCTIONS = {
    "linear": lambda z: z,
    "tanh": lambda z: (np.exp(2 * np.clip(z, -20, 20)) - 1) / (np.exp(2 * np.clip(z, -20, 20)) + 1),
    "sigmoid": lambda z: np.exp(-np.logaddexp(0.0, -z)),
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "hard": lambda z: np.where(z > 0, 1.0, 0.0),
    "hard_sigmoid": lambda z: np.minimum(1.0, np.maximum(0.0, (z + 3.0) / 6.0)),
    "hard_sigmoid_keras2": lambda z: np.minimum(1.0, np.maximum(0.0, (z + 2.5) / 5.0)),
    "hard_tanh": lambda z: np.where(np.abs(z) < 1, z, np.sign(z)),
    "softsign": lambda z: np.sign(z) - np.sign(z) / (1 + np.abs(z)),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "softplus": lambda z: np.log(1 + np.exp(-np.abs(z))) + np.maximum(z, 0),
    "exponential": np.exp,
}


def value_of(node: Node, now: Arrays, before: Arrays, params: Arrays, layer: Recurrent) -> np.ndarray:
    """An expression for all sequences of one step, (N, size) or what broadcasts to it."""

    def visit(node: Node) -> np.ndarray:
        match node:
            case Number(number):
                return np.array(number)
            case Constant(name):
                return np.array({**layer.cell.constants, **layer.constants}[name])
            case Parameter(name):
                return params[name]
            case Variable(name, previous):
                return before[name] if previous else now[name]
            case Product(matrix, vector):
                return np.einsum("ij,nj->ni", params[matrix.name], visit(vector))
            case Times(left, right):
                return visit(left) * visit(right)
            case Plus(left, right):
                return visit(left) + visit(right)
            case Minus(left, right):
                return visit(left) - visit(right)
            case Negative(operand):
                return -visit(operand)
            case Activation(function, operand, slot):
                return FUNCTIONS[layer.activations.get(slot, function)](visit(operand))

    return visit(node)


def run_plainly(
    network: Network, params: Arrays, x: np.ndarray, initial: Arrays | None = None, change: Change | None = None
) -> dict[str, np.ndarray]:
    """A network of one recurrent layer that reads forward: every quantity, (T, N, size)."""
    (layer,) = network.layers
    assert isinstance(layer, Recurrent)
    graph = layer.cell.graph
    own = {name.split(".")[1]: values for name, values in params.items()}
    batch = x.shape[1]
    sizes = {"units": layer.units, "outputs": layer.outputs}
    before = {
        name: np.broadcast_to((initial or {}).get(f"{layer.name}.{name}", 0.0), (batch, sizes[graph.sizes[name]]))
        for name in graph.carried
    }
    found: dict[str, list[np.ndarray]] = {e.name: [] for e in graph.equations}
    for step, row in enumerate(x, start=1):
        now = {"x": row}
        for equation in graph.equations:
            value = value_of(equation.expression, now, before, own, layer)
            now[equation.name] = np.broadcast_to(value, (batch, sizes[graph.sizes[equation.name]]))
            if change is not None:
                now[equation.name] = change(equation.name, step, now[equation.name])
            found[equation.name].append(now[equation.name])
        before = {name: now[name] for name in graph.carried}
    return {f"{layer.name}.{name}": np.array(values) for name, values in found.items()}
