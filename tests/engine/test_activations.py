"""Activations hold at the ends of what numbers can be: values and slopes by hand, alone, in a run and as a law."""

import math
import warnings

import numpy as np
import pytest

from rnnviz.engine.activations import ELEMENTWISE, SLOPE, VALUE
from rnnviz.engine.cell import GATE_FUNCTIONS, Cell
from rnnviz.engine.explain import explain
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.scalar import value
from rnnviz.engine.trace import Address

E = math.e
# activation -> z, its value, its slope there
BY_HAND = {
    "hard_tanh": [(-1000.0, -1.0, 0.0), (-0.25, -0.25, 1.0), (0.0, 0.0, 1.0), (0.75, 0.75, 1.0), (1000.0, 1.0, 0.0)],
    "softsign": [(-3.0, -0.75, 0.0625), (-1e-15, -1e-15, 1.0), (0.0, 0.0, 1.0), (1.0, 0.5, 0.25), (1e300, 1.0, 0.0)],
    "elu": [
        (-1000.0, -1.0, 0.0),
        (-1.0, 1 / E - 1, 1 / E),
        (-1e-15, -1e-15, 1.0),
        (2.5, 2.5, 1.0),
        (1e300, 1e300, 1.0),
    ],
    "softplus": [
        (-1000.0, 0.0, 0.0),
        (-100.0, 3.720075976020836e-44, 3.720075976020836e-44),  # log(1 + e^-100) is e^-100 but for its square
        (0.0, math.log(2), 0.5),
        (math.log(3), math.log(4), 0.75),
        (1000.0, 1000.0, 1.0),
    ],
    "exponential": [(-1000.0, 0.0, 0.0), (0.0, 1.0, 1.0), (-1.0, 1 / E, 1 / E), (1000.0, math.inf, math.inf)],
}
CASES = [(name, *numbers) for name, rows in BY_HAND.items() for numbers in rows]
WITHIN = {np.float64: 1e-14, np.float32: 3e-7}


def test_every_activation_that_is_no_gate_and_not_tanh_relu_or_linear_has_numbers_by_hand() -> None:
    assert set(ELEMENTWISE) - set(GATE_FUNCTIONS) - {"linear", "tanh", "relu"} == BY_HAND.keys()


@pytest.mark.parametrize(("name", "z", "expected", "slope"), CASES)
def test_value_and_slope_by_hand(name: str, z: float, expected: float, slope: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        a = VALUE[name](np.array([z]))
        np.testing.assert_allclose(a, [expected], rtol=1e-14, atol=0)
        np.testing.assert_allclose(SLOPE[name](a), [slope], rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("dtype", WITHIN)
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("name", BY_HAND)
def test_a_run_gives_them_without_a_word(name: str, batch: int, dtype: type) -> None:
    """Once in the room of the sum, once in the room of the result, as the plan happens to lay them."""
    cell = Cell("own", "Own", f"a = {name}(x_1)\nx_1 = W @ x\nh = 1 * {name}(W @ x) + 0 * h_prev")
    rows = [row for row in BY_HAND[name] if dtype is np.float64 or (abs(row[0]) < 1e30 and abs(row[0]) != 100)]
    x = np.repeat([[[z]] for z, _, _ in rows], batch, axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trace = run(Network(1, (Recurrent("own", cell, 1),)), {"own.W": np.ones((1, 1))}, x, dtype=dtype)
    for column in range(batch):
        given = trace["own.a"][:, column, 0]
        np.testing.assert_allclose(given, [expected for _, expected, _ in rows], rtol=WITHIN[dtype], atol=0)
    finite = np.isfinite(trace["own.a"])
    np.testing.assert_array_equal(trace["own.h"][finite], trace["own.a"][finite])


@pytest.mark.parametrize("name", BY_HAND)
def test_a_law_works_out_to_what_the_run_gave(name: str) -> None:
    cell = Cell("own", "Own", f"h = {name}(W @ x)")
    x = np.array([[[z]] for z, _, _ in BY_HAND[name]] + [[[k / 7]] for k in range(-40, 40)])
    trace = run(Network(1, (Recurrent("own", cell, 1),)), {"own.W": np.ones((1, 1))}, x)
    for step, number in enumerate(trace["own.h"][:, 0, 0].tolist(), 1):
        law = explain(trace, Address("own.h", step, 0, 0)).scalar
        assert law is not None
        assert value(law) == pytest.approx(number, rel=1e-12, abs=1e-300)
