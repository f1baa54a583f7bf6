"""How gradients flow back through time: what the loss of every step sends to the state at every earlier step.

    M[t, k] = | dL_t / dq_k |       L_t the loss of step t, q a carried state

and which part of the gradient of a parameter arises at which step. Where a norm is too small for float64, the adjoints
are followed again with powers of two taken out of them, so that an underflow can be told from an exact zero.

Source: Pascanu, Mikolov & Bengio 2013, section 2 (the temporal components of a gradient).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import through
from rnnviz.engine.adjoints import Adjoints
from rnnviz.engine.backward import backward
from rnnviz.engine.errors import AddressError, LimitError, ShapeError
from rnnviz.engine.network import Dense, Embedding, Recurrent, merges
from rnnviz.engine.partials import Leaves, Partials
from rnnviz.engine.reverse import Lane
from rnnviz.engine.run import MAX_BYTES
from rnnviz.engine.trace import ParameterAddress, Trace

Array = NDArray[np.floating]
Sources = Mapping[str, Array]


@dataclass(frozen=True)
class Flow:
    """How a loss reaches back. Row t - 1, column k - 1 of a matrix belong to step t's loss and the state at step k.

    state_norms : carried quantity -> (T, N), norm of dL/dq_k of the whole loss
    matrices : carried quantity -> (T, T), norm (over sequences and units) of what step t's loss sends to step k
    exponents : (T, T), powers of two by which `scaled` is multiplied to give `matrices`; None where that is 1
    """

    state_norms: Mapping[str, Array]
    matrices: Mapping[str, Array]
    scaled: Mapping[str, Array]
    exponents: NDArray[np.int64] | None

    def log10(self, state: str) -> Array:
        """A matrix as decimal logarithms, which do not underflow; -inf where nothing arrives at all."""
        with np.errstate(divide="ignore"):
            logarithm = np.log10(self.scaled[state])
        return np.asarray(logarithm if self.exponents is None else logarithm + self.exponents * math.log10(2.0))

    def underflow(self, state: str) -> NDArray[np.bool_]:
        """Where a matrix holds 0 only because the true value is too small for float64, (T, T)."""
        return np.asarray((self.matrices[state] == 0.0) & (self.scaled[state] > 0.0))


def flow(trace: Trace, sources: Sources) -> Flow:
    """Follow the loss of every step back to every carried state.

    sources : traced quantity -> (T, N, size), direct derivative of the loss as for `backward`; row t - 1 is that of L_t
    Raises ShapeError, and LimitError before memory is taken.
    """
    _check(trace, sources, 4 * len(trace.carried))
    with np.errstate(all="ignore"):
        found = _single_layer(trace, sources)
        if found is None:
            return _one_by_one(trace, sources)
        layer, direct = found
        adjoints = Adjoints(trace, layer, direct)
        exponents = None if adjoints.exponents is None else adjoints.exponents.T
        scaled = {f"{layer.name}.{name}": np.sqrt(squares).T for name, squares in adjoints.squares.items()}
        matrices = scaled
        if exponents is not None:
            matrices = {name: np.ldexp(values, exponents) for name, values in scaled.items()}
        norms = {f"{layer.name}.{name}": np.linalg.norm(bar, axis=-1) for name, bar in adjoints.totals.items()}
        return Flow(_read_only(norms), _read_only(matrices), _read_only(scaled), exponents)


def pair_parts(trace: Trace, sources: Sources, number: ParameterAddress) -> Array:
    """What step t's loss adds to the gradient of one number through its use at step k, (T, T): the sum is the gradient.

    Raises AddressError for an unknown number, ShapeError, LimitError.
    """
    trace.number(number)
    _check(trace, sources, 4)
    with np.errstate(all="ignore"):
        found = _single_layer(trace, sources)
        if found is not None and number.parameter.startswith(f"{found[0].name}."):
            layer, direct = found
            inside = ParameterAddress(number.parameter.removeprefix(f"{layer.name}."), number.row, number.column)
            adjoints = Adjoints(trace, layer, direct, inside)
            parts = adjoints.parts
            return parts.T if adjoints.exponents is None else np.asarray(np.ldexp(parts, adjoints.exponents).T)
    parts = np.zeros((trace.steps, trace.steps))
    for t in range(trace.steps):
        table = step_parts(trace, _only(sources, t), number.parameter).reshape(trace.steps, -1)
        parts[t] = table[:, _position(trace, number)]
    return parts


def step_parts(trace: Trace, sources: Sources, parameter: str) -> Array:
    """What the use of a parameter at each step adds to its gradient, (T, *shape): the sum over steps is the gradient.

    Raises AddressError for an unknown parameter, ShapeError, LimitError.
    """
    if parameter not in trace.params:
        raise AddressError(f"no parameter is called '{parameter}'; there is {', '.join(trace.params)}")
    _check(trace, sources, 0, trace.steps * trace.params[parameter].size)
    with np.errstate(all="ignore"):
        bars = backward(trace, sources).quantities
        name = parameter.split(".")[0]
        match trace.network.layer(name):
            case Dense() as dense:
                return _dense_parts(trace, dense, bars, parameter)
            case Embedding():
                parts = np.zeros((trace.steps, *trace.params[parameter].shape))
                rows = np.arange(trace.steps)[:, None], trace["x"][..., 0].astype(np.intp)
                np.add.at(parts, rows, bars[f"{name}.e"])
                return parts
            case Recurrent() as layer:
                return _LaneParts(trace, layer, bars, parameter).parts
    raise AssertionError(parameter)


# -- whole networks ----------------------------------------------------------------------------------------------------


def _check(trace: Trace, sources: Sources, matrices: int, numbers: int = 0) -> None:
    for name, array in sources.items():
        if name not in trace or array.shape != trace[name].shape:
            known = trace[name].shape if name in trace else "no such quantity"
            raise ShapeError(f"the derivative for '{name}' has shape {array.shape}; the trace has {known}")
    widest = sum(trace.network.quantities().values())
    needed = 8 * (matrices * (trace.steps**2 + trace.steps * trace.batch * widest) + numbers)
    if needed > MAX_BYTES:
        raise LimitError(
            f"the gradient flow of {trace.steps} steps would take {needed / 2**30:.1f} GiB; "
            f"at most {MAX_BYTES / 2**30:.0f} GiB are allowed: use fewer steps or sequences"
        )


def _read_only(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    for array in arrays.values():
        array.setflags(write=False)
    return arrays


def _only(sources: Sources, t: int) -> dict[str, Array]:
    """The direct derivatives of one step's loss."""
    found = {name: np.zeros_like(array) for name, array in sources.items()}
    for name, array in sources.items():
        found[name][t] = array[t]
    return found


