"""The text of a cell -> its graph. Nothing of the text is ever evaluated as Python.

What may be written, one equation a line:

    i = sigmoid(W_i @ x + U_i @ h_prev + b_i)      # input gate

- `x` is the input; a quantity's name is its value in this step, NAME_prev its value one step before.
- A name beginning with a capital letter is a matrix and stands in front of `@`; `b`, `b_*`, `c_*`, `p_*`, `q_*` are
  vectors (biases, peepholes). Other names are quantities, or constants that the cell declares.
- `@ * + -`, brackets, numbers, and the activations of `rnnviz.engine.activations`.
- The text after `#` says what the quantity means.

Every vector has a size by name: `x` has "inputs" numbers, a quantity has "units" unless the cell says otherwise.
"""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rnnviz.engine.activations import ELEMENTWISE
from rnnviz.engine.errors import EquationError
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
    walk,
)

MAX_EQUATIONS = 64
MAX_LINE = 1000
MAX_DEPTH = 40

_OPERATORS: dict[type[ast.operator], type[Plus | Minus | Times]] = {ast.Add: Plus, ast.Sub: Minus, ast.Mult: Times}
_VECTOR = re.compile(r"b|[bcpq]_\w+")
_QUANTITY = re.compile(r"[a-z][a-z0-9_]*")
_STRANGE = re.compile(r"[^A-Za-z0-9_ \t@*+().,=-]")
_SIZES = ("units", "outputs")
# What the names of a trace and of addresses use beside a cell's quantities.
_TRACE_NAMES = ("forward", "backward", "merged", "pre")
_FREE_NAMES = f"use small letters, not x, *_prev, a parameter's or activation's name, or {', '.join(_TRACE_NAMES)}"
_ALLOWED = "numbers, names, @ * + - and the activations " + ", ".join(ELEMENTWISE)


@dataclass(frozen=True)
class Equation:
    """One line of a cell: `name = expression  # meaning`; `text` is the part before the `#`."""

    name: str
    text: str
    meaning: str
    expression: Node


@dataclass(frozen=True, eq=False)
class Graph:
    """A cell's equations in an order in which they can be worked out. Two graphs are equal only when they are the same.

    carried : quantities whose previous value some equation uses, in order of definition
    parameters : name -> names of its sizes, ("units", "inputs") for a matrix, ("units",) for a vector
    sizes : quantity -> name of its size
    """

    equations: tuple[Equation, ...]
    carried: tuple[str, ...]
    parameters: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, str]
    constants: Mapping[str, float] = field(default_factory=dict)

    def equation(self, name: str) -> Equation:
        """The equation that defines `name`."""
        return next(equation for equation in self.equations if equation.name == name)


def parse(text: str, sizes: Mapping[str, str] | None = None, constants: Mapping[str, float] | None = None) -> Graph:
    """Read a cell's equations.

    sizes : quantity -> name of its size, for those that have not "units" numbers
    constants : name -> value
    Raises EquationError, naming the equation and the place in it.
    """
    lines = [line for line in text.splitlines() if line.split("#")[0].strip()]
    if not lines:
        raise EquationError("the cell has no equation; write one such as 'h = tanh(W @ x + U @ h_prev + b)'")
    if len(lines) > MAX_EQUATIONS:
        raise EquationError(f"the cell has {len(lines)} equations; at most {MAX_EQUATIONS} are allowed")
    assignments = [_Line(line) for line in lines]
    quantities: dict[str, _Line] = {}
    for line in assignments:
        if line.name in quantities:
            raise line.error(f"'{line.name}' is defined twice", line.target)
        quantities[line.name] = line
    constants = dict(constants or {})
    for name in constants:
        if name in quantities:
            raise quantities[name].error(f"'{name}' is a constant of the cell and cannot be defined", None)
        if not _is_free(name):
            raise EquationError(f"'{name}' cannot name a constant: {_FREE_NAMES}")
    for name, size in (sizes or {}).items():
        if size not in _SIZES:
            raise EquationError(f"'{name}' cannot have '{size}' numbers; a quantity has {' or '.join(_SIZES)}")
    equations = [line.equation(quantities.keys(), constants.keys()) for line in assignments]
    all_sizes = {name: (sizes or {}).get(name, "units") for name in quantities}
    parameters = _parameter_sizes(equations, quantities, all_sizes)
    used_before = {n.name for e in equations for n in walk(e.expression) if isinstance(n, Variable) and n.previous}
    return Graph(
        equations=_in_working_order(equations, quantities),
        carried=tuple(name for name in quantities if name in used_before),
        parameters=parameters,
        sizes=all_sizes,
        constants=constants,
    )


