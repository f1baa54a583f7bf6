"""A network out: as a program for NumPy, PyTorch or Keras, as ONNX, or as its weights alone."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import write_bytes


@dataclass(frozen=True)
class Target:
    """
    title : what people call it
    suffix : of the file that is asked for; a program has its numbers in files of the same name beside it
    writer : "module:function" of rnnviz.interop; from a scenario and the file's name to ending -> content
    """

    title: str
    suffix: str
    writer: str

    def files(self, scenario: Scenario, name: str) -> Mapping[str, bytes]:
        """The content of all files. Raises ScenarioError, naming layer and reason, for what cannot be exported."""
        module, _, function = self.writer.partition(":")
        write: Callable[[Scenario, str], Mapping[str, bytes]] = getattr(
            import_module(f"rnnviz.interop.{module}"), function
        )
        return write(scenario, name)


TARGETS: Mapping[str, Target] = {
    "numpy": Target("NumPy program", ".py", "programs.numpy_program:numpy_files"),
    "torch": Target("PyTorch program and state dict", ".py", "programs.torch_program:torch_files"),
    "keras": Target("Keras program", ".py", "programs.keras_program:keras_files"),
    "onnx": Target("ONNX model", ".onnx", "onnx.write_onnx:onnx_files"),
    "safetensors": Target("Weights as safetensors", ".safetensors", "programs.weight_files:safetensors_files"),
    "npz": Target("Weights as NumPy archive", ".npz", "programs.weight_files:npz_files"),
}

_OURS, _HEAD_BYTES = b"written by rnnviz", 2_000


def export_model(scenario: Scenario, path: str | os.PathLike[str], to: str | None = None) -> tuple[Path, ...]:
    """Write a network for another program; returns the files that were written, the one that was asked for first.

    to : "numpy", "torch", "keras", "onnx", "safetensors" or "npz"; needed where the ending of `path` does not say it
    Raises ScenarioError, before anything is written where the network cannot be exported.
    """
    asked = Path(path)
    target = _target(asked, to)
    if not asked.parent.is_dir():
        raise ScenarioError(f"there is no folder {asked.parent}", str(path))
    files = target.files(scenario, asked.name)
    paths = {suffix: asked.with_suffix(suffix) for suffix in files}
    _check_beside(asked, paths)
    for suffix in sorted(files, key=lambda suffix: suffix == target.suffix):  # the program last, when all is there
        write_bytes(files[suffix], paths[suffix])
    return (paths.pop(target.suffix), *paths.values())


def _target(path: Path, to: str | None) -> Target:
    if to is None:
        fitting = [name for name, target in TARGETS.items() if target.suffix == path.suffix]
        if len(fitting) != 1:
            choice = ", ".join(fitting or TARGETS)
            what = "the ending fits several targets" if fitting else "the ending does not say what to write"
            raise ScenarioError(f"{what}; say which: {choice}", str(path))
        return TARGETS[fitting[0]]
    if to not in TARGETS:
        raise ScenarioError(f"there is no target '{to}'; there are {', '.join(TARGETS)}")
    if TARGETS[to].suffix != path.suffix:
        raise ScenarioError(f"a file for {to} has to end in {TARGETS[to].suffix}", str(path))
    return TARGETS[to]


def _is_program_of_ours(path: Path) -> bool:
    """Whether a file says at its beginning that it was written here."""
    try:
        with path.open("rb") as file:
            return _OURS in b" ".join(file.read(_HEAD_BYTES).split())
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ScenarioError(f"cannot be replaced: {error.strerror or error}", str(path)) from None


def _check_beside(asked: Path, paths: Mapping[str, Path]) -> None:
    """Files that nobody has named are replaced only together with the program of ours that they belong to."""
    there = next((path for path in paths.values() if path != asked and path.exists()), None)
    if there is not None and not _is_program_of_ours(asked):
        message = f"{there.name} has to be written beside it, and there is a file of that name; choose another name"
        raise ScenarioError(message, str(asked))
