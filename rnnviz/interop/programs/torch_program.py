"""A network as a PyTorch program with a state dict: torch.nn where that has it, else a loop from the cell's equations.

Time comes first in it, as is the default of torch.nn: (steps, sequences, features).
"""

from __future__ import annotations

from rnnviz.engine.network import Dense, Embedding, Recurrent
from rnnviz.interop.programs.activations import TORCH, definitions, import_line
from rnnviz.interop.programs.archive import npz_bytes
from rnnviz.interop.programs.sample import precision_of, sample_of
from rnnviz.interop.programs.text import (
    arrays,
    finished,
    fit_inline,
    from_archive,
    head,
    plain,
    wrapped,
)
from rnnviz.interop.programs.torch_parts import Part, state_dict
from rnnviz.interop.programs.torch_steps import WORDS, TorchSteps, module_class
from rnnviz.interop.weights.safetensors_file import safetensors_bytes
from rnnviz.scenario.types import Scenario

_READ = '''
def read(path):
    """The state dict in a .safetensors file, by hand where the package safetensors is missing."""
    try:
        from safetensors.torch import load_file

        return load_file(path)
    except ImportError:
        with open(path, "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
            numbers = file.read()
    kinds = {"F64": np.float64, "F32": np.float32}
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        array = np.frombuffer(numbers[first:end], kinds[entry["dtype"]])
        state[name] = torch.tensor(array.reshape(entry["shape"]))
    return state
'''

_MASKED = '''
def masked(rnn, x, mask, start=None):
    """The outputs of rnn where only the steps count at which mask (steps, sequences) is True.

    Those steps are moved to the front and packed; at all others the outputs stay as they are.
    """
    order = (~mask).int().argsort(dim=0, stable=True)
    lengths = mask.sum(0).clamp(min=1).cpu()
    front = x.take_along_dim(order[..., None], 0)
    packed = nn.utils.rnn.pack_padded_sequence(front, lengths, enforce_sorted=False)
    out, _ = nn.utils.rnn.pad_packed_sequence(rnn(packed, start)[0], total_length=len(x))
    directions = 2 if rnn.bidirectional else 1
    first = start[0] if rnn.mode == "LSTM" and start else start
    first = torch.zeros_like(out[0]) if first is None else torch.cat(list(first[-directions:]), -1)
    past = mask.cumsum(0)  # steps that count, up to here
    ahead = past[-1] - past + mask.int()  # and from here on
    places = [past, torch.where(ahead > 0, past[-1] - ahead + 1, 0)][:directions]
    rows = torch.cat([first[None], out]).chunk(directions, -1)
    return torch.cat([row.take_along_dim(i[..., None], 0) for row, i in zip(rows, places)], -1)
'''


def torch_files(scenario: Scenario, name: str) -> dict[str, bytes]:
    """Ending -> content: the program `name`, its state dict, and the inputs where their numbers are many."""
    program = _Program(scenario, name)
    files = {".py": finished(program.text()), ".safetensors": safetensors_bytes(program.weights, {"format": "pt"})}
    return files if program.is_inline else {**files, ".npz": npz_bytes(program.archived)}


