"""A plain network beside an LSTM on one task: adding two of fifty numbers, from random weights of the same seed."""

import numpy as np

from rnnviz.scenario.arrays import write_array
from rnnviz.scenario.tasks import lesson
from scenario_sources.writing import Tree, story

START: Tree = {"initialiser": "glorot", "seed": 1}
REMEMBERING: Tree = START | {"forget_bias": 5}
READOUT: Tree = {"kind": "dense", "name": "readout", "units": 1, "at": "last step"}
LAYERS: dict[str, list[Tree]] = {
    cell: [{"kind": "recurrent", "name": cell, "cell": cell, "units": 12}, READOUT] for cell in ("elman", "lstm")
}
# |dL/dh_t| and |dL/dc_t| of the first sequence after steps 1 and 50; a plain loop in tests/scenario/test_descent.py
# gives them too
FLOW = {
    "plain": {"elman.h": (0.0144112, 1.5089555)},
    "lstm": {"lstm.h": (0.0107689, 1.2159897), "lstm.c": (0.020821, 0.508388)},
    "remembering": {"lstm.h": (0.0300079, 0.7583399), "lstm.c": (0.0719221, 0.1732856)},
}


def gradient() -> Tree:
    data = {"source": "adding", "steps": 50, "sequences": 500, "held_out": 100, "seed": 1}
    training = {"epochs": 20, "batch_size": 25, "keep_every": 10, "data": data, "start": START}
    view = {"layout": "train", "step": 1, "explain": "elman.h", "compare": "An LSTM"}
    title = "A plain network against an LSTM: the gradient"
    return _compared("rnn-vs-lstm-gradient", title, "Training", 4, view, training)


def surface() -> Tree:
    axes = {axis: {"kind": "random", "seed": seed, "low": -2, "high": 2} for axis, seed in (("x", 1), ("y", 2))}
    view = {"layout": "train", "step": 50, "explain": "readout.y", "compare": "An LSTM"}
    title = "A plain network against an LSTM: the surface"
    tree = _compared("rnn-vs-lstm-surface", title, "Loss surface", 16, view, {"epochs": 50, "start": START})
    return tree | {"surface": axes | {"resolution": 51, "scale": "log"}}


def _compared(name: str, title: str, group: str, sequences: int, view: Tree, training: Tree) -> Tree:
    shown = lesson("adding", 50, sequences, np.random.default_rng(2)).data
    rule = {"optimizer": {"kind": "adam", "rate": 0.01}, "clipping": {"kind": "norm"}}
    return {
        "title": title,
        "group": group,
        "story": story(name),
        "seed": 1,
        "view": view,
        "input_names": ["number", "mark"],
        "output_names": ["sum"],
        "network": {"inputs": 2, "layers": LAYERS["elman"]},
        "inputs": write_array(shown.inputs),
        "targets": write_array(shown.targets),
        "loss": {"kind": "half squared error", "at": "last step"},
        "training": rule | training,
        "params": START,
        "expected": [*_sums(shown.inputs), *(_flow("plain") if sequences == 4 else [])],
        "alternatives": [
            _network("A plain network", "elman", START, "plain", sequences),
            _network("An LSTM", "lstm", START, "lstm", sequences),
            _network("An LSTM that forgets little", "lstm", REMEMBERING, "remembering", sequences),
        ],
    }


def _sums(inputs: np.ndarray) -> list[Tree]:
    """The marked numbers of each sequence, added."""
    totals = (inputs[..., 0] * inputs[..., 1]).sum(axis=0).tolist()
    return [{"at": "target", "step": 50, "sequence": n, "value": total} for n, total in enumerate(totals)]


def _network(title: str, cell: str, start: Tree, flow: str, sequences: int) -> Tree:
    changes = {"network": {"layers": LAYERS[cell]}, "params": start, "training": {"start": start}}
    changes["view"] = {"compare": "An LSTM" if cell == "elman" else "A plain network"}
    return {"title": title, "changes": changes, "expected": _flow(flow) if sequences == 4 else []}


def _flow(network: str) -> list[Tree]:
    return [
        {"at": f"flow:{quantity}", "step": step, "value": value, "within": 1e-5}
        for quantity, values in FLOW[network].items()
        for step, value in zip((1, 50), values, strict=True)
    ]
