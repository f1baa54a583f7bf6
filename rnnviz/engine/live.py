"""Live running: one input at a time, everything recorded, at the least cost per step.

A ring of records with views made beforehand takes the steps; a full ring is moved into the trace as one block.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rnnviz.engine.activations import VALUE
from rnnviz.engine.errors import EngineError, ShapeError
from rnnviz.engine.kernel import Kernel
from rnnviz.engine.network import Dense, Network, Params, Pool, Recurrent, check_params, merges
from rnnviz.engine.run import checked_initial, plan_of
from rnnviz.engine.trace import Trace

Array = NDArray[np.floating]

RING = 64


class Stepper:
    """A network that takes one input after another; for recurrent layers that read forward, pools and readouts.

    Use it as a context: inside, NumPy does not warn where a sigmoid's exponential overflows (its value is then 0).

        with Stepper(network, params) as stepper:
            stepper.step(x)                      # x : (features,) for one sequence, else (features, N)
        trace = stepper.trace()
    """

    def __init__(
        self,
        network: Network,
        params: Params,
        batch: int = 1,
        initial: Mapping[str, ArrayLike] | None = None,
        dtype: Any = np.float64,
    ) -> None:
        check_params(network, params)
        self.network, self.params, self.batch, self.dtype = network, params, batch, np.dtype(dtype)
        self._initial = checked_initial(network, initial or {}, batch, self.dtype)
        self._lanes = [self._lane(layer) for layer in network.layers]
        self._stages = [self._stage(row) for row in range(RING)]
        self._row = 0

    def __enter__(self) -> Stepper:
        self._quiet = np.errstate(over="ignore")
        self._quiet.__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        self._quiet.__exit__(*problem)

    def _lane(self, layer: object) -> _Memory | _Readout | _Pooled:
        inputs = self.network.inputs_of(layer)  # type: ignore[arg-type]
        if isinstance(layer, Recurrent) and layer.direction == "forward" and not (layer.forced or merges(layer)):
            return _Memory(layer, inputs, self.params, self.batch, self._initial, self.dtype)
        if isinstance(layer, Dense):
            return _Readout(layer, inputs, self.params, self.batch, self.dtype)
        if isinstance(layer, Pool):
            return _Pooled(layer, inputs, self.batch, self.dtype)
        raise EngineError(f"layer '{getattr(layer, 'name', layer)}' cannot run live: it needs the whole sequence")

    def _stage(self, row: int) -> tuple[tuple[Array, Array | None, Callable[[Any], None], Any], ...]:
        """What a step in ring row `row` does: (where the input goes, where it comes from, the work, its views)."""
        source: Array | None = None
        stage = []
        for lane in self._lanes:
            entering, work, views, leaving = lane.stage(row)
            stage.append((entering, source, work, views))
            source = leaving
        return tuple(stage)

    def step(self, x: ArrayLike) -> None:
        """Take one input and record everything that follows from it. Raises ShapeError when it cannot be one."""
        row = self._row
        if row == RING:
            row = self._flush()
        try:
            for entering, source, work, views in self._stages[row]:
                entering[...] = x if source is None else source
                work(views)
        except ValueError as error:  # asked after NumPy has refused it: a right input costs nothing
            expected = self._stages[row][0][0].shape
            if np.shape(x) != expected:
                raise ShapeError(f"an input has shape {np.shape(x)}, but a step takes {expected}") from error
            raise
        self._row = row + 1

    def _flush(self) -> int:
        for lane in self._lanes:
            lane.flush(self._row)
        self._row = 0
        return 0

    def forget(self) -> None:
        """Drop what is recorded and go on from the present states."""
        self._flush()
        for lane in self._lanes:
            lane.blocks.clear()

    def trace(self) -> Trace:
        """All steps so far."""
        self._flush()
        values: dict[str, Array] = {}
        before: dict[str, Array] = {}
        for index, lane in enumerate(self._lanes):
            entering, own, own_before = lane.recorded()
            if not index:
                values["x"] = entering
            values |= own
            before |= own_before
        return Trace(self.network, self.params, values, before, self._initial, None, None, None)


def _time_major(blocks: list[Array], batch: int) -> Array:
    """Blocks of (rows, size, N) or (rows, size) -> (T, N, size)."""
    joined = np.concatenate(blocks)
    return joined.reshape(*joined.shape[:2], batch).transpose(0, 2, 1)


class _Memory:
    """A recurrent layer's ring of records."""

    def __init__(
        self,
        layer: Recurrent,
        inputs: int,
        params: Params,
        batch: int,
        initial: Mapping[str, Array],
        dtype: np.dtype[Any],
    ) -> None:
        self.layer, self.batch = layer, batch
        self.prefix = layer.prefix("forward")
        self.plan = plan_of(layer, inputs, dtype)
        own = {name.removeprefix(self.prefix): v for name, v in params.items() if name.startswith(self.prefix)}
        self.kernel = Kernel(self.plan, own, batch, dtype)
        self.ring = self.kernel.records(RING + 1)
        self.kernel.fill(self.ring, 0, np.zeros((RING + 1, batch, inputs), dtype))
        self.blocks: list[Array] = []
        for name, row in self.plan.previous.items():
            state = initial[self.prefix + name].T
            self.ring[0, row.start : row.stop] = state[:, 0] if batch == 1 else state

    def stage(self, row: int) -> tuple[Array, Callable[[Any], None], Any, Array]:
        place = self.plan.slots[self.layer.cell.output]
        inputs = self.plan.inputs
        return (
            self.ring[row, inputs.start : inputs.stop],
            self.kernel.step,
            self.kernel.views(self.ring, row),
            self.ring[row + place.ahead, place.start : place.stop],
        )

    def flush(self, rows: int) -> None:
        self.blocks.append(self.ring[:rows].copy())
        self.ring[0] = self.ring[rows]

    def recorded(self) -> tuple[Array, dict[str, Array], dict[str, Array]]:
        records = _time_major([*self.blocks, self.ring[:1]], self.batch)
        now, ahead = records[:-1], records[1:]
        inputs = self.plan.inputs
        values = {
            self.prefix + name: (ahead if row.ahead else now)[..., row.start : row.stop]
            for name, row in self.plan.slots.items()
        }
        before = {self.prefix + name: now[..., row.start : row.stop] for name, row in self.plan.previous.items()}
        return now[..., inputs.start : inputs.stop], values, before


