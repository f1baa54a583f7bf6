"""A network as a program that needs NumPy alone, generated from the equations of its cells.

A sequence is a column in it, so that the equations stand as they do in the paper: W @ x, not x @ W.T.
"""

from __future__ import annotations

import ast
from typing import Any

from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Masking, Network, Pool, Recurrent
from rnnviz.interop.programs.activations import NUMPY, definitions, import_line
from rnnviz.interop.programs.archive import npz_bytes
from rnnviz.interop.programs.loop import Loop, Words, loop_of
from rnnviz.interop.programs.sample import Sample, precision_of, sample_of
from rnnviz.interop.programs.steps import Steps
from rnnviz.interop.programs.text import (
    arrays,
    finished,
    fit_inline,
    from_archive,
    head,
    identifier,
    plain,
    unpacked,
    wrapped,
)
from rnnviz.scenario.types import Scenario

LINES = 60  # a program is shorter than this, where the cells are
_NAMES = """
np DATA run weights name x xs m mask target targets out units outputs zip print float len
"""
_TAKEN = frozenset(_NAMES.split())
_WORDS = Words("np", "{matrix} @ {vector}", "np.zeros(({size}, xs.shape[2]))", "np.array(out)", _TAKEN, 4)


def numpy_files(scenario: Scenario, name: str) -> dict[str, bytes]:
    """Ending -> content: the program and, where its numbers are many, the archive beside it. name : of the program."""
    program = _Program(scenario, name)
    inline = program.text(is_inline=True) if fit_inline(program.data.values()) else []
    if inline and len(inline) < LINES:
        return {".py": finished(inline)}
    return {".py": finished(program.text(is_inline=False)), ".npz": npz_bytes(program.archived)}


class _NumpySteps(Steps):
    """`loops`: the functions that the lines call, by what they do."""

    indent = 4

    def __init__(self, network: Network, sample: Sample) -> None:
        self.loops: dict[Loop, str] = {}
        super().__init__(network, sample)

    def embed(self, layer: Embedding) -> str:
        return f'weights("{layer.name}")[0][x[:, 0].astype(int)].transpose(0, 2, 1)'

    def read_out(self, layer: Dense) -> str:
        self.lines.append(f'V, b = weights("{layer.name}")')
        text = f"V @ {self.shown} + b"
        return text if layer.activation == "linear" else f"{layer.activation}({text})"

    def pool(self, layer: Pool, is_taken: bool) -> str:
        x = self.shown
        if self.is_masked:
            x = f"np.where(mask, {x}, {'-np.inf' if layer.kind == 'max' else 0})"
        past = "mask.sum(0)" if is_taken else "mask.cumsum(0)"  # how many steps count
        if layer.kind == "max":
            largest = f"np.maximum.{'reduce' if is_taken else 'accumulate'}({x})"
            return f"np.where({past} > 0, {largest}, 0)" if self.is_masked else largest
        if layer.kind == "mean" and is_taken and not self.is_masked:
            return f"{x}.mean(0)"
        total = f"np.{'sum' if is_taken else 'cumsum'}({x}, axis=0)"
        steps = f"len({x})" if is_taken else f"np.arange(1, len({x}) + 1)[:, None, None]"
        number = f"np.maximum({past}, 1)" if self.is_masked else steps
        return f"{total} / {number}" if layer.kind == "mean" else total

    def padding(self, layer: Embedding | Masking) -> str:
        if isinstance(layer, Embedding):
            return "x != 0"
        return f"({self.shown} != {layer.value!r}).any(1, keepdims=True)"

    def one_direction(self, layer: Recurrent, direction: str) -> str:
        prefix = layer.prefix(direction)
        loop = loop_of(layer, prefix, self.is_masked, self.sample.initial)
        if loop not in self.loops:
            taken = {*_TAKEN, *NUMPY, *self.loops.values(), "a", "b", "h", "y", "lengths"}
            self.loops[loop] = identifier(layer.cell.name, taken)
        turned = "[::-1]" if direction == "backward" else ""
        sizes = layer.sizes(0)
        arguments = [
            self.shown + turned,
            f'"{prefix[:-1]}"',
            *(str(sizes[size]) for size in loop.sizes),
            *([f"mask{turned}"] if loop.is_masked else []),
            *([f"targets{turned}"] if loop.is_forced else []),
        ]
        return f"{self.loops[loop]}({', '.join(arguments)}){turned}"

    def concatenated(self, a: str, b: str) -> str:
        return f"np.concatenate([{a}, {b}], axis=-2)"

    def everywhere(self, name: str) -> str:
        return f"np.broadcast_to({name}[:1], {name}.shape)"

    def zero_at_padding(self) -> str:
        return "h * mask"


