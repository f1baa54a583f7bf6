"""ONNX files that are broken or lie: each is refused in one line, soon, and without the memory that it asks for."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from rnnviz.interop.errors import ModelError, UnsupportedError
from rnnviz.interop.import_model import import_model
from rnnviz.interop.onnx.bytes import NewNode, NewSlot, delimited, model_bytes, number, tensor, varint
from rnnviz.interop.onnx.file import parse_onnx
from rnnviz.interop.onnx.read_onnx import model_of
from rnnviz.scenario.read import parse
from rnnviz.scenario.write import to_text
from tests.interop.mutation import survives

DATA = Path(__file__).resolve().parents[1] / "data"
BYTES = 60_000_000

X, Y = NewSlot("X", ("time", 1, 3)), NewSlot("Y", ("time", 1, 1, 2))
W, R = np.full((1, 8, 3), 0.1, np.float32), np.full((1, 8, 2), 0.1, np.float32)
LSTM = NewNode("LSTM", ["X", "W", "R"], ["Y"], {"hidden_size": 2}, name="lstm")


def good() -> bytes:
    return model_bytes([LSTM], {"W": W, "R": R}, [X], [Y])


def graph_bytes(*messages: bytes) -> bytes:
    """A graph of one LSTM with these tensors, R among them, and more."""
    node = b"".join(delimited(1, name) for name in (b"X", b"W", b"R")) + delimited(2, b"Y") + delimited(4, b"LSTM")
    slot = delimited(2, delimited(1, number(1, 1) + delimited(2, b"".join(delimited(1, b"") for _ in range(3)))))
    inputs, outputs = delimited(11, delimited(1, b"X") + slot), delimited(12, delimited(1, b"Y"))
    tensors = b"".join(delimited(5, message) for message in messages) + delimited(5, tensor(R, "R"))
    return delimited(1, node) + tensors + inputs + outputs


def file_of(graph: bytes) -> bytes:
    return number(1, 8) + delimited(7, graph) + delimited(8, number(2, 17))


def dims(*sizes: int) -> bytes:
    return b"".join(number(1, size) for size in sizes)


def float_tensor(shape: bytes, rest: bytes) -> bytes:
    return shape + number(2, 1) + delimited(8, b"W") + rest


def raw(count: int) -> bytes:
    return delimited(9, bytes(4 * count))


def node_with(attribute: bytes) -> bytes:
    node = b"".join(delimited(1, name) for name in (b"X", b"W", b"R")) + delimited(2, b"Y") + delimited(4, b"LSTM")
    slot = delimited(2, delimited(1, number(1, 1) + delimited(2, b"".join(delimited(1, b"") for _ in range(3)))))
    inputs, outputs = delimited(11, delimited(1, b"X") + slot), delimited(12, delimited(1, b"Y"))
    tensors = delimited(5, tensor(W, "W")) + delimited(5, tensor(R, "R"))
    return file_of(delimited(1, node + delimited(5, attribute)) + tensors + inputs + outputs)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "no varint ends": (lambda: number(1, 8) + b"\xff" * 64, "no number ends"),
    "a length beyond the file": (lambda: number(1, 8) + b"\x3a" + varint(2**62) + b"x", "lie beyond its end"),
    "a length within a message beyond it": (
        lambda: file_of(b"\x0a" + varint(2**40)),
        "lie beyond its end",
    ),
    "groups": (lambda: number(1, 8) + b"\x3b\x3c", "wire type 3"),
    "field 0": (lambda: number(1, 8) + b"\x00\x00", "begins no field"),
    "a number where the graph should be": (lambda: number(1, 8) + number(7, 5), "number stands where"),
    "no graph": (lambda: number(1, 8) + delimited(8, number(2, 17)), "no graph"),
    "two graphs": (lambda: good() + delimited(7, graph_bytes(tensor(W, "W"))), "two graphs"),
    "training": (lambda: good() + delimited(20, b""), "training information"),
    "negative dimensions": (lambda: file_of(graph_bytes(float_tensor(dims(1, -8, -3), raw(24)))), r"shape \(1, -8"),
    "a product of dimensions over 2^64": (
        lambda: file_of(graph_bytes(float_tensor(dims(2**32, 2**32, 2**8), raw(24)))),
        "at most 256,000,000 are read",
    ),
    "no number and an endless side": (
        lambda: file_of(graph_bytes(float_tensor(dims(0, 2**62, 2**62), b""))),
        "at most 256,000,000 are read",
    ),
    "a million numbers one by one": (
        lambda: file_of(graph_bytes(float_tensor(dims(1, 8, 3), (b"\x25" + bytes(4)) * 10**6))),
        "stand one by one",
    ),
    "more than a million numbers in lists": (
        lambda: file_of(
            delimited(
                1, b"".join(delimited(5, delimited(1, b"%d" % k) + delimited(8, bytes(60_000))) for k in range(20))
            )
        ),
        "fields and numbers outside of tensors",
    ),
    "a hundred dimensions": (lambda: file_of(graph_bytes(float_tensor(dims(*[1] * 100), raw(1)))), "dimensions"),
    "raw data shorter than its shape": (
        lambda: file_of(graph_bytes(float_tensor(dims(1, 8, 3), raw(23)))),
        "24 numbers take 96 bytes; 92 are there",
    ),
    "typed data shorter than its shape": (
        lambda: file_of(graph_bytes(float_tensor(dims(1, 8, 3), delimited(4, bytes(40))))),
        "the shape asks for 24 numbers; 10 are there",
    ),
    "a gigabyte of which nothing is there": (
        lambda: file_of(graph_bytes(float_tensor(dims(1, 2**27, 1), b""))),
        "fewer are there",
    ),
    "numbers in another file": (
        lambda: file_of(
            graph_bytes(
                float_tensor(
                    dims(1, 8, 3),
                    delimited(13, delimited(1, b"location") + delimited(2, b"../secret")) + number(14, 1),
                )
            )
        ),
        "another file, which is not opened",
    ),
    "texts as weights": (
        lambda: file_of(graph_bytes(dims(1, 8, 3) + number(2, 8) + delimited(8, b"W"))),
        "W: holds texts",
    ),
    "8 bit numbers": (
        lambda: file_of(graph_bytes(dims(24) + number(2, 17) + delimited(8, b"W"))),
        "numbers of type 17",
    ),
    "two tensors of one name": (
        lambda: file_of(graph_bytes(tensor(W, "W"), tensor(W, "W"))),
        "two initializers",
    ),
    "an attribute that lies about its type": (
        lambda: node_with(delimited(1, b"hidden_size") + number(3, 2) + number(20, 7)),
        "'hidden_size' is not of the type that it declares",
    ),
    "an attribute of several types": (
        lambda: node_with(delimited(1, b"activations") + number(8, 1) + delimited(9, b"Tanh") + number(20, 8)),
        "'activations' holds values of several types",
    ),
    "an attribute of another type": (
        lambda: node_with(delimited(1, b"hidden_size") + delimited(4, b"2") + number(20, 3)),
        "'hidden_size' must be a whole number",
    ),
    "a million units": (
        lambda: node_with(delimited(1, b"hidden_size") + number(3, 10**6) + number(20, 2)),
        r"W must be \(directions, 4 \* hidden_size, input\), here \(1, 4000000, input\)",
    ),
    "a cycle": (
        lambda: model_bytes(
            [NewNode("Identity", ["b"], ["a"]), NewNode("Identity", ["a"], ["b"]), LSTM], {"W": W, "R": R}, [X], [Y]
        ),
        "a cycle, or is out of order",
    ),
    "a constant that doubles forty times": (
        lambda: model_bytes(
            [NewNode("Concat", [f"c{k}"] * 2, [f"c{k + 1}"], {"axis": 0}) for k in range(40)] + [LSTM],
            {"W": W, "R": R, "c0": np.arange(8, dtype=np.float32)},
            [X],
            [Y],
        ),
        "more numbers, too many for a file of this size",
    ),
    "a matrix that is multiplied a thousand times": (
        lambda: model_bytes(
            [
                LSTM,
                NewNode("Squeeze", ["Y", "one"], ["h"]),
                NewNode("MatMul", ["h", "V"], ["m0"]),
                *(NewNode("Mul", [f"m{k}", "scale"], [f"m{k + 1}"]) for k in range(1_000)),
            ],
            {
                "W": W,
                "R": R,
                "one": np.array([1]),
                "V": np.ones((2, 10_000), np.float32),
                "scale": np.ones(10_000, np.float32),
            },
            [X],
            [NewSlot("m1000", ("t", "n", 10_000))],
        ),
        "Mul 'm.*more numbers, too many",
    ),
    "a hundred layers": (
        lambda: model_bytes(
            [NewNode("LSTM", ["X", "W", "R"], [f"Y{k}"]) for k in range(100)],
            {"W": W, "R": R},
            [X],
            [NewSlot("Y99", ("t", 1, "n", 2))],
        ),
        "more than 64 recurrent layers",
    ),
    "a hundred activations in a row": (
        lambda: model_bytes(
            [LSTM, *(NewNode("Relu", [f"v{k}" if k else "Y"], [f"v{k + 1}"]) for k in range(100))],
            {"W": W, "R": R},
            [X],
            [NewSlot("v100", ("t", 1, "n", 2))],
        ),
        "more than 64 layers follow each other",
    ),
    "an operator without inputs": (
        lambda: model_bytes([NewNode("Transpose", [], ["T"]), LSTM], {"W": W, "R": R}, [X], [Y]),
        "Transpose 'T': has no inputs",
    ),
    "a value that is there twice": (
        lambda: model_bytes([LSTM, LSTM], {"W": W, "R": R}, [X], [Y]),
        "'Y' is there twice",
    ),
    "an output that nothing gives": (
        lambda: model_bytes([LSTM], {"W": W, "R": R}, [X], [NewSlot("Z", (1,))]),
        "Z: nothing gives this output",
    ),
    "rows of three gates": (
        lambda: model_bytes([LSTM], {"W": W[:, :6], "R": R}, [X], [Y]),
        r"W must be \(directions, 4 \* hidden_size, input\), here \(1, 8, input\); 'W' is \(1, 6, 3\)",
    ),
    "names of many lines": (
        lambda: model_bytes([NewNode("A\n\x1b[2JB", ["X"], ["Y"], name="very " * 100)], {}, [X], [Y]),
        r"A\?\?\[2JB 'very very .*\.\.\.': the operator A\?\?\[2JB is not known",
    ),
    "a name of a million letters": (
        lambda: file_of(graph_bytes(dims(1) + number(2, 1) + delimited(8, b"W" * 10**6))),
        "a text of 1,000,000 bytes",
    ),
    "an unknown operator": (
        lambda: model_bytes([NewNode("LSTMX", ["X", "W", "R"], ["Y"])], {"W": W, "R": R}, [X], [Y]),
        "the operator LSTMX is not known",
    ),
    "old operators": (lambda: model_bytes([LSTM], {"W": W, "R": R}, [X], [Y], opset=6), "7 and newer"),
    "an expansion to a terabyte": (
        lambda: model_bytes(
            [NewNode("Expand", ["row", "shape"], ["B"]), NewNode("LSTM", ["X", "W", "R", "B"], ["Y"])],
            {"W": W, "R": R, "row": np.arange(2, dtype=np.float32), "shape": np.array([2**30, 2**8, 2])},
            [X],
            [Y],
        ),
        "works out 549,755,813,888 more numbers, too many",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_by_what_is_wrong_with_it(what: str, tmp_path: Path) -> None:
    make, reason = BAD[what]
    path = tmp_path / "model.onnx"
    path.write_bytes(make())
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=reason) as caught:
            import_model(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "\n" not in str(caught.value)
    assert peak < BYTES


def test_the_file_that_the_bad_ones_are_made_from_is_read(tmp_path: Path) -> None:
    for data in (good(), file_of(graph_bytes(tensor(W, "W")))):
        path = tmp_path / "model.onnx"
        path.write_bytes(data)
        assert import_model(path).network.parameter_count == 48


def test_names_in_notes_leave_room_for_them_in_a_scenario_file(tmp_path: Path) -> None:
    name = "h" * 900
    inputs = [X, NewSlot(name, (1, "n", 2))]
    node = NewNode("LSTM", ["X", "W", "R", "", "", name], ["Y"], {"hidden_size": 2}, name="n" * 900)
    data = model_bytes([node], {"W": W, "R": R}, inputs, [Y], producer=("p" * 900, "1" * 900))
    (tmp_path / "long.onnx").write_bytes(data)
    scenario = import_model(tmp_path / "long.onnx")
    assert parse(to_text(scenario)).imported == scenario.imported


def test_a_million_operators_are_given_up_before_they_are_read(tmp_path: Path) -> None:
    one = delimited(1, delimited(1, b"X") + delimited(2, b"Y") + delimited(4, b"Identity"))
    few, many = (file_of(one * count) for count in (20_001, 1_000_000))
    began = time.process_time()
    with pytest.raises(ModelError, match="20,000 operators"):
        parse_onnx(few)
    few_s = time.process_time() - began
    with pytest.raises(ModelError, match="20,000 operators"):
        parse_onnx(many)
    assert time.process_time() - began - few_s < 10 * few_s + 0.1


def test_messages_nested_two_thousand_deep_are_not_gone_into() -> None:
    deep = b""
    for _ in range(2_000):
        deep = delimited(6, deep)  # a graph as an attribute of a node of a graph ...
    node = delimited(1, b"Y") + delimited(2, b"Z") + delimited(4, b"Loop")
    loop = delimited(1, node + delimited(5, delimited(1, b"body") + deep + number(20, 5)))
    output, another = (delimited(12, delimited(1, name)) for name in (b"Y", b"Z"))
    file = parse_onnx(file_of(graph_bytes(tensor(W, "W")).replace(output, another) + loop))
    with pytest.raises(UnsupportedError, match="Loop holds a graph of its own"):
        model_of(file, {})


def seeds() -> list[bytes]:
    exports = sorted((DATA / "models").glob("onnx_*/*.onnx"))
    found = [path.read_bytes() for path in exports if path.stat().st_size < 60_000]
    with np.load(DATA / "oracles" / "onnx" / "operators.npz") as arrays:
        found += [arrays[name].tobytes() for name in arrays.files if name.endswith("/model")]
    return found


def read(path: Path) -> None:
    """As the reader does it; `import_model` only adds a scenario, and is slower by its made-up inputs."""
    model_of(parse_onnx(path.read_bytes()), {"part": "recurrent"})


def test_no_mutant_of_a_good_file_raises_anything_but_our_own_errors(tmp_path: Path) -> None:
    found = survives(seeds(), read, tmp_path / "mutant.onnx", seed=4, count=2_000)
    assert found[""] > 100
    assert found["ModelError"] > 1_000


@pytest.mark.slow
@pytest.mark.timeout(3_000)
def test_none_of_two_hundred_thousand_mutants_does(tmp_path: Path) -> None:
    survives(seeds(), read, tmp_path / "mutant.onnx", seed=5, count=200_000)
