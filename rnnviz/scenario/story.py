"""The story of a scenario with its numbers put in, worked out from the trace when it is shown."""

from __future__ import annotations

import functools
import math
import re
from collections import deque
from dataclasses import dataclass

import numpy as np

from rnnviz.engine.errors import AddressError
from rnnviz.engine.gates import half_life
from rnnviz.engine.trace import Address, ParameterAddress, Trace
from rnnviz.engine.training import Score
from rnnviz.scenario.derived import derived, is_derived
from rnnviz.scenario.template import PATTERN, Template, read_template
from rnnviz.scenario.training import measured
from rnnviz.scenario.types import Scenario

HEADINGS = (
    "What it is",
    "How it works",
    "How to use it",
    "Things to notice",
    "Things to try",
    "Related",
    "References",
)

Place = Address | ParameterAddress


@dataclass(frozen=True)
class Section:
    """A part of a story.

    text_markdown : with the numbers in
    linked_markdown : the same, each number a link to "rnnviz:K", where K is its index in `addresses`
    missing : templates whose step, unit or sequence the trace does not have; they show a dash
    """

    heading: str
    text_markdown: str
    linked_markdown: str
    addresses: tuple[Place, ...]
    missing: tuple[str, ...]


def render(scenario: Scenario, trace: Trace) -> tuple[Section, ...]:
    """The sections of the scenario's story. Raises ScenarioError, naming a template that cannot be understood."""
    sections = []
    for part in re.split(r"^## +", "\n" + scenario.story, flags=re.MULTILINE):
        heading, _, body = part.partition("\n")
        if heading.strip() or body.strip():
            sections.append(_section(heading.strip(), body.strip(), scenario, trace))
    return tuple(sections)


def _section(heading: str, body: str, scenario: Scenario, trace: Trace) -> Section:
    plain: list[str] = []
    linked: list[str] = []
    addresses: list[Place] = []
    missing: list[str] = []
    end = 0
    for match in PATTERN.finditer(body):
        text = body[end : match.start()]
        plain.append(text)
        linked.append(text)
        end = match.end()
        template = read_template(match[1])
        try:
            numbers = _numbers(template, scenario, trace)
        except AddressError:
            missing.append(template.text)
            numbers = [("–", None)]
        plain.append(", ".join(number for number, _ in numbers))
        links = []
        for number, place in numbers:
            links.append(number if place is None else f"[{number}](rnnviz:{len(addresses)})")
            addresses.extend([] if place is None else [place])
        linked.append(", ".join(links))
    return Section(
        heading, "".join([*plain, body[end:]]), "".join([*linked, body[end:]]), tuple(addresses), tuple(missing)
    )


def _numbers(template: Template, scenario: Scenario, trace: Trace) -> list[tuple[str, Place | None]]:
    """What a template shows: numbers as text, each with the place that it comes from."""
    if template.alternative:
        return [_expected_elsewhere(template, scenario, trace)]
    if template.word == "parameters":
        return [(str(_parameter_count(template, scenario)), None)]
    if template.word == "measured":
        return [(_measured(template, scenario), None)]
    if is_derived(template.name):
        step, unit, sequence = (*template.indices, 0, 0)[:3]
        return [(written(derived(scenario, trace, template.name, step, unit, sequence), template.digits), None)]
    if template.word == "radius":
        return [(written(_spectral_radius(template, scenario), template.digits), None)]
    if template.name in scenario.params:
        return [_number(template, ParameterAddress(template.name, *template.indices[:2]), trace)]
    quantity = trace.output_name if template.name == "output" else template.name
    has_targets = quantity == "target" and trace.targets is not None
    if quantity not in trace and not has_targets and not quantity.endswith(".pre"):
        raise template.error(f"names neither a quantity nor a parameter; there are {', '.join(trace)}")
    if template.word == "most":
        return [_most(template, quantity, scenario, trace)]
    if template.word in ("row", "before-row"):
        unit, sequence = (*template.indices, 0, 0)[:2]
        steps = range(1, trace.steps + 1)
        return [_number(template, Address(quantity, step, sequence, unit), trace) for step in steps]
    step, unit, sequence = (*template.indices, 0, 0)[:3]
    return [_number(template, Address(quantity, step, sequence, unit), trace)]


