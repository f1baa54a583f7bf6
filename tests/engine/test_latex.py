"""LaTeX of laws and cards: the formula that is meant, in a form that TeX takes."""

import math

import numpy as np
import pytest

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.explain import explain
from rnnviz.engine.explain_gradient import explain_gradient
from rnnviz.engine.latex import escaped, of_number, quantity
from rnnviz.engine.latex_card import card, with_numbers
from rnnviz.engine.loss_gradients import LossGradients
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.scalar import Applied, Factors, Known, Operand, SoftmaxOf, Sum
from rnnviz.engine.trace import Address, GradientAddress, ParameterAddress, Trace
from tests.engine.latex_structure import faults
from tests.engine.networks import every_cell_and_direction, random_inputs, random_params, stacks

# Every cell forward; every way to merge two directions once.
ONE_OF_EACH = (name for name in dict(every_cell_and_direction()) if name.startswith("elman") or "-forward-" in name)
NETWORKS = {name: dict(every_cell_and_direction())[name] for name in ONE_OF_EACH} | dict(stacks())
OWN = Cell(
    name="own",
    title="Own",
    equations="""
    h_tilde = tanh(W_in @ x + U_rec @ h_prev)
    new = sigmoid(W_g @ h_tilde)
    h = new * h_tilde + (1 - new) * h_prev
    """,
)
NETWORKS["names-with-underscores"] = Network(2, (Recurrent("my_layer", OWN, 2), Recurrent("other_one", OWN, 2)))


def known(number: float) -> Known:
    return Known(Operand("", None, number))


def traced(network: Network) -> Trace:
    return run(network, random_params(network), random_inputs(network, 3, 1))


@pytest.mark.parametrize("name", NETWORKS)
def test_every_card_is_latex_without_faults(name: str) -> None:
    trace = traced(NETWORKS[name])
    for quantity_ in set(trace) - {"x"}:
        for end in ("", ".pre"):
            try:
                explanation = explain(trace, Address(quantity_ + end, 2))
            except ValueError:
                continue  # a quantity without an activation has nothing before it
            assert explanation.law_latex
            assert faults(card(explanation)) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_every_card_of_a_derivative_is_latex_without_faults(name: str) -> None:
    network = NETWORKS[name]
    trace = traced(network)
    gradients = LossGradients(trace, "squared error", np.full((3, 1, network.output_size), 0.4))
    by = [Address(quantity_, 2) for quantity_ in trace if quantity_ != "x"]
    by += [ParameterAddress(parameter, 0, 0) for parameter in network.parameter_shapes()]
    for place in by:
        for step in (0, 2) if isinstance(place, ParameterAddress) else (0,):
            assert faults(card(explain_gradient(gradients, GradientAddress(place, step)))) == []


@pytest.mark.parametrize(
    ("kind", "slope"),
    [
        ("half squared error", r"\left(y_{t} - \mathrm{target}_{t}\right)"),
        ("squared error", r"2 \cdot \left(y_{t} - \mathrm{target}_{t}\right)"),
        ("binary cross entropy", r"-\frac{\mathrm{target}_{t}}{y_{t}} + \frac{1 - \mathrm{target}_{t}}{1 - y_{t}}"),
    ],
)
def test_the_slope_of_each_loss_is_the_textbooks(kind: str, slope: str) -> None:
    network = Network(2, (Recurrent("elman", CELLS["elman"], 2), Dense("readout", 1, "sigmoid")))
    gradients = LossGradients(traced(network), kind, np.full((3, 1, 1), 0.4))
    found = explain_gradient(gradients, GradientAddress(Address("readout.y", 2)))
    assert found.law_latex == rf"\frac{{\partial L}}{{\partial y_{{t}}}} = {slope}"
    assert faults(card(found)) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (r"U_f_{t}", "two _"),
        (r"h^{a}^{b}", "two ^"),
        (r"\frac{1}{2", "a { too many"),
        (r"x}", "a } too many"),
        (r"\left(x", "do not pair"),
        (r"\invented{x}", "unknown command"),
        (r"merged_{t} = 1", "a word in italics"),
        (r"h_", "nothing after _"),
    ],
)
def test_the_check_of_the_structure_finds_faults(text: str, fault: str) -> None:
    assert any(fault in found for found in faults(text))


