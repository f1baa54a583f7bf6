"""The wire format of protocol buffers, which ONNX files are written in: read in place, never beyond what is there.

A message is a row of fields: a key, that is field number * 8 + wire type, and a value. Numbers are varints: 7 bits a
byte, the lowest first, the highest bit set in all but the last byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop.errors import ModelError

VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
NAME_BYTES = 1_000
LONGEST = 80  # of a name in an error
_VARINT_BYTES = 10
_FIXED = {FIXED_64: 8, FIXED_32: 4}


class Field(NamedTuple):  # a tuple, since a file may have very many
    """One field of a message.

    value : of a varint, as it stands there, without a sign
    start, stop : where the bytes of any other value lie in the file
    """

    number: int
    wire: int
    value: int
    start: int
    stop: int


def fields(data: bytes, start: int, stop: int, where: str) -> Iterator[Field]:
    """The fields of the message that lies between two bytes of `data`. Raises ModelError for what is no message."""
    at = start
    while at < stop:
        key, at = varint(data, at, stop, where)
        number, wire = key >> 3, key & 7
        if number == 0:
            raise ModelError(f"is broken: byte {at:,} of the file begins no field", where=where)
        if wire == VARINT:
            value, end = varint(data, at, stop, where)
            yield Field(number, wire, value, at, end)
        else:
            size, at = varint(data, at, stop, where) if wire == BYTES else (_FIXED.get(wire, -1), at)
            end = at + size
            if size < 0:
                raise ModelError(f"is broken: byte {at:,} of the file has wire type {wire}", where=where)
            if end > stop:
                raise ModelError(f"is broken: {size:,} bytes from byte {at:,} on lie beyond its end", where=where)
            yield Field(number, wire, 0, at, end)
        at = end


def varint(data: bytes, at: int, stop: int, where: str) -> tuple[int, int]:
    """The number that begins at byte `at`, and where it ends."""
    if at < stop and data[at] < 128:  # most are short
        return data[at], at + 1
    value = 0
    for k in range(min(_VARINT_BYTES, stop - at)):
        byte = data[at + k]
        value |= (byte & 127) << (7 * k)
        if byte < 128:
            return value & (2**64 - 1), at + k + 1
    raise ModelError(f"is broken: no number ends after byte {at:,} of the file", where=where)


def text(data: bytes, found: Field, where: str) -> str:
    """A name, such as it may stand in a line of an error: no line breaks, nothing that cannot be printed."""
    if found.wire != BYTES:
        raise ModelError("is broken: a number stands where a text should", where=where)
    if found.stop - found.start > NAME_BYTES:
        raise ModelError(f"a text of {found.stop - found.start:,} bytes; at most {NAME_BYTES:,}", where=where)
    said = data[found.start : found.stop].decode("utf-8", "replace")
    return said if said.isprintable() else "".join(letter if letter.isprintable() else "?" for letter in said)


def shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..."


def signed(value: int) -> int:
    """A varint as an int64."""
    return value - 2**64 if value >= 2**63 else value


def varints(data: bytes, start: int, stop: int, where: str) -> NDArray[np.uint64]:
    """All numbers that lie packed between two bytes."""
    packed = np.frombuffer(data, np.uint8, stop - start, start)
    ends = np.flatnonzero(packed < 128)
    if len(packed) and (not len(ends) or ends[-1] != len(packed) - 1):
        raise ModelError("is broken: its last number has no end", where=where)
    begins = np.concatenate([[0], ends[:-1] + 1]).astype(np.intp) if len(ends) else ends
    lengths = ends - begins + 1
    if len(lengths) and lengths.max() > _VARINT_BYTES:
        raise ModelError("is broken: a number of more than 10 bytes", where=where)
    values = np.zeros(len(ends), np.uint64)
    for k in range(int(lengths.max(initial=0))):
        longer = lengths > k
        sevens = (packed[begins[longer] + k] & 127).astype(np.uint64)
        values[longer] |= sevens << np.uint64(7 * k)
    return values
