"""Running a network: `run` over whole sequences with full trace, `step` for one more input onto a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine import accelerate
from rnnviz.engine.activations import VALUE
from rnnviz.engine.ahead import AheadKernel, pays
from rnnviz.engine.equations import Graph
from rnnviz.engine.errors import EngineError, LimitError, ShapeError
from rnnviz.engine.kernel import Kernel
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Params, Pool, Recurrent, check_params, merges
from rnnviz.engine.parallel import run_parallel
from rnnviz.engine.plan import Plan
from rnnviz.engine.planner import make_plan
from rnnviz.engine.pooling import pooled
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]
Mask = NDArray[np.bool_]

MAX_BYTES = 4 << 30
CACHE_BYTES = 256 << 10


def plan_of(layer: Recurrent, inputs: int, dtype: Any) -> Plan:
    """The plan of a layer's step; in float32 the sigmoid is worked out by tanh, which is faster there."""
    return cached_plan(layer, inputs, -1.0 if np.dtype(dtype) == np.float64 else 0.5)


def cached_plan(layer: Recurrent, inputs: int, sigmoid_factor: float) -> Plan:
    """The plan of a layer's step, made once for the same settings."""
    settings = (layer.sizes(inputs), layer.functions(), layer.constant_values())
    return _plan(layer.cell.graph, *(tuple(setting.items()) for setting in settings), layer.forced, sigmoid_factor)


@lru_cache(maxsize=256)
def _plan(
    graph: Graph,
    sizes: tuple[tuple[str, int], ...],
    functions: tuple[tuple[str, str], ...],
    constants: tuple[tuple[str, float], ...],
    forced: frozenset[str],
    factor: float,
) -> Plan:
    """Plans by what they depend on, since an edited weight is run with the same plan again."""
    return make_plan(graph, dict(sizes), dict(functions), dict(constants), forced, factor)


def run(
    network: Network,
    params: Params,
    inputs: ArrayLike,
    *,
    lengths: Sequence[int] | None = None,
    initial: Mapping[str, ArrayLike] | None = None,
    targets: ArrayLike | None = None,
    dtype: Any = np.float64,
    parallel: bool = True,
) -> Trace:
    """Run whole sequences and record every named quantity.

    inputs : (T, N, features); ids for a network that begins with an embedding
    lengths : N numbers of real steps; the steps after them are padding, where every quantity of a cell keeps its value
    initial : carried quantity -> (N, size) or (size,), zero where missing
    targets : (T, N, size), read by layers with teacher forcing
    parallel : whether a long sequence may be worked out in chunks side by side; numbers differ by rounding
    Raises ShapeError naming the array and both shapes, LimitError before memory is taken.
    """
    check_params(network, params)
    dtype = _checked_dtype(dtype)
    x = _checked_inputs(network, inputs, dtype)
    steps, batch = x.shape[:2]
    first = checked_initial(network, initial or {}, batch, dtype)
    goals = None if targets is None else np.array(targets, dtype)
    work = _Run(params, first, goals, dtype, parallel)
    mask = work.run(network, x, _length_mask(lengths, steps, batch))
    return Trace(
        network,
        params,
        work.values,
        work.before,
        first,
        mask,
        None if lengths is None else tuple(lengths),
        goals,
    )


