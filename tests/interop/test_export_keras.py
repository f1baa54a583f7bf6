"""Keras programs as text: the lecture's program, and what Keras cannot do. `test_export_frameworks.py` runs them."""

import numpy as np
import pytest

import rnnviz
from rnnviz.engine.cell import Cell
from rnnviz.engine.cells import CELLS
from rnnviz.engine.network import Dense, Embedding, Masking, Network
from rnnviz.interop.programs.keras_program import keras_files
from tests.interop.exported_networks import INPUTS, layer_of, scenario_of


def lines(scenario: rnnviz.Scenario) -> list[str]:
    return keras_files(scenario, "out.py")[".py"].decode().splitlines()


def test_the_lectures_program_stands_as_in_the_lecture():
    layers = (Masking("masking"), layer_of(CELLS["lstm"], "lstm"), Dense("readout", 2, "softmax", at="last step"))
    written = lines(scenario_of(Network(INPUTS, layers)))
    start = written.index("model = keras.Sequential([")
    assert written[start + 1 : start + 6] == [
        "    keras.Input((None, 4)),",
        '    keras.layers.Masking(0.0, name="masking"),',
        '    keras.layers.LSTM(3, name="lstm"),',
        '    keras.layers.Dense(2, activation="softmax", name="readout"),',
        "])",
    ]


def test_options_that_differ_from_those_of_keras_are_said():
    layers = (
        Embedding("words", 5, 4, mask_zero=True),
        layer_of(CELLS["gru"], "gru", direction="both", merge="mean", activations={"n": "relu"}),
        layer_of(CELLS["gru_reset_after"], "top"),
    )
    text = " ".join(" ".join(lines(scenario_of(Network(1, layers)))).split())
    assert 'keras.layers.Embedding(5, 4, mask_zero=True, name="words")' in text
    assert 'keras.layers.GRU(3, activation="relu", reset_after=False, return_sequences=True)' in text
    assert 'merge_mode="ave", name="gru"' in text
    assert 'keras.layers.GRU(3, return_sequences=True, name="top")' in text


def test_ids_are_whole_numbers_with_the_sequences_first(tmp_path):
    scenario = rnnviz.load("sentiment-train")
    rnnviz.export_model(scenario, tmp_path / "s.py", "keras")
    with np.load(tmp_path / "s.npz") as arrays:
        assert arrays["x"].dtype == np.int32
        assert arrays["x"].tolist() == scenario.inputs[..., 0].T.tolist()


@pytest.mark.parametrize(
    ("layer", "options", "says"),
    [
        (layer_of(CELLS["jordan"], "own", teacher_forcing=True), {}, "teacher forcing has no counterpart"),
        (layer_of(Cell("now", "Now", "h = tanh(W @ x)"), "own"), {}, "hands nothing on"),
        (layer_of(CELLS["lstm"], "own", direction="both", returns="final"), {}, "where a sequence is read"),
        (layer_of(CELLS["lstm"], "own"), {"started": True, "lengths": True}, "it starts from a state of its own"),
    ],
)
def test_what_keras_cannot_do_is_refused_by_layer_and_reason_and_nothing_is_written(tmp_path, layer, options, says):
    scenario = scenario_of(Network(INPUTS, (layer, layer_of(CELLS["elman"], "next"))), **options)
    with pytest.raises(rnnviz.ScenarioError) as caught:
        rnnviz.export_model(scenario, tmp_path / "out.py", "keras")
    assert str(caught.value).startswith("layer 'own' cannot be exported to Keras: ")
    assert says in str(caught.value)
    assert "numpy or torch" in str(caught.value)
    assert list(tmp_path.iterdir()) == []
