"""What a number means in words: where a weight leads, what a gate keeps, what went out of range."""

import math

import numpy as np
from PySide6.QtCore import QCoreApplication

from rnnviz.engine.explain import Explanation, explain
from rnnviz.engine.expression import Parameter, Product, Times, Variable, walk
from rnnviz.engine.gates import half_life
from rnnviz.engine.network import DENSE, Dense, Embedding, Recurrent
from rnnviz.engine.scalar import Factors, Operand, Sum, value
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.session import Snapshot
from rnnviz.session.places import given_name, input_name
from rnnviz.ui import numbers, words
from rnnviz.ui.inputs_rows import subscripted

translate = QCoreApplication.translate
AnyAddress = Address | ParameterAddress | GradientAddress
_READ = {
    " @ ": " ", " * ": " · ", "_prev": "′", "_next": "⁺", "dL/d": "∂L/∂", "sum over t of ": "Σ ", "^2": "²",
    "-": numbers.MINUS,
}  # fmt: skip


def can_edit(address: AnyAddress, snapshot: Snapshot) -> bool:
    """Whether a number is given and not worked out: a weight, an input, a target, an initial state."""
    if isinstance(address, GradientAddress):
        return False
    if isinstance(address, ParameterAddress) or address.quantity in ("x", "target"):
        return True
    return address.step == 0 and address.quantity in snapshot.scenario.network.state_sizes()


def title(explanation: Explanation, snapshot: Snapshot) -> str:
    """What the card is about: "c[0] after step 4", an input or a target by its name, "x₂ at step 4"."""
    place = explanation.address
    of = place.of if isinstance(place, GradientAddress) else place
    if not isinstance(of, Address) or of.quantity not in ("x", "target"):
        return pretty(explanation.title)
    name = subscripted(given_name(snapshot.scenario, of))
    said = translate("Explain", "{name} at step {step}")
    return said.format(name=f"∂L/∂{name}" if of is not place else name, step=of.step)


def meaning(explanation: Explanation, snapshot: Snapshot) -> str:
    """One sentence on what the number is."""
    address = explanation.address
    if isinstance(address, GradientAddress):
        return _of_derivative(address, snapshot)
    if isinstance(address, ParameterAddress):
        return translate("Explain", "{what}; you can edit it").format(what=_of_parameter(address, snapshot))
    if address.quantity in ("x", "target"):
        what = words.of_place(address, snapshot)
        return translate("Explain", "{what}; it is given, you can edit it").format(what=what)
    if can_edit(address, snapshot):
        return translate("Explain", "{what}; you can edit it").format(what=explanation.meaning)
    return explanation.meaning


def is_kept_share(explanation: Explanation, snapshot: Snapshot) -> bool:
    """Whether the law is "a part of the old state, and something new": c = f c' + i g, h = z h' + (1 - z) n."""
    return _kept_name(explanation, snapshot) != "" and len(explanation.terms) == 2


def term_label(explanation: Explanation, number: int, snapshot: Snapshot) -> str:
    """What one summand is: "kept from before", "written now", or its factors."""
    term = explanation.terms[number]
    if isinstance(explanation.address, GradientAddress):
        return pretty(term.label)
    if is_kept_share(explanation, snapshot):
        previous = f"{_kept_name(explanation, snapshot)}_prev["
        if any(operand.label.startswith(previous) for operand in term.operands):
            return translate("Explain", "kept from before")
        return translate("Explain", "written now")
    factors = (_factor(operand, snapshot) for operand in term.operands)
    return ("" if not term.label.startswith("-") else numbers.MINUS) + " · ".join(factors)


def pretty(law: str) -> str:
    """A law as it is read: "f · c′" for "f * c_prev", "W_i x" for "W_i @ x", "∂L/∂h⁺" one step on, a true minus."""
    for typed, read in _READ.items():
        law = law.replace(typed, read)
    return law


