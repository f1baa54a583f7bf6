"""`rnnviz render` and `rnnviz film`: the same pictures as from the window, with nothing on a screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rnnviz.jobs import run_here
from rnnviz.jobs.film import film_job, publish, refusal
from rnnviz.scenario.errors import ScenarioError
from rnnviz.scenario.types import Scenario, View
from rnnviz.session.session import Session
from rnnviz.session.shots import Over, chosen, shots
from rnnviz.ui import panel_menu, picture
from rnnviz.ui.app import make_application
from rnnviz.ui.export import camera
from rnnviz.ui.export.still import still
from rnnviz.ui.export.unseen import settle, unseen_panel, unseen_window

Report = Callable[[float, str], None]
_NEWS_S = 0.03


@dataclass(frozen=True)
class Subject:
    """What is drawn: a panel of a scenario, or with panel "" the window that is opened on the file.

    step : where the cursor stands; None for where the scenario begins
    size : in pixels of the window; None for what it measures in a window of 1280 x 800
    """

    file: str
    scenario: Scenario
    panel: str
    step: int | None
    size: tuple[int, int] | None
    look: str


def render(subject: Subject, out: Path, scale: int) -> None:
    """Write PNG, SVG, PDF or (of a panel) CSV, by the ending. Raises ScenarioError and OSError."""
    make_application()
    if subject.panel:
        with _panel(subject) as (_, panel):
            if out.suffix == ".csv" and panel.cells() is None:
                raise ScenarioError(f'the panel "{subject.panel}" has no numbers to be written as CSV')
            panel_menu.write(panel, str(out), scale)
        return
    with unseen_window(subject.file, subject.size, subject.look) as window:
        if subject.step is not None:
            window.session.seek(subject.step)
        settle()
        with still(window):
            picture.write(window, out, scale=scale)


@contextmanager
def _panel(subject: Subject) -> Iterator[tuple[Session, camera.Panel]]:
    session = Session()
    session.open(subject.scenario)
    if subject.scenario.view == View() and len(subject.scenario.inputs):
        session.seek(1)  # as the window does
    with unseen_panel(session, subject.panel, subject.step, subject.size, subject.look) as panel:
        yield session, panel
    session.close()


@dataclass(frozen=True)
class Wish:
    """Which pictures a film has, and how it is shown. first, last : None for all; loops : 0 for ever"""

    over: Over
    first: int | None
    last: int | None
    every: int
    fps: float
    loops: int
    scale: int


def film(subject: Subject, wish: Wish, out: Path, report: Report) -> int:
    """Write GIF or APNG; returns how many pictures it has. Raises ScenarioError, EditError and OSError.

    report : is told the share that is done, and what is being done
    """
    make_application()
    if subject.panel:
        with _panel(subject) as (session, panel):
            if wish.over == "training":
                _train(session, report)
            return _film(session, camera.of_unseen(panel, wish.scale), wish, out, report)
    with unseen_window(subject.file, subject.size, subject.look) as window:
        if subject.step is not None:
            window.session.seek(subject.step)
        if wish.over == "training":
            _train(window.session, report)
        settle()
        return _film(window.session, camera.of_shown(window, window.session, wish.scale), wish, out, report)


def _train(session: Session, report: Report) -> None:
    """All of it first: a film is of what there is."""
    session.start_training()
    while session.is_busy:
        time.sleep(_NEWS_S)
        session.poll()
        run = session.snapshot.training if session.snapshot is not None else None
        report(run.progress if run is not None else 0.0, "training")
    run = session.snapshot.training if session.snapshot is not None else None
    if run is not None and run.reason.startswith("not finite"):
        report(1.0, f"training stopped: {run.reason}")


def _film(session: Session, shoot: camera.Shoot, wish: Wish, out: Path, report: Report) -> int:
    assert session.snapshot is not None, "a scenario was opened"
    numbers = chosen(session.snapshot, wish.over, wish.first, wish.last, wish.every)
    first = shoot(next(shots(session.snapshot, wish.over, numbers[:1])))
    refused = refusal(len(numbers), first.width(), first.height())
    if refused:
        raise ScenarioError(refused)
    with TemporaryDirectory() as name:
        folder, paths = Path(name), []
        for path in camera.take(shoot, shots(session.snapshot, wish.over, numbers), folder):
            paths.append(path)
            report(len(paths) / len(numbers), f"picture {len(paths):,} of {len(numbers):,}")
        made = folder / f"film{out.suffix}"
        for share in run_here(film_job(paths, made, 1 / wish.fps, wish.loops)):
            report(share, "putting them together")
        publish(made, out)
    return len(numbers)
