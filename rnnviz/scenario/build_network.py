"""The network of a file -> the engine's network, with unknown cells, activations and bad equations named."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from rnnviz.engine import activations
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import EngineError, EquationError
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Pool, Recurrent
from rnnviz.engine.network import Layer as EngineLayer
from rnnviz.scenario.errors import ScenarioError, shown
from rnnviz.scenario.types import (
    DenseLayer,
    EmbeddingLayer,
    Layer,
    MaskingLayer,
    NetworkForm,
    OwnCell,
    PoolLayer,
    RecurrentLayer,
)


def build_network(form: NetworkForm, own_cells: Sequence[OwnCell]) -> Network:
    """The engine's network. Raises ScenarioError with the key path of what is wrong."""
    cells = CELLS | _own_cells(own_cells)
    names: set[str] = set()
    for index, layer in enumerate(form.layers):
        where = f"network.layers[{index}]"
        if layer.name in names:
            raise ScenarioError(f"two layers are called {shown(layer.name)}", where=f"{where}.name")
        names.add(layer.name)
        _check_layer(layer, cells, where)
    try:
        return Network(form.inputs, tuple(_record(layer, cells) for layer in form.layers))
    except EngineError as error:
        raise ScenarioError(str(error), where="network") from None


def _own_cells(forms: Sequence[OwnCell]) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for index, form in enumerate(forms):
        where = f"cells[{index}]"
        if form.name in CELLS or form.name in found:
            message = f"there is a cell {shown(form.name)} already; choose another name"
            raise ScenarioError(message, where=f"{where}.name")
        found[form.name] = _cell(form, where)
    return found


def _cell(form: OwnCell, where: str) -> Cell:
    texts = [text.partition("#")[0].strip() for text in form.equations]
    for name in form.sizes:
        _known(name, [text.partition("=")[0].strip() for text in texts], "quantity", f"{where}.sizes")
    try:
        return Cell(
            name=form.name,
            title=form.title or form.name,
            equations="\n".join(form.equations),
            output=form.output,
            sizes=form.sizes,
            constants=form.constants,
            source=form.source,
        )
    except EquationError as error:
        line = f"[{texts.index(error.equation)}]" if error.equation in texts else ""
        place = f"{where}.equations{line}"
        short = error.equation if len(error.equation) <= 80 else error.equation[:77] + "..."
        raise ScenarioError(str(error).replace(error.equation, short), where=place) from None


def _check_layer(layer: Layer, cells: Mapping[str, Cell], where: str) -> None:
    """What the engine would refuse too, said with the key path."""
    match layer:
        case DenseLayer():
            _known(layer.activation, activations.NAMES, "activation", f"{where}.activation")
        case RecurrentLayer():
            _known(layer.cell, cells, "cell", f"{where}.cell")
            cell = cells[layer.cell]
            for slot, function in layer.activations.items():
                _known(slot, cell.slots, "activation slot", f"{where}.activations")
                _known(function, activations.ELEMENTWISE, "activation", f"{where}.activations.{slot}")
            for constant in layer.constants:
                _known(constant, cell.constants, "constant", f"{where}.constants")
            if cell.has_outputs and layer.outputs == 0:
                message = f'a {cell.name} layer has outputs of its own: "outputs" must say how many'
                raise ScenarioError(message, where=f"{where}.outputs")
            if not cell.has_outputs and layer.outputs:
                raise ScenarioError(f"a {cell.name} layer has no outputs beside its units", where=f"{where}.outputs")


def _known(name: str, names: Iterable[str], what: str, where: str) -> None:
    names = list(names)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise ScenarioError(f"unknown {what} {shown(name)}; there are {', '.join(names) or 'none'}{hint}", where=where)


def _record(layer: Layer, cells: Mapping[str, Cell]) -> EngineLayer:
    match layer:
        case EmbeddingLayer():
            return Embedding(layer.name, layer.vocabulary, layer.size, mask_zero=layer.mask_zero)
        case MaskingLayer():
            return Masking(layer.name, layer.value)
        case PoolLayer():
            return Pool(layer.name, layer.pool)
        case DenseLayer():
            return Dense(layer.name, layer.units, activation=layer.activation, at=layer.at)
        case RecurrentLayer():
            return Recurrent(
                layer.name,
                cells[layer.cell],
                layer.units,
                outputs=layer.outputs,
                direction=layer.direction,
                merge=layer.merge,
                activations=layer.activations,
                constants=layer.constants,
                returns=layer.returns,
                masked_output=layer.masked_output,
                teacher_forcing=layer.teacher_forcing,
            )
