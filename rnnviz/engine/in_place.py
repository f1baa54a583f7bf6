"""Activations worked out in place, and how their values change with their operands, as the calls of a plan need it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def unfolding(dtype: np.dtype[Any]) -> float:
    """What a folded sigmoid's slope is multiplied with, since its operand holds a factor."""
    return -1.0 if dtype == np.float64 else 2.0


def activate(name: str, folded: bool, z: Array, work: Array, result: Array) -> None:
    """An activation, in place over `work`; of a folded sigmoid, z holds the factor already."""
    match name:
        case "linear":
            np.positive(z, result)
        case "tanh":
            np.tanh(z, result)
        case "relu":
            np.maximum(z, 0.0, out=result)
        case "hard":
            np.heaviside(z, 0.0, result)
        case "sigmoid" if z.dtype == np.float64:
            if not folded:
                np.negative(z, work)
            np.exp(z if folded else work, work)
            np.add(work, 1.0, work)
            np.reciprocal(work, result)
        case "sigmoid":
            if not folded:
                np.multiply(z, 0.5, work)
            np.tanh(z if folded else work, result)
            np.multiply(result, 0.5, result)
            np.add(result, 0.5, result)
        case "hard_tanh":
            np.maximum(z, -1.0, out=work)
            np.minimum(work, 1.0, out=result)
        case "softsign":
            np.divide(z, np.abs(z) + 1.0, result)
        case "elu":
            np.maximum(z, np.expm1(np.minimum(z, 0.0)), out=result)
        case "softplus":
            np.logaddexp(z, 0.0, result)
        case "exponential":
            np.exp(z, result)
        case _:
            slope = 1.0 / 6.0 if name == "hard_sigmoid" else 0.2
            np.multiply(z, slope, work)
            np.add(work, 0.5, work)
            np.maximum(work, 0.0, out=work)
            np.minimum(work, 1.0, out=result)
