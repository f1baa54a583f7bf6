"""A network as a Keras 3 program: its own layers, and cells that it does not have for its keras.layers.RNN.

Sequences come first in it, as everywhere in Keras: (sequences, steps, features).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Recurrent
from rnnviz.interop.framework_layout import keras_class, keras_weights
from rnnviz.interop.programs.activations import KERAS, definitions, import_line
from rnnviz.interop.programs.archive import npz_bytes
from rnnviz.interop.programs.keras_cell import REGISTERED, cell_class, equations_of
from rnnviz.interop.programs.keras_model import Model
from rnnviz.interop.programs.sample import precision_of, sample_of
from rnnviz.interop.programs.text import (
    WIDTH,
    assigned,
    finished,
    from_archive,
    head,
    plain,
    wrapped,
)
from rnnviz.scenario.types import Scenario


def keras_files(scenario: Scenario, name: str) -> dict[str, bytes]:
    """Ending -> content: the program `name`, its weights and inputs. Raises ScenarioError for what Keras cannot do."""
    program = _Program(scenario, name)
    return {".py": finished(program.text()), ".npz": npz_bytes(program.data)}


class _Program:
    def __init__(self, scenario: Scenario, name: str) -> None:
        self.scenario, self.name, self.network = scenario, plain(name), scenario.network
        self.sample = sample_of(scenario)
        self.model = Model(scenario.network, self.sample)
        self.dtype = precision_of(scenario.params)
        is_words = isinstance(self.network.layers[0], Embedding)
        inputs = self.sample.inputs.transpose(1, 0, 2)
        own: dict[str, NDArray[Any]] = {"x": inputs[..., 0].astype(np.int32) if is_words else inputs}
        if self.sample.lengths is not None:
            own["mask"] = np.arange(len(self.sample.inputs)) < self.sample.lengths[:, None]
        own |= {f"start_{k}": state for k, state in enumerate(self.model.starts)}
        self.own = own
        self.data: dict[str, NDArray[Any]] = {**self._weights(), **own}
        if (outputs := self.sample.outputs) is not None:
            self.data["y"] = outputs.swapaxes(0, 1) if outputs.ndim == 3 else outputs

    def _weights(self) -> dict[str, NDArray[Any]]:
        """Layer.name of Keras -> array, in the order in which Keras has them."""
        found: dict[str, NDArray[Any]] = {}
        params = self.scenario.params
        for layer in self.network.layers:
            match layer:
                case Embedding(name=name):
                    found[f"{name}.embeddings"] = params[f"{name}.E"]
                case Dense(name=name):
                    found |= {f"{name}.kernel": params[f"{name}.V"].T, f"{name}.bias": params[f"{name}.b"]}
                case Recurrent():
                    for direction in layer.directions:
                        prefix = layer.prefix(direction)
                        names = layer.cell.graph.parameters
                        own = {name: params[prefix + name] for name in names}
                        arrays = keras_weights(layer.cell.name, own) if keras_class(layer) else _transposed(own)
                        found |= {prefix + name: array for name, array in arrays.items()}
        return {name: array.astype(self.dtype, copy=False) for name, array in found.items()}

    def text(self) -> list[str]:
        used = self._used()
        imports = import_line("keras.activations", KERAS, self._used_in_cells())
        return [
            *head(self.scenario, "Keras 3", self._usage()),
            "import keras",
            "import numpy as np",
            *imports,
            "",
            *from_archive("DATA"),
            f'keras.config.set_floatx("{self.dtype}")  # that of the weights',
            *definitions(KERAS, used, REGISTERED),
            *(line for loop, name in self.model.cells.items() for line in ("", "", *cell_class(loop, name))),
            *([""] * 2 if self.model.cells or any(KERAS[name] != "import" for name in used) else []),
            *(self._functional() if self.model.is_functional else self._sequential()),
            *self.model.after,
            "for layer in model.layers:",
            '    layer.set_weights([DATA[key] for key in DATA if key.startswith(layer.name + ".")])',
            "",
            'if __name__ == "__main__":',
            *(f"    {line}" for line in self._main()),
        ]

    def _usage(self) -> str:
        return (
            f"python3 {self.name} prints the outputs for the inputs x in the .npz beside it; model is the network. "
            f"The weights are {self.dtype}, in the order that Keras has."
        )

    def _sequential(self) -> list[str]:
        layers = [f"keras.Input({self._shape()})", *self.model.layers]
        return ["model = keras.Sequential([", *(line for layer in layers for line in _argument(layer)), "])"]

    def _functional(self) -> list[str]:
        sizes = [state.shape[1] for state in self.model.starts]
        given = ["x", *["mask"] * self.model.has_mask_input, *["*start"] * bool(sizes)]
        is_one = len(given) == 1
        return [
            f"x = keras.Input({self._shape()})",
            *['mask = keras.Input((None,), dtype="bool")  # False at padding'] * self.model.has_mask_input,
            *([f"start = [keras.Input((size,)) for size in {sizes}]"] if sizes else []),
            *([] if is_one else [f"given = [{', '.join(given)}]"]),
            *self.model.lines,
            f"model = keras.Model({'x' if is_one else 'given'}, {self.model.shown})",
        ]

    def _shape(self) -> str:
        if isinstance(self.network.layers[0], Embedding):
            return '(None,), dtype="int32"'
        return f"(None, {self.network.inputs})"

    def _main(self) -> list[str]:
        given = [f'DATA["{key}"]' for key in self.own]
        if len(given) == 1:
            return [f"print(model.predict({given[0]}, verbose=0))"]
        return [*assigned("data", f"[{', '.join(given)}]", 4), "print(model.predict(data, verbose=0))"]

    def _used_in_cells(self) -> set[str]:
        return set().union(*(equations_of(loop).used_functions() for loop in self.model.cells))

    def _used(self) -> set[str]:
        dense = {layer.activation for layer in self.network.layers if isinstance(layer, Dense)}
        native = {f for layer in self.network.recurrent if keras_class(layer) for f in layer.functions().values()}
        return self._used_in_cells() | {name for name in dense | native if name != "linear"}


def _argument(layer: str) -> list[str]:
    line = f"    {layer},"
    return [line] if len(line) <= WIDTH else wrapped(f"{layer},", "    ", "    ")


def _transposed(own: Mapping[str, NDArray[np.floating]]) -> dict[str, NDArray[np.floating]]:
    return {name: array.T for name, array in own.items()}
