"""A number handed on for many steps: by the weight of a unit, and by the forget gate of an LSTM's memory.

One of the two is the network of the document. The other is made to stand beside it: it reads the same inputs, is run
by the same engine, and is not in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.backward import backward, parameter_gradients
from rnnviz.engine.cells.elman import CELL as ELMAN
from rnnviz.engine.cells.lstm import CELL as LSTM
from rnnviz.engine.gates import log_kept
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.powers import logarithms
from rnnviz.engine.run import run
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.scenario.types import Scenario

Array = NDArray[np.floating]
Kind = Literal["weight", "gate"]

FEWEST_STEPS = 100
ALWAYS_OPEN = 50.0  # sigmoid(50) differs from 1 by 2e-22


@dataclass(frozen=True)
class WeightPath:
    """What the unit says, y, and how the last y changes with its weight.

    w : the weight; quantity : y in the trace
    values, logs : (T,), y, and the decimal logarithm of its magnitude, right also where float64 holds y no more
    slope, log_slope : dy/dw at the last step, and the decimal logarithm of its magnitude
    """

    w: float
    quantity: str
    values: Array
    logs: Array
    slope: float
    log_slope: float


@dataclass(frozen=True)
class GatePath:
    """What the memory cell holds, c, and what is left in the last step of what it held after the first.

    z : the bias of the forget gate; quantity : c in the trace; fractions : (T,), the gate f
    kept, log_kept : the product of f over all steps but the first; gradient : dc_T/dc_1, by every path there is
    """

    z: float
    quantity: str
    values: Array
    logs: Array
    fractions: Array
    kept: float
    log_kept: float
    gradient: float


def kind_of(scenario: Scenario) -> Kind | None:
    """Which of the two the network is, None where it is neither or is not run for long."""
    network = scenario.network
    layer = network.layers[0]
    if not isinstance(layer, Recurrent) or layer.units != 1 or layer.direction != "forward":
        return None
    if len(scenario.inputs) < FEWEST_STEPS or network.output_size != 1 or layer.teacher_forcing:
        return None
    if any(isinstance(other, Recurrent) for other in network.layers[1:]):
        return None
    if layer.cell.name == ELMAN.name:
        return "weight"
    return "gate" if layer.cell.name == LSTM.name else None


def address_of(scenario: Scenario) -> ParameterAddress | None:
    """Where the document has the number that is moved: its weight, or the bias of its forget gate."""
    layer = scenario.network.layers[0].name
    match kind_of(scenario):
        case "weight":
            return ParameterAddress(f"{layer}.U", 0, 0)
        case "gate":
            return ParameterAddress(f"{layer}.b_f", 0)
    return None


def written_by(scenario: Scenario) -> tuple[Array, Array]:
    """By what the network makes of an input that which it adds to its state: a row of weights and a bias."""
    layer, gate = scenario.network.layers[0].name, "" if kind_of(scenario) == "weight" else "_g"
    return scenario.params[f"{layer}.W{gate}"], scenario.params[f"{layer}.b{gate}"]


def weight_path(trace: Trace, sequence: int) -> WeightPath:
    """Of the document."""
    return _weight_path(trace, trace.network.layers[0].name, sequence)


def gate_path(trace: Trace, sequence: int) -> GatePath:
    """Of the document."""
    return _gate_path(trace, trace.network.layers[0].name, sequence)


def weight_path_beside(scenario: Scenario, sequence: int, w: float) -> WeightPath:
    """Of a linear unit that reads what the document's LSTM writes into its memory."""
    layer = Recurrent("unit", ELMAN, 1, activations={"h": "linear"})
    reads, bias = written_by(scenario)
    params = {"unit.W": reads, "unit.U": np.array([[w]]), "unit.b": bias}
    return _weight_path(_run(scenario, layer, params), "unit", sequence)


