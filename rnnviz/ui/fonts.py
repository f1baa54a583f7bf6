"""The two typefaces that come with the program, loaded once."""

from functools import cache

from PySide6.QtGui import QFontDatabase

from rnnviz.resources import resource


@cache
def sans_family() -> str:
    """Inter, for all text; loaded with its semibold and italic."""
    return _load("Inter-Regular.otf", "Inter-SemiBold.otf", "Inter-Italic.otf")


@cache
def mono_family() -> str:
    """JetBrains Mono, for numbers and equations."""
    return _load("JetBrainsMono-Regular.ttf", "JetBrainsMono-Bold.ttf")


def _load(*files: str) -> str:
    families = [_family(file) for file in files]
    return families[0]


def _family(file: str) -> str:
    number = QFontDatabase.addApplicationFont(str(resource(f"fonts/{file}")))
    families = QFontDatabase.applicationFontFamilies(number)
    if not families:
        raise RuntimeError(f"the font {file} can't be read: install rnnviz again")
    return families[0]
