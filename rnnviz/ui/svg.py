"""What Qt's SVG lacks: typefaces that take over, text that keeps its width in them, sharp pixels, clips in place."""

import base64
import re

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QFont, QFontMetricsF, QImage

from rnnviz.ui import fonts

_HEAD = re.compile(r'<svg width="[^"]*" height="[^"]*"')
_TEXT = re.compile(
    r'(<text [^>]*font-family="([^"]*)"\s+font-size="([^"]*)"\s+font-weight="(\d+)"\s+font-style="(\w+)"[^>]*)>([^<]*)<'
)
_CLIPPED = re.compile(r'<g clip-path="url\(#(\w+)\)"><g [^>]*?transform="(matrix\([^)]*\))"')
_CLIP = re.compile(r'(<clipPath id="(\w+)">\s*<path )')
_SHARP = re.compile(
    r'(<image [^>]*width="([\d.]+)" height="([\d.]+)"[^>]*)image-rendering="optimizeSpeed"'
    r'([^>]*href="data:image/png;base64,)([A-Za-z0-9+/=\s]+)"'
)
_SHARPNESS = 4  # pixels of the image at least, for one of the page
_MOST_CELLS = 40_000
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}


def for_every_viewer(svg: str, width: int, height: int) -> str:
    """PDF carries our typefaces along; an SVG names them, and where they are not installed another one is stretched."""
    svg = _HEAD.sub(f'<svg width="{width}" height="{height}"', svg, count=1)
    svg = _TEXT.sub(_with_width, svg)
    for family, kind in ((fonts.sans_family(), "sans-serif"), (fonts.mono_family(), "monospace")):
        svg = svg.replace(f'font-family="{family}"', f'font-family="{family}, {kind}"')
    svg = _SHARP.sub(_with_large_pixels, svg)
    return _with_clips_in_place(svg)


def _with_clips_in_place(svg: str) -> str:
    """Qt writes a clip as it was set, in coordinates of the painter, and lets it work in those of the page."""
    moved: dict[str, str] = {}
    for found in _CLIPPED.finditer(svg):
        moved.setdefault(found[1], found[2])
    return _CLIP.sub(lambda clip: f'{clip[1]}transform="{moved[clip[2]]}" ' if clip[2] in moved else clip[0], svg)


def _with_large_pixels(found: re.Match[str]) -> str:
    """A cell of a heat map is a pixel of its image, and many viewers would blur it: make it several pixels."""
    head, width, height, middle, data = found.groups()
    image = QImage.fromData(base64.b64decode(data))
    across = -(-_SHARPNESS * float(width) // max(image.width(), 1))
    down = -(-_SHARPNESS * float(height) // max(image.height(), 1))
    if image.isNull() or (across <= 1 and down <= 1) or image.width() * image.height() > _MOST_CELLS:
        return found[0]
    large = image.scaled(image.width() * max(1, int(across)), image.height() * max(1, int(down)))
    content, buffer = QByteArray(), QBuffer()
    buffer.setBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    large.save(buffer, "PNG")
    written = bytes(content.toBase64().data()).decode()
    return f'{head}image-rendering="optimizeSpeed" style="image-rendering:pixelated"{middle}{written}"'


def _with_width(found: re.Match[str]) -> str:
    tag, family, size, weight, style, text = found.groups()
    width = _width(family, float(size), int(weight), style == "italic", _plain(text))
    return f'{tag} textLength="{width:.2f}" lengthAdjust="spacingAndGlyphs">{text}<' if width else found[0]


def _width(family: str, size: float, weight: int, is_italic: bool, text: str) -> float:
    if not text.strip():
        return 0.0
    font = QFont(family)
    font.setPixelSize(round(size))
    font.setWeight(QFont.Weight(weight))
    font.setItalic(is_italic)
    font.setFeature(QFont.Tag("tnum"), 1)
    return QFontMetricsF(font).horizontalAdvance(text)


def _plain(text: str) -> str:
    for entity, letter in _ENTITIES.items():
        text = text.replace(entity, letter)
    return text
