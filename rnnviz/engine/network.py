"""A network: layers in order, each a frozen record, and the shapes that follow from them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.activations import ELEMENTWISE, NAMES
from rnnviz.engine.cell import Cell
from rnnviz.engine.errors import EngineError, LimitError, ShapeError
from rnnviz.engine.pooling import Pooling

Direction = Literal["forward", "backward", "both"]
Merge = Literal["concat", "sum", "mean", "mul"]
Returns = Literal["sequence", "final"]
MaskedOutput = Literal["hold", "zero"]
At = Literal["every step", "last step"]
Params = Mapping[str, NDArray[np.floating]]

MAX_SIZE = 1_000_000

# A dense readout is a cell without memory: the same text explains and draws it.
DENSE = Cell(name="dense", title="Readout", equations="y = linear(V @ x + b)      # output", output="y")

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Embedding:
    """Looks up a row of the matrix E for every id. With `mask_zero`, steps of id 0 are padding."""

    name: str
    vocabulary: int
    size: int
    mask_zero: bool = False


@dataclass(frozen=True)
class Masking:
    """Takes steps whose inputs all equal `value` for padding."""

    name: str
    value: float = 0.0


@dataclass(frozen=True)
class Recurrent:
    """A recurrent cell, forward in time, backward, or both.

    outputs : size of the quantities that have "outputs" numbers; only for cells that have such (Jordan)
    merge : how two directions become one output
    activations : slot of the cell -> activation, where not the cell's own
    constants : constant of the cell -> value, where not the cell's own
    returns : "final" hands on the last state that each direction reaches: backward, that is the one at step 1
    masked_output : at padding every quantity keeps its value; the output handed on repeats it ("hold") or is 0 ("zero")
    teacher_forcing : the target of the step before takes the place of the cell's own previous output
    """

    name: str
    cell: Cell
    units: int
    outputs: int = 0
    direction: Direction = "forward"
    merge: Merge = "concat"
    activations: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, float] = field(default_factory=dict)
    returns: Returns = "sequence"
    masked_output: MaskedOutput = "hold"
    teacher_forcing: bool = False

    @property
    def directions(self) -> tuple[str, ...]:
        return ("forward", "backward") if self.direction == "both" else (self.direction,)

    def prefix(self, direction: str) -> str:
        """What the names of a direction begin with: "lstm." or, where there are two, "lstm.backward."."""
        return f"{self.name}.{direction}." if self.direction == "both" else f"{self.name}."

    def functions(self) -> dict[str, str]:
        """Slot -> activation in use."""
        return {**self.cell.slots, **self.activations}

    def constant_values(self) -> dict[str, float]:
        """Constant -> value in use."""
        return {**self.cell.constants, **self.constants}

    def sizes(self, inputs: int) -> dict[str, int]:
        """The sizes that equations name -> how many numbers."""
        return {"inputs": inputs, "units": self.units, "outputs": self.outputs}

    def size_of(self, quantity: str) -> int:
        return self.sizes(0)[self.cell.graph.sizes[quantity]]

    @property
    def forced(self) -> frozenset[str]:
        """Carried quantities whose previous value comes from the targets."""
        return frozenset({self.cell.output}) if self.teacher_forcing else frozenset()


@dataclass(frozen=True)
class Dense:
    """y = activation(V x + b) at every step; with `at="last step"` only the last one is the network's answer."""

    name: str
    units: int
    activation: str = "linear"
    at: At = "every step"


@dataclass(frozen=True)
class Pool:
    """Pools over time what enters it: the mean, the largest or the sum over the steps so far, unit by unit."""

    name: str
    kind: Pooling = "mean"


Layer = Embedding | Masking | Recurrent | Dense | Pool


