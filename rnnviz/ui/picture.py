"""A widget as a file: PNG at twice the screen's pixels, SVG and PDF as vectors, equal to what the window shows."""

import os
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPoint, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from rnnviz.ui import fonts, theme

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


def _png(widget: QWidget, scale: int) -> bytes:
    bytes_, buffer = _buffer()
    image(widget, scale).save(buffer, "PNG")
    return bytes(bytes_.data())


def _svg(widget: QWidget, scale: int) -> bytes:
    bytes_, buffer = _buffer()
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setResolution(_SCREEN_DPI)
    generator.setSize(widget.size())
    generator.setViewBox(widget.rect())
    generator.setTitle(widget.accessibleName())
    generator.setDescription(widget.accessibleDescription())
    _paint(widget, generator)
    return _with_fallbacks(bytes(bytes_.data()))


def _with_fallbacks(svg: bytes) -> bytes:
    """Where our typefaces are not installed, their kind takes over. (PDF carries them along.)"""
    for family, kind in ((fonts.sans_family(), "sans-serif"), (fonts.mono_family(), "monospace")):
        svg = svg.replace(f'font-family="{family}"'.encode(), f'font-family="{family}, {kind}"'.encode())
    return svg


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
