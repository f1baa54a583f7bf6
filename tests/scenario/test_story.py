"""Stories: every heading, every number worked out from the trace, and each of them linked to where it comes from."""

import re
from dataclasses import replace

import numpy as np
import pytest

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.story import HEADINGS, render, written
from rnnviz.scenario.types import Scenario


def told(name: str) -> dict[str, str]:
    scenario = builtin.load(name)
    return {section.heading: section.text_markdown for section in render(scenario, run(scenario))}


def text(scenario: Scenario, story: str) -> str:
    scenario = replace(scenario, story=story)
    return "".join(section.text_markdown for section in render(scenario, run(scenario)))


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_story_has_every_heading_and_no_open_template(name: str) -> None:
    sections = told(name)
    assert tuple(sections) == HEADINGS
    for heading, body in sections.items():
        assert len(body) > 60, heading
        assert "{" not in body
        assert "}" not in body
        assert "–" not in re.sub(r"\d–\d|encoder–decoder", "", body), heading


@pytest.mark.parametrize("name", builtin.names())
def test_related_scenarios_are_there(name: str) -> None:
    related = re.findall(r"^- ([a-z0-9-]+):", told(name)["Related"], flags=re.MULTILINE)
    assert related
    assert set(related) <= set(builtin.names()) - {name}


@pytest.mark.parametrize("name", builtin.names())
def test_every_link_of_a_story_leads_to_the_number_that_it_shows(name: str) -> None:
    scenario = builtin.load(name)
    trace = run(scenario)
    found = 0
    for section in render(scenario, trace):
        plain = re.sub(r"\[([^\]]*)\]\(rnnviz:\d+\)", r"\1", section.linked_markdown)
        assert plain == section.text_markdown
        links = re.findall(r"\[([^\]]*)\]\(rnnviz:(\d+)\)", section.linked_markdown)
        assert [int(index) for _, index in links] == list(range(len(section.addresses)))
        for shown, index in links:
            value = trace.number(section.addresses[int(index)])
            if shown not in scenario.output_names:
                number = float(shown.replace("−", "-"))
                is_logarithm = value > 0 and number == pytest.approx(np.log10(value), abs=0.001)
                assert is_logarithm or number == pytest.approx(value, rel=0.05, abs=1e-12)
            found += 1
    assert found


