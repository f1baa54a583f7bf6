"""Texts as sequences of ids: split by the tokeniser of the network, or by one that is made from the text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnnviz.engine.digits import counted
from rnnviz.interop.data import limits
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.columns import taken
from rnnviz.interop.data.errors import DataError, Problem
from rnnviz.interop.data.sequences import Classes, Sequences, padded
from rnnviz.interop.data.source import PlainText
from rnnviz.interop.data.windows import windows_of
from rnnviz.interop.data.wording import in_a_line, listed, quoted
from rnnviz.scenario.arrays import read_only
from rnnviz.scenario.tokens import CALLED, PADDING, UNKNOWN, Vocabulary, split, vocabulary_of
from rnnviz.scenario.types import Scenario, Tokeniser

Ids = NDArray[np.intp]

NAME = 120


@dataclass(frozen=True)
class Lines:
    """Texts with the rows of the file that they stand in; column : what that is called, "" for a plain text."""

    texts: Sequence[str]
    rows: NDArray[np.int64]
    column: str = ""


@dataclass(frozen=True)
class Read:
    """kept : which of the lines the sequences are"""

    sequences: Sequences
    kept: Ids


def from_plain_text(source: PlainText, choices: Choices, scenario: Scenario | None) -> Sequences:
    """A sequence for each line, the whole text as one, or pieces of it."""
    if choices.form == "a row each":
        lines = [(number, line) for number, line in enumerate(source.text.splitlines(), start=1) if line.strip()]
        found = Lines([line for _, line in lines], np.array([number for number, _ in lines], dtype=np.int64))
    else:
        found = Lines([source.text], np.array([1], dtype=np.int64))
    return from_lines(found, choices, scenario, source.name).sequences


def from_lines(lines: Lines, choices: Choices, scenario: Scenario | None, name: str) -> Read:
    """The texts as ids of the network's tokens. What it has no id for is a problem, decided by `choices.unknown`."""
    vocabulary = _vocabulary(lines.texts, choices, scenario)
    unit = vocabulary.tokeniser.unit
    split_up = [vocabulary.split(text) for text in lines.texts]
    encoded = [vocabulary.encoded(pieces) for pieces in split_up]
    strange = _strange(split_up, encoded)
    blank = vocabulary.blank if choices.unknown == "blank" else None
    if choices.unknown == "blank" and vocabulary.blank is None:
        raise DataError(f"the network has no blank to read in place of an unknown {unit}", where="unknown")
    ids = [
        np.array([blank if i is None else i for i in row if i is not None or blank is not None], dtype=np.intp)
        for row in encoded
    ]
    is_next = choices.target == "next"
    shortest = 2 if is_next else 1
    kept = np.array([n for n, row in enumerate(ids) if len(row) >= shortest], dtype=np.intp)
    problems = [*_unknown(lines, vocabulary), *_short(lines, ids, shortest, unit)]
    if not len(kept):
        raise DataError(f"no text has {counted(shortest, unit)} that the network knows", where="rows")
    kept = np.array(taken(list(kept), choices), dtype=np.intp) if choices.form != "windows" else kept
    pieces = [(ids[n], lines.texts[n]) for n in kept]
    if choices.form == "windows":
        pieces, kept = _windows(pieces, kept, choices, is_next, vocabulary)
    series = [row[:-1] if is_next else row for row, _ in pieces]
    inputs, lengths = padded([row[:, None].astype(np.float64) for row in series], 0.0)
    targets = _following([row[1:] for row, _ in pieces], len(inputs), vocabulary) if is_next else None
    sequences = Sequences(
        source=name,
        inputs=inputs,
        lengths=lengths,
        targets=targets,
        input_names=(unit,),
        sequence_names=tuple(in_a_line(text, NAME) for _, text in pieces),
        is_next=is_next,
        vocabulary=vocabulary,
        notes=(*_unknown_note(split_up, vocabulary), *strange),
        problems=tuple(problems[: limits.PROBLEMS_KEPT]),
        wrong=len({problem.row for problem in problems}),
        decided=_is_decided(problems, choices),
    )
    return Read(sequences, kept)


def _vocabulary(texts: Sequence[str], choices: Choices, scenario: Scenario | None) -> Vocabulary:
    if scenario is None:
        return made_of(texts, Tokeniser(unit=choices.unit, lower=choices.lower))
    found = vocabulary_of(scenario)
    if found is None:
        message = "this is text, and the network reads numbers: it keeps no words. Make a new network for this data"
        raise DataError(message, where="text")
    return found


