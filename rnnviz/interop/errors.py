"""What can go wrong with a file of another program, in one line: the file, the place in it, what would be right."""

from __future__ import annotations

from rnnviz.interop.question import Question
from rnnviz.scenario.errors import ScenarioError


class ModelError(ScenarioError):
    """A model that cannot be read, or not be shown. `where` is the tensor, layer or operator that it is about."""

    def __init__(self, message: str, path: str | None = None, where: str = "") -> None:
        super().__init__(_printable(message), path, _printable(where[:200]))

    def within(self, path: str | None) -> ModelError:
        return type(self)(self.message, path, self.where)


def _printable(text: str) -> str:
    """Names in a file may hold what a terminal takes for commands."""
    return text if text.isprintable() else "".join(letter if letter.isprintable() else " " for letter in text)


class UnsupportedError(ModelError):
    """A layer that the program does not have, in a model whose recurrent part alone could be shown:
    the hint part="recurrent" asks for that."""


class SamplesError(ModelError):
    """Inputs and outputs that are not of this model: their shapes are others."""


class UndecidedError(ModelError):
    """The file does not say enough. `questions` are all that have to be answered, by hints or by a person."""

    def __init__(self, questions: tuple[Question, ...], path: str | None = None) -> None:
        self.questions = questions
        super().__init__(" ".join(question.in_a_line() for question in questions), path)

    def within(self, path: str | None) -> UndecidedError:
        return UndecidedError(self.questions, path)
