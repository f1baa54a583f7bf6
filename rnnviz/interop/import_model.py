"""A model file -> a scenario: read, what it does not say asked or tried on its own samples, and proven by them."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from rnnviz.engine.errors import EngineError
from rnnviz.interop.errors import ModelError, UndecidedError
from rnnviz.interop.formats import format_of
from rnnviz.interop.imported_scenario import scenario_of
from rnnviz.interop.model import WITHIN, Model
from rnnviz.interop.question import HINTS
from rnnviz.interop.samples import Proof, Samples, prove, read_samples, samples_beside
from rnnviz.scenario.types import Scenario

MOST_TRIED = 96
# Another choice must be this many times farther off than the best one, for samples to decide.
APART = 20.0


def import_model(path: str | os.PathLike[str], samples: str | os.PathLike[str] | None = None, **hints: str) -> Scenario:
    """The network of a model file as a scenario: PyTorch state dicts, safetensors, Keras, ONNX, or .npz.

        rnnviz.import_model("classifier.pt")                            # asks, by an error that says what may be said
        rnnviz.import_model("classifier.pt", readout="last step")

    samples : an .npz file with inputs `x` and outputs `y`, by which the import is proven; without one, the file
        beside the model that has its name, or is the only one there. They also decide what the model file leaves open.
    hints : what the file does not say, see `rnnviz.interop.question.HINTS`
    Raises UndecidedError, with the questions, where the file does not say enough; ModelError otherwise. Both are
    ScenarioError.
    """
    file = Path(path)
    try:
        _check_hints(hints)
        beside = Path(samples) if samples is not None else samples_beside(file)
        model, proof = _read(file, hints, None if beside is None else read_samples(beside))
        return scenario_of(model, proof, file.name)
    except ModelError as error:
        raise (error if error.path else error.within(os.fspath(path))) from None
    except EngineError as error:
        raise ModelError(str(error), os.fspath(path)) from None
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror or error}", os.fspath(path)) from None
    except (MemoryError, RecursionError):
        raise ModelError("cannot be read: it asks for more memory than there is", os.fspath(path)) from None


def _check_hints(hints: Mapping[str, str]) -> None:
    for name in hints:
        if name not in HINTS:
            raise ModelError(f"there is no hint '{name}'; there are {', '.join(HINTS)}")


def _read(path: Path, hints: Mapping[str, str], samples: Samples | None) -> tuple[Model, Proof | None]:
    format_ = format_of(path)
    try:
        model = format_.read(path, MappingProxyType(dict(hints)))
    except UndecidedError as undecided:
        if samples is None:
            raise
        return _decided(path, hints, samples, undecided)
    return model, None if samples is None else prove(model, samples)


def _decided(
    path: Path, hints: Mapping[str, str], samples: Samples, undecided: UndecidedError
) -> tuple[Model, Proof | None]:
    """Try every answer on the samples; only one that fits, and alone, is taken."""
    tried = []
    for answers in itertools.islice(_answers(undecided), MOST_TRIED):
        try:
            model = format_of(path).read(path, {**hints, **answers})
            proof = prove(model, samples)
        except UndecidedError as further:
            return _decided(path, {**hints, **answers}, samples, further)
        except (ModelError, EngineError):
            continue
        tried.append((proof.difference, answers, model, proof))
    tried = sorted((row for row in tried if math.isfinite(row[0])), key=lambda row: row[0])
    if not tried or tried[0][0] > WITHIN[tried[0][2].precision]:
        raise undecided
    best, answers, model, proof = tried[0]
    if any(difference < max(APART * best, WITHIN[model.precision]) for difference, *_ in tried[1:]):
        raise undecided
    said = "; ".join(f"{name}: {value}" for name, value in answers.items())
    note = f"The samples in {samples.name} decided what the file does not say ({said})."
    return replace(model, notes=(*model.notes, note)), proof


def _answers(undecided: UndecidedError) -> Iterator[dict[str, str]]:
    names = [question.hint for question in undecided.questions]
    for values in itertools.product(*(question.choices for question in undecided.questions)):
        yield {name: choice.value for name, choice in zip(names, values, strict=True)}
