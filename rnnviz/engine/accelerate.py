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


# (layer, inputs, parameters by their names in the cell, dtype, steps) -> what runs one sequence of so many steps
sequence: Callable[[Recurrent, int, Mapping[str, Array], np.dtype[Any], int], Sequence | None] | None = None
