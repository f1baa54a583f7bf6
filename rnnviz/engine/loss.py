"""Losses summed over steps and sequences, and their derivatives by the output.

squared error           1/2 sum_k (y_k - d_k)^2            squared units
cross-entropy           -sum_k d_k log y_k                 nats; y a softmax, d a distribution
binary cross-entropy    -sum_k d_k log y_k + (1 - d_k) log(1 - y_k)      nats; y from a sigmoid
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError, ShapeError
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]


def _half_squared(y: Array, d: Array) -> tuple[Array, Array]:
    return 0.5 * (y - d) ** 2, y - d


def _squared(y: Array, d: Array) -> tuple[Array, Array]:
    return (y - d) ** 2, 2.0 * (y - d)


def _cross_entropy(y: Array, d: Array) -> tuple[Array, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(d > 0.0, -d * np.log(y), 0.0)
        slope = np.where(d > 0.0, -d / y, 0.0)
    return value, slope


def _binary_cross_entropy(y: Array, d: Array) -> tuple[Array, Array]:
    on, on_slope = _cross_entropy(y, d)
    off, off_slope = _cross_entropy(1.0 - y, 1.0 - d)
    return on + off, on_slope - off_slope


LOSSES: dict[str, Callable[[Array, Array], tuple[Array, Array]]] = {
    "half squared error": _half_squared,
    "squared error": _squared,
    "cross entropy": _cross_entropy,
    "binary cross entropy": _binary_cross_entropy,
}


def loss(
    name: str, trace: Trace, targets: Array, last_only: bool = False, weights: Array | None = None
) -> tuple[Array, Array]:
    """The loss of each step, (T, N), and its derivative by the output, (T, N, size).

    last_only : only each sequence's last real step counts
    weights : (T, N), how much each step counts; None for 1
    Padding counts nothing. Raises EngineError for an unknown name, ShapeError naming both shapes.
    """
    if name not in LOSSES:
        raise EngineError(f"unknown loss '{name}'; there are {', '.join(LOSSES)}")
    output = trace.output
    if targets.shape != output.shape:
        raise ShapeError(f"targets have shape {targets.shape}; the output has {output.shape}")
    value, slope = LOSSES[name](output, targets)
    counts = step_counts(trace, last_only)[..., None]
    zero = output.dtype.type(0)
    if weights is not None:
        value, slope = value * weights[..., None], slope * weights[..., None]
    return np.where(counts, value, zero).sum(axis=-1), np.where(counts, slope, zero)


def step_counts(trace: Trace, last_only: bool) -> NDArray[np.bool_]:
    """Which steps a loss counts, (T, N)."""
    mask = np.ones((trace.steps, trace.batch), bool) if trace.mask is None else trace.mask
    if not last_only:
        return mask
    later = np.cumsum(mask[::-1], axis=0)[::-1]
    last: NDArray[np.bool_] = mask & (later == 1)
    return last
