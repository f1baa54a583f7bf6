"""What a file of bare weights is taken for, what is asked of it and nothing more, and what is refused by its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.engine.network import Dense, Embedding, Layer, Pool, Recurrent
from rnnviz.interop.errors import ModelError, UndecidedError, UnsupportedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.weights.safetensors_file import safetensors_bytes
from rnnviz.scenario.types import Scenario
from tests.interop.torch_files import linear, torch_file, weights

Arrays = Mapping[str, np.ndarray]


@pytest.fixture
def load(tmp_path: Path) -> Any:
    """Arrays under names, as a file of PyTorch, imported."""

    def loaded(arrays: Arrays, *, sort: bool = False, **hints: str) -> Scenario:
        path = tmp_path / "model"
        path.write_bytes(safetensors_bytes(dict(sorted(arrays.items())), {}) if sort else torch_file(arrays))
        return import_model(path, **hints)

    return loaded


def asked(load: Any, arrays: Arrays, **hints: str) -> dict[str, tuple[str, ...]]:
    with pytest.raises(UndecidedError) as caught:
        load(arrays, **hints)
    return {each.hint: tuple(choice.value for choice in each.choices) for each in caught.value.questions}


def table(name: str, ids: int, size: int) -> dict[str, np.ndarray]:
    return {f"{name}.weight": np.random.default_rng(5).normal(size=(ids, size)).astype(np.float32)}


def lstm(inputs: int = 3, units: int = 4, prefix: str = "lstm.") -> dict[str, np.ndarray]:
    return weights("lstm", inputs, units, prefix=prefix)


def names(layers: tuple[Layer, ...]) -> list[str]:
    return [layer.name for layer in layers]


# --- what is asked ---------------------------------------------------------------------------------------------------


def test_nothing_is_asked_of_a_recurrent_module_alone(load: Any) -> None:
    (layer,) = load(weights("lstm", prefix="")).network.layers
    assert (layer.name, layer.cell.name, layer.units) == ("lstm", "lstm", 4)


def test_the_readout_alone_is_asked_of_an_lstm_and_a_linear_layer(load: Any) -> None:
    assert asked(load, {**lstm(), **linear("fc", 4, 2)}) == {"readout": ("last step", "every step", "mean", "max")}


def test_all_questions_come_at_once(load: Any) -> None:
    head = {**linear("head.0", 4, 6), **linear("head.3", 6, 2)}
    found = asked(load, {**weights("rnn"), **head})
    assert list(found) == ["activation", "readout", "hidden_activation"]
    assert found["activation"] == ("tanh", "relu")


def test_what_was_said_is_not_asked(load: Any) -> None:
    assert list(asked(load, {**weights("rnn"), **linear("fc", 4, 2)}, activation="relu")) == ["readout"]


def test_of_two_directions_the_final_states_are_one_more_choice(load: Any) -> None:
    both = {
        **lstm(),
        **{f"{name}_reverse": array for name, array in weights("lstm", 3, 4, prefix="lstm.", seed=9).items()},
    }
    arrays = {**both, **linear("fc", 8, 2)}
    assert asked(load, arrays)["readout"][0] == "final states"
    final = load(arrays, readout="final states").network.layers
    assert (final[0].direction, final[0].returns, final[1].at) == ("both", "final", "last step")
    last = load(arrays, readout="last step").network.layers
    assert (last[0].returns, last[1].at) == ("sequence", "last step")


def test_of_a_network_with_as_many_outputs_as_ids_every_step_is_likely(load: Any) -> None:
    arrays = {**table("encoder", 9, 3), **lstm(), **linear("decoder", 4, 9)}
    assert asked(load, arrays)["readout"][0] == "every step"


@pytest.mark.parametrize(
    ("readout", "layers"),
    [
        ("last step", [Dense("fc", 2, at="last step")]),
        ("every step", [Dense("fc", 2)]),
        ("mean", [Pool("mean", "mean"), Dense("fc", 2)]),
        ("max", [Pool("max", "max"), Dense("fc", 2)]),
        ("sum", [Pool("sum", "sum"), Dense("fc", 2)]),
    ],
)
def test_each_readout_becomes_layers(load: Any, readout: str, layers: list[Layer]) -> None:
    assert list(load({**lstm(), **linear("fc", 4, 2)}, readout=readout).network.layers[1:]) == layers


def test_an_answer_that_is_none_is_refused_with_those_that_are(load: Any) -> None:
    with pytest.raises(ModelError, match="readout cannot be 'first' here; it can be last step, every step"):
        load({**lstm(), **linear("fc", 4, 2)}, readout="first")


def test_activations_are_those_that_were_said(load: Any) -> None:
    arrays = {**weights("rnn"), **linear("a", 4, 6), **linear("b", 6, 2)}
    said = {"activation": "relu", "readout": "every step", "hidden_activation": "tanh", "output_activation": "softmax"}
    rnn, a, b = load(arrays, **said).network.layers
    assert (rnn.functions(), a.activation, b.activation) == ({"h": "relu"}, "tanh", "softmax")


# --- which layers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "cell"), [("lstm", "lstm"), ("gru", "gru_reset_after"), ("rnn", "elman")])
def test_the_kind_of_a_layer_is_told_by_its_rows(load: Any, kind: str, cell: str) -> None:
    (layer,) = load(weights(kind), activation="tanh").network.layers
    assert isinstance(layer, Recurrent)
    assert (layer.cell.name, layer.name) == (cell, "rnn")


def test_gates_lie_under_each_other_as_i_f_g_o_and_biases_are_added(load: Any) -> None:
    arrays = lstm(3, 4)
    params = load(arrays).params
    for number, gate in enumerate("ifgo"):
        rows = slice(4 * number, 4 * number + 4)
        np.testing.assert_array_equal(params[f"lstm.W_{gate}"], arrays["lstm.weight_ih_l0"][rows])
        np.testing.assert_array_equal(params[f"lstm.U_{gate}"], arrays["lstm.weight_hh_l0"][rows])
        total = arrays["lstm.bias_ih_l0"][rows] + arrays["lstm.bias_hh_l0"][rows]
        np.testing.assert_array_equal(params[f"lstm.b_{gate}"], total)


def test_the_bias_of_a_candidate_stays_inside_of_the_reset(load: Any) -> None:
    arrays = weights("gru", 3, 4)
    params = load(arrays).params
    np.testing.assert_array_equal(params["rnn.b_n"], arrays["rnn.bias_ih_l0"][8:])
    np.testing.assert_array_equal(params["rnn.c_n"], arrays["rnn.bias_hh_l0"][8:])
    np.testing.assert_array_equal(params["rnn.b_z"], arrays["rnn.bias_ih_l0"][4:8] + arrays["rnn.bias_hh_l0"][4:8])


def test_weights_stay_views_of_what_was_read(load: Any) -> None:
    params = load(lstm()).params
    assert params["lstm.W_i"].base is not None
    assert np.shares_memory(params["lstm.W_i"].base, params["lstm.W_f"].base)


def test_a_module_without_biases_has_biases_of_zero(load: Any) -> None:
    arrays = {name: array for name, array in lstm().items() if "bias" not in name}
    assert not load(arrays).params["lstm.b_i"].any()


def test_a_stack_is_as_many_layers(load: Any) -> None:
    stack = {**weights("gru", 3, 4), **weights("gru", 4, 4, layer=1), **weights("gru", 4, 4, layer=2)}
    assert names(load(stack).network.layers) == ["rnn_l0", "rnn_l1", "rnn_l2"]


def test_a_projection_is_told_by_its_weight(load: Any) -> None:
    random = np.random.default_rng(1)
    shapes = {"weight_ih_l0": (24, 3), "weight_hh_l0": (24, 2), "weight_hr_l0": (2, 6)}
    (layer,) = load({f"rnn.{name}": random.normal(size=shape) for name, shape in shapes.items()}).network.layers
    assert (layer.cell.name, layer.units, layer.outputs) == ("lstm_projected", 6, 2)


def test_cells_are_layers_in_their_order(load: Any) -> None:
    cells = {
        name.replace("_l0", ""): array
        for name, array in {**weights("lstm", 1, 5, prefix="lstm1."), **weights("lstm", 5, 5, prefix="lstm2.")}.items()
    }
    for sort in (False, True):
        network = load({**cells, **linear("linear", 5, 1)}, sort=sort, readout="every step").network
        assert names(network.layers) == ["lstm1", "lstm2", "linear"]


def test_an_embedding_comes_first(load: Any) -> None:
    arrays = {**table("word_embeddings", 20, 3), **lstm(), **linear("hidden2tag", 4, 5)}
    for sort in (False, True):
        network = load(arrays, sort=sort, readout="every step").network
        assert network.layers[0] == Embedding("word_embeddings", 20, 3)
        assert network.inputs == 1


def test_layers_are_put_in_the_order_in_which_they_fit(load: Any) -> None:
    arrays = {**linear("fc", 4, 2), **lstm(5), **linear("into", 3, 5)}
    for sort in (False, True):
        network = load(arrays, sort=sort, readout="last step", hidden_activation="relu").network
        assert names(network.layers) == ["into", "lstm", "fc"]


def test_an_order_that_is_open_is_asked_and_taken_as_it_is_said(load: Any) -> None:
    arrays = {**lstm(4, prefix="deep."), **lstm(4, prefix="wide.")}
    with pytest.raises(UndecidedError) as caught:
        load(arrays, sort=True)
    (question,) = caught.value.questions
    assert (question.hint, {choice.value for choice in question.choices}) == ("order", {"deep, wide", "wide, deep"})
    assert names(load(arrays, sort=True, order="wide, deep").network.layers) == ["wide", "deep"]
    with pytest.raises(ModelError, match="order has to name each of deep, wide once"):
        load(arrays, sort=True, order="wide, wide")


def test_a_weight_that_is_shared_and_written_once_is_that_of_both(load: Any) -> None:
    decoder = {"decoder.bias": np.arange(9, dtype=np.float32)}
    scenario = load({**table("encoder", 9, 4), **lstm(4), **decoder}, readout="every step")
    np.testing.assert_array_equal(scenario.params["decoder.V"], scenario.params["encoder.E"])
    np.testing.assert_array_equal(scenario.params["decoder.b"], decoder["decoder.bias"])
    assert any("shares the weight" in note for note in scenario.imported.notes)


@pytest.mark.parametrize("prefix", ["module.", "_orig_mod.", "module._orig_mod.", "model.", "net.model."])
def test_what_stands_before_all_names_is_left_out(load: Any, prefix: str) -> None:
    arrays = {prefix + name: array for name, array in {**lstm(), **linear("fc", 4, 2)}.items()}
    assert names(load(arrays, readout="last step").network.layers) == ["lstm", "fc"]


def test_a_matrix_alone_is_a_dense_layer(load: Any) -> None:
    arrays = {"weight": np.arange(16, dtype=np.float32).reshape(8, 2)}
    network = load(arrays).network
    assert (network.layers, network.inputs) == ((Dense("dense", 8),), 2)


def test_names_become_names_of_layers(load: Any) -> None:
    arrays = {**lstm(prefix="größe.0."), **linear("größe.output", 4, 4), **linear("größe.x", 4, 2)}
    found = names(load(arrays, readout="last step", hidden_activation="relu").network.layers)
    assert found == ["layer_0", "output_layer", "x_layer"]


# --- what is refused -------------------------------------------------------------------------------------------------

ONES = np.ones((4, 4), np.float32)
FOREIGN = {
    "Conv1d": {"conv.weight": np.ones((4, 4, 3), np.float32), "conv.bias": np.ones(4, np.float32)},
    "Conv2d": {"conv.weight": np.ones((4, 4, 3, 3), np.float32)},
    "attention": {"attn.in_proj_weight": np.ones((12, 4), np.float32), "attn.in_proj_bias": np.ones(12, np.float32)},
    "BatchNorm": {"bn.weight": np.ones(4, np.float32), "bn.bias": ONES[0], "bn.running_mean": ONES[0]},
    "LayerNorm": {"norm.weight": np.ones(4, np.float32), "norm.bias": np.ones(4, np.float32)},
    "temperature": {"temperature": np.ones((2, 2), np.float32)},
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_cannot_be_shown_is_refused_by_name_and_the_recurrent_part_is_offered(load: Any, name: str) -> None:
    arrays = {**FOREIGN[name], **lstm(), **linear("fc", 4, 2)}
    with pytest.raises(UnsupportedError, match=rf'{name}.*part="recurrent"'):
        load(arrays)
    scenario = load(arrays, part="recurrent")
    assert names(scenario.network.layers) == ["lstm"]
    assert any("fc left out" in note for note in scenario.imported.notes)


def test_layers_that_follow_in_no_order_are_named_with_their_widths(load: Any) -> None:
    with pytest.raises(UnsupportedError, match=r"lstm \(3 to 4\), mu \(4 to 2\), sigma \(4 to 2\).*part"):
        load({**lstm(), **linear("mu", 4, 2), **linear("sigma", 4, 2)})


def test_of_recurrent_parts_that_do_not_fit_one_is_asked(load: Any) -> None:
    arrays = {**lstm(3, 4, "encoder."), **lstm(9, 4, "decoder.")}
    assert asked(load, arrays, part="recurrent") == {"order": ("encoder", "decoder")}
    assert names(load(arrays, part="recurrent", order="decoder").network.layers) == ["decoder"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"lstm.weight_ih_l0": np.ones((12, 3))}, "weight_ih has shape"),
        ({"lstm.weight_hh_l0": np.ones((10, 4))}, "rows of weight_hh"),
        ({"lstm.bias_hh_l0": np.ones(3)}, "bias_hh has shape"),
        ({"lstm.bias_hh_l0": None}, "both biases, or none"),
        ({"lstm.weight_hh_l0": None}, "weight_ih and weight_hh"),
        ({"lstm.weight_ih_l2": np.ones((16, 4))}, "layers or directions are missing"),
        ({"lstm.weight_hr_l0": np.ones((4, 4)), "lstm.weight_ih_l0": np.ones((4, 3))}, "weight_ih has shape"),
        ({"fc.bias": np.ones(7)}, "its bias has shape"),
    ],
)
def test_weights_that_do_not_fit_together_are_named(load: Any, change: dict[str, Any], says: str) -> None:
    arrays = {**lstm(), **linear("fc", 4, 2), **change}
    arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items() if array is not None}
    with pytest.raises(ModelError, match=says):
        load(arrays, readout="last step")


def test_a_file_without_weights_says_what_is_in_it(load: Any) -> None:
    with pytest.raises(ModelError, match="no named weights"):
        load({"steps": np.arange(3)})
