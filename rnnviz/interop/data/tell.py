"""What a scenario says of its data, in its story and its licence: whence they are, what was done to them."""

from __future__ import annotations

import re

from rnnviz.interop.data.sequences import Sequences
from rnnviz.scenario.derived import is_derived
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.template import PATTERN, Template, read_template
from rnnviz.scenario.types import Scenario

HEADING = "Data"
OLDER = "*What follows was written about other sequences.*"
_LICENCE = "The sequences now come from "
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")


def story_with(scenario: Scenario, sequences: Sequences) -> str:
    """The story of the scenario, with these sequences in it, under a first heading that tells of them."""
    rest = _without_data(scenario.story)
    told = [
        f"## {HEADING}",
        f"{sequences.sentence}, from {plain(sequences.source)}.",
    ]
    told += [f"- {plain(note)}" for note in sequences.notes]
    if rest:
        told += ["", OLDER, "", PATTERN.sub(lambda match: _kept(match, scenario), rest)]
    return "\n".join(told)


def licence_with(licence: str, sequences: Sequences) -> str:
    """What was said of the data before is still said, as of the weights that learned from them."""
    before = licence.split(_LICENCE)[0].strip()
    return f"{before} {_LICENCE}{sequences.source[:200]}.".strip()


def plain(text: str) -> str:
    """A text of a file in a story: what would be markup or a template there is neither."""
    return _MARKS.sub(r"\\\1", " ".join(text.split())).replace("{", "(").replace("}", ")")


def _without_data(story: str) -> str:
    """The story without what this module wrote before."""
    parts = re.split(r"^(?=## )", story, flags=re.MULTILINE)
    kept = [part for part in parts if not part.startswith(f"## {HEADING}\n")]
    return "".join(kept).strip()


def _kept(match: re.Match[str], scenario: Scenario) -> str:
    """A template that can still be worked out; a dash for one that needs what went with the old sequences."""
    try:
        template = read_template(match[1])
    except ScenarioError:
        return match[0]
    needs_targets = template.word == "measured" or template.name == "target" or is_derived(template.name)
    if template.alternative or (needs_targets and (scenario.targets is None or scenario.loss is None)):
        return "–"
    return match[0] if _is_there(template, scenario) else "–"


def _is_there(template: Template, scenario: Scenario) -> bool:
    """Step and sequence of a template are ones that these sequences have."""
    if template.name in scenario.params or not template.indices:
        return True
    steps, batch, _ = scenario.inputs.shape
    match template.word:
        case "row" | "before-row":
            step, sequence = 1, (*template.indices, 0, 0)[1]
        case "most":
            step, sequence = (*template.indices, 0)[:2]
        case _:
            step, _, sequence = (*template.indices, 0, 0)[:3]
    return bool(step <= steps and sequence < batch)
