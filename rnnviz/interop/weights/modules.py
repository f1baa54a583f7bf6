"""Named tensors -> the modules that they are the weights of, told by names and shapes as PyTorch gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from rnnviz.interop import limits
from rnnviz.interop.errors import ModelError
from rnnviz.interop.names import printable
from rnnviz.interop.weights.tensor import Tensor, Tensors

CellKind = Literal["lstm", "gru", "rnn"]
GATES: Mapping[CellKind, int] = {"lstm": 4, "gru": 3, "rnn": 1}

# Around the model of a training script: DataParallel, torch.compile.
_WRAPPERS = ("module.", "_orig_mod.")
_RECURRENT = re.compile(r"(weight|bias)_(ih|hh|hr)(?:_l(\d{1,3})(_reverse)?)?")
_ATTENTION = re.compile(r"(^|[._])(attn|attention|self_attn|multihead|query|key|value|q_proj|k_proj|v_proj)", re.I)
_CONVOLUTIONS = {3: "Conv1d", 4: "Conv2d", 5: "Conv3d"}


@dataclass(frozen=True, eq=False)
class Direction:
    """The tensors of one layer in one direction; none where the module has no biases, or no projection."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None
    bias_hh: Tensor | None
    weight_hr: Tensor | None


@dataclass(frozen=True, eq=False)
class Rnn:
    """nn.LSTM, nn.GRU or nn.RNN, or one of their cells: `layers` from the input on, each with one or two directions.

    units : of each direction; size : what each direction hands on, fewer than `units` where there is a projection
    """

    path: str
    kind: CellKind
    inputs: int
    units: int
    size: int
    layers: tuple[tuple[Direction, ...], ...]

    @property
    def is_both(self) -> bool:
        return len(self.layers[0]) == 2

    @property
    def outputs(self) -> int:
        return self.size * len(self.layers[0])


@dataclass(frozen=True, eq=False)
class Linear:
    """nn.Linear; without a bias it may also be an nn.Embedding, which looks up rows."""

    path: str
    weight: Tensor
    bias: Tensor | None

    @property
    def inputs(self) -> int:
        return self.weight.shape[1]

    @property
    def outputs(self) -> int:
        return self.weight.shape[0]


@dataclass(frozen=True, eq=False)
class Table:
    """nn.Embedding, of `outputs` numbers for each id."""

    path: str
    weight: Tensor

    @property
    def outputs(self) -> int:
        return self.weight.shape[1]


@dataclass(frozen=True, eq=False)
class Foreign:
    """What cannot be shown.

    what : what it seems to be
    bias : where there is nothing but that: the weight may be that of another module
    """

    path: str
    what: str
    bias: Tensor | None = None


Module = Rnn | Linear | Foreign


def modules_of(tensors: Tensors) -> tuple[Module, ...]:
    """The modules in the order in which they first occur. Raises ModelError where weights do not fit together."""
    if len(tensors) > limits.TENSORS:
        raise ModelError(f"there are {len(tensors):,} tensors; at most {limits.TENSORS:,} are read")
    groups: dict[str, dict[str, Tensor]] = {}
    for name, tensor in _unwrapped(tensors).items():
        path, _, own = name.rpartition(".")
        groups.setdefault(path, {})[own] = tensor
    return tuple(module for path, group in groups.items() for module in _modules(path, group))


def _unwrapped(tensors: Tensors) -> Tensors:
    while True:
        wrapper = next((w for w in _WRAPPERS if tensors and all(name.startswith(w) for name in tensors)), None)
        if wrapper is None:
            return tensors
        tensors = {name.removeprefix(wrapper): tensor for name, tensor in tensors.items()}


def _modules(path: str, group: dict[str, Tensor]) -> Iterator[Module]:
    """All that one path has weights of. Counters and positions, which are whole numbers, are no weights."""
    weights = {name: tensor for name, tensor in group.items() if tensor.is_weight}
    recurrent = {name: tensor for name, tensor in weights.items() if _RECURRENT.fullmatch(name)}
    others = {name: tensor for name, tensor in weights.items() if name not in recurrent}
    if recurrent:
        yield _rnn(path, recurrent)
    if others:
        yield _plain(path, others, group)


