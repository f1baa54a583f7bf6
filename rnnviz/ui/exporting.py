"""Taking the network out: a file dialog with the targets, and what was written or why not in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from rnnviz.interop.export import TARGETS, export_model
from rnnviz.scenario.errors import ScenarioError

if TYPE_CHECKING:
    from rnnviz.ui.main_window import MainWindow


class Exporting(QObject):
    """Says `failed` or `exported` with one line for the message bar. The target chosen last is offered first."""

    failed = Signal(str)
    exported = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._target = next(iter(TARGETS))

    def ask_and_export(self) -> bool:
        snapshot = self._window.session.snapshot
        if snapshot is None:
            return False
        filters = {f"{target.title} (*{target.suffix})": name for name, target in TARGETS.items()}
        chosen = next(text for text, name in filters.items() if name == self._target)
        stem = snapshot.scenario.name or "network"
        proposed = str(Path(self._window.documents.folder()) / f"{stem}{TARGETS[self._target].suffix}")
        title = self.tr("Export network")
        path, chosen = QFileDialog.getSaveFileName(self._window, title, proposed, ";;".join(filters), chosen)
        return bool(path) and self.export_to(path, filters.get(chosen, self._target))

    def export_to(self, path: str, target: str) -> bool:
        """Write the network that is shown. A name without the target's ending gets it, in place of another target's."""
        snapshot = self._window.session.snapshot
        assert snapshot is not None, "the action is off without a document"
        try:
            written = export_model(snapshot.scenario, self._named(path, target), target)
        except ScenarioError as error:
            self.failed.emit(self.tr("Could not export {0}. Your document is unchanged.").format(error))
            return False
        self._target = target
        names = ", ".join(file.name for file in written)
        self.exported.emit(self.tr("Exported {0} to {1}").format(names, written[0].absolute().parent))
        return True

    def _named(self, path: str, target: str) -> str:
        """Raises ScenarioError where the dialog has not asked whether the file of that name may be replaced."""
        suffix = TARGETS[target].suffix
        if path.endswith(suffix):
            return path
        others = (other.suffix for other in TARGETS.values() if path.endswith(other.suffix))
        named = path.removesuffix(next(others, "")) + suffix
        if Path(named).exists():
            raise ScenarioError(self.tr("there is a file of that name; choose it with its ending to replace it"), named)
        return named
