"""Training seen closely: the loss of five steps and its derivative, and the cliff of one unit.

The values were worked out by hand (`bptt-sum`), or independently of rnnviz (the cliff).
"""

from scenario_sources.writing import Tree, one_sequence, over_time, story

FALLING = {
    "name": "cliff",
    "title": "One unit, fed back through a sigmoid",
    "equations": ["h = U @ sigmoid(h_prev) + b       # state", "y = sigmoid(h)                    # output"],
    "output": "y",
    "source": "Pascanu, Mikolov & Bengio 2013",
}
STEPS = 50


def bptt_sum() -> Tree:
    layer = {"kind": "recurrent", "name": "elman", "cell": "elman", "units": 1, "activations": {"h": "linear"}}
    growing = _sums([1, 1.5, 2.25, 3.375, 5.0625], [0, 0.5, 3.75, 16.03125, 54.84375], 75.125, 11.978515625)
    return {
        "title": "One loss from five steps",
        "group": "Training",
        "story": story("bptt-sum"),
        "view": {"layout": "train", "step": 5, "explain": "elman.h"},
        "input_names": ["x"],
        "output_names": ["h"],
        "network": {"inputs": 1, "layers": [layer]},
        "inputs": one_sequence([1], [0], [0], [0], [0]),
        "targets": one_sequence([1], [1], [1], [1], [1]),
        "loss": {"kind": "half squared error"},
        "training": {"optimizer": {"rate": 0.01}, "epochs": 50},
        "surface": {
            "x": {"parameter": "elman.U", "low": -1.6, "high": 1.6},
            "y": {"parameter": "elman.W", "low": -0.5, "high": 2.5},
            "scale": "log",
        },
        "params": _by(1.5),
        "expected": growing,
        "alternatives": [
            {"title": "w = 1.5", "changes": {"params": _by(1.5)}, "expected": growing},
            {"title": "w = 1", "changes": {"params": _by(1)}, "expected": _sums([1] * 5, [0] * 5, 0, 0)},
            {
                "title": "w = 0.5",
                "changes": {"params": _by(0.5)},
                "expected": _sums(
                    [1, 0.5, 0.25, 0.125, 0.0625], [0, -0.5, -0.75, -0.65625, -0.46875], -2.375, 1.228515625
                ),
            },
        ],
    }


def _by(w: float) -> Tree:
    return {"elman.W": [[1]], "elman.U": [[w]], "elman.b": [0]}


def _sums(h: list, parts: list, gradient: float, loss: float) -> list[Tree]:
    return [
        *over_time("elman.h", h, within=1e-12),
        *over_time("gradient:elman.U", parts, within=1e-12),
        {"at": "gradient-sum:elman.U", "step": 5, "value": gradient, "within": 1e-12},
        {"at": "loss-sum", "step": 5, "value": loss, "within": 1e-12},
    ]


def cliff() -> Tree:
    tree = _falling(5.4625, -2.9, "cliff", "The cliff in the loss")
    below, above = (5.462, 0.3875), (5.4625, 0.0235)
    return tree | {
        "expected": [_loss(above[1], 1e-4)],
        "alternatives": [_place(f"w = {w}", w, -2.9, [_loss(value, 1e-4)]) for w, value in (below, above)],
    }


def cliff_four_clippings() -> Tree:
    steep = [
        {"at": "gradient:cliff.U", "step": STEPS, "value": -1753.58, "within": 0.01},
        {"at": "gradient:cliff.b", "step": STEPS, "value": -2819.08, "within": 0.01},
        {"at": "output", "step": STEPS, "value": 0.4229, "within": 1e-5},
        _loss(0.07678, 1e-5),
    ]
    clippings: list[tuple[str, Tree]] = [
        ("No clipping", {"kind": "none"}),
        ("Clipped by value", {"kind": "value", "limit": 1}),
        ("Clipped by norm", {"kind": "norm", "limit": 1}),
        ("Loss cap, as in the notes", {"kind": "loss cap", "limit": 0.15}),
    ]
    above: Tree = {
        "title": "Begun above the cliff, rate 0.35",
        "changes": {
            "params": {"cliff.U": [[5.62]], "cliff.b": [-2.86]},
            "training": {"optimizer": {"rate": 0.35}, "clipping": {"kind": "norm", "limit": 0.04}},
        },
        # differences of losses that a loop over plain numbers gives
        "expected": [
            {"at": "gradient:cliff.U", "step": STEPS, "value": 0.0654507, "within": 1e-6},
            {"at": "gradient:cliff.b", "step": STEPS, "value": 0.0727117, "within": 1e-6},
        ],
    }
    return _falling(4.94, -2.575, "cliff-four-clippings", "Four ways down the cliff") | {
        "expected": steep,
        "alternatives": [
            {"title": title, "changes": {"training": {"clipping": None}} if clipping["kind"] == "none" else
             {"training": {"clipping": clipping}}, "expected": steep}
            for title, clipping in clippings
        ]
        + [
            {
                "title": "Loss cap, begun on its plateau",
                "changes": {
                    "params": {"cliff.U": [[5]], "cliff.b": [-2.9]},
                    "training": {"clipping": {"kind": "loss cap", "limit": 0.15}},
                },
                "expected": [],
            },
            above,
        ],
    }  # fmt: skip


def _falling(w: float, b: float, name: str, title: str) -> Tree:
    return {
        "title": title,
        "group": "Loss surface",
        "story": story(name),
        "view": {"layout": "train", "step": STEPS, "explain": "cliff.h"},
        "input_names": ["nothing"],
        "output_names": ["y"],
        "cells": [FALLING],
        "network": {
            "inputs": 1,
            "layers": [{"kind": "recurrent", "name": "cliff", "cell": "cliff", "units": 1}],
        },
        "inputs": [[[0]]] * STEPS,
        "targets": [[[0.7]]] * STEPS,
        "initial": {"cliff.h": [[0.5]]},
        "loss": {"kind": "squared error", "at": "last step"},
        "training": {"optimizer": {"rate": 0.01}, "epochs": 100},
        "surface": {
            "x": {"parameter": "cliff.U", "low": 4.5, "high": 6.5},
            "y": {"parameter": "cliff.b", "low": -3.2, "high": -2.2},
            "resolution": 401,
        },
        "params": {"cliff.U": [[w]], "cliff.b": [b]},
    }


def _loss(value: float, within: float) -> Tree:
    return {"at": "loss", "step": STEPS, "value": value, "within": within}


def _place(title: str, w: float, b: float, expected: list) -> Tree:
    return {"title": title, "changes": {"params": {"cliff.U": [[w]], "cliff.b": [b]}}, "expected": expected}
