"""The lines of `forward` in PyTorch, and the modules that have to be written for it because torch.nn has none."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Network, Pool, Recurrent
from rnnviz.interop.programs.loop import Loop, Words, loop_of
from rnnviz.interop.programs.sample import Sample
from rnnviz.interop.programs.steps import Steps
from rnnviz.interop.programs.text import class_name, filled, identifier, plain, unpacked, wrapped
from rnnviz.interop.programs.torch_parts import Part, parts_of

_NAMES = """
torch nn np self x xs m mask target targets out units outputs inputs zip start
"""
_TAKEN = frozenset(_NAMES.split())
WORDS = Words("torch", "{vector} @ {matrix}.T", "xs.new_zeros(xs.shape[1], {size})", "torch.stack(out)", _TAKEN, 8)


class TorchSteps(Steps):
    """
    loops : the classes that have to be written, by what they do; classes : which of them a part is
    starts : first states, under the names by which the lines ask for them
    packs : whether the lines call `masked`
    """

    indent = 8

    def __init__(self, network: Network, sample: Sample) -> None:
        self.parts = parts_of(network)
        self.loops: dict[Loop, str] = {}
        self.classes: dict[str, str] = {}
        self.starts: dict[str, NDArray[Any]] = {}
        self.packs = False
        super().__init__(network, sample)

    def part(self, layer: Layer, direction: str = "") -> Part:
        """The module that does a layer, or a direction of it."""
        return next(part for part in self.parts if layer in part.layers and direction in ("", part.direction))

    def skips(self, layer: Recurrent) -> bool:
        return self.part(layer).layer != layer

    def embed(self, layer: Embedding) -> str:
        return f"self.{self.part(layer).name}(x[..., 0].long())"

    def read_out(self, layer: Dense) -> str:
        text = f"self.{self.part(layer).name}({self.shown})"
        return text if layer.activation == "linear" else f"{layer.activation}({text})"

    def pool(self, layer: Pool, is_taken: bool) -> str:
        x = self.shown
        if self.is_masked:
            x += f".masked_fill(~mask[..., None], {'-torch.inf' if layer.kind == 'max' else 0})"
        past = f"mask.{'sum' if is_taken else 'cumsum'}(0)[..., None]"  # how many steps count
        if layer.kind == "max":
            largest = f"{x}.{'amax(0)' if is_taken else 'cummax(0).values'}"
            return f"torch.where({past} > 0, {largest}, 0)" if self.is_masked else largest
        if layer.kind == "mean" and is_taken and not self.is_masked:
            return f"{x}.mean(0)"
        total = f"{x}.{'sum' if is_taken else 'cumsum'}(0)"
        steps = f"len({x})" if is_taken else f"torch.arange(1, len({x}) + 1, device=x.device)[:, None, None]"
        number = f"{past}.clamp(min=1)" if self.is_masked else steps
        return f"{total} / {number}" if layer.kind == "mean" else total

    def padding(self, layer: Embedding | Masking) -> str:
        if isinstance(layer, Embedding):
            return "x[..., 0] != 0"
        return f"({self.shown} != {layer.value!r}).any(-1)"

    def one_direction(self, layer: Recurrent, direction: str) -> str:
        turned = ".flip(0)" if direction == "backward" else ""
        if self.part(layer).kind:
            return self._native(self.part(layer), turned) + turned
        return self._loop(layer, direction, turned) + turned

    def both_directions(self, layer: Recurrent) -> str:
        part = self.part(layer)
        if not part.kind:
            return super().both_directions(layer)
        together = self._native(part, "")
        if layer.merge == "concat" and layer.returns == "sequence":
            return together
        self.say(f"{together}.chunk(2, dim=-1)", "a, b")
        return ""

    def _native(self, part: Part, turned: str) -> str:
        start = self._native_start(part)
        x = f"{self.shown}{turned}"
        if self.is_masked:
            self.packs = True
            return f"masked(self.{part.name}, {x}, mask{turned}{start})"
        return f"self.{part.name}({x}{start})[0]"

    def _native_start(self, part: Part) -> str:
        """The argument with the first states, (layers x directions, N, size); none where all are 0."""
        layers = [layer for layer in part.layers if isinstance(layer, Recurrent)]
        prefixes = [(layer, layer.prefix(direction)) for layer in layers for direction in layer.directions]
        carried = sorted(layers[0].cell.graph.carried, reverse=True)  # h before c
        if not any(prefix + name in self.sample.initial for _, prefix in prefixes for name in carried):
            return ""
        batch = self.sample.inputs.shape[1]
        for name in carried:
            zeros = np.zeros((batch, layers[0].size_of(name)))
            rows = [self.sample.initial.get(prefix + name, zeros) for _, prefix in prefixes]
            self.starts[f"{part.name}.{name}"] = np.stack(rows)
        given = [f'start["{part.name}.{name}"]' for name in carried]
        return f", {given[0]}" if len(given) == 1 else f", ({', '.join(given)})"

    def _loop(self, layer: Recurrent, direction: str, turned: str) -> str:
        part = self.part(layer, direction)
        prefix = layer.prefix(direction)
        loop = loop_of(layer, prefix, self.is_masked, self.sample.initial)
        if loop not in self.loops:
            self.loops[loop] = identifier(class_name(layer.cell.name), {"Network", *self.loops.values()})
        self.classes[part.name] = self.loops[loop]
        for name in loop.started:
            self.starts[f"{part.name}.{name}"] = self.sample.initial[prefix + name]
        arguments = [
            f"{self.shown}{turned}",
            *[f"mask{turned}[..., None]"] * loop.is_masked,
            *[f"targets{turned}"] * loop.is_forced,
            *(f'start["{part.name}.{name}"]' for name in loop.started),
        ]
        return f"self.{part.name}({', '.join(arguments)})"

    def concatenated(self, a: str, b: str) -> str:
        return f"torch.cat([{a}, {b}], dim=-1)"

    def everywhere(self, name: str) -> str:
        return f"{name}[:1].expand_as({name})"

    def zero_at_padding(self) -> str:
        return "h * mask[..., None]"


def module_class(loop: Loop, name: str) -> list[str]:
    """The lines of a module that runs a cell which torch.nn does not have."""
    words = loop.equations(WORDS)
    sizes = ["inputs", "units", *["outputs"] * loop.cell.has_outputs]
    given = [*["mask"] * loop.is_masked, *["targets"] * loop.is_forced, *map(words.previous, loop.started)]
    source = plain(loop.cell.source)
    parameters = loop.cell.graph.parameters
    shapes = [f'"{key}": ({", ".join(size)}{"," * (len(size) == 1)})' for key, size in parameters.items()]
    told = [f"{size} = self.{size}" for size in loop.sizes]
    return [
        f"class {name}(nn.Module):",
        *(wrapped(f'"""{source}."""', "    ") if source else []),
        *([""] if source else []),
        f"    def __init__(self, {', '.join(sizes)}):",
        "        super().__init__()",
        *(f"        self.{size} = {size}" for size in loop.sizes),
        "        shapes = {",
        *filled(shapes, "            "),
        "        }",
        "        for name, shape in shapes.items():",
        "            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))",
        "",
        f"    def forward(self, {', '.join(['xs', *given])}):",
        *(unpacked(map(words.name, parameters), "self.parameters()", "        ") if parameters else []),
        *(f"        {line}" for line in told),
        *(f"        {line}" for line in loop.lines(WORDS)),
    ]
