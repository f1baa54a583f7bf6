"""Values in a notebook: the right numbers, well-formed, inert whatever a file says, and small however long a run is."""

import re
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.explain import explain
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.notebook.page import law
from rnnviz.engine.notebook.trace_page import COLUMNS, ROWS, furthest
from rnnviz.engine.run import run
from rnnviz.engine.trace import Address, Trace
from tests.engine.networks import every_cell_and_direction, random_inputs, random_params, stacks

NETWORKS = {**dict(every_cell_and_direction()), **dict(stacks())}


def tree_of(html: str) -> ElementTree.Element:
    """Fails where a tag is left open; a style sheet is no markup."""
    return ElementTree.fromstring(re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL).replace("<br>", "<br/>"))


def texts(html: str) -> str:
    return "\n".join(tree_of(html).itertext())


@pytest.mark.parametrize("name", NETWORKS)
def test_networks_and_traces_of_every_kind_show_themselves(name: str) -> None:
    network = NETWORKS[name]
    trace = run(network, random_params(network), random_inputs(network, 4, 2))
    assert f"{network.parameter_count:,} parameter" in texts(network._repr_html_())
    shown = texts(trace._repr_html_())
    assert all(quantity in shown for quantity in trace)


def test_a_network_says_shapes_and_parameters_of_each_layer() -> None:
    """6,384 + 290 = 6,674 parameters: the lecture's network for digits."""
    shown = texts(rnnviz.load("mnist-rows-lstm").network._repr_html_())
    for part in ("28 inputs", "6,674 parameters", "6,384 parameters", "290 parameters", "(T, N, 10)", "Dense, softmax"):
        assert part in shown


def test_a_trace_says_least_greatest_and_last() -> None:
    """LSTM that counts: c rises to 7 and is wiped."""
    shown = rnnviz.run(rnnviz.load("lstm-counter"))._repr_html_()
    rows = [[cell for cell in row.itertext() if cell.strip()] for row in tree_of(shown).iter("tr")]
    (c,) = [row for row in rows if row[0] == "lstm.c"]
    assert c[1:] == ["(5, 1, 1)", "5.735e−39", "7", "5.735e−39"]


def test_no_peak_vanishes_where_many_steps_share_a_column() -> None:
    values = np.zeros((10_000, 512))
    values[1234, 77], values[9876, 400], values[5000, 3] = -9.0, 5.0, np.nan
    small = furthest(values, COLUMNS, ROWS)
    assert small.shape == (COLUMNS, ROWS)
    assert np.count_nonzero(np.nan_to_num(small)) == 2
    assert np.isnan(small).sum() == 1
    assert small[1234 * COLUMNS // 10_000, 77 * ROWS // 512] == -9.0
    assert small[9876 * COLUMNS // 10_000, 400 * ROWS // 512] == 5.0


def test_a_long_trace_of_many_units_gives_a_small_page() -> None:
    network = Network(1, (Recurrent("lstm", CELLS["lstm"], 512),))
    noise = np.random.default_rng(0).standard_normal((10_000, 1, 512))
    names = ("lstm.g", "lstm.i", "lstm.f", "lstm.c", "lstm.o", "lstm.h")
    trace = Trace(network, {}, {"x": noise[:, :, :1], **dict.fromkeys(names, noise)}, {}, {}, None, None, None)
    html = trace._repr_html_()
    assert len(html) < 250_000
    shown = texts(html)
    assert "10,000 steps stand in 96 columns and up to 512 units in 16 rows" in shown
    assert "furthest from 0" in shown


def test_numbers_that_are_not_finite_are_marked_with_their_step() -> None:
    network = Network(1, (Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"}),))
    params = {"elman.W": np.ones((1, 1)), "elman.U": np.full((1, 1), 1e200), "elman.b": np.zeros(1)}
    with np.errstate(over="ignore"):
        trace = run(network, params, np.ones((5, 1, 1)))
    assert "not finite from step 3" in texts(trace._repr_html_())  # 1, 1e200, 1e400


def test_an_explanation_shows_law_numbers_and_value_as_html_and_latex() -> None:
    explanation = explain(rnnviz.run(rnnviz.load("lstm-counter")), Address("lstm.c", 4))
    shown = explanation._repr_html_()
    assert "<code>c = f · c<sub>t−1</sub> + i · g</code>" in shown
    assert "6.9995" in texts(shown)
    assert explanation._repr_latex_().startswith("$$\\begin{aligned}\nc_{t} &= f_{t}")


def test_a_law_has_its_indices_lowered() -> None:
    assert law("f = sigmoid(W_f @ x + U_f @ h_prev)") == (
        "<code>f = sigmoid(W<sub>f</sub> x + U<sub>f</sub> h<sub>t−1</sub>)</code>"
    )


def test_what_a_cell_says_of_itself_is_inert() -> None:
    cell = Cell(
        name="own", title="<img src=x onerror=alert(1)>", equations="h = tanh(W @ x)  # <script>alert(2)</script>"
    )
    network = Network(1, (Recurrent("own", cell, 2), Dense("out", 1)))
    trace = run(network, random_params(network), random_inputs(network, 2, 1))
    for html in (network._repr_html_(), trace._repr_html_(), explain(trace, Address("own.h", 1))._repr_html_()):
        assert {node.tag.rpartition("}")[2] for node in tree_of(html).iter()}.isdisjoint({"script", "img"})
        assert "<script" not in html
        assert "<img" not in html


def test_showing_imports_neither_qt_nor_pillow() -> None:
    program = (
        "import sys, rnnviz; s = rnnviz.load('lstm-counter'); t = rnnviz.run(s);"
        "[v._repr_html_() for v in (s, s.network, t, rnnviz.explain(s, 'lstm.c', 4))];"
        "print([name for name in ('PySide6', 'PIL', 'rnnviz.ui', 'h5py') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"
