"""Nothing fails in silence: whatever reaches Python's or Qt's last handlers is shown in the window and written down."""

import faulthandler
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QMessageLogContext, QObject, QStandardPaths, QtMsgType, Signal, qInstallMessageHandler

from rnnviz.session.edit_error import EditError

_QUIET = (
    "This plugin does not support",  # offscreen and Wayland say this about raising windows
    "propagateSizeHints",
    "Could not detect a usable OpenGL",
)


class Failures(QObject):
    """`said` comes with one line for the message bar; the trace goes to standard error."""

    said = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last = ""
        self._crashes: TextIO | None = None

    def install(self) -> None:
        sys.excepthook = self._exception
        threading.excepthook = self._in_thread
        sys.unraisablehook = self._unraisable
        qInstallMessageHandler(self._from_qt)
        self._crashes = _crash_file()
        faulthandler.enable(self._crashes or sys.__stderr__)

    def uninstall(self) -> None:
        sys.excepthook = sys.__excepthook__
        threading.excepthook = threading.__excepthook__
        sys.unraisablehook = sys.__unraisablehook__
        qInstallMessageHandler(None)
        faulthandler.enable(sys.__stderr__)
        if self._crashes is not None:
            self._crashes.close()

    def _exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        if isinstance(error, EditError):  # an edit that is refused, with no field to say it at
            self._last = ""
            self.said.emit(str(error))
            return
        traceback.print_exception(kind, error, trace)
        place = traceback.extract_tb(trace)[-1] if trace else None
        where = f" ({place.filename.rpartition('/')[2]}, {place.lineno})" if place else ""
        self._say(f"{kind.__name__}: {error}{where}")

    def _in_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self._exception(args.exc_type, args.exc_value, args.exc_traceback)

    def _from_qt(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg) or any(quiet in text for quiet in _QUIET):
            return
        print(text, file=sys.stderr)
        if kind != QtMsgType.QtWarningMsg:
            self._say(text)

    def _say(self, text: str) -> None:
        """Once for the same failure in a row: a paint event fails at every redraw."""
        if text != self._last:
            self._last = text
            said = self.tr("Something went wrong in rnnviz: {0}. Your document is still open; save it to be safe.")
            self.said.emit(said.format(text))


def _crash_file() -> TextIO | None:
    """Where a crash below Python leaves its stack, in the state folder; None where that can't be written."""
    folder = Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return (folder / "crash.log").open("w", encoding="utf-8")
    except OSError:
        return None
