"""Files as PyTorch writes them, operation by operation, so that each can be written wrongly on purpose."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tests.interop.mutation import zipped

PROTO, STOP, REDUCE, MARK, NONE = b"\x80\x02", b".", b"R", b"(", b"N"
MAGIC = 0x1950A86A20F9469CFC6C
_TYPES = {"float64": "Double", "float32": "Float", "float16": "Half", "uint16": "BFloat16", "int64": "Long"}

Arrays = Mapping[str, NDArray[np.generic]]


def text(value: str) -> bytes:
    data = value.encode("utf-8")
    return b"X" + struct.pack("<I", len(data)) + data


def whole(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + bytes([value])
    length = value.bit_length() // 8 + 1
    return b"\x8a" + bytes([length]) + value.to_bytes(length, "little", signed=True)


def named(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def tuple_of(*items: bytes) -> bytes:
    return MARK + b"".join(items) + b"t"


def wholes(values: Sequence[int]) -> bytes:
    return tuple_of(*map(whole, values))


def dict_of(items: Mapping[str, bytes]) -> bytes:
    return b"}" + MARK + b"".join(text(key) + value for key, value in items.items()) + b"u"


def called(module: str, name: str, *arguments: bytes) -> bytes:
    return named(module, name) + tuple_of(*arguments) + REDUCE


HOOKS = called("collections", "OrderedDict")


@dataclass(frozen=True, kw_only=True)
class Written:
    """A tensor as its pickle describes it; each part can be a lie."""

    key: str
    type: str = "FloatStorage"
    count: int
    shape: Sequence[int]
    strides: Sequence[int]
    offset: int = 0

    def operations(self, *, is_old: bool = False) -> bytes:
        parts = (text("storage"), named("torch", self.type), text(self.key), text("cpu"), whole(self.count))
        storage = tuple_of(*parts, *([NONE] if is_old else [])) + b"Q"
        view = (storage, whole(self.offset), wholes(self.shape), wholes(self.strides), b"\x89", HOOKS)
        return called("torch._utils", "_rebuild_tensor_v2", *view)


def written(arrays: Arrays) -> dict[str, Written]:
    """Each array in a storage of its own."""
    return {
        name: Written(
            key=str(number),
            type=_TYPES[array.dtype.name] + "Storage",
            count=array.size,
            shape=array.shape,
            strides=[stride // array.itemsize for stride in np.ascontiguousarray(array).strides],
        )
        for number, (name, array) in enumerate(arrays.items())
    }


def pickled(tensors: Mapping[str, Written], *, is_old: bool = False) -> bytes:
    return PROTO + dict_of({name: each.operations(is_old=is_old) for name, each in tensors.items()}) + STOP


def torch_zip(pickle: bytes, arrays: Sequence[NDArray[np.generic]], **more: bytes) -> bytes:
    """What torch.save writes since version 1.6."""
    records = {f"archive/data/{number}": array.tobytes() for number, array in enumerate(arrays)}
    return zipped({"archive/data.pkl": pickle, "archive/byteorder": b"little", **records, "archive/version": b"3\n"})


def torch_file(arrays: Arrays) -> bytes:
    return torch_zip(pickled(written(arrays)), list(arrays.values()))


def torch_old(pickle: bytes, arrays: Sequence[NDArray[np.generic]], *, is_little: bool = True) -> bytes:
    """What torch.save wrote before."""
    machine = dict_of({"protocol_version": whole(1001), "little_endian": b"\x88" if is_little else b"\x89"})
    keys = b"]" + MARK + b"".join(text(str(number)) for number in range(len(arrays))) + b"e"
    head = [PROTO + value + STOP for value in (whole(MAGIC), whole(1001), machine)]
    order = "<" if is_little else ">"
    storages = [
        struct.pack(order + "q", array.size) + array.astype(array.dtype.newbyteorder(order)).tobytes()
        for array in arrays
    ]
    return b"".join([*head, pickle, PROTO + keys + STOP, *storages])


def torch_old_file(arrays: Arrays, *, is_little: bool = True) -> bytes:
    return torch_old(pickled(written(arrays), is_old=True), list(arrays.values()), is_little=is_little)


def weights(
    kind: str = "lstm", inputs: int = 3, units: int = 4, *, prefix: str = "rnn.", layer: int = 0, seed: int = 0
) -> dict[str, NDArray[np.float32]]:
    """One layer of a recurrent module, of random numbers."""
    rows = {"lstm": 4, "gru": 3, "rnn": 1}[kind] * units
    shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, units), "bias_ih": (rows,), "bias_hh": (rows,)}
    random = np.random.default_rng(seed)
    return {f"{prefix}{name}_l{layer}": random.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


def linear(name: str, inputs: int, outputs: int, seed: int = 1) -> dict[str, NDArray[np.float32]]:
    random = np.random.default_rng(seed)
    return {
        f"{name}.weight": random.normal(size=(outputs, inputs)).astype(np.float32),
        f"{name}.bias": random.normal(size=outputs).astype(np.float32),
    }
