"""What a run leaves behind: every named quantity over time, and the address of each number in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import AddressError
from rnnviz.engine.network import Network, Params

Array = NDArray[np.floating]


@dataclass(frozen=True, order=True)
class Address:
    """One number of a run. `step` counts from 1; 0 is the state before the first step (backward: T + 1).

    Beside the trace's keys a quantity may be "target", or "lstm.i.pre": what the activation of `i` is applied to.
    """

    quantity: str
    step: int
    sequence: int = 0
    unit: int = 0

    def __str__(self) -> str:
        sequence = f", sequence {self.sequence}" if self.sequence else ""
        return f"{self.quantity}[{self.unit}] at step {self.step}{sequence}"


@dataclass(frozen=True, order=True)
class ParameterAddress:
    """One number of a parameter; a vector's numbers have column 0."""

    parameter: str
    row: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.parameter}[{self.row}, {self.column}]"


@dataclass(frozen=True)
class GradientAddress:
    """The derivative of the loss by a number of a run.

    step : of a parameter's derivative, the part that its use at this step has in it; 0 for all of it
    """

    of: Address | ParameterAddress
    step: int = 0

    def __str__(self) -> str:
        through = f", through step {self.step}" if self.step else ""
        return f"dL/d{self.of}{through}"


class Trace(Mapping[str, Array]):
    """Every named quantity of a run, each (T, N, size), read-only: "x", "lstm.i", ..., "readout.y".

    Row t - 1 belongs to step t, in both directions. `mask` (T, N) is True at real steps and None without padding.
    Two traces are equal only when they are the same.
    """

    def __init__(
        self,
        network: Network,
        params: Params,
        values: Mapping[str, Array],
        before: Mapping[str, Array],
        initial: Mapping[str, Array],
        mask: NDArray[np.bool_] | None,
        lengths: tuple[int, ...] | None,
        targets: Array | None,
    ) -> None:
        self.network = network
        self.params = params
        self.mask = mask
        self.lengths = lengths
        self.targets = targets
        self._values = dict(values)
        self._before = dict(before)
        self._initial = dict(initial)
        given = [array for array in (mask, targets) if array is not None]
        for array in (*self._values.values(), *self._before.values(), *self._initial.values(), *given):
            array.setflags(write=False)
        self.steps, self.batch = self["x"].shape[:2]
        self.output_name = network.output_name()

    def __getitem__(self, name: str) -> Array:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return f"Trace of {self.steps} steps, batch {self.batch}: {', '.join(self)}"

    def _repr_html_(self) -> str:
        from rnnviz.engine.notebook import trace_page  # which needs this module, and only notebooks need it

        return trace_page.html(self)

    @property
    def output(self) -> Array:
        """What the network hands out, (T, N, size)."""
        return self[self.output_name]

    @property
    def carried(self) -> tuple[str, ...]:
        """The quantities that pass from step to step."""
        return tuple(self._before)

    def before(self, name: str) -> Array:
        """A carried quantity's value before each step, (T, N, size): what its cell calls NAME_prev."""
        if name not in self._before:
            raise AddressError(f"'{name}' is not carried from step to step; carried are {', '.join(self._before)}")
        return self._before[name]

    def initial(self, name: str) -> Array:
        """A carried quantity's first value, (N, size)."""
        self.before(name)
        return self._initial[name]

    def is_masked(self, step: int, sequence: int = 0) -> bool:
        """Whether a step is padding: the state is held there."""
        return self.mask is not None and 1 <= step <= self.steps and not self.mask[step - 1, sequence]

    def number(self, address: Address | ParameterAddress) -> float:
        """The number at an address. Raises AddressError, saying what there is instead."""
        if isinstance(address, ParameterAddress):
            return self._parameter(address)
        if address.quantity.endswith(".pre") and address.quantity.count(".") > 1:
            from rnnviz.engine.origin import Origin  # which needs Trace

            number: float = Origin(self, address).before_activation()
            return number
        row = self._row(address)
        for name, index, count in (("sequence", address.sequence, len(row)), ("unit", address.unit, row.shape[1])):
            if not 0 <= index < count:
                raise AddressError(f"'{address.quantity}' has {name}s 0 to {count - 1}; there is no {name} {index}")
        return float(row[address.sequence, address.unit])

    def _row(self, address: Address) -> NDArray[Any]:
        """All numbers of a quantity at a step, (N, size)."""
        name, step = address.quantity, address.step
        if name == "target" and self.targets is not None:
            return np.asarray(self.targets[self._index(address, 1, self.steps) - 1])
        if name not in self:
            near = get_close_matches(name, self, 3) or list(self)
            raise AddressError(f"no quantity is called '{name}'; there is {', '.join(near)}")
        if name in self._before and step in (0, self.steps + 1):
            first = self.steps + 1 if self.is_backward(name) else 0
            if step == first:
                return self._initial[name]
        low = 0 if name in self._before and not self.is_backward(name) else 1
        return np.asarray(self[name][self._index(address, low, self.steps) - 1])

    def _index(self, address: Address, low: int, high: int) -> int:
        if not low <= address.step <= high:
            raise AddressError(f"'{address.quantity}' has steps {low} to {high}; there is no step {address.step}")
        return address.step

    def _parameter(self, address: ParameterAddress) -> float:
        if address.parameter not in self.params:
            near = get_close_matches(address.parameter, self.params, 3) or list(self.params)
            raise AddressError(f"no parameter is called '{address.parameter}'; there is {', '.join(near)}")
        values = self.params[address.parameter]
        table = values.reshape(len(values), -1)
        if not (0 <= address.row < table.shape[0] and 0 <= address.column < table.shape[1]):
            raise AddressError(f"'{address.parameter}' has shape {values.shape}; there is no {address}")
        return float(table[address.row, address.column])

    def is_backward(self, name: str) -> bool:
        """Whether a quantity belongs to a direction that reads the sequence from its end."""
        layer = self.network.layer(name.split(".")[0])
        return name.split(".")[1] == "backward" or getattr(layer, "direction", "") == "backward"

    def to_npz(self, path: str | Path) -> None:
        """Write every quantity by its name, and "output", as a NumPy archive."""
        with Path(path).open("wb") as file:
            np.savez(file, **self, output=self.output)  # type: ignore[arg-type]
