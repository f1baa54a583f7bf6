"""Questions and reports of an import as a person at a terminal reads them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from rnnviz.engine.explain import MEANING_OF_POOL
from rnnviz.engine.network import Dense, Embedding, Masking, Pool, Recurrent
from rnnviz.interop.question import Question
from rnnviz.scenario.story import written
from rnnviz.scenario.types import Imported, Scenario


def ask(questions: Sequence[Question]) -> dict[str, str]:
    """Hint -> answer, asked on standard error and read from standard input. An empty line takes the first choice.

    Raises KeyboardInterrupt where the input ends.
    """
    return {question.hint: _asked(question) for question in questions}


def _asked(question: Question) -> str:
    print(f"\n{question.text}", file=sys.stderr)
    if question.why:
        print(f"  {question.why}", file=sys.stderr)
    for number, choice in enumerate(question.choices, start=1):
        print(f"  {number}  {choice.value}: {choice.meaning}", file=sys.stderr)
    values = [choice.value for choice in question.choices]
    while True:
        print(f"1 to {len(values)} [1]: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        said = line.strip() or "1"
        if said in values:
            return said
        if said.isdecimal() and 1 <= int(said) <= len(values):
            return values[int(said) - 1]


def report(scenario: Scenario) -> Iterator[str]:
    """What was read, layer by layer, what was taken for granted, and how well it is proven; a line each."""
    imported = scenario.imported
    if imported is None:
        return
    network = scenario.network
    yield f"{imported.file}: {imported.framework}, {network.parameter_count:,} parameters"
    for layer in network.layers:
        yield f"  {layer.name}: {described(layer)}"
    yield from (f"  {note}" for note in imported.notes)
    yield proof_in_words(imported)


def described(layer: object) -> str:
    """A layer in a few words: its kind, and each setting that is not as it would be anyway."""
    match layer:
        case Embedding():
            return f"embedding, {layer.vocabulary:,} ids of {layer.size} numbers{', 0 is padding' * layer.mask_zero}"
        case Masking():
            return f"masking, steps whose inputs are all {layer.value:g} are padding"
        case Recurrent():
            return _of_recurrent(layer)
        case Pool():
            return f"pool, {MEANING_OF_POOL[layer.kind]}"
        case Dense():
            at = f", {layer.at}" if layer.at != "every step" else ""
            return f"dense, {layer.units} outputs, {layer.activation}{at}"
    return type(layer).__name__.lower()


def _of_recurrent(layer: Recurrent) -> str:
    words = [layer.cell.title, f"{layer.units} units"]
    if layer.direction == "both":
        words.append(f"both directions, {layer.merge}")
    elif layer.direction == "backward":
        words.append("backward")
    words += [f"{slot} by {function}" for slot, function in layer.activations.items()]
    if layer.returns == "final":
        words.append("last state only")
    return ", ".join(words)


def proof_in_words(imported: Imported) -> str:
    """A sentence or two for the badge."""
    since = " Its weights or layers were edited since." if imported.edited else ""
    return _proof(imported) + since


def _proof(imported: Imported) -> str:
    if not imported.samples:
        return "Not proven: no sample inputs and outputs came with the file."
    if imported.difference is None:
        return f"Not the same: the numbers of {imported.samples} were not reached; some of ours are not finite."
    found = f"{imported.compared:,} numbers of {imported.samples}, largest difference {written(imported.difference, 2)}"
    if imported.is_proven:
        return f"Proven by {found}."
    return f"Not the same: {found}; at most {written(imported.within, 2)} was expected."