class _Program:
    def __init__(self, scenario: Scenario, name: str) -> None:
        self.scenario, self.name = scenario, plain(name)
        self.sample = sample_of(scenario)
        self.steps = _NumpySteps(scenario.network, self.sample)
        weights = {key: scenario.params[key] for key in scenario.network.parameter_shapes()}
        self.numbers = {**weights, **{key: state.T for key, state in self.sample.initial.items()}}
        own = {"lengths": self.sample.lengths, "targets": self.sample.targets}
        self.own = {"x": self.sample.inputs, **{key: array for key, array in own.items() if array is not None}}
        self.data: dict[str, NDArray[Any]] = {**self.numbers, **self.own}
        self.archived = self.data if self.sample.outputs is None else {**self.data, "y": self.sample.outputs}

    def text(self, is_inline: bool) -> list[str]:
        functions = [line for loop, name in self.steps.loops.items() for line in ("", "", *self._function(loop, name))]
        used = self._used()
        given = [f'DATA["{key}"]' for key in self.own]
        return [
            *head(self.scenario, "NumPy", self._usage(is_inline)),
            "import numpy as np",
            *import_line("numpy", NUMPY, used),
            "",
            *(arrays("DATA", self.data) if is_inline else from_archive("DATA")),
            "",
            "",
            "def weights(name):  # of a layer, in their order; vectors are columns",
            '    own = [np.array(DATA[key], float) for key in DATA if key.rpartition(".")[0] == name]',
            "    return [array.reshape(len(array), -1) for array in own]",
            *definitions(NUMPY, used),
            *functions,
            "",
            "",
            *self._run(),
            "",
            "",
            'if __name__ == "__main__":',
            f"    print(run({', '.join(given)}))",
        ]

    def _usage(self, is_inline: bool) -> str:
        given = f"run({', '.join(self.own)})"
        where = "below" if is_inline else "x in the .npz beside it"
        dtype = precision_of(self.scenario.params)
        return (
            f"python3 {self.name} prints the outputs for the inputs {where}; {given} returns those of others. "
            f"The weights are {dtype}; all is worked out in float64."
        )

    def _function(self, loop: Loop, name: str) -> list[str]:
        words = loop.equations(_WORDS)
        given = ["xs", "name", *loop.sizes, *["mask"] * loop.is_masked, *["targets"] * loop.is_forced]
        lines = [f"def {name}({', '.join(given)}):"]
        if source := plain(loop.cell.source):
            lines += wrapped(f'"""{source}."""', "    ")
        names = [*map(words.name, loop.cell.graph.parameters), *map(words.previous, loop.started)]
        if names:
            lines += unpacked(names, "weights(name)", "    ")
        return lines + [f"    {line}" for line in loop.lines(_WORDS)]

    def _run(self) -> list[str]:
        network, is_sequence = self.scenario.network, self.steps.is_sequence
        steps, last = ("steps, ", "") if is_sequence else ("", ", after the last step")
        before, value = self.steps.answer()
        answer = value if isinstance(ast.parse(value, mode="eval").body, ast.Call | ast.Name) else f"({value})"
        lines = ["x = np.transpose(x, (0, 2, 1))  # a sequence is a column"]
        if self.sample.lengths is not None:
            lines.append("mask = np.arange(len(x))[:, None, None] < lengths  # False at padding")
        if self.sample.targets is not None:
            lines.append("targets = np.transpose(targets, (0, 2, 1))")
        return [
            *(['@np.errstate(over="ignore")  # 1 / (1 + inf) is 0'] if "sigmoid" in self._used() else []),
            f"def run({', '.join(self.own)}):",
            f'    """x (steps, sequences, {network.inputs}) -> ({steps}sequences, {network.output_size}){last}."""',
            *(f"    {line}" for line in (*lines, *before)),
            f"    return {answer}{'.transpose(0, 2, 1)' if is_sequence else '.T'}",
        ]

    def _used(self) -> set[str]:
        loops = (loop.equations(_WORDS).used_functions() for loop in self.steps.loops)
        dense = {layer.activation for layer in self.scenario.network.layers if isinstance(layer, Dense)}
        return (dense - {"linear"}).union(*loops)
