"""An explanation as a card: the number, its law, the law with numbers, and what contributes most."""

from __future__ import annotations

from rnnviz.engine.explain import Explanation
from rnnviz.engine.latex_card import card
from rnnviz.engine.notebook.page import NEGATIVE, POSITIVE, law, muted, number, page, table

MOST_TERMS = 8
_BAR = 120


def html(explanation: Explanation) -> str:
    parts = [muted(explanation.meaning)]
    if explanation.law:
        parts.append(f"<p>{law(explanation.law)}<br>{law('= ' + explanation.numbers())}<br>")
        parts.append(f"<code>= <b>{number(explanation.value, 6)}</b></code></p>")
    else:
        parts.append(f"<p><code><b>{number(explanation.value, 6)}</b></code></p>")
    return page(explanation.title, *parts, _contributions(explanation))


def latex(explanation: Explanation) -> str:
    return f"$${card(explanation)}$$"


def _contributions(explanation: Explanation) -> str:
    """The largest summands first; those that are left out are counted."""
    terms = sorted(explanation.terms, key=lambda term: -abs(term.value))
    if len(terms) < 2:
        return ""
    largest = abs(terms[0].value)
    rows = [(law(term.label), number(term.value), _bar(term.value, largest)) for term in terms[:MOST_TERMS]]
    left = len(terms) - len(rows)
    return table(("summand", "adds", ""), rows) + muted(f"and {left:,} smaller ones" if left else "")


def _bar(value: float, largest: float) -> str:
    width = _BAR * abs(value) / largest if largest and abs(value) <= largest else 0.0
    colour = POSITIVE if value > 0 else NEGATIVE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_BAR}" height="8" aria-hidden="true">'
        f'<rect width="{width:.4g}" height="8" rx="2" fill="{colour}"/></svg>'
    )
