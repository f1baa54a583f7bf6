"""Where every parameter stands in the parameters panel: tiles of cells, their labels, one part for each layer."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from rnnviz.engine.expression import Parameter, Product, Times, Variable, walk
from rnnviz.engine.network import DENSE, Dense, Embedding, Masking, Recurrent
from rnnviz.engine.trace import ParameterAddress
from rnnviz.scenario.types import Scenario
from rnnviz.session.places import input_name
from rnnviz.ui import numbers
from rnnviz.ui.inputs_rows import largest_size, subscripted

Array = NDArray[np.float64]
translate = QCoreApplication.translate

NARROWEST_NUMBER, WIDEST_NUMBER = 34, 66
SMALLEST_CELL, LARGEST_CELL = 2, 16
MOST_TABLE_COLUMNS = 8
_MEASURED = 100  # so many numbers of a matrix decide how wide its numbers are


@dataclass(frozen=True)
class Tile:
    """One parameter. Its cells begin at (left, top), each `width` by `height`; as numbers, or as colours alone.

    values : (rows, columns); a vector has one column
    """

    parameter: str
    values: Array
    left: float
    top: float
    width: float
    height: float
    has_numbers: bool
    scale: float

    @property
    def right(self) -> float:
        return self.left + self.width * self.values.shape[1]

    @property
    def bottom(self) -> float:
        return self.top + self.height * self.values.shape[0]

    def address_at(self, x: float, y: float) -> ParameterAddress | None:
        if not (self.left <= x < self.right and self.top <= y < self.bottom):
            return None
        return ParameterAddress(self.parameter, int((y - self.top) / self.height), int((x - self.left) / self.width))


@dataclass(frozen=True)
class Label:
    """A text whose index ("W_i") is lowered, in the colour of the gate `letter`.

    kind : "name" over a matrix, followed by its shape; "row" and "column" of a table
    """

    text: str
    left: float
    top: float
    width: float
    letter: str
    kind: str


@dataclass(frozen=True)
class Heading:
    """The line over the parameters with one prefix; a click opens and closes it."""

    prefix: str
    text: str
    top: float
    is_open: bool
    scale: float


@dataclass
class Layout:
    tiles: list[Tile] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    scale: float = 0.0  # of a layout that needs no headings, else 0

    def tile_of(self, address: ParameterAddress) -> Tile | None:
        return next((tile for tile in self.tiles if tile.parameter == address.parameter), None)


@dataclass(frozen=True)
class Sizes:
    """Lengths in pixels at the text size in use.

    room : the width there is
    px : scales a length; number, small : how wide a text is as a number, as a label
    """

    room: int
    px: Callable[[float], int]
    number: Callable[[str], int]
    small: Callable[[str], int]


@dataclass(frozen=True)
class _Part:
    """The parameters of one layer, or of one direction of it.

    scale : the largest size among them: the value of the strongest colour
    """

    layer: Recurrent | Dense | Embedding
    prefix: str
    arrays: dict[str, Array]
    scale: float

    @property
    def is_table(self) -> bool:
        """One unit: the equations can stand as rows of one table."""
        if not isinstance(self.layer, Recurrent) or any(len(array) != 1 for array in self.arrays.values()):
            return False
        return sum(_source_widths(self).values()) <= MOST_TABLE_COLUMNS


def lay_out(
    scenario: Scenario,
    sizes: Sizes,
    closed: Collection[str],
    shared: Callable[[int, float], float] = lambda number, scale: scale,
) -> Layout:
    """All layers under each other; the table of a single layer needs no heading.

    shared : gives the scale of the part of this number in place of its own
    """
    layout = Layout()
    parts = [replace(part, scale=shared(number, part.scale)) for number, part in enumerate(_parts(scenario))]
    for part in parts:
        if len(parts) == 1 and part.is_table:
            layout.scale = part.scale
        else:
            is_open = part.prefix not in closed
            layout.headings.append(Heading(part.prefix, _title(part), layout.height, is_open, part.scale))
            layout.height += sizes.px(24)
            if not is_open:
                continue
        if part.is_table:
            _lay_table(layout, part, scenario, sizes)
        else:
            _lay_matrices(layout, part, sizes)
        layout.height += sizes.px(10)
    layout.height -= sizes.px(10) if parts else 0
    return layout


def closed_at_first(scenario: Scenario) -> set[str]:
    """Prefixes of layers that would push all others out of sight: long lists of words."""
    layers = scenario.network.layers
    return {f"{layer.name}." for layer in layers if isinstance(layer, Embedding) and layer.vocabulary > 64}


def _parts(scenario: Scenario) -> Iterator[_Part]:
    for layer in scenario.network.layers:
        if isinstance(layer, Masking):
            continue
        prefixes = (
            [layer.prefix(direction) for direction in layer.directions]
            if isinstance(layer, Recurrent)
            else [f"{layer.name}."]
        )
        for prefix in prefixes:
            found = {name: _as_matrix(array) for name, array in scenario.params.items() if name.startswith(prefix)}
            if found:
                yield _Part(layer, prefix, found, max(map(largest_size, found.values())) or 1.0)


def _as_matrix(array: Array) -> Array:
    return array if array.ndim == 2 else array[:, np.newaxis]


def _title(part: _Part) -> str:
    name = part.prefix.rstrip(".").replace(".", ", ")
    if isinstance(part.layer, Embedding):
        said = translate("Parameters", "{name} · {words} words")
        return said.format(name=name, words=numbers.count(part.layer.vocabulary))
    units = translate("Parameters", "1 unit") if part.layer.units == 1 else translate("Parameters", "{count} units")
    return f"{name} · {units.format(count=numbers.count(part.layer.units))}"


def letter_of(parameter: str) -> str:
    """The gate that a parameter belongs to: "i" for "lstm.W_i", "" for "elman.W"."""
    return parameter.rpartition(".")[2].partition("_")[2]


# --- matrices -------------------------------------------------------------------------------------------------------


def _lay_matrices(layout: Layout, part: _Part, sizes: Sizes) -> None:
    """Tiles from left to right, those of one gate together; a line is begun where the next does not fit."""
    width, has_numbers = _cell_width(part, sizes)
    height = sizes.px(24) if has_numbers else width
    gap, label_height = sizes.px(8), sizes.px(18)
    left, tallest, letter = 0.0, 0.0, None
    for name, values in _by_gate(part.arrays):
        label = _matrix_label(name, values)
        needed = max(width * values.shape[1], sizes.small(label))
        group = _group_width(part, letter_of(name), width, sizes) if letter_of(name) != letter else needed
        fits = left + (group if group <= sizes.room else needed) <= sizes.room
        if left and not fits:
            layout.height += tallest + gap
            left, tallest = 0.0, 0.0
        letter = letter_of(name)
        layout.labels.append(Label(label, left, layout.height, needed, letter, "name"))
        top = layout.height + label_height
        layout.tiles.append(Tile(name, values, left, top, width, height, has_numbers, part.scale))
        tallest = max(tallest, label_height + height * len(values))
        layout.width = max(layout.width, left + width * values.shape[1])
        left += needed + gap
    layout.height += tallest


def _by_gate(arrays: dict[str, Array]) -> list[tuple[str, Array]]:
    letters = list(dict.fromkeys(letter_of(name) for name in arrays))
    return sorted(arrays.items(), key=lambda item: letters.index(letter_of(item[0])))


def _matrix_label(name: str, values: Array) -> str:
    rows, columns = values.shape
    letter = name.rpartition(".")[2]
    return f"{letter} {rows} × {columns}" if columns > 1 else letter


def _group_width(part: _Part, letter: str, width: float, sizes: Sizes) -> float:
    members = [(n, v) for n, v in part.arrays.items() if letter_of(n) == letter]
    widths = [max(width * v.shape[1], sizes.small(_matrix_label(n, v))) for n, v in members]
    return sum(widths) + sizes.px(8) * (len(widths) - 1)


def _cell_width(part: _Part, sizes: Sizes) -> tuple[float, bool]:
    """How wide a cell is, and whether a number fits into it."""
    columns = max(values.shape[1] for values in part.arrays.values())
    if columns * sizes.px(NARROWEST_NUMBER) <= sizes.room:
        samples = [v.ravel()[:: max(1, v.size // _MEASURED)] for v in part.arrays.values()]
        wide, tight = ([sizes.number(numbers.text(v, digits)) for s in samples for v in s] for digits in (3, 2))
        natural = min(max(max(wide) + sizes.px(10), sizes.px(NARROWEST_NUMBER)), sizes.px(WIDEST_NUMBER))
        least = max(float(np.percentile(tight, 90)) + sizes.px(8), sizes.px(NARROWEST_NUMBER))
        if columns * least <= sizes.room:
            return min(float(natural), sizes.room / columns), True
    beside = sizes.px(26)  # a vector stands beside its matrix
    cell = max(sizes.px(SMALLEST_CELL), min((sizes.room - beside) // columns, sizes.px(LARGEST_CELL)))
    return float(cell), False


# --- one unit: a table with a row for each equation -----------------------------------------------------------------


def _lay_table(layout: Layout, part: _Part, scenario: Scenario, sizes: Sizes) -> None:
    sources = _source_widths(part)
    headings = [text for source, count in sources.items() for text in _headings(source, count, part, scenario)]
    letters = list(dict.fromkeys(letter_of(name) for name in part.arrays))
    labels = {letter: _row_label(part, letter) for letter in letters}
    indent = max(sizes.small(label.replace("_", "")) for label in labels.values()) + sizes.px(10)
    longest = max(sizes.number(numbers.text(value)) for values in part.arrays.values() for value in values.ravel())
    natural = max(longest + sizes.px(8), sizes.px(28))
    width = max(natural, min((sizes.room - indent) / len(headings), sizes.px(WIDEST_NUMBER)))
    for number, text in enumerate(headings):
        left = indent + width * number
        layout.labels.append(Label(text, left, layout.height, width - sizes.px(8), "", "column"))
    layout.height += sizes.px(20)
    starts = dict(zip(sources, np.cumsum([0, *sources.values()]), strict=False))
    for letter in letters:
        layout.labels.append(Label(labels[letter], 0, layout.height, indent, letter, "row"))
        for name, values in part.arrays.items():
            if letter_of(name) == letter:
                left = indent + width * float(starts[_source(part, name)])
                layout.tiles.append(Tile(name, values, left, layout.height, width, sizes.px(26), True, part.scale))
        layout.height += sizes.px(26)
    layout.width = max(layout.width, indent + width * len(headings))


def _row_label(part: _Part, letter: str) -> str:
    """z for the candidate of an LSTM and z_i, z_f, z_o for its gates, as the lecture calls what goes into them."""
    letters = {letter_of(name) for name in part.arrays}
    if {"i", "f", "o", "g"} <= letters:
        return "z" if letter == "g" else f"z_{letter}"
    return letter or _computed(part)


def _computed(part: _Part) -> str:
    """The quantity that the parameters without a letter make: h, also where the cell hands on y."""
    graph = part.layer.cell.graph if isinstance(part.layer, Recurrent) else DENSE.graph
    names = {name.rpartition(".")[2] for name in part.arrays if not letter_of(name)}
    return next(
        equation.name
        for equation in graph.equations
        if any(isinstance(node, Parameter) and node.name in names for node in walk(equation.expression))
    )


def _source_widths(part: _Part) -> dict[str, int]:
    """What the parameters are multiplied by, in the order of the table: inputs, states, last the bias."""
    widths = {_source(part, name): values.shape[1] for name, values in part.arrays.items()}
    return dict(sorted(widths.items(), key=lambda item: (item[0] == "b", item[0] != "x")))


def _source(part: _Part, parameter: str) -> str:
    """ "x", "h′", "c′", or "b" for what is only added."""
    letter = parameter.rpartition(".")[2]
    graph = part.layer.cell.graph if isinstance(part.layer, Recurrent) else DENSE.graph
    for equation in graph.equations:
        for node in walk(equation.expression):
            match node:
                case Product(Parameter(name), vector) if name == letter:
                    variables = [n for n in walk(vector) if isinstance(n, Variable)]
                    return " ".join(_called(n) for n in variables)
                case Times(Parameter(name), Variable() as other) if name == letter:
                    return _called(other)
    return "b"


def _called(variable: Variable) -> str:
    return f"{variable.name}′" if variable.previous else variable.name


def _headings(source: str, count: int, part: _Part, scenario: Scenario) -> list[str]:
    if source != "x":
        return [source] if count == 1 else [f"{source}[{n}]" for n in range(count)]
    network = scenario.network
    read = network.input_name(network.layers.index(part.layer))
    if read == "x":
        return [subscripted(input_name(scenario, n)) for n in range(count)]
    letter = read.rpartition(".")[2]  # what the layer before hands on
    return [letter] if count == 1 else [f"{letter}[{n}]" for n in range(count)]
