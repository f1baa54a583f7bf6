"""How the operators around a recurrent layer are read, what is said of them, and what is refused by which name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnnviz.engine.network import Dense, Embedding, Recurrent
from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.model import Model
from rnnviz.interop.onnx.bytes import NewNode, NewSlot, delimited, model_bytes, number
from rnnviz.interop.onnx.file import parse_onnx
from rnnviz.interop.onnx.read_onnx import model_of

EXPORTS = Path(__file__).resolve().parents[1] / "data" / "oracles" / "onnx" / "torch_exports.npz"
UNITS, INPUTS = 2, 3


def weights(seed: int, *shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def tensors(gates: int = 4, sides: int = 1, inputs: int = INPUTS) -> dict[str, NDArray[Any]]:
    """W, R and B of a recurrent operator, and a readout of both directions."""
    rows = gates * UNITS
    return {
        "W": weights(1, sides, rows, inputs),
        "R": weights(2, sides, rows, UNITS),
        "B": weights(3, sides, 2 * rows),
        "V": weights(4, sides * UNITS, 4),
        "axis_0": np.array([0]),
        "axis_1": np.array([1]),
    }


def lstm(output: str = "Y", **attributes: Any) -> NewNode:
    return NewNode("LSTM", ["X", "W", "R", "B"], [output, "Y_h", "Y_c"], {"hidden_size": UNITS, **attributes}, "rec")


X = NewSlot("X", ("time", "batch", INPUTS))


def read(
    nodes: list[NewNode],
    given: dict[str, NDArray[Any]],
    output: str,
    x: NewSlot = X,
    hints: dict[str, str] | None = None,
    **options: Any,
) -> Model:
    more = [NewSlot(name, ("a", "b", "c")) for name in options.pop("outputs", ())]
    inputs = [x, *options.pop("inputs", ())]
    data = model_bytes(nodes, given, inputs, [NewSlot(output, ("a", "b")), *more], **options)
    return model_of(parse_onnx(data), hints or {})


SQUEEZED = [lstm(), NewNode("Squeeze", ["Y", "axis_1"], ["h"])]


def exports() -> list[str]:
    with np.load(EXPORTS) as arrays:
        return sorted({name.split("/")[0] for name in arrays.files})


@pytest.mark.parametrize("key", exports())
def test_an_export_of_pytorch_gives_what_pytorch_gives(key: str, tmp_path: Path) -> None:
    with np.load(EXPORTS) as arrays:
        (tmp_path / "model.onnx").write_bytes(arrays[f"{key}/model"].tobytes())
        np.savez(tmp_path / "model.npz", x=arrays[f"{key}/x"], y=arrays[f"{key}/y"])
    imported = import_model(tmp_path / "model.onnx").imported
    assert imported is not None
    assert imported.is_proven, imported.difference
    assert imported.compared > 1


def test_a_graph_as_tf2onnx_writes_it_is_a_layer_and_a_readout() -> None:
    """Batch first, transposed for the operator; first states made of zeros by the shape; the readout on merged axes."""
    given = tensors() | {
        "bias": weights(5, 4),
        "batch_at": np.array([0]),
        "behind_it": np.array([1]),
        "units": np.array([UNITS]),
        "zero": np.array(0, np.float32),
        "merged": np.array([-1, UNITS]),
        "apart": np.array([-1, 5, 4]),
    }
    nodes = [
        NewNode("Shape", ["X"], ["shape"]),
        NewNode("Cast", ["shape"], ["shape_32"], {"to": 6}),
        NewNode("Slice", ["shape_32", "batch_at", "behind_it"], ["batch"]),
        NewNode("Cast", ["batch"], ["batch_64"], {"to": 7}),
        NewNode("Concat", ["batch_64", "units"], ["state_shape"], {"axis": 0}),
        NewNode("Expand", ["zero", "state_shape"], ["state"]),
        NewNode("Unsqueeze", ["state", "axis_0"], ["first"]),
        NewNode("Transpose", ["X"], ["turned"], {"perm": [1, 0, 2]}),
        NewNode("LSTM", ["turned", "W", "R", "B", "", "first", "first"], ["Y"], {"hidden_size": UNITS}, "seq/LSTM"),
        NewNode("Squeeze", ["Y", "axis_1"], ["time_first"]),
        NewNode("Transpose", ["time_first"], ["batch_first"], {"perm": [1, 0, 2]}),
        NewNode("Reshape", ["batch_first", "merged"], ["flat"]),
        NewNode("MatMul", ["flat", "V"], ["product"], name="model/out/MatMul"),
        NewNode("Add", ["product", "bias"], ["added"]),
        NewNode("Reshape", ["added", "apart"], ["logits"]),
        NewNode("Softmax", ["logits"], ["y"], {"axis": -1}),
    ]
    model = read(nodes, given, "y", NewSlot("X", ("batch", 5, INPUTS)), opset=15)
    assert [layer.name for layer in model.network.layers] == ["seq", "out"]
    assert model.network.layers[1] == Dense("out", 4, "softmax")
    assert model.initial == {}
    assert model.input_steps == 5
    np.testing.assert_array_equal(model.params["out.V"], given["V"].T)
    np.testing.assert_array_equal(model.params["out.b"], given["bias"])
    np.testing.assert_array_equal(model.params["seq.W_f"], given["W"][0, 2 * UNITS : 3 * UNITS])
    np.testing.assert_array_equal(model.params["seq.b_o"], given["B"][0, UNITS : 2 * UNITS] + given["B"][0, -6:-4])


def test_two_operators_that_read_the_same_in_both_directions_are_one_layer() -> None:
    given = tensors() | {"V2": weights(7, 2 * UNITS, 4)}
    nodes = [
        lstm("Y"),
        NewNode("LSTM", ["X", "R_in", "R", "B"], ["Z"], {"hidden_size": UNITS, "direction": "reverse"}),
        NewNode("Squeeze", ["Y", "axis_1"], ["forward"]),
        NewNode("Squeeze", ["Z", "axis_1"], ["backward"]),
        NewNode("Concat", ["forward", "backward"], ["both"], {"axis": -1}),
        NewNode("MatMul", ["both", "V2"], ["y"]),
    ]
    given["R_in"] = weights(8, 1, 4 * UNITS, INPUTS)
    model = read(nodes, given, "y")
    (layer,) = model.network.recurrent
    assert (layer.name, layer.direction, layer.merge) == ("rec", "both", "concat")
    np.testing.assert_array_equal(model.params["rec.forward.W_i"], given["W"][0, :UNITS])
    np.testing.assert_array_equal(model.params["rec.backward.W_i"], given["R_in"][0, :UNITS])


def test_the_mean_of_both_directions_is_a_merge() -> None:
    given = tensors(sides=2) | {"first": np.array(0), "second": np.array(1), "half": np.array(0.5, np.float32)}
    nodes = [
        lstm(direction="bidirectional"),
        NewNode("Gather", ["Y", "first"], ["a"], {"axis": 1}),
        NewNode("Gather", ["Y", "second"], ["b"], {"axis": 1}),
        NewNode("Add", ["b", "a"], ["sum"]),
        NewNode("Mul", ["sum", "half"], ["y"]),
    ]
    assert read(nodes, given, "y").network.recurrent[0].merge == "mean"


def test_numbers_and_activations_fold_into_the_readout() -> None:
    given = tensors() | {"scale": np.array([1, 2, 3, 4], np.float32), "shift": np.array([[5.0]], np.float32)}
    nodes = [
        *SQUEEZED,
        NewNode("MatMul", ["h", "V"], ["product"]),
        NewNode("Mul", ["product", "scale"], ["scaled"]),
        NewNode("Sub", ["shift", "scaled"], ["turned"]),
        NewNode("HardSigmoid", ["turned"], ["y"]),
    ]
    model = read(nodes, given, "y")
    assert model.network.layers[1] == Dense("dense", 4, "hard_sigmoid_keras2")
    np.testing.assert_array_equal(model.params["dense.V"], -given["V"].T * given["scale"][:, None])
    np.testing.assert_array_equal(model.params["dense.b"], [5, 5, 5, 5])


def test_ids_are_looked_up_by_an_embedding() -> None:
    given = tensors(inputs=5) | {"words.weight": weights(9, 7, 5)}
    nodes = [NewNode("Gather", ["words.weight", "ids"], ["X"]), *SQUEEZED]
    model = read(nodes, given, "h", NewSlot("ids", ("time", "batch"), "<i8"))
    assert model.network.layers[0] == Embedding("words", 7, 5)
    assert model.network.inputs == 1


def test_constant_lengths_and_first_states_become_those_of_the_scenario() -> None:
    given = tensors() | {"lengths": np.array([4, 2], np.int32), "first": weights(6, 1, 2, UNITS)}
    nodes = [NewNode("LSTM", ["X", "W", "R", "B", "lengths", "first", ""], ["Y"], {"hidden_size": UNITS}, "rec")]
    model = read(nodes, given, "Y")
    assert model.lengths == (4, 2)
    assert model.network.recurrent[0].masked_output == "zero"
    np.testing.assert_array_equal(model.initial["rec.h"], given["first"][0])
    assert "rec.c" not in model.initial


def test_inputs_for_first_states_and_lengths_are_zero_and_full_with_a_word() -> None:
    nodes = [NewNode("LSTM", ["X", "W", "R", "B", "n", "h0", "c0"], ["Y"], {"hidden_size": UNITS})]
    states = [NewSlot(name, (1, "batch", UNITS)) for name in ("h0", "c0")]
    model = read(nodes, tensors(), "Y", inputs=[NewSlot("n", ("batch",), "<i4"), *states])
    assert [name for name in ("'n'", "'h0'", "'c0'") if any(name in note for note in model.notes)] == [
        "'n'",
        "'h0'",
        "'c0'",
    ]
    assert (model.lengths, model.initial) == (None, {})


def test_each_layer_may_take_its_own_part_of_an_input_for_all_first_states() -> None:
    """As PyTorch exports nn.LSTM(num_layers=2) whose states are handed in."""
    second = {f"{name}2": array for name, array in tensors(inputs=UNITS).items() if name in "WRB"}
    bounds = {f"at_{k}": np.array([k]) for k in range(3)}
    parts = [
        NewNode("Slice", [state, f"at_{k}", f"at_{k + 1}", "axis_0"], [f"{state}_{k}"])
        for state in ("h0", "c0")
        for k in (0, 1)
    ]
    below = NewNode("LSTM", ["X", "W", "R", "B", "", "h0_0", "c0_0"], ["Y1"], {"hidden_size": UNITS}, "below")
    squeezed = NewNode("Squeeze", ["Y1", "axis_1"], ["between"])
    above = NewNode("LSTM", ["between", "W2", "R2", "B2", "", "h0_1", "c0_1"], ["Y"], {"hidden_size": UNITS}, "above")
    states = [NewSlot(name, (2, "batch", UNITS)) for name in ("h0", "c0")]
    model = read([*parts, below, squeezed, above], {**tensors(), **second, **bounds}, "Y", inputs=states)
    assert [layer.name for layer in model.network.recurrent] == ["below", "above"]
    assert model.initial == {}
    assert [sum(f"'{name}'" in note for note in model.notes) for name in ("h0", "c0")] == [1, 1]


def test_a_part_of_the_data_itself_is_refused_still() -> None:
    bounds = {"at_0": np.array([0]), "at_2": np.array([2]), "axis_2": np.array([2])}
    cut = NewNode("Slice", ["X", "at_0", "at_2", "axis_2"], ["some"])
    nodes = [cut, NewNode("LSTM", ["some", "W", "R", "B"], ["Y"], {"hidden_size": UNITS})]
    with pytest.raises(UnsupportedError, match="takes a part out of"):
        read(nodes, {**tensors(inputs=2), **bounds}, "Y")


def test_half_precision_is_widened_and_said() -> None:
    given = {
        name: array.astype(np.float16) if array.dtype == np.float32 else array for name, array in tensors().items()
    }
    model = read(SQUEEZED, given, "h")
    assert model.precision == "float16"
    np.testing.assert_array_equal(model.params["rec.W_i"], given["W"][0, :UNITS].astype(np.float32))
    assert {array.dtype.name for array in model.params.values()} == {"float32"}


def test_weights_are_views_of_the_file() -> None:
    data = model_bytes(SQUEEZED, tensors(), [NewSlot("X", ("t", "n", INPUTS))], [NewSlot("h", ("t", "n", UNITS))])
    params = model_of(parse_onnx(data), {}).params
    assert not any(params[f"rec.{name}_{gate}"].flags.owndata for name in "WU" for gate in "ifgo")


def test_a_gru_of_pytorch_that_resets_before_is_doubted() -> None:
    nodes = [NewNode("GRU", ["X", "W", "R", "B"], ["Y"], {"hidden_size": UNITS})]
    model = read(nodes, tensors(gates=3), "Y", producer=("pytorch", "1.4"))
    assert any("linear_before_reset 0" in note for note in model.notes)
    assert read(nodes, tensors(gates=3), "Y").notes == ()


def test_other_outputs_are_left_out_with_a_word_unless_they_are_states() -> None:
    nodes = [
        *SQUEEZED,
        NewNode("MatMul", ["h", "V"], ["y"], name="one"),
        NewNode("MatMul", ["h", "V"], ["z"], name="two"),
    ]
    model = read(nodes, tensors(), "y", outputs=["Y_h", "Y_c", "z"])
    assert model.network.layers[-1].name == "one"
    assert model.notes == ("The output 'z' is left out; shown is what leads to 'y'.",)


AFTER: dict[str, tuple[list[NewNode], str]] = {
    "an operator that is not known": (
        [NewNode("Attention", ["h"], ["y"], name="att")],
        "Attention 'att': the operator Attention is not known here",
    ),
    "an operator of somebody else": (
        [NewNode("Gelu", ["h"], ["y"], domain="com.microsoft")],
        r"Gelu 'y': the operator com.microsoft.Gelu is none of the standard's",
    ),
    "a skip connection": ([NewNode("Add", ["h", "h"], ["y"])], "Add 'y': cannot be shown: it joins"),
    "a step in the midst": (
        [NewNode("Gather", ["h", "second"], ["y"], {"axis": 0})],
        "a single step that is neither the first nor the last",
    ),
    "all steps at once": (
        [
            NewNode("Transpose", ["h"], ["turned"], {"perm": [1, 0, 2]}),
            NewNode("Flatten", ["turned"], ["flat"]),
            NewNode("MatMul", ["flat", "V"], ["y"]),
        ],
        "MatMul 'y': cannot be shown: it reads several steps or sequences at once",
    ),
    "softmax over time": ([NewNode("Softmax", ["h"], ["y"], {"axis": 0})], "its axis 0 is not that of the units"),
    "the memory cell": ([NewNode("MatMul", ["Y_c", "V"], ["y"])], "it reads the memory cell"),
    "another way to pool": (
        [NewNode("ReduceMean", ["h"], ["y"], {"axes": [1], "keepdims": 0})],
        "it pools over something else than all steps",
    ),
}


@pytest.mark.parametrize("what", AFTER)
def test_what_cannot_be_shown_is_refused_by_name_and_can_be_left_out(what: str) -> None:
    after, reason = AFTER[what]
    given = tensors() | {"second": np.array(1)}
    with pytest.raises(UnsupportedError, match=reason):
        read(SQUEEZED + after, given, "y")
    model = read(SQUEEZED + after, given, "y", hints={"part": "recurrent"})
    assert [type(layer) for layer in model.network.layers] == [Recurrent]
    assert any(note.startswith("What comes after 'rec' is left out") for note in model.notes)


def test_what_comes_before_can_be_left_out_too() -> None:
    nodes = [NewNode("Conv", ["image"], ["X"], name="conv"), *SQUEEZED]
    image = NewSlot("image", ("n", 1, 8, 8))
    with pytest.raises(UnsupportedError, match="Conv 'conv': the operator Conv is not known here"):
        read(nodes, tensors(), "h", image)
    model = read(nodes, tensors(), "h", image, hints={"part": "recurrent"})
    assert model.network.inputs == INPUTS
    assert "Conv 'conv'" in model.notes[0]


def test_layers_of_which_only_one_is_given_lengths_are_refused() -> None:
    given = tensors() | {"W2": weights(7, 1, 4 * UNITS, UNITS), "lengths": np.array([3, 1], np.int32)}
    second = NewNode("LSTM", ["h", "W2", "R", "B", "lengths"], ["Z"], {"hidden_size": UNITS})
    with pytest.raises(UnsupportedError, match="some recurrent layers are given sequence_lens"):
        read([*SQUEEZED, second], given, "Z")


def test_functions_with_a_body_of_their_own_are_refused() -> None:
    nodes = [*SQUEEZED, NewNode("Mine", ["h"], ["y"], domain="my")]
    data = model_bytes(nodes, tensors(), [NewSlot("X", ("t", "n", INPUTS))], [NewSlot("y", ("a", "b"))])
    function = delimited(25, delimited(1, b"Mine") + delimited(10, b"my"))
    with pytest.raises(UnsupportedError, match=r"my\.Mine is a function with a body of its own"):
        model_of(parse_onnx(data + function), {})
    redefined = delimited(25, delimited(1, b"LSTM"))
    with pytest.raises(ModelError, match="redefines the operator 'LSTM'"):
        parse_onnx(data + redefined)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "direction": ({"direction": "sideways"}, "direction must be forward, reverse, bidirectional"),
    "activation": ({"activations": ["Sigmoid", "Tanh", "Gelu"]}, "unknown activation 'Gelu'"),
    "too few activations": ({"activations": ["Tanh"]}, "has 1 activations"),
    "alpha": ({"activations": ["Sigmoid", "Affine", "Tanh"]}, "Affine needs activation_alpha"),
    "an infinite alpha": (
        {"activations": ["Sigmoid", "Elu", "Tanh"], "activation_alpha": [np.inf]},
        "Elu needs activation_alpha, and inf is none",
    ),
    "clip": ({"clip": -1.0}, "clip is -1"),
    "layout": ({"layout": 2}, "layout is 2"),
    "units": ({"hidden_size": 3}, r"W must be \(directions, 4 \* hidden_size, input\), here \(1, 12, input\)"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_attribute_is_said_with_what_is_right(what: str) -> None:
    attributes, reason = WRONG[what]
    with pytest.raises(ModelError, match=reason):
        read([lstm(**attributes)], tensors(), "Y")


def test_a_zero_that_a_writer_left_out_is_read_as_zero() -> None:
    data = model_bytes([lstm(layout=0)], tensors(), [X], [NewSlot("Y", ("t", 1, "n", UNITS))])
    said = delimited(1, b"layout") + number(3, 0) + number(20, 2)
    short = delimited(1, b"layout") + number(20, 2) + delimited(13, b"")  # as long, with an empty text beside it
    assert data.count(said) == 1
    assert len(said) == len(short)
    assert model_of(parse_onnx(data.replace(said, short)), {}).network.recurrent[0].units == UNITS


def test_names_of_activations_are_read_in_small_letters_too() -> None:
    assert read([lstm(activations=["sigmoid", "TANH", "relu"])], tensors(), "Y").network.recurrent[0].activations == {
        "h": "relu"
    }


def test_a_file_without_a_producer_and_with_newer_operators_is_read_with_a_word() -> None:
    model = read(SQUEEZED, tensors(), "h", opset=99, producer=("", ""))
    assert model.framework == "ONNX"
    assert any("Operator set 99 is newer" in note for note in model.notes)
    assert number(2, 99) == b"\x10\x63"
