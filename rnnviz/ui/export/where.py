"""Asking where a file goes: folder and kind are those of the last time, and nothing is overwritten unasked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox

from rnnviz.ui import kinds

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from rnnviz.ui.settings import Settings


@dataclass(frozen=True)
class Question:
    """
    what : is exported, "panel", "film" and so on; title : of the dialog
    name : that is proposed, without ending; kinds : that it can be
    kind : where it has been chosen already
    """

    what: str
    title: str
    name: str
    kinds: kinds.Kinds
    kind: str = ""


def ask(parent: QWidget, settings: Settings, folder: str, question: Question) -> tuple[str, str] | None:
    """Path and kind; None where it was cancelled. folder : where nothing was exported before"""
    kind = question.kind or settings.export_kind(question.what)
    kind = kind if kind in question.kinds else next(iter(question.kinds))
    lines = kinds.filters(question.kinds)
    begin = str(Path(settings.export_folder or folder) / f"{question.name}{question.kinds[kind][1]}")
    offered = ";;".join(lines.values())
    path, line = QFileDialog.getSaveFileName(parent, question.title, begin, offered, lines[kind])
    if not path:
        return None
    chosen, whole = kinds.chosen(question.kinds, path, line)
    if whole != path and Path(whole).exists() and not _may_replace(parent, whole):
        return None  # the dialog knew another name and could not ask
    settings.export_folder = str(Path(whole).parent)
    settings.set_export_kind(question.what, chosen)
    return whole, chosen


def _may_replace(parent: QWidget, path: str) -> bool:
    text = QCoreApplication.translate("questions", "“{0}” is there already. Replace it?").format(Path(path).name)
    return QMessageBox.question(parent, "rnnviz", text) == QMessageBox.StandardButton.Yes
