"""Numbers from elsewhere: hand-written cells run in PyTorch, Flax and Equinox cells, the lecture's worked examples."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.backward import backward
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Network, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from tests.engine.oracles import Case, cases, split

DIAGONAL_FEEDBACK = Cell(
    "lstm_diagonal",
    "LSTM, c fed back to all four inputs by its own unit",
    CELLS["lstm_feedback"].equations.replace("V_", "q_").replace(" @ c_prev", " * c_prev"),
)
ACTIVATED = {"elman": {}, "jordan": {"y": "sigmoid"}}


def renamed(case: Case, places: dict[str, str], source: str) -> dict[str, np.ndarray]:
    return {ours: case[source + theirs] for theirs, ours in places.items()}


def gate_places(letters: str, kinds: str, prefix: str) -> dict[str, str]:
    """ "Wi" -> "lstm.W_i" for all gates and kinds of parameters."""
    return {kind + letter: f"{prefix}.{kind}_{letter}" for kind in kinds for letter in letters}


def custom(case: Case) -> tuple[Network, dict[str, str]]:
    """The network of a case of family custom, and where its weights belong."""
    meta = case.meta
    name, units, outputs = meta["cell"], meta.get("hidden"), meta["outputs"]
    if name == "elman":
        places = {"Wx": "elman.W", "Wh": "elman.U", "bh": "elman.b", "Wy": "readout.V", "by": "readout.b"}
        layers = (Recurrent("elman", CELLS["elman"], units), Dense("readout", outputs, meta["out_activation"]))
        return Network(meta["input"], layers), places
    if name == "jordan":
        places = {"Wx": "jordan.W", "Ws": "jordan.U", "bh": "jordan.b", "Wy": "jordan.V", "by": "jordan.b_y"}
        layer = Recurrent(
            "jordan",
            CELLS["jordan"],
            units,
            outputs,
            activations={"y": meta["out_activation"]},
            constants={"alpha": meta["alpha"]},
        )
        return Network(meta["input"], (layer,)), places
    if name == "lstm_peephole":
        places = gate_places("ifgo", "WUb", name) | {f"p{k}": f"{name}.p_{k}" for k in "ifo"}
        return Network(meta["input"], (Recurrent(name, CELLS[name], units),)), places
    if name == "gru":
        cell = CELLS["gru_reset_after" if meta["reset_after"] else "gru"]
        places = gate_places("rzn", "WUb", "gru") | ({"cn": "gru.c_n"} if meta["reset_after"] else {})
        return Network(meta["input"], (Recurrent("gru", cell, units),)), places
    assert name == "seed_lstm"
    kinds, cell = {"diagonal": ("WUbq", DIAGONAL_FEEDBACK), False: ("Wb", CELLS["lstm"])}.get(
        meta["feedback"], ("WUbV", CELLS["lstm_feedback"])
    )
    layer = Recurrent("lstm", cell, units, activations={"g": meta["g"], "h": meta["h"]})
    return Network(meta["input"], (layer,)), gate_places("ifgo", kinds, "lstm")


def run_custom(case: Case) -> tuple[Trace, dict[str, str]]:
    network, places = custom(case)
    params = {name: np.zeros(shape) for name, shape in network.parameter_shapes().items()}
    params |= renamed(case, places, "w.")
    return run(network, params, case["x"]), places


CUSTOM = [case for case in cases("torch/*") if case.meta.get("family") == "custom"]


@pytest.mark.parametrize("case", CUSTOM, ids=lambda case: case.name)
def test_cells_are_those_written_by_hand_in_torch(case: Case) -> None:
    trace, places = run_custom(case)
    case.close(trace.output, "y")
    layer = trace.network.recurrent[0].name
    for name in case.arrays:
        if name.startswith("steps."):
            case.close(trace[f"{layer}.{name[6:]}"], name)
    values, slope = loss("half squared error", trace, case["target"])
    case.close_to(values.sum(), case["loss"], "loss")
    gradients = backward(trace, {trace.output_name: slope})
    case.close(gradients.inputs, "dx")
    for theirs, ours in places.items():
        case.close(gradients.params[ours], "d." + theirs)


def jax_params(case: Case) -> tuple[str, dict[str, np.ndarray]]:
    """(cell, parameters) of a Flax or Equinox cell; Flax keeps the transposed matrix of each gate."""
    name, w = case.meta["cell"], {key[2:]: value for key, value in case.arrays.items() if key.startswith("w.")}
    if name == "flax_SimpleCell":
        return "elman", {"W": w["i.kernel"].T, "U": w["h.kernel"].T, "b": w["i.bias"]}
    if name.startswith("equinox"):
        letters = "ifgo" if "LSTM" in name else "rzn"
        found = {}
        for kind, key in (("W", "weight_ih"), ("U", "weight_hh"), ("b", "bias")):
            found |= {f"{kind}_{k}": rows for k, rows in split(w[key], letters).items()}
        if "GRU" in name:
            found["c_n"] = w["bias_n"]
        return ("lstm" if "LSTM" in name else "gru_reset_after"), found
    if name == "flax_GRUCell":
        found = {"W_n": w["in.kernel"].T, "b_n": w["in.bias"], "U_n": w["hn.kernel"].T, "c_n": w["hn.bias"]}
        for k in "rz":
            found |= {f"W_{k}": w[f"i{k}.kernel"].T, f"U_{k}": w[f"h{k}.kernel"].T, f"b_{k}": w[f"i{k}.bias"]}
        return "gru_reset_after", found
    found = {}
    for k in "ifgo":
        found |= {f"W_{k}": w[f"i{k}.kernel"].T, f"U_{k}": w[f"h{k}.kernel"].T, f"b_{k}": w[f"h{k}.bias"]}
    return "lstm", found


@pytest.mark.parametrize("case", cases("jax/*"), ids=lambda case: case.name)
def test_cells_are_those_of_flax_and_equinox(case: Case) -> None:
    cell, params = jax_params(case)
    network = Network(case.meta["input"], (Recurrent("cell", CELLS[cell], case.meta["hidden"]),))
    initial = {f"cell.{name}": case[f"{name}0"] for name in "hc" if f"{name}0" in case.arrays}
    trace = run(network, {f"cell.{name}": value for name, value in params.items()}, case["x"], initial=initial)
    case.close(trace.output, "y")
    if "c" in case.arrays:
        case.close(trace["cell.c"], "c")


@pytest.mark.parametrize("case", cases("seed/elman_*"), ids=lambda case: case.name)
def test_the_all_ones_network_of_the_lecture(case: Case) -> None:
    layer = Recurrent("elman", CELLS["elman"], 2, activations={"h": "linear"})
    network = Network(2, (layer, Dense("readout", 2)))
    params = {"elman.W": case["W"], "elman.U": case["U"], "elman.b": np.zeros(2)}
    params |= {"readout.V": case["Wy"], "readout.b": np.zeros(2)}
    trace = run(network, params, case["x"])
    case.close(trace["elman.h"], "h")
    case.close(trace.output, "y")


@pytest.mark.parametrize("case", cases("seed/linear_neuron_*"), ids=lambda case: case.name)
def test_a_thousand_steps_of_one_linear_unit(case: Case) -> None:
    layer = Recurrent("elman", CELLS["elman"], 1, activations={"h": "linear"})
    network = Network(1, (layer, Dense("readout", 1)))
    params = {"elman.W": case["W"], "elman.U": case["U"], "elman.b": np.zeros(1)}
    params |= {"readout.V": case["Wy"], "readout.b": np.zeros(1)}
    trace = run(network, params, case["x"])
    case.close(trace.output[-1], "y_last")
    slope = np.zeros_like(trace.output)
    slope[-1] = 1.0
    gradients = backward(trace, {"readout.y": slope})
    case.close(gradients.params["elman.U"][0], "dy_dw")


@pytest.mark.parametrize("case", cases("seed/lstm_lecture_*"), ids=lambda case: case.name)
def test_the_memory_cell_of_the_lecture(case: Case) -> None:
    layer = Recurrent("lstm", CELLS["lstm"], 1, activations={"g": "linear", "h": "linear"})
    params = {f"lstm.U_{k}": np.zeros((1, 1)) for k in "ifgo"}
    for k in "ifgo":
        params |= {f"lstm.W_{k}": case[f"W{k}"], f"lstm.b_{k}": case[f"b{k}"]}
    trace = run(Network(3, (layer,)), params, case["x"])
    case.close(trace["lstm.c"], "c")
    case.close(trace.output, "y")
