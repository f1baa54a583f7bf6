"""One number handed on for a thousand steps: w ** 999, and the memory path of an LSTM, f ** 999.

The expected values were computed with 50 digits.
"""

from scenario_sources.writing import Tree, one_sequence, story

STEPS = 1000
INPUTS = one_sequence([1], *([0] for _ in range(STEPS - 1)))
ELMAN = {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 1, "activations": {"h": "linear"}}
LSTM = {"kind": "recurrent", "name": "lstm", "cell": "lstm", "units": 1, "activations": {"g": "linear", "h": "linear"}}


def thousand_steps() -> Tree:
    return {
        "title": "A thousand steps",
        "group": "Dynamics",
        "story": story("thousand-steps"),
        "view": {"step": STEPS, "explain": "elman.h"},
        "input_names": ["x"],
        "output_names": ["y"],
        "network": {"inputs": 1, "layers": [ELMAN]},
        "inputs": INPUTS,
        "params": _elman_params(1.01),
        "expected": _at_the_end(20751.6, 0.05),
        "alternatives": [
            _weight(1.01, _at_the_end(20751.6, 0.05)),
            _weight(1, _at_the_end(1, 0)),
            _weight(0.99, _at_the_end(4.36073e-5, 1e-10)),
            _weight(0.01, [_output(162, 1e-322, 2e-323), _output(163, 0, 0), _output(STEPS, 0, 0)]),
            _gate(10, _at_the_end(0.95566, 1e-5)),
            _gate(5, _at_the_end(0.00122033, 1e-8)),
            _gate(1, _at_the_end(1.22525e-136, 1e-141)),
        ],
    }


def _elman_params(w: float) -> Tree:
    return {"elman.W": [[1]], "elman.U": [[w]], "elman.b": [0]}


def _lstm_params(z_f: float) -> Tree:
    """A cell that writes x, keeps sigmoid(z_f) of its memory at every step, and always shows it."""
    biases = {"g": 0, "i": 50, "f": z_f, "o": 50}
    params: Tree = {}
    for gate, bias in biases.items():
        params |= {f"lstm.W_{gate}": [[int(gate == "g")]], f"lstm.U_{gate}": [[0]], f"lstm.b_{gate}": [bias]}
    return params


def _output(step: int, value: float, within: float) -> Tree:
    return {"at": "output", "step": step, "value": value, "within": within}


def _at_the_end(value: float, within: float) -> list[Tree]:
    return [_output(1, 1, 0), _output(STEPS, value, within)]


def _weight(w: float, expected: list) -> Tree:
    changes = {"network": {"layers": [ELMAN]}, "params": _elman_params(w)}
    return {"title": f"w = {w}", "changes": changes, "expected": expected}


def _gate(z_f: float, expected: list) -> Tree:
    changes = {"network": {"layers": [LSTM]}, "params": _lstm_params(z_f)}
    return {"title": f"An LSTM with z_f = {z_f}", "changes": changes, "expected": expected}
