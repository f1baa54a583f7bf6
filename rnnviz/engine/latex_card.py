"""An explanation as LaTeX: its law, the same with numbers in, and the value, aligned at their equals signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz.engine.latex import function_name, in_brackets, of_number
from rnnviz.engine.scalar import Applied, Factors, Known, Scalar, SoftmaxOf, Sum, total, value

if TYPE_CHECKING:
    from rnnviz.engine.explain import Explanation

DIGITS, MOST_TERMS = 6, 6


def card(explanation: Explanation, digits: int = DIGITS, limit: int = MOST_TERMS) -> str:
    r"""An amsmath environment `aligned`, to be put between \[ and \]; of what is given, its value alone."""
    number = of_number(explanation.value, digits)
    if explanation.scalar is None:
        return number
    numbers = with_numbers(explanation.scalar, digits, limit)
    lines = [explanation.law_latex.replace(" = ", " &= ", 1), f"&= {numbers}", f"&= {number}"]
    if numbers == number:
        del lines[1]
    return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"


def with_numbers(scalar: Scalar, digits: int = DIGITS, limit: int = MOST_TERMS) -> str:
    """The tree with its numbers; of a sum longer than `limit` the largest summands, and the rest as one number."""
    match scalar:
        case Known(operand):
            return of_number(operand.value, digits)
        case Sum(terms):
            return _sum(terms, digits, limit)
        case Factors(factors):
            return r" \cdot ".join(_factor(factor, digits, limit) for factor in factors)
        case Applied("1/", operand_):
            return rf"\frac{{1}}{{{with_numbers(operand_, digits, limit)}}}"
        case Applied(function, operand_):
            return function_name(function) + in_brackets(with_numbers(operand_, digits, limit))
        case SoftmaxOf(index, parts):
            powers = [rf"e^{{{with_numbers(part, digits, limit)}}}" for part in parts]
            below = powers if len(powers) <= limit + 1 else [*powers[: limit // 2], r"\cdots", *powers[-(limit // 2) :]]
            return rf"\frac{{{powers[index]}}}{{{' + '.join(below)}}}"


def _factor(scalar: Scalar, digits: int, limit: int) -> str:
    text = with_numbers(scalar, digits, limit)
    return in_brackets(text) if isinstance(scalar, Sum) or text.startswith("-") else text


def _sum(terms: tuple[tuple[int, Scalar], ...], digits: int, limit: int) -> str:
    numbers = [sign * value(term) for sign, term in terms]
    largest = sorted(range(len(terms)), key=lambda k: -abs(numbers[k]))[:limit]
    shown = sorted(largest) if len(terms) > limit + 1 else range(len(terms))
    text = ""
    for k in shown:
        sign, term = terms[k]
        inner = with_numbers(term, digits, limit)
        inner = in_brackets(inner) if isinstance(term, Sum) or (inner.startswith("-") and (text or sign < 0)) else inner
        joint = (" + " if sign > 0 else " - ") if text else ("" if sign > 0 else "-")
        text += joint + inner
    rest = [numbers[k] for k in range(len(terms)) if k not in set(shown)]
    if rest:
        text += rf" + \underbrace{{{of_number(total(rest), digits)}}}_{{\text{{{len(rest)} more}}}}"
    return text