def _is_free(name: str) -> bool:
    """Whether a quantity or a constant may be called so."""
    is_taken = name == "x" or name.endswith("_prev") or name in ELEMENTWISE or name in _TRACE_NAMES
    return bool(_QUANTITY.fullmatch(name)) and not is_taken and not _VECTOR.fullmatch(name)


class _Line:
    """One line of the text while it is read; it knows where in the line a piece of syntax stands."""

    def __init__(self, line: str) -> None:
        code, _, meaning = line.partition("#")
        self.text = code.strip()
        self.meaning = meaning.strip()
        if len(self.text) > MAX_LINE:
            raise EquationError(f"an equation of {len(self.text)} characters; at most {MAX_LINE}", self.text, 1)
        strange = _STRANGE.search(self.text)
        if strange:
            raise EquationError(f"only {_ALLOWED} may stand here", self.text, strange.start() + 1)
        try:
            statements = ast.parse(self.text).body
        except SyntaxError as error:
            what = "this equation is nested too deeply" if "nested" in error.msg else "this is not an equation"
            raise EquationError(what, self.text, error.offset or 1) from None
        except (RecursionError, MemoryError):
            raise EquationError("this equation is nested too deeply", self.text, 1) from None
        statement = statements[0]
        if len(statements) != 1 or not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            raise EquationError("an equation is 'name = expression'", self.text, 1)
        self.target = statement.targets[0]
        if not isinstance(self.target, ast.Name):
            raise EquationError("the left side must be one name", self.text, 1)
        self.value = statement.value
        self.name = self.target.id
        self.activations = 0
        self.places: dict[int, ast.expr] = {}
        self._check_name()

    def error(self, message: str, node: ast.AST | None) -> EquationError:
        return EquationError(message, self.text, getattr(node, "col_offset", 0) + 1)

    def _check_name(self) -> None:
        if not _is_free(self.name):
            raise self.error(f"'{self.name}' cannot name a quantity: {_FREE_NAMES}", None)

    def equation(self, quantities: Collection[str], constants: Collection[str]) -> Equation:
        self._quantities, self._constants = quantities, constants
        self._calls = sum(isinstance(node, ast.Call) for node in ast.walk(self.value))
        return Equation(self.name, self.text, self.meaning, self._read(self.value, 0))

    def error_at(self, message: str, node: Node) -> EquationError:
        """An error about a node of the graph that was read from this line."""
        return self.error(message, self.places[id(node)])

    def _read(self, node: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.error("this equation is nested too deeply", node)
        found = self._node(node, depth)
        self.places[id(found)] = node
        return found

    def _node(self, node: ast.expr, depth: int) -> Node:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int() | float() as value):
                return self._number(value, node)
            case ast.Name(id=name):
                return self._named(name, node)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negative(self._read(operand, depth + 1))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                matrix = self._matrix(left)
                return Product(matrix, self._read(right, depth + 1))
            case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() as operator, right=right):
                kind = _OPERATORS[type(operator)]
                operands = self._read(left, depth + 1), self._read(right, depth + 1)
                return kind(*operands)
            case ast.Call(func=ast.Name(id=function), args=[argument], keywords=[]):
                return self._activation(function, argument, node, depth)
        raise self.error(f"only {_ALLOWED} may stand here", node)

    def _number(self, value: float, node: ast.expr) -> Number:
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.error("this number is too large", node)
        return Number(number)

    def _named(self, name: str, node: ast.expr) -> Node:
        if name in self._constants:
            return Constant(name)
        if name == "x" or name in self._quantities:
            return Variable(name)
        if name.endswith("_prev"):
            if name[:-5] in self._quantities:
                return Variable(name[:-5], previous=True)
            raise self.error(f"'{name}' is the previous value of '{name[:-5]}', which no equation defines", node)
        if _VECTOR.fullmatch(name):
            return Parameter(name)
        if name[0].isupper():
            raise self.error(f"the matrix '{name}' must stand in front of @", node)
        raise self.error(
            f"unknown name '{name}': it is no quantity of this cell; parameters begin with a capital letter "
            "(matrices) or are called b, b_*, c_*, p_*, q_* (vectors)",
            node,
        )

    def _matrix(self, node: ast.expr) -> Parameter:
        if not isinstance(node, ast.Name) or not node.id[0].isupper():
            raise self.error("in front of @ must stand one matrix, a name beginning with a capital letter", node)
        return Parameter(node.id)

    def _activation(self, function: str, argument: ast.expr, node: ast.expr, depth: int) -> Activation:
        if function not in ELEMENTWISE:
            raise self.error(f"unknown activation '{function}'; there are {', '.join(ELEMENTWISE)}", node)
        self.activations += 1
        slot = self.name if self._calls == 1 else f"{self.name}.{self.activations}"
        return Activation(function, self._read(argument, depth + 1), slot)


