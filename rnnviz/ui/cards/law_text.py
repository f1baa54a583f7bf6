"""The law of an explanation as pieces for the card: symbols with subscripts, numbers as links, and the same as text."""

import re

from PySide6.QtCore import QCoreApplication

from rnnviz.engine.explain import Explanation
from rnnviz.engine.scalar import Applied, Operand
from rnnviz.engine.trace import Address
from rnnviz.session import Snapshot
from rnnviz.ui import numbers, words
from rnnviz.ui.cards.linked_text import Piece
from rnnviz.ui.cards.wording import pretty

translate = QCoreApplication.translate

ROUNDED, EXACT = 6, 17
MOST_TERMS = 6
SHOW_ALL = "show all"  # the link of "22 more": open the whole sum
_SUBSCRIPT = re.compile(r"\b([A-Za-z]+)_([A-Za-z0-9]+)\b")


def symbols(law: str) -> list[Piece]:
    """ "c = f · c′ + i · g", with the index of W_i lowered."""
    pieces: list[Piece] = []
    for word in re.findall(r"\S+\s*", pretty(law)):
        at = 0
        for found in _SUBSCRIPT.finditer(word):
            pieces += [Piece(word[at : found.end(1)]), Piece(found[2], is_lowered=True)]
            at = found.end()
        if word[at:]:
            pieces.append(Piece(word[at:]))
    return pieces


def with_numbers(explanation: Explanation, snapshot: Snapshot, is_exact: bool, shows_all: bool) -> list[Piece]:
    """ "= 0.999955 · 6.99977 + …", each number a link to its own card."""
    limit = 10**9 if shows_all else MOST_TERMS
    pieces = [Piece("= ")]
    for text, operand in explanation.pieces(EXACT if is_exact else ROUNDED, limit):
        pieces += [_linked(operand, snapshot, is_exact)] if operand is not None else _plain(text)
    return pieces


def result(explanation: Explanation, is_exact: bool) -> list[Piece]:
    """The step between the law and its value: the summands, or what the activation is applied to."""
    address, terms = explanation.address, explanation.terms
    if isinstance(explanation.scalar, Applied) and isinstance(address, Address):
        inner = sum(term.value for term in terms)
        link = Address(f"{address.quantity}.pre", address.step, address.sequence, address.unit)
        function = explanation.scalar.function.replace("_", " ")
        tip = translate("Explain", "the sum before the activation")
        return [Piece(f"= {function}("), Piece(written(inner, is_exact), link, tip), Piece(")")]
    if not 2 <= len(terms) <= 4:
        return []
    pieces = [Piece("= ")]
    for number, term in enumerate(terms):
        sign = numbers.MINUS if term.value < 0 else "+"
        text = written(abs(term.value) if number else term.value, is_exact)
        pieces += [Piece(f"{sign} ")] if number else []
        pieces.append(Piece(text + (" " if number < len(terms) - 1 else "")))
    return pieces


def written(value: float, is_exact: bool) -> str:
    return numbers.full(value) if is_exact else numbers.text(value)


def as_text(explanation: Explanation, title: str, meaning: str, shows_all: bool) -> str:
    """The card in words, every digit; of a long sum only the largest summands unless `shows_all`."""
    limit = 10**9 if shows_all else MOST_TERMS
    lines = [title, meaning, f"= {numbers.full(explanation.value)}"]
    if explanation.law:
        lines[2:2] = [pretty(explanation.law), pretty(f"= {explanation.numbers(EXACT, limit)}")]
    return "\n".join(lines)


def _linked(operand: Operand, snapshot: Snapshot, is_exact: bool) -> Piece:
    text = numbers.full(operand.value) if is_exact else numbers.text(operand.value)
    if operand.address is None:
        return Piece(text)
    where = words.of_place(operand.address, snapshot)
    return Piece(text, operand.address, f"{pretty(operand.label)}: {where}")


def _plain(text: str) -> list[Piece]:
    """The text between two numbers, cut after spaces, so that a line may end there."""
    found = re.fullmatch(r" \+ (\d+) more that add up to ", text)
    if found:
        more = translate("Explain", "{count} more").format(count=found[1])
        tip = translate("Explain", "Show every summand")
        return [Piece(" "), Piece("+ "), Piece(more, SHOW_ALL, tip), Piece(translate("Explain", " that add up to "))]
    return [Piece(part) for part in re.findall(r"\S*\s|\S+", pretty(text))]
