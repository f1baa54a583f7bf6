"""Weights made from a seed, in place of stored ones.

"glorot", as Keras begins: matrices from x uniform in +-sqrt(6 / (rows + columns)), matrices from a carried state
orthogonal, embeddings uniform in +-0.05, vectors 0, the forget gate's bias b_f = forget_bias.
Source: Glorot & Bengio 2010; Saxe, McClelland & Ganguli 2013; Jozefowicz, Zaremba & Sutskever 2015 for the bias.
"""

from __future__ import annotations

import math

import numpy as np

from rnnviz.engine.network import Network
from rnnviz.scenario.types import Array, Initialiser


def initialised(network: Network, initialiser: Initialiser) -> dict[str, Array]:
    """Every parameter of the network, read-only; the same for the same seed."""
    random = np.random.default_rng(initialiser.seed)
    params = {
        name: _parameter(name.rpartition(".")[2], tuple(shape), initialiser.forget_bias, random)
        for name, shape in network.parameter_shapes().items()
    }
    for array in params.values():
        array.flags.writeable = False
    return params


def _parameter(letter: str, shape: tuple[int, ...], forget_bias: float, random: np.random.Generator) -> Array:
    if len(shape) == 1:
        return np.full(shape, forget_bias if letter == "b_f" else 0.0)
    if letter.startswith("U"):
        return _orthogonal(shape, random)
    bound = 0.05 if letter == "E" else math.sqrt(6 / sum(shape))
    return random.uniform(-bound, bound, shape)


def _orthogonal(shape: tuple[int, ...], random: np.random.Generator) -> Array:
    """Orthonormal rows or columns, whichever are fewer, uniformly distributed (signs fixed by R's diagonal)."""
    rows, columns = max(shape), min(shape)
    Q, R = np.linalg.qr(random.standard_normal((rows, columns)))
    Q = Q * np.sign(np.diagonal(R))
    return np.ascontiguousarray(Q if shape == (rows, columns) else Q.T)
