"""PyTorch's own numbers: outputs, states of every step and gradients of RNN, LSTM and GRU stacks."""

from __future__ import annotations

import numpy as np
import pytest

from rnnviz.engine.backward import backward
from rnnviz.engine.cells import CELLS
from rnnviz.engine.loss import loss
from rnnviz.engine.network import Dense, Embedding, Network, Recurrent
from rnnviz.engine.run import run
from tests.engine.oracles import Case, cases, torch_gradients, torch_params

STACKS = cases("torch/[0-9]*")
EMBEDDINGS = cases("torch/emb_*")


def lanes(case: Case) -> list[tuple[str, str, int, int]]:
    """(torch suffix, rnnviz prefix, layer, row of h0) of every direction of every layer."""
    two = case.meta["bidirectional"]
    found = []
    for layer in range(case.meta["layers"]):
        found.append((f"l{layer}", f"r{layer}.forward." if two else f"r{layer}.", layer, (1 + two) * layer))
        if two:
            found.append((f"l{layer}_reverse", f"r{layer}.backward.", layer, 2 * layer + 1))
    return found


def kind_of(case: Case) -> str:
    return case.meta["cell"].split("_")[0]


def network_of(case: Case) -> Network:
    meta = case.meta
    names = {"lstm": "lstm_projected" if meta["proj"] else "lstm", "gru": "gru_reset_after", "rnn": "elman"}
    activations = {"h": "relu"} if meta["cell"] == "rnn_relu" else {}
    layers = [
        Recurrent(
            f"r{k}",
            CELLS[names[kind_of(case)]],
            meta["hidden"],
            outputs=meta["proj"],
            direction="both" if meta["bidirectional"] else "forward",
            activations=activations,
            masked_output="zero" if meta["packed"] else "hold",
        )
        for k in range(meta["layers"])
    ]
    return Network(meta["input"], tuple(layers))


def run_case(case: Case):
    kind = kind_of(case)
    params, initial = {}, {}
    for suffix, prefix, _, row in lanes(case):
        params |= torch_params(case.arrays, kind, "w.", suffix, prefix)
        initial[prefix + "h"] = case["h0"][row]
        if "c0" in case.arrays:
            initial[prefix + "c"] = case["c0"][row]
    lengths = case["lengths"].tolist() if case.meta["packed"] else None
    return run(network_of(case), params, case["x"], lengths=lengths, initial=initial)


@pytest.mark.parametrize("case", STACKS, ids=lambda case: case.name)
def test_outputs_and_states_are_those_of_torch(case: Case) -> None:
    trace = run_case(case)
    case.close(trace.output, "y")
    checked = 0
    for suffix, prefix, _, row in lanes(case):
        for state in ("h", "c"):
            values = trace.get(prefix + state)
            if values is None:
                continue
            name = f"steps.{state}_{suffix}"
            if name in case.arrays:
                case.close(values, name)
                checked += 1
            final = values[0] if prefix.endswith("backward.") else values[-1]
            case.close_to(final, case[f"{state}_n"][row], f"{state}_n of {prefix}")
            checked += 1
    assert checked


@pytest.mark.parametrize("case", STACKS, ids=lambda case: case.name)
def test_gradients_are_those_of_torch(case: Case) -> None:
    trace = run_case(case)
    values, slope = loss("half squared error", trace, case["target"])
    case.close(values.sum(axis=1), "step_loss")
    gradients = backward(trace, {trace.output_name: slope})
    case.close(gradients.inputs, "dx")
    for suffix, prefix, _, row in lanes(case):
        for name, wanted in torch_gradients(case.arrays, kind_of(case), suffix, prefix).items():
            if case.meta["bias"] or (".b_" not in name and not name.endswith((".b", ".c_n"))):
                case.close_to(gradients.params[name], wanted, name)
        case.close_to(gradients.initial[prefix + "h"], case["dh0"][row], "dh0")
        if "dc0" in case.arrays:
            case.close_to(gradients.initial[prefix + "c"], case["dc0"][row], "dc0")


def run_embedding(case: Case):
    meta = case.meta
    kind = meta["cell"].split("_")[0]
    cell = {"lstm": "lstm", "gru": "gru_reset_after", "rnn": "elman"}[kind]
    network = Network(
        1,
        (
            Embedding("emb", meta["vocab"], meta["embed"]),
            Recurrent("cell", CELLS[cell], meta["hidden"]),
            Dense("head", meta["classes"], "softmax", at="last step" if meta["mode"] == "last" else "every step"),
        ),
    )
    arrays = {name.replace("cell.", ""): values for name, values in case.arrays.items()}
    params = {
        "emb.E": case["w.emb.weight"],
        "head.V": case["w.head.weight"],
        "head.b": case["w.head.bias"],
        **torch_params(arrays, kind, "w.", "l0", "cell."),
    }
    lengths = None if meta["mode"] == "nomask" else case["lengths"].tolist()
    trace = run(network, params, case["ids"].T[..., None], lengths=lengths)
    return trace, torch_gradients(arrays, kind, "l0", "cell.")


@pytest.mark.parametrize("case", EMBEDDINGS, ids=lambda case: case.name)
def test_embeddings_with_padding_are_those_of_torch(case: Case) -> None:
    trace, wanted = run_embedding(case)
    mode = case.meta["mode"]
    real = np.ones(case["ids"].shape, bool) if trace.mask is None else trace.mask.T
    batch_first = {"hidden": trace["cell.h"], "probs": trace["head.y"]}
    for name, values in batch_first.items():
        case.close_to(values.transpose(1, 0, 2)[real], case[name][real], name)
    labels = case["labels"][:, :1].repeat(trace.steps, axis=1) if mode == "last" else case["labels"]
    targets = np.eye(case.meta["classes"])[labels].transpose(1, 0, 2)
    values, slope = loss("cross entropy", trace, targets, last_only=mode == "last")
    case.close_to(values.sum(), case["loss"], "loss")
    gradients = backward(trace, {"head.y": slope})
    wanted |= {"head.V": case["d.head.weight"], "head.b": case["d.head.bias"]}
    for name, value in wanted.items():
        case.close_to(gradients.params[name], value, name)
    # torch's padding_idx keeps row 0 at zero, also where padding is not masked
    case.close_to(gradients.params["emb.E"][1:], case["d.emb.weight"][1:], "emb.E")
