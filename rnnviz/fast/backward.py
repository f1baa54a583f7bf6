"""A cell's equations -> Python source of the loop back over steps (backpropagation through time).

Equations are walked from last to first. What a quantity hands to others in the same loop over units stays in registers;
it is written into working memory where the loop ends. Derivatives by the state before the step lie in two places that
are used in turn, since the new ones are begun before the old ones are read.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rnnviz.engine.expression import (
    Activation,
    Minus,
    Negative,
    Node,
    Parameter,
    Plus,
    Product,
    Times,
    Variable,
    summands,
    walk,
)
from rnnviz.engine.planner import is_stacked
from rnnviz.fast.printer import Late, Needed, Printed, Printer


def print_backward(*settings: Any, sources: Collection[str], keep: bool) -> Printed:
    """The loop from step last-1 to first.

    settings : as of a `Printer`; sources : quantities with a direct derivative
    keep : whether the derivative by every quantity is written into the records
    """
    printer = _Backward(*settings)
    return printer.backward(sources, keep)


class _Backward(Printer):
    """Records hold what the step knew and what is found: derivatives by stacked sums ("z") and by late products."""

    def backward(self, sources: Collection[str], keep: bool) -> Printed:
        self.pending: dict[Needed, str] = {}  # what the open loop has to add to working memory -> register
        self.written: set[Needed] = set()
        self.activations = {
            id(equation.expression): equation.name
            for equation in self.graph.equations
            if isinstance(equation.expression, Activation)
        }
        for equation in reversed(self.graph.equations):
            self.waiting: list[int] = []  # late products whose vectors are still to be gone back through
            self._equation(equation.name, equation.expression, equation.name in sources, keep)
            while self.waiting:
                self._late(self.waiting.pop(0))
        self.close()
        for name in self.graph.carried:
            if Needed("carry", name) not in self.written:
                self.clear(f"new + {self.at('carry', name)}", self.graph.sizes[name])
                self.close()
        carries = self.at("carries")
        head = (
            "    for t in range(last - 1, first - 1, -1):\n"
            "        now = t * record\n"
            f"        old = (t + 1) % 2 * {carries}\n"
            f"        new = t % 2 * {carries}\n"
        )
        self.lines += [
            "for part in range(len(parts)):",
            "    add_product(work, new + parts[part, 0], parts[part, 1], weights, parts[part, 2],",
            f"                records, now + parts[part, 3], parts[part, 4], {self.lanes})",
        ]
        return self.printed(head)

    def close(self) -> None:
        """Write what the loop has gathered."""
        pending, self.pending = self.pending, {}
        for target, register in pending.items():
            place = self.at(target.kind, target.name)
            if target.kind == "carry":
                place = f"new + {place}"
            if target in self.written or target.kind == "vector bar":  # the latter gathers over the steps
                register = self.register(f"add(load(work, {place} + k), {register})")
            self.line(f"store(work, {place} + k, {register})")
            self.written.add(target)
        super().close()

    # -- values ----------------------------------------------------------------------------------------------------

    def value(self, node: Node) -> str:
        if id(node) in self.activations:  # it is traced
            return super().value(Variable(self.activations[id(node)]))
        return super().value(node)

    def place(self, node: Variable) -> str:
        if node.name == "x":
            return f"now + {self.at('input')}"
        return f"now + {self.at('previous' if node.previous else 'own', node.name)}"

    def product(self, node: Product) -> str:
        return self.loaded("records", f"now + {self.at('late value', self._index(node))}")

    def block(self, index: int) -> str:
        return self.loaded("records", f"now + {self.at('block value', index)}")

    def _index(self, node: Product) -> int:
        """The number of a late product."""
        for index, late in enumerate(self.late):
            if late.node is node:
                return index
        rows, columns = self.graph.parameters[node.matrix.name]
        self.late.append(Late(node, rows, columns))
        return len(self.late) - 1

    # -- the way back ----------------------------------------------------------------------------------------------

    def _equation(self, name: str, expression: Node, has_source: bool, keep: bool) -> None:
        self.open(self.graph.sizes[name])
        own = Needed("bar", name)
        parts = [f"load(records, now + {self.at('source', name)} + k)"] if has_source else []
        if name in self.feeding_back:
            parts.append(f"load(work, old + {self.at('carry', name)} + k)")
        if own in self.written:
            parts.append(f"load(work, {self.at('bar', name)} + k)")
        if own in self.pending:
            parts.append(self.pending.pop(own))
        bar = ""
        for part in parts:
            bar = self.register(f"add({bar}, {part})" if bar else part)
        if keep:
            self.line(f"store(records, now + {self.at('kept', name)} + k, {bar or 'zero(work)'})")
        if bar:
            self._back(expression, bar)

    def _add(self, kind: str, name: str | int, bar: str) -> None:
        target = Needed(kind, name)
        self.pending[target] = self.register(f"add({self.pending[target]}, {bar})") if target in self.pending else bar

    def _back(self, node: Node, bar: str) -> None:
        """Hand the derivative by `node` on to what it is made of."""
        block = self.blocks.get(id(node))
        if block is not None:
            self.line(f"store(records, now + {self.at('z', block)} + k, {bar})")
            for sign, term in summands(node):
                if not (isinstance(term, Parameter) or is_stacked(term)):
                    self._back(term, bar if sign > 0 else self.register(f"negative({bar})"))
            return
        match node:
            case Variable("x", _):
                self.line(f"store(records, now + {self.at('input bar', self._input_bars())} + k, {bar})")
            case Variable(name, previous):
                self._add("carry" if previous else "bar", name, bar)
            case Parameter(name):
                self._add("vector bar", name, bar)
            case Product():
                index = self._index(node)
                self.line(f"store(records, now + {self.at('late bar', index)} + k, {bar})")
                self.waiting.append(index)
            case Times(left, right):
                for one, other in ((left, right), (right, left)):
                    if any(isinstance(n, Variable | Parameter) for n in walk(one)):
                        self._back(one, self.register(f"multiply({bar}, {self.value(other)})"))
            case Plus(left, right):
                self._back(left, bar)
                self._back(right, bar)
            case Minus(left, right):
                self._back(left, bar)
                self._back(right, self.register(f"negative({bar})"))
            case Negative(operand):
                self._back(operand, self.register(f"negative({bar})"))
            case Activation(_, operand, slot):
                function = self.functions[slot]
                if function != "linear":
                    bar = self.register(f"multiply({bar}, {function}_slope({self.value(node)}))")
                self._back(operand, bar)

    def _input_bars(self) -> int:
        """How many times the input was read as it is, so far."""
        return sum(needed.kind == "input bar" for needed in self.needed)

    def _late(self, index: int) -> None:
        """Back through a product with a vector of this step, and on through that vector."""
        late = self.late[index]
        self.close()
        vector_bar = self.buffer(late.columns)
        self.clear(vector_bar, late.columns)
        self.close()
        rows, weights = self.at("count", late.columns), self.at("transposed", index)
        source, columns = self.at("late bar", index), self.at("columns", late.rows)
        self.lines.append(
            f"add_product(work, {vector_bar}, {rows}, weights, {weights}, "
            f"records, now + {source}, {columns}, {self.lanes})"
        )
        self.open(late.columns)
        vector = self.value(late.node.vector)
        self.line(f"store(records, now + {self.at('late vector', index)} + k, {vector})")
        self._back(late.node.vector, self.loaded("work", vector_bar))
