"""Running a trace on with numbers of one quantity held at values from outside, many such runs as one batch.

A clamp holds at every step, right after the equation of its quantity has been worked out and before anything reads it:
the equations after it, what is carried to the next step, the layers above. What was before the first step stays as it
was given. At padding every quantity repeats what it was, as in any run.

Only what can change is run again: the direction that is clamped, and the layers above it. Nothing of a run is kept but
what each layer hands on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import VALUE
from rnnviz.engine.errors import AddressError
from rnnviz.engine.kernel import Clamp, Kernel
from rnnviz.engine.network import Dense, Pool, Recurrent, merges
from rnnviz.engine.plan import Call, Plan, Row
from rnnviz.engine.pooling import pooled
from rnnviz.engine.run import merge, plan_of
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]

# Records of so many bytes are worked on at a time: they should stay in the cache.
RECORD_BYTES = 1 << 20
FEWEST_STEPS = 8


@dataclass(frozen=True)
class Held:
    """Which numbers are held: in run `runs[k]`, unit `units[k]` of `quantity` has `values[k]`."""

    quantity: str
    runs: NDArray[np.intp]
    units: NDArray[np.intp]
    values: Array


def run_held(trace: Trace, held: Held, count: int) -> Array:
    """The output of `count` runs of a trace of one sequence, (T, count, outputs).

    Raises AddressError for what is no quantity of a recurrent cell.
    """
    layer, direction, name = place_of(trace, held.quantity)
    network = trace.network
    index = network.layers.index(layer)
    clamp = name, Clamp(held.units, held.runs, held.values)
    with np.errstate(over="ignore", invalid="ignore"):
        entering = trace[network.input_name(index)]
        outputs = [
            _direction(trace, layer, way, entering, count, clamp)
            if way == direction
            else trace[layer.prefix(way) + layer.cell.output]
            for way in layer.directions
        ]
        current = _handed_on(trace, layer, outputs, count)
        for above in network.layers[index + 1 :]:
            match above:
                case Recurrent():
                    outputs = [_direction(trace, above, way, current, count) for way in above.directions]
                    current = _handed_on(trace, above, outputs, count)
                case Dense():
                    weights = trace.params[f"{above.name}.V"].astype(current.dtype)
                    z = current @ weights.T + trace.params[f"{above.name}.b"].astype(current.dtype)
                    current = VALUE[above.activation](z)
                case Pool():
                    current = pooled(above.kind, current, trace.mask)
    return current


def place_of(trace: Trace, quantity: str) -> tuple[Recurrent, str, str]:
    """The layer, the direction and the cell's own name of a quantity that can be held. Raises AddressError."""
    for layer in trace.network.recurrent:
        for direction in layer.directions:
            name = quantity.removeprefix(layer.prefix(direction))
            if quantity.startswith(layer.prefix(direction)) and name in layer.cell.graph.sizes:
                return layer, direction, name
    there = (prefix + name for layer, prefix in trace.network.lanes() for name in layer.cell.graph.sizes)
    raise AddressError(f"'{quantity}' is no quantity of a recurrent cell; there is {', '.join(there)}")


def with_clamp(plan: Plan, name: str) -> Plan:
    """The plan that holds a quantity as soon as it is worked out, which is after the last call that writes it."""
    row = plan.slots[name]
    last = max(k for k, call in enumerate(plan.calls) if _writes(call, row))
    return replace(plan, calls=(*plan.calls[: last + 1], Call("clamp", (), row), *plan.calls[last + 1 :]))


def _writes(call: Call, row: Row) -> bool:
    place = call.result
    return isinstance(place, Row) and place.ahead == row.ahead and place.start < row.stop and row.start < place.stop


def numbers_of_a_run(trace: Trace, quantity: str) -> int:
    """How many numbers a run keeps for each step."""
    layers = trace.network.layers
    above = layers[layers.index(place_of(trace, quantity)[0]) :]
    return sum(2 * len(getattr(layer, "directions", "1")) * layer.units for layer in above if hasattr(layer, "units"))


