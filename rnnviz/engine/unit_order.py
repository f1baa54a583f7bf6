"""In which order to show units, so that like ones stand side by side: by value, by correlation, by weight.

By correlation (seriation): the two clusters of units that are most alike are joined again and again (average linkage;
Sokal & Michener 1958), and each time turned so that the ends which meet are as alike as can be. What is left is one row
of units. Units that always do the opposite are alike too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import AddressError
from rnnviz.engine.network import Dense, Recurrent
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]
Order = NDArray[np.intp]


def by_value(column: Array) -> Order:
    """Greatest first, (units,); what is no number comes last, equals stay in their order."""
    return np.argsort(np.where(np.isnan(column), np.inf, -column), kind="stable")


def by_weight(trace: Trace, quantity: str, output: int) -> Order:
    """By the weight of each unit to an output: greatest first, least (most negative) last. Raises AddressError."""
    return by_value(weights_to(trace, quantity, output))


def weights_to(trace: Trace, quantity: str, output: int) -> Array:
    """The readout's weights from the units of a quantity's layer to one output, (units,).

    Raises AddressError where no readout reads that layer, naming what it would need.
    """
    layers = trace.network.layers
    name = quantity.split(".")[0]
    index = next((k for k, layer in enumerate(layers) if layer.name == name), -1)
    layer, above = layers[index], layers[index + 1] if 0 <= index < len(layers) - 1 else None
    if not isinstance(layer, Recurrent) or not isinstance(above, Dense):
        raise AddressError(f"no readout reads the units of '{quantity}', so they have no weights to an output")
    if not 0 <= output < above.units:
        raise AddressError(f"'{above.name}' has outputs 0 to {above.units - 1}; there is no output {output}")
    row = trace.params[f"{above.name}.V"][output].astype(np.float64)
    size = layer.size_of(layer.cell.output)
    if trace[quantity].shape[2] not in (size, len(row)):
        raise AddressError(f"'{quantity}' has other units than '{layer.name}' hands on")
    if trace[quantity].shape[2] == len(row):
        return np.asarray(row)
    return np.asarray(row[size:] if trace.is_backward(quantity) else row[:size])


def by_correlation(values: Array) -> Order:
    """Units that move alike, or opposite, side by side; values (T, units). Those that never move come last."""
    values = np.asarray(values, np.float64)
    with np.errstate(all="ignore"):
        centred = values - values.mean(axis=0)
        lengths = np.linalg.norm(centred, axis=0)
        moves = np.isfinite(lengths) & (lengths > 1e-12 * np.sqrt(max(1, len(values))))
    moving = np.flatnonzero(moves)
    if len(moving) < 3:
        return np.concatenate([moving, np.flatnonzero(~moves)])
    unit = centred[:, moving] / lengths[moving]
    return np.concatenate([moving[seriation(1.0 - np.abs(unit.T @ unit))], np.flatnonzero(~moves)])


def seriation(distance: Array) -> Order:
    """A row of items in which near ones stand side by side; distance (items, items), symmetric."""
    near = np.array(distance, np.float64)
    np.fill_diagonal(near, np.inf)
    rows: list[list[int]] = [[item] for item in range(len(near))]
    sizes = np.ones(len(near))
    nearest = near.argmin(axis=1)
    for _ in range(len(near) - 1):
        one = int(near[np.arange(len(near)), nearest].argmin())
        other = int(nearest[one])
        rows[one] = _joined(rows[one], rows[other], distance)
        joined = (sizes[one] * near[one] + sizes[other] * near[other]) / (sizes[one] + sizes[other])
        sizes[one] += sizes[other]
        joined[one] = joined[other] = np.inf
        near[one], near[:, one] = joined, joined
        near[other], near[:, other] = np.inf, np.inf
        stale = (nearest == one) | (nearest == other)
        stale[one] = True
        nearest[stale] = near[stale].argmin(axis=1)
        last = one
    return np.array(rows[last], np.intp)


def _joined(left: list[int], right: list[int], distance: Array) -> list[int]:
    """Two rows as one, turned so that the ends which meet are nearest."""
    ways = [(a, b) for a in (left, left[::-1]) for b in (right, right[::-1])]
    return min(([*a, *b] for a, b in ways), key=lambda row: distance[row[len(left) - 1], row[len(left)]])
