"""One number -> the equation it came from, with the numbers put in, and the address of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from rnnviz.engine.errors import AddressError
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
    written,
)
from rnnviz.engine.latex import in_brackets, latex, typeset
from rnnviz.engine.latex import quantity as symbol
from rnnviz.engine.network import DENSE, Dense, Embedding, Layer, Pool, Recurrent
from rnnviz.engine.origin import Origin
from rnnviz.engine.pooling import origins
from rnnviz.engine.scalar import Applied, Factors, Known, Operand, Scalar, SoftmaxOf, Sum, operands, pieces, value
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace

MEANING_OF_POOL = {
    "mean": "mean over the steps so far",
    "max": "largest of the steps so far",
    "sum": "sum over the steps so far",
}


@dataclass(frozen=True)
class Term:
    """One summand of a law: what it reads, what it contributes, and what it is made of."""

    label: str
    value: float
    operands: tuple[Operand, ...]


@dataclass(frozen=True)
class Explanation:
    """Where one number came from.

    value : the traced number, bit for bit
    law : the equation in symbols, such as "c = f * c_prev + i * g"; empty for what is given (inputs, parameters)
    scalar : the same for this unit with numbers in, as a tree; None for what is given
    held : the step is padding, the value was only handed on
    """

    address: Address | ParameterAddress | GradientAddress
    value: float
    title: str
    meaning: str
    law: str = ""
    law_latex: str = ""
    scalar: Scalar | None = None
    held: bool = False
    operands: tuple[Operand, ...] = field(default=(), compare=False)
    terms: tuple[Term, ...] = field(default=(), compare=False)

    def _repr_html_(self) -> str:
        from rnnviz.engine.notebook import explanation_page  # which needs this module, and only notebooks need it

        return explanation_page.html(self)

    def _repr_latex_(self) -> str:
        from rnnviz.engine.notebook import explanation_page

        return explanation_page.latex(self)

    def recompute(self) -> float:
        """The law worked out again from the operands; for what is given, its value."""
        return self.value if self.scalar is None else value(self.scalar)

    def pieces(self, digits: int = 6, limit: int = 6) -> list[tuple[str, Operand | None]]:
        """The law with numbers, cut so that each number stands alone with its operand.

        Of sums longer than `limit` the largest summands are written out, the rest as one number.
        """
        return [] if self.scalar is None else pieces(self.scalar, digits, limit)

    def numbers(self, digits: int = 6, limit: int = 6) -> str:
        """The law with numbers as text: "0.999955 * 6.99977 + 4.53979e-05 * 1"."""
        return "".join(text for text, _ in self.pieces(digits, limit))


def explain(trace: Trace, address: Address | ParameterAddress) -> Explanation:
    """Explain one number of a run. Raises AddressError for an address that names none."""
    if isinstance(address, ParameterAddress):
        number = trace.number(address)
        where = f"{address.parameter}[{address.row}, {address.column}]"
        if trace.params[address.parameter].ndim == 1:
            where = f"{address.parameter}[{address.row}]"
        return Explanation(address, number, where, "parameter, given")
    if address.quantity in ("x", "target"):
        meaning = "input, given" if address.quantity == "x" else "target, given"
        title = f"{address.quantity}[{address.unit}] at step {address.step}"
        return Explanation(address, trace.number(address), title, meaning)
    return Explainer(trace, address).explain()


class Explainer:
    """Works out one explanation, or puts numbers into an expression, at the layer, direction and step of an address."""

    def __init__(self, trace: Trace, address: Address) -> None:
        self.trace, self.address, self.network = trace, address, trace.network
        origin = Origin(trace, address)
        self.is_pre, self.quantity, self.layer = origin.is_pre, origin.quantity, origin.layer
        self.name, self.prefix, self.input_name = origin.name, origin.prefix, origin.input_name
        self.previous_step = origin.previous_step
        self.reads = name_in(self.layer, self.input_name)

    def explain(self) -> Explanation:
        address = self.address
        plain = Address(self.quantity, address.step, address.sequence, address.unit)
        number = self.trace.number(plain)
        if self._is_initial():
            return self._explained(number, "state before the first step, given", "", "", None)
        match self.layer:
            case Recurrent() if self.name == "merged":
                law, law_latex, scalar = self._merged(self.layer)
                return self._explained(number, "output of the layer", law, law_latex, scalar)
            case Recurrent():
                return self._of_cell(self.layer, number)
            case Dense():
                return self._of_readout(self.layer, number)
            case Pool():
                return self._of_pool(self.layer, number)
            case Embedding():
                scalar = self._looked_up()
                return self._explained(number, "embedding", "e = E[x]", "e_{t} = E_{x_{t}}", scalar)
        raise AddressError(f"'{self.quantity}' cannot be explained")

    def _is_initial(self) -> bool:
        return not 1 <= self.address.step <= self.trace.steps

    def _explained(
        self, number: float, meaning: str, law: str, law_latex: str, scalar: Scalar | None, held: bool = False
    ) -> Explanation:
        when = "after" if self.quantity in self.trace.carried else "at"
        name = f"{self.name}.pre" if self.is_pre else self.name
        title = f"{name}[{self.address.unit}] {when} step {self.address.step}"
        found = () if scalar is None else tuple(operands(scalar))
        terms = () if scalar is None else tuple(_terms(scalar))
        return Explanation(self.address, number, title, meaning, law, law_latex, scalar, held, found, terms)

    # -- what the kinds of layers do -----------------------------------------------------------------------------

    def _of_cell(self, layer: Recurrent, number: float) -> Explanation:
        equation = layer.cell.graph.equation(self.name)
        if self.trace.is_masked(self.address.step, self.address.sequence) and not self.is_pre:
            return self._of_padding(layer, number, equation.meaning)
        expression = with_functions(equation.expression, layer.functions())
        name = self.name
        meaning = equation.meaning
        if self.is_pre:
            if not isinstance(equation.expression, Activation):
                raise AddressError(f"'{self.quantity}' has no activation, so there is no '{self.address.quantity}'")
            expression = with_functions(equation.expression.operand, layer.functions())
            name, meaning = f"{name}.pre", f"{meaning}, before its activation"
        scalar = self.scalar(layer, expression, self.address.unit)
        expression = with_input(expression, self.reads)
        law = f"{name} = {written(expression)}"
        known = value(scalar) if self.is_pre else number
        return self._explained(known, meaning, law, latex(name, expression), scalar)

    def _of_padding(self, layer: Recurrent, number: float, meaning: str) -> Explanation:
        """At padding a quantity keeps its value; before the first real step one that is not carried is 0."""
        address = self.address
        step = self.previous_step
        is_carried = self.name in layer.cell.graph.carried and self.name not in layer.forced
        if is_carried or 1 <= step <= self.trace.steps:
            before = Address(self.quantity, step, address.sequence, address.unit)
            scalar = Known(self.operand(f"{self.name}_prev[{address.unit}]", before))
            law, in_latex = f"{self.name} = {self.name}_prev", latex(self.name, Variable(self.name, previous=True))
        else:
            scalar = Known(Operand("0", None, 0.0))
            law, in_latex = f"{self.name} = 0", latex(self.name, Number(0.0))
        return self._explained(number, meaning, law, in_latex, scalar, held=True)

    def _of_readout(self, layer: Dense, number: float) -> Explanation:
        expression = DENSE.graph.equation("y").expression
        assert isinstance(expression, Activation)
        inner = with_input(expression.operand, self.reads)
        if self.is_pre:
            scalar = self.scalar(layer, expression.operand, self.address.unit)
            law, in_latex = f"y.pre = {written(inner)}", latex("y.pre", inner)
            return self._explained(value(scalar), "readout, before its activation", law, in_latex, scalar)
        if layer.activation == "softmax":
            pre = f"{self.quantity}.pre"
            powers = tuple(
                Known(self.operand(f"y.pre[{k}]", Address(pre, self.address.step, self.address.sequence, k)))
                for k in range(layer.units)
            )
            law, in_latex = f"y = softmax({written(inner)})", latex("y", Activation("softmax", inner, "y"))
            return self._explained(number, "output", law, in_latex, SoftmaxOf(self.address.unit, powers))
        expression = with_functions(expression, {"y": layer.activation})
        scalar = self.scalar(layer, expression, self.address.unit)
        shown = with_input(expression, self.reads)
        return self._explained(number, "output", f"y = {written(shown)}", latex("y", shown), scalar)

    def _of_pool(self, layer: Pool, number: float) -> Explanation:
        """What has entered at the real steps so far; at padding the value of the step before."""
        meaning = MEANING_OF_POOL[layer.kind]
        step, sequence, unit = self.address.step, self.address.sequence, self.address.unit
        if self.trace.is_masked(step, sequence):
            if step == 1:
                return self._explained(
                    number, meaning, "y = 0", latex("y", Number(0.0)), _constant("0", 0.0), held=True
                )
            before = Address(self.quantity, step - 1, sequence, unit)
            scalar: Scalar = Known(self.operand(f"y_prev[{unit}]", before))
            return self._explained(number, meaning, "y = y_prev", latex("y", Variable("y", True)), scalar, held=True)
        law, law_latex = self._law_of_pool(layer)
        return self._explained(number, meaning, law, law_latex, self._pooled(layer))

    def _law_of_pool(self, layer: Pool) -> tuple[str, str]:
        word = {"mean": "mean", "max": "largest", "sum": "sum"}[layer.kind]
        sign = {"mean": r"\frac{1}{n_{t}} \sum", "max": r"\max", "sum": r"\sum"}[layer.kind]
        law_latex = rf"{symbol('y')} = {sign}_{{s \le t}} {symbol(self.reads, 's')}"
        return f"y = {word} of {self.reads} over steps 1 to t", law_latex

    def _pooled(self, layer: Pool) -> Scalar:
        step, sequence, unit = self.address.step, self.address.sequence, self.address.unit
        mask = self.trace.mask if self.trace.mask is None else self.trace.mask[:step, [sequence]]
        x = self.trace[self.input_name][:step, [sequence]][..., [unit]]

        def entered(row: int) -> Known:
            address = Address(self.input_name, row + 1, sequence, unit)
            return Known(self.operand(f"{self.reads}[{unit}] of step {row + 1}", address))

        if layer.kind == "max":
            return entered(int(origins(x, mask)[-1, 0, 0]))
        real = range(step) if mask is None else np.flatnonzero(mask).tolist()
        total = Sum(tuple((1, entered(row)) for row in real))
        if layer.kind == "sum":
            return total
        return Factors((total, Applied("1/", _constant(f"1/{len(real)}", float(len(real))))))

    def _looked_up(self) -> Scalar:
        address = Address("x", self.address.step, self.address.sequence, 0)
        row = int(self.trace.number(address))
        parameter = ParameterAddress(f"{self.layer.name}.E", row, self.address.unit)
        return Known(self.operand(f"E[{row}, {self.address.unit}]", parameter))

    def _merged(self, layer: Recurrent) -> tuple[str, str, Scalar]:
        """Law, law as LaTeX, law for one unit."""
        step, sequence, unit = self.address.step, self.address.sequence, self.address.unit
        output = layer.cell.output
        if layer.masked_output == "zero" and self.trace.is_masked(step, sequence):
            return "merged = 0 (padding)", latex("merged", Number(0.0)), Known(Operand("0", None, 0.0))

        def known(direction: str, index: int) -> Scalar:
            final = layer.returns == "final" and direction == "backward"
            address = Address(layer.prefix(direction) + output, 1 if final else step, sequence, index)
            return Known(self.operand(f"{direction}.{output}[{index}]", address))

        if layer.direction != "both":
            return f"merged = {output}", latex("merged", Variable(output)), known(layer.direction, unit)
        size, ways = layer.size_of(output), (f"forward.{output}", f"backward.{output}")
        if layer.merge == "concat":
            direction, index = ("forward", unit) if unit < size else ("backward", unit - size)
            stacked = rf"{symbol('merged')} = \left[{symbol(ways[0])};\, {symbol(ways[1])}\right]"
            return f"merged = [{ways[0]}; {ways[1]}]", stacked, known(direction, index)
        both = (known("forward", unit), known("backward", unit))
        read = (Variable(ways[0]), Variable(ways[1]))
        if layer.merge == "mul":
            return f"merged = {ways[0]} * {ways[1]}", latex("merged", Times(*read)), Factors(both)
        total, added = Sum(((1, both[0]), (1, both[1]))), Plus(*read)
        if layer.merge == "sum":
            return f"merged = {ways[0]} + {ways[1]}", latex("merged", added), total
        half = Factors((total, Known(Operand("0.5", None, 0.5))))
        in_latex = rf"{symbol('merged')} = \tfrac{{1}}{{2}} {in_brackets(typeset(added))}"
        return f"merged = ({ways[0]} + {ways[1]}) * 0.5", in_latex, half

    # -- an expression for one unit ------------------------------------------------------------------------------

    def operand(self, label: str, address: Address | ParameterAddress) -> Operand:
        return Operand(label, address, self.trace.number(address))

    def scalar(self, layer: Recurrent | Dense, node: Node, unit: int) -> Scalar:
        """The expression for one unit, numbers in."""
        match node:
            case Number(number):
                return Known(Operand(f"{number:g}", None, number))
            case Constant(name):
                assert isinstance(layer, Recurrent)
                return Known(Operand(name, None, layer.constant_values()[name]))
            case Variable(name, previous):
                return Known(self._variable(layer, name, previous, unit))
            case Parameter(name):
                return Known(self.operand(f"{name}[{unit}]", ParameterAddress(self.prefix + name, unit)))
            case Times(left, right):
                return Factors((self.scalar(layer, left, unit), self.scalar(layer, right, unit)))
            case Activation(function, operand, _):
                return Applied(function, self.scalar(layer, operand, unit))
            case Product() | Plus() | Minus() | Negative():
                terms = []
                for sign, term in summands(node):
                    if isinstance(term, Product):
                        terms += [(sign, part) for part in self._product(layer, term, unit)]
                    else:
                        terms.append((sign, self.scalar(layer, term, unit)))
                return Sum(tuple(terms))

    def _product(self, layer: Recurrent | Dense, node: Product, unit: int) -> Iterator[Scalar]:
        """The summands of one row of `matrix @ vector`."""
        name = node.matrix.name
        for column in range(self.trace.params[self.prefix + name].shape[1]):
            weight = self.operand(f"{name}[{unit}, {column}]", ParameterAddress(self.prefix + name, unit, column))
            yield Factors((Known(weight), self.scalar(layer, node.vector, column)))

    def _variable(self, layer: Recurrent | Dense, name: str, previous: bool, unit: int) -> Operand:
        step, sequence = self.address.step, self.address.sequence
        if name == "x":
            return self.operand(f"{self.reads}[{unit}]", Address(self.input_name, step, sequence, unit))
        if not previous:
            return self.operand(f"{name}[{unit}]", Address(self.prefix + name, step, sequence, unit))
        label = f"{name}_prev[{unit}]"
        forced = isinstance(layer, Recurrent) and name in layer.forced
        if forced and 1 <= self.previous_step <= self.trace.steps:
            return self.operand(label, Address("target", self.previous_step, sequence, unit))
        return self.operand(label, Address(self.prefix + name, self.previous_step, sequence, unit))


def with_functions(node: Node, functions: dict[str, str]) -> Node:
    """The expression with the activations in use; `linear` is left out."""
    match node:
        case Activation(_, operand, slot):
            inner = with_functions(operand, functions)
            return inner if functions[slot] == "linear" else Activation(functions[slot], inner, slot)
        case Product(matrix, vector):
            return Product(matrix, with_functions(vector, functions))
        case Times(left, right) | Plus(left, right) | Minus(left, right):
            return type(node)(with_functions(left, functions), with_functions(right, functions))
        case Negative(operand):
            return Negative(with_functions(operand, functions))
    return node


def with_input(node: Node, name: str) -> Node:
    """The expression with another name in place of `x`: a layer after the first reads what the one before says."""
    match node:
        case Variable("x", previous=False):
            return Variable(name)
        case Product(matrix, vector):
            return Product(matrix, with_input(vector, name))
        case Times(left, right) | Plus(left, right) | Minus(left, right):
            return type(node)(with_input(left, name), with_input(right, name))
        case Activation(function, operand, slot):
            return Activation(function, with_input(operand, name), slot)
        case Negative(operand):
            return Negative(with_input(operand, name))
    return node


def _constant(label: str, number: float) -> Known:
    return Known(Operand(label, None, number))


def name_in(layer: Layer, entering: str) -> str:
    """What a law of a layer calls the quantity that enters it: its letter, with its layer where the law has it too."""
    letter = entering.rpartition(".")[2]
    own = layer.cell.graph.sizes if isinstance(layer, Recurrent) else ("y",)
    return entering if letter in own else letter


def _terms(scalar: Scalar) -> Iterator[Term]:
    """The summands of a law, of what its activation is applied to."""
    while isinstance(scalar, Applied):
        scalar = scalar.operand
    if isinstance(scalar, SoftmaxOf):
        return
    shares: tuple[Scalar, ...] = ()
    match scalar:
        case Factors((Sum() as total, *rest)):  # a share of a sum: the same share of each summand
            scalar, shares = total, tuple(rest)
    for sign, part in scalar.terms if isinstance(scalar, Sum) else ((1, scalar),):
        part = Factors((part, *shares)) if shares else part
        found = tuple(operands(part))
        label = " * ".join(operand.label for operand in found)
        yield Term(label if sign > 0 else f"-{label}", sign * value(part), found)
