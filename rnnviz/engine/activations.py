"""The activation functions by name: value, and derivative from value.

Every function here acts on each unit by itself, except softmax, which is for readouts.

    hard                  1 for z > 0, else 0; its derivative is 0 everywhere
    hard_sigmoid          clip(z/6 + 1/2, 0, 1), as in Keras 3
    hard_sigmoid_keras2   clip(z/5 + 1/2, 0, 1)
    hard_tanh             clip(z, -1, 1)
    softsign              z / (1 + |z|)
    elu                   z for z > 0, else exp(z) - 1
    softplus              log(1 + exp(z))
    exponential           exp(z)
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

ELEMENTWISE = (
    "linear",
    "tanh",
    "sigmoid",
    "relu",
    "hard",
    "hard_sigmoid",
    "hard_sigmoid_keras2",
    "hard_tanh",
    "softsign",
    "elu",
    "softplus",
    "exponential",
)
NAMES = (*ELEMENTWISE, "softmax")


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), exact in relative terms also where it is tiny."""
    with np.errstate(over="ignore"):
        value: Array = 1.0 / (1.0 + np.exp(-z))
        return value


def elu(z: Array) -> Array:
    """z for z > 0, else exp(z) - 1, exact also near 0; the exponential of a large z is never taken."""
    value: Array = np.maximum(z, np.expm1(np.minimum(z, 0.0)))
    return value


def exponential(z: Array) -> Array:
    """exp(z), infinite where it leaves what the numbers can hold."""
    with np.errstate(over="ignore"):
        value: Array = np.exp(z)
        return value


def softmax(z: Array) -> Array:
    """exp(z_k) / sum_j exp(z_j) over the last axis."""
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


VALUE: dict[str, Callable[[Array], Array]] = {
    "linear": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": sigmoid,
    "relu": lambda z: np.maximum(z, 0.0),
    "hard": lambda z: np.heaviside(z, 0.0),
    "hard_sigmoid": lambda z: np.clip(z / 6.0 + 0.5, 0.0, 1.0),
    "hard_sigmoid_keras2": lambda z: np.clip(z * 0.2 + 0.5, 0.0, 1.0),
    "hard_tanh": lambda z: np.minimum(np.maximum(z, -1.0), 1.0),
    "softsign": lambda z: z / (np.abs(z) + 1.0),
    "elu": elu,
    "softplus": lambda z: np.logaddexp(z, 0.0),
    "exponential": exponential,
    "softmax": softmax,
}

# The derivative at z, from the value a = f(z). All of these functions allow that.
SLOPE: dict[str, Callable[[Array], Array]] = {
    "linear": np.ones_like,
    "tanh": lambda a: 1.0 - a * a,
    "sigmoid": lambda a: a * (1.0 - a),
    "relu": lambda a: (a > 0.0).astype(a.dtype),
    "hard": np.zeros_like,
    "hard_sigmoid": lambda a: ((a > 0.0) & (a < 1.0)) / a.dtype.type(6.0),
    "hard_sigmoid_keras2": lambda a: ((a > 0.0) & (a < 1.0)) * a.dtype.type(0.2),
    "hard_tanh": lambda a: (np.abs(a) < 1.0).astype(a.dtype),
    "softsign": lambda a: np.square(1.0 - np.abs(a)),
    "elu": lambda a: np.minimum(a, 0.0) + 1.0,
    "softplus": lambda a: -np.expm1(-a),
    "exponential": lambda a: a,
}


def through(activation: str, y: Array, change: Array, axis: int = -1) -> Array:
    """How an activation's value y changes where its operand changes by `change`; units lie along `axis`.

    The derivatives by the operand from those by y are the same: all of these Jacobians are symmetric.
    """
    if activation == "softmax":
        return np.asarray(y * (change - (change * y).sum(axis=axis, keepdims=True)))
    return np.asarray(change * SLOPE[activation](y))
