"""Exporting the network from the window: the targets of the dialog, what is said, and that nothing happens unsaid."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from rnnviz.engine.trace import ParameterAddress
from rnnviz.interop.export import TARGETS
from rnnviz.ui.main_window import MainWindow


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | str, target: str) -> list[tuple[str, ...]]:
    """Answer the next dialog; what it proposed and offered is in the list."""
    asked: list[tuple[str, ...]] = []

    def answer(_parent: object, *words: str) -> tuple[str, str]:
        asked.append(words)
        offered = next(text for text in words[2].split(";;") if text.startswith(TARGETS[target].title))
        return str(path), offered

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return asked


def test_the_dialog_offers_every_target_and_what_is_written_is_said(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = choose(monkeypatch, tmp_path / "counter", "torch")
    window.actions_.by_id["export_network"].trigger()
    title, proposed, filters, chosen = asked[0]
    assert title == "Export network"
    assert Path(proposed).name == "lstm-counter.py"
    assert filters.split(";;") == [f"{target.title} (*{target.suffix})" for target in TARGETS.values()]
    assert chosen.startswith("NumPy")
    assert {path.name for path in tmp_path.glob("counter*")} == {"counter.py", "counter.safetensors"}
    assert window.message_bar.text == f"Exported counter.py, counter.safetensors to {tmp_path}"


def test_the_target_chosen_last_is_offered_first(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(monkeypatch, tmp_path / "weights.npz", "npz")
    assert window.exporting.ask_and_export()
    asked = choose(monkeypatch, "", "npz")
    assert not window.exporting.ask_and_export()
    assert asked[0][1].endswith("lstm-counter.npz")
    assert asked[0][3].startswith(TARGETS["npz"].title)


def test_the_ending_follows_the_target_and_what_the_dialog_has_not_asked_about_stays(
    window: MainWindow, tmp_path: Path
) -> None:
    assert window.exporting.export_to(str(tmp_path / "counter.py"), "npz")
    assert [path.name for path in tmp_path.glob("counter*")] == ["counter.npz"]
    before = (tmp_path / "counter.npz").read_bytes()
    assert not window.exporting.export_to(str(tmp_path / "counter"), "npz")
    assert "there is a file of that name" in window.message_bar.text
    assert (tmp_path / "counter.npz").read_bytes() == before
    assert window.exporting.export_to(str(tmp_path / "counter.npz"), "npz")


def test_what_is_exported_has_the_edits_that_are_not_saved(window: MainWindow, tmp_path: Path) -> None:
    window.session.edit_number(ParameterAddress("lstm.b_i", 0), 4.25)
    assert window.exporting.export_to(str(tmp_path / "edited.py"), "numpy")
    assert '"lstm.b_i": [4.25]' in (tmp_path / "edited.py").read_text("utf-8")
    assert window.window().isWindowModified()


def test_what_cannot_be_written_is_said_and_nothing_is(make_window: Callable[..., MainWindow], tmp_path: Path) -> None:
    window = make_window("mnist-rows-lstm")
    (tmp_path / "rows.npz").write_bytes(b"mine")
    assert not window.exporting.export_to(str(tmp_path / "rows.py"), "numpy")
    assert window.message_bar.text.startswith(f"Could not export {tmp_path / 'rows.py'}: rows.npz has to be written")
    assert window.message_bar.text.endswith("Your document is unchanged.")
    assert [path.name for path in tmp_path.glob("rows*")] == ["rows.npz"]


def test_there_is_nothing_to_export_without_a_document(make_window: Callable[..., MainWindow]) -> None:
    assert not make_window(None).actions_.by_id["export_network"].isEnabled()
