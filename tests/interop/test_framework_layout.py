"""Weights in the order of the frameworks, gate by gate, as their documentation says it."""

import numpy as np

from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Network
from rnnviz.interop.framework_layout import keras_class, keras_weights, torch_class, torch_weights
from rnnviz.interop.programs.torch_parts import parts_of, state_dict
from tests.interop.exported_networks import layer_of, scenario_of


def marked(cell: str, units: int = 2) -> dict[str, np.ndarray]:
    """Weights of a cell with one input, each filled with the place of its letter in the alphabet, U times ten."""
    layer = layer_of(CELLS[cell], units=units)
    shapes = Network(1, (layer,)).parameter_shapes()
    found = {}
    for name, shape in shapes.items():
        short = name.removeprefix("cell.")
        letter = ord(short[-1]) - ord("a") if "_" in short else 1
        found[short] = np.full(shape, letter * (10.0 if short[0] == "U" else -1.0 if short[0] in "bc" else 1.0))
    return found


I, F, G, O, R, Z, N = (ord(letter) - ord("a") for letter in "ifgorzn")  # noqa: E741


def test_torch_stacks_the_gates_of_an_lstm_as_i_f_g_o():
    weights = torch_weights("lstm", marked("lstm"))
    assert weights["weight_ih"].tolist() == [[I], [I], [F], [F], [G], [G], [O], [O]]
    assert weights["weight_hh"][:, 0].tolist() == [10.0 * gate for gate in (I, I, F, F, G, G, O, O)]
    assert weights["bias_ih"].tolist() == [-I, -I, -F, -F, -G, -G, -O, -O]
    assert not weights["bias_hh"].any()


def test_torch_stacks_the_gates_of_a_gru_as_r_z_n_and_keeps_the_bias_inside_the_reset():
    own = marked("gru_reset_after") | {"c_n": np.array([5.0, 6.0])}
    weights = torch_weights("gru_reset_after", own)
    assert weights["weight_ih"].ravel().tolist() == [R, R, Z, Z, N, N]
    assert weights["bias_ih"].tolist() == [-R, -R, -Z, -Z, -N, -N]
    assert weights["bias_hh"].tolist() == [0, 0, 0, 0, 5, 6]


def test_keras_has_the_gates_of_an_lstm_side_by_side_as_i_f_c_o():
    weights = keras_weights("lstm", marked("lstm"))
    assert weights["kernel"].tolist() == [[I, I, F, F, G, G, O, O]]
    assert weights["recurrent_kernel"].tolist() == [[10.0 * gate for gate in (I, I, F, F, G, G, O, O)]] * 2
    assert weights["bias"].tolist() == [-I, -I, -F, -F, -G, -G, -O, -O]


def test_keras_has_the_gates_of_a_gru_as_z_r_h_and_two_rows_of_biases_with_reset_after():
    own = marked("gru_reset_after") | {"c_n": np.array([5.0, 6.0])}
    weights = keras_weights("gru_reset_after", own)
    assert weights["kernel"].tolist() == [[Z, Z, R, R, N, N]]
    assert weights["bias"].tolist() == [[-Z, -Z, -R, -R, -N, -N], [0, 0, 0, 0, 5, 6]]
    assert keras_weights("gru", marked("gru"))["bias"].tolist() == [-Z, -Z, -R, -R, -N, -N]


def test_a_matrix_is_transposed_for_keras():
    own = {"W": np.array([[1.0, 2.0, 3.0]]), "U": np.array([[4.0]]), "b": np.array([5.0])}
    assert keras_weights("elman", own)["kernel"].tolist() == [[1], [2], [3]]


def test_what_a_framework_does_not_have_is_known():
    lstm, elman = CELLS["lstm"], CELLS["elman"]
    assert torch_class(layer_of(lstm)) == "LSTM"
    assert torch_class(layer_of(lstm, activations={"g": "linear"})) == ""
    assert keras_class(layer_of(lstm, activations={"g": "linear"})) == ""
    assert keras_class(layer_of(lstm, activations={"g": "linear", "h": "linear"})) == "LSTM"
    assert torch_class(layer_of(elman, activations={"h": "relu"})) == "RNN"
    assert torch_class(layer_of(elman, activations={"h": "linear"})) == ""
    assert keras_class(layer_of(elman, activations={"h": "linear"})) == "SimpleRNN"
    assert torch_class(layer_of(CELLS["gru"])) == ""
    assert keras_class(layer_of(CELLS["gru"])) == "GRU"
    assert torch_class(layer_of(CELLS["lstm_projected"])) == "LSTM"
    assert torch_class(layer_of(CELLS["lstm_projected"], units=2)) == ""  # PyTorch: fewer outputs than units
    assert keras_class(layer_of(CELLS["lstm_projected"])) == ""


def test_layers_that_are_alike_become_one_module_and_others_do_not():
    def modules(*layers: object) -> list[tuple[str, str, int]]:
        return [(part.name, part.kind, len(part.layers)) for part in parts_of(Network(4, layers))]  # type: ignore[arg-type]

    lstm = CELLS["lstm"]
    one, two = (layer_of(lstm, name, direction="both") for name in ("lstm_1", "lstm_2"))
    assert modules(one, two) == [("lstm", "LSTM", 2)]
    assert modules(one, layer_of(lstm, "lstm_2")) == [("lstm_1", "LSTM", 1), ("lstm_2", "LSTM", 1)]
    assert modules(layer_of(lstm, "lstm_1", direction="both", returns="final"), two)[0][2] == 1
    assert modules(layer_of(lstm, "lstm_1", direction="both", merge="sum"), two)[0][2] == 1
    assert modules(one, Dense("half", 6), two) == [("lstm_1", "LSTM", 1), ("half_", "Linear", 1), ("lstm_2", "LSTM", 1)]


def test_a_state_dict_has_the_names_that_pytorch_gives():
    layers = (
        Embedding("words", 5, 4),
        *(layer_of(CELLS["gru_reset_after"], f"gru_{k}", direction="both") for k in (1, 2)),
        Dense("readout", 2),
    )
    scenario = scenario_of(Network(1, layers))
    found = state_dict(parts_of(scenario.network), scenario.params)
    suffixes = ("l0", "l0_reverse", "l1", "l1_reverse")
    gru = [f"gru.{kind}_{suffix}" for suffix in suffixes for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
    assert set(found) == {"words.weight", *gru, "readout.weight", "readout.bias"}
    assert found["gru.weight_ih_l1"].shape == (9, 6)
    assert found["gru.weight_ih_l0_reverse"][:3].tobytes() == scenario.params["gru_1.backward.W_r"].tobytes()
