"""A plan -> running NumPy code over records, straight-line calls on views made beforehand.

The code is printed from the plan with names of our own (v3, s0, m1); no text of a cell ever gets into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.memory import room
from rnnviz.engine.plan import Call, Fixed, Given, Matrix, Plan, Row, Scratch, Stack, Vector

Array = NDArray[np.floating]

_TWO_OPERANDS = {"add": np.add, "subtract": np.subtract, "multiply": np.multiply}


def stacked_matrix(plan: Plan, params: Mapping[str, Array], dtype: Any) -> Array:
    """The matrix of all products with [carried states; 1; x]; rows as the plan's blocks, zero where nothing meets.

    A factor is multiplied in float64, so that parameters in float32 give what the same values in float64 give.
    """
    width = plan.sources.stop - plan.sources.start
    stack: Array = np.zeros((plan.stack_rows, width), dtype)
    for block in plan.blocks:
        for factor, name, column, _ in block.terms:
            values = params[name].reshape(block.stop - block.start, -1)
            product = np.multiply(values, factor, dtype=np.float64)
            stack[block.start : block.stop, column : column + values.shape[1]] += product
    return stack


@lru_cache(maxsize=256)
def compiled(source: str) -> CodeType:
    """Printed source as code; the same source is often printed again."""
    return compile(source, "<derived kernel>", "exec")


def made(source: str, fixed: Mapping[str, object]) -> Any:
    """What the function `make` of printed source gives for what is fixed."""
    namespace: dict[str, Any] = {}
    exec(compiled(source), namespace)  # noqa: S102 - printed by ourselves
    return namespace["make"](**fixed)


@dataclass(frozen=True)
class Clamp:
    """What the call "clamp" of a plan puts where: rows of its result, a sequence for each of them, a value for each."""

    rows: NDArray[np.intp]
    sequences: NDArray[np.intp]
    values: Array


class Kernel:
    """A plan with weights in it, for a fixed number of sequences.

    Records are arrays (rows, plan.record, N), or (rows, plan.record) for one sequence alone, which is faster.
    `run(records, first, last)` works out steps first..last-1 in place: record t holds what step t needs, its results
    are written into records t and t + 1. `views(records, t)` and `step(views)` do the same for one step.
    least_stretch : records are best filled and run so many at a time at least
    """

    least_stretch = 8

    def __init__(
        self,
        plan: Plan,
        params: Mapping[str, Array],
        batch: int,
        dtype: Any = np.float64,
        clamp: Clamp | None = None,
    ) -> None:
        self.plan = plan
        self.batch = batch
        self.dtype = np.dtype(dtype)
        printer = _Printer(plan, params, batch, self.dtype, clamp)
        self._run_views, self.step = printer.compile()
        self._rows = tuple(printer.rows)
        self._given = tuple(printer.given)

    def records(self, count: int) -> Array:
        """Room for `count` records, not filled."""
        shape = (count, self.plan.record) if self.batch == 1 else (count, self.plan.record, self.batch)
        return room(shape, self.dtype)

    def fill(self, records: Array, first: int, x: Array) -> None:
        """Set what records first..first+len(x)-1 read: the inputs `x`, (steps, N, features), and the constant 1."""
        shaped = records.reshape(len(records), self.plan.record, self.batch)[first : first + len(x)]
        shaped[:, self.plan.inputs.start : self.plan.inputs.stop] = x.transpose(0, 2, 1)
        shaped[:, self.plan.one.start] = 1.0

    def run(self, records: Array, first: int, last: int) -> None:
        """Work out steps first..last-1 of the records, in place."""
        stretches = [records[first + row.ahead : last + row.ahead, row.start : row.stop] for row in self._rows]
        self._run_views(*stretches)

    def views(self, records: Array, t: int) -> tuple[Array, ...]:
        """What `step` works on at record t; made once, used as often as record t is worked out anew."""
        return tuple(records[t + row.ahead, row.start : row.stop] for row in self._rows)


class _Printer:
    """Prints a plan as Python source; collects the views of a step and the fixed arrays that it needs."""

    def __init__(
        self, plan: Plan, params: Mapping[str, Array], batch: int, dtype: np.dtype[Any], clamp: Clamp | None
    ) -> None:
        self.plan, self.params, self.batch, self.dtype, self.clamp = plan, params, batch, dtype, clamp
        self.rows: dict[Row, str] = {}
        self.given: dict[Given, str] = {}
        self.fixed: dict[str, object] = {}
        self.names: dict[object, str] = {}
        self.lines: list[str] = []
        self.stack = stacked_matrix(plan, params, dtype)
        self.scratch = [self._empty(size) for size in plan.scratch]

    def compile(self) -> tuple[Callable[..., None], Callable[[tuple[Array, ...]], None]]:
        calls = list(self.plan.calls)
        while calls:
            call = calls.pop(0)
            if self._shares_tanh(call, calls[0] if calls else None):
                self._sigmoid_and_tanh(call, calls.pop(0))
            else:
                self._print(call)
        names = [*self.rows.values(), *self.given.values()]
        views = ", ".join(names) + ","
        body = "\n".join(f"            {line}" for line in self.lines)
        source = (
            f"def make({', '.join(self.fixed)}):\n"
            f"    def run({', '.join('all_' + name for name in names)}):\n"
            f"        for {views} in zip({', '.join('all_' + name for name in names)}):\n{body}\n"
            f"    def step(views):\n"
            f"        {views} = views\n" + body.replace("            ", "        ") + "\n"
            "    return run, step\n"
        )
        run, step = made(source, self.fixed)
        return run, step

    # -- names ---------------------------------------------------------------------------------------------------

    def _empty(self, size: int) -> Array:
        return np.empty(size if self.batch == 1 else (size, self.batch), self.dtype)

    def _keep(self, key: object, make: Callable[[], object], letter: str) -> str:
        """The name of a fixed object, made at its first use."""
        if key not in self.names:
            self.names[key] = f"{letter}{len(self.names)}"
            self.fixed[self.names[key]] = make()
        return self.names[key]

    def _ufunc(self, name: str) -> str:
        return self._keep(("ufunc", name), lambda: getattr(np, name), "u")

    def _full(self, value: float, size: int) -> str:
        def make() -> Array:
            array = self._empty(size)
            array[...] = value
            return array

        return self._keep(("full", value, size), make, "k")

    def _name(self, place: object) -> str:
        match place:
            case Row():
                return self.rows.setdefault(place, f"v{len(self.rows)}")
            case Given():
                return self.given.setdefault(place, f"w{len(self.given)}")
            case Scratch(index, start, stop):
                return self._keep(place, lambda: self.scratch[index][start:stop], "s")
            case Fixed(value, size):
                return self._full(value, size)
            case Vector(parameter, factor, size):
                return self._keep(place, lambda: self._vector(parameter, factor, size), "p")
        raise AssertionError(place)

    def _vector(self, parameter: str, factor: float, size: int) -> Array:
        array = self._empty(size)
        values = factor * self.params[parameter].astype(self.dtype)
        array[...] = values if self.batch == 1 else values[:, None]
        return array

    def _dot(self, matrix: object) -> str:
        """The bound method `dot` of a matrix: the cheapest way into BLAS.

        For one sequence the matrix lies column by column: BLAS then adds up columns, a quarter faster than rows.
        """
        order: Literal["C", "F"] = "F" if self.batch == 1 else "C"
        if isinstance(matrix, Matrix):
            values = np.multiply(self.params[matrix.parameter], matrix.factor, dtype=np.float64)
            values = np.array(values, self.dtype, order=order)
            return self._keep(matrix, lambda: values.dot, "m")
        assert isinstance(matrix, Stack)
        part = self.stack[matrix.start : matrix.stop, matrix.left : matrix.right]
        return self._keep(matrix, lambda: np.array(part, order=order).dot, "m")

    # -- calls ---------------------------------------------------------------------------------------------------

    def _line(self, ufunc: str, *names: str) -> None:
        self.lines.append(f"{self._ufunc(ufunc)}({', '.join(names)})")

    def _print(self, call: Call) -> None:
        result = self._name(call.result)
        if call.name == "clamp":
            self.lines.append(self._clamp(result))
        elif call.name == "dot":
            matrix, vector = call.operands
            self.lines.append(f"{self._dot(matrix)}({self._name(vector)}, {result})")
        elif call.name in _TWO_OPERANDS:
            self._line(call.name, *(self._name(place) for place in call.operands), result)
        elif call.name in ("negative", "positive"):
            self._line(call.name, self._name(call.operands[0]), result)
        else:
            self._activation(call, self._name(call.operands[0]), result)

    def _clamp(self, result: str) -> str:
        clamp = self.clamp
        assert clamp is not None, "a plan that clamps is given what and where"
        places = clamp.rows if self.batch == 1 else (clamp.rows, clamp.sequences)
        values = clamp.values.astype(self.dtype)
        return f"{result}[{self._keep('places', lambda: places, 'c')}] = {self._keep('values', lambda: values, 'c')}"

    def _activation(self, call: Call, z: str, result: str) -> None:
        size = call.result.stop - call.result.start
        work = z if isinstance(call.operands[0], Scratch) else result
        match call.name:
            case "linear":
                self._line("positive", z, result)
            case "tanh":
                self._line("tanh", z, result)
            case "relu":
                self._line("maximum", z, self._full(0.0, size), f"out={result}")
            case "hard":
                self._line("heaviside", z, self._full(0.0, size), result)
            case "hard_sigmoid" | "hard_sigmoid_keras2":
                slope = 1.0 / 6.0 if call.name == "hard_sigmoid" else 0.2
                self._line("multiply", z, self._full(slope, size), work)
                self._line("add", work, self._full(0.5, size), work)
                self._line("maximum", work, self._full(0.0, size), f"out={work}")
                self._line("minimum", work, self._full(1.0, size), f"out={result}")
            case "sigmoid" if self.dtype == np.float64:
                if not call.folded:
                    self._line("negative", z, work)
                self._line("exp", z if call.folded else work, work)
                self._line("add", work, self._full(1.0, size), work)
                self._line("reciprocal", work, result)
            case "sigmoid":
                if not call.folded:
                    self._line("multiply", z, self._full(0.5, size), work)
                self._line("tanh", z if call.folded else work, work)
                self._half_and_half(work, result, size)
            case "hard_tanh":
                self._line("maximum", z, self._full(-1.0, size), f"out={work}")
                self._line("minimum", work, self._full(1.0, size), f"out={result}")
            case "softsign":
                self._line("absolute", z, self._beside(size))
                self._line("add", self._beside(size), self._full(1.0, size), self._beside(size))
                self._line("divide", z, self._beside(size), result)
            case "elu":
                self._line("minimum", z, self._full(0.0, size), f"out={self._beside(size)}")
                self._line("expm1", self._beside(size), self._beside(size))
                self._line("maximum", z, self._beside(size), f"out={result}")
            case "softplus":
                self._line("logaddexp", z, self._full(0.0, size), result)
            case "exponential":
                self._line("exp", z, result)
            case _:
                raise AssertionError(call.name)

    def _beside(self, size: int) -> str:
        """Working memory for an activation that needs its operand twice."""
        return self._keep(("beside", size), lambda: self._empty(size), "t")

    def _half_and_half(self, tanh: str, result: str, size: int) -> None:
        self._line("multiply", tanh, self._full(0.5, size), result)
        self._line("add", result, self._full(0.5, size), result)

    def _shares_tanh(self, call: Call, following: Call | None) -> bool:
        """Whether a sigmoid (as tanh of the half) and a tanh lie side by side: one tanh serves both."""
        if following is None or self.dtype == np.float64:
            return False
        if (call.name, call.folded, following.name) != ("sigmoid", True, "tanh"):
            return False
        z, next_z = call.operands[0], following.operands[0]
        if not (isinstance(z, Scratch) and isinstance(next_z, Scratch) and isinstance(following.result, Row)):
            return False
        return z.stop == next_z.start and call.result.stop == following.result.start and not following.result.ahead

    def _sigmoid_and_tanh(self, sigmoid: Call, tanh: Call) -> None:
        z, next_z = sigmoid.operands[0], tanh.operands[0]
        assert isinstance(z, Scratch)
        assert isinstance(next_z, Scratch)
        both = Row(sigmoid.result.start, tanh.result.stop)
        self._line("tanh", self._name(Scratch(z.index, z.start, next_z.stop)), self._name(both))
        gates = self._name(sigmoid.result)
        self._half_and_half(gates, gates, sigmoid.result.stop - sigmoid.result.start)
