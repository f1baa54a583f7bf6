"""A model file -> a scenario: read, what it does not say asked or tried on its own samples, and proven by them."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from rnnviz.engine.errors import EngineError
from rnnviz.interop.errors import ModelError, SamplesError, UndecidedError
from rnnviz.interop.formats import opened
from rnnviz.interop.imported_scenario import scenario_of
from rnnviz.interop.model import WITHIN, Hints, Model
from rnnviz.interop.question import HINTS, Question
from rnnviz.interop.samples import Proof, Samples, prove, read_samples, samples_beside
from rnnviz.interop.vocabulary_file import read_vocabulary
from rnnviz.scenario.tokens import with_vocabulary
from rnnviz.scenario.types import Scenario

MOST_TRIED = 96
# Another choice must be this many times farther off than the best one, for samples to decide.
APART = 20.0


def import_model(
    path: str | os.PathLike[str],
    samples: str | os.PathLike[str] | None = None,
    vocabulary: str | os.PathLike[str] | None = None,
    **hints: str,
) -> Scenario:
    """The network of a model file as a scenario: PyTorch state dicts, safetensors, Keras, ONNX, or .npz.

        rnnviz.import_model("classifier.pt")                            # asks, by an error that says what may be said
        rnnviz.import_model("classifier.pt", readout="last step")

    samples : an .npz file with inputs `x` and outputs `y`, by which the import is proven; without one, the file
        beside the model that has its name, or is the only one there. They also decide what the model file leaves open.
    vocabulary : a file with the tokens that the network reads, see `rnnviz.interop.vocabulary_file`
    hints : what the file does not say, see `rnnviz.interop.question.HINTS`
    Raises UndecidedError, with the questions, where the file does not say enough; ModelError otherwise. Both are
    ScenarioError.
    """
    file = Path(path)
    try:
        _check_hints(hints)
        with opened(file) as read:
            if samples is None:
                model, proof = _read_with_neighbour(read, file, hints)
            else:
                model, proof = _proven(read, hints, read_samples(Path(samples)))
        scenario = scenario_of(model, proof, file.name)
        return scenario if vocabulary is None else with_vocabulary(scenario, read_vocabulary(vocabulary))
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


def _read_with_neighbour(read: Callable[[Hints], Model], path: Path, hints: Hints) -> tuple[Model, Proof | None]:
    """Samples that nobody named, that only lie beside it, may be of another model: no proof then, and no harm."""
    beside = samples_beside(path)
    if beside is None:
        return read(MappingProxyType(dict(hints))), None
    try:
        samples = read_samples(beside)
    except ModelError as error:
        return _unproven(read, hints, beside, error)
    try:
        return _proven(read, hints, samples)
    except SamplesError as error:
        return _unproven(read, hints, beside, error)


def _unproven(read: Callable[[Hints], Model], hints: Hints, beside: Path, error: ModelError) -> tuple[Model, None]:
    reason = f"{error.where}: {error.message}" if error.where else error.message
    note = f"{beside.name} lies beside it, but is no proof: {reason}."
    return _with_note(read(MappingProxyType(dict(hints))), note), None


def _with_note(model: Model, note: str) -> Model:
    return replace(model, notes=(*model.notes, note)) if note else model


def _proven(read: Callable[[Hints], Model], hints: Hints, samples: Samples) -> tuple[Model, Proof]:
    model, proof = _by_samples(read, hints, samples)
    return _with_note(model, samples.note), proof


def _by_samples(read: Callable[[Hints], Model], hints: Hints, samples: Samples) -> tuple[Model, Proof]:
    try:
        model = read(MappingProxyType(dict(hints)))
    except UndecidedError as undecided:
        found = _decided(read, hints, samples, undecided.questions)
        if found is None:
            raise
        return found
    proof = prove(model, samples)
    if _fits(proof, model) or not model.assumed:
        return model, proof
    return _decided(read, hints, samples, model.assumed) or (model, proof)


def _decided(
    read: Callable[[Hints], Model], hints: Hints, samples: Samples, questions: tuple[Question, ...]
) -> tuple[Model, Proof] | None:
    """Try every answer on the samples; only one that fits, and alone, is taken."""
    tried = list(itertools.islice(_candidates(read, hints, samples, questions, {}), MOST_TRIED))
    tried = sorted((each for each in tried if math.isfinite(each.difference)), key=lambda each: each.difference)
    if not tried or not _fits(tried[0].proof, tried[0].model):
        return None
    best = tried[0]
    if any(each.difference < max(APART * best.difference, WITHIN[best.model.precision]) for each in tried[1:]):
        return None
    said = "; ".join(f"{name}: {value}" for name, value in best.answers.items())
    note = f"The samples in {samples.name} decided what the file does not say ({said})."
    return _with_note(best.model, note), best.proof


@dataclass(frozen=True, eq=False)
class _Candidate:
    answers: Mapping[str, str]
    model: Model
    proof: Proof

    @property
    def difference(self) -> float:
        return self.proof.difference


def _candidates(
    read: Callable[[Hints], Model],
    hints: Hints,
    samples: Samples,
    questions: tuple[Question, ...],
    answers: dict[str, str],
) -> Iterator[_Candidate]:
    """Every way to answer, also what is asked only then, and what was taken for granted where that does not fit."""
    for more in _answers(questions):
        said = {**answers, **more}
        try:
            model = read(MappingProxyType({**hints, **said}))
            proof = prove(model, samples)
        except UndecidedError as further:
            yield from _candidates(read, hints, samples, further.questions, said)
        except (ModelError, EngineError):
            continue
        else:
            yield _Candidate(said, model, proof)
            assumed = tuple(question for question in model.assumed if question.hint not in said)
            if assumed and not _fits(proof, model):
                yield from _candidates(read, hints, samples, assumed, said)


def _fits(proof: Proof, model: Model) -> bool:
    return proof.difference <= WITHIN[model.precision]  # nan does not


def _answers(questions: tuple[Question, ...]) -> Iterator[dict[str, str]]:
    names = [question.hint for question in questions]
    for values in itertools.product(*(question.choices for question in questions)):
        yield {name: choice.value for name, choice in zip(names, values, strict=True)}
