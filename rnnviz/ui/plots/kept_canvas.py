"""The fraction that a gate keeps, large, what follows from it, and where the other units stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from rnnviz.engine.trace import Address
from rnnviz.ui import theme

RUG_HEIGHT = 10


@dataclass(frozen=True)
class Kept:
    """What to write, each with the number behind it; `fractions` of all units where there are several."""

    percent: str = ""
    percent_at: Address | None = None
    first: str = ""
    first_at: Address | None = None
    second: str = ""
    strong: str = ""
    fractions: NDArray[np.float64] | None = None
    fraction: float = 0.0
    hue: QColor | None = None
    caption: str = ""


class KeptCanvas(QWidget):
    """Paints one Kept. Lines that do not fit into the height are left out from the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kept = Kept()
        self.restyle()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def sizeHint(self) -> QSize:
        return QSize(180, 110)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, 50)

    def restyle(self) -> None:
        self._sizes = [(font, QFontMetrics(font)) for font in map(theme.mono, (theme.DISPLAY, theme.LARGE, theme.BODY))]
        self._font, self._strong = theme.sans(theme.SMALL), theme.sans(theme.SMALL, semibold=True)
        self._metrics = QFontMetrics(self._font)
        self.update()

    def show_kept(self, kept: Kept) -> None:
        self.kept = kept
        self.update()

    def _percent_font(self) -> tuple[QFont, QFontMetrics]:
        """The display size, or a smaller one where the number would not fit."""
        fitting = (size for size in self._sizes if size[1].horizontalAdvance(self.kept.percent) <= self.width())
        return next(fitting, self._sizes[-1])

    def _percent_rect(self) -> QRect:
        _, metrics = self._percent_font()
        return QRect(0, 2, metrics.horizontalAdvance(self.kept.percent), metrics.height())

    def _line_rects(self) -> list[QRect]:
        height = round(self._metrics.height() * 1.25)
        top = self._percent_rect().bottom() + 4
        return [QRect(0, top + n * height, self.width(), height) for n in range(3)]

    def _rug_rect(self) -> QRect:
        """The last thing, with a caption below it; empty where there is one unit or no room."""
        top = self._line_rects()[-1].bottom() + theme.px(7)
        needed = RUG_HEIGHT + self._metrics.height() + 2
        if self.kept.fractions is None or top + needed > self.height():
            return QRect()
        return QRect(0, top, min(self.width(), 420), RUG_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        look, kept = theme.current(), self.kept
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextDontClip
        painter.setFont(self._percent_font()[0])
        painter.setPen(look.ink)
        painter.drawText(self._percent_rect(), left, kept.percent)
        for rect, text in zip(self._line_rects(), (kept.first, kept.second, kept.strong), strict=True):
            is_strong = text == kept.strong
            painter.setFont(self._strong if is_strong else self._font)
            painter.setPen(look.ink if is_strong else look.muted)
            metrics = painter.fontMetrics()
            painter.drawText(rect, left, metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width()))
        self._paint_rug(painter)

    def _paint_rug(self, painter: QPainter) -> None:
        rug, look, kept = self._rug_rect(), theme.current(), self.kept
        if rug.isEmpty() or kept.fractions is None:
            return
        painter.drawImage(rug, _density(kept.fractions, rug.width(), look.raised, kept.hue or look.ink))
        x = np.clip(np.nan_to_num(kept.fraction), 0, 1) * (rug.width() - 2)
        painter.fillRect(QRectF(x - 0.5, rug.top() - 3, 3, rug.height() + 6), look.panel)
        painter.fillRect(QRectF(x, rug.top() - 3, 2, rug.height() + 6), look.accent)
        painter.setFont(self._font)
        painter.setPen(look.muted)
        below = QRect(0, rug.bottom() + 3, rug.width(), self._metrics.height())
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0 %")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, "100 %")
        room = rug.width() - self._metrics.horizontalAdvance("0 %100 %") - 16
        caption = self._metrics.elidedText(kept.caption, Qt.TextElideMode.ElideRight, room)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, caption)

    def address_at(self, point: QPoint) -> Address | None:
        if self._percent_rect().adjusted(-4, -2, 4, 2).contains(point):
            return self.kept.percent_at
        return self.kept.first_at if self._line_rects()[0].contains(point) else None

    def rect_of(self, address: object) -> QRect | None:
        if address is not None and address == self.kept.percent_at:
            return self._percent_rect().adjusted(-3, 0, 3, 0)
        if address is not None and address == self.kept.first_at:
            rect = self._line_rects()[0]
            rect.setWidth(self._metrics.horizontalAdvance(self.kept.first))
            return rect.adjusted(-3, 0, 3, 0)
        return None


def _density(fractions: NDArray[np.float64], width: int, ground: QColor, hue: QColor) -> QImage:
    """One pixel row: the more units keep about that fraction, the stronger the hue; a single one is plain to see."""
    places = (np.clip(np.nan_to_num(fractions), 0, 1) * (width - 1)).astype(int)
    counts = np.bincount(places, minlength=width)[:width].astype(float)
    strength = np.where(counts > 0, 0.45 + 0.55 * np.sqrt(counts / max(counts.max(), 1)), 0)[:, None]
    ends = np.array([ground.getRgb()[:3], hue.getRgb()[:3]], float)
    colours = np.rint(ends[0] + strength * (ends[1] - ends[0])).astype(np.uint8)
    return QImage(colours.tobytes(), width, 1, 3 * width, QImage.Format.Format_RGB888).copy()
