"""Gated recurrent units: what the two gates do, and the conventions under which they are written."""

from scenario_sources.writing import Tree, one_sequence, over_time, story

# Chung et al. 2014 weigh the candidate with z, where Cho et al. 2014 (and every framework) weigh the old state with it.
Z_REPLACES = {
    "name": "gru_z_replaces",
    "title": "GRU, z weighs the new",
    "equations": [
        "r = sigmoid(W_r @ x + U_r @ h_prev + b_r)        # reset gate",
        "z = sigmoid(W_z @ x + U_z @ h_prev + b_z)        # update gate",
        "n = tanh(W_n @ x + U_n @ (r * h_prev) + b_n)     # candidate",
        "h = z * n + (1 - z) * h_prev                     # hidden state",
    ],
    "source": "Chung et al. 2014",
}


def keep_replace() -> Tree:
    layer = {
        "kind": "recurrent",
        "name": "gru",
        "cell": "gru",
        "units": 1,
        "activations": {"r": "hard", "z": "hard", "n": "linear"},
    }
    kept = [3, 3, 3, 4, 5, 5, 7, 8, 8]
    hard = {"cell": "gru", "activations": {"r": "hard", "z": "hard"}}
    sigmoid = {"cell": "gru", "activations": {"r": "sigmoid", "z": "sigmoid"}}
    swapped = {"cell": "gru_z_replaces", "activations": {"r": "hard", "z": "hard"}}
    # computed with 50 digits from the printed formulas
    leaking = [2.999864, 2.999955, 3.000045, 4.000091, 4.999864, 4.999909, 6.999591, 8.000272, 7.999955]
    return {
        "title": "A GRU keeps, replaces, adds",
        "group": "Memory cells",
        "story": story("gru-keep-replace"),
        "view": {"step": 3, "explain": "gru.h"},
        "input_names": ["x", "keep", "look back"],
        "output_names": ["h"],
        "cells": [Z_REPLACES],
        "network": {"inputs": 3, "layers": [layer]},
        "inputs": [
            [list(step)]
            for step in zip(
                [3, 5, 2, 4, 1, 6, 2, 8, 1],
                [0, 1, 1, 0, 0, 1, 0, 0, 1],
                [0, 0, 1, 0, 1, 0, 1, 0, 0],
                strict=True,
            )
        ],
        "params": {
            "gru.W_r": [[0, 0, 20]], "gru.U_r": [[0]], "gru.b_r": [-10],
            "gru.W_z": [[0, 20, 0]], "gru.U_z": [[0]], "gru.b_z": [-10],
            "gru.W_n": [[1, 0, 0]], "gru.U_n": [[1]], "gru.b_n": [0],
        },
        "expected": over_time("gru.z", [0, 1, 1, 0, 0, 1, 0, 0, 1])
        + over_time("gru.r", [0, 0, 1, 0, 1, 0, 1, 0, 0])
        + over_time("gru.n", [3, 5, 5, 4, 5, 6, 7, 8, 1])
        + over_time("gru.h", kept)
        + over_time("gru.h", [0, *kept[:-1]], when="before"),
        "alternatives": [
            _layer("Sigmoid gates", sigmoid, over_time("gru.h", leaking, within=1e-6)),
            _layer("Hard gates, 0 or 1", hard, over_time("gru.h", kept)),
            _layer("z weighs the new", swapped, over_time("gru.h", [0, 5, 7, 7, 7, 6, 6, 6, 1])),
        ],
    }  # fmt: skip


def _layer(title: str, change: Tree, expected: list) -> Tree:
    return {"title": title, "changes": {"network": {"layers": {"gru": change}}}, "expected": expected}


WEIGHTS = {
    "W_r": [[1], [-1]], "U_r": [[0.5, -1], [1, 0.5]], "b_r": [0, -0.5],
    "W_z": [[-1], [0.5]], "U_z": [[0.5, 0.5], [-0.5, 1]], "b_z": [0.5, -0.5],
    "W_n": [[1], [0.5]], "U_n": [[0.5, -1.5], [1.5, 0.5]], "b_n": [0, 0],
}  # fmt: skip

# `AFTER` is what torch.nn.GRU gives; the other two were computed from the printed formulas in plain Python.
BEFORE = [
    [0.474061389, 0.231058579],
    [0.296964908, -0.097697039],
    [0.426736702, 0.267807589],
    [0.841511361, 0.505063146],
    [0.576777835, 0.589565278],
    [0.346407317, 0.365270417],
]
AFTER = [
    [0.474061389, 0.231058579],
    [0.304893003, 0.148282452],
    [0.359113964, 0.295763666],
    [0.805502642, 0.470491071],
    [0.574747312, 0.623143447],
    [0.376956023, 0.563138348],
]
SWAPPED = [
    [0.287532767, 0.231058579],
    [-0.671653197, 0.07906162],
    [-0.258820886, -0.105720726],
    [-0.068368748, 0.322225665],
    [-0.156961525, 0.182935731],
    [-0.464976433, 0.009361533],
]


def conventions() -> Tree:
    return {
        "title": "Three networks called GRU",
        "group": "Memory cells",
        "story": story("gru-conventions"),
        "view": {"step": 2, "explain": "gru.h", "compare": "Reset after the product"},
        "input_names": ["x"],
        "output_names": ["h1", "h2"],
        "cells": [Z_REPLACES],
        "network": {"inputs": 1, "layers": [_of("gru", "gru")]},
        "inputs": one_sequence(*([x] for x in (1, -1, 0.5, 2, 0, -0.5))),
        "params": _params("gru"),
        "expected": over_time("gru.h", BEFORE, within=1e-8),
        "alternatives": [
            _convention("Reset after the product", "gru_reset_after", "gru_reset_after", AFTER),
            _convention("z weighs the new", "gru", "gru_z_replaces", SWAPPED),
            _convention("Reset before the product", "gru", "gru", BEFORE),
        ],
    }


def _of(name: str, cell: str) -> Tree:
    return {"kind": "recurrent", "name": name, "cell": cell, "units": 2}


def _params(layer: str) -> Tree:
    extra = {"c_n": [0, 0]} if layer == "gru_reset_after" else {}
    return {f"{layer}.{name}": value for name, value in (WEIGHTS | extra).items()}


def _convention(title: str, layer: str, cell: str, h: list) -> Tree:
    other = "Reset before the product" if title == "Reset after the product" else "Reset after the product"
    changes = {"view": {"compare": other}, "network": {"layers": [_of(layer, cell)]}, "params": _params(layer)}
    return {"title": title, "changes": changes, "expected": over_time("output", h, within=1e-8)}
