"""Arithmetic on arrays over time that is written down, and done for one stretch of steps after another.

The partial derivatives of a run take more room than its trace. Worked out for a few steps at a time, just before the
way back through time needs them, they stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from rnnviz.engine.kernel import made
from rnnviz.engine.memory import room

Array = NDArray[Any]

# What is worked on at a time should take no more.
CACHE_BYTES = 2 << 20


class Recorded(NDArrayOperatorsMixin):
    """An array (T, size, N) or (1, size, 1) of a tape: ufuncs on it give another one, and nothing is worked out yet.

    array : its numbers, of all steps where `is_whole`, else of one stretch; None until the tape is laid out
    """

    def __init__(self, tape: Tape, shape: tuple[int, ...], dtype: np.dtype[Any], array: Array | None = None) -> None:
        self.tape, self.shape, self.dtype, self.array = tape, shape, dtype, array
        self.is_whole = array is not None
        self.group: tuple[Recorded, int] | None = None

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any) -> Any:
        if method != "__call__" or options:
            return NotImplemented
        return self.tape.call(ufunc, operands)

    def astype(self, dtype: np.dtype[Any]) -> Recorded:
        return self.tape.call(np.multiply, (self, np.ones((1, 1, 1), dtype)))

    def clip(self, low: float, high: float, out: None = None) -> Recorded:
        return self.tape.call(np.minimum, (self.tape.call(np.maximum, (self, low)), high))

    @property
    def row_bytes(self) -> int:
        return int(np.prod(self.shape[1:])) * self.dtype.itemsize

    @property
    def whole(self) -> Array:
        assert self.array is not None, "asked when the tape is laid out"
        return self.array

    def stretch(self, start: int, stop: int) -> Array:
        """Steps start..stop-1, where the tape is or was just at."""
        array = self.whole
        if len(array) == 1:
            return array
        return array[start:stop] if self.is_whole else array[: stop - start]


class Tape:
    """What was written down, in order."""

    def __init__(self, steps: int) -> None:
        self.steps = self.length = steps
        self.calls: list[tuple[np.ufunc, tuple[Any, ...], Recorded]] = []

    def given(self, array: Array) -> Recorded:
        """An array (T, size, N) or (1, size, 1) to work with. Its `array` may be replaced by another one later."""
        return Recorded(self, array.shape, array.dtype, array)

    def call(self, ufunc: np.ufunc, operands: Sequence[Any]) -> Recorded:
        shapes = [operand.shape for operand in operands if hasattr(operand, "shape")]
        samples = (np.ones((1, 1), operand.dtype) if hasattr(operand, "dtype") else operand for operand in operands)
        if ufunc is np.matmul:
            matrix, vectors = shapes
            shape = (vectors[0], matrix[0], vectors[2])
        else:
            shape = np.broadcast_shapes(*shapes)
        result = Recorded(self, shape, ufunc(*samples).dtype)
        self.calls.append((ufunc, tuple(operands), result))
        return result

    def grouped(self, values: Sequence[Recorded | Array], size: int, batch: int) -> Recorded:
        """Values side by side, (T, len(values), size, N)."""
        dtype = values[0].dtype
        group = Recorded(self, (self.steps, len(values), size, batch), dtype)
        for k, value in enumerate(values):
            fits = isinstance(value, Recorded) and value.shape == (self.steps, size, batch)
            if not isinstance(value, Recorded) or not fits or value.is_whole or value.group:
                value, copied = Recorded(self, (self.steps, size, batch), dtype), value
                self.calls.append((np.positive, (copied,), value))
            value.group = (group, k)
        return group

    def keep(self, value: Recorded) -> None:
        """Let a value have all of its steps when the last stretch is done."""
        if value.array is None:
            value.array, value.is_whole = room(value.shape, value.dtype), True

    def choose_length(self, more: int) -> None:
        """How many steps are worked out at a time, so that they fit the cache with `more` bytes a step beside them."""
        values = {id(value): value for call in self.calls for value in (*call[1], call[2]) if _is_recorded(value)}
        bytes_a_step = more + sum(value.row_bytes for value in values.values())
        self.length = max(1, min(self.steps, CACHE_BYTES // max(1, bytes_a_step)))

    def lay_out(self, lasting: Collection[Recorded]) -> None:
        """Give every value its room; what is not `lasting` (to be read after a stretch) shares it."""
        last_use = {id(operand): k for k, (_, operands, _) in enumerate(self.calls) for operand in operands}
        spare: dict[tuple[tuple[int, ...], np.dtype[Any]], list[Array]] = {}
        for value in lasting:
            self._take_room(value, {})
        passing = {id(result) for _, _, result in self.calls if result.array is None and result.group is None}
        for k, (ufunc, operands, result) in enumerate(self.calls):
            ended = {id(o): o for o in operands if id(o) in passing and last_use[id(o)] == k}
            if ufunc is np.matmul:
                self._take_room(result, spare)
            for value in ended.values():
                spare.setdefault((value.shape, value.dtype), []).append(value.array)
            self._take_room(result, spare)
        self._compile()

    def _take_room(self, value: Recorded, spare: dict[Any, list[Array]]) -> None:
        if value.array is not None:
            return
        if value.group is not None:
            group, k = value.group
            if group.array is None:
                group.array = self._new(group)
            value.array = group.array[:, k]
        else:
            found = spare.get((value.shape, value.dtype))
            value.array = found.pop() if found else self._new(value)

    def _new(self, value: Recorded) -> Array:
        return np.empty((min(self.length, value.shape[0]), *value.shape[1:]), value.dtype)

    def work_out(self, start: int, stop: int) -> None:
        """Do all that was written down for steps start..stop-1, at most `length`."""
        self._work_out(*(value.stretch(start, stop) for value in self._values))

    def _compile(self) -> None:
        """Print the calls, so that a stretch costs as little Python as can be."""
        fixed: dict[str, Any] = {}
        names: dict[int, str] = {}
        self._values: list[Recorded] = []

        def name_of(operand: Any) -> str:
            if id(operand) not in names:
                if isinstance(operand, Recorded):
                    names[id(operand)] = f"s{len(self._values)}"
                    self._values.append(operand)
                else:
                    names[id(operand)] = f"k{len(fixed)}"
                    fixed[f"k{len(fixed)}"] = operand
            return names[id(operand)]

        lines = [
            f"{name_of(ufunc)}({', '.join(map(name_of, ins))}, out={name_of(out)})" for ufunc, ins, out in self.calls
        ]
        source = (
            f"def make({', '.join(fixed)}):\n"
            f"    def work_out({', '.join(names[id(value)] for value in self._values)}):\n"
            + "".join(f"        {line}\n" for line in lines or ["pass"])
            + "    return work_out\n"
        )
        self._work_out: Callable[..., None] = made(source, fixed)


def _is_recorded(value: object) -> bool:
    return isinstance(value, Recorded)
