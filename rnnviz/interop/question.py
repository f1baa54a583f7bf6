"""What a model file does not say: a question, with the answers that are possible and why one of them may be right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Choice:
    """A possible answer. `value` is what a hint says; `meaning` is said to a person."""

    value: str
    meaning: str


@dataclass(frozen=True)
class Question:
    """
    hint : the name of the hint that answers it; one of `HINTS`
    text : the question, a whole sentence
    choices : possible answers, the likeliest first
    why : what in the file leads to these choices, a whole sentence
    """

    hint: str
    text: str
    choices: tuple[Choice, ...]
    why: str = ""

    def in_a_line(self) -> str:
        values = " or ".join(f'{self.hint}="{choice.value}"' for choice in self.choices)
        return f"{self.text} Say {values}."


# Every hint that a reader may ask for. Each value is a text; a reader refuses those that it cannot make sense of.
HINTS = {
    "weights": "which of the state dicts of a checkpoint, by its key",
    "order": "of the layers, where their widths leave it open: their names, with commas between them",
    "activation": "of a plain recurrent layer: tanh or relu",
    "readout": "what the layers after the last recurrent one read: every step, last step, final states, mean, max, sum",
    "hidden_activation": "between the dense layers: linear, relu, tanh, sigmoid, ...",
    "output_activation": "after the last layer: linear, softmax, sigmoid, ...",
    "masking": "of an embedding: id 0, where steps of id 0 are padding, or none",
    "merge": "of two directions: sum, mean or mul",
    "part": "whole, or recurrent: leave out the layers that cannot be shown",
}

READOUTS = (
    Choice("last step", "The last step alone: one answer for a whole sequence."),
    Choice("every step", "Each step by itself: an answer at every step."),
    Choice("mean", "The mean over all steps."),
    Choice("max", "The largest value over all steps."),
)
