"""Saliency: how one number of a run changes with every input and every earlier state.

    S_q[k] = d(number) / d q_k          q an input, what an embedding hands on, a state or a gate; k a step

One pass back through all layers, as for a loss that is the number itself. In a network that reads forward it goes back
in stretches of steps, the last one first, so that a long sequence can be looked at while it is still under way.

A number before its activation ("readout.y.pre", "lstm.f.pre") is had by the same pass. Nothing that this number comes
from depends on the activation's value, so the value may be exchanged for one at which the slope is known and not 0:
what then goes in is divided by that slope, and the derivative of a saturated gate is as good as that of any other.

Source: Simonyan, Vedaldi & Zisserman 2014 (gradients as saliency); Li et al. 2016 (of embedded words).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import through
from rnnviz.engine.backward import backward
from rnnviz.engine.errors import AddressError, LimitError
from rnnviz.engine.excerpt import excerpt, reads_forward
from rnnviz.engine.expression import Activation
from rnnviz.engine.network import Dense, Pool, Recurrent
from rnnviz.engine.run import MAX_BYTES
from rnnviz.engine.trace import Address, Trace

Array = NDArray[np.floating]
PRE = ".pre"

# A value that every activation can have; of a softmax, with 0 for all other units, none of which then has a part in it.
VALUE = 0.5


@dataclass(frozen=True)
class Stretch:
    """What steps first..last have to do with the number.

    gradients : quantity, "x" among them -> (last - first + 1, size)
    initial : carried quantity -> (size,), by the state before them (of a backward direction: after them)
    """

    first: int
    last: int
    gradients: Mapping[str, Array]
    initial: Mapping[str, Array]


@dataclass(frozen=True)
class Saliency:
    """How the number `of` changes with everything before it.

    gradients : quantity, "x" among them -> (T, size), zero at steps that cannot reach it
    initial : carried quantity -> (size,), by the state before the first step
    values : quantity -> (T, size), what the run had there
    """

    of: Address
    gradients: Mapping[str, Array]
    initial: Mapping[str, Array]
    values: Mapping[str, Array]

    def norms(self, quantity: str) -> Array:
        """Length of the gradient at each step, (T,)."""
        return np.asarray(np.linalg.norm(self.gradients[quantity], axis=1))

    def times_value(self, quantity: str) -> Array:
        """Gradient times value, summed over the numbers of each step, (T,): to first order, what the number would lose
        if the step had 0 there."""
        return np.asarray(np.vecdot(self.gradients[quantity], self.values[quantity]))


def saliency(trace: Trace, address: Address) -> Saliency:
    """The derivatives of one number of a run by all that it depends on.

    Raises AddressError for a number that the run did not work out, LimitError before memory is taken.
    """
    check(trace, address)
    sizes = {name: array.shape[2] for name, array in trace.items()}
    needed = trace.steps * sum(sizes.values()) * trace["x"].itemsize
    if needed > MAX_BYTES:
        raise LimitError(f"the saliency of {trace.steps} steps would take {needed / 2**30:.1f} GiB")
    gradients = {name: np.zeros((trace.steps, size), trace["x"].dtype) for name, size in sizes.items()}
    initial: Mapping[str, Array] = {}
    for part in stretches(trace, address, trace.steps):
        for name, values in part.gradients.items():
            gradients[name][part.first - 1 : part.last] = values
        initial = part.initial
    for array in (*gradients.values(), *initial.values()):
        array.setflags(write=False)
    return Saliency(address, gradients, initial, {name: array[:, address.sequence] for name, array in trace.items()})


def check(trace: Trace, address: Address) -> None:
    """Raises AddressError unless the address is a number that a layer works out."""
    quantity = address.quantity.removesuffix(PRE)
    if quantity in ("x", "target"):
        raise AddressError(f"'{quantity}' is given, so it depends on nothing; choose a state, a gate or an output")
    trace.number(Address(quantity, address.step, address.sequence, address.unit))
    if not 1 <= address.step <= trace.steps:
        raise AddressError(f"nothing was worked out at step {address.step}; there are 1 to {trace.steps}")
    if quantity.split(".")[0] not in (layer.name for layer in trace.network.layers if not _is_lookup(layer)):
        raise AddressError(f"'{quantity}' is looked up, so it depends on no number; choose a state or an output")
    if address.quantity.endswith(PRE) and not _slope(activation_of(trace, quantity)):
        raise AddressError(f"'{quantity}' has no activation with a slope; ask for '{quantity}'")


def _is_lookup(layer: object) -> bool:
    return not isinstance(layer, Dense | Recurrent | Pool)


def activation_of(trace: Trace, quantity: str) -> str:
    """The activation that is a quantity's whole right side, "" where there is none."""
    layer, name = trace.network.layer(quantity.split(".")[0]), quantity.rpartition(".")[2]
    if isinstance(layer, Dense):
        return layer.activation
    if isinstance(layer, Recurrent) and name in layer.cell.graph.sizes:
        expression = layer.cell.graph.equation(name).expression
        return layer.functions()[expression.slot] if isinstance(expression, Activation) else ""
    return ""


