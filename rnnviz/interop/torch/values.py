"""What the pickles of PyTorch name: tensors as views of storages, each checked before there is any array of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import as_strided

from rnnviz.interop.errors import ModelError
from rnnviz.interop.torch.pickle_machine import Known, Names
from rnnviz.interop.torch.storage import KINDS, Storage, Storages
from rnnviz.interop.weights.tensor import DTYPES, Array, Tensor, check_shape


@dataclass(frozen=True, eq=False)
class StoredTensor:
    """A view of a storage, which lies inside of it; strides and offset in numbers."""

    storage: Storage
    kind: str
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def as_tensor(self, name: str, storages: Storages) -> Tensor:
        return Tensor(self.shape, self.kind, partial(self._numbers, name, storages))

    def _numbers(self, name: str, storages: Storages) -> Array:
        """Raises ModelError where a few numbers of the file would become many."""
        count, there = math.prod(self.shape), self.storage.count(self.kind)
        if count > there:
            raise ModelError(f"repeats {there:,} numbers to {count:,}, which is not read", where=name)
        row = storages.numbers(self.storage, self.kind)[self.offset :]
        if not count:
            return np.zeros(self.shape, row.dtype)
        return as_strided(row, self.shape, [stride * row.itemsize for stride in self.strides], writeable=False)


def _tensor_v2(
    storage: object, offset: object, shape: object, strides: object, needs_gradient: object, hooks: object, *_: object
) -> StoredTensor:
    if not isinstance(storage, Storage) or not storage.kind:
        raise ModelError("a tensor in it has no storage of numbers")
    return _tensor(storage, storage.kind, offset, shape, strides)


def _tensor_v3(
    storage: object,
    offset: object,
    shape: object,
    strides: object,
    needs_gradient: object,
    hooks: object,
    kind: object,
    *_: object,
) -> StoredTensor:
    """Of kinds that have no type of storage of their own."""
    name = kind.name.removeprefix("torch.") if isinstance(kind, Known) else ""
    if not isinstance(storage, Storage) or storage.kind or name not in DTYPES:
        raise ModelError("a tensor in it has no storage of numbers")
    return _tensor(storage, name, offset, shape, strides)


def _tensor(storage: Storage, kind: str, offset: object, shape: object, strides: object) -> StoredTensor:
    where = f"storage {storage.key[:80]}"
    sides, steps = _whole_numbers(shape, where), _whole_numbers(strides, where)
    (first,) = _whole_numbers((offset,), where)
    check_shape(sides, where)
    if len(sides) != len(steps) or first < 0 or any(step < 0 for step in steps):
        raise ModelError(f"a tensor of shape {sides} has strides {steps} and begins at {first}", where=where)
    last = first + sum((side - 1) * step for side, step in zip(sides, steps, strict=True))
    count = storage.count(kind)
    if 0 not in sides and last >= count:
        view = f"a tensor of shape {sides} and strides {steps} from {first:,} on"
        raise ModelError(f"{view} lies outside of its storage of {count:,} numbers", where=where)
    # Where a side is 1, its stride may be any number, which memory need not have.
    steps = tuple(step if side > 1 else 0 for side, step in zip(sides, steps, strict=True))
    return StoredTensor(storage, kind, first, sides, steps)


def _whole_numbers(values: object, where: str) -> tuple[int, ...]:
    if type(values) is not tuple or not all(type(value) is int and abs(value) < 2**63 for value in values):
        raise ModelError("a tensor in it has no whole numbers for its shape, strides and offset", where=where)
    return values


def _parameter(tensor: object, needs_gradient: object, hooks: object) -> StoredTensor:
    if not isinstance(tensor, StoredTensor):
        raise ModelError("a parameter in it holds no tensor")
    return tensor


def _size(values: object = ()) -> tuple[object, ...]:
    return tuple(values) if isinstance(values, (tuple, list)) else ()


def _ordered_dict(pairs: object = ()) -> dict[object, object]:
    """Every dict keeps its order. What is in it follows after it was made."""
    if pairs not in ((), []):
        raise ModelError("an OrderedDict in it is not written as Python writes it")
    return {}


def _device(*_: object) -> None:
    """Where a tensor was does not matter."""


TORCH: Names = {
    known.name: known
    for known in (
        Known("collections.OrderedDict", _ordered_dict),
        Known("torch._utils._rebuild_tensor_v2", _tensor_v2),
        Known("torch._utils._rebuild_tensor_v3", _tensor_v3),
        Known("torch._utils._rebuild_parameter", _parameter),
        Known("torch.Size", _size),
        Known("torch.device", _device),
        *map(Known, KINDS),
        *(Known(f"torch.{kind}") for kind in DTYPES),
    )
}