class _Program:
    def __init__(self, scenario: Scenario, name: str) -> None:
        self.scenario, self.name = scenario, plain(name)
        self.network = scenario.network
        self.sample = sample_of(scenario)
        self.steps = TorchSteps(scenario.network, self.sample)
        weights = state_dict(self.steps.parts, scenario.params)
        self.dtype = precision_of(weights)
        self.weights = {key: array.astype(self.dtype, copy=False) for key, array in weights.items()}
        given = {"x": self.sample.inputs, "lengths": self.sample.lengths, "targets": self.sample.targets}
        self.own = {key: array for key, array in given.items() if array is not None} | self.steps.starts
        self.archived = self.own if self.sample.outputs is None else {**self.own, "y": self.sample.outputs}
        self.is_inline = fit_inline(self.own.values())

    def text(self) -> list[str]:
        own = arrays("DATA", self.own) if self.is_inline else from_archive("DATA")
        used = self._used()
        return [
            *head(self.scenario, "PyTorch", self._usage()),
            "import json",
            "",
            "import numpy as np",
            "import torch",
            *import_line("torch", TORCH, used, "nn"),
            "",
            *own,
            *definitions(TORCH, used),
            *(["", *_MASKED.rstrip("\n").split("\n")] if self.steps.packs else []),
            *(line for loop, name in self.steps.loops.items() for line in ("", "", *module_class(loop, name))),
            "",
            "",
            *self._module(),
            "",
            *_READ.rstrip("\n").split("\n"),
            "",
            "",
            *self._load(),
            "",
            "",
            'if __name__ == "__main__":',
            *self._starts(),
            "    with torch.no_grad():",
            *wrapped(f"print(load()({', '.join(self._given())}))", "        ", "    "),
        ]

    def _usage(self) -> str:
        where = "below" if self.is_inline else "x in the .npz beside it"
        return (
            f"python3 {self.name} prints the outputs for the inputs {where}; load() returns the network. "
            "Its state dict is in the .safetensors beside it, under PyTorch's own names. "
            f"The weights are {self.dtype}, and it is worked out in that."
        )

    def _arguments(self) -> list[str]:
        return ["x", *(key for key in ("lengths", "targets") if key in self.own), *["start"] * bool(self.steps.starts)]

    def _given(self) -> list[str]:
        """What the network is called with: its own inputs as tensors."""
        tensors = {key: f'tensor(DATA["{key}"])' for key in ("x", "lengths", "targets") if key in self.own}
        return [*tensors.values(), *["start"] * bool(self.steps.starts)]

    def _starts(self) -> list[str]:
        if not self.steps.starts:
            return []
        return ['    start = {key: tensor(DATA[key]) for key in DATA if "." in key}']

    def _load(self) -> list[str]:
        return [
            "def tensor(values):",
            f"    return torch.tensor(np.array(values, np.{self.dtype}))",
            "",
            "",
            'def load(path=__file__[:-3] + ".safetensors"):',
            f"    model = Network().to(torch.{self.dtype})",
            "    model.load_state_dict(read(path))",
            "    return model.eval()",
        ]

    def _module(self) -> list[str]:
        sequence = self.steps.is_sequence
        steps, last = ("steps, ", "") if sequence else ("", ", after the last step")
        before, answer = self.steps.answer()
        lines = []
        if self.sample.lengths is not None:
            lines.append("mask = torch.arange(len(x), device=x.device)[:, None] < lengths  # False at padding")
        shape = f"x (steps, sequences, {self.network.inputs}) -> ({steps}sequences, {self.network.output_size}){last}."
        return [
            "class Network(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *(f"        self.{part.name} = {self._made(part)}" for part in self.steps.parts),
            "",
            f"    def forward(self, {', '.join(self._arguments())}):",
            f'        """{shape}"""',
            *(f"        {line}" for line in (*lines, *before)),
            f"        return {answer}",
        ]

    def _made(self, part: Part) -> str:
        layer = part.layer
        inputs = self.network.inputs_of(part.layers[0])
        match layer:
            case Embedding():
                return f"nn.Embedding({layer.vocabulary}, {layer.size})"
            case Dense():
                return f"nn.Linear({inputs}, {layer.units})"
            case Recurrent() if part.kind:
                options = [
                    *[f"num_layers={len(part.layers)}"] * (len(part.layers) > 1),
                    *["bidirectional=True"] * (layer.direction == "both"),
                    *[f"proj_size={layer.outputs}"] * layer.cell.has_outputs,
                    *['nonlinearity="relu"'] * (layer.functions().get("h") == "relu"),
                ]
                return f"nn.{part.kind}({', '.join([str(inputs), str(layer.units), *options])})"
            case Recurrent():
                outputs = [str(layer.outputs)] * layer.cell.has_outputs
                return f"{self.steps.classes[part.name]}({', '.join([str(inputs), str(layer.units), *outputs])})"
        raise AssertionError(part)

    def _used(self) -> set[str]:
        loops = (loop.equations(WORDS).used_functions() for loop in self.steps.loops)
        dense = {layer.activation for layer in self.network.layers if isinstance(layer, Dense)}
        return (dense - {"linear"}).union(*loops)
