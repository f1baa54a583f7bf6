"""The tests here that look into a window open it as those of the window do."""

from tests.ui.conftest import make_window, qapp, qtbot, settings, window

__all__ = ["make_window", "qapp", "qtbot", "settings", "window"]
