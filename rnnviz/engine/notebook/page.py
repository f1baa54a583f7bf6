"""What all of these pages share: their style, escaping, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from html import escape

from rnnviz.engine.digits import rounded

POSITIVE, NEGATIVE, WRONG = "#DB7800", "#2A7AB8", "#D64545"  # readable on white and on dark ground
MINUS = "\N{MINUS SIGN}"

_STYLE = """<style>
.rnnviz{font:13px/1.5 Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums;max-width:960px;overflow-x:auto}
.rnnviz h4{font-size:14px;margin:0 0 2px;font-weight:600}
.rnnviz p{margin:0 0 8px}
.rnnviz .muted{opacity:.65}
.rnnviz code{font-family:"JetBrains Mono",ui-monospace,monospace;background:none;color:inherit;padding:0}
.rnnviz table{border-collapse:collapse;font:inherit;margin:4px 0 8px;border:0}
.rnnviz th,.rnnviz td{padding:2px 12px 2px 0;border:0;text-align:right;background:none;color:inherit;white-space:nowrap;
vertical-align:middle}
.rnnviz th{font-weight:600;opacity:.65;border-bottom:1px solid;border-color:rgba(128,128,128,.4)}
.rnnviz .name{text-align:left}
.rnnviz tr{background:none}
.rnnviz svg{display:block;color:inherit;max-width:100%}
@media (prefers-color-scheme: dark){.rnnviz .muted,.rnnviz th{opacity:.75}}
</style>"""


def page(heading: str, *parts: str) -> str:
    """heading : plain text; parts : HTML"""
    return f'<div class="rnnviz">{_STYLE}<h4>{escape(heading)}</h4>{"".join(parts)}</div>'


def muted(text: str) -> str:
    return f'<p class="muted">{escape(text)}</p>' if text else ""


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    """heads : plain text; rows : HTML of the cells; left : how many columns hold no numbers"""
    look = [' class="name"' if column < left else "" for column in range(len(heads))]
    first = "".join(f"<th{at}>{escape(head)}</th>" for at, head in zip(look, heads, strict=True))
    others = "".join(
        f"<tr>{''.join(f'<td{at}>{cell}</td>' for at, cell in zip(look, row, strict=True))}</tr>" for row in rows
    )
    return f"<table><thead><tr>{first}</tr></thead><tbody>{others}</tbody></table>"


def number(value: float, digits: int = 4) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "\N{INFINITY}" if value > 0 else f"{MINUS}\N{INFINITY}"
    return rounded(value, digits).replace("-", MINUS)


_NAMES = re.compile(r"\b([A-Za-z]+)_([A-Za-z0-9]+)\b")


def law(text: str) -> str:
    """A law of `rnnviz.engine` as HTML: the index of W_i lowered, h_prev as h of step t - 1."""

    def lowered(found: re.Match[str]) -> str:
        index = {"prev": f"t{MINUS}1", "next": "t+1"}.get(found[2], found[2])
        return f"{found[1]}<sub>{index}</sub>"

    plain = escape(text).replace(" @ ", " ").replace(" * ", " \N{MIDDLE DOT} ")
    return f"<code>{_NAMES.sub(lowered, plain)}</code>"
