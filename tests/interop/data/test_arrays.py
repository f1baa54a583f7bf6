"""Arrays and pictures: axes are asked where two readings fit, hostile files are refused by name and at once."""

import io
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rnnviz.engine.network import Dense, Network
from rnnviz.interop.data import limits
from rnnviz.interop.data.arrange import arranged
from rnnviz.interop.data.arrays import Arrays
from rnnviz.interop.data.axes import readings, time_major
from rnnviz.interop.data.choices import Choices
from rnnviz.interop.data.errors import DataError
from rnnviz.interop.data.guess import first_choices
from rnnviz.interop.data.pictures import Picture
from rnnviz.interop.data.sequences import Classes, Sequences
from rnnviz.interop.data.source import open_source
from rnnviz.scenario.read import load

DIGITS = Path(__file__).parents[2] / "data" / "tables" / "digits8x8_first24.npz"
NTF = "sequences, steps, features"


def made(arrays: dict[str, np.ndarray], names: dict[str, str], **options: Any) -> Sequences:
    return arranged(Arrays("a.npz", arrays), Choices(arrays=MappingProxyType(names), **options))


@pytest.mark.parametrize(
    ("shape", "features", "sequences", "found"),
    [
        ((7,), 1, (), ("steps",)),
        ((7,), 3, (), ()),
        ((7, 3), 3, (), ("steps, features",)),
        ((7, 3), 1, (), ("sequences, steps",)),
        ((7, 1), 1, (), ("steps, features", "sequences, steps")),
        ((7, 3), 0, (), ("steps, features", "sequences, steps")),
        ((5, 7, 3), 3, (), ("sequences, steps, features", "steps, sequences, features")),
        ((5, 7, 3), 3, (5,), ("sequences, steps, features",)),
        ((5, 7, 3), 3, (7,), ("steps, sequences, features",)),
        ((5, 5, 3), 3, (5,), ("sequences, steps, features", "steps, sequences, features")),
        ((5, 7, 3, 1), 3, (5,), ("sequences, steps, features",)),
        ((5, 7, 3, 2), 3, (5,), ()),
    ],
)
def test_axes_have_all_readings_that_fit_and_no_other(shape: Any, features: int, sequences: Any, found: Any) -> None:
    assert readings(shape, features, sequences) == found


def test_axes_that_fit_in_two_ways_are_not_guessed() -> None:
    source = Arrays("a.npy", {"array": np.zeros((5, 7, 3))})
    choices = first_choices(source)
    assert choices.axes == ""
    with pytest.raises(DataError, match=r"shape 5 × 7 × 3 can be read in several ways; say what its axes are"):
        arranged(source, choices)


def test_each_reading_puts_steps_first() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    assert np.array_equal(time_major(array, "sequences, steps, features")[1, 0], array[0, 1])
    assert np.array_equal(time_major(array, "steps, sequences, features")[1, 0], array[1, 0])
    assert time_major(array[0], "sequences, steps")[3, 2, 0] == array[0, 2, 3]
    with pytest.raises(DataError, match="an array of shape 2 × 3 × 4 can be"):
        time_major(array, "steps")


def test_real_digits_are_rows_of_pixels_with_their_classes() -> None:
    source = open_source(DIGITS)
    found = arranged(source, first_choices(source))
    with np.load(DIGITS) as archive:
        x, y = archive["x"], archive["y"]
    assert found.inputs.shape == (8, 24, 8)
    assert np.array_equal(found.inputs[3, 5], x[5, 3] / 16)
    assert isinstance(found.targets, Classes)
    assert [int(found.targets.names[label]) for label in found.targets.labels[0]] == y.tolist()
    assert found.images


def test_mnist_like_names_are_known_and_its_parts_can_be_chosen() -> None:
    x, y = np.zeros((6, 28, 28), np.uint8), np.arange(6)
    arrays = {"x_train": x, "y_train": y, "x_test": x[:2], "y_test": y[:2]}
    source = Arrays("mnist.npz", arrays)
    choices = first_choices(source, load("mnist-rows-lstm"))
    assert dict(choices.arrays) == {"inputs": "x_train", "targets": "y_train"}
    assert choices.axes == NTF


