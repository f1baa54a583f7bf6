"""Two LSTMs whose gates see the memory cell: one looks after the writing, the other before it.

One sequence of events and pauses, one idea: count to four, then answer and begin again. All expected values were
worked out by hand; with weights of 100 a sigmoid differs from 0 or 1 by less than 1e-21.
"""

from scenario_sources.writing import Tree, one_sequence, over_time, story

EVENTS = one_sequence(*([x] for x in (1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1)))
COUNT = [1, 2, 2, 3, 4, 1, 2, 2, 3, 4, 1, 2]
LINEAR = {"g": "linear", "h": "linear"}
# candidate = x; the input gate is always open; the forget gate shuts, and the output gate opens, between 3 and 4
COMMON = {
    "W_g": [[1]], "U_g": [[0]], "b_g": [0],
    "W_i": [[0]], "U_i": [[0]], "b_i": [50],
    "W_f": [[0]], "U_f": [[0]], "b_f": [350],
    "W_o": [[0]], "U_o": [[0]], "b_o": [-350],
}  # fmt: skip


def peephole() -> Tree:
    looking = {"p_i": [0], "p_f": [-100], "p_o": [100]}
    in_time = [0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0]
    return _timer(
        "lstm_peephole",
        "An LSTM that looks at its memory: peepholes",
        looking,
        step=5,
        compared="lstm-feedback",
        output=in_time,
        alternatives=[
            _variant("No peephole at the output gate", {"lstm_peephole.p_o": [0]}, COUNT, [0] * 12),
            _variant(
                "The output feeds the candidate",
                {"lstm_peephole.U_g": [[1]]},
                [1, 2, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10],
                [0, 0, 0, 0, 4, 5, 6, 6, 7, 8, 9, 10],
            ),
            _variant("As at first", _named("lstm_peephole", COMMON | looking), COUNT, in_time),
        ],
    )


def feedback() -> Tree:
    looking = {"V_g": [[0]], "V_i": [[0]], "V_f": [[-100]], "V_o": [[100]]}
    late = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]
    return _timer(
        "lstm_feedback",
        "The lecture's LSTM: memory fed back to all inputs",
        looking,
        step=6,
        compared="lstm-peephole",
        output=late,
        alternatives=[
            _variant(
                "The candidate sees the memory too",
                {"lstm_feedback.V_g": [[1]]},
                [1, 3, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14],
                [0, 0, 0, 7, 8, 9, 10, 10, 11, 12, 13, 14],
            ),
            _variant(
                "The output feeds the candidate",
                {"lstm_feedback.U_g": [[1]]},
                [1, 2, 2, 3, 4, 1, 3, 3, 4, 1, 3, 4],
                [0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0],
            ),
            _variant("As at first", _named("lstm_feedback", COMMON | looking), COUNT, late),
        ],
    )


def _timer(cell: str, title: str, looking: dict, step: int, output: list, alternatives: list, compared: str) -> Tree:
    return {
        "title": title,
        "group": "Memory cells",
        "story": story(cell.replace("_", "-")),
        "view": {"step": step, "explain": f"{cell}.c", "compare": compared},
        "input_names": ["event"],
        "output_names": ["answer"],
        "network": {
            "inputs": 1,
            "layers": [{"kind": "recurrent", "name": cell, "cell": cell, "units": 1, "activations": LINEAR}],
        },
        "inputs": EVENTS,
        "params": _named(cell, COMMON | looking),
        "expected": over_time(f"{cell}.c", COUNT)
        + over_time(f"{cell}.c", [0, *COUNT[:-1]], when="before")
        + over_time("output", output),
        "alternatives": alternatives,
    }


def _named(layer: str, params: dict) -> Tree:
    return {f"{layer}.{name}": value for name, value in params.items()}


def _variant(title: str, params: Tree, c: list, output: list) -> Tree:
    layer = next(iter(params)).split(".")[0]
    expected = over_time(f"{layer}.c", c) + over_time("output", output)
    return {"title": title, "changes": {"params": params}, "expected": expected}
