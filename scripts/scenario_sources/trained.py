"""Networks that were trained with Keras, on real data. What they must show is what Keras computed."""

import csv
import re
from pathlib import Path

import numpy as np

from rnnviz.scenario.arrays import write_array
from rnnviz.scenario.tokens import LETTERS
from scenario_sources.writing import Tree, story

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
DATA = RESOURCES / "data"
MNIST_LICENCE = (
    "Digits: MNIST, Yann LeCun and Corinna Cortes, a derivative of NIST's data, CC BY-SA 3.0; a subset, unchanged. "
    "The weights were trained on MNIST."
)
SENTENCES_LICENCE = (
    "Sentences and words: Sentiment Labelled Sentences, D. Kotzias et al., KDD 2015, UCI Machine Learning Repository, "
    "CC BY 4.0. The weights were trained on them."
)
# torch.nn.GRU with the same weights over all years: step -> forecast
TORCH_SUNSPOTS = {1: 0.07160858, 2: 0.15097512, 100: 0.27638058, 257: 1.81158567, 258: 1.52773928, 308: 0.1683646}
SUNSPOTS_LICENCE = "Sunspot numbers: NOAA National Geophysical Data Center, public domain."


def digits() -> Tree:
    weights = _weights("mnist_rows_lstm")
    with np.load(DATA / "mnist_rows.npz") as archive:
        images, labels = archive["images"], archive["labels"]
    answers = np.eye(10)[labels]
    return {
        "title": "Digits, read row by row",
        "group": "Real data",
        "licence": MNIST_LICENCE,
        "story": story("mnist-rows-lstm"),
        "view": {"step": 28, "sequence": 1, "explain": "readout.y[6]"},
        "input_names": [f"column {column}" for column in range(1, 29)],
        "output_names": [str(digit) for digit in range(10)],
        "sequence_names": [f"digit {number}: a {label}" for number, label in enumerate(labels, start=1)],
        "images": True,
        "network": {
            "inputs": 28,
            "layers": [
                {"kind": "recurrent", "name": "lstm", "cell": "lstm", "units": 28},
                {"kind": "dense", "name": "readout", "units": 10, "activation": "softmax", "at": "last step"},
            ],
        },
        "inputs": write_array(images.transpose(1, 0, 2) / 255),
        "targets": write_array(np.broadcast_to(answers, (28, *answers.shape))),
        "loss": {"kind": "cross entropy", "at": "last step"},
        "params": _params(_lstm("lstm", weights, "lstm") | _dense("readout", weights)),
        "expected": _keras_digits(),
    }


def _keras_digits() -> list[Tree]:
    """Keras' class probabilities after the last row, for the first sixteen digits."""
    return [
        {"at": "output", "step": 28, "sequence": sequence, "value": [round(p, 7) for p in row], "within": 1e-5}
        for sequence, row in enumerate(_oracle("mnist_rows_lstm")["y"].tolist())
    ]


