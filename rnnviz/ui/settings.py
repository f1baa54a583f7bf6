"""What is remembered between two starts: look, layout, window, speed, recent files."""

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

_MOST_RECENT = 10


class Settings:
    """A small INI file in the user's configuration folder, or the file that is given (tests)."""

    def __init__(self, path: str | None = None) -> None:
        ini = QSettings.Format.IniFormat
        self._store = QSettings(path, ini) if path else QSettings(ini, QSettings.Scope.UserScope, "rnnviz", "rnnviz")

    @property
    def theme(self) -> str:
        return str(self._store.value("theme", "system"))

    @theme.setter
    def theme(self, choice: str) -> None:
        self._store.setValue("theme", choice)

    @property
    def text_scale(self) -> float:
        return _number(self._store.value("text_scale"), 1.0)

    @text_scale.setter
    def text_scale(self, scale: float) -> None:
        self._store.setValue("text_scale", scale)

    @property
    def speed(self) -> float:
        return _number(self._store.value("speed"), 1.0)

    @speed.setter
    def speed(self, steps_per_s: float) -> None:
        self._store.setValue("speed", steps_per_s)

    @property
    def surface_in_3d(self) -> bool:
        return str(self._store.value("surface_in_3d", "false")) == "true"

    @surface_in_3d.setter
    def surface_in_3d(self, in_3d: bool) -> None:
        self._store.setValue("surface_in_3d", "true" if in_3d else "false")

    @property
    def export_folder(self) -> str:
        """Where something was exported to last; "" where nothing was, or the folder is gone."""
        folder = str(self._store.value("export/folder", ""))
        return folder if folder and Path(folder).is_dir() else ""

    @export_folder.setter
    def export_folder(self, folder: str) -> None:
        self._store.setValue("export/folder", folder)

    def export_kind(self, what: str) -> str:
        """As which kind of file a panel, a film, ... was exported last."""
        return str(self._store.value(f"export/kind of {what}", ""))

    def set_export_kind(self, what: str, kind: str) -> None:
        self._store.setValue(f"export/kind of {what}", kind)

    @property
    def geometry(self) -> QByteArray:
        value = self._store.value("geometry")
        return value if isinstance(value, QByteArray) else QByteArray()

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._store.setValue("geometry", geometry)

    def layout(self, name: str) -> dict[str, Any]:
        """The remembered arrangement of a layout; empty when there is none or it can't be read."""
        try:
            value = json.loads(str(self._store.value(f"layouts/{name}", "{}")))
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def set_layout(self, name: str, arrangement: dict[str, Any]) -> None:
        self._store.setValue(f"layouts/{name}", json.dumps(arrangement))

    @property
    def recent(self) -> list[str]:
        """Files that were open before, newest first; those that are gone are left out."""
        stored = self._store.value("recent", [])
        paths = [stored] if isinstance(stored, str) else [str(path) for path in stored or []]
        return [path for path in paths if Path(path).is_file()]

    def add_recent(self, path: str) -> None:
        others = [known for known in self.recent if known != path]
        self._store.setValue("recent", [path, *others][:_MOST_RECENT])

    def clear_recent(self) -> None:
        self._store.remove("recent")

    def write(self) -> None:
        self._store.sync()


def _number(stored: object, otherwise: float) -> float:
    try:
        return float(str(stored))
    except ValueError:
        return otherwise
