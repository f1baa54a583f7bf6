"""Pictures of panels and the window: the command line's is the window's, byte for byte; each kind shows the same."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from rnnviz.scenario.read import load
from rnnviz.ui import kinds, panel_menu, panels, picture, theme
from rnnviz.ui.export.commands import Subject, render
from rnnviz.ui.export.still import still
from rnnviz.ui.main_window import MainWindow
from rnnviz.ui.panel import Panel

# Together they show every panel; each at a step in the middle.
SCENARIOS = {"lstm-counter": 4, "bptt-sum": 3, "thousand-steps": 200, "sentiment-bilstm": 2}


@pytest.fixture
def dark(qapp: QApplication) -> None:
    theme.switch().choose("dark", 1.0)
    yield
    theme.switch().choose("light", 1.0)


def opened(make_window: Callable[..., MainWindow], qtbot: QtBot, name: str) -> MainWindow:
    """With every panel that it has."""
    window = make_window(name)
    for closed in sorted(window.workspace.arrangement.closed):
        window.workspace.set_closed(closed, False)
    qtbot.wait(1)
    window.session.seek(SCENARIOS.get(name, window.session.snapshot.cursor.step))
    qtbot.wait(1)
    return window


def of_command_line(window: MainWindow, out: Path, panel: Panel | None, name: str, scale: int = 2) -> bytes:
    shown = panel if panel is not None else window
    step = window.session.snapshot.cursor.step
    size = (shown.width(), shown.height())
    look = theme.current().name
    render(Subject(name, load(name), panel.name if panel is not None else "", step, size, look), out, scale)
    return out.read_bytes()


def assert_panels_equal(window: MainWindow, qtbot: QtBot, name: str, folder: Path, but: set[str]) -> set[str]:
    compared = set()
    for panel in window.shown_panels():
        if panel.name in but:
            continue
        if panel.name == "inputs" and _scrolls(panel):
            continue  # it stands where the way to the step has left it
        panel_menu.write(panel, str(folder / "window.png"))  # which may find room for what it has worked out
        qtbot.wait(1)
        panel_menu.write(panel, str(folder / "window.png"))
        of_window = (folder / "window.png").read_bytes()
        assert of_window == of_command_line(window, folder / "line.png", panel, name), panel.name
        compared.add(panel.name)
    return compared


def _scrolls(panel: Panel) -> bool:
    return any(area.verticalScrollBar().maximum() > 0 for area in panel.findChildren(QAbstractScrollArea))


@pytest.mark.slow
def test_the_command_line_draws_every_panel_as_the_window_does(make_window, qtbot: QtBot, tmp_path: Path) -> None:
    window = make_window("lstm-counter")
    compared = assert_panels_equal(window, qtbot, "lstm-counter", tmp_path, set())
    for name in SCENARIOS:
        window = opened(make_window, qtbot, name)
        compared |= assert_panels_equal(window, qtbot, name, tmp_path, compared)
    assert compared == set(panels.load())


def test_it_does_so_in_the_dark(make_window, qtbot: QtBot, tmp_path: Path, dark: None) -> None:
    window = make_window("lstm-counter")
    assert len(assert_panels_equal(window, qtbot, "lstm-counter", tmp_path, set())) >= 10


@pytest.mark.parametrize("look", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_the_command_line_draws_the_window_as_it_is(make_window, qtbot: QtBot, tmp_path: Path, look: str) -> None:
    theme.switch().choose(look, 1.0)
    try:
        window = make_window("lstm-counter")
        window.session.seek(3)
        qtbot.wait(1)
        with still(window):
            picture.write(window, tmp_path / "window.png", scale=1)
        of_window = (tmp_path / "window.png").read_bytes()
        assert of_window == of_command_line(window, tmp_path / "line.png", None, "lstm-counter", scale=1)
        image = QImage.fromData(of_window)
        assert image.size() == window.size()
        assert image.pixelColor(2, image.height() // 2) == theme.current().paper
    finally:
        theme.switch().choose("light", 1.0)


def test_neither_mouse_nor_focus_is_in_a_picture(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window.session.seek(4)
    panel = window.workspace.panels["parameters"]
    plain = tmp_path / "plain.png"
    panel_menu.write(panel, str(plain))
    panel.setFocus()
    grid = next(part for part in panel._watched if part.isVisible())
    inside = panel.rect_of(panel.address).center()
    qtbot.mouseMove(grid, grid.mapFrom(panel, inside) + QPoint(1, 1))
    qtbot.wait(1)
    assert panel.rings()
    assert panel.grab().toImage() != picture.image(panel)
    panel_menu.write(panel, str(tmp_path / "touched.png"))
    assert (tmp_path / "touched.png").read_bytes() == plain.read_bytes()
    assert panel.hasFocus()


def test_a_valve_on_its_way_is_drawn_where_it_ends(window: MainWindow, tmp_path: Path) -> None:
    stage = window.workspace.panels["stage"]
    window.session.seek(3)
    panel_menu.write(stage, str(tmp_path / "there.png"))
    window.session.seek(2)
    panel_menu.write(stage, str(tmp_path / "before.png"))
    window.session.seek(3)  # eased, if the test was quick
    panel_menu.write(stage, str(tmp_path / "moving.png"))
    assert (tmp_path / "moving.png").read_bytes() == (tmp_path / "there.png").read_bytes()
    assert (tmp_path / "before.png").read_bytes() != (tmp_path / "there.png").read_bytes()


def test_a_png_has_as_many_pixels_as_the_screen_or_twice_as_many(window: MainWindow, tmp_path: Path) -> None:
    panel = window.workspace.panels["gates"]
    for scale in (1, 2):
        panel_menu.write(panel, str(tmp_path / "gates.png"), scale)
        assert QImage(str(tmp_path / "gates.png")).size() == panel.size() * scale


def test_svg_clips_where_the_panel_does_and_keeps_cells_sharp(make_window, qtbot: QtBot, tmp_path: Path) -> None:
    window = opened(make_window, qtbot, "mnist-rows-lstm")
    panel = window.workspace.panels["parameters"]
    panel_menu.write(panel, str(tmp_path / "weights.svg"))
    text = (tmp_path / "weights.svg").read_text(encoding="utf-8")
    assert re.match(rf'.*<svg width="{panel.width()}" height="{panel.height()}"', text, re.DOTALL)
    clips = re.findall(r'<clipPath id="(\w+)">\s*<path transform="matrix', text)
    used = set(re.findall(r'clip-path="url\(#(\w+)\)"><g ', text))
    assert used
    assert used <= set(clips)
    assert "pixelated" in text


def test_text_in_svg_is_as_wide_as_on_the_screen(window: MainWindow, tmp_path: Path) -> None:
    panel_menu.write(window.workspace.panels["story"], str(tmp_path / "story.svg"))
    found = re.findall(r'textLength="([\d.]+)"[^>]*>What it is<', (tmp_path / "story.svg").read_text(encoding="utf-8"))
    font = theme.sans(theme.BODY, semibold=True)
    from PySide6.QtGui import QFontMetricsF

    assert float(found[0]) == pytest.approx(QFontMetricsF(font).horizontalAdvance("What it is"), rel=0.03)


def test_copying_as_a_picture_puts_the_panel_on_the_clipboard(window: MainWindow) -> None:
    panel = window.workspace.panels["gates"]
    panel.copy_picture()
    assert QGuiApplication.clipboard().image().size() == panel.size() * 2


# --- from the menu --------------------------------------------------------------------------------------------------


class Dialog:
    """Stands in for the system's dialog, and remembers what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, path: Path | str, line: str = "") -> None:
        self.asked: list[tuple[str, str, str, str]] = []
        self.path, self.line = str(path), line
        monkeypatch.setattr(QFileDialog, "getSaveFileName", self._answer)

    def _answer(self, _parent: object, title: str, begin: str, offered: str, line: str) -> tuple[str, str]:
        self.asked.append((title, begin, offered, line))
        return self.path, self.line or line


