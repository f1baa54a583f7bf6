"""Models that Keras 2 and 3 trained and saved, in every format that they have, give the numbers that Keras gives."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Masking, Pool, Recurrent
from rnnviz.engine.run import run
from rnnviz.engine.trace import Trace
from rnnviz.interop.errors import ModelError, UndecidedError
from rnnviz.interop.import_model import import_model
from rnnviz.scenario.read import read
from rnnviz.scenario.types import Scenario
from rnnviz.scenario.write import to_text

MODELS = Path(__file__).resolve().parents[1] / "data" / "models"
MADE = MODELS / "keras_made"
WITHIN = 1e-5
SUFFIXES = (".keras", ".h5")

# Each file is read once.
imported = functools.cache(import_model)
Oracle = dict[str, NDArray[np.float32]]


def trained() -> list[Path]:
    folders = [folder for folder in sorted(MODELS.glob("keras_*")) if folder != MADE]
    return [path for folder in folders for path in sorted(folder.iterdir()) if path.suffix in SUFFIXES]


def called(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def oracle_of(path: Path) -> Oracle:
    with np.load(path) as arrays:
        return dict(arrays)


def traced(scenario: Scenario, x: NDArray[np.float32]) -> Trace:
    inputs = x[..., None] if x.ndim == 2 else x
    return run(scenario.network, scenario.params, inputs.swapaxes(0, 1))


def differences(scenario: Scenario, oracle: Oracle) -> Iterator[tuple[str, float]]:
    """Everything that the oracle tells, layer by layer, and how far ours is from it."""
    trace = traced(scenario, oracle["x"])
    last = trace.output[-1] if oracle["y"].ndim == 2 else trace.output.swapaxes(0, 1)
    yield "y", farthest(last, oracle["y"])
    theirs = list(dict.fromkeys(key.split(".")[1] for key in oracle if key.startswith("steps.")))
    names = dict(zip(theirs, (layer.name for layer in scenario.network.recurrent), strict=True))
    for key in oracle:
        if key.startswith("steps."):
            _, layer, *rest = key.split(".")
            yield key, farthest(trace[".".join((names[layer], *rest))].swapaxes(0, 1), oracle[key])
        elif key.startswith("out.") and key[4:] in names:
            name = scenario.network.output_name(scenario.network.layer(names[key[4:]]))
            ours = trace[name][-1] if oracle[key].ndim == 2 else trace[name].swapaxes(0, 1)
            yield key, farthest(ours, oracle[key])
    if "mask" in oracle:
        assert trace.mask is not None
        np.testing.assert_array_equal(trace.mask.T, oracle["mask"])


def farthest(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> float:
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max())


def test_there_is_each_format_of_keras_2_and_3() -> None:
    names = {path.name for path in trained()}
    keras_2 = {"keras2.keras", "keras2.weights.h5", "keras2_legacy.h5"}
    assert names == {"model.keras", "model.weights.h5", "legacy.h5", *keras_2}


@pytest.mark.parametrize("path", trained(), ids=called)
def test_every_file_gives_the_outputs_states_and_masks_of_every_step(path: Path) -> None:
    scenario = imported(path)
    assert scenario.imported is not None
    assert scenario.imported.is_proven
    found = dict(differences(scenario, oracle_of(path.parent / "oracle.npz")))
    assert len(found) > 2
    assert max(found.values()) < WITHIN, found


@pytest.mark.parametrize("path", sorted(MADE.glob("*.keras")), ids=called)
def test_what_layers_can_be_told_gives_what_predict_gives(path: Path) -> None:
    scenario = imported(path)
    assert scenario.imported is not None
    assert scenario.imported.compared == oracle_of(path.with_suffix(".npz"))["y"].size
    assert scenario.imported.difference is not None
    assert scenario.imported.difference < WITHIN


@pytest.mark.parametrize("path", sorted(MADE.glob("*.keras")), ids=called)
def test_an_imported_model_is_the_same_after_being_saved_and_opened(path: Path, tmp_path: Path) -> None:
    scenario = imported(path)
    saved = tmp_path / "model.rnnviz"
    saved.write_text(to_text(scenario))
    again = read(saved)
    x = oracle_of(path.with_suffix(".npz"))["x"]
    np.testing.assert_allclose(traced(again, x).output, traced(scenario, x).output, rtol=0, atol=1e-12)


def test_layers_have_their_names_and_settings() -> None:
    layers = imported(MODELS / "keras_bilstm2_sentiment" / "keras2.keras").network.layers
    embedding, first, second, dense = layers
    assert embedding == Embedding("embedding", 1000, 12, mask_zero=True)
    assert isinstance(first, Recurrent)
    assert isinstance(second, Recurrent)
    assert (first.name, first.direction, first.returns, first.masked_output) == (
        "bidirectional", "both", "sequence", "zero",
    )  # fmt: skip
    assert (second.name, second.returns, second.masked_output) == ("bidirectional_1", "final", "hold")
    assert dense == Dense("dense_2", 1, "sigmoid", at="last step")


def test_a_masking_layer_keeps_its_value_and_pooling_leaves_out_padding() -> None:
    assert imported(MADE / "masking_functional.keras").network.layers[0] == Masking("masking", -1.0)
    assert Pool("global_average_pooling1d", "mean") in imported(MADE / "masked_functional.keras").network.layers


def test_the_reset_gate_acts_where_the_model_has_it() -> None:
    for kind, cell in (("after", "gru_reset_after"), ("before", "gru")):
        scenario = imported(MODELS / f"keras_gru_reset_{kind}_sunspots" / "keras2.keras")
        assert [layer.cell.name for layer in scenario.network.recurrent] == [cell]


def test_time_that_keras_turns_round_is_not_turned_round_here() -> None:
    scenario = imported(MADE / "backwards.keras")
    assert [layer.direction for layer in scenario.network.recurrent] == ["backward", "both", "backward"]
    assert scenario.imported is not None
    notes = " ".join(scenario.imported.notes)
    assert "go_backwards" in notes
    assert "reversed order" in notes


def test_weights_alone_ask_everything_at_once_and_only_what_they_do_not_say(tmp_path: Path) -> None:
    alone = tmp_path / "model.weights.h5"
    shutil.copy(MODELS / "keras_bilstm2_sentiment" / "keras2.weights.h5", alone)
    with pytest.raises(UndecidedError) as caught:
        import_model(alone)
    asked = {question.hint: [choice.value for choice in question.choices] for question in caught.value.questions}
    assert set(asked) == {"readout", "masking", "output_activation"}
    assert asked["readout"][0] == "final states"
    scenario = import_model(alone, readout="final states", masking="id 0", output_activation="sigmoid")
    found = dict(differences(scenario, oracle_of(MODELS / "keras_bilstm2_sentiment" / "oracle.npz")))
    assert max(found.values()) < WITHIN


def test_another_answer_gives_other_numbers_and_one_that_makes_no_sense_is_refused(tmp_path: Path) -> None:
    alone = tmp_path / "model.weights.h5"
    shutil.copy(MODELS / "keras_bilstm2_sentiment" / "keras2.weights.h5", alone)
    hints = {"readout": "mean", "masking": "none", "output_activation": "sigmoid"}
    scenario = import_model(alone, **hints)
    x = oracle_of(MODELS / "keras_bilstm2_sentiment" / "oracle.npz")["x"]
    assert traced(scenario, x).mask is None
    assert Pool("pool", "mean") in scenario.network.layers
    for wrong in ({"readout": "middle"}, {"output_activation": "loud"}, {"activation": "relu"}, {"part": "half"}):
        with pytest.raises(ModelError, match=next(iter(wrong))):
            import_model(alone, **hints | wrong)


def test_a_file_that_says_everything_takes_no_hint() -> None:
    with pytest.raises(ModelError, match="readout"):
        import_model(MADE / "imdb_example.keras", readout="every step")
