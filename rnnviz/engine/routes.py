"""The ways on which a number reaches the loss through one equation: each a law, and its summands with their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rnnviz.engine.explain import Explainer, name_in, with_input
from rnnviz.engine.expression import Activation, Node
from rnnviz.engine.latex import parameter, quantity
from rnnviz.engine.loss_gradients import LossGradients, equations_of
from rnnviz.engine.network import Dense, Recurrent
from rnnviz.engine.scalar import Applied, Factors, Known, Operand, Scalar, Sum, value
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.engine.uses import By, Path, Slope, Through, one_step_on, path_typeset, path_written, uses

Signed = tuple[int, Scalar]


@dataclass(frozen=True)
class Route:
    """One way on which a number reaches the loss: what it is called, its law, and its summands for one unit."""

    label: str
    law: str
    law_latex: str
    terms: tuple[Signed, ...]


@dataclass(frozen=True)
class Reader:
    """An equation at a step of one sequence; `is_next`: of the step after the one that is asked about."""

    layer: Recurrent | Dense
    prefix: str
    name: str
    step: int
    sequence: int
    is_next: bool = False


class Routes:
    """Follows the paths of `rnnviz.engine.uses` with the numbers of one run."""

    def __init__(self, gradients: LossGradients) -> None:
        self.gradients = gradients

    def through(self, reader: Reader, read: Node, unit: int, column: int = 0) -> Iterator[Route]:
        """The routes from a variable or parameter through one equation."""
        expression = equations_of(reader.layer)[reader.name]
        root = f"{reader.name}.pre" if isinstance(expression, Activation) else reader.name
        inner = expression.operand if isinstance(expression, Activation) else expression

        def is_read(node: Node) -> bool:
            return node == read

        for sign, path in uses(inner, is_read):
            terms = tuple((sign, term) for term in self._summands(reader, root, path, unit, column))
            shown, shown_root = self._named(reader.layer, path), root
            if reader.is_next:
                shown, shown_root = _one_step_on(shown), f"{root}_next"
            law = path_written(f"dL/d{shown_root}", shown)
            typeset = path_typeset(by(shown_root), shown)
            minus = "-" if sign < 0 else ""
            yield Route(self._label(reader, root, path), f"{minus}{law}", f"{minus}{typeset}", terms)

    def _named(self, layer: Recurrent | Dense, path: Path) -> Path:
        """The path with what enters the layer by the name that its own law has for it."""
        network = self.gradients.trace.network
        reads = name_in(layer, network.input_name(network.layers.index(layer)))
        return tuple(
            By(with_input(factor.node, reads), factor.in_column) if isinstance(factor, By) else factor
            for factor in path
        )

    def _label(self, reader: Reader, root: str, path: Path) -> str:
        matrices = [factor.matrix for factor in path if isinstance(factor, Through)]
        where = f"{root.removesuffix('.pre')} of step {reader.step}" if reader.is_next else root.removesuffix(".pre")
        return where + (f", through {matrices[-1]}" if matrices else "")

    def _summands(self, reader: Reader, root: str, path: Path, unit: int, column: int) -> Iterator[Scalar]:
        explainer = Explainer(self.gradients.trace, Address(reader.prefix + reader.name, reader.step, reader.sequence))
        suffix = "_next" if reader.is_next else ""
        for factors, row in self._along(reader, explainer, path, unit, column):
            there = Address(reader.prefix + root, reader.step, reader.sequence, row)
            bar = self.known(f"dL/d{root}{suffix}[{row}]", there)
            yield Factors((bar, *factors)) if factors else bar

    def _along(
        self, reader: Reader, explainer: Explainer, path: Path, unit: int, column: int
    ) -> Iterator[tuple[tuple[Scalar, ...], int]]:
        """The factors of each summand, the outermost first, and the unit at which it reaches the equation's root."""
        if not path:
            yield (), unit
            return
        match path[0]:
            case By(node, in_column):
                here: list[tuple[tuple[Scalar, ...], int]] = [
                    ((explainer.scalar(reader.layer, node, column if in_column else unit),), unit)
                ]
            case Slope(node):
                here = [(slope_of(node.function, explainer.scalar(reader.layer, node, unit)), unit)]
            case Through(matrix):
                parameter = reader.prefix + matrix
                rows = range(len(self.gradients.trace.params[parameter]))
                places = [ParameterAddress(parameter, row, unit) for row in rows]
                here = [
                    ((Known(explainer.operand(f"{matrix}[{place.row}, {unit}]", place)),), place.row)
                    for place in places
                ]
        for factors, row in here:
            for outer, end in self._along(reader, explainer, path[1:], row, column):
                yield (*outer, *factors), end

    def known(self, label: str, address: Address) -> Known:
        place = GradientAddress(address)
        return Known(Operand(label, place, self.gradients.number(place)))


def slope_of(function: str, a: Scalar) -> tuple[Scalar, ...]:
    """The slope of an activation from its value, as factors."""
    one = Known(Operand("1", None, 1.0))
    match function:
        case "tanh":
            return (Sum(((1, one), (-1, Factors((a, a))))),)
        case "sigmoid":
            return (a, Sum(((1, one), (-1, a))))
        case "softsign":
            size = a if value(a) >= 0.0 else Sum(((-1, a),))
            return (Sum(((1, one), (-1, size))),) * 2
        case "elu" if value(a) <= 0.0:
            return (Sum(((1, one), (1, a))),)
        case "softplus":
            return (Sum(((1, one), (-1, Applied("exponential", Sum(((-1, a),)))))),)
        case "exponential":
            return (a,)
    number = value(a)
    inside = {"relu": number > 0.0, "elu": True, "hard": False, "hard_tanh": -1.0 < number < 1.0}.get(
        function, 0.0 < number < 1.0
    )
    steepness = {"hard_sigmoid": 1.0 / 6.0, "hard_sigmoid_keras2": 0.2}.get(function, 1.0)
    return (Known(Operand("slope", None, steepness if inside else 0.0)),)


def _one_step_on(path: Path) -> Path:
    shifted: list[By | Slope | Through] = []
    for factor in path:
        match factor:
            case By(node, in_column):
                shifted.append(By(one_step_on(node), in_column))
            case Slope(node):
                moved = one_step_on(node)
                assert isinstance(moved, Activation)
                shifted.append(Slope(moved))
            case _:
                shifted.append(factor)
    return tuple(shifted)


def by(name: str) -> str:
    r"""\frac{\partial L}{\partial h_{t}}, with z^{i} for what is in front of an activation."""
    return rf"\frac{{\partial L}}{{\partial {quantity(name)}}}"


def by_parameter(name: str, is_part: bool = False) -> str:
    """By a weight; `is_part`: what its use at one step adds to that."""
    whole = rf"\frac{{\partial L}}{{\partial {parameter(name)}}}"
    return rf"\left.{whole}\right|_{{t}}" if is_part else whole