def test_lengths_and_masks_say_the_same() -> None:
    x = np.arange(12.0).reshape(2, 3, 2)
    by_length = made({"x": x, "n": np.array([3, 1])}, {"inputs": "x", "lengths": "n"}, axes=NTF)
    mask = np.array([[1, 1, 1], [1, 0, 0]])
    by_mask = made({"x": x, "m": mask}, {"inputs": "x", "lengths": "m"}, axes=NTF)
    assert by_length.lengths == by_mask.lengths == (3, 1)
    assert np.array_equal(by_length.inputs, by_mask.inputs)
    assert by_length.inputs[1:, 1].tolist() == [[0, 0], [0, 0]]  # padding


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        (np.array([[1, 0, 1], [1, 1, 1]]), "the mask has gaps"),
        (np.array([0, 3]), "lengths go from 0 to 3; they can be 1 to 3"),
        (np.array([1, 2, 3]), "lengths have shape 3; of 2 sequences there should be 2, or a mask 2 × 3"),
    ],
)
def test_lengths_that_cannot_be_are_refused(lengths: np.ndarray, said: str) -> None:
    with pytest.raises(DataError, match=said):
        made({"x": np.zeros((2, 3, 2)), "n": lengths}, {"inputs": "x", "lengths": "n"}, axes=NTF)


def test_targets_for_each_step_and_for_each_sequence_are_told_by_their_shape() -> None:
    x = np.zeros((2, 3, 2))
    steps = made(
        {"x": x, "y": np.arange(6.0).reshape(2, 3)}, {"inputs": "x", "targets": "y"}, axes=NTF, target="columns"
    )
    assert np.asarray(steps.targets)[:, 1, 0].tolist() == [3, 4, 5]
    each = made({"x": x, "y": np.array([7.0, 8.0])}, {"inputs": "x", "targets": "y"}, axes=NTF, target="columns")
    assert np.asarray(each.targets)[..., 0].tolist() == [[7, 8]] * 3
    with pytest.raises(DataError, match="targets have shape 5; 2 sequences of 3 steps need"):
        made({"x": x, "y": np.zeros(5)}, {"inputs": "x", "targets": "y"}, axes=NTF, target="columns")


def test_numbers_that_are_not_finite_are_told_and_decided_about() -> None:
    x = np.ones((2, 3, 2))
    x[1, 2, 0] = np.nan
    found = made({"x": x}, {"inputs": "x"}, axes=NTF)
    assert (str(found.problems[0]), found.decided) == (
        "sequence 2, step 3: number 1 is NaN; expected a finite number",
        False,
    )
    assert made({"x": x}, {"inputs": "x"}, axes=NTF, missing="drop").inputs.shape == (3, 1, 2)
    filled = made({"x": x}, {"inputs": "x"}, axes=NTF, missing="last")
    assert filled.inputs[2, 1].tolist() == [1, 1]


def test_only_the_sequences_that_are_taken_are_held_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnnviz.scenario.limits.ARRAY_NUMBERS", 1_000)
    x = np.zeros((500, 4, 3), np.uint8)
    with pytest.raises(DataError, match="6,000 numbers, padding included; at most 1,000 are allowed"):
        made({"x": x}, {"inputs": "x"}, axes=NTF)
    assert made({"x": x}, {"inputs": "x"}, axes=NTF, first=11, count=20).sequence_names[0] == "sequence 11"


# --- hostile files --------------------------------------------------------------------------------------------------


def npy(header: str, content: bytes = b"") -> bytes:
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + content


def archive(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return stream.getvalue()


HUGE = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,), }")
OBJECTS = npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n(S'true'\ntR.")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("huge.npy", HUGE, "larger or smaller than its record"),
        ("huge.npz", archive({"x.npy": HUGE}), "x: .*larger or smaller than its record"),
        ("objects.npy", OBJECTS, "object arrays are not read"),
        ("objects.npz", archive({"x.npy": OBJECTS}), "x: .*object arrays are not read"),
        ("cut.npz", archive({"x.npy": HUGE})[:-30], "not a complete zip file"),
        ("other.npz", archive({"readme": b"hello"}), "there is no array in this file"),
        ("text.npy", b"1,2\n", r"does not begin as a \.npy file does"),
        ("words.npy", npy("{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", b"\0" * 16), "not numbers"),
        (
            "complex.npy",
            npy("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", b"\0" * 16),
            "holds complex128",
        ),
        ("empty.npy", npy("{'descr': '<f8', 'fortran_order': False, 'shape': (0, 3), }"), "there is nothing in it"),
        ("code.npy", npy("__import__('os').system('true')"), "not an array as NumPy writes it"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "is no sound PNG"),
    ],
)
def test_a_hostile_file_is_refused_by_name(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=said) as error:
        open_source(tmp_path / name)
    assert str(error.value).startswith(name)


