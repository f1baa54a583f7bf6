"""The all-ones linear networks: two inputs, two units, two outputs, every weight 1: sums for the head.

The values expected here were worked out by hand: they are those of the lecture's example and its variants.
"""

from scenario_sources.writing import Tree, one_sequence, ones, over_time, story

INPUTS = one_sequence([1, 1], [1, 1], [2, 2])
IDENTITY = [[1, 0], [0, 1]]
READOUT = {"kind": "dense", "name": "readout", "units": 2}
READOUT_PARAMS = {"readout.V": ones(2, 2), "readout.b": [0, 0]}


def elman() -> Tree:
    return _elman(
        "all-ones-elman",
        "The all-ones network of Elman",
        U=ones(2, 2),
        h=[2, 6, 16],
        y=[4, 12, 32],
        alternatives=[
            _order("Larger input in the middle", [[1, 1], [2, 2], [1, 1]], [4, 16, 36]),
            _order("Larger input first", [[2, 2], [1, 1], [1, 1]], [8, 20, 44]),
            _order("Larger input last", [[1, 1], [1, 1], [2, 2]], [4, 12, 32]),
            _memory("Each unit sees its own memory only", IDENTITY, [4, 8, 16]),
            _memory("Every memory feeds every unit", ones(2, 2), [4, 12, 32]),
        ],
    )


def own_memory() -> Tree:
    return _elman(
        "all-ones-own-memory",
        "Every unit with a memory of its own",
        U=IDENTITY,
        h=[2, 4, 8],
        y=[4, 8, 16],
        alternatives=[
            _order("Larger input in the middle", [[1, 1], [2, 2], [1, 1]], [4, 12, 16]),
            _order("Larger input first", [[2, 2], [1, 1], [1, 1]], [8, 12, 16]),
            _order("Larger input last", [[1, 1], [1, 1], [2, 2]], [4, 8, 16]),
            _memory("Every memory feeds every unit", ones(2, 2), [4, 12, 32]),
            _memory("Each unit sees its own memory only", IDENTITY, [4, 8, 16]),
        ],
    )


def _elman(name: str, title: str, U: list, h: list, y: list, alternatives: list) -> Tree:
    layer = {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 2, "activations": {"h": "linear"}}
    return {
        "title": title,
        "group": "First steps",
        "story": story(name),
        "view": {"step": 3, "explain": "elman.h"},
        "input_names": ["x1", "x2"],
        "output_names": ["y1", "y2"],
        "network": {"inputs": 2, "layers": [layer, READOUT]},
        "inputs": INPUTS,
        "params": {"elman.W": ones(2, 2), "elman.U": U, "elman.b": [0, 0], **READOUT_PARAMS},
        "expected": [
            *over_time("elman.h", [0, *h[:-1]], when="before"),
            *over_time("elman.h", h),
            *over_time("output", y),
        ],
        "alternatives": alternatives,
    }


def _order(title: str, steps: list, y: list) -> Tree:
    return {"title": title, "changes": {"inputs": one_sequence(*steps)}, "expected": over_time("output", y)}


def _memory(title: str, U: list, y: list) -> Tree:
    changes = {"params": {"elman.U": U}, "inputs": INPUTS}
    return {"title": title, "changes": changes, "expected": over_time("output", y)}


def jordan() -> Tree:
    layer = {
        "kind": "recurrent",
        "name": "jordan",
        "cell": "jordan",
        "units": 2,
        "outputs": 2,
        "activations": {"h": "linear"},
    }
    free = {"network": {"layers": {"jordan": {"teacher_forcing": False, "constants": None}}}, "initial": None}
    forced = {"network": {"layers": {"jordan": {"teacher_forcing": True, "constants": None}}}, "initial": None}
    snns = {
        "network": {"layers": {"jordan": {"teacher_forcing": False, "constants": {"alpha": 0.3}}}},
        "initial": {"jordan.s": [[0.5, 0.5]]},
    }
    return {
        "title": "The all-ones network of Jordan",
        "group": "First steps",
        "story": story("all-ones-jordan"),
        "view": {"step": 3, "explain": "jordan.y"},
        "input_names": ["x1", "x2"],
        "output_names": ["y1", "y2"],
        "network": {"inputs": 2, "layers": [layer]},
        "inputs": INPUTS,
        "targets": one_sequence([3, 3], [6, 6], [9, 9]),
        "params": {
            "jordan.W": ones(2, 2),
            "jordan.U": ones(2, 2),
            "jordan.b": [0, 0],
            "jordan.V": ones(2, 2),
            "jordan.b_y": [0, 0],
        },
        "expected": over_time("jordan.h", [2, 10, 44])
        + over_time("output", [4, 20, 88])
        + over_time("jordan.s", [0, 4, 20])
        + over_time("jordan.y", [0, 4, 20], when="before"),
        "alternatives": [
            {
                "title": "Feed back the target (teacher forcing)",
                "changes": forced,
                "expected": over_time("jordan.h", [2, 8, 16]) + over_time("output", [4, 16, 32]),
            },
            {"title": "Feed back its own output", "changes": free, "expected": over_time("output", [4, 20, 88])},
            {
                "title": "A context that fades (self-link 0.3, first context 0.5)",
                "changes": snns,
                "expected": over_time("jordan.s", [0.15, 4.645, 23.9735]) + over_time("output", [4.6, 22.58, 103.894]),
            },
        ],
    }


def bidirectional() -> Tree:
    layer = {
        "kind": "recurrent",
        "name": "elman",
        "cell": "elman",
        "units": 2,
        "direction": "both",
        "activations": {"h": "linear"},
    }
    each_way = {
        f"elman.{direction}.{name}": value
        for direction in ("forward", "backward")
        for name, value in {"W": ones(2, 2), "U": ones(2, 2), "b": [0, 0]}.items()
    }
    return {
        "title": "The all-ones network in both directions",
        "group": "Both directions",
        "story": story("all-ones-bidirectional"),
        "view": {"step": 1, "explain": "readout.y"},
        "input_names": ["x1", "x2"],
        "output_names": ["y1", "y2"],
        "network": {"inputs": 2, "layers": [layer, READOUT]},
        "inputs": INPUTS,
        "params": {**each_way, "readout.V": ones(2, 4), "readout.b": [0, 0]},
        "expected": over_time("elman.forward.h", [2, 6, 16])
        + over_time("elman.backward.h", [22, 10, 4])
        + over_time("output", [48, 32, 40]),
        "alternatives": [
            {
                "title": "A last input of (5, 5)",
                "changes": {"inputs": one_sequence([1, 1], [1, 1], [5, 5])},
                "expected": over_time("elman.forward.h", [2, 6, 22])
                + over_time("elman.backward.h", [46, 22, 10])
                + over_time("output", [96, 56, 64]),
            },
            {
                "title": "A last input of (2, 2)",
                "changes": {"inputs": INPUTS},
                "expected": over_time("output", [48, 32, 40]),
            },
        ],
    }
