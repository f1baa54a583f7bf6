"""The weights of a network alone, as .npz or .safetensors."""

from __future__ import annotations

import rnnviz
from rnnviz.interop.programs.archive import npz_bytes
from rnnviz.interop.programs.torch_parts import is_torch_like, parts_of, state_dict
from rnnviz.interop.weights.safetensors_file import safetensors_bytes
from rnnviz.scenario.types import Scenario


def npz_files(scenario: Scenario, _name: str) -> dict[str, bytes]:
    """An archive of "layer.parameter"."""
    return {".npz": npz_bytes({name: scenario.params[name] for name in scenario.network.parameter_shapes()})}


def safetensors_files(scenario: Scenario, _name: str) -> dict[str, bytes]:
    """PyTorch's names where torch.nn has every layer, else "layer.parameter"; the metadata say which."""
    is_torch = is_torch_like(scenario.network)
    weights = state_dict(parts_of(scenario.network), scenario.params) if is_torch else scenario.params
    names = "torch" if is_torch else "layer.parameter"
    metadata = {"format": "pt", "names": names, "made_by": f"rnnviz {rnnviz.__version__}"}
    return {".safetensors": safetensors_bytes(weights, metadata)}
