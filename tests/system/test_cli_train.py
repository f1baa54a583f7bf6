"""`rnnviz train` and `rnnviz surface`: the figures of the lecture, the bits of the window, progress, Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace as replace_struct

import rnnviz
from rnnviz.cli import main
from rnnviz.jobs.surface import surface_job
from rnnviz.jobs.worker import Worker
from rnnviz.scenario.loss_plane import plane_of
from rnnviz.scenario.types import ClippingForm, OptimizerForm, SurfaceAxis, Training
from rnnviz.session import Session

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cliff(tmp_path):
    """The cliff, trained for a few steps with its gradient clipped, in a file of its own."""
    scenario = rnnviz.load("cliff")
    training = Training(epochs=12, clipping=ClippingForm(kind="norm", limit=1), optimizer=OptimizerForm(rate=0.01))
    path = tmp_path / "cliff.rnnviz"
    rnnviz.save(replace(scenario, training=training, origin=""), path)
    return path


def started(*words: str, **streams) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "rnnviz", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    # A shell's background job ignores Ctrl-C, and so would what it starts; a command in a terminal does not.
    return subprocess.Popen(
        program, text=True, stdout=subprocess.PIPE, env=environment, preexec_fn=_heed_ctrl_c, **streams
    )


def _heed_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def endless(path: Path) -> Path:
    scenario = rnnviz.load("temporal-xor")
    training = replace_struct(scenario.training, epochs=10_000_000)
    rnnviz.save(replace(scenario, training=training, origin=""), path)
    return path


def test_the_four_clippings_make_the_steps_of_the_lecture(capsys):
    assert main(["train", "cliff-four-clippings"]) == 0
    lines = capsys.readouterr().out.splitlines()
    steps = {}
    for line in lines:
        found = re.match(r"(.*): gradient ([\d.]+) long.*; the first step is ([\d.e-]+) long", line)
        if found:
            steps[found[1]] = float(found[3])
    assert steps["No clipping"] == pytest.approx(33.2, abs=0.05)
    assert steps["Clipped by norm"] == pytest.approx(0.01, rel=1e-6)
    assert steps["Clipped by value"] == pytest.approx(0.01 * 2**0.5, rel=1e-5)
    assert steps["Loss cap, begun on its plateau"] == 0


def test_the_surface_of_the_cliff_is_that_of_the_lecture(tmp_path):
    out = tmp_path / "s.npz"
    assert main(["surface", "cliff", "-o", str(out)]) == 0
    with np.load(out) as found:
        assert sorted(found) == ["gradient_norm", "loss", "x", "y"]
        x, y, loss, norm = (found[name] for name in ("x", "y", "loss", "gradient_norm"))
    assert x.shape == y.shape == (401,)
    assert loss.shape == norm.shape == (401, 401)
    row, column = np.unravel_index(norm.argmax(), norm.shape)
    assert norm.max() == pytest.approx(3320, abs=1)
    assert (x[column], y[row]) == pytest.approx((4.94, -2.575))
    assert np.median(norm) == pytest.approx(0.083, abs=5e-4)
    assert (loss > 0.15).mean() == pytest.approx(0.325, abs=5e-4)


@pytest.mark.parametrize("kind", ["random", "gradient", "path"])
def test_the_surface_over_directions_has_the_loss_of_the_weights_in_its_middle(kind):
    """Binary cross entropy, summed over steps, averaged over sequences, worked out here once more."""
    scenario = rnnviz.load("temporal-xor")
    x = SurfaceAxis(kind=kind, seed=1, low=-0.5, high=0.5)
    y = SurfaceAxis(kind="path" if kind == "path" else "random", seed=2, low=-0.5, high=0.5)
    view = replace_struct(rnnviz.load("cliff").surface, x=x, y=y, resolution=5)
    asked = replace(scenario, training=replace_struct(scenario.training, epochs=20), surface=view)
    found = rnnviz.loss_surface(asked)
    output, targets = rnnviz.run(asked).output, asked.targets
    here = -np.log(np.where(targets > 0.5, output, 1 - output)).sum() / targets.shape[1]
    assert found.loss[2, 2] == pytest.approx(here)
    assert np.ptp(found.loss[:, 2]) > 0
    assert np.ptp(found.loss[2]) > 0


def test_the_job_of_a_surface_gives_the_same_numbers_as_the_whole():
    scenario = rnnviz.load("cliff")
    asked = replace(scenario, surface=replace_struct(scenario.surface, resolution=41))
    found = np.full((41, 41), np.nan)
    worker = Worker()
    worker.start(surface_job(plane_of(asked)), 1)
    end = time.monotonic() + 20
    while worker.is_busy:
        assert time.monotonic() < end
        for batch in worker.poll():
            assert batch.error == ""
            for tile in batch.results:
                found[np.ix_(tile.rows, tile.columns)] = tile.loss
        time.sleep(0.01)
    assert np.array_equal(found, rnnviz.loss_surface(asked).loss)


def test_training_writes_the_weights_that_the_window_would_have(tmp_path, cliff, capsys):
    out = tmp_path / "out.rnnviz"
    with started("train", str(cliff), "-o", str(out), stderr=subprocess.PIPE) as process:
        said, complained = process.communicate(timeout=60)
    assert (process.returncode, complained) == (0, "")
    assert "updates: 12 of 12" in said
    assert "clipped (norm, limit 1): " in said

    session = Session()
    session.open(rnnviz.load(str(cliff)))
    session.start_training()
    end = time.monotonic() + 30
    while session.is_busy:
        assert time.monotonic() < end
        session.poll()
        time.sleep(0.01)
    learned, shown = rnnviz.load(str(out)), session.snapshot.document
    here = rnnviz.train(rnnviz.load(str(cliff)))
    for name, values in shown.params.items():
        assert learned.params[name].tobytes() == values.tobytes() == here.params[name].tobytes()


def test_epochs_can_be_others_and_quiet_is_quiet(tmp_path, cliff, capsys):
    first, second = tmp_path / "first.rnnviz", tmp_path / "second.rnnviz"
    assert main(["train", str(cliff), "-o", str(first), "--epochs", "5", "--quiet"]) == 0
    assert main(["train", str(first), "-o", str(second), "--epochs", "7", "--go-on", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    whole = rnnviz.train(rnnviz.load(str(cliff)))
    found = rnnviz.load(str(second)).params
    assert all(found[name].tobytes() == values.tobytes() for name, values in whole.params.items())
    assert main(["train", str(cliff), "--epochs", "0"]) == 0
    assert "updates: 0 of 0" in capsys.readouterr().out


def test_a_terminal_gets_a_progress_bar(tmp_path):
    master, slave = os.openpty()
    with started("train", "temporal-xor", stderr=slave) as process:
        os.close(slave)
        process.communicate(timeout=60)
    shown = os.read(master, 100_000).decode()
    os.close(master)
    assert process.returncode == 0
    assert re.search(r"\[#*\.*\] +\d+ %  update \d+ of 1,000  loss ", shown)
    assert "\n" not in shown
    assert shown.endswith("\r")


def test_ctrl_c_leaves_the_output_as_it_was_and_says_so_in_one_line(tmp_path):
    out = tmp_path / "out.rnnviz"
    with started("train", str(endless(tmp_path / "in.rnnviz")), "-o", str(out), stderr=subprocess.PIPE) as process:
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        try:
            said, complained = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert said == ""
    assert re.fullmatch(rf"rnnviz: interrupted after update [\d,]+; {re.escape(str(out))} is not written\n", complained)
    assert not out.exists()


def test_a_run_that_leaves_the_numbers_says_where_and_writes_the_last_good_weights(tmp_path, capsys):
    scenario = rnnviz.load("all-ones-elman")
    loss = replace_struct(rnnviz.load("cliff").loss, at="every step")
    training = Training(epochs=50, optimizer=OptimizerForm(rate=1e3))
    path, out = tmp_path / "in.rnnviz", tmp_path / "out.rnnviz"
    targets = np.zeros(rnnviz.run(scenario).output.shape)
    rnnviz.save(replace(scenario, targets=targets, loss=loss, training=training, origin=""), path)
    assert main(["train", str(path), "-o", str(out)]) == 1
    said = capsys.readouterr().err
    assert said.startswith("rnnviz: training stopped: not finite: ")
    assert said.count("\n") == 1
    assert all(np.isfinite(values).all() for values in rnnviz.load(str(out)).params.values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["train", "lstm-counter"], "loss"),
        (["train", "cliff", "-o", "x.npz"], "has to end in .rnnviz"),
        (["train", "cliff", "--epochs", "-1"], "--epochs"),
        (["surface", "lstm-counter", "-o", "x.npz"], "surface"),
        (["surface", "cliff", "-o", "x.png"], "has to end in .npz"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(capsys, words, message):
    assert main(words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
    assert said.err.count("\n") == 1


def test_a_run_that_ends_worse_than_it_began_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "cliff-four-clippings"]) == 0
    assert "the loss did not fall" in capsys.readouterr().out
    assert main(["train", "bptt-sum"]) == 0
    assert "the loss did not fall" not in capsys.readouterr().out
