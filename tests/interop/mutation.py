"""Good files made bad: by bytes, by cuts and splices, by lengths, and inside the members of a zip file.

for mutant in mutants([good], seed=1, count=2_000): ...
survives([good], lambda path: import_model(path, readout="last step"), tmp_path / "mutant.pt", seed=1, count=2_000)
"""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from rnnviz.scenario.errors import ScenarioError

BYTES = (0x00, 0x01, 0x28, 0x2E, 0x30, 0x63, 0x7F, 0x80, 0x94, 0xFE, 0xFF)
NUMBERS = (0, 1, 2, 3, 7, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**60, 2**63, 2**64 - 1)
WIDTHS = "BHIQ"
Mutation = Callable[[random.Random, bytearray, bytes], None]


def mutants(seeds: Sequence[bytes], seed: int, count: int) -> Iterator[bytes]:
    """`count` files made from good ones, the same for the same `seed`. Each member of a zip file is changed too, with
    sizes and checksums that are right again, since a reader would see no further than the checksum otherwise."""
    chance = random.Random(seed)
    for _ in range(count):
        good, other = chance.choice(seeds), chance.choice(seeds)
        if good.startswith(b"PK") and chance.random() < 0.7:
            yield _in_a_member(chance, good)
        else:
            yield mutated(chance, good, other)


def mutated(chance: random.Random, good: bytes, other: bytes = b"") -> bytes:
    """One to four changes, anywhere."""
    data = bytearray(good)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 4))):
        chance.choice(MUTATIONS)(chance, data, other or good)
    return bytes(data)


def survives(
    seeds: Sequence[bytes], read: Callable[[Path], object], path: Path, *, seed: int, count: int
) -> Counter[str]:
    """Write each mutant to `path` and read it. How often which error of ours came, "" where a mutant was read.

    Raises AssertionError for any other error; the mutant is left in `path`.
    """
    found: Counter[str] = Counter()
    for number, mutant in enumerate(mutants(seeds, seed, count)):
        path.write_bytes(mutant)
        try:
            read(path)
            found[""] += 1
        except ScenarioError as error:
            found[type(error).__name__] += 1
            if not str(error).isprintable():
                raise AssertionError(f"mutant {number} of seed {seed}: no line of text is said: {error!a}") from error
        except Exception as error:
            raise AssertionError(
                f"mutant {number} of seed {seed}, kept in {path}: {type(error).__name__}: {error}"
            ) from error
    return found


def zipped(members: dict[str, bytes]) -> bytes:
    """A zip file whose members are stored, as PyTorch and Keras write them."""
    local, central = bytearray(), bytearray()
    for name, data in members.items():
        raw, size = name.encode(), len(data)
        # version, flags (names in UTF-8), method, time, date, checksum, sizes, lengths
        same = struct.pack("<5H3L2H", 20, 0x800, 0, 0, 0x21, zlib.crc32(data), size, size, len(raw), 0)
        central += b"PK\1\2\x14\0" + same + struct.pack("<3H2L", 0, 0, 0, 0, len(local)) + raw
        local += b"PK\3\4" + same + raw + data
    count, begin = len(members), len(local)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(central), begin, 0)
    return bytes(local + central + end)


def _in_a_member(chance: random.Random, good: bytes) -> bytes:
    """One member is changed, left out or renamed, mostly a small one, which says what the large ones are."""
    members = dict(_members(good))
    name = min(chance.sample(sorted(members), min(2, len(members))), key=lambda name: len(members[name]))
    if chance.random() < 0.5:  # what describes the rest: data.pkl, config.json
        name = next((name for name in members if name.endswith(("data.pkl", ".json"))), name)
    data = members.pop(name)
    match chance.randrange(12):
        case 0:
            pass
        case 1:
            members[mutated(chance, name.encode()).decode("latin1").replace("\0", "")] = data
        case _:
            members[name] = mutated(chance, data)
    return zipped(members)


@lru_cache(maxsize=64)
def _members(good: bytes) -> tuple[tuple[str, bytes], ...]:
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist())


def _place(chance: random.Random, data: bytearray) -> int:
    return chance.randrange(len(data)) if data else 0


def _flip_a_bit(chance: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[_place(chance, data)] ^= 1 << chance.randrange(8)


def _set_a_byte(chance: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[_place(chance, data)] = chance.choice(BYTES)


def _random_byte(chance: random.Random, data: bytearray, other: bytes) -> None:
    if data:
        data[_place(chance, data)] = chance.randrange(256)


def _truncate(chance: random.Random, data: bytearray, other: bytes) -> None:
    del data[_place(chance, data) :]


def _cut_out(chance: random.Random, data: bytearray, other: bytes) -> None:
    begin = _place(chance, data)
    del data[begin : begin + chance.choice((1, 2, 4, 8, 64))]


def _repeat(chance: random.Random, data: bytearray, other: bytes) -> None:
    begin = _place(chance, data)
    part = data[begin : begin + chance.choice((1, 2, 8, 64, 256))]
    data[begin:begin] = part * chance.choice((1, 1, 2, 16))


def _splice(chance: random.Random, data: bytearray, other: bytes) -> None:
    begin, length = chance.randrange(len(other) or 1), chance.choice((1, 4, 16, 64, 256))
    place = _place(chance, data)
    data[place : place + length] = other[begin : begin + length]


def _set_a_number(chance: random.Random, data: bytearray, other: bytes) -> None:
    """Whatever stands there may be a length, a count, an offset."""
    width = chance.choice(WIDTHS)
    size = struct.calcsize(width)
    value = chance.choice(NUMBERS) % 2 ** (8 * size)
    begin = _place(chance, data)
    if begin + size <= len(data):
        data[begin : begin + size] = struct.pack(chance.choice("<>") + width, value)


def _count_on(chance: random.Random, data: bytearray, other: bytes) -> None:
    """A digit or a byte becomes its neighbour: sizes that are nearly right."""
    if data:
        place = _place(chance, data)
        data[place] = (data[place] + chance.choice((-1, 1))) % 256


def _append(chance: random.Random, data: bytearray, other: bytes) -> None:
    data += chance.choice((b"\0", b".", other[:64], b"PK\5\6" + b"\0" * 18))


MUTATIONS: tuple[Mutation, ...] = (
    _flip_a_bit,
    _set_a_byte,
    _random_byte,
    _truncate,
    _cut_out,
    _repeat,
    _splice,
    _set_a_number,
    _set_a_number,
    _count_on,
    _append,
)