def of_gate(explanation: Explanation, snapshot: Snapshot) -> str:
    """For a gate that keeps a state: the fraction kept and the half-life. "" for anything else."""
    address = explanation.address
    layer = _recurrent(address, snapshot)
    if layer is None or not isinstance(address, Address):
        return ""
    letter = address.quantity.rpartition(".")[2]
    if letter not in layer.cell.keeps:
        return ""
    kept, state = explanation.value, layer.cell.keeps[letter]
    lasting = half_life(kept)
    if math.isinf(lasting):
        after = translate("Explain", "nothing is lost")
    elif lasting < 1:
        after = translate("Explain", "less than half is left after one step")
    else:
        steps = numbers.count(round(lasting)) if lasting >= 10 else numbers.text(lasting, 2)
        many = translate("Explain", "half is left after {steps} steps").format(steps=steps)
        after = translate("Explain", "half is left after 1 step") if steps == "1" else many
    sentence = translate("Explain", "It keeps {part} of {state} at each step: {after}.")
    return sentence.format(part=numbers.percent(kept, 5), state=state, after=after)


def warnings(explanation: Explanation, snapshot: Snapshot) -> list[str]:
    """What must not be overlooked: padding, values that are no numbers, values too small to be held."""
    found = []
    if explanation.held:
        found.append(translate("Explain", "This step is padding: nothing is read, the state is held."))
    if not math.isfinite(explanation.value):
        found.append(_not_finite(explanation.value, snapshot))
    elif began := underflow_began(explanation, snapshot):
        if explanation.value == 0:
            said = translate("Explain", "Underflow: too small to be held (below 5e−324), so it is 0.")
        else:
            said = translate("Explain", "Underflow: so small that digits are lost (below 2.2e−308).")
        if isinstance(explanation.address, Address) and began != explanation.address.step:
            said += " " + translate("Explain", "It began at step {step}.").format(step=began)
        found.append(said)
    return found


def underflow_began(explanation: Explanation, snapshot: Snapshot) -> int:
    """The step at which this number became too small to be held, 0 when it is no underflow.

    A number that is 0 because it was 0 one step before is followed back to where it became 0.
    """
    address, trace = explanation.address, snapshot.trace
    if isinstance(address, GradientAddress):
        return max(address.step, getattr(address.of, "step", 0), 1) if has_underflow(explanation) else 0
    if not isinstance(address, Address):
        return 0
    if has_underflow(explanation):
        return address.step
    if explanation.value != 0 or address.quantity not in trace.carried or trace.is_backward(address.quantity):
        return 0
    values = trace[address.quantity][: address.step, address.sequence, address.unit]
    before = np.flatnonzero(values)
    first = int(before[-1]) + 2 if len(before) else 1
    if not 1 <= first < address.step:
        return 0
    there = explain(trace, Address(address.quantity, first, address.sequence, address.unit))
    return first if has_underflow(there) else 0


def has_underflow(explanation: Explanation) -> bool:
    if isinstance(explanation.address, GradientAddress):
        return _derivative_has_underflow(explanation)
    if explanation.value == 0:
        factors = (term.operands for term in explanation.terms if term.value == 0)
        return any(operands and all(operand.value != 0 for operand in operands) for operands in factors)
    return abs(explanation.value) < 2.2250738585072014e-308


def _derivative_has_underflow(explanation: Explanation) -> bool:
    """A product of factors that are not 0 has become 0, or the sum is too small for all its digits."""
    if explanation.value != 0:
        return abs(explanation.value) < 2.2250738585072014e-308
    summands = explanation.scalar.terms if isinstance(explanation.scalar, Sum) else ()
    products = (term for _, term in summands if isinstance(term, Factors))
    return any(value(term) == 0 and all(value(factor) for factor in term.factors) for term in products)


def _of_derivative(address: GradientAddress, snapshot: Snapshot) -> str:
    """One sentence: what the loss does when the number changes."""
    if isinstance(address.of, ParameterAddress):
        if address.step:
            said = translate("Explain", "what the use of {what} at step {step} adds to its derivative")
            return said.format(what=words.of_place(address.of, snapshot), step=address.step)
        said = translate("Explain", "how the loss changes with {what}: the sum of what each step adds")
    else:
        said = translate("Explain", "how the loss changes with {what}, with all that follows from it")
    return said.format(what=words.of_place(address.of, snapshot))


def _factor(operand: Operand, snapshot: Snapshot) -> str:
    """What a factor is called: an input by its name, anything else as in the law."""
    address = operand.address
    if isinstance(address, Address) and address.quantity == "x":
        return subscripted(input_name(snapshot.scenario, address.unit))
    return pretty(operand.label)


def _not_finite(value: float, snapshot: Snapshot) -> str:
    where = first_not_finite(snapshot)
    name = translate("Explain", "not a number") if math.isnan(value) else translate("Explain", "infinite")
    if where is None:
        return translate("Explain", "This is {name}.").format(name=name)
    said = translate("Explain", "This is {name}. It began at step {step} in {quantity}.")
    return said.format(name=name, step=where.step, quantity=words.of_quantity(where.quantity, snapshot))


