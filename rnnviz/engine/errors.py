"""What can go wrong in the engine; each message says what happened, where, and what would be right."""


class EngineError(ValueError):
    """Base of everything the engine refuses."""


class EquationError(EngineError):
    """A cell's text that cannot be understood. `equation` is its line, `column` the place in it (from 1)."""

    def __init__(self, message: str, equation: str = "", column: int = 0) -> None:
        self.equation = equation
        self.column = column
        place = f" in '{_around(equation, column)}', column {column}" if equation else ""
        super().__init__(f"{message}{place}")


def _around(text: str, column: int, width: int = 100) -> str:
    """The part of a long line that the column stands in."""
    if len(text) <= width:
        return text
    start = max(0, min(column - 1 - width // 2, len(text) - width))
    return ("..." if start else "") + text[start : start + width] + ("..." if start + width < len(text) else "")


class ShapeError(EngineError):
    """Two shapes that must agree and do not; the message names the array and both shapes."""


class LimitError(EngineError):
    """Work that would take more memory than allowed; raised before any of it is taken."""


class AddressError(EngineError):
    """An address that names no number: an unknown quantity, or a step, sequence or unit out of range."""
