"""Why a cliff is where it is: the start of a one-unit network lies on its map's unstable fixed point.

    x_t = w sigmoid(x_{t-1}) + b  stands still at x_0 where  w = (x_0 - b) / sigmoid(x_0)

Source: Pascanu, Mikolov & Bengio 2013.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.expression import Activation, Parameter, Plus, Product, Variable
from rnnviz.engine.network import Recurrent
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.loss_plane import Plane

Array = NDArray[np.floating[Any]]


def cliff_line(plane: Plane) -> tuple[Array, Array] | None:
    """The line w = (x_0 - b) / sigmoid(x_0) as values of the axes; None for other networks or axes."""
    layer = plane.centre.network.layers[0]
    if not isinstance(layer, Recurrent) or layer.units != 1 or len(layer.cell.graph.carried) != 1:
        return None
    equation = layer.cell.graph.equation(layer.cell.graph.carried[0])
    match equation.expression:
        case Plus(Product(Parameter(weight), Activation("sigmoid", Variable(state, True), slot)), Parameter(bias)) if (
            state == equation.name and layer.activations.get(slot, "sigmoid") == "sigmoid"
        ):
            pass
        case _:
            return None
    w_axis, b_axis = (ParameterAddress(f"{layer.name}.{name}", 0) for name in (weight, bias))
    start = plane.centre.initial.get(f"{layer.name}.{state}")
    x_0 = 0.0 if start is None else float(start[0, 0])
    steepness = 1.0 / (1.0 + np.exp(-x_0))
    if (plane.x_axis, plane.y_axis) == (w_axis, b_axis):
        b = plane.y
        return (x_0 - b) / steepness, b
    if (plane.y_axis, plane.x_axis) == (w_axis, b_axis):
        b = plane.x
        return b, (x_0 - b) / steepness
    return None
