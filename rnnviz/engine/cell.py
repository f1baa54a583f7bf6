"""A cell type: its equations, and what can be read off them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rnnviz.engine.equations import Graph, parse
from rnnviz.engine.errors import EquationError
from rnnviz.engine.expression import Activation, Minus, Node, Number, Parameter, Plus, Times, Variable, summands, walk

GATE_FUNCTIONS = ("sigmoid", "hard", "hard_sigmoid", "hard_sigmoid_keras2")


@dataclass(frozen=True)
class Cell:
    """The equations of a recurrent cell; everything else about it is derived from them.

    sizes : quantity -> "units" or "outputs", where it is not "units"
    constants : named numbers with their default values, which a layer may set
    output : the quantity handed to the next layer
    source : author and year of the paper
    Raises EquationError when the text or the output's name is wrong.
    """

    name: str
    title: str
    equations: str
    output: str = "h"
    sizes: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        if self.output not in self.graph.sizes:
            raise EquationError(f"the cell '{self.name}' has no equation for its output '{self.output}'")

    @cached_property
    def graph(self) -> Graph:
        """The parsed equations."""
        return parse(self.equations, self.sizes, self.constants)

    @cached_property
    def slots(self) -> dict[str, str]:
        """Where an activation can be exchanged -> the function that the text puts there."""
        nodes = (node for equation in self.graph.equations for node in walk(equation.expression))
        return {node.slot: node.function for node in nodes if isinstance(node, Activation)}

    @cached_property
    def gates(self) -> tuple[str, ...]:
        """Quantities that open and shut: by their equation they lie between 0 and 1, and others are multiplied by them
        (else it is a state or an output that happens to lie there)."""
        nodes = [node for equation in self.graph.equations for node in walk(equation.expression)]
        factors = {
            inner.name
            for node in nodes
            if isinstance(node, Times)
            for inner in walk(node)
            if isinstance(inner, Variable) and not inner.previous
        }
        return tuple(e.name for e in self.graph.equations if e.name in factors and opens_and_shuts(e.name, self.graph))

    @cached_property
    def keeps(self) -> dict[str, str]:
        """Gate -> the carried quantity of which it keeps a fraction: {"f": "c"} for the LSTM."""
        found = {}
        for state in self.graph.carried:
            for _, term in summands(self.graph.equation(state).expression):
                match term:
                    case Times(Variable(gate, False), Variable(kept, True)) if kept == state and gate in self.gates:
                        found[gate] = state
        return found

    @property
    def has_outputs(self) -> bool:
        """Whether a layer of this cell needs a number of outputs beside its units."""
        return "outputs" in self.graph.sizes.values()

    def meaning(self, quantity: str) -> str:
        """What a quantity is called in words."""
        return self.graph.equation(quantity).meaning


def opens_and_shuts(quantity: str, graph: Graph) -> bool:
    """Whether its right side is a squashing to 0..1, a choice between such by selectors (q_*), or 1 minus a gate."""
    match graph.equation(quantity).expression:
        case Minus(Number(1.0), Variable(gate, False)) if gate in graph.sizes:
            return opens_and_shuts(gate, graph)
        case Plus() as choice:
            return all(sign > 0 and _is_chosen(term) for sign, term in summands(choice))
        case expression:
            return _squashes(expression)


def _squashes(node: Node) -> bool:
    return isinstance(node, Activation) and node.function in GATE_FUNCTIONS


def _is_chosen(term: Node) -> bool:
    match term:
        case Times(Parameter(name), chosen) | Times(chosen, Parameter(name)):
            return name.startswith("q_") and _squashes(chosen)
    return False
