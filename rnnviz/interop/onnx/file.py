"""The bytes of an ONNX file -> the records of `rnnviz.interop.onnx.messages`, within limits.

Field numbers are those of onnx.proto (ONNX 1.20).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Precision
from rnnviz.interop.onnx.messages import (
    FLOAT,
    FLOATS,
    GRAPH,
    INT,
    INTS,
    STANDARD,
    TENSOR,
    TEXT,
    TEXTS,
    Attribute,
    Graph,
    Node,
    OnnxFile,
    Slot,
)
from rnnviz.interop.onnx.tensor import PRECISIONS, read_tensor
from rnnviz.interop.onnx.wire import (
    BYTES,
    FIXED_32,
    NAME_BYTES,
    VARINT,
    Field,
    fields,
    shortened,
    signed,
    text,
    varints,
)

NODES = 20_000
ATTRIBUTES = 64
NAMES = 4_096  # inputs or outputs of a node or graph
NUMBERS = 65_536  # in a list of an attribute
PIECES = 1_000_000  # fields, and numbers in lists: they take far more memory here than in the file

# What stands in the fields of AttributeProto: kind by field number.
_HOLDS = {2: FLOAT, 3: INT, 4: TEXT, 5: TENSOR, 6: GRAPH, 7: FLOATS, 8: INTS, 9: TEXTS, 11: GRAPH}
# What is meant where a value is left out, as writers by proto3 do with zeros.
_OMITTED = {FLOAT: 0.0, INT: 0, TEXT: ""}
# How many of what a graph may have, by field number.
_MOST = {1: (NODES, "operators"), 5: (limits.TENSORS, "initializers"), 11: (NAMES, "inputs"), 12: (NAMES, "outputs")}


def read_onnx_file(path: Path) -> OnnxFile:
    """Raises ModelError, naming the place, for what is broken, too large, or not in the file itself."""
    size = path.stat().st_size
    if size > limits.FILE_BYTES:
        raise ModelError(f"{size:,} bytes; at most {limits.FILE_BYTES:,} are read")
    return parse_onnx(path.read_bytes())


def parse_onnx(data: bytes) -> OnnxFile:
    """Tensors are views of `data` wherever that is possible."""
    reader = _Reader(data)
    return reader.model()


class _Reader:
    """Reads messages; it knows the bytes, and how many numbers all tensors have had so far."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._left = limits.TENSOR_NUMBERS
        self._pieces = 0
        self._kinds: set[int] = set()  # of the tensors that may be weights

    def model(self) -> OnnxFile:
        producer, version = "", ""
        opsets: dict[str, int] = {}
        functions: set[tuple[str, str]] = set()
        graph: Field | None = None
        for found in fields(self._data, 0, len(self._data), "the file"):
            match found.number:
                case 2:
                    producer = self._text(found, "producer")
                case 3:
                    version = self._text(found, "producer")
                case 7:
                    if graph is not None:
                        raise ModelError("the file has two graphs")
                    graph = found
                case 8:
                    domain, number = self._opset(found)
                    opsets[domain] = number
                case 20:
                    raise ModelError("the file holds training information, which is not read; export it for inference")
                case 25:
                    functions.add(self._function(found))
                    if len(functions) > NAMES:
                        raise ModelError(f"more than {NAMES:,} functions")
        if graph is None:
            raise ModelError("the file has no graph; it is no ONNX model")
        opset = next((opsets[domain] for domain in STANDARD if domain in opsets), 0)
        own = next((name for domain, name in functions if domain in STANDARD), None)
        if own is not None:
            raise ModelError(f"the file redefines the operator '{own}'; it is not read")
        read = self._graph(graph)
        precision: Precision = next((name for kind, name in PRECISIONS.items() if kind in self._kinds), "float32")
        writer = shortened(" ".join(f"{producer} {version}".split()))
        return OnnxFile(writer, opset, read, precision, frozenset(functions))

    def _opset(self, message: Field) -> tuple[str, int]:
        domain, version = "", 0
        for found in self._fields(message, "opset_import"):
            match found.number:
                case 1:
                    domain = self._text(found, "opset_import")
                case 2:
                    version = self._integer(found, "opset_import")
        return domain, version

    def _function(self, message: Field) -> tuple[str, str]:
        name, domain = "", ""
        for found in self._fields(message, "functions"):
            match found.number:
                case 1:
                    name = self._text(found, "functions")
                case 10:
                    domain = self._text(found, "functions")
        return domain, name

    def _graph(self, message: Field) -> Graph:
        nodes, initializers, inputs, outputs = self._parts(message)
        tensors: dict[str, NDArray[Any]] = {}
        for found in initializers:
            name, array = self._tensor(found, f"initializer {len(tensors)}")
            if name in tensors:
                raise ModelError("two initializers have this name", where=name)
            tensors[name] = array
        return Graph(
            tuple(self._node(found) for found in nodes),
            tensors,
            tuple(self._slot(found, "an input") for found in inputs),
            tuple(self._slot(found, "an output") for found in outputs),
        )

    def _parts(self, message: Field) -> list[list[Field]]:
        """Where operators, initializers, inputs and outputs lie; counted before any of them is read."""
        parts: dict[int, list[Field]] = {number: [] for number in _MOST}
        for found in self._fields(message, "the graph"):
            if found.number == 15:
                raise ModelError("the file has sparse tensors, which are not read")
            if found.number in parts:
                parts[found.number].append(found)
                _check_count(len(parts[found.number]), *_MOST[found.number])
        return list(parts.values())

    def _node(self, message: Field) -> Node:
        texts = {3: "", 4: "", 7: ""}
        inputs: list[str] = []
        outputs: list[str] = []
        attributes: list[Field] = []
        for found in self._fields(message, "an operator"):
            match found.number:
                case 1:
                    inputs.append(self._text(found, "an operator"))
                case 2:
                    outputs.append(self._text(found, "an operator"))
                case 3 | 4 | 7:
                    texts[found.number] = self._text(found, "an operator")
                case 5:
                    attributes.append(found)
            _check_count(max(len(inputs), len(outputs)), NAMES, "inputs and outputs of an operator")
            _check_count(len(attributes), ATTRIBUTES, "attributes of an operator")
        node = Node(texts[4], texts[7], texts[3], tuple(inputs), tuple(outputs), {})
        read: dict[str, Attribute] = {}
        for found in attributes:
            name, attribute = self._attribute(found, node.where)
            if name in read:
                raise ModelError(f"the attribute '{name}' stands there twice", where=node.where)
            read[name] = attribute
        return Node(node.operator, node.domain, node.name, node.inputs, node.outputs, read)

    def _attribute(self, message: Field, where: str) -> tuple[str, Attribute]:
        name, declared, held = "", 0, 0
        single: Any = None
        several: list[Any] = []
        for found in self._fields(message, where):
            match found.number:
                case 1:
                    name = self._text(found, where)
                case 20:
                    declared = self._integer(found, where)
                case 2:
                    single = self._float(found, where)
                case 3:
                    single = self._integer(found, where)
                case 4 if found.stop - found.start <= NAME_BYTES:  # a longer one is none that is read
                    single = self._text(found, where)
                case 5:
                    single = self._tensor(found, where)[1]
                case 7:
                    several += self._floats(found, where)
                case 8:
                    several += self._integers(found, where)
                case 9:
                    several.append(self._text(found, where))
            kind = _HOLDS.get(found.number, held)
            if held not in (0, kind):
                raise ModelError(f"the attribute '{shortened(name)}' holds values of several types", where=where)
            held = kind
            _check_count(len(several), NUMBERS, "numbers in an attribute")
        if declared and held and declared != held:
            raise ModelError(f"the attribute '{shortened(name)}' is not of the type that it declares", where=where)
        kind = declared or held
        if not held:
            single = _OMITTED.get(kind)
        return name, Attribute(kind, tuple(several) if kind in (FLOATS, INTS, TEXTS) else single)

    def _tensor(self, message: Field, where: str) -> tuple[str, NDArray[Any]]:
        tensor = read_tensor(self._data, message, where, self._left)
        self._left -= tensor.array.size
        if tensor.array.ndim > 1:
            self._kinds.add(tensor.kind)
        return tensor.name, tensor.array

    def _slot(self, message: Field, where: str) -> Slot:
        name = ""
        shape: tuple[int | None, ...] | None = None
        for found in self._fields(message, where):
            match found.number:
                case 1:
                    name = self._text(found, where)
                case 2:
                    shape = self._shape(found, where)
        return Slot(name, shape)

    def _shape(self, message: Field, where: str) -> tuple[int | None, ...] | None:
        """From TypeProto: tensor_type = 1, in it shape = 2, in it dim = 1, in it dim_value = 1."""
        for kind in self._fields(message, where):
            if kind.number != 1:
                continue
            for part in self._fields(kind, where):
                if part.number == 2:
                    sizes = tuple(self._size(size, where) for size in self._fields(part, where) if size.number == 1)
                    _check_count(len(sizes), limits.DIMENSIONS, "dimensions")
                    return sizes
        return None

    def _size(self, message: Field, where: str) -> int | None:
        size: int | None = None
        for found in self._fields(message, where):
            if found.number == 1:
                size = self._integer(found, where)
        return size if size is not None and size > 0 else None

    def _fields(self, message: Field, where: str) -> Iterator[Field]:
        if message.wire != BYTES:
            raise ModelError("is broken: a number stands where there should be more", where=where)
        for found in fields(self._data, message.start, message.stop, where):
            self._count(1)
            yield found

    def _count(self, pieces: int) -> None:
        self._pieces += pieces
        _check_count(self._pieces, PIECES, "fields and numbers outside of tensors")

    def _text(self, found: Field, where: str) -> str:
        return text(self._data, found, where)

    def _integer(self, found: Field, where: str) -> int:
        if found.wire != VARINT:
            raise ModelError("is broken: a whole number is missing", where=where)
        return signed(found.value)

    def _float(self, found: Field, where: str) -> float:
        if found.wire != FIXED_32:
            raise ModelError("is broken: a number is missing", where=where)
        return float(np.frombuffer(self._data, "<f4", 1, found.start)[0])

    def _floats(self, found: Field, where: str) -> list[float]:
        if found.wire == BYTES:
            count = (found.stop - found.start) // 4
            _check_count(count, NUMBERS, "numbers in an attribute")
            self._count(count)
            floats: list[float] = np.frombuffer(self._data, "<f4", count, found.start).tolist()
            return floats
        return [self._float(found, where)]

    def _integers(self, found: Field, where: str) -> list[int]:
        if found.wire == BYTES:
            _check_count(found.stop - found.start, NUMBERS * 10, "bytes in an attribute")
            self._count(found.stop - found.start)
            integers: list[int] = varints(self._data, found.start, found.stop, where).view(np.int64).tolist()
            return integers
        return [self._integer(found, where)]


def _check_count(count: int, most: int, what: str) -> None:
    if count > most:
        raise ModelError(f"more than {most:,} {what}; such a file is not read")
