"""One recurrent layer and its readout at many points of weight space at once: losses, and their slopes along two axes.

The plan of a step is carried out with points beside sequences, see `chunk`:

- Weights along dense directions are made once per chunk, W + a D1 + b D2. Where an axis moves single weights, all
  points share one W and the moved weights are added apart.
- What enters from outside is multiplied by the weights once for all points.
- The slopes go forward with the run (forward mode, two tangents), so no trace is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.affine import Affine, Sums
from rnnviz.engine.directions import Span
from rnnviz.engine.errors import LimitError
from rnnviz.engine.network import Dense, Recurrent
from rnnviz.engine.plan import Matrix, Row
from rnnviz.engine.run import MAX_BYTES, plan_of

Array = NDArray[np.floating]

# Weights made per point, and what a step works on, stay in the cache. A product of at most so many multiplications is
# done by OpenBLAS without packing.
WEIGHT_BYTES = 1 << 20
STEP_BYTES = 1 << 20
UNPACKED = 1_000_000


@dataclass(frozen=True)
class Setting:
    """What is run at every point; the loss counts step t of sequence n with counts[t, n], 0 for not at all.

    spans : every parameter along both axes; x : (T, N, features); initial : carried quantity -> (N, size)
    targets : (T, N, outputs); counts : (T, N)
    """

    layer: Recurrent
    dense: Dense | None
    spans: Mapping[str, Span]
    x: Array
    initial: Mapping[str, Array]
    targets: Array
    counts: Array
    loss: str
    dtype: np.dtype[Any]


class Points:
    """A setting made ready; `chunk` points are run at once. Raises LimitError before memory is taken."""

    def __init__(self, setting: Setting, gradient: bool) -> None:
        self.setting, self.gradient = setting, gradient
        self.steps, self.batch, inputs = setting.x.shape
        self.dtype = setting.dtype
        self.plan = plan_of(setting.layer, inputs, self.dtype)
        prefix = setting.layer.prefix(setting.layer.directions[0])
        self.spans = _named_within(setting.spans, prefix)
        self.initial = {name: setting.initial[prefix + name] for name in self.plan.previous}
        self._check_memory()
        sums = Sums(self.plan, self.spans, setting.x)
        self.affines = {call: sums.of(call) for call in self.plan.calls if call.name == "dot"}
        self.output = self.plan.slots[setting.layer.cell.output]
        self.readout: Affine | None = None
        if setting.dense is not None:
            own = Sums(self.plan, _named_within(setting.spans, f"{setting.dense.name}."), setting.x)
            self.readout = own.readout(setting.dense, self.output)
        self.reads_x = any(
            isinstance(place, Row) and not place.ahead and place.start == self.plan.inputs.start
            for call in self.plan.calls
            if call.name != "dot" or isinstance(call.operands[0], Matrix)
            for place in call.operands
        )
        self.outputs = setting.targets.shape[2]
        self.counted = np.flatnonzero(setting.counts.any(axis=1))
        self.chunk = self._chunk()

    def _check_memory(self) -> None:
        needed = 3 * self.steps * self.batch * self.plan.stack_rows * self.dtype.itemsize
        needed += 16 * self.batch * (self.plan.record + sum(self.plan.scratch)) * self.dtype.itemsize
        if needed > MAX_BYTES:
            raise LimitError(
                f"a loss surface of {self.steps} steps, {self.batch} sequences would take {needed / 2**30:.1f} GiB; "
                f"at most {MAX_BYTES / 2**30:.0f} GiB are allowed: use fewer steps, sequences or units"
            )

    def _chunk(self) -> int:
        """How many points at once."""
        affines = [affine for found in self.affines.values() for affine in found]
        weights = [weights for affine in affines for _, weights in affine.terms]
        made: int = sum(int(w.start.size) for w in weights if w.is_dense) * self.dtype.itemsize
        step: int = 2 * self.plan.record + sum(self.plan.scratch) + self.plan.stack_rows
        step *= self.batch * self.dtype.itemsize * (3 if self.gradient else 1)
        limits: list[int] = [STEP_BYTES // step]
        if made:
            limits.append(WEIGHT_BYTES // made)
        limits += [
            UNPACKED // (self.batch * int(w.start[0].size)) for w in weights if not w.is_dense and w.start[0].size > 1
        ]
        return max(1, min(limits))


def _named_within(spans: Mapping[str, Span], prefix: str) -> dict[str, Span]:
    """What belongs to a layer, by the names that the layer itself uses."""
    return {name.removeprefix(prefix): span for name, span in spans.items() if name.startswith(prefix)}
