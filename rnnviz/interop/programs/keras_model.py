"""The lines that build a model of Keras: which layers, which of them see the padding, where time is turned round."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Layer, Masking, Network, Pool, Recurrent
from rnnviz.interop.framework_layout import keras_class
from rnnviz.interop.programs.activations import KERAS
from rnnviz.interop.programs.loop import Loop, loop_of
from rnnviz.interop.programs.sample import Sample, reads_on
from rnnviz.interop.programs.text import WIDTH, assigned, class_name, identifier
from rnnviz.interop.samples import is_one_answer
from rnnviz.scenario.errors import ScenarioError

_MERGES = {"sum": "sum", "mean": "ave", "mul": "mul"}


class Model:
    """
    In a Sequential model masks find their way by themselves. Where there is more to say (lengths, states to start with,
    time turned round, one step out of many) the lines are those of a functional model.

    layers : of a Sequential model; lines : of a functional one, which gives `shown`
    after : settings that only a layer which is there can be given
    cells : the classes that have to be written, by what they do
    starts : first states, each (N, size), in the order in which the model is given them

    Raises ScenarioError, naming layer and reason, for what Keras cannot do.
    """

    def __init__(self, network: Network, sample: Sample) -> None:
        self.network, self.sample = network, sample
        self.cells: dict[Loop, str] = {}
        self.starts: list[NDArray[Any]] = []
        self.at_end = is_one_answer(network)
        self.is_sequence = True
        sources = [layer for layer in network.layers if isinstance(layer, Masking) or _masks_zero(layer)]
        self.is_masked = bool(sources) or sample.lengths is not None
        turns = any(self._is_turned(index) for index in range(len(network.layers)))
        self.has_mask_input = sample.lengths is not None
        pools = any(isinstance(layer, Pool) and layer.kind != "mean" for layer in network.layers)
        self.says_mask = self.has_mask_input or len(sources) > 1 or (bool(sources) and (turns or pools))
        self.layers: list[str] = []
        self.lines: list[str] = []
        self.after: list[str] = []
        self.is_functional = self.says_mask or turns or bool(sample.initial)
        self.shown = "x"
        self._knows_mask = self.has_mask_input
        for index, layer in enumerate(network.layers):
            self._add(index, layer)
        if self.at_end and self.is_sequence:
            self._take_last()

    def _add(self, index: int, layer: Layer) -> None:
        match layer:
            case Embedding():
                options = ", mask_zero=True" if layer.mask_zero and not self.says_mask else ""
                if layer.mask_zero and self.says_mask:
                    self._mask("keras.ops.not_equal(x, 0)")
                self._say(f'keras.layers.Embedding({layer.vocabulary}, {layer.size}{options}, name="{layer.name}")')
            case Masking() if self.says_mask:
                self._mask(f"keras.ops.any(keras.ops.not_equal({self.shown}, {layer.value!r}), axis=-1)")
            case Masking():
                self._say(f'keras.layers.Masking({layer.value!r}, name="{layer.name}")')
            case Recurrent():
                self._recur(index, layer)
            case Pool():
                self._pool(index, layer)
            case Dense():
                if self.at_end and self.is_sequence and not reads_on(self.network, index):
                    self._take_last()
                activation = "" if layer.activation == "linear" else f", activation={_function(layer.activation)}"
                self._say(f'keras.layers.Dense({layer.units}{activation}, name="{layer.name}")', "y")

    def _say(self, layer: str, name: str = "h", arguments: str = "") -> None:
        self.layers.append(layer)
        value = f"{layer}({self.shown}{arguments})"
        if len(f"{name} = {value}") > WIDTH:
            self.lines += assigned("layer", layer, 0)
            value = f"layer({self.shown}{arguments})"
        self._set(name, value)

    def _set(self, name: str, value: str) -> None:
        self.lines += assigned(name, value, 0)
        self.shown = name

    def _mask(self, found: str) -> None:
        value = f"keras.ops.logical_and(mask, {found})" if self._knows_mask else found
        self.lines += assigned("mask", value, 0)
        self._knows_mask = True

    def _take_last(self) -> None:
        self.is_functional = True
        self._set("y" if self.shown == "y" else "h", f"{self.shown}[:, -1]")
        self.is_sequence = False

    def _pool(self, index: int, layer: Pool) -> None:
        if reads_on(self.network, index):
            raise _refused(layer, "Keras pools over a whole sequence, not after each step of it")
        self.is_sequence = False
        if layer.kind == "mean":
            given = ", mask=mask" if self._knows_mask else ""
            self._say(f'keras.layers.GlobalAveragePooling1D(name="{layer.name}")', "h", given)
            return
        self.is_functional = True
        x = self.shown
        if self._knows_mask:
            nothing = '-float("inf")' if layer.kind == "max" else "0.0"
            self._set("h", f"keras.ops.where(keras.ops.expand_dims(mask, -1), {x}, {nothing})")
        self._set("h", f"keras.ops.{layer.kind}({self.shown}, axis=1)")

    # --- recurrent layers -------------------------------------------------------------------------------------------

    def _is_taken(self, index: int, layer: Recurrent) -> bool:
        """Whether Keras' return_sequences=False is what is meant."""
        is_zeroed = self.is_masked and layer.masked_output == "zero"
        is_last = self.at_end and not reads_on(self.network, index) and not is_zeroed
        return is_last and (layer.direction == "forward" or layer.returns == "final")

    def _is_turned(self, index: int) -> bool:
        """Whether time has to be turned round for a layer."""
        layer = self.network.layers[index]
        return isinstance(layer, Recurrent) and layer.direction == "backward" and not self._is_taken(index, layer)

    def _check(self, layer: Recurrent, is_taken: bool, is_started: bool) -> None:
        if layer.teacher_forcing:
            reason = "teacher forcing has no counterpart in a Keras layer"
        elif not layer.cell.graph.carried:
            reason = "its cell hands nothing on from step to step, as a cell of Keras has to"
        elif layer.returns == "final" and layer.direction != "forward" and not is_taken:
            reason = "it hands on its final state where a sequence is read, which Keras cannot do"
        elif is_started and self.is_masked:
            reason = "it starts from a state of its own, and Keras shows 0 in its place at padding"
        else:
            return
        raise _refused(layer, reason)

    def _recur(self, index: int, layer: Recurrent) -> None:
        is_taken = self._is_taken(index, layer)
        starts = self._starts(layer)
        self._check(layer, is_taken, bool(starts))
        is_turned = self._is_turned(index)
        if is_turned:
            self._set("h", f"keras.ops.flip({self.shown}, axis=1)")
        arguments = ""
        if self._knows_mask:
            arguments += ", mask=keras.ops.flip(mask, axis=1)" if is_turned else ", mask=mask"
        if starts:
            first = len(self.starts)
            self.starts += starts
            arguments += f", initial_state=start[{first}:{len(self.starts)}]"
        self._say(self._layer(layer, is_taken), "h", arguments)
        if is_turned:
            self._set("h", "keras.ops.flip(h, axis=1)")
        self.is_sequence = not is_taken

    def _starts(self, layer: Recurrent) -> list[NDArray[Any]]:
        """The first states in Keras' order, h before c; none where all are 0."""
        prefixes = [layer.prefix(direction) for direction in layer.directions]
        names = [prefix + name for prefix in prefixes for name in self._states(layer)]
        if not any(name in self.sample.initial for name in names):
            return []
        sizes, batch = self.network.state_sizes(), self.sample.inputs.shape[1]
        return [self.sample.initial.get(name, np.zeros((batch, sizes[name]))) for name in names]

    def _states(self, layer: Recurrent) -> list[str]:
        carried = list(layer.cell.graph.carried)
        return sorted(carried, reverse=True) if keras_class(layer) else carried

    def _layer(self, layer: Recurrent, is_taken: bool) -> str:
        is_zeroed = self.is_masked and layer.masked_output == "zero"
        options = [
            *["return_sequences=True"] * (not is_taken),
            *["go_backwards=True"] * (layer.direction == "backward" and is_taken),
            *["zero_output_for_mask=True"] * is_zeroed,
        ]
        if layer.direction != "both":
            return self._made(layer, [*options, f'name="{layer.name}"'])
        if self.is_masked and not is_zeroed and not is_taken:
            wrapper = f'model.get_layer("{layer.name}")'
            self.after += [
                f"{wrapper}.{part}.zero_output_for_mask = False" for part in ("forward_layer", "backward_layer")
            ]
        merge = "" if layer.merge == "concat" else f', merge_mode="{_MERGES[layer.merge]}"'
        return f'keras.layers.Bidirectional({self._made(layer, options)}{merge}, name="{layer.name}")'

    def _made(self, layer: Recurrent, options: list[str]) -> str:
        kind = keras_class(layer)
        if not kind:
            given = [str(layer.units), *[str(layer.outputs)] * layer.cell.has_outputs]
            cell = f"{self._cell(layer)}({', '.join(given)})"
            return f"keras.layers.RNN({', '.join([cell, *options])})"
        functions = layer.functions()
        activation, gates = functions["n" if kind == "GRU" else "h"], functions.get("z", functions.get("i", "sigmoid"))
        chosen = [
            *[f"activation={_function(activation)}"] * (activation != "tanh"),
            *[f"recurrent_activation={_function(gates)}"] * (gates != "sigmoid"),
            *["reset_after=False"] * (layer.cell.name == "gru"),
        ]
        return f"keras.layers.{kind}({', '.join([str(layer.units), *chosen, *options])})"

    def _cell(self, layer: Recurrent) -> str:
        """The class of a cell that Keras does not have."""
        loop = loop_of(layer, "", is_masked=False, initial={})
        if loop not in self.cells:
            self.cells[loop] = identifier(f"{class_name(layer.cell.name)}Cell", self.cells.values())
        return self.cells[loop]


def _refused(layer: Layer, reason: str) -> ScenarioError:
    return ScenarioError(
        f"layer '{layer.name}' cannot be exported to Keras: {reason}; export to numpy or torch instead"
    )


def _masks_zero(layer: Layer) -> bool:
    return isinstance(layer, Embedding) and layer.mask_zero


def _function(name: str) -> str:
    """An activation as an argument of a layer: by its name, or a function of the program."""
    return f'"{name}"' if name == "linear" or KERAS[name] == "import" else name
