"""Graph -> a plan of the work of one step. The ideas:

- One block, one call. Every affine sum over the input and carried states is a block of rows of one stacked matrix, and
  all of them are one product with [carried states; 1; x].
- Blocks that share an activation lie side by side, so one call serves them all.
- A sum of two products `f * c_prev + i * g` is one multiplication when {i, f} lie side by side and {g, c_prev} too.
- So is `(1 - z) * n + z * h_prev`, where 1 - z has a place beside z, and n one beside h_prev.
- The trace is an array of records, one a step. A record holds [gates | paired state | sources of the product], results
  are written straight into it, and a carried quantity is written into the record of the next step.
- The sigmoid's inner factor is folded into the weights: -1 where it is worked out as 1 / (1 + exp(-z)) (float64), 1/2
  where it is 1/2 tanh(z/2) + 1/2 (float32).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.engine.equations import Equation, Graph
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
    walk,
)
from rnnviz.engine.plan import Block, Call, Fixed, Matrix, Place, Plan, Row, Scratch, Stack, Vector

# So many multiplications with zero cost less than one more call.
IDLE_NUMBERS = 2048


def make_plan(
    graph: Graph,
    sizes: Mapping[str, int],
    functions: Mapping[str, str],
    constants: Mapping[str, float],
    forced: frozenset[str] = frozenset(),
    sigmoid_factor: float = -1.0,
) -> Plan:
    """Plan one step.

    sizes : "inputs", "units", "outputs" -> how many
    functions : slot -> activation in use
    forced : carried quantities whose previous value is given from outside (teacher forcing)
    sigmoid_factor : the factor to fold into the weights of a sigmoid
    """
    return _Planner(graph, sizes, functions, constants, forced, sigmoid_factor).plan()


def is_early(node: Node) -> bool:
    """Whether it is known before the step's own quantities are: it uses x and previous values alone."""
    variables = (n for n in walk(node) if isinstance(n, Variable))
    return all(n.previous or n.name == "x" for n in variables)


def is_stacked(term: Node) -> bool:
    """Whether a summand is part of the stacked product."""
    return isinstance(term, Product) and isinstance(term.vector, Variable) and is_early(term)


@dataclass(frozen=True)
class _Sum:
    """An affine sum under way: the node, the quantity that it is worked out for, the factor folded into it."""

    node: Node
    size: int
    factor: float


