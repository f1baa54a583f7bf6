"""The line-drawn icons: 16 x 16 SVG files with strokes of 1.5, recoloured from the theme."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from rnnviz.resources import resource
from rnnviz.ui import theme


def icon(name: str, colour: QColor | None = None) -> QIcon:
    """An icon in the ink of the theme, or in a colour of one's own; faint when disabled, sharp at every size."""
    return QIcon(_Engine(name, colour))


@cache
def _source(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text(encoding="utf-8")


class _Engine(QIconEngine):
    """Paints the file in the colours of the moment, so that a change of theme needs no new icons."""

    def __init__(self, name: str, colour: QColor | None) -> None:
        super().__init__()
        self._name, self._colour = name, colour

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._colour)

    def paint(self, painter: QPainter, rect: object, mode: QIcon.Mode, state: QIcon.State) -> None:
        colours = theme.current()
        colour = self._colour or colours.ink
        if mode == QIcon.Mode.Disabled:
            colour = theme.mix(colours.panel, colours.muted, 0.45)
        text = _source(self._name).replace("currentColor", colour.name())
        QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture
