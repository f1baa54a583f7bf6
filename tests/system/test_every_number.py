"""Every number can be opened: it is the traced one bit for bit, and its law with the numbers shown gives it again.

"Again" is within 1e-12 of the number itself; where a sum cancels, within 1e-12 of its largest summand, as far as that
reaches the number through what is done to the sum. Anything closer is not there to be had: summing in another order
moves the last digits of the largest summand, however small the sum.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest

from rnnviz.engine.explain import Explanation, explain
from rnnviz.engine.network import Recurrent
from rnnviz.engine.scalar import Applied, Factors, Known, Scalar, SoftmaxOf, Sum, value
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from rnnviz.scenario import builtin
from rnnviz.scenario.alternatives import apply_alternative
from rnnviz.scenario.run_scenario import run

AnyAddress = Address | ParameterAddress

TOLERANCE = 1e-12
SAMPLE = 100  # of the numbers of a quantity or parameter in a network of many; the slow test takes them all


def traces(name: str) -> Iterator[Trace]:
    """Of a built-in scenario and of each of its alternatives."""
    scenario = builtin.load(name)
    yield run(scenario)
    for index in range(len(scenario.alternatives)):
        yield run(apply_alternative(scenario, index))


# --- all numbers ----------------------------------------------------------------------------------------------------


def places(trace: Trace, most: int | None) -> Iterator[AnyAddress]:
    """Where numbers are: of every quantity, initial state, target and parameter, at most so many of each, by a seed."""
    chance = np.random.default_rng(7)

    def some(*counts: int) -> Iterator[tuple[int, ...]]:
        total = math.prod(counts)
        chosen = range(total) if most is None or total <= most else sorted(chance.choice(total, most, replace=False))
        return (tuple(int(k) for k in np.unravel_index(at, counts)) for at in chosen)

    for name, array in trace.items():
        yield from (Address(name, step + 1, sequence, unit) for step, sequence, unit in some(*array.shape))
    for name in trace.carried:
        first = trace.steps + 1 if trace.is_backward(name) else 0
        yield from (Address(name, first, sequence, unit) for sequence, unit in some(*trace.initial(name).shape))
    if trace.targets is not None:
        for step, sequence, unit in some(*trace.targets.shape):
            yield Address("target", step + 1, sequence, unit)
    for name, array in trace.params.items():
        yield from (ParameterAddress(name, *place) for place in some(*array.shape))


def traced(trace: Trace, address: AnyAddress) -> float:
    """The number in the arrays, found without the engine's own way of finding it."""
    if isinstance(address, ParameterAddress):
        array = trace.params[address.parameter]
        return float(array[address.row, address.column] if array.ndim == 2 else array[address.row])
    row = address.step - 1
    if address.quantity == "target":
        assert trace.targets is not None
        return float(trace.targets[row, address.sequence, address.unit])
    if 0 <= row < trace.steps:
        return float(trace[address.quantity][row, address.sequence, address.unit])
    before = trace.before(address.quantity)
    edge = before[0] if row < 0 else before[-1]  # the state before the first step that its direction takes
    return float(edge[address.sequence, address.unit])


# --- how near a law can come ----------------------------------------------------------------------------------------


def scale(scalar: Scalar) -> float:
    """What an error of one part in a summand is measured by: the largest summand, carried on to the number."""
    match scalar:
        case Known(operand):
            return abs(operand.value)
        case Sum(terms):
            return max((scale(term) for _, term in terms), default=0.0)
        case Factors(factors):
            return math.prod(scale(factor) for factor in factors)
        case Applied("tanh", inner):
            number = math.tanh(value(inner))
            return abs(number) + (1 - number * number) * scale(inner)
        case Applied("linear" | "relu" | "hard_tanh" | "softsign" | "elu" | "softplus", inner):
            return scale(inner)
        case Applied("exponential", inner):
            return abs(value(scalar)) * (1 + scale(inner))
        case Applied("hard_sigmoid" | "hard_sigmoid_keras2", inner):
            return abs(value(scalar)) + 0.2 * scale(inner)
        case Applied() | SoftmaxOf():
            return abs(value(scalar))


def is_near(again: float, number: float, reach: float) -> bool:
    same = again == number or (math.isnan(again) and math.isnan(number))
    return same or abs(again - number) <= TOLERANCE * max(abs(number), reach)


# --- the law as it is read ------------------------------------------------------------------------------------------

_OPERATIONS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
_FUNCTIONS: dict[str, Callable[[float], float]] = {
    "tanh": math.tanh,
    "exp": math.exp,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)) if z > -700 else math.exp(z),
    "relu": lambda z: max(z, 0.0),
    "hard": lambda z: float(z > 0),
    "hard_sigmoid": lambda z: min(max(z / 6 + 0.5, 0.0), 1.0),
    "hard_sigmoid_keras2": lambda z: min(max(0.2 * z + 0.5, 0.0), 1.0),
    "hard_tanh": lambda z: min(max(z, -1.0), 1.0),
    "softsign": lambda z: z / (1 + abs(z)),
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
    "exponential": math.exp,
}


def worked_out(text: str) -> float:
    """An expression of numbers, + - * /, brackets and the activations, as someone with a pocket calculator reads it."""
    return _worked_out(ast.parse(text.strip(), mode="eval").body)


def _worked_out(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=number):
            return float(number)
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATIONS[type(sign)](_worked_out(left), _worked_out(right))
        case ast.UnaryOp(op=sign, operand=inner):
            return _OPERATIONS[type(sign)](_worked_out(inner))
        case ast.Call(func=ast.Name(id=name), args=[inner]):
            return _FUNCTIONS[name](_worked_out(inner))
    raise AssertionError(f"cannot be worked out: {ast.dump(node)}")


# --- the tests ------------------------------------------------------------------------------------------------------


def check(trace: Trace, address: AnyAddress) -> Explanation:
    """Open one number; what it is made of is looked up in the arrays."""
    explanation = explain(trace, address)
    number = traced(trace, address)
    assert explanation.value.hex() == number.hex(), f"{address} is {explanation.value}, traced {number}"
    assert explanation.address == address
    if explanation.scalar is not None:
        again = explanation.recompute()
        assert is_near(again, number, scale(explanation.scalar)), f"{address} is {number}, its law gives {again}"
    for operand in explanation.operands:
        if isinstance(operand.address, Address) and operand.address.quantity.endswith(".pre"):
            assert explain(trace, operand.address).value.hex() == operand.value.hex()
        elif operand.address is not None:
            assert traced(trace, operand.address).hex() == operand.value.hex(), f"{operand.label} of {address}"
    return explanation


@pytest.mark.parametrize("name", builtin.names())
def test_every_number_is_the_traced_one_and_follows_from_its_law(name: str) -> None:
    chance = np.random.default_rng(3)
    for trace in traces(name):
        is_small = sum(array.size for array in trace.values()) < 500
        for address in places(trace, None if is_small else SAMPLE):
            linked = [operand.address for operand in check(trace, address).operands if operand.address is not None]
            if linked:  # a link leads to a card with the same number
                link = linked[chance.integers(len(linked))]
                assert explain(trace, link).value.hex() == trace.number(link).hex()


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", builtin.names())
def test_every_number_of_the_large_networks_too(name: str) -> None:
    for trace in traces(name):
        for address in places(trace, None):
            check(trace, address)


@pytest.mark.parametrize("name", builtin.names())
def test_the_law_with_its_numbers_is_right_as_it_is_read(name: str) -> None:
    """Signs and brackets: the text with all digits is worked out by someone who knows nothing but the text."""
    for trace in traces(name):
        for address in places(trace, 12):
            explanation = explain(trace, address)
            if explanation.scalar is None:
                assert explanation.law == ""
                continue
            text = explanation.numbers(digits=17, limit=10_000)
            assert is_near(worked_out(text), explanation.value, 4 * scale(explanation.scalar)), f"{address}: {text}"


@pytest.mark.parametrize("name", ["lstm-counter", "lstm-counter-hard", "lstm-peephole", "gru-conventions"])
def test_a_gate_before_its_activation_gives_the_gate(name: str) -> None:
    trace = run(builtin.load(name))
    layer = trace.network.layers[0]
    assert isinstance(layer, Recurrent)
    for gate, step in product(layer.cell.gates, range(1, trace.steps + 1)):
        opened = trace.number(Address(f"{layer.name}.{gate}", step))
        before = explain(trace, Address(f"{layer.name}.{gate}.pre", step)).value
        assert is_near(_FUNCTIONS[layer.functions()[gate]](before), opened, 0.0)
