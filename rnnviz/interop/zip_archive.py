"""Zip files of strangers, read member by member: never extracted, every declared size checked before it is believed."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.weights.arena import Arena

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64_BYTES = 20
_LOCAL = struct.Struct("<4s5H3L2H")
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class ZipArchive:
    """The members of a zip file by name. Use it in a `with` statement.

    file_size : of the zip file, in bytes

    Raises ModelError for what is no complete zip file, and for duplicate names, members that overlap, encryption,
    other compressions than deflate, and sizes that cannot be true.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = Path(path).open("rb")  # noqa: SIM115 (__exit__ closes it)
        try:
            self._zip = self._opened()
            self._members = self._checked()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._members)

    def size(self, name: str) -> int:
        """Bytes of a member, unpacked."""
        return self._member(name).file_size

    def read(self, name: str, most: int = limits.TEXT_BYTES) -> bytes:
        """A whole member. Raises ModelError where it is larger than `most` bytes, or broken."""
        member = self._member(name)
        if member.file_size > most:
            raise ModelError(f"{member.file_size:,} bytes; at most {most:,} are read", where=name)
        with _as_model_error(name):
            data = self._zip.read(member)
        if len(data) != member.file_size:
            raise ModelError(f"has {len(data):,} bytes where {member.file_size:,} are declared", where=name)
        return data

    def beginning(self, name: str, most: int) -> bytes:
        """The first bytes of a member, at most `most`."""
        with _as_model_error(name), self._zip.open(self._member(name)) as stream:
            return stream.read(most)

    def fill(self, array: NDArray[Any], name: str, arena: Arena, offset: int = 0) -> None:
        """Fill an array of `arena` with the bytes of a member from `offset` on; stored ones are read in place."""
        member = self._member(name)
        if offset + array.nbytes > member.file_size:
            raise ModelError(f"{array.nbytes:,} bytes from byte {offset:,} on lie outside of the member", where=name)
        if member.compress_type == zipfile.ZIP_STORED:
            self._file.seek(self._begin(member) + offset)
            if not arena.fill(array, self._file):
                raise ModelError("the file ends within this member", where=name)
            return
        data = self.read(name, limits.UNPACKED_BYTES)
        if not arena.fill(array, io.BytesIO(data[offset:] if offset else data)):
            raise ModelError("the file ends within this member", where=name)

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self._members:
            raise ModelError("there is no such record in the file", where=name)
        return self._members[name]

    def _opened(self) -> zipfile.ZipFile:
        self.file_size = self._file.seek(0, os.SEEK_END)
        if self.file_size > limits.FILE_BYTES:
            raise ModelError(f"{self.file_size:,} bytes; at most {limits.FILE_BYTES:,} are read")
        entries, directory = self._declared()
        if entries > limits.MEMBERS or directory > limits.DIRECTORY_BYTES:
            raise ModelError(f"the zip file declares {entries:,} members; at most {limits.MEMBERS:,} are read")
        with _as_model_error(""):
            return zipfile.ZipFile(self._file)

    def _declared(self) -> tuple[int, int]:
        """Members, and bytes of their directory, as the end of the file declares them.

        Where there is a second end, for large files, the zip module believes that one, whatever the first one says.
        """
        tail = min(self.file_size, _END_64.size + _LOCATOR_64_BYTES + _END.size + 0xFFFF)
        self._file.seek(self.file_size - tail)
        data = self._file.read(tail)
        at = data.rfind(b"PK\5\6")
        if at < 0 or at + _END.size > len(data):
            raise ModelError("this is not a complete zip file: its end is missing, so copy or download it again")
        _, _, _, _, entries, directory, _, _ = _END.unpack_from(data, at)
        at_64 = at - _LOCATOR_64_BYTES - _END_64.size
        if at_64 >= 0 and data.startswith(b"PK\6\6", at_64):
            entries, directory = _END_64.unpack_from(data, at_64)[7:9]
        elif entries == 0xFFFF or directory == 0xFFFFFFFF:
            raise ModelError("this is not a complete zip file: its directory cannot be found")
        return entries, directory

    def _checked(self) -> dict[str, zipfile.ZipInfo]:
        members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name = member.filename
            if name in members:
                raise ModelError("the zip file has two members of this name", where=name)
            if member.flag_bits & _ENCRYPTED:
                raise ModelError("this member is encrypted, which is not read", where=name)
            if member.compress_type not in _PLAIN:
                raise ModelError("is packed in a way that is not read; deflate is", where=name)
            if member.file_size > member.compress_size * limits.DEFLATE_RATIO + 64:
                raise ModelError(f"{member.compress_size:,} bytes cannot unpack to {member.file_size:,}", where=name)
            is_stored = member.compress_type == zipfile.ZIP_STORED
            if is_stored and member.file_size != member.compress_size:
                raise ModelError("declares two different sizes", where=name)
            members[name] = member
        self._check_overlaps(members)
        self._check_total(members)
        return members

    def _check_total(self, members: dict[str, zipfile.ZipInfo]) -> None:
        packed = sum(member.compress_size for member in members.values())
        unpacked = sum(member.file_size for member in members.values())
        if unpacked > max(limits.ALWAYS_UNPACKED, packed * limits.USUAL_RATIO):
            said = f"{packed:,} bytes of it would unpack to {unpacked:,}"
            raise ModelError(f"{said}; more than {limits.USUAL_RATIO} times as many are not read")

    def _check_overlaps(self, members: dict[str, zipfile.ZipInfo]) -> None:
        end = 0
        for member in sorted(members.values(), key=lambda member: member.header_offset):
            if member.header_offset < end:
                raise ModelError("this member overlaps another one", where=member.filename)
            end = member.header_offset + _LOCAL.size + member.compress_size

    def _begin(self, member: zipfile.ZipInfo) -> int:
        """Where the bytes of a member begin: after its own header, which must be about the same member."""
        self._file.seek(member.header_offset)
        header = self._file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
            raise ModelError("its header is not where the zip file says", where=member.filename)
        *_, name_length, extra_length = _LOCAL.unpack(header)
        return member.header_offset + _LOCAL.size + int(name_length) + int(extra_length)


@contextmanager
def _as_model_error(where: str) -> Iterator[None]:
    """The zip module fails in many ways on what is no zip file."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ModelError(f"this is not a complete zip file: {error}", where=where) from None
    except (ValueError, OverflowError, OSError, MemoryError) as error:
        raise ModelError(f"this zip file is broken: {error}", where=where) from None