def stretches(trace: Trace, address: Address, length: int) -> Iterator[Stretch]:
    """The same in stretches of at most `length` steps, the last one first; a network that also reads backward gives
    all steps at once, one that pools over time those up to the number's own, and any other these in stretches."""
    check(trace, address)
    forward = reads_forward(trace)
    is_pooled = any(isinstance(layer, Pool) for layer in trace.network.layers)
    last = address.step if forward else trace.steps
    length = max(1, min(length, last)) if forward and not is_pooled else last
    carry: dict[str, Array] = {}
    while last:
        first = max(1, last - length + 1)
        part = excerpt(trace, address.sequence, first, last)
        if last == (address.step if forward else trace.steps):
            found = stretch_of_number(part, address, first)
        else:
            found = stretch_before(part, carry, first)
        yield found
        carry = dict(found.initial)
        last = first - 1


def stretch_of_number(part: Trace, address: Address, first: int) -> Stretch:
    """The stretch, beginning with step `first`, in which the number is."""
    quantity, row = address.quantity.removesuffix(PRE), address.step - first
    source, seed = np.zeros_like(part[quantity]), 1.0
    if quantity != address.quantity:
        seed = 1.0 / _slope(activation_of(part, quantity))
        part = _with_value(part, quantity, row, address.unit)
    source[row, 0, address.unit] = seed
    return _back(part, {quantity: source}, first)


def stretch_before(part: Trace, carry: Mapping[str, Array], first: int) -> Stretch:
    """A stretch before another one: the number is reached by what is carried on alone, carried quantity -> (size,)."""
    sources = {name: np.zeros_like(part[name]) for name in carry}
    for name, bar in carry.items():
        sources[name][-1, 0] = bar
    return _back(part, sources, first)


def _back(part: Trace, sources: Mapping[str, Array], first: int) -> Stretch:
    with np.errstate(all="ignore"):
        found = backward(part, sources)
    gradients = {"x": found.inputs[:, 0], **{name: bars[:, 0] for name, bars in found.quantities.items()}}
    return Stretch(first, first + part.steps - 1, gradients, {name: bar[0] for name, bar in found.initial.items()})


def _slope(activation: str) -> float:
    """At VALUE; 0 for a step, which has none, and for what is no activation."""
    return float(through(activation, np.full(1, VALUE), np.ones(1))[0]) if activation else 0.0


def _with_value(part: Trace, quantity: str, row: int, unit: int) -> Trace:
    """The trace with VALUE for the number; of a softmax, all other units are 0."""
    values = part[quantity].copy()
    if activation_of(part, quantity) == "softmax":
        values[row, 0] = 0.0
    values[row, 0, unit] = VALUE
    before = {name: part.before(name) for name in part.carried}
    initial = {name: part.initial(name) for name in part.carried}
    changed = {**part, quantity: values}
    return Trace(part.network, part.params, changed, before, initial, part.mask, None, part.targets)