class _Planner:
    """Makes a plan. Affine sums are kept by the identity of their node: the same text may stand in two equations."""

    def __init__(
        self,
        graph: Graph,
        sizes: Mapping[str, int],
        functions: Mapping[str, str],
        constants: Mapping[str, float],
        forced: frozenset[str],
        sigmoid_factor: float,
    ) -> None:
        self.graph = graph
        self.functions = functions
        self.constants = constants
        self.forced = forced
        self.sigmoid_factor = sigmoid_factor
        self.inputs_size = sizes["inputs"]
        self.size = {name: sizes[size] for name, size in graph.sizes.items()}
        self.calls: list[Call] = []
        self.scratch: list[int] = []

    # -- the plan, in the order of its parts ---------------------------------------------------------------------

    def plan(self) -> Plan:
        self._find_sums()
        self._group()
        self._lay_out_record()
        self._lay_out_stack()
        self._emit()
        return Plan(
            record=self.record,
            slots=self.slots,
            previous=self.previous,
            inputs=self.inputs,
            one=self.one,
            sources=self.sources,
            blocks=self.blocks,
            stack_rows=self.stack_rows,
            scratch=tuple(self.scratch),
            calls=tuple(self.calls),
        )

    def _find_sums(self) -> None:
        """Every affine sum that holds a product with x or a carried state, in reading order."""
        self.sums: dict[int, _Sum] = {}

        def visit(node: Node, size: int, factor: float) -> None:
            if any(is_stacked(term) for _, term in summands(node)):
                foldable = all(self._can_fold(term) for _, term in summands(node))
                self.sums[id(node)] = _Sum(node, size, factor if foldable else 1.0)
                for _, term in summands(node):
                    if not isinstance(term, Product | Parameter):
                        for child in children(term):
                            visit(child, size, 1.0)
                return
            if isinstance(node, Activation):
                is_sigmoid = self.functions[node.slot] == "sigmoid"
                visit(node.operand, size, self.sigmoid_factor if is_sigmoid else 1.0)
            elif not isinstance(node, Product):
                for child in children(node):
                    visit(child, size, 1.0)

        for equation in self.graph.equations:
            visit(equation.expression, self.size[equation.name], 1.0)

    @staticmethod
    def _can_fold(term: Node) -> bool:
        return isinstance(term, Product | Parameter) or (isinstance(term, Times) and isinstance(term.left, Parameter))

    def _group(self) -> None:
        """Quantities that one activation call can serve: act(affine sum of x and previous values), not carried."""
        groups: dict[tuple[str, float], list[str]] = {}
        for equation in self.graph.equations:
            node = equation.expression
            if isinstance(node, Activation) and id(node.operand) in self.sums and is_early(node):
                key = (self.functions[node.slot], self.sums[id(node.operand)].factor)
                if equation.name not in self._carried():
                    groups.setdefault(key, []).append(equation.name)
        self.groups = list(groups.values())
        self.pair = self._find_pair()
        if self.pair:
            gate, other, kept_by, _ = self.pair
            for group in self.groups:
                if gate in group:
                    for name in (gate, kept_by):
                        group.remove(name)
                        group.append(name)
            last = next(group for group in self.groups if other in group)
            last.remove(other)
            last.append(other)
            self.groups.remove(last)
            self.groups.append(last)
        self.blend = None if self.pair else self._find_blend()
        if self.blend:
            gate = self.blend[0]
            first = next(group for group in self.groups if gate in group)
            first.remove(gate)
            first.insert(0, gate)
            self.groups.remove(first)
            self.groups.insert(0, first)

    def _carried(self) -> tuple[str, ...]:
        return tuple(name for name in self.graph.carried if name not in self.forced)

    def _find_pair(self) -> tuple[str, str, str, str] | None:
        """(i, g, f, c) where c = f * c_prev + i * g can be one multiplication of two stretches."""
        for equation in self.graph.equations:
            for i, g, f, c in _two_products(equation):
                group = next((group for group in self.groups if i in group), None)
                g_group = next((group for group in self.groups if g in group), None)
                apart = group and g_group and f in group and f != i and g_group is not group
                if apart and c in self._carried() and self.size[i] == self.size[g] == self.size[f] == self.size[c]:
                    return i, g, f, c
        return None

    def _find_blend(self) -> tuple[str, str, str] | None:
        """(z, n, h) where h = (1 - z) * n + z * h_prev can be one multiplication of {1 - z, z} with {n, h_prev}."""
        batched = [name for group in self.groups for name in group]
        multiplied = self._multiplied()
        for equation in self.graph.equations:
            for z, n, h in _blends(equation):
                apart = z in batched and n not in batched and n not in self._carried()
                alone = [name for name in self.graph.carried if name in multiplied] == [h]
                if apart and alone and h in self._carried() and self.size[z] == self.size[n] == self.size[h]:
                    return z, n, h
        return None

    def _multiplied(self) -> set[str]:
        """Carried quantities that the stacked matrix is multiplied with."""
        return {
            term.vector.name
            for planned in self.sums.values()
            for _, term in summands(planned.node)
            if isinstance(term, Product) and isinstance(term.vector, Variable) and term.vector.name != "x"
        }

    def _lay_out_record(self) -> None:
        """Numbers of a record: [batched quantities][paired state | other states][1][x] [other quantities].

        For a blend: [1 - z][z, other batched quantities] [other states][n][h_prev][1][x] [other quantities].
        """
        multiplied = self._multiplied()
        batched = [name for group in self.groups for name in group]
        carried = list(self.graph.carried)
        if self.pair:
            carried.remove(self.pair[3])
            carried.insert(0, self.pair[3])
        apart = [name for name in carried if name not in multiplied]
        in_sources = [name for name in carried if name in multiplied]
        if self.pair and self.pair[3] in in_sources:
            before, after = [], apart
        else:
            before, after = apart, []
        position = 0

        def place(size: int) -> Row:
            nonlocal position
            position += size
            return Row(position - size, position)

        if self.blend:
            self.complement = place(self.size[self.blend[0]])
        own = {name: place(self.size[name]) for name in batched}
        self.previous = {name: place(self.size[name]) for name in before}
        if self.blend:
            own[self.blend[1]] = place(self.size[self.blend[1]])
        first = position
        self.previous |= {name: place(self.size[name]) for name in in_sources}
        self.one = place(1)
        self.inputs = place(self.inputs_size)
        self.sources = Row(first, position)
        self.previous |= {name: place(self.size[name]) for name in after}
        carried_now = self._carried()
        for equation in self.graph.equations:
            if equation.name not in own and equation.name not in carried_now:
                own[equation.name] = place(self.size[equation.name])
        ahead = {name: Row(self.previous[name].start, self.previous[name].stop, True) for name in carried_now}
        self.slots = {e.name: (own | ahead)[e.name] for e in self.graph.equations}
        self.record = position

    def _lay_out_stack(self) -> None:
        """Rows of the stacked matrix: the batched sums first, in the order of their groups, then the others."""
        batched = [id(self._activation_of(name).operand) for group in self.groups for name in group]
        order = list(dict.fromkeys(batched + list(self.sums)))
        places = {**self.previous, "x": self.inputs}
        columns = {name: (row.start - self.sources.start, row.stop - row.start) for name, row in places.items()}
        one = self.one.start - self.sources.start
        self.block_of: dict[int, Block] = {}
        position = 0
        for key in order:
            planned = self.sums[key]
            terms = []
            for sign, term in summands(planned.node):
                if isinstance(term, Parameter):
                    terms.append((sign * planned.factor, term.name, one, 1))
                elif isinstance(term, Product) and is_stacked(term):
                    assert isinstance(term.vector, Variable)
                    column, count = columns[term.vector.name]
                    terms.append((sign * planned.factor, term.matrix.name, column, count))
            self.block_of[key] = Block(planned.node, position, position + planned.size, tuple(terms))
            position += planned.size
        self.blocks = tuple(self.block_of.values())
        self.stack_rows = position
        self.scratch.append(position)  # scratch 0 takes the stacked product

    # -- the calls -----------------------------------------------------------------------------------------------

    def _emit(self) -> None:
        for part in self._stack_parts():
            sources = Row(self.sources.start + part.left, self.sources.start + part.right)
            self._call("dot", (part, sources), Scratch(0, part.start, part.stop))
        done = set()
        for group in self.groups:
            activations = [self._activation_of(name) for name in group]
            sums = [self._sum(activation.operand) for activation in activations]
            whole = Scratch(0, sums[0].start, sums[-1].stop)
            result = Row(self.slots[group[0]].start, self.slots[group[-1]].stop)
            function = self.functions[activations[0].slot]
            folded = self.sums[id(activations[0].operand)].factor != 1.0
            self._call(function, (whole,), result, folded)
            done.update(group)
        for equation in self.graph.equations:
            if equation.name not in done:
                self._equation(equation)

    def _stack_parts(self) -> list[Stack]:
        """The stacked matrix as one, or, where too much of it is zero, cut into blocks of rows that meet the same."""
        width = self.sources.stop - self.sources.start
        whole = Stack(0, self.stack_rows, 0, width)
        parts: list[Stack] = []
        for block in self.blocks:
            left = min(column for _, _, column, _ in block.terms)
            right = max(column + count for _, _, column, count in block.terms)
            if parts and (parts[-1].left, parts[-1].right) == (left, right):
                parts[-1] = Stack(parts[-1].start, block.stop, left, right)
            else:
                parts.append(Stack(block.start, block.stop, left, right))
        used = sum((part.stop - part.start) * (part.right - part.left) for part in parts)
        if self.stack_rows * width - used <= IDLE_NUMBERS * max(0, len(parts) - 1):
            return [whole] if self.blocks else []
        return parts

    def _activation_of(self, name: str) -> Activation:
        expression = self.graph.equation(name).expression
        assert isinstance(expression, Activation)
        return expression

    def _equation(self, equation: Equation) -> None:
        result = self.slots[equation.name]
        size = self.size[equation.name]
        if self.pair and (self.pair in _two_products(equation)):
            i, g, f, c = self.pair
            gates = Row(self.slots[i].start, self.slots[f].stop)
            values = Row(self.slots[g].start, self.previous[c].stop)
            self._sum_of_two_products(gates, values, size, result)
            return
        if self.blend and self.blend in _blends(equation):
            z, n, h = self.blend
            self._call("subtract", (Fixed(1.0, size), self.slots[z]), self.complement)
            gates = Row(self.complement.start, self.slots[z].stop)
            self._sum_of_two_products(gates, Row(self.slots[n].start, self.previous[h].stop), size, result)
            return
        value = self._value(equation.expression, size, result)
        if value != result:
            self._call("positive", (value,), result)

    def _sum_of_two_products(self, left: Row, right: Row, size: int, result: Row) -> None:
        both = self._new_scratch(2 * size)
        self._call("multiply", (left, right), both)
        self._call("add", (Scratch(both.index, 0, size), Scratch(both.index, size, 2 * size)), result)

    def _call(
        self, name: str, operands: tuple[Place | Matrix | Stack, ...], result: Row | Scratch, folded: bool = False
    ) -> Row | Scratch:
        self.calls.append(Call(name, operands, result, folded))
        return result

    def _new_scratch(self, size: int) -> Scratch:
        self.scratch.append(size)
        return Scratch(len(self.scratch) - 1, 0, size)

    def _value(self, node: Node, size: int, result: Row | Scratch | None = None) -> Place:
        """Emit what works `node` out; its place, which is `result` where something had to be computed into it."""
        if id(node) in self.sums:
            return self._sum(node)
        match node:
            case Number(value):
                return Fixed(value, size)
            case Constant(name):
                return Fixed(self.constants[name], size)
            case Parameter(name):
                return Vector(name, 1.0, size)
            case Variable("x", _):
                return self.inputs
            case Variable(name, previous):
                return self.previous[name] if previous else self.slots[name]
            case Product():
                return self._product(node, size, 1.0, result)
            case Activation(_, operand, slot):
                inner = self._value(operand, size)
                folded = id(operand) in self.sums and self.sums[id(operand)].factor != 1.0
                return self._call(self.functions[slot], (inner,), result or self._new_scratch(size), folded)
            case Negative(operand):
                return self._call("negative", (self._value(operand, size),), result or self._new_scratch(size))
            case Times(left, right) | Plus(left, right) | Minus(left, right):
                name = {Times: "multiply", Plus: "add", Minus: "subtract"}[type(node)]
                operands = (self._value(left, size), self._value(right, size))
                return self._call(name, operands, result or self._new_scratch(size))
        raise AssertionError(node)

    def _product(self, node: Product, size: int, factor: float, result: Row | Scratch | None = None) -> Row | Scratch:
        """A product with a vector that only this step knows, such as U_n @ (r * h_prev)."""
        vector = self._value(node.vector, self._vector_size(node.vector))
        return self._call("dot", (Matrix(node.matrix.name, factor), vector), result or self._new_scratch(size))

    def _vector_size(self, node: Node) -> int:
        names = (n.name for n in walk(node) if isinstance(n, Variable))
        return next(self.inputs_size if name == "x" else self.size[name] for name in names)

    def _sum(self, node: Node) -> Scratch:
        """The sum's stretch of the stacked product, with the terms added that are not part of it."""
        planned, block = self.sums[id(node)], self.block_of[id(node)]
        place = Scratch(0, block.start, block.stop)
        for sign, term in summands(node):
            if isinstance(term, Parameter) or is_stacked(term):
                continue
            factor = sign * planned.factor
            if isinstance(term, Product):
                self._call("add", (place, self._product(term, planned.size, factor)), place)
            elif isinstance(term, Times) and isinstance(term.left, Parameter):
                peephole = Vector(term.left.name, factor, planned.size)
                value = self._value(term.right, planned.size)
                product = self._call("multiply", (peephole, value), self._new_scratch(planned.size))
                self._call("add", (place, product), place)
            else:
                name = "add" if sign > 0 else "subtract"
                self._call(name, (place, self._value(term, planned.size)), place)
        return place


def _two_products(equation: Equation) -> list[tuple[str, str, str, str]]:
    """All readings of `a * b + c * d` as (i, g, f, c): c is this equation's own previous value."""
    terms = summands(equation.expression)
    if len(terms) != 2 or any(sign < 0 for sign, _ in terms):
        return []
    readings = []
    for (_, kept), (_, written) in (terms, terms[::-1]):
        match kept, written:
            case Times(Variable(f, False), Variable(c, True)), Times(Variable(i, False), Variable(g, False)):
                if c == equation.name:
                    readings += [(i, g, f, c), (g, i, f, c)]
    return readings


def _blends(equation: Equation) -> list[tuple[str, str, str]]:
    """All readings of `(1 - z) * n + z * h` as (z, n, h): h is this equation's own previous value."""
    terms = summands(equation.expression)
    if len(terms) != 2 or any(sign < 0 for sign, _ in terms):
        return []
    readings = []
    for (_, new), (_, kept) in (terms, terms[::-1]):
        match new, kept:
            case Times(Minus(Number(1.0), Variable(z, False)), Variable(n, False)), Times(
                Variable(same, False), Variable(h, True)
            ):
                if same == z and h == equation.name:
                    readings.append((z, n, h))
    return readings
