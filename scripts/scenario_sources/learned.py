"""Networks that rnnviz trains itself. `python scripts/make_scenarios --train NAME` trains one again from its start and
keeps its weights, rounded to six digits behind the point, in weights/NAME.npz.

What their outputs must be is what the task itself says is right.
"""

from pathlib import Path

import numpy as np

from rnnviz.engine.training import Data
from rnnviz.scenario.arrays import write_array
from rnnviz.scenario.data_sets import CHARACTERS, DATA_SETS, word_ids, words
from rnnviz.scenario.tasks import Lesson, lesson
from rnnviz.scenario.tokens import LETTERS
from scenario_sources.trained import MNIST_LICENCE, SENTENCES_LICENCE, SUNSPOTS_LICENCE
from scenario_sources.writing import Tree, story

WEIGHTS = Path(__file__).parent / "weights"
FADING: Tree = {"schedule": {"kind": "cosine", "factor": 0.05}}
DIGITS = tuple(str(digit) for digit in range(10))


def temporal_xor() -> Tree:
    data = {"source": "temporal-xor", "steps": 30, "sequences": 200, "held_out": 100, "seed": 1}
    return _task(
        "temporal-xor",
        "Exclusive or over time",
        ["bit"],
        ["next bit is 1"],
        [_cell("elman", 6), _readout(1, "sigmoid")],
        {"kind": "binary cross entropy"},
        {"optimizer": _adam(0.02), "clipping": _norm(5), "epochs": 100, "batch_size": 20, "data": data},
        {"accuracy": 0.99},
        {"step": 2, "explain": "readout.y"},
        within=0.5,
    )


def flip_flop() -> Tree:
    data = {"source": "flip-flop", "steps": 40, "sequences": 200, "held_out": 100, "seed": 1}
    return _task(
        "flip-flop",
        "Three switches in one network",
        ["pulse 1", "pulse 2", "pulse 3"],
        ["switch 1", "switch 2", "switch 3"],
        [_cell("elman", 16), _readout(3, "linear")],
        {"kind": "half squared error"},
        {"optimizer": _adam(0.01), "clipping": _norm(5), **FADING, "epochs": 100, "batch_size": 20, "data": data},
        {"loss": 0.01},
        {"step": 12, "explain": "readout.y[2]"},
        within=0.4,
    )


def anbn() -> Tree:
    data = {"source": "anbn", "steps": 25, "sequences": 120, "held_out": 100, "seed": 1}
    return _task(
        "anbn",
        "As many b as a",
        ["a", "b", "end"],
        ["a", "b", "end"],
        [_cell("lstm", 3), _readout(3, "softmax")],
        {"kind": "cross entropy"},
        {"optimizer": _adam(0.03), "clipping": _norm(5), "epochs": 60, "batch_size": 20, "data": data},
        {"accuracy": 0.99},
        {"step": 12, "explain": "lstm.c[1]"},
        within=0.5,
    )


def parentheses() -> Tree:
    data = {"source": "parentheses", "steps": 30, "sequences": 200, "held_out": 100, "seed": 1}
    return _task(
        "parentheses",
        "Are all brackets closed?",
        ["(", ")"],
        ["all closed"],
        [_cell("lstm", 4), _readout(1, "sigmoid")],
        {"kind": "binary cross entropy"},
        {"optimizer": _adam(0.02), "clipping": _norm(5), "epochs": 50, "batch_size": 20, "data": data},
        {"accuracy": 0.99},
        {"step": 8, "explain": "lstm.c[1]"},
        within=0.5,
    )


def adding() -> Tree:
    data = {"source": "adding", "steps": 30, "sequences": 1000, "held_out": 200, "seed": 1}
    return _task(
        "adding",
        "Two marked numbers, added at the end",
        ["number", "mark"],
        ["sum"],
        [_cell("lstm", 12), _readout(1, "linear", "last step")],
        {"kind": "half squared error", "at": "last step"},
        {"optimizer": _adam(0.01), "clipping": _norm(1), **FADING, "epochs": 40, "batch_size": 25, "data": data},
        {"loss": 0.002},
        {"step": 30, "explain": "readout.y"},
        within=0.1,
    )


def copy_memory() -> Tree:
    data = {"source": "copy-memory", "steps": 20, "sequences": 400, "held_out": 100, "seed": 1}
    return _task(
        "copy-memory",
        "Hear, wait, and say again",
        ["p", "q", "r", "s", "pause", "go"],
        ["p", "q", "r", "s", "pause"],
        [_cell("lstm", 20), _readout(5, "softmax")],
        {"kind": "cross entropy"},
        {"optimizer": _adam(0.01), "clipping": _norm(1), "epochs": 150, "batch_size": 20, "data": data},
        {"accuracy": 0.99},
        {"step": 18, "sequence": 1, "explain": "readout.y[1]"},
        within=0.5,
    )


