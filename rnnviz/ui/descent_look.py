"""What each way of clipping is called and looks like, the same in the panel of descents and on the surface."""

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QColor

from rnnviz.engine.clipping import Clipping
from rnnviz.ui import numbers, theme

NAMES = {
    "none": QT_TRANSLATE_NOOP("descent", "no clipping"),
    "value": QT_TRANSLATE_NOOP("descent", "by value"),
    "norm": QT_TRANSLATE_NOOP("descent", "by norm"),
    "loss cap": QT_TRANSLATE_NOOP("descent", "loss cap"),
}


@dataclass(frozen=True)
class WayLook:
    """
    light, dark : hues of Okabe and Ito, on a light and on a dark card; on_map : on cividis
    dash, marker : numbers of those of the plots, so that colour is never alone
    """

    light: str
    dark: str
    on_map: str
    dash: int
    marker: int

    @property
    def ink(self) -> QColor:
        look = theme.current()
        return QColor(self.dark if look.is_dark else self.light)


LOOKS = {
    "none": WayLook("#C14A00", "#FF8A5C", "#FF7A52", 0, 0),
    "value": WayLook("#A34A80", "#E79BC8", "#FFA3DA", 1, 1),
    "norm": WayLook("#007C5A", "#3FD0A2", "#6BF5C3", 0, 2),
    "loss cap": WayLook("#1F6FA8", "#7CC4F5", "#9AD9FF", 2, 3),
}


def name_of(way: Clipping) -> str:
    return QCoreApplication.translate("descent", NAMES[way.kind])


def name_with_limit(way: Clipping) -> str:
    """ "by norm 1" """
    return name_of(way) if way.kind == "none" else f"{name_of(way)} {numbers.text(way.limit)}"
