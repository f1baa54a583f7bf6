"""What an import read, and how well it is proven, in words."""

from __future__ import annotations

from collections.abc import Iterator

from rnnviz.engine.explain import MEANING_OF_POOL
from rnnviz.engine.network import Dense, Embedding, Masking, Pool, Recurrent
from rnnviz.scenario.story import written
from rnnviz.scenario.types import Imported, Scenario


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
