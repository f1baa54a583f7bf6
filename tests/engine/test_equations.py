"""What may be written in a cell, and what is said about what may not. Nothing of the text is ever evaluated."""

from __future__ import annotations

import builtins
import collections
import contextlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.equations import MAX_EQUATIONS, MAX_LINE, parse
from rnnviz.engine.errors import EquationError, ShapeError
from rnnviz.engine.expression import (
    Activation,
    Constant,
    Minus,
    Negative,
    Number,
    Parameter,
    Plus,
    Product,
    Times,
    Variable,
    summands,
    written,
)
from rnnviz.engine.network import Network, Recurrent, check_params
from tests.engine.plain import value_of
from tests.engine.random_cells import random_cells


def test_an_equation_becomes_its_graph() -> None:
    graph = parse("h = tanh(W @ x - 2 * h_prev + b)   # hidden state")
    (equation,) = graph.equations
    assert (equation.name, equation.text, equation.meaning) == ("h", "h = tanh(W @ x - 2 * h_prev + b)", "hidden state")
    product = Product(Parameter("W"), Variable("x"))
    doubled = Times(Number(2.0), Variable("h", previous=True))
    assert equation.expression == Activation("tanh", Plus(Minus(product, doubled), Parameter("b")), "h")
    assert graph.carried == ("h",)
    assert graph.parameters == {"W": ("units", "inputs"), "b": ("units",)}
    assert graph.sizes == {"h": "units"}


def test_operators_bind_as_on_paper() -> None:
    def read(text: str) -> object:
        return parse(f"h = {text}", constants={"alpha": 0.5}).equations[0].expression

    a, p, q, x = Constant("alpha"), Parameter("p_a"), Parameter("q_a"), Variable("x")
    assert read("alpha + p_a * q_a") == Plus(a, Times(p, q))
    assert read("(alpha + p_a) * q_a") == Times(Plus(a, p), q)
    assert read("alpha - p_a - q_a") == Minus(Minus(a, p), q)
    assert read("-p_a * q_a") == Times(Negative(p), q)
    assert read("p_a * (W @ x)") == Times(p, Product(Parameter("W"), x))
    assert read("W @ x * p_a") == Times(Product(Parameter("W"), x), p)


def test_sizes_follow_from_the_names() -> None:
    graph = parse("h = tanh(W @ x + U @ s)\ns = s_prev + V @ h_prev", {"s": "outputs"})
    assert graph.parameters == {"W": ("units", "inputs"), "U": ("units", "outputs"), "V": ("outputs", "units")}
    assert graph.sizes == {"h": "units", "s": "outputs"}


def test_quantities_stand_in_reading_order_unless_one_needs_another() -> None:
    graph = parse("h = o * tanh(k)\na = sigmoid(W @ x)\no = a + k\nk = a * k_prev")
    assert [equation.name for equation in graph.equations] == ["a", "k", "o", "h"]


def test_every_activation_has_a_slot_of_its_own() -> None:
    cell = Cell("own", "Own", "h = tanh(sigmoid(W @ x) + relu(h_prev))\nk = o * tanh(h)\no = sigmoid(h)")
    assert cell.slots == {"h.1": "tanh", "h.2": "sigmoid", "h.3": "relu", "k": "tanh", "o": "sigmoid"}


def test_gates_and_what_they_keep_are_read_off_the_equations() -> None:
    assert CELLS["lstm"].gates == ("i", "f", "o")
    assert CELLS["lstm"].keeps == {"f": "c"}
    assert CELLS["gru"].gates == ("r", "z")
    assert CELLS["gru"].keeps == {"z": "h"}
    assert CELLS["elman"].gates == ()


def test_a_choice_between_gates_and_the_rest_of_a_gate_are_gates() -> None:
    choice = (
        "f = q_forward * sigmoid(a) + hard_sigmoid(a) * q_backward\na = W @ x\nc = f * c_prev + i * a\ni = 1 - f\nh = c"
    )
    assert Cell("own", "Own", choice).gates == ("f", "i")
    assert Cell("own", "Own", choice).keeps == {"f": "c"}
    for other in ("q_a * sigmoid(a) + q_b * tanh(a)", "q_a * sigmoid(a) - q_b * sigmoid(a)", "b_a * sigmoid(a) + a"):
        assert Cell("own", "Own", f"f = {other}\na = W @ x\nh = f * h_prev + a").gates == ()