def _position(trace: Trace, number: ParameterAddress) -> int:
    shape = trace.params[number.parameter].shape
    return number.row * (shape[1] if len(shape) > 1 else 1) + number.column


def _single_layer(trace: Trace, sources: Sources) -> tuple[Recurrent, dict[str, Array]] | None:
    """The only recurrent layer, if it reads forward without padding and only readouts follow; and the losses' direct
    derivatives by its quantities."""
    layers = trace.network.layers
    if len(trace.network.recurrent) != 1 or trace.mask is not None:
        return None
    (layer,) = trace.network.recurrent
    if layer.direction != "forward" or merges(layer):
        return None
    bars: dict[str, Array] = dict(sources)
    for index in range(len(layers) - 1, layers.index(layer), -1):
        dense = layers[index]
        if not isinstance(dense, Dense):
            return None
        bar = bars.pop(f"{dense.name}.y", None)
        if bar is not None:
            entering = trace.network.input_name(index)
            bar = _before_activation(trace, dense, bar) @ trace.params[f"{dense.name}.V"]
            bars[entering] = bars[entering] + bar if entering in bars else bar
    direct = {name.removeprefix(f"{layer.name}."): bar for name, bar in bars.items()}
    return (layer, direct) if set(direct) <= set(layer.cell.graph.sizes) else None


def _before_activation(trace: Trace, dense: Dense, bar: Array) -> Array:
    """From dL/dy of a readout to dL/dz, y = activation(z)."""
    return through(dense.activation, trace[f"{dense.name}.y"], bar)


