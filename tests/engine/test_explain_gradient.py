"""Every derivative's law, worked out from its numbers, gives the derivative; parts add up; finite differences agree."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.cells import CELLS
from rnnviz.engine.errors import AddressError
from rnnviz.engine.explain import Explanation
from rnnviz.engine.explain_gradient import explain_gradient
from rnnviz.engine.gradient_flow import flow, pair_parts
from rnnviz.engine.loss import loss
from rnnviz.engine.loss_gradients import LossGradients
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.scalar import Factors, Sum, value
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace
from tests.engine.networks import (
    every_cell_and_direction,
    layer_of,
    random_initial,
    random_inputs,
    random_params,
    stacks,
)

NETWORKS = {**dict(every_cell_and_direction()), **dict(stacks())}
NETWORKS |= {
    f"{name}-readout": Network(4, (layer_of(cell), Dense("readout", 2, "tanh"))) for name, cell in CELLS.items()
}
NETWORKS["forced"] = Network(4, (layer_of(CELLS["jordan"], teacher_forcing=True),))
W = ParameterAddress("unit.U", 0, 0)


def gradients_of(
    network: Network, lengths: tuple[int, ...] | None = None, kind: str = "squared error"
) -> LossGradients:
    steps, batch = 4, 2
    targets = np.random.default_rng(5).uniform(0.1, 0.9, (steps, batch, network.output_size))
    trace = run(
        network,
        random_params(network),
        random_inputs(network, steps, batch),
        lengths=lengths,
        initial=random_initial(network, batch),
        targets=targets,
    )
    return LossGradients(trace, kind, targets)


def of_the_notes(w: float) -> LossGradients:
    """h_t = w h_{t-1} + x_t, x = 1, 0, 0, 0, 0, target 1: examples.md, section 5."""
    network = Network(1, (Recurrent("unit", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"unit.W": np.ones((1, 1)), "unit.U": np.full((1, 1), w), "unit.b": np.zeros(1)}
    x = np.array([1.0, 0.0, 0.0, 0.0, 0.0])[:, None, None]
    targets = np.ones((5, 1, 1))
    return LossGradients(run(network, params, x, targets=targets), "half squared error", targets)


def is_honest(explanation: Explanation) -> bool:
    scalar = explanation.scalar
    summands = [value(term) for _, term in scalar.terms] if isinstance(scalar, Sum) else [explanation.value]
    for _, term in scalar.terms if isinstance(scalar, Sum) else ():
        if isinstance(term, Factors) and isinstance(term.factors[-1], Sum):
            summands += [value(part) for _, part in term.factors[-1].terms]
    largest = max((abs(number) for number in summands), default=0.0)
    return abs(explanation.recompute() - explanation.value) <= 1e-12 * largest


def every_address(trace: Trace) -> list[GradientAddress]:
    found = []
    for name in trace:
        if name == "x" and trace.network.layers[0].__class__.__name__ == "Embedding":
            continue
        for step in range(1, trace.steps + 1):
            found.append(GradientAddress(Address(name, step, 1, trace[name].shape[2] - 1)))
            if name.rpartition(".")[2] == "y" or not _has_activation(trace, name):
                continue
            found.append(GradientAddress(Address(f"{name}.pre", step, 1, 0)))
    for name in trace.carried:
        found.append(GradientAddress(Address(name, trace.steps + 1 if trace.is_backward(name) else 0, 0, 0)))
    for name, values in trace.params.items():
        place = ParameterAddress(name, len(values) - 1, 0)
        found += [GradientAddress(place, step) for step in range(trace.steps + 1)]
    return found


def _has_activation(trace: Trace, name: str) -> bool:
    try:
        trace.number(Address(f"{name}.pre", 1))
    except AddressError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_law_gives_its_derivative(name: str) -> None:
    for lengths in (None, (4, 2)):
        gradients = gradients_of(NETWORKS[name], lengths)
        for address in every_address(gradients.trace):
            explanation = explain_gradient(gradients, address)
            assert is_honest(explanation), (address, explanation.law, explanation.recompute(), explanation.value)
            for operand in explanation.operands:
                if isinstance(operand.address, GradientAddress):
                    assert gradients.number(operand.address) == operand.value
                elif operand.address is not None:
                    assert gradients.trace.number(operand.address) == operand.value


@pytest.mark.parametrize(("w", "gradient"), [(1.5, 75.125), (1.0, 0.0), (0.5, -2.375)])
def test_the_gradient_of_the_notes_is_the_sum_of_its_steps(w: float, gradient: float) -> None:
    """By hand: dL/dh_k = (h_k - 1) + w dL/dh_{k+1}, and step k adds dL/dh_k h_{k-1}."""
    gradients = of_the_notes(w)
    h = [0.0, 1.0, w, w**2, w**3, w**4]
    bars = [0.0] * 7
    for k in range(5, 0, -1):
        bars[k] = h[k] - 1.0 + w * bars[k + 1]
    whole = explain_gradient(gradients, GradientAddress(W))
    assert whole.value == pytest.approx(gradient, abs=1e-13)
    assert [term.value for term in whole.terms] == pytest.approx([bars[k] * h[k - 1] for k in range(1, 6)], abs=1e-13)
    assert [term.label for term in whole.terms] == [f"step {k}" for k in range(1, 6)]
    links = [operand.address for operand in whole.operands]
    assert links == [GradientAddress(W, k) for k in range(1, 6)]
    for k in range(1, 6):
        state = explain_gradient(gradients, GradientAddress(Address("unit.h", k)))
        assert state.value == pytest.approx(bars[k], abs=1e-13)


def test_a_part_and_a_state_are_written_with_their_numbers() -> None:
    """w = 1.5: dL/dh_5 = 4.0625, dL/dh_4 = 2.375 + 1.5 * 4.0625 = 8.46875, and step 4 adds 8.46875 * 2.25."""
    gradients = of_the_notes(1.5)
    part = explain_gradient(gradients, GradientAddress(W, 4))
    assert (part.law, part.numbers()) == ("dL/dU = dL/dh * h_prev", "8.46875 * 2.25")
    assert [operand.address for operand in part.operands] == [
        GradientAddress(Address("unit.h", 4)),
        Address("unit.h", 3),
    ]
    state = explain_gradient(gradients, GradientAddress(Address("unit.h", 4)))
    assert state.law == "dL/dh = (h - target) + dL/dh_next @ U"
    assert state.numbers() == "(3.375 - 1) + 4.0625 * 1.5"
    assert [(term.label, term.value) for term in state.terms] == [
        ("loss of step 4", 2.375),
        ("h of step 5, through U", 6.09375),
    ]
    assert state.law_latex == (
        r"\frac{\partial L}{\partial h_{t}} = \left(h_{t} - \mathrm{target}_{t}\right) + U^\top "
        r"\frac{\partial L}{\partial h_{t+1}}"
    )


def test_the_memory_of_an_lstm_gets_what_the_step_after_keeps_of_it() -> None:
    gradients = gradients_of(Network(2, (Recurrent("lstm", CELLS["lstm"], 3), Dense("readout", 1))))
    memory = explain_gradient(gradients, GradientAddress(Address("lstm.c", 2, 0, 1)))
    assert memory.law == "dL/dc = dL/dh * o * (1 - tanh(c)^2) + dL/dc_next * f_next"
    gate = explain_gradient(gradients, GradientAddress(Address("lstm.f.pre", 2, 0, 1)))
    assert gate.law == "dL/df.pre = dL/df * f * (1 - f)"
    assert gate.law_latex == (
        r"\frac{\partial L}{\partial z^{f}_{t}} = \frac{\partial L}{\partial f_{t}} \odot f_{t} "
        r"\odot \left(1 - f_{t}\right)"
    )


@pytest.mark.parametrize("name", sorted(CELLS))
@pytest.mark.parametrize("kind", ["half squared error", "squared error", "binary cross entropy"])
def test_derivatives_by_weights_and_states_are_finite_differences(name: str, kind: str) -> None:
    network = Network(4, (layer_of(CELLS[name]), Dense("readout", 2, "sigmoid")))
    gradients = gradients_of(network, kind=kind)
    trace = gradients.trace

    def whole(params: dict[str, np.ndarray], inputs: np.ndarray, initial: dict[str, np.ndarray]) -> float:
        moved = run(network, params, inputs, initial=initial)
        return float(loss(kind, moved, gradients.targets)[0].sum() / trace.batch)

    params = {each: values.copy() for each, values in trace.params.items()}
    inputs, initial = trace["x"].copy(), {each: trace.initial(each).copy() for each in trace.carried}
    places: list[tuple[np.ndarray, tuple[int, ...], Address | ParameterAddress]] = [
        (values, (len(values) - 1, 0)[: values.ndim], ParameterAddress(each, len(values) - 1))
        for each, values in params.items()
    ]
    places += [(inputs, (1, 1, 2), Address("x", 2, 1, 2))]
    places += [(values, (1, 0), Address(each, 0, 1, 0)) for each, values in initial.items()]
    for array, index, place in places:
        here, sums = array[index], []
        for step in (-1e-6, 1e-6):
            array[index] = here + step
            sums.append(whole(params, inputs, initial))
        array[index] = here
        explanation = explain_gradient(gradients, GradientAddress(place))
        assert explanation.recompute() == pytest.approx((sums[1] - sums[0]) / 2e-6, rel=1e-5, abs=1e-8), place


def test_a_softmax_and_its_cross_entropy_open_into_their_outputs() -> None:
    network = Network(4, (layer_of(CELLS["gru"]), Dense("readout", 3, "softmax")))
    gradients = gradients_of(network, kind="cross entropy")
    gradients.targets[...] = 0.0
    gradients.targets[..., 1] = 1.0
    gradients = LossGradients(gradients.trace, "cross entropy", gradients.targets)
    y = gradients.trace["readout.y"][3, 0]
    for unit in range(3):
        found = explain_gradient(gradients, GradientAddress(Address("readout.y.pre", 4, 0, unit)))
        assert found.value == pytest.approx((y[unit] - (unit == 1)) / 2, rel=1e-12)  # averaged over two sequences
        assert is_honest(found)


def test_a_binary_cross_entropy_with_a_target_between_has_both_of_its_parts() -> None:
    network = Network(4, (layer_of(CELLS["elman"]), Dense("readout", 1, "sigmoid")))
    gradients = gradients_of(network, kind="binary cross entropy")
    found = explain_gradient(gradients, GradientAddress(Address("readout.y", 2, 0, 0)))
    assert found.law == "dL/dy = -0.5 * target / y + 0.5 * (1 - target) / (1 - y)"
    y, d = gradients.trace["readout.y"][1, 0, 0], gradients.targets[1, 0, 0]
    assert found.recompute() == pytest.approx(((1 - d) / (1 - y) - d / y) / 2, rel=1e-12)
    assert is_honest(found)


def test_what_the_loss_does_not_reach_says_so() -> None:
    gradients = of_the_notes(1.5)
    with pytest.raises(AddressError, match="targets are given"):
        gradients.number(GradientAddress(Address("target", 1)))
    with pytest.raises(AddressError, match="no step 6"):
        gradients.number(GradientAddress(W, 6))


def test_a_loss_of_no_steps_has_derivatives_of_zero() -> None:
    network = Network(1, (Recurrent("unit", CELLS["elman"], 1),))
    nothing = np.zeros((0, 1, 1))
    gradients = LossGradients(run(network, random_params(network), nothing), "half squared error", nothing)
    for parameter in network.parameter_shapes():
        number = ParameterAddress(parameter, 0, 0)
        assert explain_gradient(gradients, GradientAddress(number)).value == 0.0
        assert gradients.parts_of(number).shape == (0,)
        assert pair_parts(gradients.trace, {"unit.h": nothing}, number).shape == (0, 0)
    assert flow(gradients.trace, {"unit.h": nothing}).matrices["unit.h"].shape == (0, 0)