def test_an_output_between_0_and_1_that_multiplies_nothing_is_no_gate() -> None:
    assert Cell("own", "Own", "h = U @ sigmoid(h_prev) + b\ny = sigmoid(h)", output="y").gates == ()
    assert Cell("own", "Own", "h = sigmoid(W @ x + U @ h_prev)").gates == ()
    assert Cell("own", "Own", "k = sigmoid(b)\nh = (1 - k) * h_prev + W @ x").gates == ("k",)


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_every_cell_says_what_it_is(cell: Cell) -> None:
    assert cell.title
    assert cell.source
    assert all(equation.meaning for equation in cell.graph.equations)
    assert cell.graph.carried


WRONG = {
    # text: (a part of the message, column)
    "h = zz + x": ("unknown name 'zz'", 5),
    "h = tanh(W @ x + zz)": ("unknown name 'zz'", 18),
    "h = tanh(W @ x + k_prev)": ("'k', which no equation defines", 18),
    "h = x_prev": ("'x', which no equation defines", 5),
    "h = W": ("'W' must stand in front of @", 5),
    "h = 2 * W": ("'W' must stand in front of @", 9),
    "h = b @ x": ("in front of @", 5),
    "h = W @ U @ x": ("in front of @", 5),
    "h = (W + U) @ x": ("in front of @", 6),
    "h = softmax(b)": ("unknown activation 'softmax'; there are linear, tanh", 5),
    "h = tanh(b, b)": ("may stand here", 5),
    "h = tanh()": ("may stand here", 5),
    "h = tanh(z=b)": ("may stand here", 5),
    "h = tanh(*b)": ("may stand here", 10),
    "h = b / 2": ("may stand here", 7),
    "h = b ** 2": ("may stand here", 5),
    "h = +b": ("may stand here", 5),
    "h = True": ("may stand here", 5),
    "h = b if b else b": ("may stand here", 5),
    "h = b or b": ("may stand here", 5),
    "h = b == b": ("may stand here", 5),
    "h = 'b'": ("may stand here", 5),
    "h = [b]": ("may stand here", 5),
    "h = b[0]": ("may stand here", 6),
    "h = (b, b)": ("may stand here", 5),
    "h = 1.5j": ("may stand here", 5),
    "h = ...": ("may stand here", 5),
    "h = 0x": ("not an equation", 6),
    "h = 2 +": ("not an equation", 8),
    "h = (b": ("not an equation", 5),
    "h": ("'name = expression'", 1),
    "h = k = b": ("'name = expression'", 1),
    "h += b": ("'name = expression'", 1),
    "h, k = b": ("left side must be one name", 1),
    "1 = b": ("not an equation", 1),
    "x = b": ("'x' cannot name a quantity", 1),
    "h_prev = b": ("'h_prev' cannot name a quantity", 1),
    "H = b": ("'H' cannot name a quantity", 1),
    "b_h = W @ x": ("'b_h' cannot name a quantity", 1),
    "tanh = b": ("'tanh' cannot name a quantity", 1),
    "merged = b": ("'merged' cannot name a quantity", 1),
    "pre = b": ("'pre' cannot name a quantity", 1),
    "backward = b": ("'backward' cannot name a quantity", 1),
    "_h = b": ("'_h' cannot name a quantity", 1),
    "alpha = b": ("'alpha' is a constant", 1),
    "h = b\nh = W @ x": ("'h' is defined twice", 1),
    # cycles
    "h = tanh(h)": ("'h' needs itself within one step; use the previous value, such as h_prev", 5),
    "h = tanh(W @ k)\nk = h": ("'h' and 'k' need each other", 5),
    "h = V @ k\nk = m\nm = n\nn = k": ("'k' and 'm' and 'n' need each other", 5),
    # shapes
    "h = tanh(W @ x + x)": ("'x' has one number per input, where one per unit is needed", 18),
    "h = W @ x + 2 * (W @ h_prev)": ("'W' is used with shape units x units here and units x inputs elsewhere", 18),
    "h = s\ns = W @ x": ("'s' has one number per output, where one per unit is needed", 5),
    "s = W @ x\nh = tanh(W @ x)": ("'W' is used with shape units x inputs here and outputs x inputs elsewhere", 10),
    "s = b\nh = h_prev + b": ("'b' is used with shape units here and outputs elsewhere", 14),
    "h = W @ (U @ x)": ("'W @' needs a vector whose size is known", 10),
    "h = W @ b": ("'W @' needs a vector whose size is known", 9),
    "h = W @ (x + h_prev)": ("'h' has one number per unit, where one per input is needed", 14),
}
SIZED = {"s": "outputs"}