def _plain(path: str, weights: dict[str, Tensor], group: dict[str, Tensor]) -> Linear | Foreign:
    weight, bias = weights.get("weight"), weights.get("bias")
    if any("in_proj" in name for name in weights) or _ATTENTION.search(path):
        return Foreign(path, "attention")
    if "running_mean" in group or "running_var" in group:
        return Foreign(path, "BatchNorm")
    if weight is None or not weights.keys() <= {"weight", "bias"}:
        if weights.keys() == {"bias"} and len(weights["bias"].shape) == 1:
            return Foreign(path, "a bias without a weight", weights["bias"])
        return Foreign(path, f"no layer that is known, with {', '.join(map(printable, list(weights)[:4]))}")
    if len(weight.shape) == 1:
        return Foreign(path, "LayerNorm or the like")
    if len(weight.shape) in _CONVOLUTIONS:
        return Foreign(path, f"{_CONVOLUTIONS[len(weight.shape)]}, weight {weight.shape}")
    if len(weight.shape) != 2 or 0 in weight.shape:
        return Foreign(path, f"no layer that is known, weight {weight.shape}")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ModelError(f"its bias has shape {bias.shape}, its weight {weight.shape}", where=printable(path))
    return Linear(path, weight, bias)


def _rnn(path: str, tensors: dict[str, Tensor]) -> Rnn:
    """Raises ModelError where shapes are not those of a recurrent module."""
    where = printable(path) or "the recurrent layer"
    slots: dict[tuple[int, bool], dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        found = _RECURRENT.fullmatch(name)
        assert found is not None
        kind, side, layer, reverse = found.groups()
        slot = slots.setdefault((int(layer or 0), reverse is not None), {})
        if f"{kind}_{side}" in slot:
            raise ModelError(f"has {printable(name)} twice", where=where)
        slot[f"{kind}_{side}"] = tensor
    count = max(layer for layer, _ in slots) + 1
    ways = (False, True) if (0, True) in slots else (False,)
    expected = {(layer, way) for layer in range(count) for way in ways}
    if slots.keys() != expected:
        raise ModelError("some of its layers or directions are missing", where=where)
    layers = tuple(tuple(_direction(slots[layer, way], where) for way in ways) for layer in range(count))
    return _checked(path, layers, where)


def _direction(slot: dict[str, Tensor], where: str) -> Direction:
    if "weight_ih" not in slot or "weight_hh" not in slot or ("bias_ih" in slot) != ("bias_hh" in slot):
        raise ModelError(f"has {', '.join(slot)} alone; weight_ih and weight_hh and both biases, or none", where=where)
    return Direction(
        slot["weight_ih"], slot["weight_hh"], slot.get("bias_ih"), slot.get("bias_hh"), slot.get("weight_hr")
    )


def _checked(path: str, layers: tuple[tuple[Direction, ...], ...], where: str) -> Rnn:
    first = layers[0][0]
    if any(len(weight.shape) != 2 or 0 in weight.shape for weight in (first.weight_ih, first.weight_hh)):
        shapes = f"weight_ih {first.weight_ih.shape} and weight_hh {first.weight_hh.shape}"
        raise ModelError(f"{shapes} are no matrices of numbers", where=where)
    rows, size = first.weight_hh.shape
    if first.weight_hr is not None:
        kind: CellKind = "lstm"  # the only one that has a projection
        units, rest = divmod(rows, 4)
    else:
        kind = next((kind for kind, gates in GATES.items() if rows == gates * size), "rnn")
        units, rest = size, rows - GATES[kind] * size
    if rest:
        takes = "4 (LSTM), 3 (GRU) or 1 (RNN) rows of weight_hh for each of its columns"
        raise ModelError(f"weight_hh has shape {first.weight_hh.shape}; there are {takes}", where=where)
    rnn = Rnn(path, kind, first.weight_ih.shape[1], units, size, layers)
    width = rnn.inputs
    for layer in layers:
        for direction in layer:
            _check_direction(direction, rnn, width, where)
        width = rnn.outputs
    return rnn


def _check_direction(direction: Direction, rnn: Rnn, inputs: int, where: str) -> None:
    rows = GATES[rnn.kind] * rnn.units
    shapes = {
        "weight_ih": (direction.weight_ih, (rows, inputs)),
        "weight_hh": (direction.weight_hh, (rows, rnn.size)),
        "bias_ih": (direction.bias_ih, (rows,)),
        "bias_hh": (direction.bias_hh, (rows,)),
        "weight_hr": (direction.weight_hr, (rnn.size, rnn.units)),
    }
    has_projection = rnn.layers[0][0].weight_hr is not None
    if (direction.weight_hr is not None) != has_projection:
        raise ModelError("one of its layers has a projection, another one none", where=where)
    for name, (tensor, shape) in shapes.items():
        if tensor is not None and tensor.shape != shape:
            raise ModelError(f"{name} has shape {tensor.shape}; {shape} would fit the others", where=where)
