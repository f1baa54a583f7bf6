"""The derived kernel against the graph walked node by node: fusing, folding and stacking change no number."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from rnnviz.engine.activations import ELEMENTWISE
from rnnviz.engine.ahead import STRETCH, pays
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Network, Recurrent
from rnnviz.engine.run import plan_of, run
from tests.engine.networks import layer_of, random_initial, random_inputs, random_params, single
from tests.engine.plain import run_plainly
from tests.engine.random_cells import random_cells

OWN = {
    "the same sum written twice": """
        a = sigmoid(W @ x + U @ h_prev + b)
        e = tanh(W @ x + U @ h_prev + b)
        h = a * e + (1 - a) * h_prev
        """,
    "the same product twice in a sum": "h = tanh(W @ x + W @ x - U @ h_prev + U @ h_prev + U @ h_prev + b + b)",
    "minus signs": "h = -tanh(-(W @ x) - (U @ h_prev - b) - -h_prev) - 0.5 * -h_prev",
    "products within products": "h = tanh(W @ (x * x - x) + U @ (U @ (h_prev * h_prev) - h_prev) + b)",
    "constants": "h = kappa * h_prev + (1 - kappa) * tanh(W @ x + 0.5 + U @ (kappa * h_prev) + kappa)",
    "a state that no matrix multiplies": """
        k = 0.9 * k_prev + tanh(W @ x)
        h = tanh(k * p_k + U @ h_prev)
        """,
    "states that no matrix multiplies at all": """
        k = k_prev * p_k + W @ x
        h = k - h_prev
        """,
    "no bias": "h = tanh(W @ x + U @ h_prev)",
    "no memory": "h = tanh(W @ x + b)",
    "no input": "h = tanh(U @ h_prev + b)",
    "numbers alone": """
        k = 0.25 - 1
        h = k + k_prev + b
        """,
    "two states kept and written": """
        i = sigmoid(W_i @ x + U_i @ h_prev + b_i)
        f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
        g = tanh(W_g @ x + U_g @ h_prev + b_g)
        k = f * k_prev + i * g
        m = i * m_prev + f * g
        h = k * tanh(m)
        """,
    "states kept and written with the factors swapped": """
        i = sigmoid(W_i @ x + U_i @ h_prev + b_i)
        f = sigmoid(W_f @ x + U_f @ h_prev + b_f)
        g = tanh(W_g @ x + U_g @ k_prev)
        k = g * i + f * k_prev
        h = f * k
        """,
    "a kept state of its own size": """
        i = sigmoid(W_i @ x)
        f = sigmoid(W_f @ x + U_f @ h_prev)
        g = tanh(W_g @ x)
        s = f * s_prev + i * g
        h = tanh(V @ s)
        """,
    "a sum under a sigmoid that cannot be folded": """
        h = sigmoid(W @ x + U @ h_prev + b + h_prev * tanh(b) - h_prev * h_prev)
        """,
    "a sigmoid of a sum with a peephole on either side": """
        k = sigmoid(W_k @ x + p_k * k_prev + b_k)
        h = sigmoid(W @ x - k_prev * p_h - p_i * k)
        """,
    "a gate that is carried": """
        z = sigmoid(W_z @ x + U_z @ z_prev)
        n = tanh(W_n @ x + U_n @ z_prev)
        h = z * n + z_prev * h_prev
        """,
    "a gate inside a sum": "h = tanh(W @ x + b + sigmoid(V @ x + U @ h_prev + b_r) * (R @ h_prev + b_n))",
    "activations inside activations": "h = tanh(sigmoid(relu(W @ x + U @ h_prev) - hard_sigmoid(b + h_prev)))",
    "a blend that is not the GRU's": """
        n = tanh(W_n @ x + 0.5 * h_prev)
        z = sigmoid(W_z @ x + U_z @ h_prev)
        k = sigmoid(W_k @ x + 0.5 * k_prev)
        h = z * h_prev + (1 - z) * n
        """,
    "a blend whose state no matrix multiplies": """
        z = sigmoid(W_z @ x + b_z)
        n = tanh(W_n @ x + p_n * h_prev)
        h = (1 - z) * n + z * h_prev
        """,
    "two blends of one gate": """
        z = sigmoid(W_z @ x + U_z @ h_prev)
        n = relu(W_n @ x) * h_prev
        k = (1 - z) * n + z * k_prev
        h = (1 - z) * n + z * h_prev
        """,
    "a blend beside another state that is multiplied": """
        z = sigmoid(W_z @ x + U_z @ h_prev + V_z @ k_prev)
        n = tanh(W_n @ x) * z
        h = (1 - z) * n + z * h_prev
        k = tanh(V @ h)
        """,
    "a blend of what is carried itself": """
        z = sigmoid(W_z @ x + U_z @ h_prev)
        n = tanh(W_n @ x + n_prev)
        h = (1 - z) * n + z * h_prev
        """,
    "a blend beside a state kept and written": """
        i = sigmoid(W_i @ x + U_i @ h_prev)
        f = sigmoid(W_f @ x + U_f @ h_prev)
        g = tanh(W_g @ x + U_g @ k_prev)
        k = f * k_prev + i * g
        n = tanh(k)
        h = (1 - f) * n + f * h_prev
        """,
    "a blend with another number than 1": """
        z = sigmoid(W_z @ x + U_z @ h_prev)
        n = tanh(W_n @ x + z)
        h = (2 - z) * n + z * h_prev
        """,
    "a state kept and written and multiplied beside one that is not": """
        i = sigmoid(W_i @ x + U_i @ k_prev)
        f = sigmoid(W_f @ x + U_f @ k_prev)
        g = tanh(W_g @ x + p_g * m_prev)
        k = f * k_prev + i * g
        m = sigmoid(W_m @ x + m_prev)
        o = tanh(W_o @ x + p_o * k)
        h = m * o
        """,
    "a difference of two products": """
        i = sigmoid(W_i @ x + U_i @ h_prev)
        f = sigmoid(W_f @ x + U_f @ h_prev)
        g = tanh(W_g @ x + U_g @ h_prev)
        h = f * h_prev - i * g
        """,
    "equations out of order": """
        h = o * tanh(k)
        k = 0.5 * k_prev + o
        o = sigmoid(W @ x + U @ h_prev + V @ k_prev)
        """,
    "nothing but a copy": """
        k = x_copy
        x_copy = W @ x
        h = k_prev
        """,
}


def own_cell(name: str) -> Cell:
    sizes = {"i": "outputs", "f": "outputs", "g": "outputs", "s": "outputs"} if "its own size" in name else {}
    return Cell(name, name, OWN[name], sizes=sizes, constants={"kappa": 0.3})


def networks() -> dict[str, Network]:
    found = {name: single(cell) for name, cell in CELLS.items()}
    for name in OWN:
        found[name] = Network(4, (layer_of(own_cell(name)),))
    return found


NETWORKS = networks()


def assert_same(network: Network, dtype: type, within: float, batch: int, steps: int = 6, scale: float = 0.6) -> None:
    params = random_params(network, scale=scale)
    initial = random_initial(network, batch)
    x = random_inputs(network, steps, batch)
    trace = run(network, params, x, initial=initial, dtype=dtype)
    plain = run_plainly(network, params, x, initial)
    assert set(plain) == set(trace) - {"x"}
    for name, values in plain.items():
        assert trace[name].dtype == dtype
        size = max(1.0, np.abs(values).max())
        np.testing.assert_allclose(trace[name], values, rtol=0, atol=within * size, err_msg=name)


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize(("dtype", "within"), [(np.float64, 1e-13), (np.float32, 1e-5)], ids=["float64", "float32"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_kernel_computes_what_the_equations_say(name: str, dtype: type, within: float, batch: int) -> None:
    assert_same(NETWORKS[name], dtype, within, batch)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", ELEMENTWISE)
@pytest.mark.parametrize("name", CELLS)
def test_every_slot_takes_every_activation(name: str, function: str, dtype: type) -> None:
    """One slot at a time, so that gates which usually share a call part company."""
    cell = CELLS[name]
    within, scale = 1e-13 if dtype is np.float64 else 1e-5, 0.1 if function == "exponential" else 0.6
    for slot in cell.slots:
        assert_same(single(cell, activations={slot: function}), dtype, within, batch=2, steps=4, scale=scale)


@pytest.mark.parametrize("sizes", [(1, 1, 1), (100, 100, 7), (3, 60, 2)], ids=str)
@pytest.mark.parametrize("name", CELLS)
def test_no_size_changes_the_result(name: str, sizes: tuple[int, int, int]) -> None:
    """Large matrices with many zeros are cut into parts, small ones are not."""
    units, inputs, outputs = sizes
    layer = Recurrent("cell", CELLS[name], units, outputs)
    assert_same(Network(inputs, (layer,)), np.float64, 1e-12, 3)


def test_large_stacks_are_cut_and_small_ones_are_not() -> None:
    """The test above would say nothing about cut stacks if none were cut."""

    def products(units: int, inputs: int) -> int:
        layer = Recurrent("cell", CELLS["gru_reset_after"], units)
        return [call.name for call in plan_of(layer, inputs, np.float64).calls].count("dot")

    assert products(3, 4) == 1
    assert products(100, 100) > 1


MANY = {"elman": 512, "lstm": 128, "gru": 171, "gru_reset_after": 128, "lstm_projected": 128}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", MANY)
def test_what_many_inputs_add_may_be_worked_out_ahead(name: str, dtype: type) -> None:
    """Over more steps than are worked out at a time, and with steps in between at which nothing is done."""
    layer = Recurrent("cell", CELLS[name], MANY[name], 2 if CELLS[name].has_outputs else 0)
    network = Network(512, (layer,))
    assert pays(plan_of(layer, 512, dtype), batch=1)
    assert not pays(plan_of(layer, 512, dtype), batch=2)
    within = 1e-12 if dtype is np.float64 else 1e-4
    assert_same(network, dtype, within, batch=1, steps=2 * STRETCH + 3, scale=0.04)
    params, x = random_params(network, scale=0.04), random_inputs(network, STRETCH + 9, 2)
    both, alone = run(network, params, x, lengths=[70, 31]), run(network, params, x[:, 1:], lengths=[31])
    for quantity in alone:
        np.testing.assert_allclose(alone[quantity], both[quantity][:, 1:], rtol=0, atol=1e-12, err_msg=quantity)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(
    cell=random_cells(("linear", "tanh", "sigmoid", "relu", "hard_sigmoid", "hard_tanh", "softsign", "elu", "softplus"))
)
def test_the_kernel_computes_what_any_equations_say(cell: Cell) -> None:
    network = Network(4, (Recurrent("cell", cell, 3, 2),))
    assert_same(network, np.float64, 1e-12, 2, 3)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(cell=random_cells())
def test_the_kernel_computes_what_any_equations_say_in_float32(cell: Cell) -> None:
    network = Network(4, (Recurrent("cell", cell, 3, 2),))
    assert_same(network, np.float32, 1e-4, 1, 3)
