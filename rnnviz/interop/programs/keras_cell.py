"""A cell that Keras does not have, as a class for its keras.layers.RNN: the equations, with matrices as kernels are."""

from __future__ import annotations

from collections.abc import Iterable

from rnnviz.interop.programs.equations import Equations
from rnnviz.interop.programs.loop import Loop
from rnnviz.interop.programs.text import filled, plain, unpacked, wrapped

REGISTERED = "@keras.saving.register_keras_serializable()"
_TAKEN = frozenset(["keras", "np", "self", "x", "states", "map"])


def equations_of(loop: Loop) -> Equations:
    """The equations for rows: a kernel is (from, to), and a sequence a row."""
    zeros = "keras.ops.zeros((keras.ops.shape(x)[0], self.{size}), dtype=self.compute_dtype)"
    functions, constants = dict(loop.functions), dict(loop.constants)
    return Equations(loop.cell.graph, "{vector} @ {matrix}", zeros, functions, constants, _TAKEN, 8)


def cell_class(loop: Loop, name: str) -> list[str]:
    """The lines of the class."""
    graph, words = loop.cell.graph, equations_of(loop)
    sizes = ["units", *["outputs"] * loop.cell.has_outputs]
    source = plain(loop.cell.source)
    states = [graph.sizes[state] for state in graph.carried]
    kept = [f'"{size}": self.{size}' for size in sizes]
    return [
        REGISTERED,
        f"class {name}(keras.layers.Layer):",
        *([*wrapped(f'"""{source}."""', "    "), ""] if source else []),
        f"    def __init__(self, {', '.join(sizes)}, **options):",
        "        super().__init__(**options)",
        *(f"        self.{size} = {size}" for size in sizes),
        f"        self.state_size = [{', '.join(states)}]",
        f"        self.output_size = {graph.sizes[loop.cell.output]}",
        "",
        "    def build(self, shape):",
        *unpacked(["inputs", *sizes], ", ".join(["shape[-1]", *(f"self.{size}" for size in sizes)]), "        "),
        "        shapes = {",
        *filled((_shape(name, size) for name, size in graph.parameters.items()), "            "),
        "        }",
        "        for name, shape in shapes.items():",
        "            self.add_weight(shape=shape, name=name)",
        "",
        "    def call(self, x, states):",
        *_unpacked(map(words.name, graph.parameters), "map(keras.ops.convert_to_tensor, self.weights)"),
        *_unpacked(map(words.previous, graph.carried), "states"),
        *(f"        {words.name(constant)} = {value!r}" for constant, value in loop.constants),
        *(f"        {line}" for line in words.lines()),
        f"        return {words.name(loop.cell.output)}, [{', '.join(map(words.name, graph.carried))}]",
        "",
        "    def get_config(self):",
        f"        return {{**super().get_config(), {', '.join(kept)}}}",
    ]


def _shape(name: str, sizes: tuple[str, ...]) -> str:
    return f'"{name}": ({", ".join(reversed(sizes))}{"," * (len(sizes) == 1)})'


def _unpacked(names: Iterable[str], source: str) -> list[str]:
    listed = list(names)
    return unpacked(listed, source, "        ") if listed else []