class _Ring:
    """The ring of a layer that hands on one quantity y: its input and its output."""

    def __init__(self, name: str, inputs: int, outputs: int, batch: int, dtype: np.dtype[Any]) -> None:
        self.name, self.batch = name, batch
        shape = () if batch == 1 else (batch,)
        self.x = np.empty((RING, inputs, *shape), dtype)
        self.y = np.empty((RING, outputs, *shape), dtype)
        self.blocks: list[tuple[Array, Array]] = []

    def stage(self, row: int) -> tuple[Array, Callable[[Any], None], Any, Array]:
        return self.x[row], self._work, (self.x[row], self.y[row]), self.y[row]

    def _work(self, views: tuple[Array, Array]) -> None:
        raise NotImplementedError

    def flush(self, rows: int) -> None:
        self.blocks.append((self.x[:rows].copy(), self.y[:rows].copy()))

    def recorded(self) -> tuple[Array, dict[str, Array], dict[str, Array]]:
        x = _time_major([x for x, _ in self.blocks], self.batch)
        y = _time_major([y for _, y in self.blocks], self.batch)
        return x, {f"{self.name}.y": y}, {}


class _Readout(_Ring):
    """A dense layer."""

    def __init__(self, layer: Dense, inputs: int, params: Params, batch: int, dtype: np.dtype[Any]) -> None:
        super().__init__(layer.name, inputs, layer.units, batch, dtype)
        self.activation = VALUE[layer.activation]
        self.weights = np.ascontiguousarray(params[f"{layer.name}.V"], dtype)
        bias = params[f"{layer.name}.b"].astype(dtype)
        self.bias = bias if batch == 1 else bias[:, None]

    def _work(self, views: tuple[Array, Array]) -> None:
        x, y = views
        z = self.weights.dot(x) + self.bias
        y[...] = self.activation(z.T).T


class _Pooled(_Ring):
    """A pool, with what it knows of the steps so far."""

    def __init__(self, layer: Pool, size: int, batch: int, dtype: np.dtype[Any]) -> None:
        super().__init__(layer.name, size, size, batch, dtype)
        self.kind, self.count = layer.kind, 0
        self.known = np.full(self.x.shape[1:], -np.inf if layer.kind == "max" else 0.0)

    def _work(self, views: tuple[Array, Array]) -> None:
        x, y = views
        self.count += 1
        (np.maximum if self.kind == "max" else np.add)(self.known, x, out=self.known)
        y[...] = self.known / self.count if self.kind == "mean" else self.known