def test_an_archive_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ARRAY_NUMBERS", 1_000)
    np.savez_compressed(tmp_path / "bomb.npz", x=np.zeros(10_000))
    with pytest.raises(DataError, match="10,000 numbers; at most 1,000 are read"):
        open_source(tmp_path / "bomb.npz")


# --- pictures -------------------------------------------------------------------------------------------------------


def test_a_picture_is_a_row_a_step_in_its_own_grey(tmp_path: Path) -> None:
    grey = np.array([[0, 50, 255], [10, 20, 30]], np.uint8)
    Image.fromarray(grey).save(tmp_path / "a.png")
    found = arranged(open_source(tmp_path / "a.png"), Choices())
    assert found.inputs[:, 0].tolist() == grey.tolist()
    assert found.images
    dark = arranged(open_source(tmp_path / "a.png"), Choices(invert=True, scale="divide", divisor=255.0))
    assert dark.inputs[0, 0].tolist() == [1.0, 205 / 255, 0.0]


def test_what_is_transparent_is_white_and_colours_are_said_to_be_grey(tmp_path: Path) -> None:
    Image.new("RGBA", (2, 1), (0, 0, 0, 0)).save(tmp_path / "a.png")
    source = open_source(tmp_path / "a.png")
    assert isinstance(source, Picture)
    assert source.grey.tolist() == [[255, 255]]
    assert source.sentence.endswith("Its colours are read as grey.")


def test_16_bits_a_pixel_are_brought_to_the_same_range(tmp_path: Path) -> None:
    Image.fromarray(np.array([[0, 65_535]], np.uint16)).save(tmp_path / "a.png")
    source = open_source(tmp_path / "a.png")
    assert isinstance(source, Picture)
    assert source.grey.tolist() == [[0, 255]]


def test_a_picture_is_made_narrower_only_when_that_is_said(tmp_path: Path) -> None:
    Image.fromarray(np.full((56, 56), 200, np.uint8)).save(tmp_path / "a.png")
    source, network = open_source(tmp_path / "a.png"), load("mnist-rows-lstm")
    assert arranged(source, Choices(), network).inputs.shape == (56, 1, 56)
    small = arranged(source, Choices(resize=True), network)
    assert small.inputs.shape == (28, 1, 28)
    assert (small.inputs == 200).all()
    assert "Made 28 pixels wide, from 56." in small.notes


def test_a_picture_that_would_unpack_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    whole = io.BytesIO()
    Image.new("1", (16, 16)).save(whole, "PNG")
    head = b"IHDR" + struct.pack(">2L", 16_000, 16_000) + whole.getvalue()[24:29]
    bomb = whole.getvalue()[:12] + head + struct.pack(">L", zlib.crc32(head)) + whole.getvalue()[33:]
    (tmp_path / "bomb.png").write_bytes(bomb)
    with pytest.raises(DataError, match=r"bomb\.png: 16,000 × 16,000 pixels; at most 4,000,000 are read"):
        open_source(tmp_path / "bomb.png")


def test_a_picture_that_would_become_too_large_is_not_resized() -> None:
    column = Picture("column.png", np.zeros((16_000, 1)), 255, had_colours=False)
    scenario = load("mnist-rows-lstm")
    wide = replace(scenario, network=Network(16_000, (Dense("out", 1),)))
    with pytest.raises(DataError, match="256,000,000 steps; at most"):
        arranged(column, Choices(resize=True), wide)


def test_a_picture_with_a_second_header_is_as_large_as_that_one_says(tmp_path: Path) -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))

    headers = [chunk(b"IHDR", struct.pack(">2L5B", side, side, 8, 0, 0, 0, 0)) for side in (10, 9_000)]
    pixels = chunk(b"IDAT", zlib.compress(bytes(9_001 * 100)))
    (tmp_path / "two.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(headers) + pixels + chunk(b"IEND", b""))
    with pytest.raises(DataError, match="9,000 × 9,000 pixels; at most"):
        open_source(tmp_path / "two.png")
