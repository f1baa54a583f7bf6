"""Modules in order -> layers of the engine and their weights, which stay views of the tensors of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Layer, Recurrent
from rnnviz.interop.framework_layout import from_torch
from rnnviz.interop.names import layer_names
from rnnviz.interop.weights.chain import Chain, Link
from rnnviz.interop.weights.modules import CellKind, Direction, Linear, Rnn, Table
from rnnviz.interop.weights.tensor import Array, Tensor

_CELLS: dict[CellKind, str] = {"lstm": "lstm", "gru": "gru_reset_after", "rnn": "elman"}


def layers_of(chain: Chain) -> tuple[Layer, ...]:
    """The layers as far as weights tell: activations and what is read of the steps are still the usual ones."""
    layers: list[Layer] = []
    for link, names in zip(chain, _names(chain), strict=True):
        match link:
            case Table():
                vocabulary, size = link.weight.shape
                layers.append(Embedding(names[0], vocabulary, size))
            case Linear():
                layers.append(Dense(names[0], link.outputs))
            case Rnn():
                layers += [_recurrent(link, name) for name in names]
    return tuple(layers)


def _recurrent(rnn: Rnn, name: str) -> Recurrent:
    has_projection = rnn.layers[0][0].weight_hr is not None
    return Recurrent(
        name,
        CELLS["lstm_projected" if has_projection else _CELLS[rnn.kind]],
        rnn.units,
        outputs=rnn.size if has_projection else 0,
        direction="both" if rnn.is_both else "forward",
    )


def params_of(chain: Chain, layers: Sequence[Layer]) -> dict[str, Array]:
    """ "layer.parameter" -> array, of the layers that `layers_of` made of the chain."""
    rest = iter(layers)
    params: dict[str, Array] = {}
    for link in chain:
        match link:
            case Table():
                params[f"{next(rest).name}.E"] = link.weight.numbers()
            case Linear():
                params |= _of_linear(link, next(rest).name)
            case Rnn():
                for directions in link.layers:
                    layer = next(rest)
                    assert isinstance(layer, Recurrent)
                    for direction, way in zip(directions, layer.directions, strict=True):
                        params |= _of_direction(direction, link, layer.prefix(way))
    return params


def _of_linear(link: Linear, name: str) -> dict[str, Array]:
    weight = link.weight.numbers()
    bias = np.zeros(link.outputs, weight.dtype) if link.bias is None else link.bias.numbers()
    return {f"{name}.V": weight, f"{name}.b": bias}


def _of_direction(direction: Direction, rnn: Rnn, prefix: str) -> dict[str, Array]:
    W, U = direction.weight_ih.numbers(), direction.weight_hh.numbers()
    own = from_torch(_CELLS[rnn.kind], W, U, _bias(direction.bias_ih, W), _bias(direction.bias_hh, W))
    if direction.weight_hr is not None:
        own["V_h"] = direction.weight_hr.numbers()
    return {prefix + name: array for name, array in own.items()}


def _bias(bias: Tensor | None, like: Array) -> Array:
    return np.zeros(len(like), like.dtype) if bias is None else bias.numbers()


def tensors_of(chain: Chain) -> Iterator[Tensor]:
    """All that the weights of a chain are read from."""
    for link in chain:
        match link:
            case Rnn():
                for direction in (way for layer in link.layers for way in layer):
                    yield from (tensor for tensor in vars(direction).values() if tensor is not None)
            case Linear():
                yield from (tensor for tensor in (link.weight, link.bias) if tensor is not None)
            case Table():
                yield link.weight


def _names(chain: Chain) -> list[tuple[str, ...]]:
    """What the layers of each link are called: its path without what all paths begin with; "rnn_l0" in a stack."""
    parts = [link.path.split(".") for link in chain]
    while all(len(own) > 1 for own in parts) and len({own[0] for own in parts}) == 1:
        parts = [own[1:] for own in parts]
    paths = [".".join(own) or _usual(link) for own, link in zip(parts, chain, strict=True)]
    counts = [len(link.layers) if isinstance(link, Rnn) else 1 for link in chain]
    names = iter(
        layer_names(
            f"{path}_l{k}" if count > 1 else path
            for path, count in zip(paths, counts, strict=True)
            for k in range(count)
        )
    )
    return [tuple(islice(names, count)) for count in counts]


def _usual(link: Link) -> str:
    """What a module is called that was saved alone, and so without a name."""
    match link:
        case Rnn():
            return link.kind
        case Table():
            return "embedding"
    return "dense"
