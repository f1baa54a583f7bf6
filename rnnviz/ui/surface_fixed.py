"""Why a cliff is where it is: fixed points of a small network's map, and where on a loss surface they come and go.

    x_t = w f(x_{t-1}) + b    has its start on a fixed point where  w = (x_0 - b) / f(x_0)
                              wins or loses two of them where       w f'(s) = 1 at a fixed point s

Source: Pascanu, Mikolov & Bengio 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from rnnviz.engine.activations import SLOPE, VALUE
from rnnviz.engine.dynamics import FixedPoint, StateMap, cliff_weight, fixed_points
from rnnviz.engine.errors import EngineError
from rnnviz.engine.expression import Activation, Parameter, Plus, Product, Variable
from rnnviz.engine.network import Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.loss_plane import Plane
from rnnviz.scenario.types import Scenario
from rnnviz.ui import numbers

Array = NDArray[np.floating[Any]]

ZERO = 1e-10  # nearer to 0 Newton's method does not find it
STAIRS = 40  # steps of a run that are drawn
FEW = 5  # more fixed points than this are counted, not listed
STABILITY = {
    "stable": QT_TRANSLATE_NOOP("surface", "stable"),
    "unstable": QT_TRANSLATE_NOOP("surface", "unstable"),
    "saddle": QT_TRANSLATE_NOOP("surface", "saddle"),
    "neutral": QT_TRANSLATE_NOOP("surface", "neutral"),
}


@dataclass(frozen=True, eq=False)
class Curve:
    """Values of x and y along a line over a surface; NaN where it is broken."""

    x: Array
    y: Array


@dataclass(frozen=True, eq=False)
class Staircase:
    """The map of one number: `following` over `state`; the states of a run from the start, the start first."""

    state: Array
    following: Array
    run: Array
    points: tuple[FixedPoint, ...]


@dataclass(frozen=True)
class _Unit:
    """One unit s = w f(s') + b whose two parameters are the axes."""

    function: str
    weight_is_x: bool
    start: float

    def curve(self, w: Array, b: Array) -> Curve:
        return Curve(w, b) if self.weight_is_x else Curve(b, w)


def start_curve(plane: Plane) -> Curve | None:
    """Where the start is the unstable fixed point; None for networks and axes without such a line."""
    unit = _unit(plane)
    if unit is None or unit.function != "sigmoid":
        return None
    b = plane.y if unit.weight_is_x else plane.x
    return unit.curve(cliff_weight(unit.start, b), b)


def border_curve(plane: Plane) -> Curve | None:
    """Where the number of fixed points changes: two of them meet, s, with w = 1 / f'(s) and b = s - w f(s)."""
    unit = _unit(plane)
    if unit is None or unit.function == "linear":
        return None
    state = np.linspace(-12.0, 12.0, 4801)
    near = np.flatnonzero(_is_near(plane, _border(unit, state)))
    if not near.size:
        return None
    ends = state[max(near[0] - 1, 0)], state[min(near[-1] + 1, len(state) - 1)]
    curve = _border(unit, np.linspace(*ends, 2001))
    is_near = _is_near(plane, curve)
    return Curve(np.where(is_near, curve.x, np.nan), np.where(is_near, curve.y, np.nan))


def _border(unit: _Unit, state: Array) -> Curve:
    value = VALUE[unit.function](state)
    with np.errstate(divide="ignore", invalid="ignore"):
        w = 1.0 / SLOPE[unit.function](value)
        return unit.curve(w, state - w * value)


def _is_near(plane: Plane, curve: Curve) -> NDArray[np.bool_]:
    """Inside the plane's range or a little outside: what is drawn ends beyond the edge."""
    inside = np.ones(curve.x.shape, bool)
    for values, line in ((curve.x, plane.x), (curve.y, plane.y)):
        margin = 0.1 * (line[-1] - line[0])
        inside &= (values >= line[0] - margin) & (values <= line[-1] + margin)
    return inside


def can_have_points(scenario: Scenario) -> bool:
    """Whether the network is small enough to list its fixed points, and has a map at all."""
    layers = scenario.network.recurrent
    reads_forward = all(layer.direction == "forward" and not layer.teacher_forcing for layer in layers)
    has_map = reads_forward and scenario.network.above_pool is None
    return has_map and 1 <= sum(scenario.network.state_sizes().values()) <= 2


def points_at(plane: Plane, x: float, y: float) -> tuple[FixedPoint, ...]:
    """The fixed points of the network there, with the input that `constant_input` says."""
    network = plane.centre.network
    one = np.linspace(-10.0, 10.0, 81)[:, None]
    grid = np.linspace(-4.0, 4.0, 9)
    starts = one if sum(network.state_sizes().values()) == 1 else np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)
    try:
        found = fixed_points(network, plane.params_at(x, y), constant_input(plane.centre)[0], starts)
    except EngineError:
        return ()
    return found.points