@pytest.mark.parametrize("text", WRONG)
def test_an_error_names_the_equation_and_the_place(text: str) -> None:
    message, column = WRONG[text]
    with pytest.raises(EquationError) as caught:
        parse(text, SIZED, {"alpha": 0.0})
    error = caught.value
    assert message in str(error)
    assert error.equation in text.splitlines()
    assert error.column == column
    assert f"in '{error.equation}', column {column}" in str(error)


HOSTILE = (
    "h = __import__('os').system('touch /tmp/pwned')",
    "h = __import__(b)",
    "h = x.__class__.__mro__",
    "h = tanh.__globals__",
    "h = (lambda: b)()",
    "h = [b for b in ().__class__.__bases__]",
    "h = eval(b)",
    "h = exec(b)",
    "h = f'{x}'",
    "h = (b := x)",
    "h = b; import os",
    "h = yield b",
    "h = await b",
    "import os",
    "from os import system as h",
    "def h(): pass",
    "h = " + "9" * 900,
    "h = 1e999",
    "h = -1e400",
    "h = " + "(" * 490 + "b" + ")" * 490,
    "h = " + "-" * 990 + "b",
    "h = " + "tanh(" * 190 + "b" + ")" * 190,
    "h = " + "W @ (" * 150 + "x" + ")" * 150,
    "h = " + "+".join(["b"] * 400),
    "h = " + "(" * 1000 + "b" + ")" * 1000,
    "h = " + "-" * 100_000 + "b",
    "h = " + "b + " * 1_000_000 + "b",
    "h = \0b",
    "h = b\\\n+ b",
    "h = '\\d'",
    "h = \N{FULLWIDTH LATIN SMALL LETTER X}",
    "h = b\N{NO-BREAK SPACE}+ b",
    "h\t=\t\x07b",
    "h = \ud800",
)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_refused_in_one_readable_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(name: object, *others: object) -> object:
        if name == "collections":  # ast.walk imports it
            return collections
        raise AssertionError(f"a cell's text was evaluated: {name}")

    with monkeypatch.context() as patch:
        for name in ("eval", "exec", "__import__"):
            patch.setattr(builtins, name, never)
        try:
            parse(text)
            error = None
        except EquationError as caught:
            error = caught
    assert error is not None
    assert len(str(error)) < 500
    assert "\n" not in str(error)
    assert error.column >= 1


def test_limits() -> None:
    def equations(count: int) -> str:
        return "\n".join(f"h{k} = W @ x" for k in range(count))

    assert len(parse(equations(MAX_EQUATIONS)).equations) == MAX_EQUATIONS
    with pytest.raises(EquationError, match=f"has {MAX_EQUATIONS + 1} equations; at most {MAX_EQUATIONS}"):
        parse(equations(MAX_EQUATIONS + 1))
    with pytest.raises(EquationError, match=f"of {MAX_LINE + 1} characters; at most {MAX_LINE}"):
        parse("h = 1" + "0" * (MAX_LINE - 4))
    longest = "h = W @ x" + " " * (MAX_LINE - 14) + " + 1"
    assert len(longest) < MAX_LINE
    parse(longest)
    parse("h = b # " + "a long comment " * 10_000)


