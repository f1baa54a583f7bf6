"""Configurations of Keras 2 and 3: what reads what, what the recurrent part is, and what is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.keras.activations import Function, function_of
from rnnviz.interop.keras.chain import chain, graph_of, pieces
from rnnviz.interop.keras.config import model_config, snake_case
from rnnviz.interop.keras.layers import NotShownError, Recurrence, spec_of
from tests.interop.keras_files import LSTM, layer, sequential


def keras_2(name: str, *inputs: list[Any], kind: str = "LSTM", **config: Any) -> dict[str, Any]:
    """A layer of a functional model as Keras 2 writes it; `inputs` are [layer, node, output, arguments]."""
    config = {"name": name, **({"units": 4} if kind == "LSTM" else {}), **config}
    return {"class_name": kind, "config": config, "name": name, "inbound_nodes": [list(inputs)] if inputs else []}


def functional(*layers: dict[str, Any], outputs: list[Any]) -> dict[str, Any]:
    inputs = [[layers[0]["name"], 0, 0]]
    config = {"layers": list(layers), "input_layers": inputs, "output_layers": outputs}
    return {"class_name": "Functional", "config": config}


def names(config: dict[str, Any]) -> list[str]:
    return [found.name for found in chain(graph_of(model_config(config)))]


INPUT = keras_2("i", kind="InputLayer", batch_input_shape=[None, 4, 2])
FIRST = keras_2("a", ["i", 0, 0, {}])


def test_a_functional_model_of_keras_2_that_is_a_chain_is_one() -> None:
    second = keras_2("b", ["a", 0, 0, {"training": False, "mask": None}])
    assert names(functional(INPUT, FIRST, second, outputs=[["b", 0, 0]])) == ["i", "a", "b"]


def test_a_model_among_the_layers_stands_for_its_layers_whose_weights_are_below_it() -> None:
    inner = {**functional(INPUT, FIRST, outputs=[["a", 0, 0]]), "name": "m", "inbound_nodes": [[["x", 0, 0, {}]]]}
    inner["config"]["name"] = "m"
    outer = functional(keras_2("x", kind="InputLayer"), inner, keras_2("b", ["m", 1, 0, {}]), outputs=[["b", 0, 0]])
    found = chain(graph_of(model_config(outer)))
    assert [(one.name, one.path, one.group) for one in found] == [
        ("x", "layers/input_layer", "x"),
        ("a", "layers/functional/layers/lstm", "m"),
        ("b", "layers/lstm", "b"),
    ]


def test_a_sequential_model_of_old_is_a_list() -> None:
    assert names({"class_name": "Sequential", "config": [LSTM, LSTM]}) == ["lstm", "lstm"]


@pytest.mark.parametrize(
    ("layers", "outputs", "said"),
    [
        ([keras_2("b", ["a", 0, 1, {}])], ["b"], "reads states"),
        ([keras_2("b", ["a", 0, 0, {"initial_state": [["i", 0, 0]]}])], ["b"], "initial_state"),
        ([keras_2("b", ["a", 0, 0, {}], ["i", 0, 0, {}], kind="Concatenate")], ["b"], "by several layers"),
        ([keras_2("b", ["a", 0, 0, {}]), keras_2("c", ["a", 0, 0, {}])], ["c"], "is read by several layers"),
        ([keras_2("b", ["a", 0, 0, {}])], ["a", "b"], "2 outputs"),
        ([keras_2("b", ["i", 0, 0, {}])], ["b"], "by several layers"),
        ([{**keras_2("b"), "inbound_nodes": [[["a", 0, 0, {}]], [["i", 0, 0, {}]]]}], ["b"], "several places"),
    ],
)
def test_what_is_no_chain_is_refused_by_the_layer_where_that_is_so(
    layers: list[dict[str, Any]], outputs: list[str], said: str
) -> None:
    config = functional(INPUT, FIRST, *layers, outputs=[[name, 0, 0] for name in outputs])
    with pytest.raises(UnsupportedError, match=f'{said}.*part="recurrent"'):
        names(config)


def test_pieces_end_where_something_else_comes_in() -> None:
    joined = keras_2("c", ["a", 0, 0, {}], ["b", 0, 0, {}], kind="Concatenate")
    last = keras_2("d", ["c", 0, 0, {}])
    config = functional(INPUT, FIRST, keras_2("b", ["i", 0, 0, {}]), joined, last, outputs=[["d", 0, 0]])
    found = [[one.name for one in piece] for piece in pieces(graph_of(model_config(config)).calls)]
    assert found == [["i"], ["a"], ["b"], ["c", "d"]]


def test_a_mask_of_its_own_is_refused() -> None:
    tensor = {"class_name": "__keras_tensor__", "config": {"keras_history": ["i", 0, 0]}}
    call = [{"args": [tensor], "kwargs": {"mask": tensor}}]
    with pytest.raises(UnsupportedError, match="mask of its own"):
        names(functional(INPUT, {**keras_2("a"), "inbound_nodes": call}, outputs=[["a", 0, 0]]))


def recurrence(entry: dict[str, Any], keras: int = 3) -> Recurrence:
    found = spec_of(graph_of(model_config(sequential(entry))).calls[1].layer, keras)
    assert isinstance(found, Recurrence)
    return found


def test_what_the_configuration_leaves_out_is_as_keras_has_it() -> None:
    found = recurrence(LSTM)
    assert (found.activation.name, found.gates.name, found.has_bias) == ("tanh", "sigmoid", True)
    assert not found.returns_sequences
    assert recurrence(layer("GRU", name="g", units=3)).reset_after is None


def test_both_directions_have_to_be_alike_but_for_their_weights() -> None:
    backward = layer("LSTM", name="b", units=4, go_backwards=True)
    both = layer("Bidirectional", name="two", layer=LSTM, backward_layer=backward, merge_mode="ave")
    assert recurrence(both).places == ("forward_layer/cell", "backward_layer/cell")
    assert recurrence(both).merge == "mean"
    other = layer("LSTM", name="b", units=4, go_backwards=True, activation="relu")
    for entry in (
        layer("Bidirectional", name="two", layer=LSTM, backward_layer=other),
        layer("Bidirectional", name="two", layer=LSTM, merge_mode=None),
        layer("RNN", name="two", cell=layer("StackedRNNCells", cells=[])),
        layer("LSTM", name="two", units=4, time_major=True),
        layer("LSTM", name="two", units=4, activation="gelu"),
    ):
        with pytest.raises(NotShownError):
            recurrence(entry)


def test_a_hard_sigmoid_is_that_of_the_version_that_wrote_the_file() -> None:
    assert function_of("hard_sigmoid", 2) == Function("hard_sigmoid_keras2")
    assert function_of("hard_sigmoid", 3) == Function("hard_sigmoid")


def test_functions_of_users_are_refused_also_when_they_are_called_like_those_of_keras() -> None:
    mine = {"class_name": "function", "config": "relu", "module": "mine", "registered_name": "mine>relu"}
    assert function_of(mine, 3) == "by the function relu"
    assert function_of({"class_name": "function", "config": "relu", "registered_name": "function"}, 3) == Function(
        "relu"
    )
    assert function_of("my_own", 3) == "by the activation my_own"


def test_groups_are_called_as_keras_calls_them() -> None:
    kinds = ("LSTM", "SimpleRNN", "GRU", "TimeDistributed", "InputLayer", "GlobalAveragePooling1D", "RNN")
    found = [snake_case(kind) for kind in kinds]
    assert found == ["lstm", "simple_rnn", "gru", "time_distributed", "input_layer", "global_average_pooling1d", "rnn"]


def test_a_state_as_output_is_not_taken_for_what_the_layer_works_out() -> None:
    with pytest.raises(UnsupportedError, match="is not what the model hands out"):
        names(functional(INPUT, FIRST, outputs=[["a", 0, 2]]))


def test_outputs_that_are_not_there_are_an_error() -> None:
    with pytest.raises(ModelError, match="outputs"):
        names(functional(INPUT, FIRST, outputs=[["z", 0, 0]]))