def _number(template: Template, place: Place, trace: Trace) -> tuple[str, Place]:
    if isinstance(place, Address) and template.word in ("before", "before-row"):
        if place.quantity not in trace.carried:
            raise template.error(f"asks for a value before the step; that have only {', '.join(trace.carried)}")
        back = -1 if trace.is_backward(place.quantity) else 1
        place = Address(place.quantity, place.step - back, place.sequence, place.unit)
    value = trace.number(place)
    if template.word == "half-life":
        value = half_life(value)
    elif template.word == "log10":
        value = math.log10(abs(value)) if value else -math.inf
    return written(value, template.digits), place


def _most(template: Template, quantity: str, scenario: Scenario, trace: Trace) -> tuple[str, Place]:
    step, sequence = (*template.indices, 0)[:2]
    trace.number(Address(quantity, step, sequence))
    unit = int(np.argmax(trace[quantity][step - 1, sequence]))
    name = scenario.output_names[unit] if unit < len(scenario.output_names) else str(unit)
    return name, Address(quantity, step, sequence, unit)


def _parameter_count(template: Template, scenario: Scenario) -> int:
    layers = {name.partition(".")[0] for name in scenario.params}
    if template.name and template.name not in layers:
        raise template.error(f"names no layer that has parameters; there are {', '.join(layers)}")
    prefix = f"{template.name}." if template.name else ""
    return sum(array.size for name, array in scenario.params.items() if name.startswith(prefix))


# What was measured last, and of what: a story is told anew after every edit, most of which change no weight.
_scores: deque[tuple[tuple[object, ...], Score]] = deque(maxlen=4)


def _score(scenario: Scenario) -> Score:
    asked: tuple[object, ...] = (scenario.network, scenario.params, scenario.loss, scenario.training, scenario.seed)
    if scenario.training is None or scenario.training.data is None:
        asked += (scenario.inputs, scenario.targets, scenario.lengths, scenario.initial)
    for known, score in _scores:
        if len(known) == len(asked) and all(one is other for one, other in zip(known, asked, strict=True)):
            return score
    score = measured(scenario)
    _scores.append((asked, score))
    return score


def _measured(template: Template, scenario: Scenario) -> str:
    score = _score(scenario)
    if template.name == "accuracy" and score.accuracy is not None:
        return f"{written(100 * score.accuracy, template.digits)} %"
    if template.name == "loss":
        return written(score.loss, template.digits)
    raise template.error("should ask for the loss, or for the accuracy where answers are classes")


def _spectral_radius(template: Template, scenario: Scenario) -> float:
    """The largest size of an eigenvalue: by how much a state grows in the long run, where units are linear."""
    names = template.name.split("*")
    if unknown := [name for name in names if name not in scenario.params]:
        raise template.error(f"names no parameter: {unknown[0]}; there are {', '.join(scenario.params)}")
    try:
        product = functools.reduce(np.matmul, [np.asarray(scenario.params[name], np.float64) for name in names])
        return float(np.abs(np.linalg.eigvals(product)).max())
    except (ValueError, np.linalg.LinAlgError):
        raise template.error("needs a square matrix") from None


def _expected_elsewhere(template: Template, scenario: Scenario, trace: Trace) -> tuple[str, Place | None]:
    """The expected value of an alternative: a fact of this file that `check` proves.

    Where the trace shows that number too, at the same place, its address comes with it.
    """
    step, unit, sequence = (*template.indices, 0, 0)[:3]
    when = "before" if template.word == "before" else "after"
    for alternative in scenario.alternatives:
        for item in alternative.expected if alternative.title == template.alternative else ():
            if (item.at, item.step, item.sequence, item.when) == (template.name, step, sequence, when):
                values = item.value if isinstance(item.value, list) else [item.value] * (unit + 1)
                if unit < len(values):
                    value = math.log10(abs(values[unit])) if template.word == "log10" else values[unit]
                    return written(value, template.digits), _same_here(template, values[unit], item.within, trace)
    raise template.error("names a number that no alternative of this title expects")


def _same_here(template: Template, value: float, within: float, trace: Trace) -> Place | None:
    step, unit, sequence = (*template.indices, 0, 0)[:3]
    quantity = trace.output_name if template.name == "output" else template.name
    place = Address(quantity, step, sequence, unit)
    try:
        is_same = template.word != "before" and abs(trace.number(place) - value) <= within
    except AddressError:
        return None
    return place if is_same else None


def written(value: float, digits: int) -> str:
    """A number for people: so many significant digits, a true minus sign, "4.54e−5" for 4.54e-05."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "−∞"
    text = f"{value:.{digits}g}"
    mantissa, _, exponent = text.partition("e")
    return (mantissa + (f"e{int(exponent)}" if exponent else "")).replace("-", "−")
