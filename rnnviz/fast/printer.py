"""What both directions of a printed loop share: places, loops over units, registers, expressions.

All that is elementwise is one loop over the units, with every quantity in a register until it is written into the
record. Only a product with a vector that the step itself knows, such as U_n @ (r * h_prev), ends such a loop.
The names are ours (a3, v7): no text of a cell ever gets into the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.engine.equations import Graph
from rnnviz.engine.expression import (
    Activation,
    Constant,
    Minus,
    Negative,
    Node,
    Number,
    Parameter,
    Plus,
    Product,
    Times,
    Variable,
    summands,
)
from rnnviz.engine.plan import Block
from rnnviz.engine.planner import is_stacked


@dataclass(frozen=True)
class Needed:
    """A number that the printed code is given: where something lies, or how long it is.

    kind : "count" (filled up to whole vectors) or "columns" of a size; else a place
    """

    kind: str
    name: str | int = ""


@dataclass(frozen=True)
class Late:
    """A product with a vector that only the step itself knows. rows, columns : names of the sizes of its matrix."""

    node: Product
    rows: str
    columns: str


@dataclass(frozen=True)
class Printed:
    """The source, and what it has to be given.

    needed : the numbers of `at`, in order
    buffers : names of the sizes of working memory
    late, numbers : late products; the values of kind "number"
    """

    source: str
    needed: tuple[Needed, ...]
    buffers: tuple[str, ...]
    late: tuple[Late, ...]
    numbers: tuple[float, ...]


HEAD = """\
from rnnviz.fast.lanes import *
from rnnviz.fast.products import add_product


def run(records, record, first, last, at, parts, weights, work):
"""


class Printer:
    """Prints a cell with its settings; a direction says in which order, and where the values of products are."""

    def __init__(
        self,
        graph: Graph,
        blocks: tuple[Block, ...],
        functions: Mapping[str, str],
        constants: Mapping[str, float],
        forced: frozenset[str],
        lanes: int,
    ) -> None:
        self.graph, self.functions, self.constants, self.lanes = graph, functions, constants, lanes
        self.blocks = {id(block.sum): k for k, block in enumerate(blocks)}
        terms = (term for block in blocks for _, term in summands(block.sum))
        self.stacked = {id(term) for term in terms if is_stacked(term)}
        self.feeding_back = {name for name in graph.carried if name not in forced}
        self.needed: dict[Needed, str] = {}
        self.buffers: list[str] = []
        self.late: list[Late] = []
        self.numbers: list[float] = []
        self.lines: list[str] = []
        self.loop = ""  # names the size that the open loop goes over
        self.known: dict[str, str] = {}  # what is in a register of the open loop: place -> register
        self.registers = 0

    def printed(self, head: str) -> Printed:
        unpacked = "".join(f"    {name} = at[{k}]\n" for k, name in enumerate(self.needed.values()))
        body = "".join(f"        {line}\n" for line in self.lines)
        source = f"{HEAD}{unpacked}{head}{body}"
        return Printed(source, tuple(self.needed), tuple(self.buffers), tuple(self.late), tuple(self.numbers))

    # -- places and lines ------------------------------------------------------------------------------------------

    def at(self, kind: str, name: str | int = "") -> str:
        """The name of a number that the code is given."""
        return self.needed.setdefault(Needed(kind, name), f"a{len(self.needed)}")

    def buffer(self, size: str) -> str:
        """The place of some working memory."""
        self.buffers.append(size)
        return self.at("buffer", len(self.buffers) - 1)

    def open(self, size: str) -> None:
        """Go on in a loop over the numbers of a size."""
        if self.loop != size:
            self.close()
            self.loop = size
            self.lines.append(f"for k in range(0, {self.at('count', size)}, {self.lanes}):")

    def close(self) -> None:
        self.loop = ""
        self.known.clear()

    def line(self, text: str) -> None:
        self.lines.append("    " + text)

    def register(self, text: str) -> str:
        self.registers += 1
        self.line(f"v{self.registers} = {text}")
        return f"v{self.registers}"

    def loaded(self, array: str, place: str) -> str:
        """The register with what lies at a place, loaded once in a loop."""
        if place not in self.known:
            self.known[place] = self.register(f"load({array}, {place} + k)")
        return self.known[place]

    def clear(self, place: str, size: str) -> None:
        self.open(size)
        self.line(f"store(work, {place} + k, zero(work))")

    # -- expressions -----------------------------------------------------------------------------------------------

    def place(self, node: Variable) -> str:
        """Where a quantity of this step, or of the step before, begins in the records."""
        raise NotImplementedError

    def product(self, node: Product) -> str:
        """The register with the value of a late product."""
        raise NotImplementedError

    def block(self, index: int) -> str:
        """The register with the value of a stacked sum, as far as it is stacked."""
        raise NotImplementedError

    def value(self, node: Node) -> str:
        """The register that holds `node` at k..k+lanes-1."""
        if id(node) in self.blocks:
            return self._sum(node)
        match node:
            case Number(value):
                return self.number(value)
            case Constant(name):
                return self.number(self.constants[name])
            case Parameter(name):
                return self.loaded("weights", self.at("vector", name))
            case Variable():
                return self.loaded("records", self.place(node))
            case Product():
                return self.product(node)
            case Activation(_, operand, slot):
                function = self.functions[slot]
                inner = self.value(operand)
                return inner if function == "linear" else self.register(f"{function}({inner})")
            case Negative(operand):
                return self.register(f"negative({self.value(operand)})")
            case Plus(Times(a, b), c) | Plus(c, Times(a, b)):
                return self.register(f"times_plus({self.value(a)}, {self.value(b)}, {self.value(c)})")
            case Times(left, right) | Plus(left, right) | Minus(left, right):
                name = {Times: "multiply", Plus: "add", Minus: "subtract"}[type(node)]
                return self.register(f"{name}({self.value(left)}, {self.value(right)})")
        raise AssertionError(node)

    def number(self, value: float) -> str:
        if value not in self.numbers:
            self.numbers.append(value)
        return self.register(f"spread(weights, {self.at('number', self.numbers.index(value))})")

    def _sum(self, node: Node) -> str:
        """A stacked sum, with the terms added that are not part of it."""
        value = self.block(self.blocks[id(node)])
        for sign, term in summands(node):
            if isinstance(term, Parameter) or is_stacked(term):
                continue
            if isinstance(term, Times) and sign > 0:
                value = self.register(f"times_plus({self.value(term.left)}, {self.value(term.right)}, {value})")
            else:
                name = "add" if sign > 0 else "subtract"
                value = self.register(f"{name}({value}, {self.value(term)})")
        return value
