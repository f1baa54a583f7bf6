"""What an opened cell is drawn from: parts at named columns and rows of a grid, without pixels and without values.

A part says which number it shows by a key of the picture: "f" is the gate now, "f.pre" what goes into its activation,
"c_prev" the memory before the step; or, where the trace keeps no such number, by the expression that gives it, such as
f * c_prev. `of` names the equation that a part belongs to, so that sub-steps can light it.
"""

from __future__ import annotations

from dataclasses import dataclass

from rnnviz.engine.expression import Node

Terms = tuple[tuple[int, Node], ...]
Key = str | Node


@dataclass(frozen=True)
class Place:
    """A crossing of the grid, moved by (dx, dy) units (a unit is one pixel at the smallest text size) and by `pills`
    widths of a number to the right."""

    column: str
    row: str
    dx: float = 0.0
    dy: float = 0.0
    pills: float = 0.0


@dataclass(frozen=True)
class Column:
    """gap units and `pills` widths of a number to the right of the one before; takes `stretch` parts of spare room."""

    name: str
    gap: float
    pills: float = 0.0
    stretch: float = 1.0


@dataclass(frozen=True)
class Row:
    """gap units below the row before. The highest `rank` goes first when there is too little room; 0 always stays."""

    name: str
    gap: float
    stretch: float = 1.0
    rank: int = 0


@dataclass(frozen=True)
class Wire:
    """`key` gives width and strength; `hue` is a gate's letter, "" for the colour of the value's sign."""

    points: tuple[Place, ...]
    key: Key
    of: str = ""
    hue: str = ""
    is_rail: bool = False


@dataclass(frozen=True)
class Dot:
    """A junction, where a wire branches off."""

    at: Place
    key: Key
    of: str = ""
    hue: str = ""


@dataclass(frozen=True)
class Pill:
    """A number standing on a wire."""

    at: Place
    key: str
    of: str
    hue: str = ""


@dataclass(frozen=True)
class Square:
    """An activation: its curve, and the point at `before` on it; `key` is the number that comes out, "" if not kept."""

    at: Place
    slot: str
    before: Key
    of: str
    hue: str = ""
    key: str = ""


@dataclass(frozen=True)
class Valve:
    """A gate's product with `flow`: opens by the value of `key`, or by 1 minus it; upright where the flow goes up."""

    at: Place
    key: str
    flow: Key
    of: str
    hue: str
    is_upright: bool = False
    is_complement: bool = False


@dataclass(frozen=True)
class Sign:
    """A small circle with an operation: + − × or a text such as 1−, on the way to the number `key`."""

    at: Place
    symbol: str
    of: str
    key: Key = ""


@dataclass(frozen=True)
class Name:
    """The name of a quantity in words, in its hue."""

    at: Place
    quantity: str
    hue: str = ""
    room: float = 0.0  # units; a longer name is cut, 0 for never


@dataclass(frozen=True)
class TimeName:
    """A letter with the step as its subscript, such as c with 3; `align` is -1 left, 0 centre, 1 right of the place."""

    at: Place
    quantity: str
    is_previous: bool
    align: int = 0


@dataclass(frozen=True)
class Law:
    """The sum that goes into an activation, in short: with few weights as numbers, else as letters."""

    at: Place
    quantity: str
    terms: Terms


@dataclass(frozen=True)
class Bus:
    """A vector's way along the cell: its numbers stand on it as pills between the stubs, or as a strip of colours."""

    row: str
    start: str
    end: str
    vector: str
    stubs: tuple[str, ...]
    starts_outside: bool = False  # a memory, which comes in at the left edge


@dataclass(frozen=True)
class Stack:
    """A vector's numbers under each other, or as a strip of colours, where it comes in at the left."""

    at: Place
    vector: str


Part = Wire | Dot | Pill | Square | Valve | Sign | Name | TimeName | Law | Bus | Stack


@dataclass(frozen=True)
class Diagram:
    """The parts of one kind of cell. The first column and row are the left and upper edge, the last the others."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    parts: tuple[Part, ...]
