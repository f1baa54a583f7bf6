"""What is written as .safetensors keeps to the format: its parts are taken apart here by hand."""

import json
import struct
from itertools import pairwise

import numpy as np

from rnnviz.interop.weights.safetensors_file import safetensors_bytes


def test_the_file_is_the_length_of_the_header_the_header_and_the_numbers_without_gaps():
    arrays = {"a": np.arange(3, dtype=np.float32), "b": np.array([[1.5, -0.0]]), "c": np.zeros((0, 2))}
    data = safetensors_bytes(arrays, {"names": "torch"})
    (length,) = struct.unpack("<Q", data[:8])
    assert (8 + length) % 8 == 0
    header = json.loads(data[8 : 8 + length])
    assert header.pop("__metadata__") == {"names": "torch"}
    numbers = data[8 + length :]
    spans = sorted(tuple(entry["data_offsets"]) for entry in header.values())
    assert spans[0][0] == 0
    assert spans[-1][1] == len(numbers)
    assert all(end == start for (_, end), (start, _) in pairwise(spans))
    for name, kind, letter in (("a", "F32", "f"), ("b", "F64", "d"), ("c", "F64", "d")):
        entry = header[name]
        assert entry["dtype"] == kind
        assert entry["shape"] == list(arrays[name].shape)
        start, end = entry["data_offsets"]
        assert start % struct.calcsize(letter) == 0
        found = struct.unpack(f"<{(end - start) // struct.calcsize(letter)}{letter}", numbers[start:end])
        assert list(found) == arrays[name].ravel().tolist()


def test_numbers_of_another_byte_order_or_layout_are_written_in_that_of_the_format():
    plain = np.arange(6, dtype=np.float64).reshape(2, 3)
    strange = np.asfortranarray(plain).astype(">f8")
    assert safetensors_bytes({"a": strange}, {}) == safetensors_bytes({"a": plain}, {})