def test_the_menu_exports_the_panel_in_use_and_says_where(window: MainWindow, tmp_path, monkeypatch) -> None:
    window.workspace.panels["gates"].setFocus()
    dialog = Dialog(monkeypatch, tmp_path / "mine.svg")
    window.actions_.by_id["export"].trigger()
    assert (tmp_path / "mine.svg").read_text(encoding="utf-8").count("<svg") == 1
    assert window.message_bar.text == f"Written to {tmp_path / 'mine.svg'}"
    title, begin, offered, _ = dialog.asked[0]
    assert title == "Export Gates"
    assert Path(begin).name == "lstm-counter-gates.png"
    assert offered.count(";;") == len(kinds.PANEL) - 1


def test_folder_and_kind_of_the_last_export_are_proposed_again(window: MainWindow, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    dialog = Dialog(monkeypatch, folder / "one", "PDF (*.pdf)")
    window.actions_.by_id["export_window"].trigger()
    assert (folder / "one.pdf").read_bytes().startswith(b"%PDF")
    dialog.path = ""
    window.actions_.by_id["export_window"].trigger()
    _, begin, _, line = dialog.asked[1]
    assert Path(begin) == folder / "lstm-counter.pdf"
    assert line == "PDF (*.pdf)"


def test_once_and_twice_the_pixels_can_be_chosen(window: MainWindow, tmp_path, monkeypatch) -> None:
    for line, scale in (("PNG, pixel by pixel (*.png)", 1), ("PNG, twice the pixels (*.png)", 2)):
        Dialog(monkeypatch, tmp_path / "window.png", line)
        window.actions_.by_id["export_window"].trigger()
        assert QImage(str(tmp_path / "window.png")).size() == window.size() * scale


def test_a_file_that_cannot_be_written_is_said_and_nothing_is_left(window: MainWindow, tmp_path, monkeypatch) -> None:
    Dialog(monkeypatch, tmp_path / "no" / "such.png")
    window.actions_.by_id["export_window"].trigger()
    assert "could not be written: No such file or directory" in window.message_bar.text
    assert list(tmp_path.glob("**/such.png")) == []


def test_a_cancelled_dialog_writes_nothing(window: MainWindow, tmp_path, monkeypatch) -> None:
    Dialog(monkeypatch, "")
    for action in ("export", "export_window", "export_trace", "export_table"):
        window.actions_.by_id[action].trigger()
    assert window.message_bar.text == ""


def test_a_name_completed_by_us_does_not_replace_a_file_unasked(window: MainWindow, tmp_path, monkeypatch) -> None:
    from PySide6.QtWidgets import QMessageBox

    (tmp_path / "there.pdf").write_text("mine", encoding="utf-8")
    asked = []
    no = QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda *words: asked.append(words[2]) or no)
    Dialog(monkeypatch, tmp_path / "there", "PDF (*.pdf)")
    window.actions_.by_id["export_window"].trigger()
    assert "there.pdf" in asked[0]
    assert (tmp_path / "there.pdf").read_text(encoding="utf-8") == "mine"


def test_trace_and_table_of_steps_go_out_of_the_window_too(window: MainWindow, tmp_path, monkeypatch) -> None:
    import numpy as np

    Dialog(monkeypatch, tmp_path / "trace.npz")
    window.actions_.by_id["export_trace"].trigger()
    with np.load(tmp_path / "trace.npz") as arrays:
        assert np.array_equal(arrays["lstm.c"], window.session.snapshot.trace["lstm.c"])
    Dialog(monkeypatch, tmp_path / "table.tex")
    window.actions_.by_id["export_table"].trigger()
    assert r"\begin{tabular}" in (tmp_path / "table.tex").read_text(encoding="utf-8")


def test_the_context_menu_offers_every_kind_of_the_panel(window: MainWindow) -> None:
    panel = window.workspace.panels["gates"]
    offered: list[str] = []
    for action in panel_menu.of_panel(panel, None, ()).actions():
        offered += [entry.text() for entry in (action.menu().actions() if action.menu() else [action])]
    assert {"Copy as text", "Copy as CSV", "Copy as picture", "SVG…", "PDF…", "CSV…"} <= set(offered)
    assert {"PNG, twice the pixels…", "PNG, pixel by pixel…"} <= set(offered)
