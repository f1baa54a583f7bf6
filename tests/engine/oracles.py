"""Reads the numbers in tests/data/oracles and puts the frameworks' weights in rnnviz's places."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "data" / "oracles"


@dataclass(frozen=True)
class Case:
    """Arrays and options of one oracle, and its tolerance |a - b| <= atol + rtol |b|."""

    name: str
    meta: dict[str, Any]
    arrays: dict[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name]

    def close(self, found: np.ndarray, name: str) -> None:
        self.close_to(found, self.arrays[name], name)

    def close_to(self, found: np.ndarray, wanted: np.ndarray, name: str) -> None:
        assert found.shape == wanted.shape, f"{name}: {found.shape} against {wanted.shape}"
        np.testing.assert_allclose(
            found, wanted, rtol=self.meta["rtol"], atol=self.meta["atol"], err_msg=f"{self.name} {name}"
        )


def cases(pattern: str) -> list[Case]:
    """All oracles whose path fits, such as "torch/*_rnn_*"; never none."""
    found = []
    for file in sorted(FOLDER.glob(pattern + ".json")):
        with np.load(file.with_suffix(".npz")) as arrays:
            found.append(Case(file.stem, json.loads(file.read_text()), {name: arrays[name] for name in arrays}))
    assert found, pattern
    return found


GATES = {"lstm": "ifgo", "gru": "rzn"}


def split(stacked: np.ndarray, letters: str) -> dict[str, np.ndarray]:
    """Rows of stacked gates -> letter: rows."""
    return dict(zip(letters, np.split(stacked, len(letters)), strict=True))


def torch_params(
    arrays: dict[str, np.ndarray], kind: str, source: str, suffix: str, prefix: str
) -> dict[str, np.ndarray]:
    """One direction of one torch layer: `source` is "w." for weights; biases are added where they only occur added."""

    def get(name: str) -> np.ndarray | None:
        return arrays.get(f"{source}{name}_{suffix}")

    weights, recurrent = get("weight_ih"), get("weight_hh")
    assert weights is not None
    assert recurrent is not None
    bias_ih = get("bias_ih")
    bias_hh = get("bias_hh")
    rows = len(weights)
    bias_ih = np.zeros(rows) if bias_ih is None else bias_ih
    bias_hh = np.zeros(rows) if bias_hh is None else bias_hh
    if kind == "rnn":
        return {prefix + "W": weights, prefix + "U": recurrent, prefix + "b": bias_ih + bias_hh}
    letters = GATES[kind]
    found = {}
    for letter in letters:
        found[f"{prefix}W_{letter}"] = split(weights, letters)[letter]
        found[f"{prefix}U_{letter}"] = split(recurrent, letters)[letter]
        found[f"{prefix}b_{letter}"] = split(bias_ih, letters)[letter] + split(bias_hh, letters)[letter]
    if kind == "gru":
        found[prefix + "b_n"] = split(bias_ih, letters)["n"]
        found[prefix + "c_n"] = split(bias_hh, letters)["n"]
    projection = get("weight_hr")
    if projection is not None:
        found[prefix + "V_h"] = projection
    return found


def torch_gradients(arrays: dict[str, np.ndarray], kind: str, suffix: str, prefix: str) -> dict[str, np.ndarray]:
    """As torch_params, but for gradients: both added biases have the same one, so only one of them is taken."""
    own = {name: value for name, value in arrays.items() if name.startswith("d.")}
    for name in list(own):
        if name.startswith("d.bias_hh") and kind != "gru":
            own[name] = np.zeros_like(own[name])
        if name.startswith("d.bias_hh") and kind == "gru":
            kept = own[name].copy()
            kept[: 2 * len(kept) // 3] = 0.0
            own[name] = kept
    return torch_params(own, kind, "d.", suffix, prefix)
