"""A cell's equations -> Python source of a loop over steps, for Numba; sizes, weights and places come at run time."""

from __future__ import annotations

from typing import Any

from rnnviz.engine.expression import Node, Product, Variable, children
from rnnviz.fast.printer import Late, Printed, Printer


def print_forward(*settings: Any) -> Printed:
    """The loop over steps first..last-1: what they read and write lies in `records`, `record` numbers a step.

    settings : as of a `Printer`
    """
    return _Forward(*settings).forward()


class _Forward(Printer):
    """What is carried is written into the record of the next step."""

    def forward(self) -> Printed:
        self.results: dict[int, str] = {}  # late products that are worked out -> their places
        for equation in self.graph.equations:
            size = self.graph.sizes[equation.name]
            self._late_products(equation.expression, size)
            self.open(size)
            place = self.place(Variable(equation.name))
            self.known[place] = self.value(equation.expression)
            self.line(f"store(records, {place} + k, {self.known[place]})")
        return self.printed(
            "    for t in range(first, last):\n"
            "        now = t * record\n"
            "        ahead = now + record\n"
            f"        for k in range(0, parts[0, 1], {self.lanes}):\n"
            "            store(work, k, load(weights, k))\n"
            "        for part in range(1, len(parts)):\n"
            "            add_product(work, parts[part, 0], parts[part, 1], weights, parts[part, 2],\n"
            f"                        records, now + parts[part, 3], parts[part, 4], {self.lanes})\n"
        )

    def place(self, node: Variable) -> str:
        if node.name == "x":
            return f"now + {self.at('input')}"
        if node.previous:
            return f"now + {self.at('previous', node.name)}"
        base = "ahead" if node.name in self.feeding_back else "now"
        return f"{base} + {self.at('own', node.name)}"

    def product(self, node: Product) -> str:
        return self.loaded("work", self.results[id(node)])

    def block(self, index: int) -> str:
        return self.loaded("work", self.at("block", index))

    def _late_products(self, node: Node, size: str) -> None:
        """Work out the products below `node` that are not part of the stacked one, innermost first."""
        for child in children(node):
            self._late_products(child, size)
        if isinstance(node, Product) and id(node) not in self.stacked and id(node) not in self.results:
            columns = self.graph.parameters[node.matrix.name][1]
            source, first = self._vector(node.vector, columns)
            result, rows = self.buffer(size), self.at("count", size)
            self.clear(result, size)
            self.close()
            weights, length = self.at("product", len(self.late)), self.at("columns", columns)
            self.late.append(Late(node, size, columns))
            self.lines.append(
                f"add_product(work, {result}, {rows}, weights, {weights}, {source}, {first}, {length}, {self.lanes})"
            )
            self.results[id(node)] = result

    def _vector(self, node: Node, size: str) -> tuple[str, str]:
        """The array and the place where a late product's vector lies."""
        if isinstance(node, Variable):
            return "records", self.place(node)
        self.open(size)
        value = self.value(node)
        buffer = self.buffer(size)
        self.line(f"store(work, {buffer} + k, {value})")
        return "work", buffer