def first_not_finite(snapshot: Snapshot) -> Address | None:
    """Where in this sequence the first NaN or infinity stands: the earliest step, there the first quantity."""
    sequence, found = snapshot.cursor.sequence, []
    for order, (name, values) in enumerate(snapshot.trace.items()):
        bad = ~np.isfinite(values[:, sequence])
        if bad.any():
            step = int(np.argmax(bad.any(axis=1)))
            found.append((step, order, name, int(np.argmax(bad[step]))))
    if not found:
        return None
    step, _, name, unit = min(found)
    return Address(name, step + 1, sequence, unit)


def _of_parameter(address: ParameterAddress, snapshot: Snapshot) -> str:
    layer_name, _, rest = address.parameter.partition(".")
    layer = next(each for each in snapshot.scenario.network.layers if each.name == layer_name)
    letter = rest.rpartition(".")[2]
    if isinstance(layer, Embedding):
        tokens = snapshot.scenario.tokens
        word = tokens[address.row] if address.row < len(tokens) else str(address.row)
        said = translate("Explain", "number {column} of the word “{word}”")
        return said.format(column=address.column, word=word)
    graph = layer.cell.graph if isinstance(layer, Recurrent) else DENSE.graph
    for equation in graph.equations:
        for node in walk(equation.expression):
            if isinstance(node, Product) and node.matrix.name == letter:
                source = _source(node.vector, address.column, layer, snapshot)
                target = _target(equation.meaning, address.row, layer, snapshot)
                return translate("Explain", "weight from {source} to {target}").format(source=source, target=target)
            if isinstance(node, Times) and Parameter(letter) in (node.left, node.right):
                other = node.right if node.left == Parameter(letter) else node.left
                source = _source(other, address.row, layer, snapshot)
                target = _target(equation.meaning, address.row, layer, snapshot)
                said = translate("Explain", "peephole weight from {source} to {target}")
                return said.format(source=source, target=target)
        if any(node == Parameter(letter) for node in walk(equation.expression)):
            target = _target(equation.meaning, address.row, layer, snapshot)
            return translate("Explain", "bias of {target}").format(target=target)
    return translate("Explain", "parameter")


def _source(node: object, unit: int, layer: Recurrent | Dense, snapshot: Snapshot) -> str:
    network = snapshot.scenario.network
    if node == Variable("x"):
        name = network.input_name(network.layers.index(layer))
        if name == "x":
            return input_name(snapshot.scenario, unit)
        said = translate("Explain", "unit {unit} of {layer}")
        return said.format(unit=unit, layer=name.partition(".")[0])
    if isinstance(node, Variable):
        said = translate("Explain", "{name}[{unit}] one step before") if node.previous else "{name}[{unit}]"
        return said.format(name=node.name, unit=unit)
    return translate("Explain", "unit {unit}").format(unit=unit)


def _target(said: str, unit: int, layer: Recurrent | Dense, snapshot: Snapshot) -> str:
    what = said.partition(":")[0].partition(",")[0].strip()
    if isinstance(layer, Dense):
        names = snapshot.scenario.output_names
        is_last = layer is snapshot.scenario.network.layers[-1]
        named = names[unit] if is_last and unit < len(names) else str(unit)
        return translate("Explain", "output {name}").format(name=named)
    whole = translate("Explain", "the {what}").format(what=what)
    if layer.units == 1:
        return whole
    return translate("Explain", "{what} of unit {unit}").format(what=whole, unit=unit)


def _kept_name(explanation: Explanation, snapshot: Snapshot) -> str:
    """The state that the law keeps a part of, "" where it keeps none."""
    address = explanation.address
    layer = _recurrent(address, snapshot)
    if layer is None or not isinstance(address, Address) or explanation.held:
        return ""
    letter = address.quantity.rpartition(".")[2]
    return letter if letter in layer.cell.keeps.values() else ""


def _recurrent(address: AnyAddress, snapshot: Snapshot) -> Recurrent | None:
    if not isinstance(address, Address):
        return None
    name = address.quantity.partition(".")[0]
    found = next((layer for layer in snapshot.scenario.network.layers if layer.name == name), None)
    return found if isinstance(found, Recurrent) else None
