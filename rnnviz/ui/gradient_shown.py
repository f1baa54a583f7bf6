"""What gradient flow shows: a number for each step, a matrix of which step sends what where, what has underflowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.gradient_flow import Flow

Array = NDArray[np.floating[Any]]
Marks = NDArray[np.bool_]
SMALLEST_NORMAL = 2.2250738585072014e-308


@dataclass(frozen=True, eq=False)
class Flowing:
    """
    values, matrix : (T,) at each step; (T, T), row t - 1 and column k - 1: of step t's loss, to step k
    lost, matrix_lost : where float64 holds 0, or not all digits, though something arrives
    is_signed : parts of a derivative, which may be negative, in place of lengths
    """

    values: Array
    matrix: Array
    lost: Marks
    matrix_lost: Marks
    is_signed: bool = False


NOTHING = Flowing(np.zeros(0), np.zeros((0, 0)), np.zeros(0, bool), np.zeros((0, 0), bool))


def lost(flow: Flow, state: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where float64 holds 0 or less than all digits though more arrives: of the lengths (T,), of the matrix (T, T)."""
    lengths, matrix = flow.state_norms[state][:, 0], flow.matrices[state]
    vanished = flow.underflow(state)
    in_matrix = vanished | ((matrix > 0) & (matrix < SMALLEST_NORMAL))
    in_lengths = ((lengths == 0) & vanished.any(axis=0)) | ((lengths > 0) & (lengths < SMALLEST_NORMAL))
    return in_lengths, in_matrix
