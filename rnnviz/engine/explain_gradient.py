"""One derivative of the loss -> the sum it is, over everything that reads the number, with the address of each part.

By a state: what its own step's loss sends, what the step after hands back, what reads it within the step. By a
parameter: what its use at each step adds. Where the equations read something is derived from their graph, apart from
the reverse mode that gives the values, so that each checks the other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rnnviz.engine.explain import Explanation, Term
from rnnviz.engine.expression import Parameter, Variable
from rnnviz.engine.latex import in_brackets, of_number
from rnnviz.engine.latex import quantity as symbol
from rnnviz.engine.loss_gradients import LossGradients, equations_of, function_of
from rnnviz.engine.network import Dense, Embedding, Pool, Recurrent, merges
from rnnviz.engine.pooling import counts, origins
from rnnviz.engine.routes import Reader, Route, Routes, by, by_parameter, slope_of
from rnnviz.engine.scalar import Applied, Factors, Known, Operand, Scalar, Sum, operands, value
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.engine.uses import slope_typeset, slope_written

_LATER = rf"\frac{{\partial L}}{{\partial {symbol('y', 's')}}}"
LAW_THROUGH_POOL = {
    "mean": ("sum of dL/dy / steps from step t on", rf"\sum_{{s \ge t}} \frac{{1}}{{n_{{s}}}} {_LATER}"),
    "max": ("sum of dL/dy where it is the largest", rf"\sum_{{\text{{largest at }} s}} {_LATER}"),
    "sum": ("sum of dL/dy from step t on", rf"\sum_{{s \ge t}} {_LATER}"),
}


def explain_gradient(gradients: LossGradients, address: GradientAddress) -> Explanation:
    """Explain one derivative. Raises AddressError for an address that names none."""
    number = gradients.number(address)
    explainer = _GradientExplainer(gradients)
    of = address.of
    if isinstance(of, ParameterAddress):
        routes = explainer.by_parameter(of, address.step)
        name = of.parameter.rpartition(".")[2]
        where = (
            f"{name}[{of.row}, {of.column}]" if gradients.trace.params[of.parameter].ndim > 1 else f"{name}[{of.row}]"
        )
        title = f"dL/d{where}" + (f", through step {address.step}" if address.step else "")
        meaning = "what its use at this step adds to the derivative" if address.step else "derivative of the loss"
        left = by_parameter(name, is_part=bool(address.step))
    else:
        routes = explainer.by_quantity(of)
        layer, _, rest = of.quantity.partition(".")
        name = rest.removeprefix("forward.").removeprefix("backward.") or layer
        when = "after" if of.quantity in gradients.trace.carried else "at"
        title = f"dL/d{name}[{of.unit}] {when} step {of.step}"
        meaning = "derivative of the loss"
        left = by(name)
    return _explanation(address, number, title, meaning, (name, left), routes)


def _explanation(
    address: GradientAddress, number: float, title: str, meaning: str, left: tuple[str, str], routes: list[Route]
) -> Explanation:
    """left : what the law is about, as text and as LaTeX"""
    signed = [term for route in routes for term in route.terms]
    scalar: Scalar = Sum(tuple(signed)) if signed else Known(Operand("0", None, 0.0))
    right = " + ".join(route.law for route in routes if route.law) or "0"
    typeset = " + ".join(route.law_latex for route in routes if route.law_latex) or "0"
    terms = []
    for route in routes:
        found = tuple(operand for _, term in route.terms for operand in operands(term))
        terms.append(Term(route.label, value(Sum(route.terms)), found))
    law = f"dL/d{left[0]} = {right}".replace("+ -", "- ")
    law_latex = f"{left[1]} = {typeset}".replace("+ -", "- ")
    return Explanation(
        address, number, title, meaning, law, law_latex, scalar, False, tuple(operands(scalar)), tuple(terms)
    )


class _GradientExplainer:
    """Finds the routes from a number to the loss."""

    def __init__(self, gradients: LossGradients) -> None:
        self.gradients, self.trace = gradients, gradients.trace
        self.network, self.routes = gradients.trace.network, Routes(gradients)

    # -- by a quantity ---------------------------------------------------------------------------------------------

    def by_quantity(self, address: Address) -> list[Route]:
        if address.quantity.endswith(".pre"):
            return self._through_activation(address)
        name, step, sequence = address.quantity, address.step, address.sequence
        routes = []
        if 1 <= step <= self.trace.steps:
            if name == self.trace.output_name and self.gradients.weights[step - 1, sequence]:
                routes.append(self._own_loss(address))
            routes += self._by_layers_above(address)
        if name == "x":
            return routes
        layer = self.network.layer(name.partition(".")[0])
        if isinstance(layer, Recurrent) and not name.endswith(".merged"):
            routes += self._within_layer(layer, address)
        return routes

    def _within_layer(self, layer: Recurrent, address: Address) -> Iterator[Route]:
        """What reads a quantity in its own step and in the one that is run next."""
        prefix, _, name = address.quantity.rpartition(".")
        prefix += "."
        step, sequence, steps = address.step, address.sequence, self.trace.steps
        if 1 <= step <= steps and not self.trace.is_masked(step, sequence):
            for equation in equations_of(layer):
                reader = Reader(layer, prefix, equation, step, sequence)
                yield from self.routes.through(reader, Variable(name), address.unit)
        following = step - 1 if self.trace.is_backward(address.quantity) else step + 1
        if not 1 <= following <= steps:
            return
        if self.trace.is_masked(following, sequence):
            held = Address(address.quantity, following, sequence, address.unit)
            term = (1, self.routes.known(f"dL/d{name}_next[{address.unit}]", held))
            yield Route(f"held over step {following}", f"dL/d{name}_next", by(f"{name}_next"), (term,))
        elif name not in layer.forced or not 1 <= step <= steps:
            for equation in equations_of(layer):
                reader = Reader(layer, prefix, equation, following, sequence, is_next=True)
                yield from self.routes.through(reader, Variable(name, previous=True), address.unit)

    def _by_layers_above(self, address: Address) -> Iterator[Route]:
        own = self.network.layer(address.quantity.partition(".")[0]) if address.quantity != "x" else None
        if isinstance(own, Recurrent) and merges(own) and not address.quantity.endswith(".merged"):
            if address.quantity.rpartition(".")[2] == own.cell.output:
                yield from self._through_merge(own, address)
            return
        for index, layer in enumerate(self.network.layers):
            if self.network.input_name(index) != address.quantity:
                continue
            if isinstance(layer, Dense):
                reader = Reader(layer, f"{layer.name}.", "y", address.step, address.sequence)
                yield from self.routes.through(reader, Variable("x"), address.unit)
            elif isinstance(layer, Pool):
                yield from self._through_pool(layer, address)
            elif isinstance(layer, Recurrent) and not self.trace.is_masked(address.step, address.sequence):
                for direction in layer.directions:
                    for equation in equations_of(layer):
                        prefix = layer.prefix(direction)
                        reader = Reader(layer, prefix, equation, address.step, address.sequence)
                        yield from self.routes.through(reader, Variable("x"), address.unit)

    def _through_pool(self, layer: Pool, address: Address) -> Iterator[Route]:
        """From what enters at a real step to what is pooled at this step and at the later ones."""
        step, sequence, unit = address.step, address.sequence, address.unit
        if self.trace.is_masked(step, sequence):
            return
        name, mask = f"{layer.name}.y", self.trace.mask
        x, real = self.trace[address.quantity][:, [sequence]], None if mask is None else mask[:, [sequence]]
        number = counts(x, real)[:, 0, 0]
        reached = self.gradients.over_time(name, sequence)[:, unit] != 0.0
        reached[: step - 1] = False
        if layer.kind == "max":
            reached &= origins(x[..., [unit]], real)[:, 0, 0] == step - 1
        terms = []
        for later in (np.flatnonzero(reached) + 1).tolist():
            bar = self.routes.known(f"dL/dy[{unit}] of step {later}", Address(name, later, sequence, unit))
            share = Applied("1/", Known(Operand("steps", None, float(number[later - 1]))))
            terms.append((1, Factors((bar, share)) if layer.kind == "mean" else bar))
        law, law_latex = LAW_THROUGH_POOL[layer.kind]
        yield Route(layer.name, law, law_latex, tuple(terms))

    def _through_merge(self, layer: Recurrent, address: Address) -> Iterator[Route]:
        """From the outputs of one or two directions to what the layer hands on."""
        is_backward = self.trace.is_backward(address.quantity)
        steps = [address.step]
        if layer.returns == "final" and is_backward:
            steps = list(range(1, self.trace.steps + 1)) if address.step == 1 else []
        if layer.masked_output == "zero":
            steps = [step for step in steps if not self.trace.is_masked(step, address.sequence)]
        unit = address.unit
        if layer.direction == "both" and layer.merge == "concat" and is_backward:
            unit += layer.size_of(layer.cell.output)
        terms = []
        for step in steps:
            label = f"dL/dmerged[{unit}]"
            factors: list[Scalar] = [
                self.routes.known(label, Address(f"{layer.name}.merged", step, address.sequence, unit))
            ]
            if layer.direction == "both" and layer.merge == "mean":
                factors.append(Known(Operand("0.5", None, 0.5)))
            if layer.direction == "both" and layer.merge == "mul":
                factors.append(self._other_direction(layer, is_backward, step, address))
            terms.append((1, Factors(tuple(factors)) if len(factors) > 1 else factors[0]))
        if terms:
            yield Route("merged", "dL/dmerged", by("merged"), tuple(terms))

    def _other_direction(self, layer: Recurrent, is_backward: bool, step: int, address: Address) -> Scalar:
        other = "forward" if is_backward else "backward"
        step = 1 if layer.returns == "final" and not is_backward else step
        quantity = layer.prefix(other) + layer.cell.output
        there = Address(quantity, step, address.sequence, address.unit)
        return Known(Operand(f"{other}.{layer.cell.output}[{address.unit}]", there, self.trace.number(there)))

    def _own_loss(self, address: Address) -> Route:
        """How the loss of the step itself changes with its output."""
        letter = address.quantity.rpartition(".")[2]
        y = Known(Operand(f"{letter}[{address.unit}]", address, self.trace.number(address)))
        place = Address("target", address.step, address.sequence, address.unit)
        target = float(self.gradients.targets[address.step - 1, address.sequence, address.unit])
        d = Known(Operand(f"target[{address.unit}]", place, target))
        share = float(self.gradients.weights[address.step - 1, address.sequence])
        weight = () if share == 1.0 else (_constant(share),)
        times = ("", "") if share == 1.0 else (f"{share:g} * ", rf"{of_number(share)} \cdot ")
        slopes = _slopes_of_loss(self.gradients.kind, letter, y, d)
        terms = tuple((sign, _product((*weight, *factors))) for sign, factors, _ in slopes)
        law, in_latex = (
            " + ".join(f"{'-' if sign < 0 else ''}{times[k]}{text[k]}" for sign, _, text in slopes) or "0"
            for k in (0, 1)
        )
        law, in_latex = law.replace("+ -", "- "), in_latex.replace("+ -", "- ")
        return Route(f"loss of step {address.step}", law, in_latex, terms)

    def _through_activation(self, address: Address) -> list[Route]:
        """dL/dz = dL/da times the slope, where a = f(z)."""
        quantity, step, sequence, unit = (
            address.quantity.removesuffix(".pre"),
            address.step,
            address.sequence,
            address.unit,
        )
        name = quantity.rpartition(".")[2]
        layer = self.network.layer(quantity.partition(".")[0])
        if isinstance(layer, Recurrent) and self.trace.is_masked(step, sequence):
            return []
        bar = self.routes.known(f"dL/d{name}[{unit}]", Address(quantity, step, sequence, unit))
        function = function_of(layer, name)
        if function == "softmax":
            return [self._through_softmax(quantity, step, sequence, unit)]
        here = Address(quantity, step, sequence, unit)
        a = Known(Operand(f"{name}[{unit}]", here, self.trace.number(here)))
        if function == "linear":
            return [Route("its activation, linear", f"dL/d{name}", by(name), ((1, bar),))]
        law = f"dL/d{name} * {slope_written(function, name)}"
        typeset = rf"{by(name)} \odot {slope_typeset(function, symbol(name))}"
        return [Route(f"its {function}", law, typeset, ((1, Factors((bar, *slope_of(function, a)))),))]

    def _through_softmax(self, quantity: str, step: int, sequence: int, unit: int) -> Route:
        """Each output depends on all sums: dL/dz_k = y_k (dL/dy_k - sum_j y_j dL/dy_j)."""

        def both(k: int) -> tuple[Scalar, Scalar]:
            place = Address(quantity, step, sequence, k)
            y = Known(Operand(f"y[{k}]", place, self.trace.number(place)))
            return y, self.routes.known(f"dL/dy[{k}]", place)

        y, bar = both(unit)
        others = tuple((-1, Factors(both(k))) for k in range(self.trace[quantity].shape[2]))
        term = Factors((y, Sum(((1, bar), *others))))
        law = "y * (dL/dy - sum of y * dL/dy)"
        return Route("its softmax", law, r"y_{t} \odot \left(\frac{\partial L}{\partial y_{t}} - y_{t}^\top "
                     r"\frac{\partial L}{\partial y_{t}}\right)", ((1, term),))  # fmt: skip

    # -- by a parameter --------------------------------------------------------------------------------------------

    def by_parameter(self, number: ParameterAddress, step: int) -> list[Route]:
        if step:
            return self._part_of_step(number, step)
        return [self._one_part(number, k, part) for k, part in enumerate(self.gradients.parts_of(number).tolist(), 1)]

    def _one_part(self, number: ParameterAddress, step: int, part: float) -> Route:
        """A summand of the whole; the law of all of them stands once, with the first."""
        name = number.parameter.rpartition(".")[2]
        term = Known(Operand(f"dL/d{name} through step {step}", GradientAddress(number, step), part))
        if step > 1:
            return Route(f"step {step}", "", "", ((1, term),))
        every = next((found for k in range(1, self.trace.steps + 1) if (found := self._part_of_step(number, k))), [])
        law = " + ".join(route.law for route in every) or "0"
        typeset = " + ".join(route.law_latex for route in every) or "0"
        in_brackets = (f"({law})", rf"\left({typeset}\right)") if len(every) > 1 else (law, typeset)
        return Route("step 1", f"sum over t of {in_brackets[0]}", rf"\sum_t {in_brackets[1]}", ((1, term),))

    def _part_of_step(self, number: ParameterAddress, step: int) -> list[Route]:
        layer = self.network.layer(number.parameter.partition(".")[0])
        letter = number.parameter.rpartition(".")[2]
        prefix = number.parameter[: -len(letter)]
        routes: list[Route] = []
        for sequence in range(self.trace.batch):
            if isinstance(layer, Embedding):
                routes += self._looked_up(layer, number, step, sequence)
            elif isinstance(layer, Dense):
                reader = Reader(layer, prefix, "y", step, sequence)
                routes += self.routes.through(reader, Parameter(letter), number.row, number.column)
            elif isinstance(layer, Recurrent) and not self.trace.is_masked(step, sequence):
                for equation in equations_of(layer):
                    reader = Reader(layer, prefix, equation, step, sequence)
                    routes += self.routes.through(reader, Parameter(letter), number.row, number.column)
        return _gathered(routes)

    def _looked_up(self, layer: Embedding, number: ParameterAddress, step: int, sequence: int) -> Iterator[Route]:
        if int(self.trace["x"][step - 1, sequence, 0]) == number.row:
            there = Address(f"{layer.name}.e", step, sequence, number.column)
            yield Route("dL/de", "dL/de", by("e"), ((1, self.routes.known(f"dL/de[{number.column}]", there)),))


def _gathered(routes: list[Route]) -> list[Route]:
    """One route for each law, with the summands of all sequences."""
    by_law: dict[str, Route] = {}
    for route in routes:
        known = by_law.get(route.law)
        terms = route.terms if known is None else (*known.terms, *route.terms)
        by_law[route.law] = Route(route.label, route.law, route.law_latex, terms)
    return list(by_law.values())


def _slopes_of_loss(
    kind: str, letter: str, y: Known, d: Known
) -> list[tuple[int, tuple[Scalar, ...], tuple[str, str]]]:
    """The summands of the derivative of one step's loss by one output: sign, factors, law as text and as LaTeX."""
    off_by = Sum(((1, y), (-1, d)))
    output, target = symbol(letter), symbol("target")
    difference = (f"({letter} - target)", in_brackets(f"{output} - {target}"))
    if kind == "half squared error":
        return [(1, (off_by,), difference)]
    if kind == "squared error":
        return [(1, (_constant(2.0), off_by), (f"2 * {difference[0]}", rf"2 \cdot {difference[1]}"))]
    found: list[tuple[int, tuple[Scalar, ...], tuple[str, str]]] = []
    if d.operand.value > 0.0:
        found.append((-1, (d, Applied("1/", y)), (f"target / {letter}", rf"\frac{{{target}}}{{{output}}}")))
    if kind == "binary cross entropy" and d.operand.value < 1.0:
        not_y, not_d = (Sum(((1, _constant(1.0)), (-1, part))) for part in (y, d))
        in_latex = rf"\frac{{1 - {target}}}{{1 - {output}}}"
        found.append((1, (not_d, Applied("1/", not_y)), (f"(1 - target) / (1 - {letter})", in_latex)))
    return found


def _product(factors: tuple[Scalar, ...]) -> Scalar:
    return factors[0] if len(factors) == 1 else Factors(factors)


def _constant(number: float) -> Known:
    return Known(Operand(f"{number:g}", None, number))