def sine() -> Tree:
    data = {"source": "sine", "steps": 50, "sequences": 20, "held_out": 20, "seed": 1}
    return _task(
        "sine",
        "Foretelling a sine",
        ["value"],
        ["next value"],
        [_cell("elman", 4), _readout(1, "linear")],
        {"kind": "half squared error"},
        {"optimizer": _adam(0.01), "clipping": _norm(1), "epochs": 300, "data": data},
        {"loss": 0.001},
        {"step": 25, "explain": "readout.y"},
        within=0.2,
    )


def sunspots_forecast() -> Tree:
    held_out = DATA_SETS["sunspots"]()[1]
    return _learned(
        "sunspots-forecast",
        "Foretelling sunspots",
        ["sunspots / 100"],
        ["next year"],
        [_cell("gru", 6), _readout(1, "linear")],
        {"kind": "half squared error"},
        {"optimizer": _adam(0.01), "clipping": _norm(1), "epochs": 150, "data": {"source": "sunspots"}},
        {"loss": 0.02},
        held_out,
        {"step": 257, "explain": "readout.y"},
    ) | {"licence": SUNSPOTS_LICENCE, "sequence_names": ["1700 to 2007"], "expected": _years(200, 257)}


def sentiment_train() -> Tree:
    held_out = DATA_SETS["sentences"]()[1].data
    tokens = ["(padding)", "(unknown)", *words()]
    known = {word: index for index, word in enumerate(tokens)}
    texts = ["I am lucky!", "I feel bad!"]
    short = [n for n, length in enumerate(held_out.lengths or ()) if length <= 8][:8]
    ids = [word_ids(text, known) for text in texts]
    ids += [held_out.inputs[: held_out.lengths[n], n, 0].astype(int).tolist() for n in short]
    steps = max(map(len, ids))
    inputs = np.array([sentence + [0] * (steps - len(sentence)) for sentence in ids], dtype=float).T[..., None]
    answers = np.array([1, 0, *(held_out.targets[0, n, 0] for n in short)])
    targets = np.broadcast_to(answers[:, None], (steps, len(ids), 1))
    shown = Lesson(Data(inputs, targets, tuple(map(len, ids))))
    return _learned(
        "sentiment-train",
        "Learning what a sentence feels",
        ["word"],
        ["happy"],
        [
            {"kind": "embedding", "name": "embedding", "vocabulary": 1000, "size": 8, "mask_zero": True},
            _cell("lstm", 8),
            _readout(1, "sigmoid", "last step"),
        ],
        {"kind": "binary cross entropy", "at": "last step"},
        {
            "optimizer": _adam(0.01),
            "clipping": _norm(1),
            **FADING,
            "epochs": 6,
            "batch_size": 50,
            "data": {"source": "sentences"},
        },
        {"accuracy": 0.75},
        shown,
        {"step": 3, "explain": "readout.y"},
    ) | {
        "licence": SENTENCES_LICENCE.split(" The weights")[0],
        "tokens": tokens,
        "tokeniser": {"letters": LETTERS},
        "expected": [
            {"at": "output", "step": steps, "sequence": n, "value": float(answers[n]), "within": 0.5}
            for n in range(1, 8)
        ],
        "alternatives": [
            {
                "title": "Train on with these sentences alone",
                "changes": {"training": {"data": None, "start": None, "reaches": None, "schedule": None, "epochs": 30}},
            }
        ],
        "sequence_names": texts + [" ".join(tokens[word] for word in sentence) for sentence in ids[2:]],
    }


def char_rnn() -> Tree:
    held_out = DATA_SETS["founding-texts"]()[1].data
    characters = ["blank" if character == " " else character for character in CHARACTERS]
    return _learned(
        "char-rnn",
        "Foretelling the next letter",
        ["character"],
        characters,
        [
            {"kind": "embedding", "name": "embedding", "vocabulary": len(characters), "size": 12},
            _cell("lstm", 48),
            _readout(len(characters), "softmax"),
        ],
        {"kind": "cross entropy"},
        {
            "optimizer": _adam(0.01),
            "clipping": _norm(30),
            **FADING,
            "epochs": 20,
            "batch_size": 20,
            "data": {"source": "founding-texts"},
        },
        {"accuracy": 0.6},
        Lesson(held_out.take(np.arange(3))),
        {"step": 36, "sequence": 1, "explain": "readout.y[5]"},
    ) | {
        "licence": "Text: the Constitution of the United States, public domain.",
        "tokens": characters,
        "tokeniser": {"unit": "character", "joins_blanks": True},
        "expected": [
            {
                "at": "output",
                "step": step,
                "sequence": 1,
                "unit": CHARACTERS.index(following),
                "value": 1,
                "within": 0.5,
            }
            for step, following in ((35, "r"), (36, "e"), (37, "s"), (38, "s"), (40, " "))
        ],
        "sequence_names": [_piece(held_out.inputs[:, n, 0]) for n in range(3)],
    }


