"""How a text becomes the ids that a network reads: the tokeniser that a scenario keeps, and its vocabulary."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from rnnviz.engine.network import Embedding
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario, Tokeniser

PADDING = "(padding)"
UNKNOWN = "(unknown)"
LETTERS = "abcdefghijklmnopqrstuvwxyz'"
# How characters that cannot be seen are called in a vocabulary.
CALLED = {"blank": " ", "space": " ", "newline": "\n", "tab": "\t"}
_OF_WORDS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "So"})  # of Unicode


@dataclass(frozen=True)
class Vocabulary:
    """
    tokens : the word or character of each id
    one_hot : the network reads a number for each token, and no ids
    """

    tokens: tuple[str, ...]
    tokeniser: Tokeniser
    one_hot: bool = False

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Of a token as it stands in a text."""
        is_character = self.tokeniser.unit == "character"
        found: dict[str, int] = {}
        for number, token in enumerate(self.tokens):
            found.setdefault(CALLED.get(token, token) if is_character else token, number)
        return found

    @cached_property
    def unknown(self) -> int | None:
        """The id of all words that have none of their own."""
        return next((n for n, token in enumerate(self.tokens) if token.lower() in (UNKNOWN, "<unk>", "[unk]")), None)

    @property
    def blank(self) -> int | None:
        return self.ids.get(" ") if self.tokeniser.unit == "character" else None

    @property
    def is_of_characters(self) -> bool:
        return self.tokeniser.unit == "character"

    def shown(self, token: int) -> str:
        """A token as it stands in a text; an id without one as a number."""
        if not 0 <= token < len(self.tokens):
            return str(token)
        return CALLED.get(self.tokens[token], self.tokens[token]) if self.is_of_characters else self.tokens[token]

    def text(self, tokens: Sequence[int]) -> str:
        """The text that these tokens are read from, as far as the vocabulary can tell."""
        return ("" if self.is_of_characters else " ").join(map(self.shown, tokens))

    def split(self, text: str) -> list[str]:
        """The words or characters of a text, in the form that the vocabulary has them in."""
        return split(text, self.tokeniser)

    def passed_over(self, text: str) -> list[str]:
        """Letters, digits and pictures of a text that are in no word, such as those of another script."""
        if self.is_of_characters:
            return []
        left = _words(self.tokeniser.letters).sub(" ", text.lower() if self.tokeniser.lower else text)
        runs = ("".join(filter(_is_of_a_word, run)) for run in left.split())
        return [run for run in runs if run]

    def encoded(self, pieces: Sequence[str]) -> list[int | None]:
        """The id of each piece; None where it has none, and the vocabulary has no id for such."""
        unknown, ids = self.unknown, self.ids
        return [ids.get(piece, unknown) for piece in pieces]


def vocabulary_of(scenario: Scenario) -> Vocabulary | None:
    """What the network reads texts by; None where it reads no texts."""
    tokens = scenario.tokens
    reads_ids = isinstance(scenario.network.layers[0], Embedding)
    if not reads_ids and len(tokens) != scenario.network.inputs:
        tokens = scenario.input_names if all(map(_is_character, scenario.input_names)) else ()
    if not tokens or (not reads_ids and len(tokens) < 2):
        return None
    return _vocabulary(tokens, scenario.tokeniser, not reads_ids)


@functools.lru_cache(maxsize=4)
def _vocabulary(tokens: tuple[str, ...], tokeniser: Tokeniser | None, one_hot: bool) -> Vocabulary:
    """Kept, since every step of a text asks for it, and thousands of words take a while to be looked through."""
    return Vocabulary(tokens, tokeniser or _looks_like(tokens), one_hot)


def with_vocabulary(scenario: Scenario, tokens: Sequence[str]) -> Scenario:
    """The scenario whose network reads these tokens; its outputs are called so too, where there is one for each.

    Raises ScenarioError where they are not as many as the network can read. Ids beyond them are shown as numbers.
    """
    first = scenario.network.layers[0]
    room = first.vocabulary if isinstance(first, Embedding) else scenario.network.inputs
    if len(tokens) > room or (len(tokens) < room and not isinstance(first, Embedding)):
        raise ScenarioError(f"{len(tokens):,} tokens, but the network reads {room:,}", where="tokens")
    if all(len(token) == 1 for token in tokens):
        names = {character: name for name, character in reversed(CALLED.items())}
        tokens = [names.get(token, token) for token in tokens]
    is_next = scenario.network.output_size == len(tokens)
    names_out = tuple(tokens) if is_next else scenario.output_names
    return replace(scenario, tokens=tuple(tokens), tokeniser=None, output_names=names_out)


def split(text: str, tokeniser: Tokeniser) -> list[str]:
    """A word is a run of the tokeniser's letters, or, where it names none, of letters, digits and apostrophes."""
    if tokeniser.lower:
        text = text.lower()
    if tokeniser.unit == "character":
        return list(" ".join(text.split()) if tokeniser.joins_blanks else text)
    return _words(tokeniser.letters).findall(text)


@functools.cache
def _words(letters: str) -> re.Pattern[str]:
    """A run of a set of characters: whatever letters a file names, it is found in one pass."""
    return re.compile(f"[{re.escape(letters)}]+" if letters else r"(?:[^\W_]|')+")


def _is_of_a_word(character: str) -> bool:
    """Punctuation is not, and nobody misses it."""
    return unicodedata.category(character) in _OF_WORDS


def _is_character(token: str) -> bool:
    return len(token) == 1 or token in CALLED


def _looks_like(tokens: Sequence[str]) -> Tokeniser:
    """What a vocabulary that comes without its tokeniser was made with, as far as it shows."""
    ordinary = [token for token in tokens if token and not token.startswith(("(", "<", "["))]
    lower = all(token == token.lower() for token in ordinary)
    if all(map(_is_character, tokens)):
        return Tokeniser(unit="character", lower=lower, joins_blanks=not {"newline", "\n"} & set(tokens))
    letters = LETTERS if lower else LETTERS + LETTERS.upper()
    found = set("".join(ordinary))
    if found <= set(letters):
        return Tokeniser(unit="word", lower=lower, letters=letters)
    if all(character.isalnum() or character == "'" for character in found):
        return Tokeniser(unit="word", lower=lower)
    others = "".join(sorted(c for c in found - set(letters) if not c.isspace()))
    return Tokeniser(unit="word", lower=lower, letters=(letters + others)[:1_000])
