"""Colours, type sizes and colour maps: one frozen value per look, and a switch that says when it changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from rnnviz.resources import resource
from rnnviz.ui import fonts

SMALL, BODY, LARGE, DISPLAY = 11, 13, 16, 22  # pixels at 100 % text
GAP, PADDING, RADIUS = 8, 12, 6

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from rnnviz.ui.colour_maps import Table


@dataclass(frozen=True)
class Theme:
    """The tokens of one look. Colours are QColor: never change one in place, make another."""

    name: str
    is_dark: bool
    paper: QColor  # the window behind the cards
    panel: QColor  # a card; also where a signed value of 0 disappears into
    raised: QColor  # a cell or a chip on a card
    ink: QColor
    muted: QColor
    line: QColor  # hairlines, tracks, grid lines
    accent: QColor  # the cursor, links, focus
    accent_soft: QColor  # the current row, a selected cell, the cone under the current step
    on_accent: QColor  # text and icons on the accent
    error: QColor
    positive: QColor  # wires and curves of a positive value
    negative: QColor
    positive_ink: QColor  # the same as text, 4.5:1 on panel and paper
    negative_ink: QColor
    gates: tuple[tuple[str, QColor], ...]
    ends: tuple[QColor, QColor, QColor, QColor]  # the signed map at -1, -1/2, 1/2, 1
    hairline: int = 1

    def gate_colour(self, letter: str) -> QColor:
        """The hue of a gate (i f o z r) or candidate (g n), the same everywhere; ink for any other quantity."""
        return dict(self.gates).get(letter, self.ink)

    @cached_property
    def diverging_table(self) -> Table:
        """(256, 3) uint8. Entry 128 is exactly zero and exactly the panel colour; 1 is -scale, 255 is +scale."""
        from rnnviz.ui import colour_maps  # here and below: the first paint does without NumPy

        return colour_maps.diverging_table(self.ends, self.panel)

    @cached_property
    def sequential_table(self) -> Table:
        """(256, 3) uint8: cividis, dark to light for magnitudes 0 to 1."""
        from rnnviz.ui import colour_maps

        return colour_maps.sequential_table()

    def diverging(self, values: NDArray[np.float64], scale: float) -> Table:
        """RGB (..., 3) of signed values: blue, the panel colour at 0, orange at `scale`. NaN takes the error colour."""
        from rnnviz.ui import colour_maps

        index = colour_maps.signed_index(values, scale)
        return colour_maps.coloured(self.diverging_table, index, values, self.error)

    def sequential(self, values: NDArray[np.float64], scale: float) -> Table:
        """RGB (..., 3) of magnitudes 0 to `scale`. NaN takes the error colour."""
        from rnnviz.ui import colour_maps

        index = colour_maps.magnitude_index(values, scale)
        return colour_maps.coloured(self.sequential_table, index, values, self.error)

    def tint(self, value: float, scale: float) -> QColor:
        """A quiet ground for a cell with a number on it: the sign's hue, so weak that ink stays readable."""
        if not math.isfinite(value):
            return mix(self.panel, self.error, 0.25)
        strength = min(abs(value) / (scale or 1.0), 1.0)
        return mix(self.panel, self.positive if value > 0 else self.negative, 0.28 * strength)

    def value_colour(self, value: float) -> QColor:
        """The colour of a wire or curve that carries this value."""
        if not math.isfinite(value):
            return self.error
        return self.positive if value > 0 else self.negative if value < 0 else self.muted


def mix(ground: QColor, over: QColor, part: float) -> QColor:
    """`part` of one colour laid over another, as an opaque colour."""
    channels = zip(ground.getRgbF()[:3], over.getRgbF()[:3], strict=True)
    return QColor.fromRgbF(*(a + (b - a) * part for a, b in channels))


def light() -> Theme:
    return Theme(
        name="light",
        is_dark=False,
        **_colours(
            paper="#F6F6F3", panel="#FFFFFF", raised="#F1F3F6", ink="#1D2129", muted="#667080", line="#E3E5E8",
            accent="#1F6FEB", accent_soft="#E1ECFD", on_accent="#FFFFFF", error="#C22F2F",
            positive="#DB7800", negative="#2A7AB8", positive_ink="#A85700", negative_ink="#1E6AA6",
        ),
        gates=_gates(i="#00875F", f="#B4528B", o="#6F56B3", g="#667080", n="#667080", z="#2779A9", r="#996900"),
        ends=_ends("#0B4F8A", "#6FABD8", "#F2A44A", "#B34E00"),
    )  # fmt: skip


def dark() -> Theme:
    return Theme(
        name="dark",
        is_dark=True,
        **_colours(
            paper="#14171C", panel="#1B1F26", raised="#232933", ink="#E6E8EC", muted="#98A2B3", line="#2B313B",
            accent="#6CA8FF", accent_soft="#24344D", on_accent="#10141A", error="#FF8078",
            positive="#FBA550", negative="#62AEEA", positive_ink="#FBA550", negative_ink="#7DBDF0",
        ),
        gates=_gates(i="#3CC49A", f="#E19CC6", o="#A996DC", g="#98A2B3", n="#98A2B3", z="#6BB8E6", r="#DDB45C"),
        ends=_ends("#9CD0FF", "#2F6FA6", "#A9651E", "#FFCB8C"),
    )  # fmt: skip