def _piece(ids: np.ndarray) -> str:
    return "".join(CHARACTERS[int(index)] for index in ids[:24]).strip() + " …"


def mnist_train() -> Tree:
    held_out = DATA_SETS["mnist-digits"]()[1].data
    shown = Lesson(held_out.take(np.arange(0, 200, 8)))
    labels = shown.data.targets[0].argmax(axis=1)
    return _learned(
        "mnist-train",
        "Learning to read digits",
        [f"column {column}" for column in range(1, 29)],
        list(DIGITS),
        [_cell("lstm", 28), _readout(10, "softmax", "last step")],
        {"kind": "cross entropy", "at": "last step"},
        {
            "optimizer": _adam(0.01),
            "clipping": _norm(1),
            **FADING,
            "epochs": 30,
            "batch_size": 50,
            "data": {"source": "mnist-digits"},
        },
        {"accuracy": 0.9},
        shown,
        {"step": 28, "explain": f"readout.y[{labels[0]}]"},
    ) | {
        "licence": MNIST_LICENCE.split(" The weights")[0],
        "images": True,
        "expected": [
            {"at": "output", "step": 28, "sequence": n, "unit": int(labels[n]), "value": 1, "within": 0.5}
            for n in range(10)
        ],
        "sequence_names": [f"digit {number}: a {label}" for number, label in enumerate(labels, start=1)],
    }


def _years(*steps: int) -> list[Tree]:
    """The numbers that the story sets beside the forecasts are those of the series."""
    series = DATA_SETS["sunspots"]()[1].data
    return [
        {"at": at, "step": step, "value": float(values[step - 1, 0, 0])}
        for step in steps
        for at, values in (("x", series.inputs), ("target", series.targets))
    ]


def _task(
    name: str,
    title: str,
    inputs: list,
    outputs: list,
    layers: list,
    loss: Tree,
    training: Tree,
    reaches: Tree,
    view: Tree,
    within: float,
) -> Tree:
    """A network trained on a task; five more sequences of the task are shown."""
    data = training["data"]
    shown = lesson(data["source"], data["steps"], 5, np.random.default_rng(data["seed"] + 1))
    tree = _learned(name, title, inputs, outputs, layers, loss, training, reaches, shown, view)
    is_trained = "initialiser" not in tree["params"]
    return tree | {"expected": _right(shown, loss, within) if is_trained else []}


def _right(shown: Lesson, loss: Tree, within: float) -> list[Tree]:
    """What the task asks for in the first two sequences, at the steps where it can be known."""
    values = shown.data.targets
    steps = len(values)
    lengths = shown.data.lengths or (steps,) * 2
    return [
        {"at": "output", "step": step + 1, "sequence": n, "value": values[step, n].tolist(), "within": within}
        for n in range(2)
        for step in range(lengths[n])
        if shown.counted is None or shown.counted[step, n]
        if loss.get("at") != "last step" or step == lengths[n] - 1
    ]


def _learned(
    name: str,
    title: str,
    inputs: list,
    outputs: list,
    layers: list,
    loss: Tree,
    training: Tree,
    reaches: Tree,
    shown: Lesson,
    view: Tree,
) -> Tree:
    weights, start = WEIGHTS / f"{name}.npz", {"initialiser": "glorot", "seed": 1}
    params: Tree = start
    if weights.exists():
        with np.load(weights) as archive:
            params = {key: write_array(array) for key, array in archive.items()}
    data = shown.data
    tree = {
        "title": title,
        "group": "Training",
        "story": story(name),
        "seed": 1,
        "view": {"layout": "train", **view},
        "input_names": inputs,
        "output_names": outputs,
        "network": {"inputs": len(inputs), "layers": layers},
        "inputs": write_array(data.inputs),
        "targets": write_array(data.targets),
        "loss": loss,
        "training": training | {"keep_every": 10, "start": start, "reaches": reaches},
        "params": params,
    }
    return tree | ({"lengths": list(data.lengths)} if data.lengths else {})


def _cell(cell: str, units: int) -> Tree:
    return {"kind": "recurrent", "name": cell, "cell": cell, "units": units}


def _readout(units: int, activation: str, at: str = "every step") -> Tree:
    return {"kind": "dense", "name": "readout", "units": units, "activation": activation, "at": at}


def _adam(rate: float) -> Tree:
    return {"kind": "adam", "rate": rate}


def _norm(limit: float) -> Tree:
    return {"kind": "norm", "limit": limit}
