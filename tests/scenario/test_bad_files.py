"""Every way in which a file can be wrong gets one line that names the file, the place, and what would be right."""

import base64
import contextlib
import copy
import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnnviz.scenario import limits
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.read import load, parse, read


def put(value: Any, *path: Any) -> Callable[[dict[str, Any]], None]:
    """A change of a tree: another value at a path of keys and indices."""

    def change(tree: Any) -> None:
        for key in path[:-1]:
            tree = tree[key]
        tree[path[-1]] = value

    return change


def drop(*path: Any) -> Callable[[dict[str, Any]], None]:
    def change(tree: Any) -> None:
        for key in path[:-1]:
            tree = tree[key]
        del tree[path[-1]]

    return change


LAYER = ("network", "layers", 0)
ENCODED = {"dtype": "<f8", "shape": [3, 1, 2], "base64": base64.b64encode(bytes(48)).decode()}
OWN = {"name": "mine", "equations": ["h = tanh(W @ x + U @ h_prev)"]}

BAD: dict[str, tuple[Callable[[dict[str, Any]], None], str, str]] = {
    # name: (what is done to a good file, key path, something the line must say)
    "wrong format": (put("png", "format"), "format", '"rnnviz-scenario", found "png"'),
    "no format": (drop("format"), "", '"format" is missing'),
    "newer version": (put(2, "version"), "version", "newer"),
    "no version": (drop("version"), "", '"version" is missing'),
    "version in words": (put("one", "version"), "version", "whole number"),
    "version true": (put(True, "version"), "version", "whole number"),
    "no network": (drop("network"), "", '"network" is missing'),
    "no inputs": (drop("inputs"), "", '"inputs" is missing'),
    "no params": (drop("params"), "", '"params" is missing'),
    "no units": (drop(*LAYER, "units"), "network.layers[0]", '"units" is missing'),
    "no kind": (drop(*LAYER, "kind"), "network.layers[0]", '"kind" is missing'),
    "units in words": (put("many", *LAYER, "units"), "network.layers[0].units", 'a whole number, found "many"'),
    "units broken": (put(1.5, *LAYER, "units"), "network.layers[0].units", "a whole number, found 1.5"),
    "no unit": (put(0, *LAYER, "units"), "network.layers[0].units", "at least 1, found 0"),
    "network a list": (put([], "network"), "network", "an object {...}"),
    "no layers": (put([], "network", "layers"), "network.layers", "at least 1"),
    "unknown kind": (put("conv", *LAYER, "kind"), "network.layers[0].kind", 'unknown kind "conv"'),
    "unknown pool": (
        put({"kind": "pool", "name": "pool", "pool": "median"}, *LAYER),
        "network.layers[0].pool",
        "median",
    ),
    "unknown cell": (put("elmann", *LAYER, "cell"), "network.layers[0].cell", 'did you mean "elman"?'),
    "unknown direction": (put("up", *LAYER, "direction"), "network.layers[0].direction", '"backward", "both"'),
    "unknown activation": (put({"h": "tan"}, *LAYER, "activations"), "network.layers[0].activations.h", '"tan"'),
    "unknown slot": (put({"q": "tanh"}, *LAYER, "activations"), "network.layers[0].activations", '"q"'),
    "activation a number": (put({"h": 1}, *LAYER, "activations"), "network.layers[0].activations.h", "found 1"),
    "unknown constant": (put({"alpha": 1}, *LAYER, "constants"), "network.layers[0].constants", '"alpha"'),
    "unknown readout": (put("soft", "network", "layers", 1, "activation"), "network.layers[1].activation", "softmax"),
    "two of a name": (put("elman", "network", "layers", 1, "name"), "network.layers[1].name", "two layers"),
    "name with blank": (put("my layer", *LAYER, "name"), "network.layers[0].name", "a letter, then"),
    "name of a quantity": (put("x", *LAYER, "name"), "network", "'x' cannot be a layer's name"),
    "jordan without outputs": (put("jordan", *LAYER, "cell"), "network.layers[0].outputs", "outputs"),
    "elman with outputs": (put(2, *LAYER, "outputs"), "network.layers[0].outputs", "no outputs"),
    "late embedding": (
        put({"kind": "embedding", "name": "e", "vocabulary": 3, "size": 2}, "network", "layers", 1),
        "network",
        "'e'",
    ),
    "inputs flat": (put([1, 2, 3], "inputs"), "inputs", "(steps, sequences, features)"),
    "inputs empty": (put([], "inputs"), "inputs", "at least 1"),
    "inputs too wide": (put([[[1, 2, 3]]], "inputs"), "inputs", "takes 2 inputs, these have shape (1, 1, 3)"),
    "inputs ragged": (put([[[1, 2]], [[1]]], "inputs"), "inputs[1]", "shape 1 x 1"),
    "a word in the inputs": (put([[[1, "two"]]], "inputs"), "inputs[0][0][1]", 'a number, found "two"'),
    "true in the inputs": (put([[[1, True]]], "inputs"), "inputs[0][0][1]", "a number, found true"),
    "a list among numbers": (put([[[1, [2]]]], "inputs"), "inputs[0][0][1]", "a number, found a list"),
    "a number among lists": (put([[[1, 2]], 3], "inputs"), "inputs[1]", "a list of numbers, found 3"),
    "a huge integer": (put([[[1, 10**400]]], "inputs"), "inputs", "1.8e308"),
    "weight of wrong shape": (
        put([[1, 2, 3]], "params", "elman.W"),
        "params.elman.W",
        "(1, 3), but the network needs (1",
    ),
    "bias as a matrix": (put([[1]], "params", "elman.b"), "params.elman.b", "(1, 1), but the network needs (1,)"),
    "weight missing": (drop("params", "elman.U"), "params", '"elman.U" is missing'),
    "weight unknown": (put([[1]], "params", "elman.Q"), "params.elman.Q", "no such parameter"),
    "weight a word": (put("big", "params", "elman.U"), "params.elman.U", "a list"),
    "unknown initialiser": (put({"initialiser": "he"}, "params"), "params.initialiser", '"glorot", found "he"'),
    "negative seed": (put({"initialiser": "glorot", "seed": -1}, "params"), "params.seed", "at least 0"),
    "targets of wrong shape": (put([[[1]]], "targets"), "targets", "(1, 1, 1), but the network needs (3, 1, 1)"),
    "lengths of others": (put([1, 2], "lengths"), "lengths", "2 lengths for 1 sequences"),
    "length too long": (put([4], "lengths"), "lengths[0]", "from 1 to 3, found 4"),
    "unknown state": (put({"elman.c": [[0]]}, "initial"), "initial.elman.c", "carries elman.h"),
    "state of wrong shape": (put({"elman.h": [[0, 0]]}, "initial"), "initial.elman.h", "(1, 1)"),
    "names of others": (put(["a"], "input_names"), "input_names", "1 names for 2 inputs"),
    "step 0 expected": (put([{"at": "output", "step": 0, "value": 1}], "expected"), "expected[0].step", "at least 1"),
    "a word expected": (put([{"at": "output", "step": 1, "value": "1"}], "expected"), "expected[0].value", 'found "1"'),
    "equation broken": (
        put([OWN | {"equations": ["h = tanh(W @"]}], "cells"),
        "cells[0].equations[0]",
        "not an equation",
    ),
    "equation calls Python": (
        put([OWN | {"equations": ["h = __import__('os')"]}], "cells"),
        "cells[0].equations[0]",
        "column",
    ),
    "equation unknown name": (
        put([OWN | {"equations": ["k = tanh(W @ x)", "h = tanh(W @ x + zz)"]}], "cells"),
        "cells[0].equations[1]",
        "'zz'",
    ),
    "equation deep": (
        put([OWN | {"equations": ["h = " + "-" * 300 + "x"]}], "cells"),
        "cells[0].equations[0]",
        "nested",
    ),
    "equations cyclic": (
        put([OWN | {"equations": ["h = tanh(k)", "k = tanh(h)"]}], "cells"),
        "cells[0].equations[0]",
        "within one step",
    ),
    "cell without output": (put([OWN | {"output": "y"}], "cells"), "cells[0].equations", "'y'"),
    "cell of a built-in's name": (put([OWN | {"name": "lstm"}], "cells"), "cells[0].name", "already"),
    "size of nothing": (put([OWN | {"sizes": {"k": "units"}}], "cells"), "cells[0].sizes", '"k"'),
    "size unknown": (put([OWN | {"sizes": {"h": "many"}}], "cells"), "cells[0].sizes.h", '"units", "outputs"'),
    "template broken": (put("## A\n{{lstm.c four}}", "story"), "story", "{{lstm.c four}}"),
    "template open": (put("## A\n{{lstm.c 4", "story"), "story", "no }}"),
    "teacher without targets": (put(True, *LAYER, "teacher_forcing"), "network.layers[0].teacher_forcing", "targets"),
    "absurd units": (put(10**9, *LAYER, "units"), "network.layers[0].units", "at most 16384, found 1000000000"),
    "absurd inputs": (put(10**9, "network", "inputs"), "network.inputs", "at most"),
    "absurd parameters": (put(16_384, *LAYER, "units"), "network", "268,"),
    "absurd shape": (put(ENCODED | {"shape": [10**9, 10**9, 2]}, "inputs"), "inputs", "at most"),
    "absurd dimensions": (put(ENCODED | {"shape": [1] * 9}, "inputs"), "inputs.shape", "at most 4"),
    "base64 too short": (put(ENCODED | {"shape": [3, 2, 2]}, "inputs"), "inputs.base64", "takes 128"),
    "not base64": (put(ENCODED | {"base64": "?" * 64}, "inputs"), "inputs.base64", "not base64"),
    "unknown dtype": (put(ENCODED | {"dtype": "O"}, "inputs"), "inputs.dtype", '"<f8"'),
    "bytes of NaN": (
        put(ENCODED | {"base64": base64.b64encode(np.full(6, np.nan).tobytes()).decode()}, "inputs"),
        "inputs.base64",
        "finite",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_tree_gets_one_line_with_file_place_and_reason(name: str, tree: dict[str, Any]) -> None:
    spoil, where, says = BAD[name]
    parse(json.dumps(tree), "good.rnnviz")
    spoil(tree)
    with pytest.raises(ScenarioError) as caught:
        parse(json.dumps(tree), "bad.rnnviz")
    line = str(caught.value)
    assert caught.value.where == where
    assert line.startswith("bad.rnnviz: " + (f"{where}: " if where else ""))
    assert says in line
    assert "\n" not in line
    assert len(line) < 400


TEXTS = {
    # name: (text, place, something the line must say)
    "empty": (b"", "line 1, column 1", "not JSON"),
    "prose": (b"hello", "line 1, column 1", "not JSON"),
    "cut off": (b'{"format": "rnnviz-scen', "line 1, column 12", "not JSON"),
    "a comma too many": (b'{\n"a": 1,\n}', "line 3", "not JSON"),
    "a list": (b"[1, 2]", "", "a list of 2 items"),
    "a number": (b"7", "", "this is 7"),
    "binary": (b"\x89PNG\r\n\x1a\n", "", "not a text in UTF-8"),
    "1,000 lists deep": (b"[" * 1000 + b"]" * 1000, "", "nested more than 64 deep"),
    "100,000 objects deep": (b'{"a":' * 100_000, "", "nested more than 64 deep"),
    "deep after a quote": (b'{"a\\"[": ' + b"[" * 1000, "", "nested more than 64 deep"),
    "a million quotes in a text without end": (b'{"a": "' + b'\\"' * 1_000_000, "line 1, column 7", "not JSON"),
    "the same with a backslash at the end": (b'{"a": "' + b'\\"' * 1_000_000 + b"\\", "line 1, column 7", "not JSON"),
    "NaN": (b'{"x": {"y": [1, NaN]}}', "x.y[1]", "finite"),
    "infinity": (b'{"x": [[1], [-Infinity]]}', "x[1][0]", "finite"),
    "beyond float64": (b'{"x": [1, 1e999]}', "x[1]", "finite"),
    "key twice": (b'{"network": {"layers": [{"units": 1, "units": 2}]}}', "network.layers[0]", '"units" stands twice'),
    "thousands of digits": (b'{"x": ' + b"7" * 5000 + b"}", "", "digits"),
    "masses of values": (b'{"x": [' + b"0," * (limits.TEXT_NUMBERS + 1) + b"0]}", "", "8,000,000"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_bad_text_gets_one_line_with_file_place_and_reason(name: str, tmp_path: Path) -> None:
    text, where, says = TEXTS[name]
    path = tmp_path / "bad.rnnviz"
    path.write_bytes(text)
    with pytest.raises(ScenarioError) as caught:
        read(path)
    assert caught.value.where.startswith(where)
    assert str(caught.value).startswith(str(path))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_brackets_inside_strings_are_not_nesting(tree: dict[str, Any]) -> None:
    tree["story"] = "[" * 1000 + '"\\' + "{" * 1000
    tree["story"] = tree["story"].replace("{{", "{ ")
    assert parse(json.dumps(tree)).story == tree["story"]


def test_a_file_over_the_limit_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILE_BYTES", 1000)
    path = tmp_path / "large.rnnviz"
    path.write_bytes(b" " * 1001)
    with pytest.raises(ScenarioError, match="at most 1,000"):
        read(path)


@pytest.mark.parametrize(
    "spoil",
    [
        put(10**9, *LAYER, "units"),
        put(16_384, *LAYER, "units"),
        put(ENCODED | {"shape": [10**6, 10**5, 2]}, "inputs"),
        put(ENCODED | {"shape": [16_000_000, 1, 2]}, "inputs"),
    ],
)
def test_absurd_sizes_are_refused_before_memory_is_taken(spoil: Any, tree: dict[str, Any]) -> None:
    spoil(tree)
    tracemalloc.start()
    with pytest.raises(ScenarioError):
        parse(json.dumps(tree))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000


def test_a_trace_that_would_be_too_large_is_refused(tree: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRACE_NUMBERS", 11)
    with pytest.raises(ScenarioError, match="12 numbers in the trace; at most 11"):
        parse(json.dumps(tree))


def test_ids_of_words_must_be_in_the_vocabulary(tree: dict[str, Any]) -> None:
    tree["network"] = {
        "inputs": 1,
        "layers": [
            {"kind": "embedding", "name": "embedding", "vocabulary": 3, "size": 2},
            {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 1},
        ],
    }
    tree["params"] = {"initialiser": "glorot"}
    for word, is_known in ((0, True), (2, True), (3, False), (-1, False), (1.5, False)):
        tree["inputs"] = [[[0]], [[word]]]
        if is_known:
            parse(json.dumps(tree))
            continue
        with pytest.raises(ScenarioError, match=r"inputs\[1\]\[0\]\[0\]: expected the id of a word, 0 to 2") as caught:
            parse(json.dumps(tree))
        assert str(word) in str(caught.value)


def test_a_missing_file_a_folder_and_a_wrong_name_are_said(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read: No such file"):
        load(tmp_path / "none.rnnviz")
    with pytest.raises(ScenarioError, match="cannot be read: Is a directory"):
        load(tmp_path)
    with pytest.raises(ScenarioError, match="cannot be read: "):
        load("with\0null.rnnviz")
    with pytest.raises(ScenarioError, match="did you mean lstm-counter"):
        load("lstm-conter")


def test_no_change_of_one_value_makes_anything_but_a_scenario_or_a_scenario_error(tree: dict[str, Any]) -> None:
    """Every value of a file replaced by values of every kind: no other exception ever comes out."""
    wrong = [None, True, -1, 0, 1e300, "", "x", [], [[]], [None], [["a"]], {}, {"a": None}, {"base64": ""}]
    tree |= {"story": ["## A"], "expected": [{"at": "output", "step": 1, "value": [1]}], "cells": [OWN]}
    tree |= {"view": {"step": 1}, "initial": {"elman.h": [[0]]}, "lengths": [3], "loss": {"kind": "cross entropy"}}
    places = list(_places(tree))
    assert len(places) > 50
    for place in places:
        for value in wrong:
            spoilt = copy.deepcopy(tree)
            put(value, *place)(spoilt)
            with contextlib.suppress(ScenarioError):
                parse(json.dumps(spoilt))


def _places(tree: Any, *path: Any) -> Any:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from _places(value, *path, key)