def _in_working_order(equations: list[Equation], quantities: Mapping[str, _Line]) -> tuple[Equation, ...]:
    """The equations in reading order, moved only where one needs another's value of the same step."""
    waiting = list(equations)
    done: dict[str, Equation] = {}
    while waiting:
        ready = next((e for e in waiting if all(name in done for name in _needs(e))), None)
        if ready is None:
            ring = _ring(waiting)
            line = quantities[ring[0]]
            need = " and ".join(f"'{name}'" for name in ring) + " need each other"
            if len(ring) == 1:
                need = f"'{ring[0]}' needs itself"
            raise line.error(f"{need} within one step; use the previous value, such as {ring[0]}_prev", line.value)
        done[ready.name] = ready
        waiting.remove(ready)
    return tuple(done.values())


def _ring(waiting: list[Equation]) -> list[str]:
    """Quantities of which each needs the next, and the last the first."""
    equations = {equation.name: equation for equation in waiting}
    path = [waiting[0].name]
    while True:
        following = next(name for name in sorted(_needs(equations[path[-1]])) if name in equations)
        if following in path:
            return path[path.index(following) :]
        path.append(following)


def _needs(equation: Equation) -> set[str]:
    """Quantities whose value of the same step the equation uses."""
    variables = (node for node in walk(equation.expression) if isinstance(node, Variable))
    return {node.name for node in variables if not node.previous and node.name != "x"}


def _parameter_sizes(
    equations: list[Equation], quantities: Mapping[str, _Line], sizes: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """The shape of every parameter, by the names of its sizes. Raises EquationError where two uses disagree."""
    found: dict[str, tuple[str, ...]] = {}

    def note(line: _Line, node: Node, name: str, shape: tuple[str, ...]) -> None:
        if found.setdefault(name, shape) != shape:
            here, there = (" x ".join(sizes) for sizes in (shape, found[name]))
            raise line.error_at(f"'{name}' is used with shape {here} here and {there} elsewhere", node)

    def own_size(line: _Line, node: Node) -> str | None:
        """The size that an expression has by itself, None for what fits any size."""
        match node:
            case Variable(name, _):
                return "inputs" if name == "x" else sizes[name]
            case Times(left, right) | Plus(left, right) | Minus(left, right):
                return own_size(line, left) or own_size(line, right)
            case Negative(operand) | Activation(_, operand, _):
                return own_size(line, operand)
        return None

    def visit(line: _Line, node: Node, size: str) -> None:
        match node:
            case Variable(name, _):
                own = "inputs" if name == "x" else sizes[name]
                if own != size:
                    message = f"'{name}' has one number per {own[:-1]}, where one per {size[:-1]} is needed"
                    raise line.error_at(message, node)
            case Parameter(name):
                note(line, node, name, (size,))
            case Product(matrix, vector):
                columns = own_size(line, vector)
                if columns is None:
                    raise line.error_at(f"'{matrix.name} @' needs a vector whose size is known", vector)
                note(line, node, matrix.name, (size, columns))
                visit(line, vector, columns)
            case Times(left, right) | Plus(left, right) | Minus(left, right):
                visit(line, left, size)
                visit(line, right, size)
            case Negative(operand) | Activation(_, operand, _):
                visit(line, operand, size)

    for equation in equations:
        visit(quantities[equation.name], equation.expression, sizes[equation.name])
    return found
