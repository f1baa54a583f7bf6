"""Where compiled loops come in: `rnnviz.fast` puts a function here, and the engine asks it before it uses NumPy.

Nothing here is ever needed: without an answer the same numbers are worked out by NumPy's calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Recurrent
from rnnviz.engine.plan import Plan

Array = NDArray[np.floating]


class Sequence(Protocol):
    """What runs a sequence; `rnnviz.engine.kernel.Kernel` is one."""

    plan: Plan

    def records(self, count: int) -> Array: ...

    def fill(self, records: Array, first: int, x: Array) -> None: ...

    def run(self, records: Array, first: int, last: int) -> None: ...


class Loop(Protocol):
    """What goes back through the steps of a lane; `rnnviz.engine.reverse_loop.Loop` is one, and says what is what."""

    @property
    def product(self) -> Array: ...

    @property
    def x_bars(self) -> Array | None: ...

    @property
    def bars(self) -> dict[str, Array]: ...

    @property
    def carry(self) -> dict[str, Array]: ...

    @property
    def vector_bars(self) -> list[tuple[str, Array]]: ...

    @property
    def late_bars(self) -> list[tuple[str, Array, Any]]: ...

    @property
    def input_bars(self) -> list[Array]: ...

    def run(self, start: int, stop: int) -> None: ...


# (layer, inputs, parameters by their names in the cell, dtype, steps) -> what runs one sequence of so many steps
sequence: Callable[[Recurrent, int, Mapping[str, Array], np.dtype[Any], int], Sequence | None] | None = None

# (lane, what is given to it, whether the derivative by every quantity is wanted, whether that by its inputs is) -> what
# goes back through the steps of one sequence without padding
loop: Callable[[Any, Mapping[Any, Array], bool, bool], Loop | None] | None = None
