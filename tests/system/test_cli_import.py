"""`rnnviz import` as one types it: proven by samples, asked where a file is silent, refused in one line."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from rnnviz.cli import main

MODELS = Path(__file__).parents[1] / "data" / "models"
HINTS = ("--hint", "activation=tanh", "--hint", "readout=every step")
DIGITS, SUNSPOTS = MODELS / "torch_lstm_mnist_rows", MODELS / "torch_rnn_tanh_sunspots"

Capture = pytest.CaptureFixture[str]


def ran(capsys: Capture, *words: object) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    code = main([str(word) for word in words])
    return code, *capsys.readouterr()


def test_an_import_with_samples_is_proven_and_its_scenario_proves_it_again(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "digits.rnnviz"
    code, said, _ = ran(capsys, "import", DIGITS / "state_dict.pt", "-o", out)
    assert code == 0
    assert "Proven by 160 numbers of oracle.npz" in said
    assert f"written: {out}" in said
    assert ran(capsys, "check", out) == (0, f"{out}: as expected\n", "")


def test_what_is_open_is_asked_in_one_line_with_what_to_type(capsys: Capture, tmp_path: Path) -> None:
    alone = shutil.copy(SUNSPOTS / "state_dict.pt", tmp_path)
    code, said, wrong = ran(capsys, "import", alone)
    assert (code, said) == (2, "")
    assert len(wrong.splitlines()) == 1
    assert '--hint activation="tanh"' in wrong
    assert ran(capsys, "import", alone, *HINTS)[0] == 0


def test_samples_that_are_not_reached_are_wanting(capsys: Capture, tmp_path: Path) -> None:
    model = shutil.copy(SUNSPOTS / "state_dict.pt", tmp_path)
    with np.load(SUNSPOTS / "oracle.npz") as oracle:
        np.savez(tmp_path / "other.npz", x=oracle["x"], y=oracle["y"] + 1)
    code, said, _ = ran(capsys, "import", model, "--samples", tmp_path / "other.npz", *HINTS)
    assert code == 1
    assert "Not the same" in said


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("nowhere.pt",), "No such file"),
        (("--hint", "colour=red", SUNSPOTS / "state_dict.pt"), "no hint"),
        ((Path(__file__),), "no model"),
    ],
)
def test_what_cannot_be_imported_is_one_line(words: tuple[object, ...], what: str, capsys: Capture) -> None:
    code, said, wrong = ran(capsys, "import", *words)
    assert (code, said) == (2, "")
    assert what in wrong
    assert len(wrong.splitlines()) == 1