def _handed_on(trace: Trace, layer: Recurrent, outputs: list[Array], count: int) -> Array:
    """The outputs of a layer's directions, of which one may be the same in all runs, as the layer hands them on."""
    outputs = [np.broadcast_to(output, (len(output), count, output.shape[2])) for output in outputs]
    if not merges(layer):
        return outputs[0]
    if layer.returns == "final" and layer.direction != "forward":
        outputs[-1] = np.broadcast_to(outputs[-1][:1], outputs[-1].shape)
    merged = merge(layer, outputs)
    if layer.masked_output == "zero" and trace.mask is not None:
        merged = merged * trace.mask[..., None]
    return merged


def _direction(
    trace: Trace, layer: Recurrent, direction: str, x: Array, count: int, clamp: tuple[str, Clamp] | None = None
) -> Array:
    """The cell's output in `count` runs of one direction, (T, count, size); x is (T, count or 1, features)."""
    prefix, turn = layer.prefix(direction), slice(None, None, -1 if direction == "backward" else 1)
    x, mask = x[turn], None if trace.mask is None else trace.mask[turn, 0]
    own = {name.removeprefix(prefix): values for name, values in trace.params.items() if name.startswith(prefix)}
    plan = plan_of(layer, x.shape[2], x.dtype)
    if clamp is not None:
        plan = with_clamp(plan, clamp[0])
    kernel = Kernel(plan, own, count, x.dtype, None if clamp is None else clamp[1])
    runs = _Runs(kernel, trace, layer, prefix, len(x))
    return runs.output(x, mask, {name: trace.before(prefix + name)[turn, 0] for name in layer.forced})[turn]


class _Runs:
    """The runs of one direction, a stretch of steps at a time in the same records."""

    def __init__(self, kernel: Kernel, trace: Trace, layer: Recurrent, prefix: str, steps: int) -> None:
        self.kernel, self.plan, self.steps = kernel, kernel.plan, steps
        bytes_a_step = self.plan.record * kernel.batch * kernel.dtype.itemsize
        self.length = min(steps, max(FEWEST_STEPS, RECORD_BYTES // bytes_a_step))
        self.records = kernel.records(self.length + 1)
        self.records[0] = 0.0
        self.last = np.zeros((self.plan.record, kernel.batch), kernel.dtype)  # the record of the step before
        self.shaped = self.records.reshape(self.length + 1, self.plan.record, kernel.batch)
        for name, row in self.plan.previous.items():
            self.shaped[0, row.start : row.stop] = trace.initial(prefix + name).T
        self.out = self.plan.slots[layer.cell.output]

    def output(self, x: Array, mask: NDArray[np.bool_] | None, forced: Mapping[str, Array]) -> Array:
        """forced : quantity -> (T, size), what takes the place of its previous value"""
        found = np.empty((self.steps, self.kernel.batch, self.out.stop - self.out.start), self.kernel.dtype)
        for start in range(0, self.steps, self.length):
            stop = min(start + self.length, self.steps)
            count = stop - start
            self.kernel.fill(self.records, 0, x[start:stop])
            for name, values in forced.items():
                row = self.plan.previous[name]
                self.shaped[:count, row.start : row.stop] = values[start:stop, :, None]
            self._run(count, None if mask is None else mask[start:stop])
            rows = self.shaped[self.out.ahead : count + self.out.ahead, self.out.start : self.out.stop]
            found[start:stop] = rows.transpose(0, 2, 1)
            self._begin_again(count)
        return found

    def _run(self, count: int, mask: NDArray[np.bool_] | None) -> None:
        """At padding, every quantity is put back to what it was one step before."""
        done = 0
        for t in [] if mask is None else np.flatnonzero(~mask).tolist():
            self.kernel.run(self.records, done, t)
            for row in self.plan.slots.values():
                now, rows = t + row.ahead, slice(row.start, row.stop)
                self.shaped[now, rows] = self.shaped[now - 1, rows] if now else self.last[rows]
            done = t + 1
        self.kernel.run(self.records, done, count)

    def _begin_again(self, count: int) -> None:
        """The next stretch begins with what this one has carried on; padding there repeats this one's last step."""
        self.last = self.shaped[count - 1].copy()
        self.shaped[0] = self.shaped[count]