def step(trace: Trace, x: ArrayLike) -> Trace:
    """One more input, (N, features), onto a trace: a new trace of T + 1 steps.

    A network that only reads forward works out the new step alone; one that also reads backward is run again. Where
    lengths were given, sequences that ended before step T stay at their end.
    """
    row = np.asarray(x, trace["x"].dtype)
    if row.shape != trace["x"].shape[1:]:
        raise ShapeError(f"one step's input has shape {row.shape}; the network needs {trace['x'].shape[1:]}")
    forward = all(layer.direction == "forward" and not layer.teacher_forcing for layer in trace.network.recurrent)
    inputs = np.concatenate([trace["x"], row[None]])
    states = {name: trace.initial(name) for name in trace.carried}
    if not forward or trace.mask is not None:
        lengths = None if trace.lengths is None else [n + 1 if n == trace.steps else n for n in trace.lengths]
        return run(trace.network, trace.params, inputs, lengths=lengths, initial=states, dtype=row.dtype)
    last = {name: trace[name][-1] if trace.steps else states[name] for name in trace.carried}
    end = _Run(trace.params, last, None, row.dtype, parallel=False, earlier=trace)
    end.run(trace.network, row[None], None)
    values = {name: np.concatenate([trace[name], end.values[name]]) for name in trace}
    before = {name: np.concatenate([trace.before(name), end.before[name]]) for name in trace.carried}
    return Trace(trace.network, trace.params, values, before, states, None, None, None)


