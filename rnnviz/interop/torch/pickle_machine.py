"""A pickle read by a machine that executes nothing: a name in it is looked up in a table of our own functions.

Python's own unpickler imports what a pickle names and calls it. This one knows the operations that make plain values;
any other operation, and any name that is not in the table, ends the reading by its name. All work and memory is bounded
by the length of the pickle: keys are scalars, so that no hash walks a tree of shared tuples, and what calls make is no
longer altogether than the pickle, however often it names one text.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from rnnviz.interop.errors import ModelError

OPERATIONS = 800_000
CONTAINERS = 300_000
ARGUMENTS = 16
_INTEGER_BYTES = 32
_LINE_BYTES = 1_000
_PROTOCOL = 5
_KEYS = (str, int, float, bytes, type(None))
_LARGEST_KEY = 2**60  # larger ones can be chosen so that they all have one hash


@dataclass(frozen=True)
class Known:
    """What a pickle may name. `make` is called where the pickle calls it; without one it can only be passed on."""

    name: str
    make: Callable[..., object] | None = None


@runtime_checkable
class Buildable(Protocol):
    """A value of ours that takes the state which a pickle gives it."""

    def build(self, state: object) -> None: ...


Names = Mapping[str, Known]


def read_pickle(
    data: bytes, names: Names, persistent: Callable[[object], object] | None = None, begin: int = 0
) -> tuple[object, int]:
    """The value of the pickle that begins at byte `begin`, and where the next byte after it is.

    names : "module.name" -> what it stands for
    persistent : from a persistent id to the value that it stands for
    Raises ModelError, naming what is not read.
    """
    machine = _Machine(data, names, persistent, begin)
    try:
        return machine.run(), machine.at
    except ModelError:
        raise
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, struct.error, OverflowError):
        raise ModelError(f"the pickle in it is broken at byte {machine.at:,}") from None


class _Machine:
    """The stack, the marks on it and the memo, as the operations of `pickletools` describe them."""

    def __init__(self, data: bytes, names: Names, persistent: Callable[[object], object] | None, begin: int) -> None:
        self.data, self.names, self.persistent, self.at = data, names, persistent, begin
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: dict[int, Any] = {}
        self.containers = 0
        self.made = 0

    def run(self) -> object:
        data, operations = self.data, _OPERATIONS
        for _ in range(OPERATIONS):
            code = data[self.at]
            self.at += 1
            if code == _STOP:
                return self.stack.pop()
            operation = operations[code]
            if operation is None:
                self.refuse_operation(code)
            else:
                operation(self)
        raise ModelError(f"the pickle in it has more than {OPERATIONS:,} operations")

    def refuse_operation(self, code: int) -> None:
        if code == _INST:  # it says itself what it would call
            self.named(self.line(), self.line())
        raise ModelError(f"the pickle in it has the operation {_name_of(code)}, which is not read: {_SAVE}")

    def named(self, module: str, name: str) -> Known:
        full = f"{module}.{name}"
        if full not in self.names:
            raise ModelError(_refusal(full))
        return self.names[full]

    # what operations are made of

    def take(self, length: int) -> bytes:
        """The next bytes. A length is only believed where the bytes are there."""
        end = self.at + length
        if length < 0 or end > len(self.data):
            raise ModelError(f"the pickle in it is broken at byte {self.at:,}: {length:,} bytes are declared")
        data = self.data[self.at : end]
        self.at = end
        return data

    def byte(self) -> int:
        value = self.data[self.at]
        self.at += 1
        return value

    def number(self, size: int, *, signed: bool = False) -> int:
        return int.from_bytes(self.take(size), "little", signed=signed)

    def line(self, encoding: str = "utf-8") -> str:
        end = self.data.index(b"\n", self.at, self.at + _LINE_BYTES)
        text = self.data[self.at : end].decode(encoding)
        self.at = end + 1
        return text

    def push(self, value: object) -> None:
        self.stack.append(value)

    def contain(self, value: object) -> None:
        """Push a container; each takes much more memory than the byte that makes it."""
        self.containers += 1
        if self.containers > CONTAINERS:
            raise ModelError(f"the pickle in it has more than {CONTAINERS:,} lists, tuples and dicts")
        self.stack.append(value)

    def since_mark(self) -> list[Any]:
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def integer(self, length: int) -> None:
        if length > _INTEGER_BYTES:
            raise ModelError(f"the pickle in it has a whole number of {length:,} bytes")
        self.push(self.number(length, signed=True))

    def text(self, length: int) -> None:
        self.push(self.take(length).decode("utf-8"))

    # operations

    def protocol(self) -> None:
        version = self.number(1)
        if version > _PROTOCOL:
            raise ModelError(f"the pickle in it is of protocol {version}; up to {_PROTOCOL} is read")

    def frame(self) -> None:
        self.at += 8  # how many bytes follow in one piece does not matter here

    def mark(self) -> None:
        self.contain(None)
        self.stack.pop()
        self.marks.append(self.stack)
        self.stack = []

    def pop(self) -> None:
        if self.stack:
            self.stack.pop()
        else:
            self.since_mark()

    def line_integer(self) -> None:
        text = self.line()
        if len(text) > 2 * _INTEGER_BYTES:
            raise ModelError(f"the pickle in it has a whole number of {len(text):,} digits")
        self.push({"00": False, "01": True}.get(text) if text in ("00", "01") else int(text.rstrip("L")))

    def tuple_of(self, count: int) -> None:
        if count > len(self.stack):
            raise IndexError
        items = tuple(self.stack[len(self.stack) - count :])
        del self.stack[len(self.stack) - count :]
        self.contain(items)

    def dict_of(self, items: list[Any]) -> None:
        self.contain({})
        self.set_items(items)

    def set_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not dict or len(items) % 2:
            raise ValueError
        for key, value in zip(items[::2], items[1::2], strict=True):
            if not isinstance(key, _KEYS) or (isinstance(key, int) and abs(key) > _LARGEST_KEY):
                raise ModelError("the pickle in it has a key that is no text and no number of usual size")
            target[key] = value

    def append_items(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise ValueError
        target.extend(items)

    def append(self) -> None:
        item = self.stack.pop()
        self.append_items([item])

    def set_item(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.set_items([key, value])

    def memoize(self, index: int) -> None:
        self.memo[index] = self.stack[-1]

    def stack_global(self) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        if not isinstance(name, str) or not isinstance(module, str):
            raise ValueError
        self.push(self.named(module, name))

    def reduce(self) -> None:
        arguments, called = self.stack.pop(), self.stack.pop()
        if not isinstance(called, Known) or called.make is None or type(arguments) is not tuple:
            what = called.name if isinstance(called, Known) else "what is none of its names"
            raise ModelError(f"the pickle in it calls {what}, which is not read: {_SAVE}")
        if len(arguments) > ARGUMENTS:
            raise ValueError
        self.contain(self.counted(called.make(*arguments)))

    def counted(self, value: object) -> object:
        """What a call made may be a copy of a text or list, of which each entry came from a byte of the pickle."""
        self.made += len(value) if isinstance(value, (bytes, tuple)) else 0
        if self.made > len(self.data):
            raise ModelError("the pickle in it copies its texts and lists again and again, which no model does")
        return value

    def build(self) -> None:
        """An OrderedDict gets attributes, which do not matter; arrays of NumPy get what they hold."""
        state, target = self.stack.pop(), self.stack[-1]
        if isinstance(target, Buildable):
            target.build(state)
        elif type(target) is not dict:
            raise ModelError(f"the pickle in it sets attributes of an object, which is not read: {_SAVE}")

    def persistent_id(self) -> None:
        if self.persistent is None:
            raise ModelError(f"the pickle in it has the operation BINPERSID, which is not read here: {_SAVE}")
        self.push(self.persistent(self.stack.pop()))


_SAVE = 'save the weights alone, torch.save(model.state_dict(), "model.pt")'
_WHOLE = ("torch.nn.", "__main__.")


def _refusal(name: str) -> str:
    shown = name if name.isprintable() and len(name) < 200 else ascii(name)[:200]
    if name.startswith(_WHOLE):
        return f"a whole model was saved, an object of {shown}, which only its own program can make; {_SAVE}"
    return f"the pickle in it names {shown}, which is not read since that could run code; {_SAVE}"


def _name_of(code: int) -> str:
    from pickletools import opcodes  # a large module, for an error alone

    return next((known.name for known in opcodes if ord(known.code) == code), f"0x{code:02x}, which is none")


_STOP, _INST = ord("."), ord("i")
_Operation = Callable[[_Machine], None]


def _double(machine: _Machine) -> None:
    machine.push(struct.unpack(">d", machine.take(8))[0])


_BY_CODE: dict[bytes, _Operation] = {
    b"\x80": _Machine.protocol,
    b"\x95": _Machine.frame,
    b"(": _Machine.mark,
    b"0": _Machine.pop,
    b"1": lambda m: m.since_mark().clear(),
    b"2": lambda m: m.push(m.stack[-1]),
    b"N": lambda m: m.push(None),
    b"\x88": lambda m: m.push(True),
    b"\x89": lambda m: m.push(False),
    b"I": _Machine.line_integer,
    b"L": _Machine.line_integer,
    b"J": lambda m: m.push(m.number(4, signed=True)),
    b"K": lambda m: m.stack.append(m.byte()),
    b"M": lambda m: m.push(m.number(2)),
    b"\x8a": lambda m: m.integer(m.byte()),
    b"\x8b": lambda m: m.integer(m.number(4)),
    b"F": lambda m: m.push(float(m.line())),
    b"G": _double,
    b"U": lambda m: m.text(m.byte()),
    b"T": lambda m: m.text(m.number(4)),
    b"C": lambda m: m.push(m.take(m.byte())),
    b"B": lambda m: m.push(m.take(m.number(4))),
    b"\x8e": lambda m: m.push(m.take(m.number(8))),
    b"\x96": lambda m: m.push(m.take(m.number(8))),
    b"V": lambda m: m.push(m.line("raw-unicode-escape")),
    b"X": lambda m: m.text(m.number(4)),
    b"\x8c": lambda m: m.text(m.byte()),
    b"\x8d": lambda m: m.text(m.number(8)),
    b"]": lambda m: m.contain([]),
    b"}": lambda m: m.contain({}),
    b"\x8f": lambda m: m.contain([]),  # a set, whose order does not matter here
    b")": lambda m: m.push(()),
    b"a": _Machine.append,
    b"e": lambda m: m.append_items(m.since_mark()),
    b"\x90": lambda m: m.append_items(m.since_mark()),
    b"l": lambda m: m.contain(m.since_mark()),
    b"d": lambda m: m.dict_of(m.since_mark()),
    b"t": lambda m: m.contain(tuple(m.since_mark())),
    b"\x91": lambda m: m.contain(tuple(m.since_mark())),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"s": _Machine.set_item,
    b"u": lambda m: m.set_items(m.since_mark()),
    b"g": lambda m: m.stack.append(m.memo[int(m.line()[:20])]),
    b"h": lambda m: m.stack.append(m.memo[m.byte()]),
    b"j": lambda m: m.stack.append(m.memo[m.number(4)]),
    b"p": lambda m: m.memoize(int(m.line()[:20])),
    b"q": lambda m: m.memoize(m.byte()),
    b"r": lambda m: m.memoize(m.number(4)),
    b"\x94": lambda m: m.memoize(len(m.memo)),
    b"c": lambda m: m.push(m.named(m.line(), m.line())),
    b"\x93": _Machine.stack_global,
    b"R": _Machine.reduce,
    b"b": _Machine.build,
    b"Q": _Machine.persistent_id,
}
_OPERATIONS: tuple[_Operation | None, ...] = tuple(_BY_CODE.get(bytes([code])) for code in range(256))
