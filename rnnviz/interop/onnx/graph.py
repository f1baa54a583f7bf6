"""Going through the operators of a graph in order: what each output is, in the terms of `rnnviz.interop.onnx.values`.

What cannot be shown is kept as such, and counts only where an output of the graph needs it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from rnnviz.engine.network import Recurrent
from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.onnx.messages import STANDARD, Graph, Node, OnnxFile, Slot
from rnnviz.interop.onnx.operators import OPERATORS, RECURRENT
from rnnviz.interop.onnx.reading import Reading
from rnnviz.interop.onnx.signals import cannot
from rnnviz.interop.onnx.values import Atom, Refused, Signal, Value

OPSETS = (7, 26)
_SUBGRAPHS = ("Loop", "Scan", "If", "SequenceMap")


@dataclass(frozen=True, eq=False)
class Result:
    """output : the data that the network hands out; name : what the file calls it"""

    name: str
    output: Signal


def read_graph(file: OnnxFile, reading: Reading) -> Result:
    """Raises ModelError; UnsupportedError where a recurrent layer could be shown alone."""
    _check(file, reading)
    values = _inputs(file.graph)
    for node in file.graph.nodes:
        _read(node, values, file, reading)
    outputs = [(slot.name, _output(slot, values)) for slot in file.graph.outputs]
    if not outputs:
        raise ModelError("the graph has no output")
    return _chosen(outputs, reading)


def _check(file: OnnxFile, reading: Reading) -> None:
    if file.opset < OPSETS[0]:
        raise ModelError(f"operator set {file.opset}; {OPSETS[0]} and newer are read, so export it anew")
    if file.opset > OPSETS[1]:
        reading.note(f"Operator set {file.opset} is newer than those that are known here, to {OPSETS[1]}.")
    if not any(node.operator in RECURRENT and node.domain in STANDARD for node in file.graph.nodes):
        raise ModelError(_no_recurrent(file))


def _no_recurrent(file: OnnxFile) -> str:
    """Why there may be no recurrent operator: unrolled, as torch.onnx.export does it, or inside of another one."""
    unknown = next((node for node in file.graph.nodes if not _is_known(node)), None)
    products = (node for node in file.graph.nodes if node.operator in ("MatMul", "Gemm") and len(node.inputs) > 1)
    uses = Counter(node.inputs[1] for node in products if node.inputs[1] in file.graph.tensors)
    if any(count > 1 for count in uses.values()):
        return (
            "no RNN operator here: the network was unrolled when it was exported; "
            "export with dynamo=False, or give the state dict; of Keras, give the .keras file"
        )
    if unknown is not None:
        return f"{unknown.where}: {_unknown(unknown, file)}; and there is no RNN, LSTM or GRU"
    return "there is no RNN, LSTM or GRU operator in this file, so there is nothing recurrent to show"


def _is_known(node: Node) -> bool:
    return node.operator in OPERATORS and node.is_standard


def _unknown(node: Node, file: OnnxFile) -> str:
    if (node.domain, node.operator) in file.functions:
        return f"the operator {node.domain}.{node.operator} is a function with a body of its own, which is not read"
    if not node.is_standard:
        return f"the operator {node.domain}.{node.operator} is none of the standard's"
    if node.operator in _SUBGRAPHS:
        return f"the operator {node.operator} holds a graph of its own, which is not read"
    return f"the operator {node.operator} is not known here"


def _inputs(graph: Graph) -> dict[str, Value]:
    values: dict[str, Value] = dict(graph.tensors)
    for slot in graph.inputs:
        if slot.name in graph.tensors:
            continue  # older files list their weights among the inputs
        if slot.name in values or not slot.name:
            raise ModelError("two inputs have this name, or it is missing", where=slot.name)
        values[slot.name] = _input(slot)
    return values


def _input(slot: Slot) -> Value:
    if slot.shape is None:
        return Refused(UnsupportedError("the file does not say the shape of this input", where=slot.name))
    groups = tuple(() if size == 1 else (Atom(size),) for size in slot.shape)
    return Signal(slot.name, (), groups)


def _read(node: Node, values: dict[str, Value], file: OnnxFile, reading: Reading) -> None:
    given: list[Value | None] = [_given(name, node, values) if name else None for name in node.inputs]
    found = _values(node, given, file, reading)
    for name, value in zip(node.outputs, found, strict=False):
        if not name:
            continue
        if name in values:
            raise ModelError(f"'{name}' is there twice", where=node.where)
        values[name] = value


def _given(name: str, node: Node, values: Mapping[str, Value]) -> Value:
    if name not in values:
        message = f"reads '{name}', which nothing before it gives: the graph has a cycle, or is out of order"
        raise ModelError(message, where=node.where)
    return values[name]


def _values(node: Node, given: list[Value | None], file: OnnxFile, reading: Reading) -> list[Value]:
    """The outputs of an operator: all the same reason where it cannot be shown."""
    try:
        if not _is_known(node):
            raise UnsupportedError(_unknown(node, file), where=node.where)
        if node.operator not in RECURRENT:
            refused = next((value for value in given if isinstance(value, Refused)), None)
            if refused is not None:
                raise refused.error
        if not given and node.operator != "Constant":
            raise ModelError("has no inputs", where=node.where)
        found = OPERATORS[node.operator](node, given, reading)
    except UnsupportedError as error:
        return [Refused(error, _cut_input(node, given))] * len(node.outputs)
    values = found if isinstance(found, list) else [found]
    missing: Value = Refused(cannot(node, "it has more outputs than are known"))
    return values + [missing] * (len(node.outputs) - len(values))


def _cut_input(node: Node, given: list[Value | None]) -> str:
    """The input of the graph that this cuts: the first states of all layers in one, of which each takes its own."""
    first = given[0] if given else None
    is_cut = node.operator in ("Slice", "Split", "Gather") and node.is_standard
    return first.source if is_cut and isinstance(first, Signal) and first.is_input else ""


def _output(slot: Slot, values: Mapping[str, Value]) -> Value:
    if slot.name not in values:
        raise ModelError("nothing gives this output", where=slot.name)
    return values[slot.name]


def _chosen(outputs: list[tuple[str, Value]], reading: Reading) -> Result:
    """The output that most layers lead to; the others are states, or are left out with a word."""
    name, first = outputs[0]
    if isinstance(first, Refused):
        return _recurrent_part(first.error, reading)
    signals = [(name, value) for name, value in outputs if isinstance(value, Signal) and _is_shown(value)]
    if not signals:
        raise ModelError("no output of the graph depends on a recurrent layer", where=name)
    name, output = max(signals, key=lambda pair: (len(pair[1].chain), not pair[1].is_state, pair[1].at != "final"))
    if output.is_state:
        raise ModelError("the graph hands out nothing but a memory cell", where=name)
    for other, value in outputs:
        if isinstance(value, Refused) or (isinstance(value, Signal) and not _leads_to(value, output)):
            reading.note(f"The output '{other}' is left out; shown is what leads to '{name}'.")
    return Result(name, output)


def _is_shown(signal: Signal) -> bool:
    return any(isinstance(step.layer, Recurrent) for step in signal.chain)


def _leads_to(signal: Signal, output: Signal) -> bool:
    """Whether the layers of one are among those of the other; a layer may have been closed since."""
    names = [step.layer.name for step in output.chain]
    return [step.layer.name for step in signal.chain] == names[: len(signal.chain)]


def _recurrent_part(error: ModelError, reading: Reading) -> Result:
    if not reading.leaves_out:
        raise error
    if not reading.recurrent:
        raise ModelError(error.message, error.path, error.where)
    output = max(reading.recurrent, key=lambda signal: len(signal.chain))
    name = output.chain[-1].layer.name
    reading.note(f"What comes after '{name}' is left out ({error}).")
    return Result(name, output)
