"""Objects that hold each other are freed by the event loop, and never in the middle of something else."""

import gc
import weakref

from pytestqt.qtbot import QtBot

from rnnviz.ui.garbage import INTERVAL_MS


class Ring:
    """An object that holds itself."""

    def __init__(self) -> None:
        self.own = self


def test_rings_are_freed_between_events_and_only_there(qtbot: QtBot) -> None:
    assert not gc.isenabled()
    lost = weakref.ref(Ring())
    kept = [[] for _ in range(gc.get_threshold()[0] * 2)]  # more than would set off a search of Python's own
    assert lost() is not None
    qtbot.waitUntil(lambda: lost() is None, timeout=20 * INTERVAL_MS)
    assert kept
