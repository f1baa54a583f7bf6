"""What a step costs until it is on the screen, and what the start costs: ratios, measured side by side.

Redraw: CPU of the GUI thread for Session.step() until all panels of the Step layout are painted, at 1280 x 800, for a
small, a large and a deep run (two layers, weights in float32, as imported networks are), and for matplotlib showing the
same columns, curves and cursor lines by set_data and draw (only the panels over time: the stage, the tables and the
cards are ours alone, so matplotlib has less to do).
Start: wall time from starting Python to the first painted window and to all panels, against a bare QMainWindow.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np

if TYPE_CHECKING:
    from rnnviz.scenario.types import Scenario
    from rnnviz.session import Session

ROOT = Path(__file__).resolve().parent.parent
SIZES = ((16, 100, 1), (512, 10_000, 1), (512, 10_000, 2))
ROUNDS, STEPS = 15, 6
STARTS = 7
MOST_GROWTH = 1.5  # the large run may cost so many times the small one
MATPLOTLIB = 100  # times less CPU than matplotlib
STARTED, FILLED = 2.0, 5.0  # times a bare QMainWindow


def scenario(units: int, steps: int, layers: int) -> Scenario:
    """LSTMs of that many units with a readout of four, on noise."""
    from rnnviz.engine.cells import CELLS
    from rnnviz.engine.network import Dense, Network, Recurrent
    from rnnviz.scenario.types import Scenario

    rng = np.random.default_rng(0)
    stack = [Recurrent(name, CELLS["lstm"], units) for name in ("lstm", "high")[:layers]]
    inputs = 8 if layers == 1 else 64
    network = Network(inputs, (*stack, Dense("readout", 4)))
    params = {name: rng.normal(size=shape) / np.sqrt(shape[-1]) for name, shape in network.parameter_shapes().items()}
    if layers > 1:
        params = {name: values.astype(np.float32) for name, values in params.items()}
    return Scenario(name="noise", network=network, params=params, inputs=rng.normal(size=(steps, 1, inputs)))


class Walk:
    """A window of ours that steps on and on in the middle of a run."""

    def __init__(self, units: int, steps: int, layers: int, settings_file: str) -> None:
        from rnnviz.session import Session
        from rnnviz.ui import theme
        from rnnviz.ui.app import make_application
        from rnnviz.ui.main_window import MainWindow
        from rnnviz.ui.settings import Settings
        from rnnviz.ui.shell import Shell

        self.application = make_application()
        theme.switch().choose("light", 1.0)
        settings = Settings(settings_file)
        self.session: Session = Session()
        self.shell = Shell(settings, theme.light(), lambda shell: MainWindow(self.session, settings, shell))
        self.shell.resize(1280, 800)
        self.shell.show()
        while not isinstance(self.shell.centralWidget(), MainWindow):
            self.application.processEvents()
        self.window: MainWindow = self.shell.centralWidget()
        self.session.open(scenario(units, steps, layers))
        self.window.fill()
        self.window.pages.setCurrentWidget(self.window.workspace)
        self.session.seek(steps // 2)
        settle(self.application.processEvents)

    def step(self) -> None:
        """One step, painted."""
        snapshot = self.session.snapshot
        assert snapshot is not None
        if snapshot.cursor.step > snapshot.trace.steps * 3 // 4:
            self.session.seek(snapshot.trace.steps // 2)
        self.session.step()
        self.application.processEvents()

    def panels(self) -> list[str]:
        return [panel.name for panel in self.window.workspace.shown()]

    def of_panel(self, name: str) -> Callable[[], None]:
        """The same for one panel alone."""
        panel = self.window.workspace.panels[name]

        def work() -> None:
            snapshot = self.session.snapshot
            assert snapshot is not None
            listener, self.session.listener = self.session.listener, None
            self.session.step(
                1 if snapshot.cursor.step <= snapshot.trace.steps * 3 // 4 else -(snapshot.trace.steps // 4)
            )
            self.session.listener = listener
            panel.redraw(self.session.snapshot)
            self.application.processEvents()

        return work


def settle(process_events: Callable[[], None]) -> None:
    """Let everything that waits be painted, and animations end."""
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        process_events()


def matplotlib_step(units: int, steps: int, walk: Walk) -> Callable[[], None]:
    """The panels over time of that run in one matplotlib figure, and the work of one step in it."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    assert walk.session.snapshot is not None
    trace = walk.session.snapshot.trace
    figure = Figure(figsize=(12.8, 8), dpi=100)
    canvas = FigureCanvasAgg(figure)
    maps = ["lstm.h", "lstm.i", "lstm.f", "lstm.o", "lstm.c"]
    axes = figure.subplots(2, len(maps) + 1)
    cursors, columns, texts = [], [], []
    for number, name in enumerate([*maps, "readout.y"]):
        values = trace[name][:, 0]
        top, bottom = axes[0, number], axes[1, number]
        if name in maps:
            top.imshow(values.T, aspect="auto", interpolation="nearest", cmap="RdBu" if name[-1] in "hc" else "cividis")
        else:
            top.plot(values)
        top.set_xlabel("step")
        cursors.append(top.axvline(steps // 2))
        columns.append((bottom.plot(values[0], np.arange(values.shape[1]))[0], values))
        bottom.set_xlim(values.min(), values.max())
        texts.append(top.text(0.5, 1.02, "", transform=top.transAxes))
    canvas.draw()
    at = [steps // 2]

    def work() -> None:
        at[0] = steps // 2 if at[0] >= steps * 3 // 4 else at[0] + 1
        for cursor, (column, values), text in zip(cursors, columns, texts, strict=True):
            cursor.set_xdata([at[0], at[0]])
            column.set_xdata(values[at[0]])
            text.set_text(f"{values[at[0], 0]:.4g}")
        canvas.draw()

    return work


def thread_times(works: dict[str, Callable[[], None]], steps: int = STEPS) -> dict[str, float]:
    """Median CPU milliseconds of this thread for one call of each, interleaved."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for work in works.values():
        for _ in range(3):
            work()
    for _ in range(ROUNDS):
        for name, work in works.items():
            start = time.thread_time()
            for _ in range(steps):
                work()
            times[name].append((time.thread_time() - start) * 1e3 / steps)
    return {name: median(found) for name, found in times.items()}


def bench_redraw() -> None:
    """Print what a step costs at both sizes, panel by panel, and beside matplotlib."""
    with tempfile.TemporaryDirectory() as folder:
        walks = [Walk(*size, str(Path(folder) / f"{number}.ini")) for number, size in enumerate(SIZES)]
        names = [
            f"H = {units}, T = {steps:,}{f', {layers} layers' if layers > 1 else ''}" for units, steps, layers in SIZES
        ]
        found = thread_times({name: walk.step for name, walk in zip(names, walks, strict=True)})
        print("\nStep to pixels, all panels of the Step layout, ms of the GUI thread")
        small = found[names[0]]
        print(f"  {names[0]}: {small:.2f}")
        for name in names[1:]:
            growth = found[name] / small
            print(f"  {name}: {found[name]:.2f}   ratio {growth:.2f}{_verdict(growth, MOST_GROWTH)}")
        for panel in walks[0].panels():
            each = thread_times({name: walk.of_panel(panel) for name, walk in zip(names, walks, strict=True)})
            ratios = ", ".join(f"{each[name] / each[names[0]]:.2f}" for name in names[1:])
            print(f"    {panel:14} {' '.join(f'{each[name]:6.2f}' for name in names)}   ratios {ratios}")
        _bench_matplotlib(walks[:2], dict(list(found.items())[:2]))
        for walk in walks:
            walk.shell.hide()


def _bench_matplotlib(walks: list[Walk], ours: dict[str, float]) -> None:
    try:
        works = {name: matplotlib_step(*size[:2], walk) for name, size, walk in zip(ours, SIZES, walks, strict=False)}
    except ImportError:
        print("  matplotlib is not installed here: no comparison")
        return
    theirs = thread_times(works, 1)
    print("matplotlib set_data + draw of the panels over time / all our panels")
    for name, ms in theirs.items():
        print(f"  {name}: {ms:.0f} ms, {ms / ours[name]:.0f} times ours", end="")
    print(_verdict(-theirs[name] / ours[name], -MATPLOTLIB))


# --- start ------------------------------------------------------------------------------------------------------

BARE = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
application = QApplication([])
"""
OURS = """
import sys
from PySide6.QtCore import QTimer
from rnnviz.ui import app
application = app.make_application()
"""
WATCH = """
import os, time
from PySide6.QtCore import QEvent
begun = float(sys.argv[1])
def say(what):
    print(what, time.time() - begun, flush=True)
class Watched(app.Shell if "app" in globals() else QMainWindow):
    painted = False
    def event(self, event):
        if event.type() == QEvent.Type.Paint and not self.painted:
            self.painted = True
            QTimer.singleShot(0, self.first)
        return super().event(event)
    def first(self):
        say("first")
        self.look()
    def look(self):
        content = self.centralWidget()
        panels = content.workspace.shown() if content else []
        if panels and not any(panel.is_stale for panel in panels) or "app" not in globals():
            self.repaint()
            say("all")
            os._exit(0)
        QTimer.singleShot(1, self.look)
if "app" in globals():
    app.Shell = Watched
    app.start("lstm-counter")
else:
    window = Watched()
    window.resize(1280, 800)
    window.show()
    application.exec()
"""


def start_times(program: str, folder: str) -> dict[str, float]:
    """Seconds from the start of Python to "first" (a painted window) and "all" (every panel painted)."""
    command = [sys.executable, "-c", program + WATCH, repr(time.time())]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": folder}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    said = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=True).stdout
    return {line.split()[0]: float(line.split()[1]) for line in said.splitlines() if line.startswith(("first", "all"))}


def bench_start() -> None:
    """Print how long the first window and all panels take, as multiples of a bare window."""
    found: dict[str, list[float]] = {"bare": [], "first": [], "all": []}
    with tempfile.TemporaryDirectory() as folder:
        for round_number in range(STARTS + 1):
            bare, ours = start_times(BARE, folder), start_times(OURS, folder)
            if round_number:  # the first one fills the disk's cache
                found["bare"].append(bare["first"])
                found["first"].append(ours["first"])
                found["all"].append(ours["all"])
    bare_s, first, every = (median(found[name]) for name in ("bare", "first", "all"))
    print(f"\nStart, wall time; a bare QMainWindow takes {bare_s * 1e3:.0f} ms")
    print(f"  first painted window {first * 1e3:.0f} ms, ratio {first / bare_s:.2f}{_verdict(first / bare_s, STARTED)}")
    print(f"  all panels           {every * 1e3:.0f} ms, ratio {every / bare_s:.2f}{_verdict(every / bare_s, FILLED)}")


def _verdict(ratio: float, most: float) -> str:
    return f" (wanted: at {'most' if most > 0 else 'least'} {abs(most):g})" + ("" if ratio <= most else "  FALLS SHORT")


def main() -> None:
    """Print all ratios."""
    sys.path.insert(0, str(ROOT))
    bench_start()
    bench_redraw()


if __name__ == "__main__":
    main()
