"""The kinds of files that can be made of what is shown: what they are called, and how their names end."""

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

Kinds = dict[str, tuple[str, str]]

PICTURES: Kinds = {
    "png 2x": (QT_TRANSLATE_NOOP("kinds", "PNG, twice the pixels"), ".png"),
    "png 1x": (QT_TRANSLATE_NOOP("kinds", "PNG, pixel by pixel"), ".png"),
    "svg": (QT_TRANSLATE_NOOP("kinds", "SVG"), ".svg"),
    "pdf": (QT_TRANSLATE_NOOP("kinds", "PDF"), ".pdf"),
}
PANEL: Kinds = {**PICTURES, "csv": (QT_TRANSLATE_NOOP("kinds", "CSV"), ".csv")}
FILM: Kinds = {
    "gif": (QT_TRANSLATE_NOOP("kinds", "GIF"), ".gif"),
    "apng": (QT_TRANSLATE_NOOP("kinds", "APNG, exact colours"), ".png"),
}
TRACE: Kinds = {
    "npz": (QT_TRANSLATE_NOOP("kinds", "NumPy arrays"), ".npz"),
    "csv": (QT_TRANSLATE_NOOP("kinds", "CSV, a line per number"), ".csv"),
}
TABLE: Kinds = {
    "csv": (QT_TRANSLATE_NOOP("kinds", "CSV"), ".csv"),
    "tex": (QT_TRANSLATE_NOOP("kinds", "LaTeX"), ".tex"),
}


def translated(text: str) -> str:
    return QCoreApplication.translate("kinds", text)


def filters(kinds: Kinds) -> dict[str, str]:
    """Kind -> the line of a file dialog that stands for it."""
    return {kind: f"{translated(text)} (*{ending})" for kind, (text, ending) in kinds.items()}


def chosen(kinds: Kinds, path: str, line: str) -> tuple[str, str]:
    """The kind that was chosen, and the path with its ending. An ending that was typed counts more than the line."""
    by_line = next((kind for kind, text in filters(kinds).items() if text == line), next(iter(kinds)))
    if path.lower().endswith(kinds[by_line][1]):
        return by_line, path
    by_ending = next((kind for kind, (_, ending) in kinds.items() if path.lower().endswith(ending)), "")
    return (by_ending, path) if by_ending else (by_line, path + kinds[by_line][1])
