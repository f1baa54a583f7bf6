"""A cell's equations -> Python source of a loop over steps, for Numba; sizes, weights and places come at run time.

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
    children,
    summands,
)
from rnnviz.engine.plan import Block
from rnnviz.engine.planner import is_stacked


@dataclass(frozen=True)
class Needed:
    """A number that the printed code is given: where something lies, or how long it is.

    kind : "own", "previous", "input", "block", "buffer", "vector", "number", "product" (places), "count", "columns"
    """

    kind: str
    name: str | int = ""


@dataclass(frozen=True)
class Late:
    """A product with a vector that only the step itself knows. size: names the length of its result."""

    matrix: str
    size: str


@dataclass(frozen=True)
class Printed:
    """The source, and what it has to be given.

    needed : the numbers of `at`, in order
    buffers : names of the sizes of working memory beside the sums
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
"""


def print_forward(
    graph: Graph,
    blocks: tuple[Block, ...],
    functions: Mapping[str, str],
    constants: Mapping[str, float],
    forced: frozenset[str],
    lanes: int,
) -> Printed:
    """The loop over steps first..last-1: what they read and write lies in `records`, `record` numbers a step."""
    return _Forward(graph, blocks, functions, constants, forced, lanes).printed()


class _Forward:
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
        self.ahead = {name for name in graph.carried if name not in forced}
        self.needed: dict[Needed, str] = {}
        self.buffers: list[str] = []
        self.late: list[Late] = []
        self.numbers: list[float] = []
        self.late_results: dict[int, str] = {}
        self.lines: list[str] = []
        self.loop = ""  # names the size that the open loop goes over
        self.known: dict[str, str] = {}  # quantity -> its register in the open loop
        self.registers = 0

    def printed(self) -> Printed:
        for equation in self.graph.equations:
            size = self.graph.sizes[equation.name]
            self._late_products(equation.expression, size)
            self._open(size)
            value = self._value(equation.expression)
            self._line(f"store(records, {self._place(Variable(equation.name))} + k, {value})")
            self.known[equation.name] = value
        return Printed(self._source(), tuple(self.needed), tuple(self.buffers), tuple(self.late), tuple(self.numbers))

    def _source(self) -> str:
        unpacked = "".join(f"    {name} = at[{k}]\n" for k, name in enumerate(self.needed.values()))
        body = "\n".join(f"        {line}" for line in self.lines)
        return (
            f"{HEAD}\n\n"
            "def run(records, record, first, last, at, parts, weights, work):\n"
            f"{unpacked}"
            "    for t in range(first, last):\n"
            "        now = t * record\n"
            "        ahead = now + record\n"
            f"        for k in range(0, parts[0, 1], {self.lanes}):\n"
            "            store(work, k, load(weights, k))\n"
            "        for part in range(1, len(parts)):\n"
            "            add_product(work, parts[part, 0], parts[part, 1], weights, parts[part, 2],\n"
            f"                        records, now + parts[part, 3], parts[part, 4], {self.lanes})\n"
            f"{body}\n"
        )

    # -- places and lines ------------------------------------------------------------------------------------------

    def _at(self, kind: str, name: str | int = "") -> str:
        return self.needed.setdefault(Needed(kind, name), f"a{len(self.needed)}")

    def _open(self, size: str) -> None:
        if self.loop != size:
            self._close()
            self.loop = size
            self.lines.append(f"for k in range(0, {self._at('count', size)}, {self.lanes}):")

    def _close(self) -> None:
        self.loop = ""
        self.known.clear()

    def _line(self, text: str) -> None:
        self.lines.append("    " + text)

    def _register(self, text: str) -> str:
        self.registers += 1
        self._line(f"v{self.registers} = {text}")
        return f"v{self.registers}"

    # -- expressions -----------------------------------------------------------------------------------------------

    def _late_products(self, node: Node, size: str) -> None:
        """Work out the products below `node` that are not part of the stacked one, innermost first."""
        for child in children(node):
            self._late_products(child, size)
        if isinstance(node, Product) and id(node) not in self.stacked and id(node) not in self.late_results:
            length = self.graph.parameters[node.matrix.name][1]
            source, first = self._vector(node.vector, length)
            result = self._buffer(size)
            index = len(self.late)
            self.late.append(Late(node.matrix.name, size))
            self._close()
            rows, weights = self._at("count", size), self._at("product", index)
            self.lines.append(f"for k in range(0, {rows}, {self.lanes}):")
            self._line(f"store(work, {result} + k, zero(work))")
            columns = self._at("columns", length)
            self.lines.append(
                f"add_product(work, {result}, {rows}, weights, {weights}, {source}, {first}, {columns}, {self.lanes})"
            )
            self.late_results[id(node)] = result

    def _vector(self, node: Node, length: str) -> tuple[str, str]:
        """The array and the place where a late product's vector lies."""
        if isinstance(node, Variable):
            return "records", self._place(node)
        self._open(length)
        value = self._value(node)
        buffer = self._buffer(length)
        self._line(f"store(work, {buffer} + k, {value})")
        return "work", buffer

    def _buffer(self, size: str) -> str:
        self.buffers.append(size)
        return self._at("buffer", len(self.buffers) - 1)

    def _value(self, node: Node) -> str:
        """The register that holds `node` at k..k+lanes-1."""
        if id(node) in self.blocks:
            return self._sum(node)
        match node:
            case Number(value):
                return self._number(value)
            case Constant(name):
                return self._number(self.constants[name])
            case Parameter(name):
                return self._register(f"load(weights, {self._at('vector', name)} + k)")
            case Variable():
                return self._variable(node)
            case Product():
                return self._register(f"load(work, {self.late_results[id(node)]} + k)")
            case Activation(_, operand, slot):
                function = self.functions[slot]
                inner = self._value(operand)
                return inner if function == "linear" else self._register(f"{function}({inner})")
            case Negative(operand):
                return self._register(f"negative({self._value(operand)})")
            case Plus(Times(a, b), c) | Plus(c, Times(a, b)):
                return self._register(f"times_plus({self._value(a)}, {self._value(b)}, {self._value(c)})")
            case Times(left, right) | Plus(left, right) | Minus(left, right):
                name = {Times: "multiply", Plus: "add", Minus: "subtract"}[type(node)]
                return self._register(f"{name}({self._value(left)}, {self._value(right)})")
        raise AssertionError(node)

    def _number(self, value: float) -> str:
        if value not in self.numbers:
            self.numbers.append(value)
        return self._register(f"spread(weights, {self._at('number', self.numbers.index(value))})")

    def _variable(self, node: Variable) -> str:
        if node.name in self.known and not node.previous:
            return self.known[node.name]
        return self._register(f"load(records, {self._place(node)} + k)")

    def _place(self, node: Variable) -> str:
        """Where a quantity of this step, or of the step before, begins in the records."""
        if node.name == "x":
            return f"now + {self._at('input')}"
        if node.previous:
            return f"now + {self._at('previous', node.name)}"
        base = "ahead" if node.name in self.ahead else "now"
        return f"{base} + {self._at('own', node.name)}"

    def _sum(self, node: Node) -> str:
        """A stacked sum, with the terms added that are not part of it."""
        value = self._register(f"load(work, {self._at('block', self.blocks[id(node)])} + k)")
        for sign, term in summands(node):
            if isinstance(term, Parameter) or is_stacked(term):
                continue
            if isinstance(term, Times) and sign > 0:
                left, right = self._value(term.left), self._value(term.right)
                value = self._register(f"times_plus({left}, {right}, {value})")
            else:
                name = "add" if sign > 0 else "subtract"
                value = self._register(f"{name}({value}, {self._value(term)})")
        return value
