"""The axes and the loss of a surface in words: "recurrent weight U", "bias b", "random direction 1"."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.expression import Product, Variable, walk
from rnnviz.engine.network import Dense, Recurrent
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.loss_plane import Plane
from rnnviz.scenario.types import Scenario, SurfaceAxis
from rnnviz.ui import numbers
from rnnviz.ui.plots.relief import Camera
from rnnviz.ui.surface_colours import Shade


def _translate(text: str) -> str:
    return QCoreApplication.translate("surface", text)


def of_axis(form: SurfaceAxis, scenario: Scenario) -> str:
    match form.kind:
        case "parameter":
            address = ParameterAddress(form.parameter, form.row, form.column)
            return f"{of_kind(form.parameter, scenario)} {short(address, scenario)}"
        case "random":
            return _translate("random direction {seed}").format(seed=form.seed)
        case "gradient":
            return _translate("along the gradient")
        case _:
            return _translate("along the training path")


def of_ranges(scenario: Scenario, plane: Plane) -> list[str]:
    """ "recurrent weight U: 4.5 … 6.5." """
    view = scenario.surface
    if view is None:
        return []
    said = []
    for form, line in ((view.x, plane.x), (view.y, plane.y)):
        ends = [numbers.text(float(line[k])) for k in (0, -1)]
        said.append(f"{of_axis(form, scenario)}: {ends[0]} … {ends[1]}.")
    return said


def of_camera(camera: Camera | None) -> list[str]:
    """From where one looks at the relief."""
    camera = camera or Camera()
    turned, above = numbers.text(camera.azimuth, 2), numbers.text(camera.elevation, 2)
    return [
        _translate("In 3-D, turned by {turned} degrees, from {above} degrees above.").format(turned=turned, above=above)
    ]


def of_shade(shade: Shade) -> list[str]:
    scale = _translate("logarithmic colours") if shade.is_log else _translate("linear colours")
    low, high = numbers.text(shade.low), numbers.text(shade.high)
    said = [_translate("Losses from {low} to {high}, {scale}.").format(low=low, high=high, scale=scale)]
    return [*said, _translate("What is above is hatched.")] if shade.hatched else said


def of_short_axis(form: SurfaceAxis, scenario: Scenario, fallback: str) -> str:
    """The sign before a value on the axis: "w" in "w = 5.62"."""
    if form.kind != "parameter":
        return fallback
    return short(ParameterAddress(form.parameter, form.row, form.column), scenario)


def short(address: ParameterAddress, scenario: Scenario) -> str:
    """The letter, with its place where there are several numbers."""
    letter = address.parameter.rpartition(".")[2]
    values = scenario.params[address.parameter]
    if values.size == 1:
        return letter
    place = f"{address.row}, {address.column}" if values.ndim > 1 else str(address.row)
    return f"{letter}[{place}]"


def of_kind(parameter: str, scenario: Scenario) -> str:
    """What a parameter does, read off the equations."""
    layer = scenario.network.layer(parameter.partition(".")[0])
    letter = parameter.rpartition(".")[2]
    if isinstance(layer, Dense):
        return _translate("readout weight") if letter == "V" else _translate("readout bias")
    if not isinstance(layer, Recurrent):
        return _translate("embedding")
    if scenario.params[parameter].ndim == 1:
        return _translate("bias") if letter.startswith("b") else _translate("weight")
    for equation in layer.cell.graph.equations:
        for node in walk(equation.expression):
            if isinstance(node, Product) and node.matrix.name == letter:
                reads = [part for part in walk(node.vector) if isinstance(part, Variable)]
                if any(read.previous for read in reads):
                    return _translate("recurrent weight")
                if any(read.name == "x" for read in reads):
                    return _translate("input weight")
    return _translate("weight")


def of_loss(scenario: Scenario) -> str:
    """ "squared error at the last step" """
    kind = scenario.loss
    if kind is None:
        return ""
    names = {
        "half squared error": _translate("half squared error"),
        "squared error": _translate("squared error"),
        "cross entropy": _translate("cross-entropy, nats"),
        "binary cross entropy": _translate("binary cross-entropy, nats"),
    }
    where = _translate("at the last step") if kind.at == "last step" else _translate("summed over steps")
    return f"{names[kind.kind]} {where}" if "," not in names[kind.kind] else f"{names[kind.kind]}, {where}"