def _one_by_one(trace: Trace, sources: Sources) -> Flow:
    """Any network: back from every step's loss by itself. What underflows here is not told from zero."""
    whole = backward(trace, sources).quantities
    matrices = {name: np.zeros((trace.steps, trace.steps)) for name in trace.carried}
    for t in range(trace.steps):
        bars = backward(trace, _only(sources, t)).quantities
        for name, matrix in matrices.items():
            matrix[t] = np.linalg.norm(bars[name].reshape(trace.steps, -1), axis=1)
    norms = {name: np.linalg.norm(whole[name], axis=-1) for name in trace.carried}
    return Flow(_read_only(norms), _read_only(matrices), matrices, None)


# -- parts by step -----------------------------------------------------------------------------------------------------


def _dense_parts(trace: Trace, dense: Dense, bars: Mapping[str, Array], parameter: str) -> Array:
    z_bar = _before_activation(trace, dense, bars[f"{dense.name}.y"])
    if parameter.endswith(".b"):
        return np.asarray(z_bar.sum(axis=1))
    entering = trace[trace.network.input_name(trace.network.layers.index(dense))]
    return np.asarray(np.matmul(z_bar.transpose(0, 2, 1), entering))


class _LaneParts:
    """The parts of one parameter of a recurrent layer, from the adjoints of all its quantities. Arrays (T, size, N)."""

    def __init__(self, trace: Trace, layer: Recurrent, bars: Mapping[str, Array], parameter: str) -> None:
        direction = next(d for d in layer.directions if parameter.startswith(layer.prefix(d)))
        self.parameter = parameter.removeprefix(layer.prefix(direction))
        names = [equation.name for equation in layer.cell.graph.equations]
        entering = trace.network.input_name(trace.network.layers.index(layer))
        self.lane = lane = Lane(trace, layer, direction, entering, names)
        expressions = {equation.name: equation.expression for equation in layer.cell.graph.equations}
        partials = Partials(lane.values, expressions, {id(block.sum): block for block in lane.plan.blocks}, names)
        self.z_bar = np.zeros((lane.steps, lane.plan.stack_rows, lane.batch))
        self.inner = np.zeros((lane.steps, *trace.params[parameter].shape))
        real = 1.0 if lane.mask is None else lane.mask[:, None, :]
        for name in names:
            self._spread(np.where(real, lane.inside(bars[lane.prefix + name]), 0.0), partials.of(name))
        self._add_blocks()
        self.parts = np.ascontiguousarray(self.inner[lane.turn])

    def _spread(self, bar: Array, leaves: Leaves) -> None:
        for leaf, slope in leaves.slopes.items():
            if leaf.kind == "block":
                self.z_bar[:, leaf.start : leaf.stop] += bar * slope
            elif leaf.kind == "vector" and leaf.name == self.parameter:
                self.inner += (bar * slope).sum(axis=2)
            elif leaf.kind == "late":
                product, inner = leaves.late[leaf]
                share = np.broadcast_to(bar * slope, bar.shape)
                if leaf.name == self.parameter:
                    vector = self.lane.values.of(product.vector)
                    self.inner += np.matmul(
                        share, np.broadcast_to(vector, (len(bar), *vector.shape[1:])).transpose(0, 2, 1)
                    )
                self._spread(np.matmul(self.lane.own[leaf.name].T, share), inner)

    def _add_blocks(self) -> None:
        """Through the stacked product with [carried states; 1; x]."""
        lane = self.lane
        places = {**{row: lane.before[name] for name, row in lane.plan.previous.items()}, lane.plan.inputs: lane.x}
        for block in lane.plan.blocks:
            rows = self.z_bar[:, block.start : block.stop]
            for factor, name, column, _ in block.terms:
                if name != self.parameter:
                    continue
                start = lane.plan.sources.start + column
                source = next((values for row, values in places.items() if row.start == start), None)
                if source is None:  # the constant 1 that carries the biases
                    self.inner += (factor * rows.sum(axis=2)).reshape(self.inner.shape)
                else:
                    self.inner += factor * np.matmul(rows, source.transpose(0, 2, 1))