@dataclass(frozen=True)
class Network:
    """Layers in order; `inputs` features enter the first.

    Raises EngineError or ShapeError, naming the layer, when they do not fit together.
    """

    inputs: int
    layers: tuple[Layer, ...]

    def __post_init__(self) -> None:
        _check_size("the network", "inputs", self.inputs)
        if not self.layers:
            raise EngineError("the network has no layer")
        names: set[str] = set()
        for layer in self.layers:
            if not _NAME.fullmatch(layer.name) or layer.name in ("x", "target", "output", "loss"):
                raise EngineError(f"'{layer.name}' cannot be a layer's name; use letters, digits and _")
            if layer.name in names:
                raise EngineError(f"two layers are called '{layer.name}'")
            names.add(layer.name)
            _check_layer(layer)
        for k, layer in enumerate(self.layers):
            if isinstance(layer, Embedding) and (k or self.inputs != 1):
                raise ShapeError(f"layer '{layer.name}': an embedding comes first and reads 1 id a step")

    def _repr_html_(self) -> str:
        from rnnviz.engine.notebook import network_page  # which needs this module, and only notebooks need it

        return network_page.html(self)

    def inputs_of(self, layer: Layer) -> int:
        """How many features enter a layer."""
        return self._widths()[self.layers.index(layer)]

    def _widths(self) -> list[int]:
        """Features entering each layer, and leaving the last."""
        widths = [self.inputs]
        for layer in self.layers:
            match layer:
                case Embedding():
                    widths.append(layer.size)
                case Masking() | Pool():
                    widths.append(widths[-1])
                case Recurrent():
                    twice = 2 if layer.direction == "both" and layer.merge == "concat" else 1
                    widths.append(twice * layer.size_of(layer.cell.output))
                case Dense():
                    widths.append(layer.units)
        return widths

    @property
    def output_size(self) -> int:
        return self._widths()[-1]

    @property
    def recurrent(self) -> tuple[Recurrent, ...]:
        return tuple(layer for layer in self.layers if isinstance(layer, Recurrent))

    @property
    def above_pool(self) -> Recurrent | None:
        """The first recurrent layer above a pool: it reads all steps so far, so no state alone decides its next one."""
        pools = [k for k, layer in enumerate(self.layers) if isinstance(layer, Pool)]
        above = self.layers[pools[0] :] if pools else ()
        return next((layer for layer in above if isinstance(layer, Recurrent)), None)

    def layer(self, name: str) -> Layer:
        """The layer called `name`; EngineError where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise EngineError(f"no layer is called '{name}'; there are {', '.join(k.name for k in self.layers)}")

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Parameter -> shape, as "lstm.W_i" -> (units, inputs)."""
        return dict(self._parameter_shapes)

    @cached_property
    def _parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Kept, since every run asks for them."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, inputs in zip(self.layers, self._widths(), strict=False):
            match layer:
                case Embedding():
                    shapes[f"{layer.name}.E"] = (layer.vocabulary, layer.size)
                case Recurrent():
                    sizes = layer.sizes(inputs)
                    for direction in layer.directions:
                        for name, dimensions in layer.cell.graph.parameters.items():
                            shapes[layer.prefix(direction) + name] = tuple(sizes[size] for size in dimensions)
                case Dense():
                    shapes[f"{layer.name}.V"] = (layer.units, inputs)
                    shapes[f"{layer.name}.b"] = (layer.units,)
        return shapes

    @property
    def parameter_count(self) -> int:
        return sum(map(math.prod, self._parameter_shapes.values()))

    def state_sizes(self) -> dict[str, int]:
        """Carried quantity -> its size: {"lstm.c": 28, "lstm.h": 28}."""
        return dict(self._state_sizes)

    @cached_property
    def _state_sizes(self) -> dict[str, int]:
        return {
            prefix + name: layer.size_of(name) for layer, prefix in self.lanes() for name in layer.cell.graph.carried
        }

    def quantities(self) -> dict[str, int]:
        """Traced quantity -> its size, in the order in which they are worked out; "x" is not among them."""
        sizes: dict[str, int] = {}
        widths = self._widths()
        for k, layer in enumerate(self.layers):
            match layer:
                case Embedding():
                    sizes[f"{layer.name}.e"] = layer.size
                case Recurrent():
                    for direction in layer.directions:
                        for equation in layer.cell.graph.equations:
                            sizes[layer.prefix(direction) + equation.name] = layer.size_of(equation.name)
                    if merges(layer):
                        sizes[f"{layer.name}.merged"] = widths[k + 1]
                case Dense() | Pool():
                    sizes[f"{layer.name}.y"] = widths[k + 1]
        return sizes

    def lanes(self) -> Iterator[tuple[Recurrent, str]]:
        """Every direction of every recurrent layer, with the prefix of its names."""
        for layer in self.recurrent:
            for direction in layer.directions:
                yield layer, layer.prefix(direction)

    def output_name(self, layer: Layer | None = None) -> str:
        """The quantity that a layer (without one: the network) hands on; a masking layer hands on what enters it."""
        index = len(self.layers) - 1 if layer is None else self.layers.index(layer)
        match self.layers[index]:
            case Embedding(name=name):
                return f"{name}.e"
            case Dense(name=name) | Pool(name=name):
                return f"{name}.y"
            case Recurrent() as recurrent:
                output = "merged" if merges(recurrent) else recurrent.cell.output
                return f"{recurrent.name}.{output}"
        return self.input_name(index)

    def input_name(self, index: int) -> str:
        """The quantity that enters layer `index`."""
        return self.output_name(self.layers[index - 1]) if index else "x"


