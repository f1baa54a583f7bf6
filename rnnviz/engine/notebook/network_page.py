"""A network as a row of boxes: each layer with the shape that it hands on and its number of parameters."""

from __future__ import annotations

from html import escape

import numpy as np

from rnnviz.engine.digits import counted
from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Network, Pool, Recurrent
from rnnviz.engine.notebook.page import page

MOST_LAYERS = 12
_WIDTH, _HEIGHT, _GAP, _INPUT = 154, 74, 34, 60
_LETTERS = 24


def html(network: Network) -> str:
    return page(title(network), picture(network))


def title(network: Network) -> str:
    inputs, layers = counted(network.inputs, "input"), counted(len(network.layers), "layer")
    return f"Network: {inputs}, {layers}, {counted(network.parameter_count, 'parameter')}"


def picture(network: Network) -> str:
    """Inline SVG. Of very many layers the first are drawn."""
    shown = network.layers[:MOST_LAYERS]
    parts = [_text(_INPUT / 2, 34, "x", bold=True), _text(_INPUT / 2, 50, _shape(network.inputs), muted=True)]
    x = float(_INPUT)
    for layer in shown:
        parts.append(_arrow(x))
        x += _GAP
        parts.append(_box(network, layer, x))
        x += _WIDTH
    if len(shown) < len(network.layers):
        more = f"and {len(network.layers) - len(shown):,} more"
        parts.append(_text(x + 46, 42, more, muted=True))
        x += 100
    size = f'width="{x + 2:g}" height="{_HEIGHT + 4}" viewBox="0 0 {x + 2:g} {_HEIGHT + 4}"'
    said = escape(title(network), quote=True)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{said}">{"".join(parts)}</svg>'


def _box(network: Network, layer: Layer, x: float) -> str:
    middle = x + _WIDTH / 2
    shapes = network.parameter_shapes()
    parameters = sum(int(np.prod(shape)) for name, shape in shapes.items() if name.split(".")[0] == layer.name)
    rest = counted(parameters, "parameter") if parameters else "no parameters"
    frame = (
        f'<rect x="{x:g}" y="2" width="{_WIDTH}" height="{_HEIGHT - 2}" rx="6" fill="currentColor" fill-opacity=".05" '
        'stroke="currentColor" stroke-opacity=".45"/>'
    )
    lines = (
        _text(middle, 19, _kind(layer), bold=True),
        _text(middle, 35, layer.name, muted=True),
        _text(middle, 51, _shape(_outputs(network, layer))),
        _text(middle, 67, rest, muted=True),
    )
    return frame + "".join(lines)


def _kind(layer: Layer) -> str:
    match layer:
        case Embedding():
            return "Embedding"
        case Masking():
            return "Masking"
        case Dense(activation=activation):
            return f"Dense, {activation}"
        case Pool(kind=kind):
            return {"mean": "Mean over time", "max": "Largest over time", "sum": "Sum over time"}[kind]
        case Recurrent(cell=cell, direction=direction):
            return cell.title + {"forward": "", "backward": ", backward", "both": ", both ways"}[direction]


def _outputs(network: Network, layer: Layer) -> int:
    after = network.layers.index(layer) + 1
    return network.output_size if after == len(network.layers) else network.inputs_of(network.layers[after])


def _shape(size: int) -> str:
    return f"(T, N, {size:,})"


def _arrow(x: float) -> str:
    y, end = _HEIGHT / 2 + 1, x + _GAP - 5
    return (
        f'<path d="M{x + 5:g} {y:g}H{end:g}m-6 -4l6 4l-6 4" fill="none" stroke="currentColor" stroke-opacity=".6" '
        'stroke-width="1.5"/>'
    )


def _text(x: float, y: float, text: str, bold: bool = False, muted: bool = False) -> str:
    short = text if len(text) <= _LETTERS else text[: _LETTERS - 1] + "\N{HORIZONTAL ELLIPSIS}"
    look = ' font-weight="600"' if bold else ""
    look += ' fill-opacity=".65"' if muted else ""
    size = 12 if bold else 11
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="middle" fill="currentColor"{look}>'
        f"{escape(short)}</text>"
    )
