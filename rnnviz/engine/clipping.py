"""What is done with a gradient that is too large.

none      nothing
value     every number is cut to -limit..limit
norm      the whole gradient is shortened to the length `limit`        Pascanu, Mikolov & Bengio 2013
loss cap  where the loss is above `limit` there is no gradient at all: the gradient of min(loss, limit), as in the
          lecture notes. Usual practice clips the gradient; on the cap's plateau nothing is learned
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.errors import EngineError

Array = NDArray[np.floating]
Kind = Literal["none", "value", "norm", "loss cap"]
KINDS: tuple[Kind, ...] = get_args(Kind)

# PyTorch adds this to the norm that it divides by.
TINY = 1e-6


@dataclass(frozen=True)
class Clipping:
    """Which way, and its limit. Raises EngineError for an unknown way or a limit that is not above 0."""

    kind: Kind = "none"
    limit: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise EngineError(f"unknown clipping '{self.kind}'; there are {', '.join(KINDS)}")
        if not self.limit > 0.0:
            raise EngineError(f"the clipping limit is {self.limit}; it must be above 0")


@dataclass(frozen=True)
class Clip:
    """What clipping did: the gradient's norm before and after."""

    before: float
    after: float
    clipped: bool


def clip(clipping: Clipping, gradient: Array, loss: float) -> tuple[Array, Clip]:
    """The gradient as it may be used, and what was done to it."""
    before = float(np.linalg.norm(gradient))
    used = gradient
    match clipping.kind:
        case "value":
            used = np.clip(gradient, -clipping.limit, clipping.limit)
        case "norm" if before > clipping.limit:
            used = gradient * min(1.0, clipping.limit / (before + TINY))
        case "loss cap" if loss > clipping.limit:
            used = np.zeros_like(gradient)
    changed = used is not gradient and not np.array_equal(used, gradient)
    return used, Clip(before, float(np.linalg.norm(used)) if changed else before, changed)
