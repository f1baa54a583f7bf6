"""The loss surface of the command line is that of the window, to the bit."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from rnnviz.engine.network import Params
from rnnviz.jobs import surface as jobs
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.loss_plane import line, plane_of
from rnnviz.scenario.read import load
from rnnviz.scenario.types import Scenario, SurfaceAxis, SurfaceView
from rnnviz.session import Session
from rnnviz.ui.surface_planes import path_of
from rnnviz.ui.surface_work import SurfaceWork


def coarse(name: str, x: SurfaceAxis | None = None, y: SurfaceAxis | None = None) -> Scenario:
    scenario = load(name)
    view = scenario.surface
    assert view is not None
    view = SurfaceView(x=x or view.x, y=y or view.y, resolution=9)
    return replace(scenario, surface=view)


@pytest.mark.parametrize("kind", ["parameter", "random", "gradient"])
def test_window_and_command_line_agree_to_the_bit(kind: str) -> None:
    if kind == "parameter":
        scenario = coarse("cliff")
    else:
        x = SurfaceAxis(kind=kind, seed=3, low=-0.1, high=0.3)
        scenario = coarse("rnn-vs-lstm-surface", x)
    plane = plane_of(scenario)
    work = SurfaceWork(plane)
    work.begin()
    while not work.is_done or work.is_busy:
        work.advance()
    found = jobs.loss_surface(scenario)
    assert np.array_equal(found.x, plane.x)
    assert np.array_equal(found.y, plane.y)
    assert np.array_equal(found.loss, work.loss)
    alone = SurfaceWork(plane)
    alone.finish()
    assert alone.loss == pytest.approx(found.loss, rel=1e-9), "without a process, in other portions"


def test_the_path_of_a_run_in_the_window_is_that_of_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = (SurfaceAxis(kind="path", low=-1, high=1) for _ in "xy")
    scenario = coarse("rnn-vs-lstm-surface", x, y)
    assert scenario.training is not None
    scenario = replace(scenario, training=msgspec.structs.replace(scenario.training, epochs=6))
    session = Session()
    session.open(scenario)
    session.start_training()
    while session.is_busy:
        session.poll()
    assert session.snapshot is not None
    in_window = path_of(session.snapshot)
    session.close()
    asked: list[Params] = []

    def plane(scenario: Scenario, path: list[Params]) -> object:
        asked.extend(path)
        raise ScenarioError("this far and no further")

    monkeypatch.setattr(jobs, "plane_of", plane)
    with pytest.raises(ScenarioError, match="this far"):
        jobs.loss_surface(scenario)
    assert len(asked) == len(in_window) == 7
    for one, other in zip(asked, in_window, strict=True):
        assert all(np.array_equal(one[name], other[name]) for name in one)


def test_long_runs_give_few_points_and_always_the_last() -> None:
    assert jobs.on_path(range(11), 10) == list(range(11))
    assert jobs.on_path(range(1001), 1000) == list(range(0, 1001, 5))
    assert jobs.on_path([0, 5, 7], 1000) == [0, 5, 7]
    assert jobs.on_path([0, 5, 7, 10], 1000) == [0, 5, 10]


def test_grid_lines_are_short_numbers_that_keep_their_ends() -> None:
    assert line(4.5, 6.5, 401)[88] == 4.94
    assert line(-3.2, -2.2, 401)[250] == -2.575
    third = line(0.0, 1.0 / 3.0, 4)
    assert third[-1] == 1.0 / 3.0


def test_no_path_is_said_in_one_line() -> None:
    x = SurfaceAxis(kind="path", low=-1, high=1)
    with pytest.raises(ScenarioError, match="keep at least 3 iterates"):
        plane_of(coarse("cliff", x))