def merges(layer: Recurrent) -> bool:
    """Whether a layer hands on something else than its cell's output as it stands: then "NAME.merged" is traced."""
    return (
        layer.direction == "both"
        or layer.masked_output == "zero"
        or (layer.returns == "final" and layer.direction == "backward")
    )


def check_params(network: Network, params: Params) -> None:
    """Raise ShapeError, naming the parameter and both shapes, unless `params` is what `network` needs."""
    shapes = network.parameter_shapes()
    for name, shape in shapes.items():
        if name not in params:
            raise ShapeError(f"parameter '{name}' of shape {shape} is missing")
        if params[name].shape != shape:
            raise ShapeError(f"parameter '{name}' has shape {params[name].shape}; the network needs {shape}")
    for name in params:
        if name not in shapes:
            raise ShapeError(f"parameter '{name}' belongs to no layer; there are {', '.join(shapes)}")


def _check_size(what: str, name: str, value: int) -> None:
    if value < 1:
        raise EngineError(f"{what}: {name} is {value}; it must be at least 1")
    if value > MAX_SIZE:
        raise LimitError(f"{what}: {name} is {value}; at most {MAX_SIZE} are allowed")


def _check_choice(where: str, name: str, value: str, choices: Any) -> None:
    if value not in get_args(choices):
        raise EngineError(f"{where}: {name} is '{value}'; it can be {', '.join(get_args(choices))}")


def _check_layer(layer: Layer) -> None:
    where = f"layer '{layer.name}'"
    match layer:
        case Embedding():
            _check_size(where, "vocabulary", layer.vocabulary)
            _check_size(where, "size", layer.size)
        case Dense():
            _check_size(where, "units", layer.units)
            _check_choice(where, "at", layer.at, At)
            if layer.activation not in NAMES:
                raise EngineError(f"{where}: unknown activation '{layer.activation}'; there are {', '.join(NAMES)}")
        case Pool():
            _check_choice(where, "kind", layer.kind, Pooling)
        case Recurrent():
            _check_recurrent(layer, where)


def _check_recurrent(layer: Recurrent, where: str) -> None:
    _check_size(where, "units", layer.units)
    _check_choice(where, "direction", layer.direction, Direction)
    _check_choice(where, "merge", layer.merge, Merge)
    _check_choice(where, "returns", layer.returns, Returns)
    _check_choice(where, "masked_output", layer.masked_output, MaskedOutput)
    if layer.cell.has_outputs:
        _check_size(where, "outputs", layer.outputs)
    for slot, function in layer.activations.items():
        if slot not in layer.cell.slots:
            raise EngineError(f"{where}: no activation slot '{slot}'; there are {', '.join(layer.cell.slots)}")
        if function not in ELEMENTWISE:
            raise EngineError(f"{where}: unknown activation '{function}'; there are {', '.join(ELEMENTWISE)}")
    for name in layer.constants:
        if name not in layer.cell.constants:
            raise EngineError(f"{where}: the cell has no constant '{name}'")
    if layer.teacher_forcing and layer.cell.output not in layer.cell.graph.carried:
        raise EngineError(f"{where}: teacher forcing needs a cell that feeds its output back")
