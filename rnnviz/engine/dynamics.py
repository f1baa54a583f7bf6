"""A network with constant input as a map of its state: fixed points, their stability, Jacobians, spectral radii.

    s_t = F(s_{t-1})        s all carried quantities of all recurrent layers, one below the other

Source: Sussillo & Barak 2013 for fixed points of trained networks, found here by Newton's method with exact Jacobians;
Pascanu, Mikolov & Bengio 2013 for the cliff of one unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine.activations import sigmoid, through
from rnnviz.engine.errors import EngineError, LimitError, ShapeError
from rnnviz.engine.jacobians import StepJacobians
from rnnviz.engine.network import Dense, Embedding, Network, Params, Recurrent
from rnnviz.engine.run import MAX_BYTES, run
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]
Stability = Literal["stable", "unstable", "saddle", "neutral"]

ITERATIONS = 100
STARTS = 400
# |F(s) - s| of a fixed point; over 1 + |s| the last step of Newton's method there, and the distance of equal points.
# The step matters: far out, where gates saturate, a state may move very little without a fixed point near.
CONVERGED, SAME = 1e-12, 1e-6
# How far from 1 an eigenvalue's size must be to decide about stability.
DECIDED = 1e-7


@dataclass(frozen=True)
class FixedPoint:
    """A state that the map leaves as it is.

    state : carried quantity -> (size,)
    eigenvalues : of the map's Jacobian there, largest first
    stability : stable where all are inside the unit circle, unstable where all are outside, a saddle where some are;
        neutral where the largest lies on it, so that they do not decide
    """

    state: Mapping[str, Array]
    eigenvalues: NDArray[np.complexfloating]
    stability: Stability

    @property
    def vector(self) -> Array:
        """The whole state in one row."""
        return np.concatenate([np.ravel(values) for values in self.state.values()])


@dataclass(frozen=True)
class FixedPoints:
    """What Newton's method found: distinct fixed points in order of their first unit, and from how many starts.

    Of a large chaotic network only a part of the starts converges: there may be more than those found.
    """

    points: tuple[FixedPoint, ...]
    starts: int
    converged: int


@dataclass(frozen=True)
class StateMap:
    """The map of a network with constant input x, (inputs,).

    Raises EngineError for a network that reads backward, is fed with targets or has memory above a pool: no state alone
    decides its next one.
    """

    network: Network
    params: Params
    x: Array
    sizes: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        _check_has_map(self.network)
        if self.x.shape != (self.network.inputs,):
            raise ShapeError(f"the constant input has shape {self.x.shape}; the network needs {(self.network.inputs,)}")
        object.__setattr__(self, "sizes", self.network.state_sizes())
        if not self.size:
            raise EngineError("the network carries no state from step to step: it has no map")

    @property
    def size(self) -> int:
        """How many numbers a state has."""
        return sum(self.sizes.values())

    def split(self, states: Array) -> dict[str, Array]:
        """(..., size) -> carried quantity -> (..., its size)."""
        found, start = {}, 0
        for name, size in self.sizes.items():
            found[name] = states[..., start : start + size]
            start += size
        return found

    def of(self, states: Array) -> tuple[Array, Trace]:
        """The next states, (B, size), and the step as a trace of B sequences."""
        inputs = np.broadcast_to(self.x, (1, len(states), len(self.x)))
        trace = run(self.network, self.params, inputs, initial=self.split(states))
        return np.concatenate([trace[name][0] for name in self.sizes], axis=1), trace


def fixed_points(
    network: Network, params: Params, x: ArrayLike | None = None, starts: ArrayLike | None = None, seed: int = 0
) -> FixedPoints:
    """Fixed points of a network whose input stays at x, (inputs,), 0 where not given.

    Newton's method from many starts at once, s <- s + (I - J)^-1 (F(s) - s); those that have converged are dropped.

    starts : (B, size) states; else 400 random ones, of one unit evenly spread, and those of a run from 0
    Raises EngineError, ShapeError, LimitError.
    """
    given = np.zeros(network.inputs) if x is None else np.asarray(x, np.float64)
    state_map = StateMap(network, params, given)
    states = _default_starts(state_map, seed) if starts is None else np.asarray(starts, np.float64)
    if states.ndim != 2 or states.shape[1] != state_map.size:
        raise ShapeError(f"starts have shape {states.shape}; the network needs (starts, {state_map.size})")
    _check_memory(len(states), state_map.size)
    with np.errstate(all="ignore"):
        found = _newton(state_map, states)
        distinct = _distinct(found)
        points = [_point(state_map, state) for state in distinct]
    return FixedPoints(tuple(points), len(states), len(found))


def jacobians(trace: Trace) -> Array:
    """d(state after step t) / d(state before it) at every step of a trace, (T, N, size, size).

    The state is in the order of `network.state_sizes()`.
    """
    network = trace.network
    sizes = network.state_sizes()
    _check_has_map(network)
    size = sum(sizes.values())
    _check_memory(trace.steps * trace.batch, size)
    found = np.zeros((trace.steps, trace.batch, size, size))
    entering: Array | None = None  # how what enters the next layer changes with the state
    start = 0
    for layer_ in network.layers:
        match layer_:
            case Embedding():
                entering = None
            case Dense() if entering is not None:
                entering = _through_dense(trace, layer_, entering)
            case Recurrent():
                steps = StepJacobians(trace, layer_, inputs=entering is not None)
                stop = start + steps.size
                own = steps.of(0, trace.steps)
                whole = np.zeros((trace.steps, trace.batch, steps.height, size))
                whole[..., start:stop] = own[..., : steps.size]
                if entering is not None:
                    whole += own[..., steps.entering] @ entering
                _hold(trace, whole[:, :, : steps.size], start)
                found[:, :, start:stop] = whole[:, :, : steps.size]
                entering = whole[:, :, steps.rows[layer_.cell.output]]
                start = stop
    return found


def spectral_radii(trace: Trace) -> Array:
    """The largest absolute eigenvalue of the Jacobian at every step, (T, N); inf where the Jacobian is not finite."""
    with np.errstate(all="ignore"):
        found = jacobians(trace)
    finite = np.isfinite(found).all(axis=(2, 3))
    radii = np.full(finite.shape, np.inf)
    if found.shape[-1]:
        radii[finite] = np.abs(np.linalg.eigvals(found[finite])).max(axis=-1, initial=0.0)
    return radii


def cliff_weight(x_0: ArrayLike, b: ArrayLike) -> Array:
    """Where the loss of one unit x_t = w sigmoid(x_{t-1}) + b has its cliff: the w for which x_0 is a fixed point.

        w = (x_0 - b) / sigmoid(x_0)

    With that w the start x_0 sits on the unstable fixed point; on both sides it runs to different stable ones.
    """
    start = np.asarray(x_0, np.float64)
    return np.asarray((start - np.asarray(b, np.float64)) / sigmoid(start))


# -- Newton's method -------------------------------------------------------------------------------------------------


def _default_starts(state_map: StateMap, seed: int) -> Array:
    """Spread over -10..10 for one number; else random ones around 0 and the states of a run from 0."""
    if state_map.size == 1:
        return np.linspace(-10.0, 10.0, STARTS)[:, None]
    random = np.random.default_rng(seed)
    scale = random.uniform(0.1, 3.0, (STARTS, 1))
    inputs = np.broadcast_to(state_map.x, (STARTS // 8, 1, len(state_map.x)))
    trace = run(state_map.network, state_map.params, inputs)
    visited = np.concatenate([trace[name][:, 0] for name in state_map.sizes], axis=1)
    drawn = scale * random.standard_normal((STARTS, state_map.size))
    return np.concatenate([visited[np.isfinite(visited).all(axis=1)], drawn])


def _newton(state_map: StateMap, states: Array) -> Array:
    """The states to which the starts converge, (found, size)."""
    found = []
    for _ in range(ITERATIONS):
        following, trace = state_map.of(states)
        off = following - states
        matrix = np.eye(state_map.size) - jacobians(trace)[0]
        finite = np.isfinite(off).all(axis=1) & np.isfinite(matrix).all(axis=(1, 2))
        states, off = states[finite], off[finite]
        change = _solve(matrix[finite], off)
        size = 1.0 + np.abs(states)
        done = ((np.abs(off) <= CONVERGED * size) & (np.abs(change) <= SAME * size)).all(axis=1)
        found.append(states[done])
        states = (states + change)[~done & np.isfinite(change).all(axis=1)]
        if not len(states):
            break
    return np.concatenate(found)


def _solve(matrix: Array, right: Array) -> Array:
    """Solutions of many systems; of singular ones the shortest that is nearest."""
    try:
        return np.asarray(np.linalg.solve(matrix, right[..., None])[..., 0])
    except np.linalg.LinAlgError:
        return np.asarray((np.linalg.pinv(matrix) @ right[..., None])[..., 0])


def _distinct(states: Array) -> Array:
    """States without those that lie on another, in order of their first units."""
    kept: list[Array] = []
    for state in states[np.lexsort(states.T[::-1])] if len(states) else states:
        near = SAME * (1.0 + np.abs(state).max())
        if not any(np.abs(state - other).max() <= near for other in kept):
            kept.append(state)
    return np.array(kept)


def _point(state_map: StateMap, state: Array) -> FixedPoint:
    _, trace = state_map.of(state[None])
    eigenvalues = np.linalg.eigvals(jacobians(trace)[0, 0]).astype(np.complex128)
    eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    return FixedPoint(state_map.split(state), eigenvalues, _stability(np.abs(eigenvalues)))


def _stability(sizes: Array) -> Stability:
    if abs(sizes[0] - 1.0) <= DECIDED:
        return "neutral"
    if sizes[0] < 1.0:
        return "stable"
    return "unstable" if sizes[-1] > 1.0 else "saddle"


# -- details -----------------------------------------------------------------------------------------------------------


def _check_has_map(network: Network) -> None:
    for layer in network.recurrent:
        if layer.direction != "forward":
            raise EngineError(f"layer '{layer.name}' reads backward: its state does not follow from the state before")
        if layer.teacher_forcing:
            raise EngineError(f"layer '{layer.name}' is fed with targets: switch teacher forcing off first")
    if network.above_pool is not None:
        name = network.above_pool.name
        raise EngineError(f"layer '{name}' reads what is pooled over time: its state does not follow from that before")


def _check_memory(points: int, size: int) -> None:
    needed = points * size * size * 8 * 4
    if needed > MAX_BYTES:
        raise LimitError(
            f"{points} Jacobians of {size} x {size} numbers would take {needed / 2**30:.1f} GiB; "
            f"at most {MAX_BYTES / 2**30:.0f} GiB are allowed: use fewer steps, sequences or starts"
        )


def _through_dense(trace: Trace, dense: Dense, entering: Array) -> Array:
    """How a readout changes, (T, N, units, size), where what enters it changes by `entering`."""
    y = trace[f"{dense.name}.y"][..., None]
    change = trace.params[f"{dense.name}.V"] @ entering
    return through(dense.activation, y, change, axis=2)


def _hold(trace: Trace, rows: Array, start: int) -> None:
    """At padding the state stays as it is."""
    if trace.mask is not None:
        size = rows.shape[2]
        rows[~trace.mask] = np.eye(rows.shape[3])[start : start + size]