def test_a_long_equation_is_shown_around_the_place() -> None:
    with pytest.raises(EquationError) as caught:
        parse("h = " + "0.25 * b + " * 15 + "zz + b" + " - 0.5 * b" * 15)
    assert "zz + b" in str(caught.value)
    assert len(str(caught.value)) < 400
    assert caught.value.column == 170


@pytest.mark.parametrize("text", ["", "   \n\n", "# only a comment", "\n # h = b"])
def test_a_cell_without_equations(text: str) -> None:
    with pytest.raises(EquationError, match=r"no equation; write one such as 'h = tanh"):
        parse(text)


@pytest.mark.parametrize("name", ["x", "h_prev", "tanh", "W", "b_h", "__class__", "merged"])
def test_a_constant_cannot_hide_another_name(name: str) -> None:
    with pytest.raises(EquationError, match=f"'{name}' cannot name a constant"):
        parse("h = W @ x", constants={name: 1.0})


def test_a_size_is_that_of_units_or_outputs() -> None:
    with pytest.raises(EquationError, match="'h' cannot have 'inputs' numbers; a quantity has units or outputs"):
        parse("h = x", {"h": "inputs"})


def test_a_cell_needs_an_equation_for_its_output() -> None:
    with pytest.raises(EquationError, match="the cell 'own' has no equation for its output 'y'"):
        Cell("own", "Own", "h = W @ x", output="y")


def test_a_parameter_of_another_shape_is_refused_with_both_shapes() -> None:
    network = Network(4, (Recurrent("elman", CELLS["elman"], 3),))
    params = {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}
    check_params(network, params)
    with pytest.raises(ShapeError, match=r"'elman.U' has shape \(4, 3\); the network needs \(3, 3\)"):
        check_params(network, params | {"elman.U": np.zeros((4, 3))})
    with pytest.raises(ShapeError, match=r"'elman.b' of shape \(3,\) is missing"):
        check_params(network, {name: values for name, values in params.items() if name != "elman.b"})
    with pytest.raises(ShapeError, match=r"'elman.V' belongs to no layer; there are elman.W"):
        check_params(network, params | {"elman.V": np.zeros((4, 3))})


def test_summands_carry_their_signs() -> None:
    expression = parse("h = -(W @ x - b) - -(h_prev - 1)").equations[0].expression
    signs = [(sign, written(term)) for sign, term in summands(expression)]
    assert signs == [(-1, "W @ x"), (1, "b"), (1, "h_prev"), (-1, "1")]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(cell=random_cells())
def test_what_is_written_can_be_read_again_and_means_the_same(cell: Cell) -> None:
    rng = np.random.default_rng(5)
    layer = Recurrent("cell", cell, 3, 2)
    sizes = {"units": 3, "outputs": 2, "inputs": 4}
    params = {name: rng.standard_normal([sizes[s] for s in shape]) for name, shape in cell.graph.parameters.items()}
    values = {name: rng.standard_normal((2, sizes[size])) for name, size in cell.graph.sizes.items()}
    values["x"] = rng.standard_normal((2, 4))
    lines = [f"{e.name} = {written(e.expression)}" for e in cell.graph.equations]
    again = Cell("again", "Again", "\n".join(lines), cell.output, cell.sizes, cell.constants)
    for equation in cell.graph.equations:
        wanted = value_of(equation.expression, values, values, params, layer)
        found = value_of(again.graph.equation(equation.name).expression, values, values, params, layer)
        np.testing.assert_allclose(found, wanted, rtol=1e-11, atol=1e-11)


def test_numbers_are_written_with_all_their_digits() -> None:
    assert written(parse("h = 0.123456789012345 * b").equations[0].expression) == "0.123456789012345 * b"
    assert written(parse("h = 1 - 0.5 * b").equations[0].expression) == "1 - 0.5 * b"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.text(alphabet="hkbWUx_prev =@+-*().,1e\n#tanhsigmod", max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(EquationError):
        assert parse(text).equations
