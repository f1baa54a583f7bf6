"""Elman's and Jordan's feedback with the same weights on one sequence; the outputs were added up by hand."""

from scenario_sources.writing import Tree, one_sequence, over_time, story

LINEAR = {"h": "linear"}
W, U, V = [[1], [0]], [[0, 0], [1, 0]], [[0.5, 1]]
ELMAN = [
    {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 2, "activations": LINEAR},
    {"kind": "dense", "name": "readout", "units": 1},
]
ELMAN_PARAMS = {"elman.W": W, "elman.U": U, "elman.b": [0, 0], "readout.V": V, "readout.b": [0]}
ELMAN_STATES = [[1, 0], [2, 1], [0, 2], [0, 0], [3, 0], [0, 3], [0, 0], [1, 0]]
ELMAN_OUTPUT = [0.5, 2, 2, 0, 1.5, 3, 0, 0.5]
JORDAN = [{"kind": "recurrent", "name": "jordan", "cell": "jordan", "units": 2, "outputs": 1, "activations": LINEAR}]
JORDAN_PARAMS = {"jordan.W": W, "jordan.U": [[0], [1]], "jordan.b": [0, 0], "jordan.V": V, "jordan.b_y": [0]}
JORDAN_STATES = [[1, 0], [2, 0.5], [0, 1.5], [0, 1.5], [3, 1.5], [0, 3], [0, 3], [1, 3]]
JORDAN_OUTPUT = [0.5, 1.5, 1.5, 1.5, 3, 3, 3, 3.5]


def elman_vs_jordan() -> Tree:
    return {
        "title": "Elman against Jordan: what is remembered",
        "group": "First steps",
        "story": story("elman-vs-jordan"),
        "view": {"step": 2, "explain": "elman.h", "compare": "Jordan: feed the output back"},
        "input_names": ["x"],
        "output_names": ["y"],
        "network": {"inputs": 1, "layers": ELMAN},
        "inputs": one_sequence(*([x] for x in (1, 2, 0, 0, 3, 0, 0, 1))),
        "params": ELMAN_PARAMS,
        "expected": over_time("elman.h", ELMAN_STATES) + over_time("output", ELMAN_OUTPUT),
        "alternatives": [
            {
                "title": "Jordan: feed the output back",
                "changes": {
                    "view": {"compare": "Elman: feed the hidden state back"},
                    "network": {"layers": JORDAN},
                    "params": JORDAN_PARAMS,
                },
                "expected": over_time("jordan.h", JORDAN_STATES) + over_time("output", JORDAN_OUTPUT),
            },
            {
                "title": "Elman: feed the hidden state back",
                "changes": {
                    "view": {"compare": "Jordan: feed the output back"},
                    "network": {"layers": ELMAN},
                    "params": ELMAN_PARAMS,
                },
                "expected": over_time("output", ELMAN_OUTPUT),
            },
        ],
    }
