"""The LSTM cell that counts: x1 is the number, x2 writes (1) or resets (-1), x3 reads out.

The expected values are those of the lecture's worked example, computed by hand for hard gates and independently of
rnnviz, to the digits given, for sigmoid gates.
"""

from scenario_sources.writing import Tree, one_sequence, over_time, story

LAYER = {
    "kind": "recurrent",
    "name": "lstm",
    "cell": "lstm",
    "units": 1,
    "activations": {"g": "linear", "h": "linear"},
}
SIGMOID = {"i": "sigmoid", "f": "sigmoid", "o": "sigmoid"}
HARD = {"i": "hard", "f": "hard", "o": "hard"}
WEIGHTS = {"g": ([1, 0, 0], 0), "i": ([0, 100, 0], -10), "f": ([0, 100, 0], 10), "o": ([0, 0, 100], -10)}

FIVE = one_sequence([3, 1, 0], [4, 1, 0], [2, 0, 0], [1, 0, 1], [3, -1, 0])
NINE = [
    [list(step)]
    for step in zip(
        [1, 3, 2, 4, 2, 1, 3, 6, 1],
        [0, 1, 0, 1, 0, 0, -1, 1, 0],
        [0, 0, 0, 0, 0, 1, 0, 0, 1],
        strict=True,
    )
]

FIVE_SIGMOID = (
    over_time("lstm.g", [3, 4, 2, 1, 3])
    + over_time("lstm.i", [1, 1, 4.54e-5, 4.54e-5, None], within=1e-7)
    + [{"at": "lstm.i", "step": 5, "value": 1.69e-48, "within": 1e-50}]
    + over_time("lstm.f", [1, 1, 0.999955, 0.999955, None], within=1e-6)
    + [{"at": "lstm.f", "step": 5, "value": 8.19e-40, "within": 1e-42}]
    + over_time("lstm.o", [4.54e-5, 4.54e-5, 4.54e-5, 1, 4.54e-5], within=1e-7)
    + over_time("lstm.c", [0, 3, 7, 6.999773, 6.999501], within=1e-6, when="before")
    + over_time("lstm.c", [3, 7, 6.999773, 6.999501, None], within=1e-6)
    + [{"at": "lstm.c", "step": 5, "value": 5.7e-39, "within": 1e-40}]
    + over_time("output", [0.000136, 0.000318, 0.000318, 6.999501, 0], within=1e-6)
)
FIVE_HARD = (
    over_time("lstm.c", [0, 3, 7, 7, 7], when="before")
    + over_time("lstm.c", [3, 7, 7, 7, 0])
    + over_time("output", [0, 0, 0, 7, 0])
)
NINE_SIGMOID = [
    {"at": "output", "step": 6, "value": 6.999501, "within": 1e-6},
    {"at": "output", "step": 9, "value": 5.999773, "within": 1e-6},
]
NINE_HARD = (
    over_time("lstm.c", [0, 0, 3, 3, 7, 7, 7, 0, 6], when="before")
    + over_time("lstm.c", [0, 3, 3, 7, 7, 7, 0, 6, 6])
    + over_time("lstm.i", [0, 1, 0, 1, 0, 0, 0, 1, 0])
    + over_time("lstm.f", [1, 1, 1, 1, 1, 1, 0, 1, 1])
    + over_time("lstm.o", [0, 0, 0, 0, 0, 1, 0, 0, 1])
    + over_time("output", [0, 0, 0, 0, 0, 7, 0, 0, 6])
)


def five_steps() -> Tree:
    return _counter("lstm-counter", "The memory cell that counts", FIVE, SIGMOID, 4, FIVE_SIGMOID, FIVE_HARD)


def nine_steps() -> Tree:
    name, title = "lstm-counter-table", "The memory cell over nine steps"
    return _counter(name, title, NINE, SIGMOID, 6, NINE_SIGMOID, NINE_HARD)


def nine_steps_hard() -> Tree:
    name, title = "lstm-counter-hard", "The memory cell with hard gates"
    return _counter(name, title, NINE, HARD, 6, NINE_SIGMOID, NINE_HARD)


def _counter(name: str, title: str, inputs: list, gates: dict, step: int, with_sigmoid: list, with_hard: list) -> Tree:
    layer = LAYER | {"activations": LAYER["activations"] | (HARD if gates is HARD else {})}
    params = {}
    for gate, (weights, bias) in WEIGHTS.items():
        params |= {f"lstm.W_{gate}": [weights], f"lstm.U_{gate}": [[0]], f"lstm.b_{gate}": [bias]}
    return {
        "title": title,
        "group": "Memory cells",
        "story": story(name),
        "view": {"step": step, "explain": "lstm.c"},
        "input_names": ["x1", "x2", "x3"],
        "output_names": ["y"],
        "network": {"inputs": 3, "layers": [layer]},
        "inputs": inputs,
        "params": params,
        "expected": with_hard if gates is HARD else with_sigmoid,
        "alternatives": [
            _gates("Hard gates, 0 or 1", HARD, with_hard),
            _gates("Sigmoid gates", SIGMOID, with_sigmoid),
        ],
    }


def _gates(title: str, gates: dict, expected: list) -> Tree:
    changes = {"network": {"layers": {"lstm": {"activations": gates}}}}
    return {"title": title, "changes": changes, "expected": expected}
