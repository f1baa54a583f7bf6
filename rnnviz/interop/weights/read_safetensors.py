"""safetensors: the length of a header (8 bytes), the header in JSON, and the numbers of all tensors, without gaps.

{"NAME": {"dtype": "F32", "shape": [160, 28], "data_offsets": [0, 17920]}, "__metadata__": {"KEY": "TEXT"}}
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Hints, Model
from rnnviz.interop.names import printable
from rnnviz.interop.weights.arena import Arena
from rnnviz.interop.weights.recognise import recognise
from rnnviz.interop.weights.tensor import DTYPES, Array, Tensor, check_shape, widened
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.json_text import decode, parse_json

FRAMEWORK = "safetensors"
KINDS = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}
_METADATA = "__metadata__"
_LENGTH = 8


def read_safetensors(path: Path, hints: Hints) -> Model:
    """The tensors come sorted by name, so that their order says nothing of how they are used."""
    header, begin = _header(path)
    metadata = header.pop(_METADATA, {})
    arena = Arena(path.stat().st_size - begin + 64 * len(header))
    tensors = _tensors(path, arena, header, begin)
    if isinstance(metadata, dict):
        tensors |= _tied(tensors, metadata)
    model = recognise(tensors, hints, FRAMEWORK, is_ordered=False)
    return replace(model, is_finite=arena.is_finite)


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The header, and the byte at which the numbers begin."""
    size = path.stat().st_size
    if size > limits.FILE_BYTES:
        raise ModelError(f"{size:,} bytes; at most {limits.FILE_BYTES:,} are read")
    with path.open("rb") as file:
        length = int.from_bytes(file.read(_LENGTH), "little")
        if length > size - _LENGTH:
            raise ModelError(f"its header would have {length:,} bytes, more than the file, which has {size:,}")
        if length > limits.HEADER_BYTES:
            raise ModelError(f"its header has {length:,} bytes; at most {limits.HEADER_BYTES:,} are read")
        data = file.read(length)
    try:
        return parse_json(decode(data)), _LENGTH + length
    except ScenarioError as error:
        raise ModelError(f"its header cannot be read: {error.message}", where=error.where) from None


def _tensors(path: Path, arena: Arena, header: dict[str, Any], begin: int) -> dict[str, Tensor]:
    """Every tensor; together they fill the rest of the file without gaps and overlaps."""
    if len(header) > limits.TENSORS:
        raise ModelError(f"there are {len(header):,} tensors; at most {limits.TENSORS:,} are read")
    found: dict[str, Tensor] = {}
    stretches: list[tuple[int, int, str]] = []
    for name, described in header.items():
        kind, shape, (first, end) = _described(described, printable(name))
        stretches.append((first, end, name))
        found[name] = Tensor(shape, kind, partial(_numbers, path, arena, begin + first, shape, kind))
    reached = 0
    for first, end, name in sorted(stretches):
        if first != reached:
            said = f"begins at byte {first:,}, where the tensor before it ends at {reached:,}"
            raise ModelError(f"{said}: gaps and overlaps are not read", where=printable(name))
        reached = end
    there = path.stat().st_size - begin
    if reached != there:
        raise ModelError(f"its tensors have {reached:,} bytes, the file has {there:,} for them")
    return found


def _described(described: object, where: str) -> tuple[str, tuple[int, ...], tuple[int, int]]:
    """Kind, shape and place of a tensor, which fit to one another."""
    if not isinstance(described, dict):
        raise ModelError("is not described by dtype, shape and data_offsets", where=where)
    dtype = described.get("dtype")
    if not isinstance(dtype, str) or dtype not in KINDS:
        raise ModelError(f"has the dtype {str(dtype)[:20]!a}, which is not read", where=where)
    kind, sides = KINDS[dtype], _counts(described.get("shape"), where)
    check_shape(sides, where)
    offsets = _counts(described.get("data_offsets"), where)
    if len(offsets) != 2:
        raise ModelError("has no two data_offsets", where=where)
    first, end = offsets
    takes = math.prod(sides) * DTYPES[kind].itemsize
    if end - first != takes:
        raise ModelError(f"shape {sides} of {dtype} takes {takes:,} bytes, and {end - first:,} are there", where=where)
    return kind, sides, (first, end)


def _counts(values: object, where: str) -> tuple[int, ...]:
    if not isinstance(values, list) or not all(type(value) is int and 0 <= value < 2**63 for value in values):
        raise ModelError("has a shape or offsets that are no whole numbers from 0 on", where=where)
    return tuple(values)


def _numbers(path: Path, arena: Arena, offset: int, shape: tuple[int, ...], kind: str) -> Array:
    raw = arena.array(DTYPES[kind], math.prod(shape))
    with path.open("rb", buffering=0) as file:
        file.seek(offset)
        if not arena.fill(raw, file):
            raise ModelError("the file became shorter while it was read")
    return widened(raw, kind).reshape(shape)


def _tied(tensors: dict[str, Tensor], metadata: dict[str, Any]) -> dict[str, Tensor]:
    """Tensors that are another one, as `safetensors.torch.save_model` notes them: the file has each once."""
    return {
        name: tensors[other]
        for name, other in metadata.items()
        if isinstance(other, str) and other in tensors and name not in tensors and "." in name
    }
