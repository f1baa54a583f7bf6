"""Parameters in float32 are worth what the same numbers in float64 are: everywhere, to the last bit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnnviz
from rnnviz.engine import training
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.directions import random_direction
from rnnviz.engine.dynamics import fixed_points, jacobians
from rnnviz.engine.explain_gradient import explain_gradient
from rnnviz.engine.gradient_flow import pair_parts, step_parts
from rnnviz.engine.live import Stepper
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.surface import whole
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress
from rnnviz.jobs.gradients import gradient_job
from rnnviz.scenario.gradients import gradients_of
from rnnviz.scenario.read import parse
from rnnviz.scenario.types import Loss, Scenario
from rnnviz.scenario.write import to_text
from rnnviz.session import Session

SCALED = Cell("scaled", "Scaled", "h = tanh(0.3 * (W @ x) + k * (U @ h_prev) + b)", constants={"k": 0.7})
NETWORKS = {
    "lstm": Network(3, (Recurrent("low", CELLS["lstm_peephole"], 4), Dense("y", 2, "sigmoid"))),
    "scaled": Network(3, (Recurrent("low", SCALED, 4), Dense("y", 2))),
    "deep": Network(
        3, (Recurrent("low", CELLS["gru"], 4, direction="both"), Recurrent("top", CELLS["elman"], 3), Dense("y", 2))
    ),
    "words": Network(1, (Embedding("words", 5, 3), Recurrent("low", CELLS["gru_reset_after"], 4), Dense("y", 2))),
}


def two_of(name: str) -> tuple[Scenario, Scenario]:
    """The same scenario with parameters in float32, and in float64."""
    network, rng = NETWORKS[name], np.random.default_rng(3)
    single = {k: (0.6 * rng.standard_normal(s)).astype(np.float32) for k, s in network.parameter_shapes().items()}
    words = name == "words"
    inputs = rng.integers(0, 5, (6, 2, 1)).astype(float) if words else rng.standard_normal((6, 2, network.inputs))
    scenario = Scenario(
        name=name,
        network=network,
        params=single,
        inputs=inputs,
        targets=rng.uniform(size=(6, 2, 2)),
        loss=Loss(kind="half squared error"),
    )
    return scenario, replace(scenario, params={k: values.astype(np.float64) for k, values in single.items()})


def data_of(scenario: Scenario) -> training.Data:
    assert scenario.targets is not None
    return training.Data(scenario.inputs, scenario.targets, None, None, {})


def everything(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    """What the parts of the program work out from the parameters."""
    network, params = scenario.network, scenario.params
    trace = run(network, params, scenario.inputs)
    yield from trace.items()
    yield from ((f"in float32: {k}", v) for k, v in run(network, params, scenario.inputs, dtype=np.float32).items())
    yield "long", run(network, params, np.tile(scenario.inputs, (400, 1, 1))).output
    gradients = gradients_of(scenario, trace)
    yield from ((f"dL/d{name}", values) for name, values in gradients.found.params.items())
    sources = {trace.output_name: gradients.slopes}
    for name in [*list(params)[:3], *list(params)[-2:]]:
        number = ParameterAddress(name, 1, 0)
        yield f"parts of {name}", step_parts(trace, sources, name)
        yield f"pairs of {name}", pair_parts(trace, sources, number)
        yield f"law of {name}", explain_gradient(gradients, GradientAddress(number, 2)).recompute()
        job = gradient_job(scenario, 0, number)
        _, parts = job.function(*job.arguments)
        yield f"difference of {name}", parts.difference.slope
    for name in trace:
        if name != "x":
            explanation = rnnviz.explain(scenario, name, 3, 1)
            yield f"law of {name}", (explanation.recompute(), explanation.numbers(17, 100))
    last = trace.output_name
    yield "before", trace.number(Address(f"{last}.pre", 3, 1, 1))
    for iterate in training.train(network, params, data_of(scenario), training.Settings(epochs=3)):
        yield f"iterate {iterate.number}", np.concatenate([v.ravel() for v in (iterate.params or {}).values()])
    direction = random_direction(params, 5)
    yield from ((f"direction {name}", values) for name, values in direction.items())
    axes = (ParameterAddress("y.V", 0, 1), direction)
    grid = whole(network, params, data_of(scenario), training.Settings(), *axes, [-1, 0.5], [0, 0.1], gradient=True)
    yield "surface", grid.loss
    yield "steepness", grid.gradient_norm
    if all(layer.direction == "forward" for layer in network.recurrent) and scenario.name != "words":
        yield "jacobians", jacobians(trace)
        yield "fixed points", [point.vector for point in fixed_points(network, params, seed=1).points]
        with Stepper(network, params) as stepper:
            for row in scenario.inputs:
                stepper.step(row[0])
        yield "live", stepper.trace().output


@pytest.mark.parametrize("name", NETWORKS)
def test_everything_is_the_same_to_the_last_bit(name: str) -> None:
    single, double = two_of(name)
    assert {values.dtype for values in single.params.values()} == {np.dtype(np.float32)}
    counted = 0
    for (what, found), (_, expected) in zip(everything(single), everything(double), strict=True):
        np.testing.assert_array_equal(found, expected, err_msg=what)
        assert getattr(found, "dtype", None) == getattr(expected, "dtype", None), what
        counted += 1
    assert counted > 40


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_is_the_same(name: str) -> None:
    single, double = two_of(name)
    assert to_text(single) == to_text(double)
    assert_equal(parse(to_text(single)).params, double.params)


def assert_equal(found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> None:
    assert list(found) == list(expected)
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values, err_msg=name)


def large(dtype: type = np.float32) -> Scenario:
    """With a matrix of more numbers than are written as a list."""
    network = Network(70, (Recurrent("layer", CELLS["elman"], 80),))
    rng = np.random.default_rng(4)
    params = {k: rng.standard_normal(s).astype(np.float32).astype(dtype) for k, s in network.parameter_shapes().items()}
    return Scenario(name="large", network=network, params=params, inputs=rng.standard_normal((3, 1, 70)))


def test_bytes_of_float32_stay_float32_and_are_written_as_they_came(tmp_path: Path) -> None:
    rnnviz.save(large(), tmp_path / "one.rnnviz")
    back = rnnviz.load(tmp_path / "one.rnnviz")
    assert json.loads((tmp_path / "one.rnnviz").read_text())["params"]["layer.U"]["dtype"] == "<f4"
    assert back.params["layer.U"].dtype == np.float32
    assert not back.params["layer.U"].flags.writeable
    assert back.params["layer.b"].dtype == np.float64  # a list of numbers
    assert_equal(back.params, large(np.float64).params)
    rnnviz.save(replace(back, origin=""), tmp_path / "two.rnnviz")
    assert (tmp_path / "two.rnnviz").read_bytes() == (tmp_path / "one.rnnviz").read_bytes()


def test_an_edited_number_keeps_every_digit_and_its_neighbours_stay() -> None:
    session = Session()
    session.open(large())
    before = session.snapshot.scenario.params["layer.U"]
    place = ParameterAddress("layer.U", 3, 4)
    session.edit_number(place, 0.1)
    params = session.snapshot.scenario.params
    assert params["layer.U"][3, 4] == 0.1  # and not 0.10000000149, the nearest number of float32
    assert params["layer.U"].dtype == np.float64
    assert params["layer.W"].dtype == np.float32
    assert before.dtype == np.float32
    expected = before.astype(np.float64)
    expected[3, 4] = 0.1
    np.testing.assert_array_equal(params["layer.U"], expected)
    text = to_text(session.snapshot.scenario)
    assert_equal(parse(text).params, params)
    session.undo()
    assert session.snapshot.scenario.params["layer.U"] is before


def test_an_edit_to_the_number_that_is_there_changes_nothing() -> None:
    session = Session()
    session.open(large())
    here = session.snapshot.scenario
    session.edit_number(ParameterAddress("layer.U", 3, 4), float(here.params["layer.U"][3, 4]))
    assert session.snapshot.scenario is here
