"""Arrays as the content of a .safetensors file: the length of a header, the header in JSON, the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

_KINDS = {"float64": "F64", "float32": "F32", "float16": "F16"}


def safetensors_bytes(arrays: Mapping[str, NDArray[np.floating]], metadata: Mapping[str, str]) -> bytes:
    """The file's content. Wider numbers come first and the header ends at a multiple of 8, so that all lie aligned."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    parts: list[bytes] = []
    start = 0
    for name, array in sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize):
        end = start + array.nbytes
        header[name] = {"dtype": _KINDS[array.dtype.name], "shape": list(array.shape), "data_offsets": [start, end]}
        parts.append(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())
        start = end
    text = json.dumps(header, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