def sentences() -> Tree:
    weights = _weights("sentiment_bilstm")
    words = (DATA / "sentiment_words.txt").read_text(encoding="utf-8").split()
    tokens = ["(padding)", "(unknown)", *words]
    with (DATA / "sentiment_sentences.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    texts = ["I am lucky!", "I feel bad!", *(row["text"] for row in rows)]
    labels = [1, 0, *(int(row["label"]) for row in rows)]
    known = {word: index for index, word in enumerate(tokens)}
    ids = [[known.get(word, 1) for word in re.findall(r"[a-z']+", text.lower())] for text in texts]
    steps = max(map(len, ids))
    padded = np.array([sentence + [0] * (steps - len(sentence)) for sentence in ids], dtype=float)
    params = {"embedding.E": weights["embedding.embeddings"]}
    for layer in ("lstm", "lstm_2"):
        for direction in ("forward", "backward"):
            params |= _lstm(f"{layer}.{direction}", weights, f"{layer}.{direction}")
    both = {"kind": "recurrent", "cell": "lstm", "direction": "both"}
    return {
        "title": "Is this sentence happy?",
        "group": "Real data",
        "licence": SENTENCES_LICENCE,
        "story": story("sentiment-bilstm"),
        "view": {"step": 3, "explain": "readout.y"},
        "input_names": ["word"],
        "output_names": ["happy"],
        "sequence_names": texts,
        "network": {
            "inputs": 1,
            "layers": [
                {"kind": "embedding", "name": "embedding", "vocabulary": 1000, "size": 12, "mask_zero": True},
                {"name": "lstm", "units": 12, **both},
                {"name": "lstm_2", "units": 8, "returns": "final", **both},
                {"kind": "dense", "name": "readout", "units": 1, "activation": "sigmoid", "at": "last step"},
            ],
        },
        "inputs": write_array(padded.T[:, :, None]),
        "lengths": [len(sentence) for sentence in ids],
        "targets": write_array(np.broadcast_to(np.array(labels, dtype=float)[:, None], (steps, len(texts), 1))),
        "loss": {"kind": "binary cross entropy", "at": "last step"},
        "params": _params(params | _dense("readout", weights)),
        "tokens": tokens,
        "tokeniser": {"letters": LETTERS},
        "expected": _keras_sentences(padded, steps),
    }


def _keras_sentences(padded: np.ndarray, steps: int) -> list[Tree]:
    """Keras' answers to the same sentences, found by their ids."""
    oracle = _oracle("sentiment_bilstm")
    found = []
    for sequence, sentence in enumerate(padded):
        whole = np.pad(sentence, (0, oracle["x"].shape[1] - steps))
        row = np.flatnonzero((oracle["x"] == whole).all(axis=1))[0]
        value = round(float(oracle["y"][row, 0]), 7)
        found.append({"at": "output", "step": steps, "sequence": sequence, "value": value, "within": 1e-5})
    return found


def sunspots() -> Tree:
    weights = _weights("sunspots_gru")
    with (DATA / "sunspots_yearly.csv").open(encoding="utf-8") as file:
        series = np.array([float(row["sunspots"]) for row in csv.DictReader(file)]) / 100
    kernels = _gates(weights["gru.kernel"].T, "zrn"), _gates(weights["gru.recurrent_kernel"].T, "zrn")
    own, recurrent = (_gates(bias, "zrn") for bias in weights["gru.bias"])
    params = {}
    for gate in "rz":
        params |= {f"gru_reset_after.W_{gate}": kernels[0][gate], f"gru_reset_after.U_{gate}": kernels[1][gate]}
        # in float64: Keras adds the two biases one after the other
        params[f"gru_reset_after.b_{gate}"] = own[gate].astype(float) + recurrent[gate]
    params |= {
        "gru_reset_after.W_n": kernels[0]["n"],
        "gru_reset_after.U_n": kernels[1]["n"],
        "gru_reset_after.b_n": own["n"],
        "gru_reset_after.c_n": recurrent["n"],
    }
    return {
        "title": "Three centuries of sunspots",
        "group": "Real data",
        "licence": SUNSPOTS_LICENCE,
        "story": story("sunspots-gru"),
        "view": {"step": 257, "explain": "readout.y"},
        "input_names": ["sunspots / 100"],
        "output_names": ["next year"],
        "sequence_names": ["1700 to 2007"],
        "network": {
            "inputs": 1,
            "layers": [
                {"kind": "recurrent", "name": "gru_reset_after", "cell": "gru_reset_after", "units": 12},
                {"kind": "dense", "name": "readout", "units": 1},
            ],
        },
        "inputs": write_array(series[:-1, None, None]),
        "targets": write_array(series[1:, None, None]),
        "loss": {"kind": "half squared error", "at": "every step"},
        "params": _params(params | _dense("readout", weights)),
        "expected": _torch_sunspots(series),
        "alternatives": [
            _years("Begin in 1948", series, 248, 60, _keras_sunspots()),
            _years("Begin in 1700", series, 0, 308, _torch_sunspots(series)),
        ],
    }


def _years(title: str, series: np.ndarray, first: int, count: int, expected: list[Tree]) -> Tree:
    years = slice(first, first + count)
    changes = {
        "inputs": write_array(series[:-1][years, None, None]),
        "targets": write_array(series[1:][years, None, None]),
        "sequence_names": [f"{1700 + first} to {1699 + first + count}"],
    }
    return {"title": title, "changes": changes, "expected": expected}


def _torch_sunspots(series: np.ndarray) -> list[Tree]:
    """The forecasts, and the numbers of this year and the next that the story sets beside them."""
    found = []
    for step, value in TORCH_SUNSPOTS.items():
        found.append({"at": "output", "step": step, "value": value, "within": 1e-7})
        found.append({"at": "x", "step": step, "value": float(series[step - 1])})
        found.append({"at": "target", "step": step, "value": float(series[step])})
    return found


def _keras_sunspots() -> list[Tree]:
    """Keras' forecasts over the sixty years from 1948 on, from a state of zero."""
    forecasts = _oracle("sunspots_gru")["y"][0, :, 0].tolist()
    return [
        {"at": "output", "step": step, "value": round(value, 7), "within": 1e-5}
        for step, value in enumerate(forecasts, start=1)
    ]


def _weights(name: str) -> dict[str, np.ndarray]:
    with np.load(RESOURCES / "models" / f"{name}.npz") as archive:
        return dict(archive)


def _oracle(name: str) -> dict[str, np.ndarray]:
    """What Keras computed, kept with the tests."""
    with np.load(RESOURCES.parent / "tests" / "data" / "scenario" / f"keras_{name}.npz") as archive:
        return dict(archive)


def _lstm(prefix: str, weights: dict[str, np.ndarray], source: str) -> dict[str, np.ndarray]:
    """Keras' i f c o in columns -> W (units, inputs), U (units, units), b (units) for each of i f g o."""
    kernel = _gates(weights[f"{source}.kernel"].T, "ifgo")
    recurrent = _gates(weights[f"{source}.recurrent_kernel"].T, "ifgo")
    bias = _gates(weights[f"{source}.bias"], "ifgo")
    parts = {"W": kernel, "U": recurrent, "b": bias}
    return {f"{prefix}.{letter}_{gate}": parts[letter][gate] for gate in "gifo" for letter in "WUb"}


def _gates(stacked: np.ndarray, letters: str) -> dict[str, np.ndarray]:
    return dict(zip(letters, np.split(stacked, len(letters)), strict=True))


def _dense(name: str, weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return {f"{name}.V": weights[f"{name}.kernel"].T, f"{name}.b": weights[f"{name}.bias"]}


def _params(arrays: dict[str, np.ndarray]) -> Tree:
    return {name: write_array(array) for name, array in arrays.items()}