def gate_path_beside(scenario: Scenario, sequence: int, z: float) -> GatePath:
    """Of an LSTM whose memory is written what the document's unit reads, its other gates always open."""
    layer = Recurrent("memory", LSTM, 1, activations={"g": "linear", "h": "linear"})
    reads, bias = written_by(scenario)
    params = {"memory.W_g": reads, "memory.b_g": bias}
    params |= {f"memory.W_{gate}": np.zeros_like(reads) for gate in "ifo"}
    params |= {f"memory.U_{gate}": np.zeros((1, 1)) for gate in "gifo"}
    biases = {"i": ALWAYS_OPEN, "f": z, "o": ALWAYS_OPEN}
    params |= {f"memory.b_{gate}": np.array([number]) for gate, number in biases.items()}
    return _gate_path(_run(scenario, layer, params), "memory", sequence)


def float64_lost_from(values: Array, logs: Array) -> int | None:
    """The first step, from 1, at which float64 has 0 or infinity where the number is neither."""
    lost = np.isfinite(logs) & ((values == 0.0) | ~np.isfinite(values))
    return int(lost.argmax()) + 1 if lost.any() else None


def _run(scenario: Scenario, layer: Recurrent, params: Mapping[str, Array]) -> Trace:
    network = Network(scenario.network.inputs, (layer,))
    return run(network, params, scenario.inputs, lengths=scenario.lengths)


def _last(trace: Trace, sequence: int) -> int:
    return trace.lengths[sequence] if trace.lengths else trace.steps


def _at_the_end(trace: Trace, quantity: str, sequence: int) -> dict[str, Array]:
    """The derivative of the last number of a quantity by itself."""
    source = np.zeros_like(trace[quantity])
    source[_last(trace, sequence) - 1, sequence] = 1.0
    return {quantity: source}


def _weight_path(trace: Trace, layer: str, sequence: int) -> WeightPath:
    last, output = _last(trace, sequence), trace.output_name
    values = trace.output[:last, sequence, 0]
    with np.errstate(over="ignore", invalid="ignore"):
        gradients = parameter_gradients(trace, _at_the_end(trace, output, sequence))
    slope, w = float(gradients[f"{layer}.U"][0, 0]), float(trace.params[f"{layer}.U"][0, 0])
    logs, log_slope = _log10(values), float(_log10(np.array(slope)))
    is_linear = output == f"{layer}.h" and _function(trace, layer, "h") == "linear"
    if is_linear and not (np.isfinite(logs).all() and np.isfinite(log_slope)):
        reads, bias = trace.params[f"{layer}.W"][0], float(trace.params[f"{layer}.b"][0])
        driven_by = (trace["x"][:last, sequence] @ reads + bias).tolist()
        far = logarithms([w] * last, driven_by, float(trace.initial(output)[sequence, 0]))
        logs, log_slope = far.values, far.slope
    return WeightPath(w, output, values, logs, slope, log_slope)


def _gate_path(trace: Trace, layer: str, sequence: int) -> GatePath:
    last, quantity = _last(trace, sequence), f"{layer}.c"
    values, fractions = (trace[f"{layer}.{name}"][:last, sequence, 0] for name in "cf")
    gradients = backward(trace, _at_the_end(trace, quantity, sequence)).quantities[quantity]
    logs = _log10(values)
    if not np.isfinite(logs).all():
        written = trace[f"{layer}.i"][:last, sequence, 0] * trace[f"{layer}.g"][:last, sequence, 0]
        logs = logarithms(fractions.tolist(), written.tolist(), float(trace.initial(quantity)[sequence, 0])).values
    return GatePath(
        z=float(trace.params[f"{layer}.b_f"][0]),
        quantity=quantity,
        values=values,
        logs=logs,
        fractions=fractions,
        kept=float(np.prod(fractions[1:])),
        log_kept=log_kept(fractions[1:]),
        gradient=float(gradients[0, sequence, 0]),
    )


def _function(trace: Trace, layer: str, slot: str) -> str:
    found = trace.network.layer(layer)
    assert isinstance(found, Recurrent), "only such are followed"
    return found.functions()[slot]


def _log10(values: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(np.abs(values)))
