"""What is wrong with a file or with what is typed is said where it is wrong, in one line, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from rnnviz.engine.trace import Address, ParameterAddress
from rnnviz.scenario import builtin
from rnnviz.session.snapshot import Snapshot
from rnnviz.ui.main_window import MainWindow

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints")  # of the offscreen platform


# --- bad files: kind -> (what is in the file, a word that must be said about the place, a word about what is wrong) --


def good() -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(builtin.path("lstm-counter").read_text("utf-8"))
    return tree


def changed(change: Callable[[dict[str, Any]], object]) -> str:
    tree = good()
    change(tree)
    return json.dumps(tree)


def layer(tree: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = tree["network"]["layers"][0]
    return found


def own_cell(*equations: str) -> str:
    def change(tree: dict[str, Any]) -> None:
        tree["cells"] = [{"name": "mine", "equations": list(equations)}]
        layer(tree)["cell"] = "mine"

    return changed(change)


def with_number(text: str) -> str:
    """With this, as it stands, for the first input."""
    marked = changed(lambda tree: tree["inputs"][0][0].__setitem__(0, "HERE"))
    return marked.replace('"HERE"', text)


def repeated_key() -> str:
    return json.dumps(good()).replace('"version": 1', '"version": 1, "version": 1', 1)


BAD: dict[str, tuple[Callable[[], str], str, str]] = {
    "empty": (lambda: "", "", "JSON"),
    "not JSON": (lambda: "lstm: 4 units\n", "line 1", "JSON"),
    "cut off": (lambda: json.dumps(good(), indent=2)[:-40], "line", "JSON"),
    "a list": (lambda: "[1, 2]", "", "object"),
    "wrong format": (lambda: changed(lambda tree: tree.update(format="notebook")), "format", "notebook"),
    "newer version": (lambda: changed(lambda tree: tree.update(version=99)), "version", "newer"),
    "missing key": (lambda: changed(lambda tree: tree.pop("network")), "network", "missing"),
    "missing weight": (lambda: changed(lambda tree: tree["params"].pop("lstm.U_f")), "params", "lstm.U_f"),
    "wrong type": (lambda: changed(lambda tree: layer(tree).update(units="four")), "network.layers[0].units", "four"),
    "word for a number": (lambda: changed(lambda tree: tree["inputs"][2][0].__setitem__(1, "two")), "inputs[2]", "two"),
    "wrong shape": (lambda: changed(lambda tree: tree["params"].update({"lstm.W_i": [[1, 2]]})), "lstm.W_i", "shape"),
    "inputs too narrow": (lambda: changed(lambda tree: tree.update(inputs=[[[1, 2]]])), "inputs", "3"),
    "not a number": (lambda: with_number("NaN"), "inputs[0]", "NaN"),
    "infinite": (lambda: with_number("Infinity"), "inputs[0]", "infinit"),
    "beyond float64": (lambda: with_number("1e999"), "inputs[0]", "finite"),
    "repeated key": (repeated_key, "version", "twice"),
    "unknown cell": (lambda: changed(lambda tree: layer(tree).update(cell="lstmm")), "layers[0].cell", "lstm"),
    "bad equation": (lambda: own_cell("h = tanh(W @ x + )"), "cells[0].equations[0]", "tanh(W @ x + )"),
    "undefined quantity": (lambda: own_cell("h = tanh(W @ x + q)"), "cells[0].equations[0]", "q"),
    "cyclic equations": (lambda: own_cell("h = tanh(k)", "k = tanh(h)"), "cells[0].equations", "h"),
    "code": (lambda: own_cell("h = __import__('os').getcwd()"), "cells[0].equations[0]", "column"),
    "absurd size": (lambda: changed(lambda tree: layer(tree).update(units=10**9)), "layers[0].units", "16384"),
    "absurd number": (lambda: changed(lambda tree: layer(tree).update(units=10**400)), "layers[0].units", "16384"),
    "nested 1,000 deep": (lambda: "[" * 1000 + "]" * 1000, "", "deep"),
    "nested in a key": (lambda: json.dumps(good())[:-1] + ', "a": ' + "[" * 1000 + "]" * 1000 + "}", "", "deep"),
}
KINDS = pytest.mark.parametrize("kind", BAD)


@pytest.fixture
def bad(tmp_path: Path) -> Callable[[str], Path]:
    def write(kind: str) -> Path:
        path = tmp_path / f"{kind.replace(' ', '-').replace(',', '')}.rnnviz"
        path.write_text(BAD[kind][0](), "utf-8")
        return path

    return write


@pytest.mark.system
@KINDS
def test_the_command_names_file_and_place_in_one_line(kind: str, bad: Callable[[str], Path]) -> None:
    path = bad(kind)
    variables = {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    words = [sys.executable, "-m", "rnnviz", str(path)]  # would open the window
    done = subprocess.run(words, capture_output=True, text=True, env=os.environ | variables, timeout=60)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"rnnviz: {path}: ")
    _, place, wrong = BAD[kind]
    said = done.stderr.removeprefix(f"rnnviz: {path}: ")
    assert place in said
    assert wrong in said
    assert len(said) < 500
    assert "Traceback" not in said


@KINDS
def test_the_window_says_it_and_leaves_the_open_document(
    kind: str, bad: Callable[[str], Path], make_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = ready(make_window, qtbot)
    window.session.edit_number(Address("x", 1), 9.0)
    before = kept(window)
    path = bad(kind)
    drop(window, path)
    said = window.message_bar.text
    assert str(path) in said
    assert BAD[kind][1] in said
    assert BAD[kind][2] in said
    assert "unchanged" in said
    assert "\n" not in said
    assert kept(window) == before
    window.session.undo()
    assert window.session.snapshot is not None
    assert window.session.snapshot.trace.number(Address("x", 1)) == 3.0


def drop(window: MainWindow, path: Path) -> None:
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path))])
    place, copy = QPoint(600, 300), Qt.DropAction.CopyAction
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(window, QDragEnterEvent(place, copy, content, left, none))
    QApplication.sendEvent(window, QDropEvent(place.toPointF(), copy, content, left, none))


# --- what is typed --------------------------------------------------------------------------------------------------


def test_a_step_that_is_not_there_is_said_at_the_field(make_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = ready(make_window, qtbot)
    before = kept(window)
    for typed, says in (("6", "0 to 5"), ("999999999999999999999", "0 to 5"), ("four", "four"), ("-1", "1")):
        QTest.keyClick(window, Qt.Key.Key_G)
        field = focused_field()
        QTest.keyClicks(field, typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert says in complaint_near(window, field), typed
        assert field.text() == typed
        assert kept(window) == before
        QTest.keyClick(field, Qt.Key.Key_Escape)
    QTest.keyClick(window, Qt.Key.Key_G)
    QTest.keyClicks(focused_field(), "2")
    QTest.keyClick(focused_field(), Qt.Key.Key_Return)
    assert window.session.snapshot is not None
    assert window.session.snapshot.cursor.step == 2


@pytest.mark.parametrize(
    ("typed", "says"),
    [("1 2", "3"), ("1 2 3 4", "3"), ("1 two 3", "two"), ("1e999 0 0", "1e999"), ("nan 0 0", "nan"), ("", "number")],
)
def test_an_input_of_the_wrong_width_is_said_at_the_field(
    make_window: Callable[..., MainWindow], qtbot: QtBot, typed: str, says: str
) -> None:
    window = ready(make_window, qtbot)
    panel = window.workspace.panels["inputs"]
    before = kept(window)
    panel.feed_next.button.click()
    field = panel.feed_next.line
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert says in complaint_near(window, field)
    assert field.text() == typed
    assert kept(window) == before
    field.clear()
    QTest.keyClicks(field, "1 0 1")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.session.snapshot is not None
    assert window.session.snapshot.trace.steps == 6


@pytest.mark.parametrize(
    ("pasted", "says"),
    [("4\nfive\n6", "five"), ("1\t2\t3\t4", "4"), ("1\t2\n3", "2"), ("1\n" * 40, ""), ("", ""), ("12 Nov 2024", "Nov")],
    ids=["a word", "too wide", "ragged", "too long", "nothing", "a date"],
)
def test_a_pasted_word_is_said_at_the_number_and_nothing_is_pasted(
    make_window: Callable[..., MainWindow], qtbot: QtBot, pasted: str, says: str
) -> None:
    window = ready(make_window, qtbot)
    panel = window.workspace.panels["inputs"]
    before = kept(window)
    panel.setFocus(Qt.FocusReason.OtherFocusReason)
    QGuiApplication.clipboard().setText(pasted)
    QTest.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    if pasted.startswith("1\n1"):  # a long column makes the sequence longer, or is refused: never half of it
        assert window.session.snapshot is not None
        assert window.session.snapshot.trace.steps in (5, 40)
        return
    said = complaint_near(window, panel)
    assert said
    assert says in said
    assert kept(window) == before


@pytest.mark.parametrize(
    "address", [Address("x", 2, 0, 1), ParameterAddress("lstm.W_i", 0, 1)], ids=["input", "weight"]
)
@pytest.mark.parametrize("typed", ["seven", "1,234", "1e999", "inf", "0x10", "--1", ""])
def test_a_word_in_place_of_a_number_stays_in_the_field(
    make_window: Callable[..., MainWindow], qtbot: QtBot, address: Address | ParameterAddress, typed: str
) -> None:
    window = ready(make_window, qtbot)
    panel = window.workspace.panels["inputs" if isinstance(address, Address) else "parameters"]
    before = kept(window)
    assert panel.begin_edit(address)
    field = focused_field()
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.isVisible()
    assert field.text() == typed
    assert complaint_near(window, field)
    assert kept(window) == before
    field.selectAll()
    QTest.keyClicks(field, "-2.5")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert window.session.snapshot is not None
    assert window.session.snapshot.trace.number(address) == -2.5


# --- reading the window ---------------------------------------------------------------------------------------------


def ready(make_window: Callable[..., MainWindow], qtbot: QtBot) -> MainWindow:
    window = make_window("lstm-counter")
    qtbot.waitUntil(lambda: window.session.snapshot is not None and bool(window.workspace.shown()))
    window.window().resize(1280, 800)
    window.window().activateWindow()
    window.setFocus()
    QApplication.processEvents()
    return window


def kept(window: MainWindow) -> tuple[object, ...]:
    """What must not be lost: the document, its history, where one looks."""
    now = window.session.snapshot
    assert isinstance(now, Snapshot)
    return now.scenario, now.trace, now.cursor, now.history, now.history_index, now.path, now.is_modified


def focused_field() -> QLineEdit:
    QApplication.processEvents()  # a field that has just come is laid out
    field = QApplication.focusWidget()
    assert isinstance(field, QLineEdit)
    return field


def complaint_near(window: MainWindow, widget: QWidget) -> str:
    """The words of the labels that came up within a hand's breadth of the field, or in its panel."""
    place = widget.rect().translated(widget.mapTo(window.window(), QPoint())).adjusted(-60, -90, 60, 90)
    labels = [label for label in window.window().findChildren(QLabel) if label.isVisible() and label.text()]
    wrong = [
        label for label in labels if label.objectName() == "field-error" or label.accessibleName() == "What is wrong"
    ]
    near = [
        label for label in wrong if place.intersects(label.rect().translated(label.mapTo(window.window(), QPoint())))
    ]
    return " ".join(label.text() for label in near)
