"""The templates of a story: `{{...}}` stands for a number of the trace, so that no number is ever typed.

{{lstm.c 4}}  {{lstm.c 4 0 1}}     a quantity after step 4; unit 0 and sequence 0 where they are left out
{{before lstm.c 4 0 0}}            a carried quantity as step 4 finds it
{{row lstm.c 0 0}}                 a quantity at every step; unit and sequence as above
{{before-row lstm.c 0 0}}          a carried quantity as every step finds it
{{lstm.W_i 0 1}}  {{lstm.b_i 0}}   a weight: row, column
{{kept lstm.f 3}}                  the fraction that a gate keeps
{{half-life lstm.f 3}}             the steps until half is left, if every step kept that fraction
{{log10 output 1000}}              the decimal logarithm of a size
{{radius elman.U}}  {{radius jordan.U*jordan.V}}  the spectral radius of a matrix, or of a product
{{most output 28 1}}               the name of the output that is largest after step 28 of sequence 1
{{loss 4}}  {{loss-sum 4 0 1}}     a number of `rnnviz.scenario.derived`: step, unit, sequence
{{measured accuracy}}              what the network reaches on the sequences held out; or {{measured loss}}
{{parameters}}  {{parameters lstm}}  how many parameters the network, or a layer, has
{{output 1000 @ w = 0.99}}         the number that the alternative "w = 0.99" is expected, and checked, to show
{{lstm.c 4 | 7}}                   with 7 significant digits; 4 where nothing is said
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rnnviz.scenario.errors import ScenarioError

PATTERN = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
WORDS = ("before", "row", "before-row", "kept", "half-life", "log10", "most", "parameters", "radius", "measured")
_MAX_INDICES = {"row": 2, "before-row": 2, "most": 2, "parameters": 0, "radius": 0, "measured": 0}


@dataclass(frozen=True)
class Template:
    """One template, taken apart. `word` is "" for a plain number."""

    text: str
    word: str
    name: str
    indices: tuple[int, ...]
    digits: int
    alternative: str

    def error(self, problem: str) -> ScenarioError:
        return ScenarioError(f"the template {{{{{self.text}}}}} {problem}", where="story")


def templates(story: str) -> list[Template]:
    """All templates of a story. Raises ScenarioError, naming the first that cannot be read."""
    found = [read_template(match[1]) for match in PATTERN.finditer(story)]
    if "{{" in PATTERN.sub("", story):
        raise ScenarioError("a template begins with {{ and has no }}", where="story")
    return found


def read_template(text: str) -> Template:
    """The parts of what stands between the braces."""
    body, _, digits = text.partition("|")
    body, _, alternative = body.partition("@")
    words = body.split()
    word = words.pop(0) if words and words[0] in WORDS else ""
    name = words.pop(0) if words else ""
    template = Template(
        text=text.strip(),
        word=word,
        name=name,
        indices=tuple(int(index) for index in words if index.isdecimal() and len(index) < 10),
        digits=int(digits) if digits.strip().isdecimal() and 0 < int(digits) <= 17 else 4,
        alternative=alternative.strip(),
    )
    if digits.strip() and str(template.digits) != digits.strip():
        raise template.error("asks for a number of digits that is not 1 to 17")
    if len(template.indices) < len(words):
        raise template.error("should hold a name and whole numbers, such as {{lstm.c 4 0}}")
    most = _MAX_INDICES.get(word, 3)
    least = 0 if word in ("row", "before-row", "parameters", "radius", "measured") else 1
    if (not name and word != "parameters") or not least <= len(template.indices) <= most:
        raise template.error("should be like {{lstm.c 4 0}}: quantity, step, unit, sequence")
    return template
