"""Weights under the names that they have here, "lstm.W_i" or "lstm.backward.W_i", as exports and traces write them."""

from __future__ import annotations

import re

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Layer, Network, Recurrent
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Hints, Model, check_size
from rnnviz.interop.names import printable
from rnnviz.interop.weights.left_open import decided
from rnnviz.interop.weights.tensor import Tensor, Tensors, least_exact
from rnnviz.scenario import limits

_NAME = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\.(?:(forward|backward)\.)?([A-Za-z]+(?:_[a-z]+)?)")
_EMBEDDING, _DENSE = {"E"}, {"V", "b"}
_PARAMETERS = {"E", "V", "b"}.union(*(cell.graph.parameters for cell in CELLS.values()))
_MOST_LAYERS = limits.LAYERS

Shapes = dict[str, tuple[int, ...]]


def are_own_names(tensors: Tensors) -> bool:
    found = [_NAME.fullmatch(name) for name in tensors]
    return bool(found) and all(match is not None and match[3] in _PARAMETERS for match in found)


def own_model(tensors: Tensors, hints: Hints, framework: str) -> Model:
    """Layers come in the order of their names in the file. Raises as `recognise` does."""
    layers: dict[str, dict[str, Shapes]] = {}
    for name, tensor in tensors.items():
        match = _NAME.fullmatch(name)
        assert match is not None
        if not tensor.is_weight:
            raise ModelError(f"holds {tensor.kind}, no weights", where=printable(name))
        layers.setdefault(match[1], {}).setdefault(match[2] or "", {})[match[3]] = tensor.shape
    if len(layers) > _MOST_LAYERS:
        raise ModelError(f"there are {len(layers):,} layers; at most {_MOST_LAYERS} are read")
    made = [_layer(name, directions) for name, directions in layers.items()]
    settled = decided([layer for layer, _ in made], hints)
    network = Network(made[0][1], settled.layers)
    _check(network, tensors)
    check_size(network)
    return Model(
        framework=framework,
        network=network,
        params={name: tensors[name].numbers() for name in network.parameter_shapes()},
        precision=least_exact(tensors.values()),
        notes=settled.notes,
        assumed=settled.assumed,
    )


def _layer(name: str, directions: dict[str, Shapes]) -> tuple[Layer, int]:
    """A layer, and how many inputs its weights take."""
    shapes = next(iter(directions.values()))
    if any(len(shape) != (1 if key[0] in "bcp" else 2) for key, shape in shapes.items()):
        raise ModelError("has a weight that is no matrix, or a bias that is no row", where=name)
    if shapes.keys() == _EMBEDDING and "" in directions:
        return Embedding(name, shapes["E"][0], shapes["E"][1]), 1
    if shapes.keys() == _DENSE and "" in directions:
        return Dense(name, shapes["V"][0]), shapes["V"][1]
    cell = next((cell for cell in CELLS.values() if cell.graph.parameters.keys() == shapes.keys()), None)
    if cell is None:
        raise ModelError(f"no cell has the parameters {', '.join(shapes)}", where=name)
    sizes = _sizes(cell, shapes)
    direction = "both" if len(directions) == 2 else next(iter(directions)) or "forward"
    layer = Recurrent(name, cell, sizes["units"], outputs=sizes.get("outputs", 0), direction=direction)  # type: ignore[arg-type]
    return layer, sizes["inputs"]


def _sizes(cell: Cell, shapes: Shapes) -> dict[str, int]:
    """The sizes that the equations name -> how many numbers."""
    return {
        size: count
        for name, dimensions in cell.graph.parameters.items()
        for size, count in zip(dimensions, shapes[name], strict=True)
    }


def _check(network: Network, tensors: Tensors) -> None:
    shapes = network.parameter_shapes()
    wrong = next((name for name in (*shapes, *tensors) if shapes.get(name) != _shape(tensors.get(name))), None)
    if wrong is not None:
        theirs, ours = _shape(tensors.get(wrong)), shapes.get(wrong)
        raise ModelError(f"has shape {theirs}; with the layers before it, it would be {ours}", where=printable(wrong))


def _shape(tensor: Tensor | None) -> tuple[int, ...] | None:
    return None if tensor is None else tensor.shape
