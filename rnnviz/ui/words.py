"""A number's place and value in words: "step 3, forget gate, unit 2: 0.73"."""

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.explain import MEANING_OF_POOL
from rnnviz.engine.network import Network, Pool, Recurrent
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.scenario.gradients import gradients_of
from rnnviz.session.places import input_name
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui import numbers

AnyAddress = Address | ParameterAddress | GradientAddress


def of_number(address: AnyAddress, snapshot: Snapshot) -> str:
    """Place and value; the value alone is "not there" when the address points outside the trace."""
    return f"{of_place(address, snapshot)}: {numbers.text(value(address, snapshot))}"


def of_place(address: AnyAddress, snapshot: Snapshot) -> str:
    """The place alone. Steps count from 1, units and rows from 0; what can only be one thing is left out."""
    translate = QCoreApplication.translate
    if isinstance(address, GradientAddress):
        said = translate("words", "derivative of the loss by: {0}").format(of_place(address.of, snapshot))
        return translate("words", "{0}, through step {1}").format(said, address.step) if address.step else said
    if isinstance(address, ParameterAddress):
        shape = snapshot.scenario.params[address.parameter].shape
        parts = [address.parameter, translate("words", "row {0}").format(address.row)]
        if len(shape) > 1:
            parts.append(translate("words", "column {0}").format(address.column))
        return ", ".join(parts)
    if address.step == 0:
        parts = [translate("words", "before the first step")]
    else:
        parts = [translate("words", "step {0}").format(address.step)]
    parts.append(of_quantity(address.quantity, snapshot))
    parts.extend(_unit(address, snapshot))
    if address.sequence != snapshot.cursor.sequence:
        parts.append(of_sequence(address.sequence, snapshot))
    return ", ".join(parts)


def of_quantity(quantity: str, snapshot: Snapshot) -> str:
    """What the letters of a quantity mean: "forget gate" for "lstm.f"; the layer is named where several have one."""
    translate = QCoreApplication.translate
    if quantity in ("x", "target"):
        return translate("words", "input") if quantity == "x" else translate("words", "target")
    layer_name, _, rest = quantity.partition(".")
    letter = rest.removesuffix(".pre").rpartition(".")[2]
    layers = {layer.name: layer for layer in snapshot.scenario.network.layers}
    layer = layers.get(layer_name)
    graph = getattr(getattr(layer, "cell", None), "graph", None)
    meanings = {equation.name: equation.meaning for equation in graph.equations} if graph else {}
    if isinstance(layer, Pool):
        meanings = {"y": translate("words", MEANING_OF_POOL[layer.kind])}
    said = meanings.get(letter) or (translate("words", "output") if letter == "y" else rest)
    if rest.endswith(".pre"):
        said = translate("words", "{0} before its activation").format(said)
    directions = {
        "forward": translate("words", "forward {0}").format(said),
        "backward": translate("words", "backward {0}").format(said),
    }
    said = directions.get(rest.partition(".")[0], said)
    return said if len(layers) < 3 else f"{layer_name}: {said}"


def of_network(network: Network) -> str:
    """ "LSTM, 1 unit"; layers joined by arrows."""
    translate = QCoreApplication.translate
    ways = {
        "both": " " + translate("words", "in both directions"),
        "backward": " " + translate("words", "backward"),
    }
    names = []
    for layer in network.layers:
        if isinstance(layer, Recurrent):
            unit = translate("words", "unit") if layer.units == 1 else translate("words", "units")
            names.append(f"{layer.cell.title}{ways.get(layer.direction, '')}, {numbers.count(layer.units)} {unit}")
    return " → ".join(names)


def of_sequence(sequence: int, snapshot: Snapshot) -> str:
    names = snapshot.scenario.sequence_names
    if sequence < len(names):
        return names[sequence]
    return QCoreApplication.translate("words", "sequence {0}").format(sequence + 1)


def value(address: AnyAddress, snapshot: Snapshot) -> float:
    if isinstance(address, GradientAddress):
        return gradients_of(snapshot.scenario, snapshot.trace).number(address)
    if isinstance(address, ParameterAddress):
        array = snapshot.scenario.params[address.parameter]
        return float(array[address.row, address.column] if array.ndim > 1 else array[address.row])
    if address.quantity == "target" and snapshot.scenario.targets is not None:
        return float(snapshot.scenario.targets[address.step - 1, address.sequence, address.unit])
    return float(snapshot.trace.number(address))


def _unit(address: Address, snapshot: Snapshot) -> list[str]:
    translate = QCoreApplication.translate
    if address.quantity == "x":
        return [input_name(snapshot.scenario, address.unit)]
    name = address.quantity.removesuffix(".pre")
    if name == snapshot.trace.output_name and address.unit < len(snapshot.scenario.output_names):
        return [snapshot.scenario.output_names[address.unit]]
    if name in snapshot.trace and snapshot.trace[name].shape[2] == 1:
        return []
    return [translate("words", "unit {0}").format(address.unit)]
