"""A widget as a file: PNG with as many pixels as on the screen or twice, SVG and PDF as vectors."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QMarginsF, QPoint, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from rnnviz.ui import svg, theme

_SCREEN_DPI = 96
KINDS = (".png", ".svg", ".pdf")


def write(widget: QWidget, path: str | os.PathLike[str], *, scale: int = 2) -> None:
    """Write the widget by the ending of the path. Raises ValueError for another ending, OSError for a bad place."""
    kind = Path(path).suffix.lower()
    if kind not in KINDS:
        raise ValueError(f"{Path(path).name} ends in none of {', '.join(KINDS)}: choose one of them")
    content = {".png": _png, ".svg": _svg, ".pdf": _pdf}[kind](widget, scale)
    Path(path).write_bytes(content)


def image(widget: QWidget, scale: int = 1) -> QImage:
    """What the widget looks like, on the panel's ground."""
    picture = QImage(widget.size() * scale, QImage.Format.Format_RGB32)
    picture.setDevicePixelRatio(scale)
    picture.fill(theme.current().panel)
    widget.render(picture, renderFlags=QWidget.RenderFlag.DrawChildren)
    return picture


@contextmanager
def untouched(widget: QWidget) -> Iterator[None]:
    """Take mouse and keyboard away from a widget and all that is in it, and give them back afterwards."""
    focus = QApplication.focusWidget()
    had_focus = focus is not None and (focus is widget or widget.isAncestorOf(focus))
    if focus is not None and had_focus:
        blocked = focus.blockSignals(True)  # nothing is entered by that
        focus.clearFocus()
        focus.blockSignals(blocked)
    under = [part for part in (widget, *widget.findChildren(QWidget)) if part.underMouse()]
    for part in under:
        part.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
        QApplication.sendEvent(part, QEvent(QEvent.Type.Leave))
    try:
        yield
    finally:
        for part in under:
            if isValid(part):
                part.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, True)
        if focus is not None and had_focus and isValid(focus):
            focus.setFocus(Qt.FocusReason.OtherFocusReason)


def _png(widget: QWidget, scale: int) -> bytes:
    bytes_, buffer = _buffer()
    image(widget, scale).save(buffer, "PNG")
    return bytes(bytes_.data())


def _svg(widget: QWidget, scale: int) -> bytes:
    bytes_, buffer = _buffer()
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # Tiny knows no clipping
    generator.setOutputDevice(buffer)
    generator.setResolution(_SCREEN_DPI)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName())
    generator.setDescription(widget.accessibleDescription())
    _paint(widget, generator)
    return svg.for_every_viewer(bytes(bytes_.data()).decode(), widget.width(), widget.height()).encode()


def _pdf(widget: QWidget, scale: int) -> bytes:
    bytes_, buffer = _buffer()
    writer = QPdfWriter(buffer)
    writer.setResolution(_SCREEN_DPI)
    writer.setCreator("rnnviz")
    writer.setTitle(widget.accessibleName())
    size = QSizeF(widget.size()) * 72 / _SCREEN_DPI
    writer.setPageSize(QPageSize(size, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0), QPageLayout.Unit.Point)
    _paint(widget, writer)
    return bytes(bytes_.data())


def _paint(widget: QWidget, device: QSvgGenerator | QPdfWriter) -> None:
    painter = QPainter(device)
    painter.fillRect(widget.rect(), theme.current().panel)
    widget.render(painter, QPoint(), renderFlags=QWidget.RenderFlag.DrawChildren)
    painter.end()


def _buffer() -> tuple[QByteArray, QBuffer]:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    return content, buffer