def staircase(plane: Plane, x: float, y: float, points: tuple[FixedPoint, ...]) -> Staircase | None:
    """The map of the network there, around its fixed points and its start; None where a state has several numbers."""
    scenario = plane.centre
    if sum(scenario.network.state_sizes().values()) != 1:
        return None
    (name,) = scenario.network.state_sizes()
    given, params = constant_input(scenario)[0], plane.params_at(x, y)
    start = scenario.initial.get(name, np.zeros((1, 1)))[:1]
    inputs = np.broadcast_to(given, (STAIRS, 1, len(given)))
    with np.errstate(all="ignore"):
        visited = np.append(start[0], run(scenario.network, params, inputs, initial={name: start})[name][:, 0, 0])
        seen = np.array([*(float(point.vector[0]) for point in points), start[0, 0], visited[1]])
        middle, half = (seen.max() + seen.min()) / 2, max(0.6 * np.ptp(seen), 0.5)
        state = np.linspace(middle - half, middle + half, 121)
        following = StateMap(scenario.network, params, given).of(state[:, None])[0][:, 0]
    return Staircase(state, following, visited, points)


def constant_input(scenario: Scenario) -> tuple[Array, bool]:
    """The input of every step, and True; zeros, and False, where it changes from step to step."""
    first = scenario.inputs[0, 0]
    is_constant = bool((scenario.inputs == first).all())
    return (first, True) if is_constant else (np.zeros_like(first), False)


def in_words(points: tuple[FixedPoint, ...], scenario: Scenario) -> str:
    """ "fixed points: −2.144 stable, 0.1551 unstable, 1.926 stable" """
    if not points:
        text = _translate("no fixed point found")
    elif len(points) > FEW:
        stable = sum(point.stability == "stable" for point in points)
        text = _translate("{count} fixed points, {stable} of them stable").format(count=len(points), stable=stable)
    else:
        said = [f"{_value(point)} {_translate(STABILITY[point.stability])}" for point in points]
        noun = _translate("fixed point") if len(points) == 1 else _translate("fixed points")
        text = f"{noun}: {', '.join(said)}"
    return text if constant_input(scenario)[1] else text + _translate(" (input 0)")


def _value(point: FixedPoint) -> str:
    values = [numbers.text(float(value) if abs(value) > ZERO else 0.0) for value in point.vector]
    return values[0] if len(values) == 1 else f"({', '.join(values)})"


def _unit(plane: Plane) -> _Unit | None:
    match plane.centre.network.recurrent:
        case (Recurrent() as layer,) if layer.units == 1 and len(layer.cell.graph.carried) == 1:
            pass
        case _:
            return None
    equation = layer.cell.graph.equation(layer.cell.graph.carried[0])
    match equation.expression:
        case Plus(Product(Parameter(weight), Activation(function, Variable(state, True), slot)), Parameter(bias)) if (
            state == equation.name
        ):
            function = layer.activations.get(slot, function)
        case _:
            return None
    w_axis, b_axis = (ParameterAddress(f"{layer.name}.{name}", 0) for name in (weight, bias))
    if [plane.x_axis, plane.y_axis] not in ([w_axis, b_axis], [b_axis, w_axis]):
        return None
    start = plane.centre.initial.get(f"{layer.name}.{state}")
    return _Unit(function, plane.x_axis == w_axis, 0.0 if start is None else float(start[0, 0]))


def _translate(text: str) -> str:
    return QCoreApplication.translate("surface", text)
