"""The formats of PyTorch in their variants: storages, orders of bytes, kinds of numbers, checkpoints."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.interop.errors import ModelError, UndecidedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.torch.pickle_machine import read_pickle
from rnnviz.scenario.types import Scenario
from tests.interop.mutation import zipped
from tests.interop.torch_files import (
    PROTO,
    STOP,
    Written,
    called,
    dict_of,
    linear,
    pickled,
    text,
    torch_file,
    torch_old,
    torch_old_file,
    torch_zip,
    weights,
    whole,
    written,
)

MATRIX = np.random.default_rng(4).normal(size=(5, 3))


@pytest.fixture
def load(tmp_path: Path) -> Any:
    def loaded(data: bytes, **hints: str) -> Scenario:
        (tmp_path / "model.pt").write_bytes(data)
        return import_model(tmp_path / "model.pt", **hints)

    return loaded


def described(**changes: Any) -> Written:
    usual = {"key": "0", "count": 15, "shape": (5, 3), "strides": (3, 1), "type": "DoubleStorage"}
    return Written(**{**usual, **changes})


def zip_of(tensor: Written, numbers: np.ndarray) -> bytes:
    return torch_zip(pickled({"fc.weight": tensor}), [numbers])


def test_a_tensor_is_the_numbers_of_its_storage(load: Any) -> None:
    np.testing.assert_array_equal(load(zip_of(described(), MATRIX)).params["fc.V"], MATRIX)


def test_a_tensor_may_begin_inside_of_its_storage_and_run_through_it_in_any_order(load: Any) -> None:
    numbers = np.arange(100.0)
    view = described(count=100, offset=7, strides=(2, 11))
    expected = [[7 + 2 * row + 11 * column for column in range(3)] for row in range(5)]
    np.testing.assert_array_equal(load(zip_of(view, numbers)).params["fc.V"], expected)


def test_the_stride_of_a_side_of_1_does_not_matter(load: Any) -> None:
    tensor = described(shape=(1, 3), strides=(2**62, 1))
    np.testing.assert_array_equal(load(zip_of(tensor, MATRIX)).params["fc.V"], MATRIX[:1])


def test_half_precision_is_widened_exactly(load: Any) -> None:
    halves = np.array([1.0, -2.5, 6.1e-5, 65504.0, 0.1], np.float16)
    tensor = described(type="HalfStorage", count=5, shape=(5, 1), strides=(1, 1))
    params = load(zip_of(tensor, halves)).params
    assert params["fc.V"].dtype == np.float32
    np.testing.assert_array_equal(params["fc.V"][:, 0], [1.0, -2.5, float(halves[2]), 65504.0, 0.0999755859375])


def test_bfloat16_is_the_upper_half_of_a_float32(load: Any) -> None:
    bits = np.array([0x3F80, 0xC020, 0x3DCD, 0x7F80, 0x0001], np.uint16)  # 1, -2.5, 0.10009765625, inf, 2^-133
    tensor = described(type="BFloat16Storage", count=5, shape=(5, 1), strides=(1, 1))
    scenario = load(zip_of(tensor, bits))
    np.testing.assert_array_equal(scenario.params["fc.V"][:, 0], [1.0, -2.5, 0.10009765625, np.inf, 2.0**-133])
    assert any("NaN or infinite" in note for note in scenario.imported.notes)


@pytest.mark.parametrize("is_little", [True, False])
def test_old_files_have_the_order_of_bytes_that_they_say(load: Any, is_little: bool) -> None:
    arrays = linear("fc", 3, 5)
    params = load(torch_old_file(arrays, is_little=is_little)).params
    np.testing.assert_array_equal(params["fc.V"], arrays["fc.weight"])
    np.testing.assert_array_equal(params["fc.b"], arrays["fc.bias"])


def test_new_files_have_the_order_of_bytes_that_they_say(load: Any) -> None:
    pickle_, numbers = pickled({"fc.weight": described()}), MATRIX.astype(">f8").tobytes()
    data = zipped({"a/data.pkl": pickle_, "a/byteorder": b"big", "a/data/0": numbers})
    np.testing.assert_array_equal(load(data).params["fc.V"], MATRIX)


def test_a_view_in_an_old_file_is_a_part_of_its_storage(load: Any) -> None:
    operations = described(count=100, offset=2).operations(is_old=True)
    view = b"(" + text("0v") + whole(40) + whole(60) + b"t"
    operations = operations.replace(whole(100) + b"Nt", whole(100) + view + b"t")
    params = load(torch_old(PROTO + dict_of({"fc.weight": operations}) + STOP, [np.arange(100.0)])).params
    np.testing.assert_array_equal(params["fc.V"], np.arange(42.0, 57.0).reshape(5, 3))


def test_the_pickle_of_an_old_file_may_be_longer_than_what_is_read_at_first(load: Any) -> None:
    arrays = linear("fc", 3, 5)
    tensors = {name: each.operations(is_old=True) for name, each in written(arrays).items()}
    value = PROTO + dict_of({"log": text("x" * 2_000_000), "state_dict": dict_of(tensors)}) + STOP
    np.testing.assert_array_equal(load(torch_old(value, list(arrays.values()))).params["fc.V"], arrays["fc.weight"])


def test_numbers_that_are_no_weights_are_left_out(load: Any) -> None:
    arrays = {**weights("lstm"), "rnn.num_batches_tracked": np.zeros(1, np.int64)}
    assert len(load(torch_file(arrays)).network.layers) == 1


def test_the_state_dict_of_a_checkpoint_is_found_beside_that_of_its_optimiser(load: Any) -> None:
    arrays = {**weights("lstm"), "moments": np.ones((16, 3), np.float32)}
    tensors = {name: each.operations() for name, each in written(arrays).items()}
    moments = tensors.pop("moments")
    optimiser = dict_of({"state": b"}" + whole(0) + dict_of({"exp_avg": moments}) + b"s"})
    checkpoint = dict_of({"epoch": whole(7), "model": dict_of(tensors), "optimizer": optimiser})
    scenario = load(torch_zip(PROTO + checkpoint + STOP, list(arrays.values())))
    np.testing.assert_array_equal(scenario.params["rnn.W_i"], arrays["rnn.weight_ih_l0"][:4])


def test_which_of_several_state_dicts_is_asked(load: Any) -> None:
    arrays = weights("lstm")
    tensors = dict_of({name: each.operations() for name, each in written(arrays).items()})
    data = torch_zip(PROTO + dict_of({"model": tensors, "ema": tensors}) + STOP, list(arrays.values()))
    with pytest.raises(UndecidedError) as caught:
        load(data)
    (question,) = caught.value.questions
    assert (question.hint, [choice.value for choice in question.choices]) == ("weights", ["model", "ema"])
    assert load(data, weights="ema").network.recurrent
    with pytest.raises(ModelError, match="no state dict 'other'; there is model, ema"):
        load(data, weights="other")


def test_arrays_of_numpy_are_tensors_too(load: Any) -> None:
    plain = pickle.dumps({"fc.weight": MATRIX, "fc.bias": MATRIX[:, 0].astype(">f4")}, protocol=2)
    params = load(torch_zip(plain, [])).params
    np.testing.assert_array_equal(params["fc.V"], MATRIX)
    np.testing.assert_array_equal(params["fc.b"], MATRIX[:, 0].astype(np.float32))


@pytest.mark.parametrize("protocol", range(6))
def test_plain_values_are_those_that_python_reads(protocol: int) -> None:
    value = {
        "none": None,
        "truth": [True, False],
        "numbers": [0, -1, 255, 256, 65_536, -(2**31), 2**40, -(2**63), 1.5, -0.0, 1e300],
        "texts": ["", "ü", "line\nbreak", "x" * 300],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "dicts": {"a": {}, "b": {1: 2, 3.5: None}},
    }
    value["again"] = value["texts"]
    assert read_pickle(pickle.dumps(value, protocol), {})[0] == value


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_that_makes_an_object_is_refused_in_every_protocol(protocol: int) -> None:
    with pytest.raises(ModelError, match=r"fractions.Fraction|copy_?reg"):
        read_pickle(pickle.dumps(__import__("fractions").Fraction(1, 2), protocol), {})


def test_where_a_pickle_ends_is_known() -> None:
    stream = io.BytesIO()
    for value in ("one", {"two": 2}):
        pickle.dump(value, stream)
    first, begin = read_pickle(stream.getvalue(), {})
    second, end = read_pickle(stream.getvalue(), {}, None, begin)
    assert (first, second, end) == ("one", {"two": 2}, len(stream.getvalue()))


def test_a_name_is_called_by_nothing_but_the_function_in_the_table(load: Any) -> None:
    data = torch_zip(PROTO + dict_of({"w": called("torch", "device", text("cpu"))}) + STOP, [])
    with pytest.raises(ModelError, match="no named weights, but w"):
        load(data)


@pytest.mark.parametrize(
    "vocabulary",
    [
        b"(" + text("a") + text("\n") + text("ß") + b"l",
        text("a\nß"),
        dict_of({"ß": whole(2), "a": whole(0), "\n": whole(1)}),
        b"(" + whole(1) + text("\n") + whole(0) + text("a") + whole(2) + text("ß") + b"d",
    ],
)
def test_the_words_of_a_checkpoint_are_those_of_its_ids(load: Any, vocabulary: bytes) -> None:
    arrays = {"emb.weight": np.ones((3, 3), np.float32), **weights("lstm")}
    tensors = dict_of({name: each.operations() for name, each in written(arrays).items()})
    numbers = list(arrays.values())
    data = torch_zip(PROTO + dict_of({"model": tensors, "words": vocabulary, "epoch": whole(3)}) + STOP, numbers)
    assert load(data).tokens == ("a", "\n", "ß")
    two = dict_of({"model": tensors, "words": vocabulary, "others": text("abc")})
    assert load(torch_zip(PROTO + two + STOP, numbers)).tokens == ()
