"""A scenario with another loss surface: other axes, another range, or a first one where it had none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import msgspec
import numpy as np

from rnnviz.engine.backward import parameter_gradients
from rnnviz.engine.directions import coordinates, path_directions
from rnnviz.engine.errors import EngineError
from rnnviz.engine.network import Params
from rnnviz.engine.trace import ParameterAddress, Trace
from rnnviz.scenario.loss_plane import slopes_here
from rnnviz.scenario.training import check_training
from rnnviz.scenario.types import Scenario, SurfaceAxis, SurfaceView
from rnnviz.session.edit_error import EditError, refusing

Side = Literal["x", "y"]
AxisKind = Literal["parameter", "random", "path", "gradient"]
# Weights of a network small enough that two of them say more than two directions.
FEW_WEIGHTS = 16
# Multiplications of a surface that is worked out in some seconds.
SECONDS_OF_WORK = 2e11


def with_view(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario whose surface has these fields. Raises EditError where there is no such surface."""
    assert scenario.surface is not None, "asked only where there is one"
    found = replace(scenario, surface=msgspec.structs.replace(scenario.surface, **changes))
    with refusing():
        check_training(found)
    return found


def with_axis(scenario: Scenario, side: Side, **changes: Any) -> Scenario:
    """The same for fields of one axis."""
    assert scenario.surface is not None, "asked only where there is one"
    return with_view(scenario, **{side: msgspec.structs.replace(getattr(scenario.surface, side), **changes)})


def with_weight(scenario: Scenario, trace: Trace, side: Side, address: ParameterAddress) -> Scenario:
    """The scenario whose surface has this weight as one axis, around its value; the other axis keeps what it is.

    A weight that was the other axis changes places with this one.
    """
    begun = scenario if scenario.surface else with_first_surface(scenario, trace)
    view = begun.surface
    assert view is not None, "made above"
    other: Side = "y" if side == "x" else "x"
    if is_weight(getattr(view, side), address):
        return begun
    changes = {side: around(scenario, address)}
    if is_weight(getattr(view, other), address):
        changes = {side: getattr(view, other), other: getattr(view, side)}
        if changes[other].kind == "parameter" and is_weight(changes[other], address):
            raise EditError("both axes would be this weight; choose another", str(address))
    return with_view(begun, **changes)


def with_kind(
    scenario: Scenario,
    trace: Trace,
    side: Side,
    kind: AxisKind,
    address: ParameterAddress | None = None,
    path: Sequence[Params] = (),
) -> Scenario:
    """The scenario with another kind of axis, over a range that fits it.

    address : the weight to take, where there is one; path : iterates of a training run, to show all of it
    """
    view = scenario.surface
    assert view is not None, "asked only where there is one"
    old, other = getattr(view, side), getattr(view, "y" if side == "x" else "x")
    if kind == old.kind:
        return scenario
    if kind == "parameter":
        wanted = [address] if address is not None else []
        wanted = [each for each in (*wanted, *_steepest(scenario, trace)) if not is_weight(other, each)]
        return with_weight(scenario, trace, side, wanted[0])
    low, high = -1.0, 1.0
    seed = 0
    if kind == "random":
        seed = 1 if other.kind != "random" or other.seed != 1 else 2
    if kind == "path" and len(path) >= 3:
        low, high = _range_of(path, second=side == "y" and other.kind == "path")
    return with_view(scenario, **{side: SurfaceAxis(kind=kind, seed=seed, low=low, high=high)})


def with_first_surface(scenario: Scenario, trace: Trace) -> Scenario:
    """Axes to begin with: of few weights the two that the loss depends on most, of many two random directions."""
    if scenario.targets is None or scenario.loss is None:
        raise EditError("a loss surface needs targets and a loss; give every step a target first")
    count = scenario.network.parameter_count
    if count < 2:
        raise EditError("a loss surface needs two weights; this network has fewer")
    if count <= FEW_WEIGHTS:
        x, y = (around(scenario, address) for address in _steepest(scenario, trace))
    else:
        x, y = (SurfaceAxis(kind="random", seed=seed, low=-1.0, high=1.0) for seed in (1, 2))
    work = count * trace.steps * trace.batch
    resolution = next((n for n in (101, 51) if work * n * n <= SECONDS_OF_WORK), 25)
    return replace(scenario, surface=SurfaceView(x=x, y=y, resolution=resolution))


def around(scenario: Scenario, address: ParameterAddress) -> SurfaceAxis:
    """A weight as an axis, from a round number below its value to one above: by 1, or by about half of a large one."""
    values = scenario.params[address.parameter]
    value = float(values.reshape(len(values), -1)[address.row, address.column])
    size = 10.0 ** math.floor(math.log10(max(abs(value), 1.0)))
    half = max(1.0, size * round(abs(value) / size / 2))
    low, high = (round((value + sign * half) / (half / 10)) * (half / 10) for sign in (-1, 1))
    return SurfaceAxis(
        kind="parameter",
        parameter=address.parameter,
        row=address.row,
        column=address.column,
        low=round(low, 12),
        high=round(high, 12),
    )


def is_weight(form: SurfaceAxis, address: ParameterAddress) -> bool:
    here = (form.parameter, form.row, form.column)
    return form.kind == "parameter" and here == (address.parameter, address.row, address.column)


def _range_of(path: Sequence[Params], second: bool) -> tuple[float, float]:
    """From a round number before the path along its first or second main direction to one behind it."""
    try:
        plane = path_directions(path)
    except EngineError:
        return -1.0, 1.0
    places = [coordinates(params, path[-1], plane.x, plane.y)[second] for params in path]
    low, high = min(places), max(places)
    room = 0.15 * (high - low) or 1.0
    unit = 10.0 ** math.floor(math.log10(room))
    return round(math.floor((low - room) / unit) * unit, 12), round(math.ceil((high + room) / unit) * unit, 12)


def _steepest(scenario: Scenario, trace: Trace) -> list[ParameterAddress]:
    """The two weights along which the loss changes most, in the order of the parameters."""
    gradient = parameter_gradients(trace, {trace.output_name: slopes_here(trace, scenario)})
    places = [
        (name, row, column)
        for name, values in scenario.params.items()
        for row in range(len(values))
        for column in range(values.reshape(len(values), -1).shape[1])
    ]
    sizes = np.concatenate([np.abs(np.ravel(gradient[name])) for name in scenario.params])
    sizes[~np.isfinite(sizes)] = np.inf
    chosen = sorted(np.argsort(-sizes, kind="stable")[:2].tolist())
    return [ParameterAddress(*places[k]) for k in chosen]