def made_of(texts: Sequence[str], tokeniser: Tokeniser) -> Vocabulary:
    """A vocabulary of these texts: all characters in order, or padding, unknown and the most frequent words."""
    counts = Counter(piece for text in texts for piece in split(text, tokeniser))
    if tokeniser.unit == "word":
        words = [word for word, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]
        return Vocabulary((PADDING, UNKNOWN, *words[: limits.WORDS - 2]), tokeniser)
    called = {character: name for name, character in reversed(CALLED.items())}
    if len(counts) > limits.CLASSES:
        raise DataError(
            f"{len(counts):,} different characters; at most {limits.CLASSES:,} are told apart", where="text"
        )
    return Vocabulary(tuple(called.get(character, character) for character in sorted(counts)), tokeniser)


def _strange(split_up: Sequence[Sequence[str]], encoded: Sequence[Sequence[int | None]]) -> tuple[str, ...]:
    """How often what the network has no id for was met."""
    pairs = zip(split_up, encoded, strict=True)
    found = Counter(p for pieces, ids in pairs for p, i in zip(pieces, ids, strict=True) if i is None)
    if not found:
        return ()
    said = [f"{quoted(piece)} {counted(count, 'time')}" for piece, count in found.most_common()]
    return (f"The network has no number for {listed(said)}.",)


def _unknown_note(split_up: Sequence[Sequence[str]], vocabulary: Vocabulary) -> tuple[str, ...]:
    """Words that all share the one id for unknown ones."""
    if vocabulary.unknown is None:
        return ()
    found = Counter(piece for pieces in split_up for piece in pieces if piece not in vocabulary.ids)
    if not found:
        return ()
    unit, total = vocabulary.tokeniser.unit, sum(map(len, split_up))
    names = listed([quoted(piece) for piece, _ in found.most_common()])
    return (f"{found.total():,} of {counted(total, unit)} are unknown to the network and read as one: {names}.",)


def _unknown(lines: Lines, vocabulary: Vocabulary) -> list[Problem]:
    """Of a text that is read as one, the lines in which the unknown pieces are."""
    found = []
    unit = vocabulary.tokeniser.unit
    for row, text in zip(lines.rows, lines.texts, strict=True):
        for number, line in enumerate(text.splitlines() if not lines.column else [text], start=int(row)):
            pieces = list(dict.fromkeys(vocabulary.split(line)))
            without = [p for p, i in zip(pieces, vocabulary.encoded(pieces), strict=True) if i is None]
            if without:
                wrong = f"the network does not know {listed([quoted(piece) for piece in without])}"
                found.append(Problem(number, lines.column, wrong, f"a {unit} that it knows", is_unknown=True))
    return found


def _short(lines: Lines, ids: Sequence[Ids], shortest: int, unit: str) -> list[Problem]:
    return [
        Problem(
            int(row),
            lines.column,
            f"there is no {unit} in it" if not len(found) else f"has one {unit}",
            f"at least {shortest}",
        )
        for row, found in zip(lines.rows, ids, strict=True)
        if len(found) < shortest
    ]


def _is_decided(problems: Sequence[Problem], choices: Choices) -> bool:
    """Unknown pieces are decided by one choice, texts that are too short by the other."""
    return all((choices.unknown if problem.is_unknown else choices.missing) != "ask" for problem in problems)


def _windows(
    pieces: list[tuple[Ids, str]], kept: Ids, choices: Choices, is_next: bool, vocabulary: Vocabulary
) -> tuple[list[tuple[Ids, str]], Ids]:
    """Pieces of so many tokens; of what comes next, one more is read as the last target."""
    found: list[tuple[Ids, str]] = []
    origin: list[int] = []
    for (row, _), line in zip(pieces, kept, strict=True):
        for begin, end in windows_of(len(row) - is_next, choices.window, choices.stride):
            part = row[begin : end + is_next]
            found.append((part, shown(part[: choices.window], vocabulary)))
            origin.append(int(line))
    if not found:
        raise DataError(f"no text has a window of {choices.window:,} {vocabulary.tokeniser.unit}s", where="window")
    begin = max(choices.first - 1, 0)
    end = begin + choices.count if choices.count else len(found)
    if not found[begin:end]:
        raise DataError(f"there is no sequence {choices.first:,}; there are {len(found):,}", where="first")
    return found[begin:end], np.array(origin[begin:end], dtype=np.intp)


def shown(ids: Ids, vocabulary: Vocabulary) -> str:
    """Ids as the text that they stand for."""
    tokens = [vocabulary.tokens[i] for i in ids[:NAME]]
    if vocabulary.tokeniser.unit == "word":
        return " ".join(tokens)
    return "".join(CALLED.get(token, token) for token in tokens)


def _following(rows: Sequence[Ids], steps: int, vocabulary: Vocabulary) -> Classes:
    labels = np.zeros((steps, len(rows)), dtype=np.intp)
    for n, row in enumerate(rows):
        labels[: len(row), n] = row
        labels[len(row) :, n] = row[-1]
    return Classes(read_only(labels), vocabulary.tokens)