class _Run:
    """One run under way: what has been worked out so far.

    earlier : the run that this one goes on from: what is pooled over time is pooled over its steps, too
    """

    def __init__(
        self,
        params: Params,
        initial: Mapping[str, Array],
        targets: Array | None,
        dtype: Any,
        parallel: bool,
        earlier: Trace | None = None,
    ) -> None:
        self.params, self.initial, self.targets, self.dtype, self.parallel = params, initial, targets, dtype, parallel
        self.values: dict[str, Array] = {}
        self.before: dict[str, Array] = {}
        self.earlier = earlier
        self.compiled_bytes = 0  # of the records that compiled loops have filled

    def run(self, network: Network, x: Array, mask: Mask | None) -> Mask | None:
        """Work out all layers; where steps are real after those that mask have been asked."""
        self.values["x"] = current = x
        for index, layer in enumerate(network.layers):
            match layer:
                case Embedding():
                    mask = _join(mask, current[..., 0] != 0) if layer.mask_zero else mask
                    current = self.embed(layer, current)
                case Masking():
                    mask = _join(mask, np.any(current != layer.value, axis=-1))
                case Recurrent():
                    current = self.recur(layer, current, mask)
                case Dense():
                    current = self.read_out(layer, current)
                case Pool():
                    current = self.pool(layer, network.input_name(index), current, mask)
        return mask

    def embed(self, layer: Embedding, ids: Array) -> Array:
        index = ids[..., 0]
        if np.any((index < 0) | (index >= layer.vocabulary) | (index != np.floor(index))):
            raise EngineError(f"layer '{layer.name}': ids must be whole numbers from 0 to {layer.vocabulary - 1}")
        embedded = self.params[f"{layer.name}.E"].astype(self.dtype)[index.astype(np.intp)]
        self.values[f"{layer.name}.e"] = embedded
        return embedded

    def read_out(self, layer: Dense, x: Array) -> Array:
        weights = self.params[f"{layer.name}.V"].astype(self.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            z = x @ weights.T + self.params[f"{layer.name}.b"].astype(self.dtype)
            y = VALUE[layer.activation](z)
        self.values[f"{layer.name}.y"] = y
        return y

    def pool(self, layer: Pool, entering: str, x: Array, mask: Mask | None) -> Array:
        whole = x if self.earlier is None else np.concatenate([self.earlier[entering], x])
        y = self.values[f"{layer.name}.y"] = pooled(layer.kind, whole, mask)[len(whole) - len(x) :]
        return y

    def recur(self, layer: Recurrent, x: Array, mask: Mask | None) -> Array:
        outputs = [self._direction(layer, direction, x, mask) for direction in layer.directions]
        if not merges(layer):
            return outputs[0]
        if layer.returns == "final" and layer.direction != "forward":
            outputs[-1] = np.broadcast_to(outputs[-1][:1], outputs[-1].shape)
        merged = merge(layer, outputs)
        if layer.masked_output == "zero" and mask is not None:
            merged = merged * mask[..., None]
        self.values[f"{layer.name}.merged"] = merged
        return merged

    def _direction(self, layer: Recurrent, direction: str, x: Array, mask: Mask | None) -> Array:
        """Run one direction; time is turned round before and after for the backward one."""
        backward = direction == "backward"
        prefix = layer.prefix(direction)
        if backward:
            x = x[::-1]
            mask = None if mask is None else mask[::-1]
        steps, batch = x.shape[:2]
        own = {name.removeprefix(prefix): values for name, values in self.params.items() if name.startswith(prefix)}
        kernel: accelerate.Sequence | None = self._compiled(layer, own, x)
        if kernel is None:
            plan = plan_of(layer, x.shape[2], self.dtype)
            whole = steps > 1 and pays(plan, batch)
            kernel = AheadKernel(plan, own, self.dtype) if whole else Kernel(plan, own, batch, self.dtype)
        plan = kernel.plan
        records = kernel.records(steps + 1)
        shaped = records.reshape(steps + 1, plan.record, batch)
        for name, row in plan.previous.items():
            shaped[0, row.start : row.stop] = self.initial[prefix + name].T
        for name in layer.forced:
            self._force(layer, shaped, plan.previous[name], backward)
        with np.errstate(over="ignore", invalid="ignore"):
            done = 0
            is_tried = self.parallel and mask is None and not layer.forced
            if is_tried and isinstance(kernel, Kernel):  # a compiled loop has nothing to gain from it
                done = run_parallel(kernel, own, records, x)
            for start, stop in _stretches(records, done, steps, getattr(kernel, "least_stretch", 8)):
                kernel.fill(records, start, x[start:stop])
                _run_masked(kernel, records, shaped, mask, start, stop)
        turn = slice(None, None, -1) if backward else slice(None)
        for name, row in plan.slots.items():
            stretch = shaped[1:] if row.ahead else shaped[:-1]
            self.values[prefix + name] = stretch[:, row.start : row.stop].transpose(0, 2, 1)[turn]
        for name, row in plan.previous.items():
            self.before[prefix + name] = shaped[:-1, row.start : row.stop].transpose(0, 2, 1)[turn]
        return self.values[prefix + layer.cell.output]

    def _compiled(self, layer: Recurrent, own: Params, x: Array) -> accelerate.Sequence | None:
        """What runs one sequence faster than NumPy's calls, where that is loaded and ready."""
        if accelerate.sequence is None or x.shape[1] > 1:
            return None
        kernel = accelerate.sequence(layer, x.shape[2], own, self.dtype, len(x))
        if kernel is None:
            return None
        # Filled up to whole vectors, small quantities take more than what was checked.
        self.compiled_bytes += (len(x) + 1) * kernel.plan.record * self.dtype.itemsize
        return kernel if self.compiled_bytes <= MAX_BYTES else None

    def _force(self, layer: Recurrent, shaped: Array, row: Any, backward: bool) -> None:
        """Teacher forcing: targets of the step before stand where the cell's own output would."""
        if self.targets is None:
            raise EngineError(f"layer '{layer.name}': teacher forcing needs targets")
        wanted = (shaped.shape[0] - 1, shaped.shape[2], row.stop - row.start)
        if self.targets.shape != wanted:
            raise ShapeError(f"targets have shape {self.targets.shape}; teacher forcing needs {wanted}")
        targets = self.targets[::-1] if backward else self.targets
        shaped[1:, row.start : row.stop] = targets.transpose(0, 2, 1)


def merge(layer: Recurrent, outputs: Sequence[Array]) -> Array:
    """The outputs of a layer's directions as one."""
    if len(outputs) == 1:
        return outputs[0]
    forward, backward = outputs
    match layer.merge:
        case "concat":
            return np.concatenate([forward, backward], axis=-1)
        case "sum":
            return np.asarray(forward + backward)
        case "mean":
            return np.asarray((forward + backward) / 2)
        case "mul":
            return np.asarray(forward * backward)


def _stretches(records: Array, first: int, steps: int, least: int) -> Iterator[tuple[int, int]]:
    """Steps from `first` on, cut so that records stay in the cache between filling in the inputs and the run."""
    length = max(least, CACHE_BYTES // max(1, records[:1].nbytes))
    for start in range(first, steps, length):
        yield start, min(start + length, steps)


def _run_masked(
    kernel: accelerate.Sequence, records: Array, shaped: Array, mask: Mask | None, start: int, stop: int
) -> None:
    """Run steps start..stop-1; where a sequence is padded, every quantity is put back to its value one step before."""
    padded = [] if mask is None else (start + np.flatnonzero(~mask[start:stop].all(axis=1))).tolist()
    done = start
    for t in padded:
        assert mask is not None
        kernel.run(records, done, t + 1)
        for row in kernel.plan.slots.values():
            now = t + row.ahead
            held: Array | float = shaped[now - 1, row.start : row.stop] if now else 0.0
            np.copyto(shaped[now, row.start : row.stop], held, where=~mask[t])
        done = t + 1
    kernel.run(records, done, stop)


def _join(mask: Mask | None, more: Mask) -> Mask:
    return more if mask is None else mask & more


def _length_mask(lengths: Sequence[int] | None, steps: int, batch: int) -> Mask | None:
    if lengths is None:
        return None
    if len(lengths) != batch or any(not 0 <= length <= steps for length in lengths):
        raise ShapeError(f"lengths {tuple(lengths)} must be {batch} numbers from 0 to {steps}")
    return np.arange(steps)[:, None] < np.asarray(lengths)[None, :]


def _checked_dtype(dtype: Any) -> np.dtype[Any]:
    checked: np.dtype[Any] = np.dtype(dtype)
    if checked not in (np.float32, np.float64):
        raise EngineError(f"a network cannot run in {checked}; choose float64 or float32")
    return checked


def _checked_inputs(network: Network, inputs: ArrayLike, dtype: np.dtype[Any]) -> Array:
    """A copy of the inputs. The shape, and the memory that the run will take, are checked before it is made."""
    try:
        given = np.asarray(inputs)
    except ValueError as error:
        raise ShapeError(f"inputs are not an array of numbers: {error}") from None
    if given.dtype.kind not in "biuf":
        raise ShapeError(f"inputs are not an array of numbers, but of {given.dtype}")
    shape = given.shape
    if len(shape) != 3 or shape[2] != network.inputs or shape[1] < 1:
        raise ShapeError(f"inputs have shape {shape}; the network needs (steps, sequences, {network.inputs})")
    _check_memory(network, shape[0], shape[1], dtype.itemsize)
    return np.array(given, dtype)


def checked_initial(network: Network, initial: Mapping[str, ArrayLike], batch: int, dtype: Any) -> dict[str, Array]:
    sizes = network.state_sizes()
    for name in initial:
        if name not in sizes:
            raise ShapeError(f"initial state '{name}' is not carried; carried are {', '.join(sizes)}")
    states: dict[str, Array] = {}
    for name, size in sizes.items():
        if name not in initial:
            states[name] = np.zeros((batch, size), dtype)
            continue
        state = np.asarray(initial[name], dtype)
        try:
            states[name] = np.broadcast_to(state, (batch, size)).copy()
        except ValueError:
            raise ShapeError(f"initial state '{name}' has shape {state.shape}; it needs {(batch, size)}") from None
    return states


def _check_memory(network: Network, steps: int, batch: int, itemsize: int) -> None:
    numbers = sum(network.quantities().values()) + 2 * network.inputs + sum(network.state_sizes().values())
    needed = (steps + 1) * batch * numbers * itemsize
    if needed > MAX_BYTES:
        raise LimitError(
            f"the trace of {steps} steps, {batch} sequences would take {needed / 2**30:.1f} GiB; "
            f"at most {MAX_BYTES / 2**30:.0f} GiB are allowed: use fewer steps, sequences or units"
        )