EXAMPLES = {
    "all-ones-elman": ["4 | 12 | 32", "2 | 6 | 16", "4, 16, 36", "8, 20, 44", "spectral radius of U is 2"],
    "all-ones-own-memory": ["4 | 8 | 16", "1 + 1 + 2 = 4", "4, 12, 32", "spectral radius of U is 1"],
    "all-ones-jordan": ["4 | 20 | 88", "2 | 10 | 44", "product is 4"],
    "all-ones-bidirectional": ["48 | 32 | 40", "2 | 6 | 16", "22 | 10 | 4", "96, 56, 64"],
    "lstm-counter": ["0, 3, 7, 6.999773, 6.999501", "6.999501", "0.999955", "4.54e−5", "8.19e−40", "5.7e−39"],
    "lstm-counter-table": ["6.999501", "5.999773"],
    "lstm-counter-hard": ["0, 0, 3, 3, 7, 7, 7, 0, 6", "0, 3, 3, 7, 7, 7, 0, 6, 6", "0, 0, 0, 0, 0, 7, 0, 0, 6"],
    "thousand-steps": ["20751.6", "4.36e−5", "4.317", "−4.36", "0.956", "0.0012", "1e−136"],
    "mnist-rows-lstm": ["6384", "290", "6674"],
    "sentiment-bilstm": ["0.43", "0.047"],
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_numbers_of_the_worked_examples_are_in_the_story(name: str) -> None:
    body = "\n".join(told(name).values())
    for number in EXAMPLES[name]:
        assert number in body


def test_each_kind_of_template_shows_its_number() -> None:
    scenario = builtin.load("lstm-counter-hard")
    assert text(scenario, "{{lstm.c 4}} {{lstm.c 4 0 0}} {{output 6}} {{x 1 0}}") == "7 7 7 1"
    assert text(scenario, "{{before lstm.c 4}}|{{row output}}") == "3|0, 0, 0, 0, 0, 7, 0, 0, 6"
    assert text(scenario, "{{lstm.W_i 0 1}} {{lstm.b_o 0}} {{parameters}} {{parameters lstm}}") == "100 −10 20 20"
    assert text(scenario, "{{kept lstm.f 1}} {{half-life lstm.f 1}} {{half-life lstm.f 7}}") == "1 ∞ 0"
    assert text(scenario, "{{log10 lstm.W_i 0 1}} {{output 9 @ Sigmoid gates | 7}}") == "2 5.999773"
    assert text(builtin.load("all-ones-jordan"), "{{radius jordan.U*jordan.V}} {{target 2 1}}") == "4 6"
    assert text(builtin.load("all-ones-bidirectional"), "{{before-row elman.backward.h}}") == "10, 4, 0"
    digits = builtin.load("mnist-rows-lstm")
    assert text(digits, "{{most output 28 1}}") == "6"


def test_a_half_life_is_that_of_the_gate() -> None:
    # 0.5 ** (1 / n) is kept where half is left after n steps: sigmoid(10) keeps half for log 0.5 / log sigmoid(10)
    half_life = float(text(builtin.load("lstm-counter"), "{{half-life lstm.f 3 | 8}}"))
    assert (1 / (1 + np.exp(-10))) ** half_life == pytest.approx(0.5)


def test_numbers_follow_an_edit() -> None:
    scenario = builtin.load("lstm-counter-hard")
    inputs = scenario.inputs.copy()
    inputs[1, 0, 0] = 10
    assert text(replace(scenario, inputs=inputs), "{{output 6}}") == "14"


def test_what_was_measured_follows_the_weights_and_the_inputs_where_it_is_measured_on_them() -> None:
    scenario = replace(builtin.load("bptt-sum"), training=None)  # measured on its own sequence
    first = text(scenario, "{{measured loss}}")
    other = replace(scenario, inputs=2 * scenario.inputs)
    weights = replace(scenario, params={name: 0.5 * values for name, values in scenario.params.items()})
    assert len({first, text(other, "{{measured loss}}"), text(weights, "{{measured loss}}")}) == 3
    assert text(scenario, "{{measured loss}}") == first


def test_addresses_name_quantities_steps_units_and_sequences() -> None:
    story = "## A\n{{output 5 2 3}} {{readout.V 1 2}} {{before lstm.c 5}}"
    scenario = replace(builtin.load("mnist-rows-lstm"), story=story)
    (section,) = render(scenario, run(scenario))
    assert section.addresses == (
        Address("readout.y", 5, 3, 2),
        ParameterAddress("readout.V", 1, 2),
        Address("lstm.c", 4, 0, 0),
    )


def test_a_step_that_is_gone_shows_a_dash_and_is_listed() -> None:
    scenario = replace(builtin.load("lstm-counter"), story="## A\nfirst {{lstm.c 6}} last {{lstm.c 1 | 1}}")
    (section,) = render(scenario, run(scenario))
    assert section.text_markdown == "first – last 3"
    assert section.missing == ("lstm.c 6",)


@pytest.mark.parametrize(
    "template",
    [
        "lstm.q 1",
        "lstm.c",
        "lstm.c -1",
        "lstm.c 1 2 3 4",
        "lstm.c 1.5",
        "",
        "lstm.c 1 | 0",
        "lstm.c 1 | 99",
        "lstm.c 1 | many",
        "before lstm.i 1",
        "parameters nothing",
        "radius lstm.W_i",
        "radius nothing",
        "output 1 @ no such title",
        "output 77 @ Hard gates, 0 or 1",
    ],
)
def test_a_bad_template_is_named(template: str) -> None:
    scenario = replace(builtin.load("lstm-counter"), story=f"## A\n{{{{{template}}}}}")
    with pytest.raises(ScenarioError, match="the template") as caught:
        render(scenario, run(scenario))
    assert f"{{{{{template}}}}}" in str(caught.value)


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (7.0, 4, "7"),
        (-0.5, 4, "−0.5"),
        (4.53979e-5, 3, "4.54e−5"),
        (20751.64, 4, "2.075e4"),
        (20751.64, 6, "20751.6"),
        (float("inf"), 4, "∞"),
        (float("-inf"), 4, "−∞"),
        (float("nan"), 4, "NaN"),
    ],
)
def test_numbers_are_written_for_people(value: float, digits: int, shown: str) -> None:
    assert written(value, digits) == shown
