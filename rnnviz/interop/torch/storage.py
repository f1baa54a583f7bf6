"""The storages of a PyTorch file: rows of numbers that tensors are views of, each described once and read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rnnviz.interop.errors import ModelError
from rnnviz.interop.torch.pickle_machine import Known
from rnnviz.interop.weights.arena import Arena
from rnnviz.interop.weights.tensor import DTYPES, Array, widened

# Types of storages -> the kind of their numbers. Those that are missing here hold no numbers that could be weights.
KINDS: Mapping[str, str] = {
    "torch.DoubleStorage": "float64",
    "torch.FloatStorage": "float32",
    "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16",
    "torch.ComplexFloatStorage": "complex64",
    "torch.ComplexDoubleStorage": "complex128",
    "torch.LongStorage": "int64",
    "torch.IntStorage": "int32",
    "torch.ShortStorage": "int16",
    "torch.CharStorage": "int8",
    "torch.ByteStorage": "uint8",
    "torch.BoolStorage": "bool",
    "torch.storage.UntypedStorage": "",
}
_UNCLEAR = "a storage in it is not described as PyTorch describes it"

# Fills an array with the numbers of a storage as they lie in the file.
Fill = Callable[[str, Array, Arena], None]


@dataclass(frozen=True, eq=False)
class Storage:
    """
    kind : of its numbers, one of `DTYPES`; "" where only the tensors say that
    size : in bytes
    begin : the number of the whole storage at which this one begins; above 0 only for views in old files
    """

    key: str
    kind: str
    size: int
    begin: int = 0

    @property
    def itemsize(self) -> int:
        return DTYPES[self.kind].itemsize if self.kind else 1

    def count(self, kind: str) -> int:
        return self.size // DTYPES[kind].itemsize


@dataclass(eq=False)
class Storages:
    """All storages of a file.

    check : raises ModelError where the file has not that many bytes for a key
    fill : reads them
    is_little : the order of the bytes in a number; False on a few large machines
    """

    check: Callable[[str, int], None]
    fill: Fill
    is_little: bool = True
    found: dict[str, Storage] = field(default_factory=dict)
    kept: dict[tuple[str, str], Array] = field(default_factory=dict)

    @cached_property
    def arena(self) -> Arena:
        """Memory for all that is described, which is made when it is first needed."""
        return Arena(sum(storage.size + 64 for storage in self.found.values()))

    def of_zip(self, identity: object) -> Storage:
        """The storage of a persistent id: ("storage", type, key, location, count)."""
        return self._described(identity, 5)

    def of_old(self, identity: object) -> Storage:
        """The same with a view of it, or None, behind: (key of the view, where it begins, count)."""
        whole = self._described(identity, 6)
        view = identity[5]  # type: ignore[index]  # it was seen to be a tuple of 6
        if view is None:
            return whole
        if type(view) is not tuple or len(view) != 3 or not all(type(number) is int for number in view[1:]):
            raise ModelError(_UNCLEAR, where=f"storage {whole.key}")
        begin, count = view[1:]
        if begin < 0 or count < 0 or (begin + count) * whole.itemsize > whole.size:
            raise ModelError("a view lies outside of its storage", where=f"storage {whole.key}")
        return Storage(whole.key, whole.kind, count * whole.itemsize, begin)

    def numbers(self, storage: Storage, kind: str) -> Array:
        """The numbers of a storage, one array for all tensors in it."""
        at = (storage.key, kind)
        if at not in self.kept:
            raw = self.arena.array(DTYPES[kind], self.found[storage.key].count(kind))
            self.fill(storage.key, raw, self.arena)
            self.arena.is_finite &= self.is_little  # other numbers were looked at than there are
            self.kept[at] = widened(raw if self.is_little else raw.byteswap(), kind)
        return self.kept[at][storage.begin : storage.begin + storage.count(kind)]

    def _described(self, identity: object, length: int) -> Storage:
        if type(identity) is not tuple or len(identity) != length or identity[0] != "storage":
            raise ModelError(_UNCLEAR)
        type_, key, _, count = identity[1:5]
        if not isinstance(type_, Known) or not isinstance(key, str) or type(count) is not int or count < 0:
            raise ModelError(_UNCLEAR)
        if type_.name not in KINDS:
            raise ModelError(f"a storage in it is of the type {type_.name}, which holds no numbers")
        kind = KINDS[type_.name]
        size = count * (DTYPES[kind].itemsize if kind else 1)
        if key not in self.found:
            self.check(key, size)
            self.found[key] = Storage(key, kind, size)
        storage = self.found[key]
        if (storage.kind, storage.size) != (kind, size):
            raise ModelError("two tensors in it say different things of one storage", where=f"storage {key[:80]!a}")
        return storage
