"""Three short sentences padded to one length, read with and without a mask; the states were added up by hand."""

from scenario_sources.writing import Tree, story

STATES = [
    [[1, 0], [1.5, 1], [0.75, 1.5]],
    [[0, 1], [0, 1], [0, 1]],
    [[1, 1], [2.5, 1.5], [2.5, 1.5]],
]
UNMASKED = [STATES[0], [[0, 1], [1, -0.5], [1.5, -1.25]], [[1, 1], [2.5, 1.5], [2.25, -0.25]]]


def padding_masking() -> Tree:
    return {
        "title": "Sentences of different length",
        "group": "First steps",
        "story": story("padding-masking"),
        "view": {"step": 3, "sequence": 1, "explain": "elman.h"},
        "input_names": ["word"],
        "output_names": ["y"],
        "sequence_names": ["now we go", "go", "we rest"],
        "network": {
            "inputs": 1,
            "layers": [
                {"kind": "embedding", "name": "embedding", "vocabulary": 5, "size": 2, "mask_zero": True},
                {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 2, "activations": {"h": "linear"}},
                {"kind": "dense", "name": "readout", "units": 1},
            ],
        },
        "inputs": [[[1], [2], [3]], [[3], [0], [4]], [[2], [0], [0]]],
        "params": {
            "embedding.E": [[1, -1], [1, 0], [0, 1], [1, 1], [2, 1]],
            "elman.W": [[1, 0], [0, 1]],
            "elman.U": [[0.5, 0], [0, 0.5]],
            "elman.b": [0, 0],
            "readout.V": [[1, 1]],
            "readout.b": [0],
        },
        "tokens": ["(padding)", "now", "go", "we", "rest"],
        "tokeniser": {},
        "expected": _states(STATES),
        "alternatives": [
            _masking("Masking off", {"mask_zero": False}, "hold", None, _states(UNMASKED)),
            _masking("Masking on", {"mask_zero": True}, "hold", None, _states(STATES)),
            _masking("Lengths in place of a mask", {"mask_zero": False}, "hold", [3, 1, 2], _states(STATES)),
            _masking(
                "Padding hands on 0",
                {"mask_zero": True},
                "zero",
                None,
                [
                    {"at": "output", "step": 3, "sequence": sequence, "value": y}
                    for sequence, y in enumerate([2.25, 0, 0])
                ],
            ),
        ],
    }


def _states(states: list) -> list[Tree]:
    """States [sequence][step], and the readout, which adds up the two units."""
    found = []
    for sequence, over_time in enumerate(states):
        for step, state in enumerate(over_time, start=1):
            place = {"step": step, "sequence": sequence}
            found += [{"at": "elman.h", **place, "value": state}, {"at": "output", **place, "value": sum(state)}]
    return found


def _masking(title: str, embedding: Tree, masked: str, lengths: list | None, expected: list) -> Tree:
    layers = {"embedding": embedding, "elman": {"masked_output": masked}}
    return {"title": title, "changes": {"network": {"layers": layers}, "lengths": lengths}, "expected": expected}