def high_contrast() -> Theme:
    return Theme(
        name="high contrast",
        is_dark=False,
        **_colours(
            paper="#FFFFFF", panel="#FFFFFF", raised="#FFFFFF", ink="#000000", muted="#000000", line="#000000",
            accent="#0037B3", accent_soft="#CFE0FF", on_accent="#FFFFFF", error="#9E0000",
            positive="#8A3B00", negative="#003C80", positive_ink="#8A3B00", negative_ink="#003C80",
        ),
        gates=_gates(i="#00573F", f="#8A1F61", o="#3D2480", g="#333333", n="#333333", z="#004C75", r="#5C3F00"),
        ends=_ends("#002B5C", "#5A94C9", "#D98A33", "#6B2A00"),
        hairline=2,
    )  # fmt: skip


THEMES = {"light": light, "dark": dark, "high contrast": high_contrast}


class ThemeSwitch(QObject):
    """The look in use. Owned by the application, so that it ends with it."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self.choice = "system"
        self.text_scale = 1.0
        self.theme = light()
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    def choose(self, choice: str, text_scale: float | None = None) -> None:
        """Take "light", "dark", "high contrast" or "system", and a text size as a factor. Everything is drawn again."""
        self.choice = choice
        if text_scale is not None:
            self.text_scale = text_scale
        self.theme = named(choice)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(_palette(self.theme))
        application.setFont(sans(BODY))
        application.setStyleSheet(_style_sheet(self.theme))
        self.changed.emit()

    def _follow_system(self, _scheme: Qt.ColorScheme) -> None:
        if self.choice == "system":
            self.choose("system")


def switch() -> ThemeSwitch:
    """The application's one switch: connect to `switch().changed`, read `current()`."""
    application = QApplication.instance()
    assert isinstance(application, QApplication), "a theme needs a QApplication"
    found = application.findChild(ThemeSwitch)
    return found if found is not None else ThemeSwitch(application)


def current() -> Theme:
    return switch().theme


def px(length: float) -> int:
    """A length that follows the text size: row heights, column widths, icon sizes."""
    return round(length * switch().text_scale)


def sans(size: int = BODY, *, semibold: bool = False, italic: bool = False) -> QFont:
    """Inter with tabular figures, `size` in pixels at 100 % text."""
    font = QFont(fonts.sans_family())
    font.setPixelSize(px(size))
    font.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
    font.setItalic(italic)
    font.setFeature(QFont.Tag("tnum"), 1)
    font.setFeature(QFont.Tag("cv11"), 0)
    return font


def mono(size: int = BODY, *, bold: bool = False) -> QFont:
    """The monospaced face, for numbers, matrices and equations."""
    font = QFont(fonts.mono_family())
    font.setPixelSize(px(size))
    font.setBold(bold)
    font.setFeature(QFont.Tag("calt"), 0)  # no ligatures: "->" and ">=" stay two signs
    return font


def named(choice: str) -> Theme:
    """The tokens of "light", "dark" or "high contrast"; of the system's choice for any other word."""
    return THEMES.get(choice, _of_system)()


def _of_system() -> Theme:
    scheme = QGuiApplication.styleHints().colorScheme()
    return dark() if scheme == Qt.ColorScheme.Dark else light()


def _colours(**names: str) -> dict[str, QColor]:
    return {name: QColor(value) for name, value in names.items()}


def _gates(**letters: str) -> tuple[tuple[str, QColor], ...]:
    return tuple((letter, QColor(value)) for letter, value in letters.items())


def _ends(*values: str) -> tuple[QColor, QColor, QColor, QColor]:
    a, b, c, d = (QColor(value) for value in values)
    return a, b, c, d


def _palette(theme: Theme) -> QPalette:
    roles = QPalette.ColorRole
    palette = QPalette()
    for role, colour in {
        roles.Window: theme.paper, roles.WindowText: theme.ink, roles.Base: theme.panel, roles.Text: theme.ink,
        roles.AlternateBase: theme.raised, roles.Button: theme.panel, roles.ButtonText: theme.ink,
        roles.BrightText: theme.error, roles.Highlight: theme.accent, roles.HighlightedText: theme.on_accent,
        roles.Link: theme.accent, roles.LinkVisited: theme.accent, roles.ToolTipBase: theme.panel,
        roles.ToolTipText: theme.ink, roles.PlaceholderText: theme.muted, roles.Light: theme.panel,
        roles.Midlight: theme.raised, roles.Mid: theme.line, roles.Dark: theme.line, roles.Shadow: theme.line,
    }.items():  # fmt: skip
        palette.setColor(role, colour)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, mix(theme.panel, theme.muted, 0.6))
    return palette


def _style_sheet(theme: Theme) -> str:
    """resources/style.qss with every $token put in."""
    values = {field.name: getattr(theme, field.name) for field in fields(theme)}
    tokens = {name: value.name() for name, value in values.items() if isinstance(value, QColor)}
    tokens |= {
        "hover": mix(theme.panel, theme.ink, 0.06).name(),
        "pressed": mix(theme.panel, theme.ink, 0.12).name(),
        "hover_paper": mix(theme.paper, theme.ink, 0.06).name(),
        "faint": mix(theme.panel, theme.muted, 0.6).name(),
        "hairline": str(theme.hairline),
        "mono": fonts.mono_family(),
        "icons": resource("icons").as_posix(),
    }
    tokens |= {f"px{n}": f"{px(n)}px" for n in (2, 4, 6, 8, 10, 11, 12, 13, 14, 16, 18, 20, 22, 24, 28, 32)}
    return Template(resource("style.qss").read_text(encoding="utf-8")).substitute(tokens)
