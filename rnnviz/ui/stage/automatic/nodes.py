"""From a cell's equations to the nodes of a drawing: activations, valves, operations, and the memories at both ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from rnnviz.engine.cell import opens_and_shuts
from rnnviz.engine.equations import Graph
from rnnviz.engine.expression import (
    Activation,
    Constant,
    Negative,
    Node,
    Number,
    Parameter,
    Product,
    Times,
    Variable,
    children,
    summands,
    walk,
    written,
)
from rnnviz.ui.numbers import MINUS
from rnnviz.ui.stage.diagram import Key, Terms

GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "eta": "η", "theta": "θ", "tau": "τ", "rho": "ρ"}
_SELECTORS = {"q_forward": "q→", "q_backward": "q←"}
_MOST_LETTERS = 4
Kind = Literal["memory", "input", "sum", "square", "valve", "sign", "end", "lane"]


@dataclass(eq=False)
class Box:
    """A node while the drawing is made.

    key : the number, or expression, that it hands on; of : the equation it belongs to; root : the quantity it defines
    terms : of a sum, what stands in its law; slot : of a sum or square, its activation, "" for none
    inputs : the boxes that feed it; for a valve the flow, then the gate
    """

    kind: Kind
    key: Key
    of: str
    inputs: list[Box] = field(default_factory=list)
    root: str = ""
    terms: Terms = ()
    slot: str = ""
    symbol: str = ""
    gate: str = ""
    before: Key = ""  # what goes into its activation
    layer: int = 0
    y: float = 0.0


def boxes_of(graph: Graph, output: str) -> list[Box]:
    """Memories and the input first, then what each equation needs in their order, then the ends at the right edge."""
    return _Builder(graph, output).boxes


class _Builder:
    def __init__(self, graph: Graph, output: str) -> None:
        self.graph = graph
        self.boxes: list[Box] = []
        self._roots: dict[str, Box] = {}
        self._before = {name: self._add(Box("memory", f"{name}_prev", "")) for name in graph.carried}
        nodes = [node for equation in graph.equations for node in walk(equation.expression)]
        self._input = self._add(Box("input", "x", "")) if Variable("x") in nodes else None
        for equation in graph.equations:
            box = self._read(equation.expression, equation.name)
            if box.root or box.kind in ("memory", "input"):  # `y = h` alone: a node of its own, to stand for y
                box = self._add(Box("sign", equation.name, equation.name, [box], symbol="="))
            box.root, box.key = equation.name, equation.name
            self._roots[equation.name] = box
        used = {id(source) for box in self.boxes for source in box.inputs}
        for name, box in list(self._roots.items()):
            if name in graph.carried or name == output or id(box) not in used:
                self._add(Box("end", name, name, [box]))

    def _add(self, box: Box) -> Box:
        self.boxes.append(box)
        return box

    def _read(self, node: Node, of: str) -> Box:
        match node:
            case Variable(name, True):
                return self._before[name]
            case Variable("x"):
                assert self._input is not None
                return self._input
            case Variable(name):
                return self._roots[name]
            case Activation(_, operand, slot):
                if _has_weights(operand):
                    return self._sum(operand, of, node, slot)
                return self._add(Box("square", node, of, [self._read(operand, of)], slot=slot))
            case Times(left, right):
                return self._times(node, left, right, of)
            case Negative(operand):
                return self._add(Box("sign", node, of, [self._read(operand, of)], symbol=MINUS))
        return self._sum(node, of, node, "")

    def _sum(self, inside: Node, of: str, whole: Node, slot: str) -> Box:
        """A sum with weights gets a law; a plain one of two or more is a sign."""
        terms = summands(inside)
        in_law = tuple(term for term in terms if _is_affine(term[1]))
        if not any(_has_weights(term) for _, term in in_law) and not slot:
            return self._plain_sum(terms, of, whole)
        inputs: list[Box] = []
        for _, term in in_law:
            inputs += [self._read(part, of) for part in _multiplied(term)]
        inputs += [self._signed(sign, term, of) for sign, term in terms if not _is_affine(term)]
        return self._add(Box("sum", whole, of, _once(inputs), terms=in_law, slot=slot, before=inside))

    def _plain_sum(self, terms: list[tuple[int, Node]], of: str, whole: Node) -> Box:
        fixed = [(sign, term) for sign, term in terms if isinstance(term, Number | Constant)]
        moving = [(sign, term) for sign, term in terms if not isinstance(term, Number | Constant)]
        if not moving:  # constants alone
            return self._add(Box("sum", whole, of, [], terms=tuple(terms)))
        head = "".join(f"{MINUS if sign < 0 else ''}{short(written(term))}" for sign, term in fixed)
        if len(moving) == 1:
            sign, term = moving[0]
            symbol = f"{head}{MINUS if sign < 0 else '+'}"
            return self._add(Box("sign", whole, of, [self._read(term, of)], symbol=symbol))
        if len(moving) == 2 and not fixed and [sign for sign, _ in moving] == [1, -1]:
            return self._add(Box("sign", whole, of, [self._read(term, of) for _, term in moving], symbol=MINUS))
        inputs = [self._signed(sign, term, of) for sign, term in moving]
        return self._add(Box("sign", whole, of, inputs, symbol=f"{head}+"))

    def _signed(self, sign: int, term: Node, of: str) -> Box:
        box = self._read(term, of)
        return box if sign > 0 else self._add(Box("sign", Negative(term), of, [box], symbol=MINUS))

    def _times(self, node: Node, left: Node, right: Node, of: str) -> Box:
        for factor, other in ((left, right), (right, left)):
            if isinstance(factor, Number | Constant | Parameter):
                symbol = f"×{short(written(factor))}"
                return self._add(Box("sign", node, of, [self._read(other, of)], symbol=symbol))
        for gate, flow in ((left, right), (right, left)):
            if isinstance(gate, Variable) and self._is_gate(gate):
                inputs = [self._read(flow, of), self._roots[gate.name]]
                return self._add(Box("valve", node, of, inputs, gate=gate.name))
        inputs = [self._read(left, of), self._read(right, of)]
        return self._add(Box("sign", node, of, inputs, symbol="×"))

    def _is_gate(self, variable: Variable) -> bool:
        return not variable.previous and variable.name != "x" and opens_and_shuts(variable.name, self.graph)


def short(name: str) -> str:
    """A factor in as few letters as can be told apart: "α", "αh" for "alphah", "q→" for "q_forward", "unc…"."""
    for word, letter in GREEK.items():
        if name.startswith(word):
            name = letter + name.removeprefix(word)
    name = _SELECTORS.get(name, name)
    return name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"


def _has_weights(node: Node) -> bool:
    return any(isinstance(part, Product | Parameter) for _, term in summands(node) for part in _outer(term))


def _outer(term: Node) -> tuple[Node, ...]:
    """A summand and, where it is a weight times something, the weight."""
    return (term, *children(term)) if isinstance(term, Times) and _is_affine(term) else (term,)


def _is_affine(term: Node) -> bool:
    """Whether a summand is written in the law: a matrix product, a bias, a peephole, a constant."""
    match term:
        case Product() | Parameter() | Number() | Constant():
            return True
        case Times(Parameter(), Variable()) | Times(Variable(), Parameter()):
            return True
    return False


def _multiplied(term: Node) -> tuple[Node, ...]:
    """What a weight of the law multiplies."""
    match term:
        case Product(_, vector):
            return (vector,)
        case Times(Parameter(), other) | Times(other, Parameter()):
            return (other,)
    return ()


def _once(boxes: list[Box]) -> list[Box]:
    return list({id(box): box for box in boxes}.values())
