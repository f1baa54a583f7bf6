"""Numbers that follow from the trace and the targets; stories and expected values name them like quantities.

loss                    of one step and sequence
loss-sum                of all steps up to this one
gradient:elman.U        of the loss of one step, by a weight; the unit counts through the matrix row by row
gradient-sum:elman.U    of the losses of all steps up to this one
flow:elman.h            the length of the derivative of the whole loss by a quantity as this step leaves it
"""

from __future__ import annotations

import numpy as np

from rnnviz.engine.backward import backward, parameter_gradients
from rnnviz.engine.errors import AddressError
from rnnviz.engine.loss import loss
from rnnviz.engine.trace import Trace
from rnnviz.scenario.training import loss_weights
from rnnviz.scenario.types import Scenario

KINDS = ("loss", "loss-sum", "gradient", "gradient-sum", "flow")


def is_derived(name: str) -> bool:
    return name.partition(":")[0] in KINDS


def derived(scenario: Scenario, trace: Trace, name: str, step: int, unit: int = 0, sequence: int = 0) -> float:
    """One such number. Raises AddressError where there is none."""
    kind, _, parameter = name.partition(":")
    if scenario.loss is None or scenario.targets is None:
        raise AddressError(f"{name}: the scenario has no loss or no targets")
    if not (1 <= step <= trace.steps and 0 <= sequence < trace.batch):
        raise AddressError(f"{name}: there is no step {step} of sequence {sequence}")
    weights = loss_weights(scenario, trace.steps, trace.batch)
    values, slope = loss(scenario.loss.kind, trace, scenario.targets, scenario.loss.at == "last step", weights)
    steps = slice(0 if kind.endswith("-sum") else step - 1, step)
    if kind.startswith("loss"):
        return float(values[steps, sequence].sum())
    if kind == "flow":
        if parameter not in trace:
            raise AddressError(f"{name}: there is no such quantity")
        gradients = backward(trace, {trace.output_name: slope}).quantities
        return float(np.linalg.norm(gradients[parameter][step - 1, sequence]))
    if parameter not in trace.params or not 0 <= unit < trace.params[parameter].size:
        raise AddressError(f"{name}: there is no such weight")
    source = np.zeros_like(slope)
    source[steps, sequence] = slope[steps, sequence]
    return float(parameter_gradients(trace, {trace.output_name: source})[parameter].ravel()[unit])
