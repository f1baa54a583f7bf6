"""What is read of an ONNX file: operators with their attributes, tensors, inputs and outputs, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from rnnviz.interop.errors import ModelError
from rnnviz.interop.model import Precision
from rnnviz.interop.onnx.wire import (
    shortened,
)

# Kinds of attributes, by the number that AttributeProto has for them.
FLOAT, INT, TEXT, TENSOR, GRAPH, FLOATS, INTS, TEXTS = 1, 2, 3, 4, 5, 6, 7, 8

# The domain of the standard's operators.
STANDARD = ("", "ai.onnx")

_KINDS = {
    FLOAT: "a number",
    INT: "a whole number",
    TEXT: "a text",
    TENSOR: "a tensor",
    FLOATS: "numbers",
    INTS: "whole numbers",
    TEXTS: "texts",
}


@dataclass(frozen=True, eq=False)
class Attribute:
    """kind : as the file declares it, else as it is filled; value : None where it is nothing that is read"""

    kind: int
    value: Any


@dataclass(frozen=True, eq=False)
class Node:
    """One operator. An input or output that is left out is ""."""

    operator: str
    domain: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Attribute]

    @property
    def where(self) -> str:
        """How errors call it: by its name, or by what it gives."""
        name = self.name or next((name for name in self.outputs if name), "")
        return f"{shortened(self.operator)} '{shortened(name)}'"

    @property
    def is_standard(self) -> bool:
        return self.domain in STANDARD

    def has(self, name: str) -> bool:
        return name in self.attributes

    def number(self, name: str, default: float) -> float:
        return float(self._attribute(name, FLOAT, default))

    def integer(self, name: str, default: int) -> int:
        return int(self._attribute(name, INT, default))

    def text(self, name: str, default: str) -> str:
        return str(self._attribute(name, TEXT, default))

    def numbers(self, name: str) -> tuple[float, ...]:
        return tuple(self._attribute(name, FLOATS, ()))

    def integers(self, name: str) -> tuple[int, ...]:
        return tuple(self._attribute(name, INTS, ()))

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(self._attribute(name, TEXTS, ()))

    def tensor(self, name: str) -> NDArray[Any] | None:
        found: NDArray[Any] | None = self._attribute(name, TENSOR, None)
        return found

    def _attribute(self, name: str, kind: int, default: Any) -> Any:
        attribute = self.attributes.get(name)
        if attribute is None:
            return default
        if attribute.kind != kind or attribute.value is None:
            raise ModelError(f"the attribute '{name}' must be {_KINDS[kind]}", where=self.where)
        return attribute.value


@dataclass(frozen=True, eq=False)
class Slot:
    """An input or output of the graph. shape : None where it is not said; a size is None where it is free."""

    name: str
    shape: tuple[int | None, ...] | None


@dataclass(frozen=True, eq=False)
class Graph:
    nodes: tuple[Node, ...]
    tensors: Mapping[str, NDArray[Any]]
    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]


@dataclass(frozen=True, eq=False)
class OnnxFile:
    """
    opset : the version of the standard operators
    precision : of the least exact weights
    functions : domain and name of those that bring a body of their own
    """

    producer: str
    opset: int
    graph: Graph
    precision: Precision
    functions: frozenset[tuple[str, str]]
