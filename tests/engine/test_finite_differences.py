"""Reverse mode against central finite differences, in float64: parameters, inputs, first states, every traced quantity.

The loss is a sum of all traced quantities of all steps with random weights, so that no path can be forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine.activations import ELEMENTWISE
from rnnviz.engine.backward import Gradients, backward, parameter_gradients
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Masking, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.networks import (
    every_cell_and_direction,
    layer_of,
    random_initial,
    random_inputs,
    random_params,
    single,
    stacks,
)
from tests.engine.random_cells import random_cells

Arrays = Mapping[str, np.ndarray]
STEP = 1e-5
WITHIN = 2e-8
RAGGED = (3, 1, 0)
STACKS = dict(stacks())


class Problem:
    """A network with everything that it is run with, and a loss of the run."""

    def __init__(
        self,
        network: Network,
        lengths: tuple[int, ...] | None = None,
        steps: int = 3,
        batch: int = 2,
        seed: int = 1,
        scale: float = 0.6,
    ) -> None:
        self.network, self.lengths = network, lengths
        batch = len(lengths) if lengths else batch
        self.params = random_params(network, seed, scale)
        self.inputs = random_inputs(network, steps, batch)
        if isinstance(network.layers[0], Masking):
            self.inputs[1:2, 0] = 0.0
        self.initial = random_initial(network, batch)
        rng = np.random.default_rng(7)
        forced = [layer for layer in network.recurrent if layer.teacher_forcing]
        self.targets = rng.standard_normal((steps, batch, forced[0].outputs)) if forced else None
        trace = self.run(self.params, self.inputs, self.initial)
        self.weights = {name: rng.standard_normal(trace[name].shape) for name in trace if name != "x"}
        self.trace = trace

    def run(self, params: Arrays, inputs: np.ndarray, initial: Arrays) -> Trace:
        return run(self.network, params, inputs, lengths=self.lengths, initial=initial, targets=self.targets)

    def loss(self, params: Arrays, inputs: np.ndarray, initial: Arrays) -> float:
        trace = self.run(params, inputs, initial)
        return sum(float((weights * trace[name]).sum()) for name, weights in self.weights.items())

    def gradients(self) -> Gradients:
        return backward(self.trace, self.weights)

    def moved(self, moves: Arrays, factor: float) -> float:
        """The loss with `moves` added to parameters, initial states (by "initial NAME") and "x"."""
        params = {name: value + factor * moves.get(name, 0.0) for name, value in self.params.items()}
        initial = {name: value + factor * moves.get(f"initial {name}", 0.0) for name, value in self.initial.items()}
        return self.loss(params, self.inputs + factor * moves.get("x", 0.0), initial)

    def slope(self, direction: Arrays) -> float:
        """How the loss changes along a direction."""
        return (self.moved(direction, STEP) - self.moved(direction, -STEP)) / (2 * STEP)

    def directions(self) -> Iterator[dict[str, np.ndarray]]:
        """A random direction for each thing that a gradient is taken by, which any wrong number of it would change."""
        rng = np.random.default_rng(11)
        for name, gradient in self.found().items():
            direction = rng.standard_normal(gradient.shape)
            if name == "x":
                direction *= self.inputs != 0.0  # an input that is masked by its value must keep it
            yield {name: direction}

    def found(self) -> dict[str, np.ndarray]:
        """All gradients under the names that `moved` takes."""
        gradients = self.gradients()
        found = {**gradients.params, **{f"initial {name}": value for name, value in gradients.initial.items()}}
        assert gradients.params.keys() == self.params.keys()
        assert gradients.initial.keys() == self.initial.keys()
        if not isinstance(self.network.layers[0], Embedding):
            found["x"] = gradients.inputs
        return found


def assert_each_number(problem: Problem) -> None:
    """Every number of every gradient."""
    for name, gradient in problem.found().items():
        wanted = np.empty_like(gradient)
        for place in np.ndindex(gradient.shape):
            direction = np.zeros_like(gradient)
            direction[place] = 1.0
            wanted[place] = problem.slope({name: direction})
        scale = max(1.0, np.abs(wanted).max())
        np.testing.assert_allclose(gradient, wanted, rtol=0, atol=WITHIN * scale, err_msg=name)


def assert_along(problem: Problem, direction: Arrays, within: float = WITHIN) -> None:
    gradients = {name: gradient for name, gradient in problem.found().items() if name in direction}
    found = sum((gradient * direction[name]).sum() for name, gradient in gradients.items())
    sizes = (np.linalg.norm(gradient) * np.linalg.norm(direction[name]) for name, gradient in gradients.items())
    assert abs(found - problem.slope(direction)) <= within * max(1.0, *sizes), ", ".join(direction)


def assert_along_random_directions(problem: Problem, within: float = WITHIN) -> None:
    """Parameters, inputs and initial states one after another."""
    for direction in problem.directions():
        assert_along(problem, direction, within)


def assert_along_one_random_direction(problem: Problem) -> None:
    """All of them at once."""
    assert_along(problem, {name: move for direction in problem.directions() for name, move in direction.items()})


@pytest.mark.parametrize("network", [pytest.param(network, id=name) for name, network in every_cell_and_direction()])
def test_every_gradient_of_every_cell_direction_and_merge(network: Network) -> None:
    assert_along_random_directions(Problem(network))


@pytest.mark.parametrize("direction", ["forward", "both"])
@pytest.mark.parametrize("name", CELLS)
def test_each_number_of_every_gradient(name: str, direction: str) -> None:
    assert_each_number(Problem(single(CELLS[name], inputs=2, units=2, direction=direction), lengths=(3, 1)))


@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize("name", CELLS)
def test_every_activation_in_every_slot(name: str, function: str, direction: str) -> None:
    """`hard` is constant wherever it has a derivative, so nothing flows through it: finite differences agree."""
    scale = 0.1 if function == "exponential" else 0.6
    for slot in CELLS[name].slots:
        network = single(CELLS[name], units=2, inputs=2, activations={slot: function}, direction=direction)
        assert_along_one_random_direction(Problem(network, scale=scale))


@pytest.mark.parametrize("masked_output", ["hold", "zero"])
@pytest.mark.parametrize("network", [pytest.param(network, id=name) for name, network in every_cell_and_direction()])
def test_padding(network: Network, masked_output: str) -> None:
    (layer,) = network.layers
    assert isinstance(layer, Recurrent)
    padded = single(layer.cell, direction=layer.direction, merge=layer.merge, masked_output=masked_output)
    assert_along_random_directions(Problem(padded, RAGGED))


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["full", "ragged"])
@pytest.mark.parametrize("merge", ["concat", "sum", "mean", "mul"])
@pytest.mark.parametrize("direction", ["backward", "both"])
def test_the_final_state_handed_on(direction: str, merge: str, lengths: tuple[int, ...] | None) -> None:
    layer = layer_of(CELLS["lstm"], direction=direction, merge=merge, returns="final")
    assert_along_random_directions(Problem(Network(4, (layer, Dense("readout", 2))), lengths))


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["full", "ragged"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_teacher_forcing(direction: str, lengths: tuple[int, ...] | None) -> None:
    network = single(CELLS["jordan"], direction=direction, teacher_forcing=True)
    assert_along_random_directions(Problem(network, lengths))


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["full", "ragged"])
@pytest.mark.parametrize("name", STACKS)
def test_stacks(name: str, lengths: tuple[int, ...] | None) -> None:
    assert_along_random_directions(Problem(STACKS[name], lengths))


@pytest.mark.parametrize("steps", [0, 1])
@pytest.mark.parametrize("name", STACKS)
def test_no_step_and_one(name: str, steps: int) -> None:
    assert_along_random_directions(Problem(STACKS[name], steps=steps))


def nudged(cell: Cell, quantity: str) -> Cell:
    """The cell with a nudge added to one quantity: x has more features, and D @ x is those."""
    lines = []
    for equation in cell.graph.equations:
        right = equation.text.partition("=")[2]
        lines.append(f"{equation.name} = ({right}) + D @ x" if equation.name == quantity else equation.text)
    return Cell(cell.name, cell.title, "\n".join(lines), cell.output, cell.sizes, cell.constants)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("name", CELLS)
def test_the_derivative_by_every_traced_quantity(name: str, direction: str) -> None:
    """dL/dq_t is what a nudge to q at step t, followed by all that depends on it, does to the loss."""
    cell = CELLS[name]
    problem = Problem(single(cell, direction=direction))
    gradients = problem.gradients()
    for equation in cell.graph.equations:
        size = problem.network.recurrent[0].size_of(equation.name)
        network = single(nudged(cell, equation.name), inputs=4 + size, direction=direction)
        other = Problem(network)
        other.weights, other.initial = problem.weights, problem.initial
        for key, shape in network.parameter_shapes().items():
            own = problem.params.get(key)
            if key.endswith(".D"):
                other.params[key] = np.eye(size, 4 + size, 4)
            elif own is not None and own.shape != shape:
                other.params[key] = np.hstack([own, np.zeros((len(own), size))])
            else:
                other.params[key] = problem.params[key]
        nudges = np.zeros((*problem.inputs.shape[:2], size))
        other.inputs = np.concatenate([problem.inputs, nudges], axis=-1)
        wanted = np.empty_like(nudges)
        for place in np.ndindex(nudges.shape):
            move = np.zeros_like(other.inputs)
            move[*place[:2], 4 + place[2]] = 1.0
            wanted[place] = other.slope({"x": move})
        found = gradients.quantities[f"cell.{equation.name}"]
        np.testing.assert_allclose(found, wanted, rtol=0, atol=WITHIN * 10, err_msg=equation.name)


def test_a_quantity_at_padding_passes_its_derivative_on() -> None:
    """By hand: h = x + h_prev, length 1 of 3, loss h_3: all of it comes from step 1."""
    layer = Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"})
    network = Network(1, (layer,))
    params = {"elman.W": np.eye(1), "elman.U": np.eye(1), "elman.b": np.zeros(1)}
    trace = run(network, params, np.ones((3, 1, 1)), lengths=[1])
    slope = np.zeros((3, 1, 1))
    slope[2] = 1.0
    gradients = backward(trace, {"elman.h": slope})
    assert gradients.quantities["elman.h"].ravel().tolist() == [1.0, 1.0, 1.0]
    assert gradients.inputs.ravel().tolist() == [1.0, 0.0, 0.0]


EVERYTHING = {**dict(every_cell_and_direction()), **STACKS}


@pytest.mark.parametrize("lengths", [None, RAGGED], ids=["full", "ragged"])
@pytest.mark.parametrize("name", EVERYTHING)
def test_gradients_of_the_parameters_alone_are_the_same(name: str, lengths: tuple[int, ...] | None) -> None:
    """Training takes a shorter way, on which gates are multiplied out; a loss of the output alone allows it most."""
    problem = Problem(EVERYTHING[name], lengths)
    output = {problem.trace.output_name: problem.weights[problem.trace.output_name]}
    for sources in (output, problem.weights):
        wanted = backward(problem.trace, sources).params
        found = parameter_gradients(problem.trace, sources)
        assert found.keys() == wanted.keys()
        for key, gradient in wanted.items():
            np.testing.assert_allclose(found[key], gradient, rtol=1e-12, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", CELLS)
def test_truncated_gradients_are_those_of_the_stretches(name: str) -> None:
    """Seven steps cut after every third: three runs, each beginning with the states that the one before ended with."""
    problem = Problem(single(CELLS[name]), steps=7)
    found = parameter_gradients(problem.trace, problem.weights, truncate=3)
    wanted = {key: np.zeros_like(value) for key, value in problem.params.items()}
    for start in (0, 3, 6):
        stretch = slice(start, start + 3)
        states = {state: problem.trace.before(state)[start] for state in problem.trace.carried}
        trace = problem.run(problem.params, problem.inputs[stretch], states)
        gradients = backward(trace, {key: value[stretch] for key, value in problem.weights.items()})
        for key, gradient in gradients.params.items():
            wanted[key] += gradient
    for key, gradient in wanted.items():
        np.testing.assert_allclose(found[key], gradient, rtol=1e-11, atol=1e-11, err_msg=key)


def test_a_chain_of_squares_takes_no_longer_than_its_length() -> None:
    """Multiplied out, 60 quantities that each read the one before twice would be 2 ** 60 terms."""
    lines = ["k0 = tanh(W @ x + U @ h_prev)", *(f"k{n} = tanh(k{n - 1} * k{n - 1})" for n in range(1, 60)), "h = k59"]
    problem = Problem(Network(4, (Recurrent("cell", Cell("chain", "Chain", "\n".join(lines)), 2),)))
    sources = {"cell.h": problem.weights["cell.h"]}
    wanted = backward(problem.trace, sources).params
    for key, gradient in parameter_gradients(problem.trace, sources).items():
        np.testing.assert_allclose(gradient, wanted[key], rtol=1e-12, atol=1e-12, err_msg=key)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cell=random_cells())
def test_any_cell(cell: Cell) -> None:
    """Cells may explode within a few steps, so their tolerance grows with what they compute."""
    problem = Problem(Network(4, (Recurrent("cell", cell, 3, 2),)), lengths=(3, 2))
    largest = max(float(np.abs(values).max()) for values in problem.trace.values())
    if largest < 1e3:
        assert_along_random_directions(problem, 1e-6)
        sources = {"cell.h": problem.weights["cell.h"]}
        wanted = backward(problem.trace, sources).params
        for key, gradient in parameter_gradients(problem.trace, sources).items():
            scale = max(1.0, np.abs(wanted[key]).max())
            np.testing.assert_allclose(gradient, wanted[key], rtol=0, atol=1e-10 * scale, err_msg=key)
