"""When a loop is compiled: as soon as the runs asked for so far would have paid for it, and not before.

So nobody who takes short runs ever imports Numba, and nobody waits more than twice as long as the best choice.
"""

from __future__ import annotations

import importlib.util
import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine import accelerate
from rnnviz.engine.network import Recurrent

if TYPE_CHECKING:
    from rnnviz.engine.reverse import Lane

Array = NDArray[np.floating]

# Seconds: of a step by NumPy's calls, and what importing Numba and compiling a loop take together.
STEP_S = 8e-6
COMPILING_S = 0.7
# In the background nobody waits for it.
BACKGROUND_S = 0.02
# Shorter sequences are left to NumPy: a window, which shares Python's lock with the compiler, shows them in a blink.
LEAST_STEPS = 64
LEAST_STEPS_OF_A_WINDOW = 1000

THREAD = "rnnviz.fast"


def load() -> None:
    """Compile where it is asked for, when it has come to pay. Does nothing where Numba is missing."""
    _install(_Demand(COMPILING_S, LEAST_STEPS))


def load_in_background() -> None:
    """Compile in a thread; what is compiled is used from the next `take_up` on. Until then all runs are NumPy's: a run
    must not differ from the one before it because a compiler was done in between. Does nothing where Numba is missing.
    """
    _install(_Demand(BACKGROUND_S, LEAST_STEPS_OF_A_WINDOW, in_background=True))


def take_up() -> None:
    """Use what has been compiled in the background: when another document is opened."""
    demand = getattr(accelerate.sequence, "__self__", None)
    if isinstance(demand, _Demand):
        demand.take_up()


def ask_for_everything() -> None:
    """Compile whatever is asked for, at once: for tests and measurements."""
    _install(_Demand(0.0, 0))


def unload() -> None:
    """Back to NumPy alone."""
    accelerate.sequence = accelerate.loop = None


def _install(demand: _Demand) -> None:
    if os.environ.get("RNNVIZ_FAST") != "0" and _has_numba():
        accelerate.sequence, accelerate.loop = demand.sequence, demand.loop


def _has_numba() -> bool:
    try:
        return importlib.util.find_spec("numba") is not None
    except (ImportError, ValueError):  # an installation that is not whole
        return False


@dataclass
class _Loop:
    """A loop that was asked for: for how many seconds of NumPy's work, and what became of it.

    made : what the compiler has made; function : that, where it is used
    """

    asked_s: float = 0.0
    is_started: bool = False
    made: Callable[..., None] | None = None
    function: Callable[..., None] | None = None


class _Demand:
    def __init__(self, pays_s: float, least_steps: int, in_background: bool = False) -> None:
        self.pays_s, self.least_steps, self.in_background = pays_s, least_steps, in_background
        self._loops: dict[str, _Loop] = {}
        self._lock = threading.Lock()

    def sequence(
        self, layer: Recurrent, inputs: int, params: Mapping[str, Array], dtype: np.dtype[Any], steps: int
    ) -> accelerate.Sequence | None:
        """What runs one sequence through a layer, where it is ready."""
        if steps < self.least_steps:
            return None
        from rnnviz.fast.kernel import FastKernel
        from rnnviz.fast.layout import layout_of

        layout = layout_of(layer, inputs, dtype)
        if layout is None:
            return None
        function = self._function(layout.printed.source, dtype.itemsize, steps)
        return None if function is None else FastKernel(function, layout, params, dtype)

    def loop(self, lane: Lane, given: Mapping[Any, Array], keep: bool, want_inputs: bool) -> accelerate.Loop | None:
        """What goes back through the steps of a lane, where it is ready."""
        if lane.steps < self.least_steps:
            return None
        from rnnviz.fast.reverse import FastLoop
        from rnnviz.fast.reverse_layout import reverse_layout_of

        sources = frozenset(role for role in given if isinstance(role, str))
        layout = reverse_layout_of(lane, sources, keep)
        if layout is None:
            return None
        function = self._function(layout.printed.source, lane.dtype.itemsize, lane.steps)
        return None if function is None else FastLoop(function, layout, lane, given, want_inputs)

    def _function(self, source: str, itemsize: int, steps: int) -> Callable[..., None] | None:
        with self._lock:
            loop = self._loops.setdefault(source, _Loop())
            loop.asked_s += steps * STEP_S
            if loop.is_started or loop.asked_s < self.pays_s:
                return loop.function
            loop.is_started = True
        if self.in_background:
            # no daemon: the program must not end while the compiler works, and that is soon over
            threading.Thread(target=_make, args=(loop, source, itemsize), name=THREAD).start()
        else:
            _make(loop, source, itemsize)
            loop.function = loop.made
        return loop.function

    def take_up(self) -> None:
        with self._lock:
            for loop in self._loops.values():
                loop.function = loop.made


def _make(loop: _Loop, source: str, itemsize: int) -> None:
    from rnnviz.fast.compiled import compiled

    try:
        loop.made = compiled(source, itemsize)
    except Exception:  # a Numba that does not work is as good as none: the numbers come from NumPy
        loop.made = None
