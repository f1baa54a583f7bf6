"""The built-in scenarios show what they expect, and a changed value is found out."""

import json
from dataclasses import replace

import msgspec
import pytest

from rnnviz.scenario import builtin
from rnnviz.scenario.check import check, check_all
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import parse
from rnnviz.scenario.run_scenario import run
from rnnviz.scenario.types import Expected


@pytest.mark.parametrize("name", builtin.names())
def test_a_built_in_scenario_and_its_alternatives_show_what_they_expect(name: str) -> None:
    scenario = builtin.load(name)
    assert scenario.expected
    assert check_all(scenario) == ()


@pytest.mark.parametrize("name", builtin.names())
def test_every_expected_value_is_found_missing_when_it_is_changed(name: str) -> None:
    scenario = builtin.load(name)
    trace = run(scenario)
    for item in scenario.expected:
        values = item.value if isinstance(item.value, list) else [item.value]
        wrong = [value + 3 * item.within + 1e-6 * abs(value) + 1e-300 for value in values]
        changed = msgspec.structs.replace(item, value=wrong if isinstance(item.value, list) else wrong[0])
        assert check(replace(scenario, expected=(changed,)), trace), item


def test_a_changed_weight_is_found_out_and_said() -> None:
    text = builtin.path("lstm-counter-hard").read_text(encoding="utf-8")
    tree = json.loads(text)
    tree["params"]["lstm.b_f"] = [-10]
    misses = check_all(parse(json.dumps(tree)))
    assert "lstm.c[0] after step 3: expected 3 within 1e-09, found 0" in map(str, misses)
    assert any('in "Sigmoid gates": output[0]' in str(miss) for miss in misses)


@pytest.mark.parametrize(
    ("item", "says"),
    [
        (Expected(at="lstm.q", step=1, value=1), "no quantity is called 'lstm.q'"),
        (Expected(at="lstm.c", step=6, value=1), "there is no step 6"),
        (Expected(at="lstm.c", step=1, value=3, unit=1), "there is no unit 1"),
        (Expected(at="lstm.c", step=1, value=3, sequence=1), "there is no sequence 1"),
        (Expected(at="lstm.c", step=1, value=[3, 3]), "there is no unit 1"),
        (Expected(at="lstm.i", step=1, value=3, when="before"), "is not carried"),
    ],
)
def test_an_expectation_of_what_is_not_there_is_a_miss(item: Expected, says: str) -> None:
    scenario = replace(builtin.load("lstm-counter"), expected=(item,))
    misses = check(scenario, run(scenario))
    assert says in str(misses[-1])


def test_a_number_is_expected_of_every_unit_and_a_list_of_each() -> None:
    scenario = builtin.load("all-ones-elman")
    params = dict(scenario.params) | {"elman.b": scenario.params["elman.b"] + [0, 1]}
    scenario = replace(scenario, params=params)
    trace = run(scenario)

    def misses(**more: object) -> list[int]:
        item = Expected(at="elman.h", step=1, **more)  # type: ignore[arg-type]
        return [miss.unit for miss in check(replace(scenario, expected=(item,)), trace)]

    assert misses(value=2.0) == [1]
    assert misses(value=[2.0, 3.0]) == []
    assert misses(value=[3.0, 3.0]) == [0]
    assert misses(value=3.0, unit=1) == []
    assert misses(value=2.5, within=0.5) == []


def test_a_number_that_is_not_finite_is_a_miss() -> None:
    scenario = builtin.load("thousand-steps")
    params = dict(scenario.params) | {"elman.U": scenario.params["elman.U"] * 10}
    scenario = replace(scenario, params=params, expected=(Expected(at="output", step=1000, value=1, within=1e300),))
    misses = check(scenario, run(scenario))
    assert [miss.found for miss in misses] == [float("inf")]


def test_a_story_that_names_a_missing_step_is_found_by_the_check() -> None:
    scenario = replace(builtin.load("lstm-counter"), story="## A\n{{lstm.c 6}}", alternatives=())
    with pytest.raises(ScenarioError, match=r"\{\{lstm.c 6\}\}"):
        check_all(scenario)
