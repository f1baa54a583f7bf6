"""The pictures of README.md, from the real window: `.venv/bin/python scripts/readme_pictures.py`.

Each is what a person sees after the steps that the README describes.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PIL import Image  # noqa: E402
from PySide6.QtCore import QEvent  # noqa: E402
from PySide6.QtGui import QImage  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from rnnviz.engine.trace import Address, ParameterAddress  # noqa: E402
from rnnviz.interop.export import export_model  # noqa: E402
from rnnviz.scenario import builtin  # noqa: E402
from rnnviz.session import Session  # noqa: E402
from rnnviz.ui import panels, picture, theme  # noqa: E402
from rnnviz.ui.app import make_application  # noqa: E402
from rnnviz.ui.import_cards import QuestionCard  # noqa: E402
from rnnviz.ui.main_window import MainWindow  # noqa: E402
from rnnviz.ui.settings import Settings  # noqa: E402

FOLDER = ROOT / "resources" / "pictures"


@contextmanager
def opened(name: str | None, look: str = "light") -> Iterator[MainWindow]:
    """The window on a built-in scenario; None is the gallery."""
    theme.switch().choose(look, 1.0)
    with tempfile.TemporaryDirectory() as folder:
        window = MainWindow(Session(), Settings(str(Path(folder) / "settings.ini")))
        window.resize(1280, 800)
        window.show()
        window.begin(name)
        yield window
        window.hide()  # closing would ask about the edits
        destroy(window)


def settled(window: MainWindow) -> MainWindow:
    """With everything that waited painted."""
    for _ in range(50):
        QApplication.processEvents()
    while window.gallery is not None and window.gallery.is_painting:
        QApplication.processEvents()
    return window


def whole(window: MainWindow) -> QImage:
    return settled(window).grab().toImage()


def panel(window: MainWindow, name: str, width: int, height: int) -> QImage:
    """One panel of that size, at twice the screen's pixels."""
    widget = panels.load()[name](window.session)
    widget.resize(width, height)
    widget.redraw(window.session.snapshot)
    QApplication.sendPostedEvents()
    widget.grab()  # lays out what is only laid out when it is shown
    image = picture.image(widget, 2)
    destroy(widget)
    return image


def destroy(widget: QWidget) -> None:
    """At once, before the theme changes and Python collects what is left of it at some later time."""
    widget.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def pictures() -> Iterator[tuple[str, QImage]]:
    """Every picture with its name, in the order of the README."""
    for look in ("light", "dark"):
        with opened("lstm-counter", look) as window:
            yield f"window-{look}", whole(window)
    with opened("lstm-counter") as window:
        window.session.select(Address("lstm.f", 4))
        yield "explain", panel(window, "explain", 300, 350)
    with opened("lstm-counter") as window:
        window.session.edit_number(ParameterAddress("lstm.b_f", 0), 0.0)
        yield "ghost", panel(window, "memory_cell", 480, 260)
    with opened("lstm-counter") as window:
        window.session.apply_alternative(0)
        yield "hard-gates", panel(window, "stage", 764, 490)
    with opened("mnist-rows-lstm", "dark") as window:
        window.session.seek_sequence(1)
        window.session.seek(21)
        window.session.select(Address("readout.y", 21, 1, 8))
        yield "digits", whole(window)
    with opened("sentiment-bilstm") as window:
        yield "sentences", whole(window)
    for look in ("light", "dark"):
        with opened("cliff-four-clippings", look) as window:
            descended(window, 4)
            yield f"descents-{look}", whole(window)
    with opened("bptt-sum") as window:
        window.actions_.by_id["bptt"].trigger()
        window.session.seek(2)
        yield "backwards", whole(window)
    with opened("rnn-vs-lstm-gradient", "dark") as window:
        window.comparing.open_wanted()
        yield "compared", whole(window)
    with opened("thousand-steps") as window:
        yield "thousand-steps", panel(window, "thousand_steps", 764, 300)
    with opened("char-rnn", "dark") as window:
        window.choose_layout("inside")
        settled(window)
        waited(lambda: not all(window.workspace.panels[name].work.is_done for name in ("saliency", "lesion")))
        yield "inside", whole(window)
    with opened(None) as window:
        yield "gallery", whole(window)
        yield "import", asked(window)


def asked(window: MainWindow) -> QImage:
    """The card that asks what the bare weights of a plain recurrent network do not say."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sine.safetensors"
        export_model(builtin.load("sine"), path)
        window.importing.import_path(str(path))
        waited(lambda: window.importing.is_busy)
    settled(window)
    (card,) = window.findChildren(QuestionCard)
    image = card.card.grab().toImage()
    card.close()
    return image


def descended(window: MainWindow, step: int) -> None:
    """With the four descents at that step, over the whole surface."""
    window.descents.run_or_stop()
    waited(lambda: window.session.snapshot.descent.state == "running")
    window.session.seek_descent(step)
    waited(lambda: not window.workspace.panels["loss_surface"].work.is_done)


def waited(is_going_on: Callable[[], bool]) -> None:
    while is_going_on():
        QApplication.processEvents()
        time.sleep(0.01)


def main() -> None:
    make_application()
    FOLDER.mkdir(exist_ok=True)
    for name, image in pictures():
        path = FOLDER / f"{name}.png"
        if not image.save(str(path)):
            sys.exit(f"{path} could not be written")
        Image.open(path).quantize(dither=Image.Dither.NONE).save(path, optimize=True)  # a third of the size
        print(path.relative_to(ROOT), path.stat().st_size)


if __name__ == "__main__":
    main()