def test_the_memory_cell_of_the_lecture_is_aligned_with_its_numbers() -> None:
    """LSTM that counts, t = 4: c = 0.999955 * 6.999773 + 4.54e-5 * 1."""
    kept = Factors((known(0.9999546021312976), known(6.999773010656488)))
    written = Factors((known(4.5397868702434395e-05), known(1.0)))
    expected = r"0.999955 \cdot 6.99977 + 4.53979 \cdot 10^{-5} \cdot 1"
    assert with_numbers(Sum(((1, kept), (1, written)))) == expected


def test_a_derivative_by_a_weight_is_an_outer_product_and_has_no_step_of_its_own() -> None:
    """dL/dW of z = W x is the column dL/dz times the row x, as in any textbook."""
    network = Network(2, (Recurrent("elman", CELLS["elman"], 2), Dense("readout", 1)))
    trace = traced(network)
    gradients = LossGradients(trace, "squared error", np.zeros((3, 1, 1)))
    whole = explain_gradient(gradients, GradientAddress(ParameterAddress("elman.W", 0, 1)))
    z = r"\frac{\partial L}{\partial z^{h}_{t}}"
    assert whole.law_latex == rf"\frac{{\partial L}}{{\partial W}} = \sum_t {z} x_{{t}}^\top"
    part = explain_gradient(gradients, GradientAddress(ParameterAddress("elman.W", 0, 1), 2))
    assert part.law_latex == rf"\left.\frac{{\partial L}}{{\partial W}}\right|_{{t}} = {z} x_{{t}}^\top"


def test_a_product_by_units_within_one_by_a_matrix_stands_in_brackets() -> None:
    """GRU, reset before the product: dL/dr = (U_n^T dL/dz^n) o h_prev, and not U_n^T (dL/dz^n o h_prev)."""
    network = Network(2, (Recurrent("gru", CELLS["gru"], 2),))
    gradients = LossGradients(traced(network), "squared error", np.zeros((3, 1, 2)))
    found = explain_gradient(gradients, GradientAddress(Address("gru.r", 2)))
    assert found.law_latex.endswith(r"= \left(U_{n}^\top \frac{\partial L}{\partial z^{n}_{t}}\right) \odot h_{t-1}")


def test_numbers_are_written_as_people_write_them() -> None:
    assert of_number(-0.5) == "-0.5"
    assert of_number(0.9999999999) == "0.9999999999"  # and not 1
    assert of_number(1e300) == r"1 \cdot 10^{300}"
    assert of_number(1.2e-48, 2) == r"1.2 \cdot 10^{-48}"
    assert [of_number(number) for number in (math.inf, -math.inf, math.nan)] == [r"\infty", r"-\infty", r"\mathrm{NaN}"]


def test_negative_numbers_stand_in_brackets_behind_an_operator() -> None:
    tree = Sum(((1, known(-2.0)), (1, known(-3.0)), (-1, Factors((known(4.0), known(-5.0))))))
    assert with_numbers(tree) == r"-2 + \left(-3\right) - 4 \cdot \left(-5\right)"


def test_functions_fractions_and_softmax_with_numbers() -> None:
    assert with_numbers(Applied("sigmoid", known(2.0))) == r"\sigma\left(2\right)"
    assert with_numbers(Applied("hard_sigmoid", known(2.0))) == r"\mathrm{hard~sigmoid}\left(2\right)"
    assert with_numbers(Applied("1/", known(3.0))) == r"\frac{1}{3}"
    assert with_numbers(SoftmaxOf(1, (known(1.0), known(2.0)))) == r"\frac{e^{2}}{e^{1} + e^{2}}"


def test_of_a_long_sum_the_largest_are_written_and_the_rest_is_one_number() -> None:
    tree = Sum(tuple((1, known(float(k))) for k in range(1, 11)))
    assert with_numbers(tree, limit=2) == r"9 + 10 + \underbrace{36}_{\text{8 more}}"


def test_names_are_no_products_of_letters() -> None:
    assert quantity("h_tilde", "t-1") == r"{h_{tilde}}_{t-1}"
    assert quantity("merged") == r"\mathrm{merged}_{t}"
    assert quantity("one.h") == r"h^{\mathrm{one}}_{t}"
    assert quantity("i.pre_next") == r"z^{i}_{t+1}"


def test_any_text_can_stand_in_latex() -> None:
    assert escaped("50 % of a_b & \\x{}") == r"50 \% of a\_b \& \textbackslash{}x\{\}"
