"""Arrays as the content of an .npz file."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def npz_bytes(values: Mapping[str, NDArray[Any]]) -> bytes:
    """The file's content, the arrays in their order; the same arrays are always the same bytes."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **values)
    return file.getvalue()
